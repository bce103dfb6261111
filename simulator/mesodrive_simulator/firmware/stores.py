"""What a device remembers without power: totals, marks, journal, latch, fitting.

Invariants: the totals store has two copies, written in turn, so that a torn write leaves the other
one; every part carries a CRC of its own, and a part whose CRC is wrong counts as lost. Nothing
here knows time: the firmware calls a change only when its durable write would be complete.
"""

from struct import Struct, calcsize
from typing import Final, NamedTuple
from zlib import crc32

from mesodrive_protocol.codec import payload_bytes
from mesodrive_protocol.enums import How, Kind
from mesodrive_protocol.messages import Record

STORE_BYTES_MAX: Final = 1 << 20
"""A ring of 1,000 slots needs a tenth; what is larger is not a store."""
_MAGIC: Final = b"MDST\x01"
_PART: Final = Struct("<cH")
RECORD: Final = Struct("<IIQQIIHBBBBHII6i")
"""Payload of a RECORD from `seq` on, as PROTOCOL.md has it."""


class StoresError(ValueError):
    """Bytes that are no device store at all; a damaged part of one is not an error but a loss."""

    code = "stores"

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        return f"not a device store: {self.problem}. Give the file that this device wrote."


class Totals(NamedTuple):
    """The totals store: written whole, before each movement and at each change of a command."""

    generation: int = 0
    """Counts writes; the copy with the higher one is the newer."""
    boot: int = 0
    session: int = 0
    case: int = 0
    last_command: int = 0
    open_command: int = 0
    next: int = 0
    begun_total: int = 0
    seq: int = 1
    case_total: int = 0
    """Amount of all ended units of the case: nL, or strokes; primes are waste and not in it."""
    unit_amount: int = 0
    """Programmed amount of unit `next` - 1."""


class Mark(NamedTuple):
    """The begin mark of one unit, in the journal beside its record."""

    command: int = 0
    begun_us: int = 0
    begun_total: int = 0
    amount: int = 0
    boot: int = 0
    unit: int = 0
    fit_no: int = 0
    kind: int = Kind.EVENT
    ended: bool = True


class Fit(NamedTuple):
    """What people said is fitted."""

    fit_no: int = 0
    needle_um: int = 0
    bore_um: int = 0
    pins: int = 0
    head: int = 0
    content_nl: int = 0
    area_mm2: int = 0
    lot: int = 0


class ElectrodeUse(NamedTuple):
    """How often an electrode has been used; its label's text tells it from others."""

    lot: int
    area_mm2: int
    case: int
    """The last case that it was used in."""
    uses: int
    """Cases."""


class KeySlot(NamedTuple):
    """One pairing key."""

    key_id: int
    key: bytes
    opened: bool = False
    """A session was opened with it."""


class Account:
    """Sums over the records of one command; they outlive the records."""

    __slots__ = (
        "closed_by", "command", "crc", "done", "first_seq", "hi", "how", "kind", "last_seq", "lo",
        "next", "not_done", "partial", "unit_max", "units", "unknown",
    )  # fmt: skip

    def __init__(self, command: int, crc: int, units: int, kind: int, unit_max: int) -> None:
        self.command, self.crc, self.units, self.kind = command, crc, units, kind
        self.unit_max = unit_max
        """Largest programmed amount of one unit: what is assumed of a unit that left no mark."""
        self.next = 0
        self.closed_by = self.first_seq = self.last_seq = self.lo = self.hi = 0
        self.done = self.partial = self.not_done = self.unknown = 0
        self.how: int = How.OPEN


_TOTALS: Final = "<IIIQQQHIIII"
_MARK: Final = "<QQIIIHHB?"
_FIT: Final = "<HHHBBIII"
_ACCOUNT: Final = "<QIIIIIIIHHHHHHBB"
_LATCH: Final = "<HB?III"
_KEY: Final = "<I32s?"
_USE: Final = "<IIQI"
_MARKS: Final = (b"M", b"N")
USES_KEPT: Final = 64
"""Electrodes remembered, the oldest goes first."""
_ACCOUNT_NAMES: Final = (
    "command", "crc", "closed_by", "first_seq", "last_seq", "lo", "hi", "unit_max", "units", "next",
    "done", "partial", "not_done", "unknown", "kind", "how",
)  # fmt: skip


