"""What may happen to bytes on their way: lost, copied, held back, broken, cut to pieces, forged."""

from collections.abc import Callable, Iterator
from random import Random
from typing import Final
from zlib import crc32

from mesodrive_protocol.codec import FrameDecoder, Refused, Signed, encode
from mesodrive_protocol.enums import Code
from mesodrive_protocol.framing import frame, unframe
from mesodrive_protocol.messages import Answer, Status
from mesodrive_testbench.campaign.streams import fork

NEVER: Final = (1 << 62) - 1


class Tag:
    """What a chunk is known to hold, whole and for the first time."""

    NONE: Final = 0
    STOP: Final = 1
    GRANT: Final = 2
    DELIVERY: Final = 4
    """BEGIN, DATA, COMMIT or ARM."""
    UNKNOWN: Final = 8
    """Broken, copied or forged: it may hold anything or nothing."""


class Chunk:
    """Bytes as one write or one read takes them."""

    __slots__ = ("data", "tag")

    def __init__(self, data: bytes, tag: int = Tag.NONE) -> None:
        self.data = data
        self.tag = tag

    def copy(self) -> "Chunk":
        """Return the same bytes as something that the device may have had before."""
        return Chunk(self.data, Tag.UNKNOWN)


Pieces = Iterator[tuple[int, Chunk]]


class Effect:
    """Something that acts on chunks until a time; by itself it lets them pass."""

    once = False
    """It acts on one chunk only."""
    keeps_order = True

    def __init__(self, until_ns: int = NEVER) -> None:
        self.until_ns = until_ns

    def touch(self, at_ns: int, chunk: Chunk) -> Pieces:
        """Yield what arrives instead of a chunk, each with its time."""
        yield at_ns, chunk

    def release(self) -> list[tuple[int, Chunk]]:
        """Return what is still held, once the effect is over."""
        return []


class Lose(Effect):
    """Nothing arrives."""

    def touch(self, at_ns: int, chunk: Chunk) -> Pieces:  # noqa: ARG002
        """Yield nothing."""
        yield from ()


class LoseOne(Lose):
    """One chunk does not arrive."""

    once = True


class Copy(Effect):
    """One chunk arrives more than once."""

    once = True
    keeps_order = False

    def __init__(self, copies: int, delay_ns: int) -> None:
        super().__init__()
        self.copies, self.delay_ns = copies, delay_ns

    def touch(self, at_ns: int, chunk: Chunk) -> Pieces:
        """Yield the chunk, and its copies after it."""
        yield at_ns, chunk
        for number in range(1, self.copies + 1):
            yield at_ns + self.delay_ns * number, chunk.copy()


class HoldBack(Effect):
    """One chunk arrives after those that were sent later."""

    once = True
    keeps_order = False

    def __init__(self, delay_ns: int) -> None:
        super().__init__()
        self.delay_ns = delay_ns

    def touch(self, at_ns: int, chunk: Chunk) -> Pieces:
        """Yield the chunk, late."""
        yield at_ns + self.delay_ns, chunk


class Damage(Effect):
    """Bits flipped, bytes dropped or bytes put in, in one chunk."""

    once = True

    def __init__(self, mode: int, amount: int, seed: int) -> None:
        super().__init__()
        self.mode, self.amount, self.seed = mode % 3, amount, seed

    def touch(self, at_ns: int, chunk: Chunk) -> Pieces:
        """Yield the chunk as it became."""
        draw = fork(self.seed, "damage")
        data = bytearray(chunk.data)
        for _ in range(self.amount):
            if not data:
                break
            at = draw.randrange(len(data))
            if self.mode == 0:
                data[at] ^= 1 << draw.randrange(8)
            elif self.mode == 1:
                del data[at]
            else:
                data.insert(at, draw.randrange(256))
        yield at_ns, Chunk(bytes(data), Tag.UNKNOWN)


