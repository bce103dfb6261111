"""The only reader of time on the host's side; everything else is given the time."""

import sys
import time
from datetime import UTC, datetime
from typing import Final, Protocol

NEVER: Final = (1 << 62) - 1
"""A deadline that does not come: 146 years, beyond any monotonic clock, and the largest number that
compiled code keeps in a machine word."""


class Clock(Protocol):
    """What the shell asks of a clock."""

    def now_ns(self) -> int:
        """Return monotonic nanoseconds; stands still while the machine sleeps."""
        ...

    def asleep_ns(self) -> int:
        """Return how long the machine has slept since it was started, nanoseconds."""
        ...

    def utc(self) -> datetime:
        """Return the wall clock's time; for names and begin records, never for a deadline."""
        ...


class MonotonicClock:
    """The machine's own clock."""

    def now_ns(self) -> int:
        """Return monotonic nanoseconds."""
        return time.monotonic_ns()

    def asleep_ns(self) -> int:
        """Return boot time minus monotonic time, nanoseconds; 0 where the system has no such clock.

        The two differ by the time spent in suspend, on Linux. The value jitters by the time between
        the two readings, far below the 250 ms that matter.
        """
        if sys.platform != "linux":
            return 0
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME) - time.monotonic_ns()

    def utc(self) -> datetime:
        """Return the wall clock's time in UTC."""
        return datetime.now(UTC)


class ManualClock:
    """A clock that stands still until it is moved; for tests and virtual time."""

    def __init__(self, now_ns: int = 0) -> None:
        self.moment_ns = now_ns
        self.slept_ns = 0
        self.wall = datetime(2000, 1, 1, tzinfo=UTC)

    def now_ns(self) -> int:
        """Return the moment last set."""
        return self.moment_ns

    def asleep_ns(self) -> int:
        """Return the sleep last set."""
        return self.slept_ns

    def utc(self) -> datetime:
        """Return the wall time last set."""
        return self.wall

    def advance(self, by_ns: int) -> None:
        """Move on by a number of nanoseconds, 0 or more.

        Raises:
            ValueError: If the step is negative; monotonic time never goes back.
        """
        if by_ns < 0:
            raise ValueError(f"by_ns={by_ns}: time does not go back")
        self.moment_ns += by_ns
