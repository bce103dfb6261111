"""Messages to wire bytes and back, strictly: nothing is guessed at.

A frame that is damaged (COBS, length of the frame, CRC) is counted and dropped. A frame that is
sound but wrong (version, id, length, reserved bits, enumeration values) becomes a `Refused`,
which a device answers and a host counts. No exception leaves the decoder, whatever the bytes.
"""

from collections.abc import Callable
from enum import IntEnum, IntFlag
from functools import partial
from hmac import compare_digest
from struct import Struct
from typing import Annotated, Any, Final, NamedTuple, cast, get_args, get_origin, get_type_hints
from zlib import crc32

from mesodrive_protocol.enums import PROTOCOL_VERSION, Code, Kind, Outcome
from mesodrive_protocol.fields import DECLARATIONS, Declaration, Wire
from mesodrive_protocol.framing import BODY_BYTES_MAX, MASK, WIRE_BYTES_MAX, frame, unframe
from mesodrive_protocol.messages import Data, Message, Record
from mesodrive_protocol.steps import STEP_BYTES

HEADER_BYTES: Final = 16
MAC_BYTES: Final = 8
CRC_BYTES: Final = 4
TEXT_BYTES: Final = 16
DIGEST_BYTES: Final = 32
BODY_BYTES_MIN: Final = HEADER_BYTES + CRC_BYTES
PAYLOAD_BYTES_MAX: Final = 232
PAYLOAD_BYTES_MAX_SIGNED: Final = PAYLOAD_BYTES_MAX - MAC_BYTES
SIGNED_FLAG: Final = 1
_CRC_RESIDUE: Final = 0x2144DF1C
"""CRC-32 of any bytes followed by their own CRC-32, little-endian."""
_SEEN_MAX: Final = 4096
"""Bound of the memory of enumeration bytes found good; then it begins anew."""

Sign = Callable[[bytes], bytes]
"""Takes header and payload, returns the 8 bytes of the MAC."""


class Refused(NamedTuple):
    """A sound frame that cannot be taken; its header, and why."""

    rid: int
    boot: int
    session: int
    id: int
    code: Code


class Signed(NamedTuple):
    """A message whose MAC was right."""

    message: Message


Received = Message | Refused | Signed


