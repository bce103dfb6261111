"""The one place of the simulator that reads a clock."""

from collections.abc import Callable
from time import monotonic_ns  # noqa: TID251 -- here and nowhere else


def machine_time_ns() -> int:
    """Return the machine's monotonic time, the same for every process on it."""
    return monotonic_ns()


def world_clock() -> Callable[[], int]:
    """Return a clock that begins at 0 now, so that a machine's first heat is its own."""
    began_ns = monotonic_ns()
    return lambda: monotonic_ns() - began_ns
