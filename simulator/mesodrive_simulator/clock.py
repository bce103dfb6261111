"""The one place of the simulator that reads a clock."""

from time import monotonic_ns  # noqa: TID251 -- here and nowhere else

__all__ = ["monotonic_ns"]
