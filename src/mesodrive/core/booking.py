"""From the device's journal into the ledger: the only way there is, one record at a time."""

from collections import deque
from enum import Enum
from typing import Final

from mesodrive.core.guard import Guard
from mesodrive.core.ledger import CommandBook, Ledger
from mesodrive.core.outbox import Outbox
from mesodrive.core.records import Records
from mesodrive.core.traces import Traces
from mesodrive_protocol.enums import EventKind, Kind, Outcome, Reason
from mesodrive_protocol.messages import Record

TOO_MUCH_PERMILLE: Final = 1_100
"""DOS-06: a unit that measured above this share of its dose stops the session."""
TOO_LITTLE_PERMILLE: Final = 800
"""DOS-06: two units running below this share stop it too."""
_UM3_PER_NL: Final = 1_000_000
_PI_MILLIONTHS: Final = 3_141_592
_OUTCOMES: Final = tuple(Outcome)
_OUTCOME_WORDS: Final = tuple(outcome.name.lower() for outcome in Outcome)
_DONE: Final = Outcome.DONE
_EVENT: Final = Kind.EVENT
_PRICK: Final = Kind.PRICK
_CURRENT: Final = Kind.CURRENT


class Verdict(Enum):
    """What the host thinks of a record; the values of the last three are alarms."""

    SOUND = ""
    FALSE = "record-mismatch"
    """It tells of more than was programmed, or of a unit that has a record already."""
    TOO_MUCH = "too-much-delivered"
    TOO_LITTLE = "too-little-delivered"
    CHARGE_DIFFERS = "charge-differs"


class Booking:
    """Takes each record once, books it, and counts it as confirmed when it is durable here."""

    def __init__(self, records: Records, ledger: Ledger, guard: Guard, outbox: Outbox) -> None:
        self._records = records
        self._ledger = ledger
        self._guard = guard
        self._outbox = outbox
        self.traces = Traces(ledger, outbox)
        """What the host itself has seen to flow."""
        self._delivered = 0
        """Units booked as delivered wholly."""
        self._confirming: deque[tuple[int, int]] = deque()
        """Marks to come, and how many units are confirmed with them."""
        self.units_confirmed = 0
        """Units delivered wholly whose record is durable; what a screen may call delivered."""
        self.locked = False
        """What the device tells cannot be taken: records are shown and kept, and settle nothing."""
        self.bore_um = 0
        """Bore of the syringe that is fitted; 0 where there is none."""
        self._little_running = 0
        """Units in a row that delivered too little."""
        self.tests_reported = 0
        """Records *tested* since the beginning."""

    def take(self, record: Record, now_ns: int) -> Verdict:
        """Take a record of this session's device, book it, and say what to think of it."""
        if not self._records.take(record):
            return Verdict.SOUND
        verdict = self._book(record, now_ns)
        mark = self._records.keep(record)
        self._confirming.append((mark, self._delivered))
        return verdict

    def restore(self, *, delivered: bool) -> None:
        """Count a unit of an earlier log, which is durable there."""
        self._delivered += delivered
        self.units_confirmed = self._delivered

    def durable(self) -> None:
        """Acknowledge, and count as confirmed, what has become durable."""
        self._records.durable()
        waiting = self._confirming
        while waiting and waiting[0][0] <= self._outbox.durable_mark:
            _, self.units_confirmed = waiting.popleft()

    def _book(self, record: Record, now_ns: int) -> Verdict:
        facts = {
            "seq": record.seq,
            "chain": record.chain,
            "command": record.command,
            "unit": record.unit,
        }
        if record.kind == _EVENT:
            what, reason = EventKind(record.outcome), Reason(record.reason)
            self.tests_reported += what is EventKind.TESTED
            self._outbox.event(
                "device", **facts, what=what.name.lower(), reason=reason.name.lower()
            )
            return Verdict.SOUND
        book = None if self.locked else self._ledger.books.get(record.command)
        if book is not None and record.unit >= book.units:
            book = None
        self._outbox.event(
            "unit",
            **facts,
            outcome=_OUTCOME_WORDS[record.outcome],
            lo=record.lo,
            hi=record.hi,
            zone=-1 if book is None else book.zones[record.unit],
            values=list(record[-6:]),
            known=book is not None,
        )
        if book is None:
            return Verdict.SOUND
        programmed = book.programmed[record.unit]
        if not record.lo <= record.hi <= programmed:
            return Verdict.FALSE
        outcome = _OUTCOMES[record.outcome]
        if not self._ledger.settle(book, record.unit, outcome, record.lo, record.hi):
            return Verdict.FALSE
        self._guard.settled(book, record.hi, now_ns)
        self._delivered += record.outcome == _DONE and not book.is_waste
        return self._compare(book, record, now_ns)

    def _compare(self, book: CommandBook, record: Record, now_ns: int) -> Verdict:
        """Compare what was measured with what was commanded, beside the device's own check."""
        if record.kind != _PRICK or record.outcome != _DONE:
            differs = record.kind == _CURRENT and self.traces.ended(book, record)
            return Verdict.CHARGE_DIFFERS if differs else Verdict.SOUND
        programmed_nl = book.programmed[record.unit]
        # The encoder counts whole um: one of them less is what has certainly been moved.
        moved_um3 = max(0, record.v5 - 1) * _PI_MILLIONTHS * self.bore_um**2 // 4_000_000
        measured_nl = moved_um3 // _UM3_PER_NL
        if measured_nl * 1_000 > programmed_nl * TOO_MUCH_PERMILLE:
            self._outbox.event("excess", command=record.command, unit=record.unit,
                               measured=measured_nl, programmed=programmed_nl)  # fmt: skip
            self._ledger.exceed(book, record.unit, measured_nl - programmed_nl)
            self._guard.settled(book, measured_nl - programmed_nl, now_ns)
            return Verdict.TOO_MUCH
        little = record.hi * 1_000 < programmed_nl * TOO_LITTLE_PERMILLE
        self._little_running = self._little_running + 1 if little else 0
        return Verdict.TOO_LITTLE if self._little_running > 1 else Verdict.SOUND