class _Layout:
    """What the codec needs to know about one message class, worked out once."""

    def __init__(self, cls: type[Any], declared: Declaration) -> None:
        wires = wire_fields(cls)
        self.cls = cls
        self.id, self.tail = declared.id, declared.tail
        self.item = Struct("<" + declared.tail.format) if declared.tail else None
        self.item_pairs = self.item is not None and len(self.item.unpack(bytes(self.item.size))) > 1
        self.item_padded = declared.tail is not None and "x" in declared.tail.format
        letters = "<"
        self.zeros: list[tuple[int, int]] = []
        self.bounds: list[tuple[int, int, int]] = []
        self.texts: list[int] = []
        self.digests: list[int] = []
        spans: list[tuple[int, int]] = []
        for index, (name, wire) in enumerate(wires):
            offset = 4 + Struct(letters).size
            letters += wire.format
            if wire.format == "16s":
                self.texts.append(index)
            elif wire.format.endswith("s"):
                self.digests.append(index)
            if wire.values is not None:
                self.bounds.append((index, *value_range(wire.values)))
                spans.append((offset, 4 + Struct(letters).size))
            if (zeros := declared.zeros.get(name, 0)) > 0:
                self.zeros.append((4 + Struct(letters).size, zeros))
                letters += f"{zeros}x"
        self.payload = Struct(letters)
        self.count_index = [n for n, _ in wires].index(self.tail.counter) if self.tail else -1
        self.enum_from = min((a for a, _ in spans), default=0)
        self.enum_to = max((b for _, b in spans), default=0)
        self.body_bytes = 4 + self.payload.size + CRC_BYTES
        plain = Struct("<BBH" + letters[1:])
        self.pack: Callable[..., bytes] = partial(plain.pack, PROTOCOL_VERSION, 0, self.id)
        self.pack_signed: Callable[..., bytes] = partial(
            plain.pack, PROTOCOL_VERSION, SIGNED_FLAG, self.id
        )
        self.unpack_from = self.payload.unpack_from
        self.new: Callable[[tuple[Any, ...]], Any] = partial(tuple.__new__, cls)
        self.simple = not (self.texts or self.tail or len(self.zeros) > 1)
        self.zeros_from, length = self.zeros[0] if self.zeros else (0, 0)
        self.zeros_to, self.zero_bytes = self.zeros_from + length, bytes(length)
        self.packs_at_once = not (self.texts or self.digests or self.tail)
        self.opening = b"\0" + bytes([min(self.body_bytes + 1, 255)])
        self.seen: set[bytes] = set()

    def check_lengths(self, message: tuple[Any, ...]) -> None:
        """Refuse what `struct` would cut or fill without a word, and a counter that lies.

        Raises:
            ValueError: If bytes are of the wrong length or no ASCII, or a counter is wrong.
        """
        for text in (message[index] for index in self.texts):
            if len(text) > TEXT_BYTES or b"\0" in text or not text.isascii():
                raise ValueError(f"{self.cls.__name__}: a text is 0 to {TEXT_BYTES} ASCII bytes")
        if any(len(message[index]) != DIGEST_BYTES for index in self.digests):
            raise ValueError(f"{self.cls.__name__}: a digest has {DIGEST_BYTES} bytes")
        if self.tail is None:
            return
        count, items = message[self.count_index], message[-1]
        if count != len(items) or count > self.tail.most:
            raise ValueError(
                f"{self.cls.__name__}: {self.tail.counter} is {count} for {len(items)} items, "
                f"and at most {self.tail.most} fit"
            )
        if self.cls is Data and any(len(step) != STEP_BYTES for step in items):
            raise ValueError(f"a step has {STEP_BYTES} bytes")

    def check_values(self, fields: tuple[Any, ...]) -> bool:
        """Tell whether every enumeration field holds a value that its enumeration has."""
        if any(not low <= fields[index] <= high for index, low, high in self.bounds):
            return False
        if self.cls is Record:
            record: Record = self.cls(*fields)
            return record.kind == Kind.EVENT or record.outcome < len(Outcome)
        return True

    def known_good(self, key: bytes, fields: tuple[Any, ...]) -> bool:
        """Check enumeration values, remembering byte patterns that were good."""
        if not self.check_values(fields):
            return False
        if len(self.seen) >= _SEEN_MAX:
            self.seen.clear()
        self.seen.add(key)
        return True


def value_range(values: type[IntEnum] | type[IntFlag]) -> tuple[int, int]:
    """Return the least and the greatest value of an enumeration, or of all its flags together."""
    if issubclass(values, IntFlag):
        return 0, sum(values)
    return min(values), max(values)


def wire_fields(cls: type[Any]) -> list[tuple[str, Wire]]:
    """Return the name and layout of each field of a message class, header first, no tail."""
    hints = get_type_hints(cls, include_extras=True)
    return [
        (name, next(a for a in get_args(hint) if isinstance(a, Wire)))
        for name, hint in hints.items()
        if get_origin(hint) is Annotated
    ]


