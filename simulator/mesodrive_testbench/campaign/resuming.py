"""From the log that a killed driver left to the session that goes on with it."""

from mesodrive.core.spec import SessionSpec
from mesodrive.errors import MesodriveError
from mesodrive.session.resume import resume_spec
from mesodrive_testbench.campaign.streams import fork


class CannotResumeError(Exception):
    """The log does not allow going on."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def resumed(log: bytes, life: int, seed: int) -> SessionSpec:
    """Return the session that goes on where a log ends.

    Args:
        log: What is left of the log.
        life: Number of the coming life of the driver, from 1.
        seed: Of the numbers drawn for the new session.

    Raises:
        CannotResumeError: If the log does not allow it.
    """
    draw = fork(seed, f"life {life}")
    try:
        return resume_spec(log, nonce=draw.getrandbits(64), first_rid=draw.getrandbits(31))
    except MesodriveError as error:
        raise CannotResumeError(error.code) from error
