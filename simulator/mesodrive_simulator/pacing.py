"""A serial line's speed, without a serial line: bytes become available when they would have come.

Frames matter only as a whole, so bytes are given out in runs that end with a delimiter, at the
time the last of them would have come over the wire. No clock: time is an argument.
"""

from collections import deque
from typing import Final

from mesodrive_simulator.plant import NEVER_NS

BITS_PER_BYTE: Final = 10
"""Start bit, eight data bits, stop bit."""
RUN_BYTES_MAX: Final = 256
"""A longest frame; longer rubbish is given out in pieces."""
QUEUED_BYTES_MAX: Final = 4096
"""What a port's own buffer holds; then whoever writes has to wait."""
_NS_PER_S: Final = 1_000_000_000


class Pacer:
    """One direction of a line."""

    def __init__(self, baud: int) -> None:
        self._baud = baud
        self._free_ns = 0
        self._runs: deque[tuple[int, bytes]] = deque()
        self._queued = 0

    @property
    def deadline_ns(self) -> int:
        """When the next bytes have come; `NEVER_NS` when none are under way."""
        return self._runs[0][0] if self._runs else NEVER_NS

    @property
    def room(self) -> int:
        """How many more bytes may be put in now."""
        return max(0, QUEUED_BYTES_MAX - self._queued)

    def put(self, data: bytes, now_ns: int) -> None:
        """Put bytes on the line, behind those under way."""
        self._free_ns = max(self._free_ns, now_ns)
        start = 0
        while start < len(data):
            cut = data.find(0, start + 1, start + RUN_BYTES_MAX) + 1 or start + RUN_BYTES_MAX
            run = data[start:cut]
            start = cut
            self._free_ns += -(-len(run) * BITS_PER_BYTE * _NS_PER_S // self._baud)
            self._runs.append((self._free_ns, run))
            self._queued += len(run)

    def take(self, now_ns: int) -> bytes:
        """Return all bytes that have come by now."""
        runs = self._runs
        come: list[bytes] = []
        while runs and runs[0][0] <= now_ns:
            come.append(runs.popleft()[1])
        data = b"".join(come)
        self._queued -= len(data)
        return data