_LAYOUTS: Final = {cls: _Layout(cls, declared) for cls, declared in DECLARATIONS.items()}
_BY_PREFIX: Final = {
    bytes([PROTOCOL_VERSION, flags]) + layout.id.to_bytes(2, "little"): layout
    for layout in _LAYOUTS.values()
    for flags in (0, SIGNED_FLAG)
}
_USUAL: Final = {
    layout.opening + prefix.translate(MASK): (layout, layout.body_bytes + 2)
    for prefix, layout in _BY_PREFIX.items()
    if layout.simple and not prefix[1]
}
"""Unsigned messages of one fixed length, and where their frames end, by the frame's first bytes."""
_OPENING_BYTES: Final = 6
"""Delimiter, code of COBS, version, flags and id."""
IDS: Final[dict[int, type[Any]]] = {layout.id: cls for cls, layout in _LAYOUTS.items()}
"""Message class by message id."""
NAMES: Final[dict[type[Any], str]] = {
    cls: "".join("_" + c if c.isupper() and i else c for i, c in enumerate(cls.__name__)).upper()
    for cls in _LAYOUTS
}
"""Name as the documents write it, by class: `Status` is STATUS, `LimitsAre` is LIMITS_ARE."""


def encode(message: Message, sign: Sign | None = None) -> bytes:
    """Return a message as the bytes of one frame, both delimiters included.

    Args:
        message: Any message; its values must fit their fields.
        sign: Where given, the frame carries a MAC and says so in its flags.

    Raises:
        struct.error: If a value does not fit its field.
        ValueError: If bytes have the wrong length, or a counter is not the number of items.
    """
    layout = _LAYOUTS[type(message)]
    if sign is not None or not layout.packs_at_once:
        return frame(encode_body(message, sign))
    body = layout.pack(*message)
    body += crc32(body).to_bytes(CRC_BYTES, "little")
    masked = body.translate(MASK)
    return frame(body) if 0 in masked else b"%b%b\0" % (layout.opening, masked)


def encode_body(message: Message, sign: Sign | None = None) -> bytes:
    """Return header, payload, MAC if signed, and CRC; not masked, not framed."""
    layout = _LAYOUTS[type(message)]
    layout.check_lengths(message)
    pack = layout.pack if sign is None else layout.pack_signed
    if layout.item is None:
        body = pack(*message)
    else:
        items = cast("tuple[Any, ...]", message[-1])
        body = pack(*message[:-1]) + b"".join(
            layout.item.pack(*item) if isinstance(item, tuple) else layout.item.pack(item)
            for item in items
        )
    if sign is not None:
        body += sign(body)
    return body + crc32(body).to_bytes(CRC_BYTES, "little")


def payload_bytes(message: Message) -> bytes:
    """Return the payload alone, as COMMIT's CRC takes it from BEGIN."""
    layout = _LAYOUTS[type(message)]
    if layout.packs_at_once:
        return layout.pack(*message)[HEADER_BYTES:]
    return encode_body(message)[HEADER_BYTES:-CRC_BYTES]


