"""The thread that makes a log durable while its owner goes on.

One write for all that has come in since the last one; a sync at most every 50 ms, or at once where
that is asked for. A mark is reported only after the sync that covers it. A failure is final: it
is reported once, nothing is tried again, and no mark is reported after it.
"""

import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Final, NamedTuple

from mesodrive.clock import Clock
from mesodrive.journal.log_file import Disk

SYNC_NS: Final = 50_000_000
"""Shortest time between two syncs that nobody is waiting for."""
QUEUE_BYTES_MAX: Final = 8 << 20
"""More than half an hour of a session: a disk so far behind has failed."""
NO_MARK: Final = -1
"""Given with bytes that nobody waits for."""


class Durable(NamedTuple):
    """Everything up to and including the bytes given with this mark is on disk."""

    mark: int


class Failed(NamedTuple):
    """The log cannot be kept any more; the session must come to a safe stop."""

    step: str
    """`space`, `write`, `sync`, `finish`, `queue` or `internal`."""
    detail: str
    """What the system said."""


Report = Durable | Failed


class JournalThread:
    """Appends bytes to a file in order and reports by mark.

    `append` and `reports` are for the owner's thread. The thread is a daemon: a disk that never
    comes back cannot keep the process alive.
    """

    def __init__(self, file: Disk, clock: Clock, wake: Callable[[], None]) -> None:
        """Start the thread.

        Args:
            file: Belongs to the thread from now on.
            clock: For the time between syncs.
            wake: Called from the thread after each report; must not block, see `wake.Wake`.
        """
        self.reports: deque[Report] = deque()
        """What has happened, oldest first; the owner takes them from the left."""
        self._file = file
        self._clock = clock
        self._wake = wake
        self._changed = threading.Condition()
        self._queue: list[bytes] = []
        self._queued_bytes = 0
        self._step = "write"
        self._mark = self._written_mark = self._synced_mark = NO_MARK
        self._urgent = False
        self._ending = False
        self._failed = False
        self._clean = False
        self._unsynced = False
        self._sync_due_ns = clock.now_ns()
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def append(self, data: bytes, mark: int = NO_MARK, *, urgent: bool = False) -> None:
        """Have bytes written after all those before; returns at once, whatever the disk does.

        After a failure or `close` the bytes are dropped: the log ends where it failed.

        Args:
            data: Whole records.
            mark: Reported when they are durable; marks rise.
            urgent: Sync at once instead of within 50 ms.
        """
        with self._changed:
            if self._failed or self._ending:
                return
            if self._queued_bytes + len(data) > QUEUE_BYTES_MAX:
                self._fail("queue", f"the disk is {self._queued_bytes} bytes behind")
                self._changed.notify()
                return
            self._queue.append(data)
            self._queued_bytes += len(data)
            self._mark = max(self._mark, mark)
            self._urgent = self._urgent or urgent
            self._changed.notify()

    def close(self, wait_s: float) -> bool:
        """Write what is queued, sync it, and end.

        Args:
            wait_s: Longest time to wait for the disk, seconds.

        Returns:
            Whether every byte ever appended is durable and the file has its final length.
        """
        with self._changed:
            self._ending = True
            self._changed.notify()
        self._thread.join(wait_s)
        return self._clean

    def _run(self) -> None:
        try:
            while self._turn():
                pass
            self._step = "finish"
            self._file.finish()
            self._clean = not self._failed
        except OSError as error:
            self._fail(self._step, error.strerror or str(error))
        finally:
            if not self._clean:
                self._fail("internal", f"the journal thread died in step {self._step}")
            # What is durable is durable, and the rest has been reported as lost.
            with suppress(OSError):
                self._file.close()

    def _turn(self) -> bool:
        """Wait for work, write it, sync if due; return False after the last turn."""
        batch, urgent, ending = self._next()
        self._step = "write"
        if batch:
            self._file.write(batch)
            self._unsynced = True
        if self._file.low is not None:
            self._fail("space", self._file.low.strerror or "")
        due = urgent or ending or self._clock.now_ns() >= self._sync_due_ns
        if self._unsynced and due:
            self._step = "sync"
            self._sync()
        return not ending

    def _next(self) -> tuple[bytes, bool, bool]:
        """Return what has come in, whether it is urgent, and whether it is the last."""
        with self._changed:
            while not self._queue and not self._ending:
                wait_s = None
                if self._unsynced:
                    wait_s = max(0, self._sync_due_ns - self._clock.now_ns()) / 1e9
                if not self._changed.wait(wait_s):
                    break
            batch = b"".join(self._queue)
            urgent = self._urgent
            self._queue.clear()
            self._queued_bytes = 0
            self._urgent = False
            self._written_mark = self._mark
            return batch, urgent, self._ending

    def _sync(self) -> None:
        self._file.sync()
        self._unsynced = False
        self._sync_due_ns = self._clock.now_ns() + SYNC_NS
        if self._written_mark > self._synced_mark and not self._failed:
            self._synced_mark = self._written_mark
            self.reports.append(Durable(self._synced_mark))
            self._wake()

    def _fail(self, step: str, detail: str) -> None:
        """Report the first failure; those after it say nothing new."""
        with self._changed:
            if self._failed:
                return
            self._failed = True
            self.reports.append(Failed(step, detail))
        self._wake()
