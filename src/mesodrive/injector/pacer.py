"""How many bytes may be handed to the port now; sans-IO.

A STOP can overtake everything that is still here, and nothing that the port already has. A serial
driver takes kilobytes, a pseudo-terminal 20 KB; so no more than 64 bytes are handed over and not
yet on the wire, which the line's rate tells.
"""

from typing import Final

AHEAD_BYTES: Final = 64
"""Most that a STOP can stand behind: 5.6 ms at 115200 baud. Source: PROTOCOL.md, times."""

STOP_ROOM_BYTES: Final = 64
"""What a STOP may go beyond that bound, so that it never waits for its turn: one STOP frame and a
copy. Further copies wait; the device needs but one."""

REFILL_BYTES: Final = 32
"""Ask again when this much room is there: half the bound keeps the line busy, with few wake-ups."""

BITS_PER_BYTE: Final = 10
"""8N1: a start bit, eight data bits, a stop bit."""


class Pacer:
    """Models the line: what has been handed over leaves it at the line's rate.

    Args:
        baud: Bits per second; None for a pipe without a rate, which is never paced.
    """

    def __init__(self, baud: int | None) -> None:
        self._byte_ns = -(-BITS_PER_BYTE * 1_000_000_000 // baud) if baud else 0
        self._free_ns = 0

    def on_wire_bytes(self, now_ns: int) -> int:
        """Return the bytes handed over and not yet sent, by the model."""
        if not self._byte_ns or now_ns >= self._free_ns:
            return 0
        return -((now_ns - self._free_ns) // self._byte_ns)

    def room(self, now_ns: int, size: int, *, stop: bool = False) -> int:
        """Return how many of `size` bytes may be handed over now."""
        if not self._byte_ns:
            return size
        bound = AHEAD_BYTES + (STOP_ROOM_BYTES if stop else 0)
        return max(0, min(size, bound - self.on_wire_bytes(now_ns)))

    def handed_over(self, count: int, now_ns: int) -> None:
        """Take note that the port has taken so many bytes."""
        self._free_ns = max(self._free_ns, now_ns) + count * self._byte_ns

    def ready_ns(self) -> int:
        """Return when there is room again, worth waking up for; may lie in the past."""
        return self._free_ns - REFILL_BYTES * self._byte_ns