class Split(Effect):
    """One chunk arrives in pieces, at worst byte by byte."""

    once = True

    def __init__(self, size: int, gap_ns: int) -> None:
        super().__init__()
        self.size, self.gap_ns = max(1, size), gap_ns

    def touch(self, at_ns: int, chunk: Chunk) -> Pieces:
        """Yield the pieces; the last one carries what the whole is known to be."""
        data, size = chunk.data, self.size
        count = -(-len(data) // size)
        for number in range(count):
            last = number == count - 1
            piece = data[number * size : (number + 1) * size]
            yield at_ns + number * self.gap_ns, Chunk(piece, chunk.tag if last else Tag.NONE)


class Merge(Effect):
    """Chunks wait and arrive as one."""

    def __init__(self, until_ns: int) -> None:
        super().__init__(until_ns)
        self._held: list[Chunk] = []

    def touch(self, at_ns: int, chunk: Chunk) -> Pieces:  # noqa: ARG002
        """Keep the chunk."""
        self._held.append(chunk)
        yield from ()

    def release(self) -> list[tuple[int, Chunk]]:
        """Return all that waited, as one chunk."""
        if not self._held:
            return []
        tag = Tag.NONE
        for chunk in self._held:
            tag |= chunk.tag
        whole = Chunk(b"".join(chunk.data for chunk in self._held), tag)
        self._held = []
        return [(self.until_ns, whole)]


class Slow(Effect):
    """Everything takes longer, and not always equally long."""

    def __init__(self, until_ns: int, delay_ns: int, jitter_ns: int, seed: int) -> None:
        super().__init__(until_ns)
        self.delay_ns, self.jitter_ns = delay_ns, jitter_ns
        self._draw: Random = fork(seed, "jitter")

    def touch(self, at_ns: int, chunk: Chunk) -> Pieces:
        """Yield the chunk, late."""
        jitter_ns = self._draw.randrange(self.jitter_ns) if self.jitter_ns else 0
        yield at_ns + self.delay_ns + jitter_ns, chunk


class Stall(Effect):
    """Writes block, or reads give nothing: all of it comes when the stall is over."""

    def __init__(self, until_ns: int) -> None:
        super().__init__(until_ns)
        self._waiting: list[Chunk] = []

    def touch(self, at_ns: int, chunk: Chunk) -> Pieces:
        """Yield the chunk when the stall is over; a STOP takes the place of all unsent."""
        if chunk.tag & Tag.STOP:
            for one in self._waiting:
                one.data, one.tag = b"", Tag.NONE
            self._waiting.clear()
        self._waiting.append(chunk)
        yield max(at_ns, self.until_ns), chunk


class Steal(Effect):
    """A second process reads from the same port: every other chunk is gone."""

    def __init__(self, until_ns: int) -> None:
        super().__init__(until_ns)
        self._odd = False

    def touch(self, at_ns: int, chunk: Chunk) -> Pieces:
        """Yield every other chunk."""
        self._odd = not self._odd
        if self._odd:
            yield at_ns, chunk


class Forge(Effect):
    """The next message of a kind says something else than the device said, with a good CRC."""

    keeps_order = True

    def __init__(self, until_ns: int, change: Callable[[bytes], bytes | None]) -> None:
        super().__init__(until_ns)
        self._change = change

    def touch(self, at_ns: int, chunk: Chunk) -> Pieces:
        """Yield the chunk, forged once."""
        forged = self._change(chunk.data)
        if forged is not None:
            self.until_ns = 0
            yield at_ns, Chunk(forged, Tag.UNKNOWN)
        else:
            yield at_ns, chunk


def turn_answer(data: bytes) -> bytes | None:
    """Turn the first answer in some bytes from yes to no, or from no to yes."""
    messages = FrameDecoder().feed(data)
    if not any(isinstance(one, Answer) for one in messages):
        return None
    parts: list[bytes] = []
    turned = False
    for one in messages:
        if isinstance(one, Answer) and not turned:
            turned = True
            code = Code.STATE if one.code == Code.OK else Code.OK
            parts.append(encode(one._replace(code=code)))
        elif not isinstance(one, Refused | Signed):
            parts.append(encode(one))
    return b"".join(parts)


_CODES_AT: Final = 26
"""Where in the body of a STATUS its four codes stand: state, reason, phase, hold."""


def odd_status(offset: int, value: int) -> Callable[[bytes], bytes | None]:
    """Return a change of the first status in some bytes: one of its codes becomes another value.

    Args:
        offset: Which of the codes: state, reason, phase, hold.
        value: What it becomes, 0 to 255.
    """

    def change(data: bytes) -> bytes | None:
        for piece in data.split(b"\0"):
            if not piece:
                continue
            message = FrameDecoder().feed(b"\0" + piece + b"\0")
            body = unframe(piece)
            if body is None or not message or not isinstance(message[0], Status):
                continue
            return data.replace(b"\0" + piece + b"\0", _with_byte(body, offset, value), 1)
        return None

    return change


def _with_byte(body: bytes, offset: int, value: int) -> bytes:
    """Return a frame with one of the codes of its STATUS changed and a good CRC."""
    changed = bytearray(body[:-4])
    changed[_CODES_AT + offset % 4] = value % 256
    return frame(bytes(changed) + crc32(bytes(changed)).to_bytes(4, "little"))