class FrameDecoder:
    """Bytes in pieces of any size to messages; keeps at most one unfinished frame."""

    def __init__(self, verify: Sign | None = None) -> None:
        self.damaged = 0
        """Frames dropped for COBS, length or CRC since the beginning."""
        self._rest = b""
        self._overlong = False
        self.verify = verify
        """Where set, signed frames are checked with it; else they are refused with MAC."""

    def feed(self, data: bytes) -> list[Received]:
        """Take bytes as they came and return what stood whole in them, in order."""
        # Nearly always they are one whole frame and nothing else, with no zero in its masked
        # body: no loop, no pieces. Whatever is odd in any way goes the long way instead.
        found = _USUAL.get(data[:_OPENING_BYTES])
        if found is not None and not (self._rest or self._overlong):
            layout, end = found
            masked = data[2:-1]
            if data[end:] == b"\0" and 0 not in masked:
                body = masked.translate(MASK)
                if crc32(body) == _CRC_RESIDUE:
                    fields = layout.unpack_from(body, 4)
                    key = body[layout.enum_from : layout.enum_to]
                    if key in layout.seen and (
                        body[layout.zeros_from : layout.zeros_to] == layout.zero_bytes
                    ):
                        message: Message = layout.new(fields)
                        return [message]
        return self._feed_pieces(data)

    def _feed_pieces(self, data: bytes) -> list[Received]:
        """Take any bytes: parts of frames, several frames, noise."""
        pieces = (self._rest + data).split(b"\0")
        rest = pieces.pop()
        if self._overlong and pieces:
            self._overlong = False
            pieces[0] = b""
        if len(rest) > WIRE_BYTES_MAX:
            if not self._overlong:
                self.damaged += 1
            self._overlong = True
            rest = b""
        self._rest = rest
        received: list[Received] = []
        for piece in pieces:
            if not piece:
                continue
            # The usual frame has no zero in its masked body: one comparison and one translation.
            usual = piece[0] == len(piece)
            body = piece[1:].translate(MASK) if usual else unframe(piece)
            size = len(body) if body is not None else 0
            if (
                body is None
                or crc32(body) != _CRC_RESIDUE
                or not BODY_BYTES_MIN <= size <= BODY_BYTES_MAX
            ):
                self.damaged += 1
                continue
            layout = _BY_PREFIX.get(body[:4])
            if layout is None or not layout.simple or body[1] or size != layout.body_bytes:
                received.append(self._decode_rest(body, layout))
                continue
            fields = layout.unpack_from(body, 4)
            key = body[layout.enum_from : layout.enum_to]
            if body[layout.zeros_from : layout.zeros_to] != layout.zero_bytes or (
                key not in layout.seen and not layout.known_good(key, fields)
            ):
                received.append(_refuse(body, Code.FIELD))
                continue
            message: Message = layout.new(fields)
            received.append(message)
        return received

    def _decode_rest(self, body: bytes, layout: _Layout | None) -> Received:
        """Decode what the short way does not: refusals, signed frames, texts, tails."""
        if layout is None:
            if body[0] != PROTOCOL_VERSION:
                return _refuse(body, Code.VERSION)
            return _refuse(body, Code.FIELD if body[1] > SIGNED_FLAG else Code.ID)
        signed = bool(body[1])
        end = len(body) - CRC_BYTES - (MAC_BYTES if signed else 0)
        if signed and (
            end < HEADER_BYTES
            or self.verify is None
            or not compare_digest(self.verify(body[:end]), body[end:-CRC_BYTES])
        ):
            return _refuse(body, Code.MAC)
        message = _unpack(layout, body[:end])
        if isinstance(message, Code):
            return _refuse(body, message)
        return Signed(message) if signed else message


def _unpack(layout: _Layout, plain: bytes) -> Message | Code:
    """Return the message in header and payload, or why there is none."""
    least = 4 + layout.payload.size
    if len(plain) < least or (layout.item is None and len(plain) != least):
        return Code.LENGTH
    fields: list[Any] = list(layout.unpack_from(plain, 4))
    if any(any(plain[at : at + length]) for at, length in layout.zeros):
        return Code.FIELD
    for index in layout.texts:
        text = fields[index] = fields[index].rstrip(b"\0")
        if b"\0" in text or not text.isascii():
            return Code.FIELD
    if not layout.check_values(tuple(fields)):
        return Code.FIELD
    if layout.item is not None and layout.tail is not None:
        count = fields[layout.count_index]
        if len(plain) != least + count * layout.item.size:
            return Code.LENGTH
        if count > layout.tail.most:
            return Code.FIELD
        items: list[tuple[Any, ...]] = list(layout.item.iter_unpack(plain[least:]))
        if layout.item_padded and plain[least:] != b"".join(
            layout.item.pack(*item) for item in items
        ):
            return Code.FIELD  # a reserved byte inside an item is not zero
        fields.append(tuple(items) if layout.item_pairs else tuple(item[0] for item in items))
    return cast("Message", layout.cls(*fields))


def _refuse(body: bytes, code: Code) -> Refused:
    rid, boot, session = _HEADER_TAIL.unpack_from(body, 4)
    return Refused(rid, boot, session, int.from_bytes(body[2:4], "little"), code)


_HEADER_TAIL: Final = Struct("<III")
