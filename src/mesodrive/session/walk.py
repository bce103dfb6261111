"""Walks a log record by record with every CRC and seal; stops for good at the first fault.

Nothing is skipped and no length is trusted before it is bounded. What a walk yields has passed
its CRC; what lies below `sealed_bytes` has passed its seal as well.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, NamedTuple, cast
from zlib import crc32

from mesodrive.session.format import (
    AFTER_END,
    BEGIN_BYTES_MAX,
    BEGIN_PREFIX,
    BEGIN_START,
    BLOCK,
    BODY_BYTES_MAX,
    CRC_BYTES,
    ENTRY,
    ENTRY_BYTES,
    GENESIS,
    HEADER,
    HEADER_BYTES,
    LOG_BYTES_MAX,
    SKIPPABLE_FROM,
    Buffer,
    Fault,
    RecordType,
)

_SENTENCES: Final = {
    Fault.NO_BEGIN: "this is no session log, or its first record is damaged",
    Fault.OTHER_FORMAT: "the log has format {detail}; this reader knows format 1 only",
    Fault.UNKNOWN_TYPE: "record type {detail} is unknown and may not be skipped; "
    "a newer reader is needed",
    Fault.TOO_LONG: "the file has {detail} bytes; a log has at most 1 GiB",
    Fault.UNWRITTEN: "reserved space that was never written, {detail} bytes",
    Fault.CUT: "the record is cut off by the end of the file",
    Fault.LENGTH: "a length of {detail} bytes is more than any record has",
    Fault.CRC: "the checksum does not fit: damaged, or torn while it was written",
    Fault.ORDER: "record type {detail} may not stand here",
    Fault.TIME: "time falls by {detail} ns",
    Fault.BLOCK: "the entries do not fill their block exactly, or their time falls",
    Fault.END: "what the session came to is no JSON object",
    Fault.SEAL: "the seal does not fit what comes before it: something was changed",
}


@dataclass(frozen=True, slots=True)
class Damage:
    """Where a walk had to stop, and why."""

    fault: Fault
    offset: int
    """First byte of the record at fault."""
    record: int
    """Its number, from 0."""
    sealed_up_to: int
    """Bytes before this one are sealed and untouched."""
    detail: int = 0
    """The number that the sentence names."""

    def __str__(self) -> str:
        said = _SENTENCES[self.fault].format(detail=self.detail)
        return f"record {self.record} at byte {self.offset}: {said}"


_unpack_header: Final = HEADER.unpack_from
_BEGIN: Final = RecordType.BEGIN.value
_SEAL: Final = RecordType.SEAL.value
_END: Final = RecordType.END.value
_ACCOUNT: Final = RecordType.ACCOUNT.value
_OPENING_BYTES: Final = 31
"""Enough of a begin record to see a format number of up to 20 digits and the comma after it."""
_LOOK_BYTES: Final = 1 << 16
"""Piece in which a tail is searched for anything but zeros."""


class Entry(NamedTuple):
    """One input or output of the core, as the log holds it."""

    record: int
    offset: int
    time_ns: int
    code: int
    data: bytes


class Walk:
    """One pass over a log. Iterate it; what it counted stands in its attributes.

    Iteration yields `(type, mono_ns, start, end)` for each good record, where `start` and `end`
    bound its body. Whoever decodes a block's entries and finds them malformed calls `reject`,
    which ends the walk.
    """

    def __init__(self, data: Buffer) -> None:
        self.data = data
        self.records = 0
        self.seals = 0
        self.sealed_bytes = 0
        self.sealed_records = 0
        self.first_ns = self.last_ns = 0
        self.head = GENESIS
        """Digest of the last good seal."""
        self.ended = False
        """Whether END was met."""
        self.end_body = b""
        """Body of END, once met."""
        self.end_facts: dict[str, Any] = {}
        """The same, read."""
        self.complete = False
        """Whether END was met and sealed."""
        self.damage: Damage | None = None
        self._at = 0
        self._seal_at = 0

    def reject(self, fault: Fault, detail: int = 0) -> None:
        """Note a fault of the record under way; the walk ends with it."""
        self.damage = Damage(fault, self._at, self.records, self.sealed_bytes, detail)

    def __iter__(self) -> Iterator[tuple[int, int, int, int]]:
        data = self.data
        size = len(data)
        if size > LOG_BYTES_MAX:
            self.reject(Fault.TOO_LONG, size)
            return
        view = memoryview(data)
        while True:
            if self._at == size and self.records:
                return
            found = self._record(view, size)
            if found is None:
                return
            yield found
            if self.damage is not None:
                return
            self.records += 1
            self._at = found[3]
            if found[0] == _SEAL:
                self.sealed_bytes = self._at
                self.sealed_records = self.records
                self.complete = self.ended

    def _record(self, view: memoryview, size: int) -> tuple[int, int, int, int] | None:
        """Return the record at the present place if it is good, else note what is wrong."""
        if not self.records:
            return self._first(view, size)
        at = self._at
        if size - at < HEADER_BYTES:
            self._ragged(view, Fault.CUT)
            return None
        crc: int
        length: int
        kind: int
        mono_ns: int
        crc, length, kind, mono_ns = _unpack_header(view, at)
        start = at + HEADER_BYTES
        end = start + length
        if length > BODY_BYTES_MAX:
            self.reject(Fault.LENGTH, length)
        elif end > size:
            self.reject(Fault.CUT)
        elif crc32(view[at + CRC_BYTES : end]) != crc:
            self._ragged(view, Fault.CRC)
        elif self._in_order(kind, mono_ns) and self._sound(kind, start, end):
            self.last_ns = mono_ns
            return kind, mono_ns, start, end
        return None

    def _first(self, view: memoryview, size: int) -> tuple[int, int, int, int] | None:
        """Return the begin record; any damage of it means that there is no log."""
        if size >= HEADER_BYTES:
            crc, length, kind, mono_ns = HEADER.unpack_from(view)
            end = HEADER_BYTES + length
            if (
                kind == _BEGIN
                and length <= BEGIN_BYTES_MAX
                and end <= size
                and crc32(view[CRC_BYTES:end]) == crc
            ):
                opening = self.data[HEADER_BYTES : min(end, HEADER_BYTES + _OPENING_BYTES)]
                if opening.startswith(BEGIN_START):
                    self.first_ns = self.last_ns = mono_ns
                    return kind, mono_ns, HEADER_BYTES, end
                number, comma, _ = opening.removeprefix(BEGIN_PREFIX).partition(b",")
                if opening.startswith(BEGIN_PREFIX) and comma and number.isdigit():
                    self.reject(Fault.OTHER_FORMAT, int(number))
                    return None
        self.reject(Fault.NO_BEGIN)
        return None

    def _sound(self, kind: int, start: int, end: int) -> bool:
        """Check the body of a seal or an end; take it over where it is good."""
        if kind == _SEAL:
            return self._fits(start, end)
        if kind == _END:
            body = self.data[start:end]
            facts = json_object(body)
            if facts is None:
                self.reject(Fault.END)
                return False
            self.ended, self.end_body, self.end_facts = True, body, facts
        return True

    def _fits(self, start: int, end: int) -> bool:
        """Check a seal against everything since the one before, and take it over."""
        head = sha256(self.head + self.data[self._seal_at : self._at]).digest()
        if head != self.data[start:end]:
            self.reject(Fault.SEAL)
            return False
        self.head = head
        self._seal_at = self._at
        self.seals += 1
        return True

    def _in_order(self, kind: int, mono_ns: int) -> bool:
        """Tell whether a record of this type and time may come next."""
        if kind < SKIPPABLE_FROM:
            if not _BEGIN <= kind <= _ACCOUNT:
                self.reject(Fault.UNKNOWN_TYPE, kind)
                return False
            if kind == _BEGIN or (self.ended and kind not in AFTER_END):
                self.reject(Fault.ORDER, kind)
                return False
        if mono_ns < self.last_ns:
            self.reject(Fault.TIME, self.last_ns - mono_ns)
            return False
        return True

    def _ragged(self, view: memoryview, fault: Fault) -> None:
        """Tell reserved space (zeros up to the end) from a cut or damaged record."""
        at = self._at
        if self.data[at : at + HEADER_BYTES].strip(b"\0") or not _zeros(self.data, at):
            self.reject(fault)
        else:
            self.reject(Fault.UNWRITTEN, len(view) - at)


def entries(walk: Walk) -> Iterator[Entry]:
    """Yield every entry of a log up to the first fault, which the walk then names."""
    data = walk.data
    for kind, begun_ns, start, end in walk:
        if kind != BLOCK:
            continue
        at, last = start, 0
        while at < end:
            if end - at < ENTRY_BYTES:
                walk.reject(Fault.BLOCK)
                break
            rel, code, length = ENTRY.unpack_from(data, at)
            offset = at
            at += ENTRY_BYTES + length
            if at > end or rel < last:
                walk.reject(Fault.BLOCK)
                break
            last = rel
            yield Entry(walk.records, offset, begun_ns + rel, code, data[offset + ENTRY_BYTES : at])


def json_object(body: bytes) -> dict[str, Any] | None:
    """Return the JSON object that a body is, in UTF-8; None where it is anything else."""
    try:
        facts = json.loads(body.decode())
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, Any]", facts) if isinstance(facts, dict) else None


def _zeros(data: Buffer, at: int) -> bool:
    """Tell whether only zeros follow, without a copy of the rest of the file."""
    return not any(
        data[place : place + _LOOK_BYTES].strip(b"\0")
        for place in range(at, len(data), _LOOK_BYTES)
    )
