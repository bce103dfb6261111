"""From the log that a killed driver left to the session that goes on with it."""

from mesodrive.core.spec import SessionSpec


class CannotResumeError(Exception):
    """The log does not allow going on; the reason in a few words."""


def resumed(spec: SessionSpec, log: bytes, life: int) -> SessionSpec:
    """Return the session that goes on where a log ends.

    Args:
        spec: The session as planned.
        log: What is left of the log.
        life: Number of the coming life of the driver, from 1.

    Raises:
        CannotResumeError: If the log does not allow it.
    """
    del spec, log, life
    raise CannotResumeError("not built")
