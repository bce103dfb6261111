"""Entries of a log as lines for people: time, direction, and what was said or done."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from enum import Enum
from typing import Any, Final, NamedTuple, cast

from mesodrive.core.keys import SESSION_KEY
from mesodrive.core.ports import In, Out
from mesodrive.document_text import escaped
from mesodrive.session.message_text import message_text
from mesodrive.session.walk import Entry
from mesodrive_protocol.codec import MAC_BYTES, FrameDecoder, Received, Refused, Signed
from mesodrive_protocol.fields import DECLARATIONS
from mesodrive_protocol.messages import Open

_RAW_BYTES_MAX: Final = 256
"""Shown of one entry in hex; a screen is not made for more."""


class Sort(Enum):
    """What a line is about, for filters."""

    FRAME = "frame"
    EVENT = "event"
    WISH = "wish"
    OTHER = "other"
    RAW = "raw"


class Line(NamedTuple):
    """One thing that happened."""

    time_ns: int
    """Monotonic."""
    sort: Sort
    direction: str
    """`>` to the device, `<` from it, `!` a STOP, `*` inside the driver, `?` from a person."""
    text: str

    def shown(self, since_ns: int) -> str:
        """Return the line as it is printed, with seconds since a moment."""
        return f"{seconds(self.time_ns - since_ns)} {self.direction} {self.text}"


def seconds(time_ns: int) -> str:
    """Return nanoseconds, 0 or more, as seconds with nine digits, aligned up to a day."""
    return f"{time_ns // 1_000_000_000:5}.{time_ns % 1_000_000_000:09}"


class Renderer:
    """Turns entries into lines; keeps a decoder for each direction."""

    def __init__(self, *, raw: bool = False) -> None:
        """Begin with nothing received.

        Args:
            raw: Show bytes in hex as well.
        """
        self._raw = raw
        self._decoders = {"<": FrameDecoder(self._mac), ">": FrameDecoder(self._mac)}
        self._open_mac = self._session_key = b""

    def lines(self, entry: Entry) -> Iterator[Line]:
        """Yield what an entry says: none where only a part of a frame came."""
        direction = _DIRECTIONS.get(entry.code, "*")
        if entry.code in _BYTES:
            decoder = self._decoders["<" if direction == "<" else ">"]
            damaged = decoder.damaged
            for received in decoder.feed(entry.data):
                yield Line(entry.time_ns, Sort.FRAME, direction, received_text(received))
            if decoder.damaged > damaged:
                lost = decoder.damaged - damaged
                yield Line(entry.time_ns, Sort.FRAME, direction, f"({lost} damaged)")
        else:
            if entry.code == In.KEY:
                self._take_key(entry.data)
            sort = _SORTS.get(entry.code, Sort.OTHER)
            yield Line(entry.time_ns, sort, direction, _plain_text(entry.code, entry.data))
        if self._raw:
            yield Line(entry.time_ns, Sort.RAW, direction, _hex(entry.data))

    def _take_key(self, data: bytes) -> None:
        if data[:1] == bytes([SESSION_KEY]):
            self._session_key = data[1:]
        else:
            self._open_mac = data[1:]

    def _mac(self, data: bytes) -> bytes:
        """Return the MAC that a frame should have, from what the owner told the core."""
        if data[2:4] == _OPEN_ID:
            return self._open_mac
        return hmac.digest(self._session_key, data, hashlib.sha256)[:MAC_BYTES]


def received_text(received: Received) -> str:
    """Return what a decoder gave as text."""
    if isinstance(received, Refused):
        return f"(refused id={received.id:#06x} code={received.code.name} rid={received.rid})"
    if isinstance(received, Signed):
        return f"{message_text(received.message)} signed"
    return message_text(received)


def entry_text(code: int, data: bytes) -> str:
    """Return one entry on its own as text: frames by name, JSON as words, else hex."""
    if code in _BYTES:
        texts = [received_text(one) for one in FrameDecoder().feed(data)]
        return f"{_name(code)} {' + '.join(texts) or _hex(data)}"
    return _plain_text(code, data)


def _plain_text(code: int, data: bytes) -> str:
    if code in _MARKS:
        mark = int.from_bytes(data[:4], "little")
        return f"{_name(code)} {mark}" + (" at once" if data[4:] == b"\1" else "")
    if code in _KEYS:
        what = "of the session" if data[:1] == bytes([SESSION_KEY]) else "for OPEN"
        missing = " (there is none)" if code == In.KEY and len(data) == 1 else ""
        return f"{_name(code)} {what}{missing}"
    try:
        facts = json.loads(data) if data else {}
    except (ValueError, RecursionError):
        facts = None
    if not isinstance(facts, dict):
        return f"{_name(code)} {_hex(data)}"
    return " ".join(_words(code, cast("dict[str, Any]", facts)))


def _words(code: int, facts: dict[str, Any]) -> Iterator[str]:
    subject = _SUBJECTS.get(code, "")
    yield escaped(str(facts.get(subject) or _name(code)))
    for name, value in facts.items():
        if name != subject:
            shown = value if isinstance(value, str) and value else json.dumps(value)
            yield escaped(f"{name}={shown}")


def _name(code: int) -> str:
    for codes in (In, Out):
        if code in codes.__members__.values():
            return codes(code).name.lower()
    return f"code {code}"


def _hex(data: bytes) -> str:
    more = f" and {len(data) - _RAW_BYTES_MAX} bytes" if len(data) > _RAW_BYTES_MAX else ""
    return data[:_RAW_BYTES_MAX].hex(" ") + more


_BYTES: Final = frozenset({In.RECEIVED, Out.SEND, Out.STOP})
_MARKS: Final = frozenset({In.DURABLE, Out.PERSIST})
_KEYS: Final = frozenset({In.KEY, Out.KEY})
_OPEN_ID: Final = DECLARATIONS[Open].id.to_bytes(2, "little")
_DIRECTIONS: Final[dict[int, str]] = {In.RECEIVED: "<", Out.SEND: ">", Out.STOP: "!", In.WISH: "?"}
_SORTS: Final[dict[int, Sort]] = {In.WISH: Sort.WISH, Out.EVENT: Sort.EVENT}
_SUBJECTS: Final[dict[int, str]] = {In.WISH: "wish", Out.EVENT: "event"}
"""Key of the JSON that names what happened."""
