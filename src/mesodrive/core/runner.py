"""Runs one procedure at a time: goes on with it as far as what it waits for is there."""

from typing import Final

from mesodrive.core import conduct
from mesodrive.core.link import NEVER
from mesodrive.core.parts import EndWished, Parts, Procedure, RefusalError, Wait

PROCEDURE_STEPS_MAX: Final = 64
"""Bound of what one input may set going; a procedure that needs more goes round in circles."""


class Runner:
    """The procedure that runs, and what it waits for."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._procedure: Procedure[None] | None = None
        self._fresh = False
        self.wait: Wait | None = None
        """None while no procedure runs."""

    def start(self, procedure: Procedure[None]) -> None:
        """Replace the running procedure; what it waited for is forgotten.

        The one that writes the account is not replaced: nothing that comes now changes it.
        """
        if self._procedure is not None:
            if self._parts.ending:
                procedure.close()
                return
            self._procedure.close()
        self._procedure = procedure
        self._parts.awaiting = ()
        self._fresh = True
        self.wait = Wait(lambda: True, NEVER)

    def proceed(self) -> None:
        """Let the procedure go on as far as it can at this instant.

        Raises:
            AssertionError: If it does not come to a wait.
        """
        for _ in range(PROCEDURE_STEPS_MAX):
            wait = self.wait
            if wait is None:
                return
            if wait.test():
                passed = True
            elif self._parts.now_ns >= wait.until_ns:
                passed = False
            else:
                return
            self._resume(passed=passed)
        raise AssertionError("a procedure goes round in circles")

    def _resume(self, *, passed: bool) -> None:
        # Taken out first: what raises anything else than these is no procedure any more.
        procedure, self._procedure = self._procedure, None
        assert procedure is not None, "something waits, so a procedure runs"
        try:
            self.wait = next(procedure) if self._fresh else procedure.send(passed)
            self._procedure, self._fresh = procedure, False
        except StopIteration:
            self.wait = None
        except EndWished:
            self.start(conduct.way_out(self._parts))
        except RefusalError as refusal:
            self.start(conduct.after_refusal(self._parts, refusal))
