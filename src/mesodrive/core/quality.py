"""How good the line is: what was lost or damaged within the last ten seconds (LNK-02).

Counted in both directions: damaged frames here, the device's own count of damaged frames, gaps in
the numbers of its statuses, frames that came twice or out of order, and questions that had to be
sent again.
"""

from collections import deque
from typing import Final, NamedTuple

from mesodrive.core.link import Link
from mesodrive_protocol.messages import Status

WINDOW_NS: Final = 10_000_000_000
SAMPLE_NS: Final = 1_000_000_000
FRAMES_MIN: Final = 50
"""Fewer frames in the window than this prove nothing."""
WARN_PERMILLE: Final = 10
REFUSE_PERMILLE: Final = 50
_U16: Final = 0xFFFF
_HALF_U16: Final = 0x8000


class _Sample(NamedTuple):
    time_ns: int
    frames: int
    bad: int


class LinkQuality:
    """Keeps one sample a second and says what share of the frames between them went wrong."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._samples: deque[_Sample] = deque(maxlen=WINDOW_NS // SAMPLE_NS + 1)
        self._next_seq = -1
        """Number that the next status should have; below 0 before the first."""
        self._damaged = 0
        self._lost = 0
        self._due_ns = 0
        self.permille = 0
        """Share of bad frames in the window, thousandths; 0 while too few were seen."""

    def take(self, status: Status, now_ns: int) -> bool:
        """Take a status that nobody asked for; tell whether `permille` was worked out anew."""
        if status.seq != self._next_seq or status.damaged != self._damaged:
            self._count(status)
        self._next_seq = (status.seq + 1) & _U16
        if now_ns < self._due_ns:
            return False
        self._due_ns = now_ns + SAMPLE_NS
        link = self._link
        bad = self._lost + link.damaged + link.repeated + link.stale
        newest = _Sample(now_ns, link.sent + link.received + self._lost, bad)
        self._samples.append(newest)
        while newest.time_ns - self._samples[0].time_ns > WINDOW_NS:
            self._samples.popleft()
        frames = newest.frames - self._samples[0].frames
        enough = frames >= FRAMES_MIN
        self.permille = (newest.bad - self._samples[0].bad) * 1_000 // frames if enough else 0
        return True

    def _count(self, status: Status) -> None:
        """Count what is missing before a status; counters of 16 bits wrap, differences do not."""
        if self._next_seq >= 0:
            self._lost += _risen(self._next_seq, status.seq)
            self._lost += _risen(self._damaged, status.damaged)
        self._damaged = status.damaged


def _risen(before: int, now: int) -> int:
    """Return how far a counter of 16 bits has risen; 0 where it went back, as after a reset."""
    risen = (now - before) & _U16
    return risen if risen < _HALF_U16 else 0
