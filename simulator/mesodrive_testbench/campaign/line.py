"""The line between host and device, one way: wire time, latency, and what goes wrong on it.

A way without effects costs one comparison. An effect is put on by an injection and looks at each
chunk until it is over.
"""

from collections import deque
from collections.abc import Callable
from typing import Any, Final

from mesodrive_testbench.campaign.effects import Chunk, Effect, Tag

HISTORY: Final = 64
"""Chunks kept for replaying them later; more than the requests that a device remembers."""
PIECES_MAX: Final = 32
"""What one chunk may come to: faults that waited for a chunk would multiply without bound on it."""
BITS_PER_BYTE: Final = 10
Push = Callable[[int, Callable[[Any], None], Any], None]


class Way:
    """One direction of the line."""

    __slots__ = ("_deliver", "_free_ns", "_last_ns", "_push", "delay_ns", "effects", "history",
                 "ns_per_byte", "open")  # fmt: skip

    def __init__(
        self, push: Push, deliver: Callable[[Chunk], None], *, baud: int, delay_ns: int
    ) -> None:
        self._push = push
        self._deliver = deliver
        self.ns_per_byte = BITS_PER_BYTE * 1_000_000_000 // baud
        self.delay_ns = delay_ns
        self._free_ns = self._last_ns = 0
        self.open = True
        """A port is there at both ends."""
        self.effects: list[Effect] = []
        self.history: deque[Chunk] = deque(maxlen=HISTORY)

    def send(self, data: bytes, tag: int, now_ns: int) -> None:
        """Put bytes on the wire."""
        free_ns = self._free_ns
        if free_ns < now_ns:  # noqa: PLR1730 -- three times as fast as `max`
            free_ns = now_ns
        self._free_ns = end_ns = free_ns + len(data) * self.ns_per_byte
        if not self.open:
            return
        chunk = Chunk(data, tag)
        self.history.append(chunk)
        at_ns = end_ns + self.delay_ns
        if self.effects:
            self._through(chunk, at_ns, now_ns)
        else:
            if at_ns < self._last_ns:  # noqa: PLR1730 -- three times as fast as `max`
                at_ns = self._last_ns
            self._last_ns = at_ns
            self._push(at_ns, self._deliver, chunk)

    def replay(self, now_ns: int) -> None:
        """Send again everything that was sent of late."""
        for chunk in tuple(self.history):
            self._push(now_ns + self.delay_ns, self._deliver, chunk.copy())

    def insert(self, data: bytes, now_ns: int) -> None:
        """Have bytes arrive that nobody at the other end has sent."""
        if self.open:
            self._push(now_ns + self.delay_ns, self._deliver, Chunk(data, Tag.UNKNOWN))

    def cut(self, kept_bytes: int) -> None:
        """Let the port go in the middle of a frame: what is on its way does not arrive.

        Args:
            kept_bytes: How much of the newest chunk still does.
        """
        self.open = False
        under_way = tuple(self.history)
        self.history = deque((chunk.copy() for chunk in under_way), maxlen=HISTORY)
        for chunk in under_way[:-1]:
            chunk.data, chunk.tag = b"", Tag.NONE
        if under_way and kept_bytes < len(under_way[-1].data):
            newest = under_way[-1]
            newest.data, newest.tag = newest.data[:kept_bytes], Tag.UNKNOWN

    def put_on(self, effect: Effect) -> None:
        """Let an effect act on what is sent from now on."""
        self.effects.append(effect)

    def let_go(self, effect: Effect) -> None:
        """Take one effect off, with what it holds."""
        if effect in self.effects:
            self.effects.remove(effect)
            for at_ns, chunk in effect.release():
                self._push(at_ns, self._deliver, chunk)

    def heal(self) -> None:
        """Take every effect off."""
        for effect in self.effects:
            for at_ns, chunk in effect.release():
                self._push(max(at_ns, self._last_ns), self._deliver, chunk)
        self.effects.clear()

    def _through(self, chunk: Chunk, at_ns: int, now_ns: int) -> None:
        """Pass a chunk through all effects, in the order in which they were put on."""
        pieces = [(at_ns, chunk)]
        ordered = True
        for effect in tuple(self.effects):
            if effect.until_ns <= now_ns:
                self.effects.remove(effect)
                pieces += effect.release()
                continue
            if effect.once and len(pieces) >= PIECES_MAX:
                continue  # it acts on a later chunk
            pieces = [out for at, one in pieces for out in effect.touch(at, one)]
            ordered = ordered and effect.keeps_order
            if effect.once:
                self.effects.remove(effect)
        for at, one in pieces:
            arrives_ns = max(at, self._last_ns) if ordered else at
            if ordered:
                self._last_ns = arrives_ns
            self._push(arrives_ns, self._deliver, one)