class Stores:
    """Durable memory of one device; a reset leaves it as it is."""

    __slots__ = (
        "account", "acked_chain", "acked_seq", "armed", "closed", "content_left_nl", "copies",
        "fit", "keys", "latch_no", "latch_reason", "mark", "mark_before", "next_seq", "records",
        "totals", "uses",
    )  # fmt: skip

    def __init__(self) -> None:
        self.copies: list[Totals | None] = [Totals(), None]
        self.totals = Totals()
        """The newer good copy."""
        self.mark = Mark()
        self.mark_before: Mark | None = None
        """Mark of a unit without an end, where the next is marked already: slices join."""
        self.records: list[Record] = []
        """Kept records in order; those not acknowledged, and always the newest."""
        self.next_seq = 1
        self.acked_seq = 0
        self.acked_chain = 0
        self.latch_no = 0
        self.latch_reason = 0
        """First reason of the present latch; 0 while there is none."""
        self.armed = False
        """Set before outputs are enabled, so that a reset in between latches."""
        self.fit = Fit()
        self.content_left_nl = 0
        self.account: Account | None = None
        self.closed: Account | None = None
        self.keys: list[KeySlot] = []
        """Pairing keys, the newest last."""
        self.uses: list[ElectrodeUse] = []
        """Electrodes, the last used last."""

    def write_totals(self, totals: Totals) -> None:
        """Write the totals over the older copy; the generation is counted here."""
        totals = tuple.__new__(Totals, (self.totals.generation + 1, *totals[1:]))
        self.copies[totals.generation & 1] = totals
        self.totals = totals

    def use_of(self, lot: int, area_mm2: int) -> ElectrodeUse:
        """Return how often an electrode has been used."""
        for use in self.uses:
            if use.lot == lot and use.area_mm2 == area_mm2:
                return use
        return ElectrodeUse(lot, area_mm2, 0, 0)

    def count_use(self) -> None:
        """Count what is fitted as used in the present case, once."""
        before = self.use_of(self.fit.lot, self.fit.area_mm2)
        case = self.totals.case
        if before.uses and before.case == case:
            return
        self.uses = [use for use in self.uses if use != before][1 - USES_KEPT :]
        self.uses.append(before._replace(case=case, uses=before.uses + 1))

    def to_bytes(self) -> bytes:
        """Return everything as bytes, each part with its own CRC."""
        parts = [_MAGIC]
        copies = [copy for copy in self.copies if copy is not None]
        parts += [_part(b"T", Struct(_TOTALS).pack(*copy)) for copy in copies]
        parts.append(_part(b"M", Struct(_MARK).pack(*self.mark)))
        if self.mark_before is not None:
            parts.append(_part(b"N", Struct(_MARK).pack(*self.mark_before)))
        latch = (self.latch_no, self.latch_reason, self.armed)
        counts = (self.acked_seq, self.acked_chain, self.content_left_nl)
        parts.append(_part(b"L", Struct(_LATCH).pack(*latch, *counts)))
        parts.append(_part(b"F", Struct(_FIT).pack(*self.fit)))
        for tag, account in ((b"A", self.account), (b"C", self.closed)):
            if account is not None:
                values = [getattr(account, name) for name in _ACCOUNT_NAMES]
                parts.append(_part(tag, Struct(_ACCOUNT).pack(*values)))
        parts += [_part(b"K", Struct(_KEY).pack(*slot)) for slot in self.keys]
        parts += [_part(b"U", Struct(_USE).pack(*use)) for use in self.uses]
        parts += [_part(b"R", payload_bytes(record)) for record in self.records]
        return b"".join(parts)

    @staticmethod
    def from_bytes(data: bytes) -> "Stores":
        """Read stores back; a part that is cut or has a wrong CRC is lost, like worn flash.

        Raises:
            StoresError: If the bytes are no store, or longer than any.
        """
        if len(data) > STORE_BYTES_MAX:
            raise StoresError(f"{len(data)} bytes, at most {STORE_BYTES_MAX}")
        if not data.startswith(_MAGIC):
            raise StoresError("it does not begin as one")
        stores = Stores()
        stores.copies = [None, None]
        at = len(_MAGIC)
        while at + _PART.size <= len(data):
            tag, length = _PART.unpack_from(data, at)
            end = at + _PART.size + length
            if crc32(data[at:end]).to_bytes(4, "little") == data[end : end + 4]:
                stores._take(tag, data[at + _PART.size : end])
            at = end + 4
        good = [copy for copy in stores.copies if copy is not None]
        stores.totals = max(good, default=Totals())
        last = stores.records[-1].seq if stores.records else 0
        stores.next_seq = max(stores.totals.seq, last + 1)
        return stores

    @property
    def totals_lost(self) -> bool:
        """Tell whether neither copy of the totals was good."""
        return self.copies == [None, None]

    def _take(self, tag: bytes, body: bytes) -> None:
        """Take one sound part; a part of another size or kind is from another device: lost."""
        layout = _LAYOUT_BY_TAG.get(tag)
        if layout is None or calcsize(layout) != len(body):
            return
        values = Struct(layout).unpack(body)
        if tag == b"T":
            totals = Totals(*values)
            self.copies[totals.generation & 1] = totals
        elif tag in _MARKS:
            self._take_mark(tag, Mark(*values))
        elif tag == b"L":
            self.latch_no, self.latch_reason, self.armed = values[:3]
            self.acked_seq, self.acked_chain, self.content_left_nl = values[3:]
        elif tag == b"F":
            self.fit = Fit(*values)
        elif tag == b"K":
            self.keys.append(KeySlot(*values))
        elif tag == b"U":
            self.uses.append(ElectrodeUse(*values))
        elif tag == b"R":
            self.records.append(Record(0, 0, 0, *values))
        else:
            account = Account(0, 0, 0, 0, 0)
            for name, value in zip(_ACCOUNT_NAMES, values, strict=True):
                setattr(account, name, value)
            self._take_account(tag, account)

    def _take_mark(self, tag: bytes, mark: Mark) -> None:
        if tag == b"M":
            self.mark = mark
        else:
            self.mark_before = mark

    def _take_account(self, tag: bytes, account: Account) -> None:
        if tag == b"A":
            self.account = account
        else:
            self.closed = account


_LAYOUT_BY_TAG: Final = {
    b"T": _TOTALS, b"M": _MARK, b"L": _LATCH, b"F": _FIT, b"A": _ACCOUNT, b"C": _ACCOUNT,
    b"K": _KEY, b"N": _MARK, b"R": RECORD.format, b"U": _USE,
}  # fmt: skip


def _part(tag: bytes, body: bytes) -> bytes:
    head = _PART.pack(tag, len(body)) + body
    return head + crc32(head).to_bytes(4, "little")
