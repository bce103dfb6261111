"""Processes that a test may kill, forked from one that has everything loaded: they are fast.

They are real: own memory, own descriptors, signals, sockets and files. Only the import is saved.
The caller must have no threads.
"""

import contextlib
import os
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from mesodrive.app.handover import Handover
from mesodrive.control.__main__ import main as control_main
from mesodrive.journal.log_file import LogFile
from mesodrive_simulator.serve import ServeOptions, Serving, serve

REAP_S = 20.0
STARTED = b"ready\n"


class Child:
    """A process of ours, by its id."""

    def __init__(self, body: Callable[[], object]) -> None:
        self._over = False
        self.pid = os.fork()
        if self.pid == 0:
            code = 70
            try:
                os.setsid()
                body()
                code = 0
            except BaseException:  # noqa: BLE001 -- a child must never run its parent's code
                traceback.print_exc()
            finally:
                os._exit(code)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal; nothing happens where the process is over."""
        if not self._over:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def reap(self) -> None:
        """Wait until the process is over."""
        if not self._over:
            os.waitpid(self.pid, 0)
            self._over = True

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        self.reap()


class Gun(Child):
    """A simulator that keeps its stores and tells the truth at its end."""

    def __init__(
        self,
        folder: Path,
        pty: Path | None = None,
        tcp: tuple[str, int] | None = None,
        seed: int = 1,
    ) -> None:
        ours, theirs = os.pipe()

        def announce(serving: Serving) -> None:
            os.write(theirs, f"{serving.port}\n".encode())

        options = ServeOptions(
            profile="nappage-gun",
            pty=pty,
            tcp=tcp,
            seed=seed,
            store=folder / "store",
            truth=folder / "truth",
        )
        super().__init__(lambda: serve(options, announce))
        os.close(theirs)
        with os.fdopen(ours) as said:
            self.port = said.readline().strip()
        assert self.port, "the simulator did not come up"

    def end(self) -> None:
        """Take its power: what it has not stored is lost, the truth is told."""
        self.signal(signal.SIGTERM)
        self.reap()


class Control(Child):
    """The control process of one session.

    Args:
        handover: What to do.
        dies_at_sync: Which sync of the log it does not survive, from 1; 0 for none.
        before: Whether it dies before that sync is done, or just after.
    """

    def __init__(self, handover: Handover, *, dies_at_sync: int = 0, before: bool = True) -> None:
        inner, outer = os.pipe()
        ours, theirs = os.pipe()

        def body() -> None:
            os.close(outer)
            os.close(ours)
            os.dup2(inner, 0)
            os.dup2(theirs, 1)
            sys.stdin = open(0, closefd=False)  # noqa: SIM115
            sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
            if dies_at_sync:
                _die_at(dies_at_sync, before=before)
            control_main()

        super().__init__(body)
        os.close(inner)
        os.close(theirs)
        with os.fdopen(outer, "wb") as pipe:
            pipe.write(handover.to_bytes())
        with os.fdopen(ours, "rb") as said:
            self.started = said.readline() == STARTED


def _die_at(number: int, *, before: bool) -> None:
    """Have the log's sync kill its own process, the hardest way there is."""
    sync, count = LogFile.sync, 0

    def deadly(log: LogFile) -> None:
        nonlocal count
        count += 1
        if count == number and before:
            os.kill(os.getpid(), signal.SIGKILL)
        sync(log)
        if count == number:
            os.kill(os.getpid(), signal.SIGKILL)

    setattr(LogFile, "sync", deadly)  # noqa: B010 -- a method, for this process only
