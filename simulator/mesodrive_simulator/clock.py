"""The one place of the simulator that reads a clock."""

from time import monotonic_ns

__all__ = ["monotonic_ns"]
