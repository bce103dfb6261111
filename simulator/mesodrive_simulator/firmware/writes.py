"""Durable writes under way: each takes its time, one after the other, and then has its effect.

A reset before the end leaves the stores as they were; a write of two parts that was past its
middle leaves the first part. So nothing half-written is ever seen but what PROTOCOL.md allows.
"""

from collections import deque
from collections.abc import Callable
from typing import Final, NamedTuple

from mesodrive_simulator.firmware.board import NEVER_US

WRITES_MAX: Final = 8
"""One request, one unit and its record can be under way; twice that is a defect."""


class _Write(NamedTuple):
    due_us: int
    done: Callable[[], None]
    torn: Callable[[], None] | None


class Writes:
    """A queue of writes to memory that holds without power."""

    __slots__ = ("_queue", "due_us", "write_us")

    def __init__(self, write_us: int) -> None:
        self.write_us = write_us
        self.due_us = NEVER_US
        """When the write under way will be complete."""
        self._queue: deque[_Write] = deque()

    def begin(
        self, us: int, done: Callable[[], None], torn: Callable[[], None] | None = None
    ) -> None:
        """Begin a write.

        Args:
            us: Now.
            done: Its effect, called when it is complete.
            torn: The effect of its first part, where it has two.
        """
        assert len(self._queue) < WRITES_MAX
        start_us = self._queue[-1].due_us if self._queue else us
        self._queue.append(_Write(start_us + self.write_us, done, torn))
        self.due_us = self._queue[0].due_us

    def run(self, us: int) -> None:
        """Let every write that is complete have its effect, in order."""
        while self.due_us <= us:
            write = self._queue.popleft()
            self.due_us = self._queue[0].due_us if self._queue else NEVER_US
            write.done()

    def tear(self, us: int) -> None:
        """Power is gone: of the write under way, the first part may have been written."""
        if self._queue:
            first = self._queue[0]
            if first.torn is not None and us >= first.due_us - self.write_us // 2:
                first.torn()
        self._queue.clear()
        self.due_us = NEVER_US
