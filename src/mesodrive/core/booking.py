"""From the device's journal into the ledger: the only way there is, one record at a time."""

from collections import deque

from mesodrive.core.guard import Guard
from mesodrive.core.ledger import Ledger
from mesodrive.core.outbox import Outbox
from mesodrive.core.records import Records
from mesodrive_protocol.enums import EventKind, Kind, Outcome, Reason
from mesodrive_protocol.messages import Record


class Booking:
    """Takes each record once, books it, and counts it as confirmed when it is durable here."""

    def __init__(self, records: Records, ledger: Ledger, guard: Guard, outbox: Outbox) -> None:
        self._records = records
        self._ledger = ledger
        self._guard = guard
        self._outbox = outbox
        self._delivered = 0
        """Units booked as delivered wholly."""
        self._confirming: deque[tuple[int, int]] = deque()
        """Marks to come, and how many units are confirmed with them."""
        self.units_confirmed = 0
        """Units delivered wholly whose record is durable; what a screen may call delivered."""
        self.tests_reported = 0
        """Records *tested* since the beginning."""

    def take(self, record: Record, now_ns: int) -> bool:
        """Take a record of this session's device.

        Returns:
            False if it cannot be true: it tells of more than was programmed, or of a unit that
            has a record already.
        """
        if not self._records.take(record):
            return True
        sound = self._book(record, now_ns)
        mark = self._records.keep(record)
        self._confirming.append((mark, self._delivered))
        return sound

    def durable(self) -> None:
        """Acknowledge, and count as confirmed, what has become durable."""
        self._records.durable()
        waiting = self._confirming
        while waiting and waiting[0][0] <= self._outbox.durable_mark:
            _, self.units_confirmed = waiting.popleft()

    def _book(self, record: Record, now_ns: int) -> bool:
        facts = {"seq": record.seq, "command": record.command, "unit": record.unit}
        if record.kind == Kind.EVENT:
            what, reason = EventKind(record.outcome), Reason(record.reason)
            self.tests_reported += what is EventKind.TESTED
            self._outbox.event(
                "device", **facts, what=what.name.lower(), reason=reason.name.lower()
            )
            return True
        book = self._ledger.books.get(record.command)
        if book is not None and record.unit >= book.units:
            book = None
        outcome = Outcome(record.outcome)
        self._outbox.event(
            "unit",
            **facts,
            outcome=outcome.name.lower(),
            lo=record.lo,
            hi=record.hi,
            zone=-1 if book is None else book.zones[record.unit],
            values=list(record[-6:]),
            known=book is not None,
        )
        if book is None:
            return True
        if not record.lo <= record.hi <= book.programmed[record.unit]:
            return False
        if not self._ledger.settle(book, record.unit, outcome, record.lo, record.hi):
            return False
        self._guard.settled(book, record.hi, now_ns)
        self._delivered += outcome is Outcome.DONE and not book.is_waste
        return True
