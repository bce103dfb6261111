"""Bytes that wait for the port, in order, but for a STOP, which goes first; sans-IO."""

from collections import deque
from typing import Final

from mesodrive.clock import NEVER
from mesodrive.injector.pacer import Pacer

WAITING_BYTES_MAX: Final = 65_536
"""Bound of what waits: far above the window of a load. A port that takes nothing for that long is
as good as a lossy line, and frames beyond the bound are lost like on one; the core repeats."""


class Outbox:
    """What is to be sent and has not been handed to the port.

    Args:
        pacer: The line's model.

    Attributes:
        dropped: Frames lost because the port took nothing.
    """

    def __init__(self, pacer: Pacer) -> None:
        self._pacer = pacer
        self._frames: deque[bytes] = deque()
        self._bytes = 0
        self._stop = b""
        self._stop_begun = False
        self.dropped = 0

    def send(self, frame: bytes) -> None:
        """Queue a frame behind what waits."""
        if self._bytes + len(frame) > WAITING_BYTES_MAX:
            self.dropped += 1
            return
        self._frames.append(frame)
        self._bytes += len(frame)

    def stop(self, frame: bytes) -> None:
        """Discard what waits and put a STOP first.

        A frame cut in the middle is mended by the STOP's leading delimiter. A STOP that has been
        cut itself is finished first: it costs less than its place in the line.
        """
        self._frames.clear()
        self._bytes = 0
        if self._stop_begun:
            self.send(frame)
        else:
            self._stop = frame

    def chunk(self, now_ns: int) -> bytes:
        """Return the bytes that may be handed over now, the STOP's first; empty for none."""
        if self._stop:
            return self._stop[: self._pacer.room(now_ns, len(self._stop), stop=True)]
        room = self._pacer.room(now_ns, self._bytes)
        if not room:
            return b""
        if len(self._frames) > 1:
            # One system call for all that may go.
            self._frames = deque((b"".join(self._frames),))
        return self._frames[0][:room]

    def handed_over(self, count: int, now_ns: int) -> None:
        """Take note that the port has taken the first `count` bytes of the last chunk."""
        self._pacer.handed_over(count, now_ns)
        if self._stop:
            self._stop = self._stop[count:]
            self._stop_begun = bool(self._stop and (count or self._stop_begun))
            return
        if count:
            self._bytes -= count
            rest = self._frames.popleft()[count:]
            if rest:
                self._frames.appendleft(rest)

    def clear(self) -> None:
        """Forget everything: the port is gone."""
        self._frames.clear()
        self._bytes, self._stop, self._stop_begun = 0, b"", False

    @property
    def ready_ns(self) -> int:
        """When the next bytes may be handed over; `NEVER` when nothing waits."""
        return self._pacer.ready_ns() if self._stop or self._frames else NEVER
