"""The journal: what the device wrote down, kept until the host has it durably.

Invariants: `seq` is never used twice; `chain` is the CRC-32 of a record's payload with the chain
of the record before in its place; the newest record is always kept. Eight slots are for events.
Each kind of event has room for at least one; one that finds no slot is folded into the newest of
its kind, whose bytes stay as they are, because the host may have them already.
"""

from typing import Final
from zlib import crc32

from mesodrive_protocol.codec import payload_bytes
from mesodrive_protocol.enums import EventKind, Reason
from mesodrive_protocol.messages import Record
from mesodrive_simulator.firmware.board import NEVER_US, Board
from mesodrive_simulator.firmware.names import EVENT
from mesodrive_simulator.firmware.stores import RECORD
from mesodrive_simulator.plant.phases import REST

EVENT_SLOTS: Final = 8
RECORDS_AHEAD: Final = 4
"""Records sent and not acknowledged."""
AGAIN_US: Final = (50_000, 100_000, 200_000, 400_000)
"""When a record is sent again; the last is repeated."""
Body = tuple[int, ...]
"""Payload of a record from `command` on."""


class _Ahead:
    """One record that was sent and waits for its ACK."""

    __slots__ = ("due_us", "record", "tries")

    def __init__(self, record: Record) -> None:
        self.record = record
        self.tries = 0
        self.due_us = 0


class Journal:
    """Records in a ring of slots, and when each is sent again."""

    __slots__ = ("_ahead", "board", "due_us", "events_held", "unit_slots", "units_held")

    def __init__(self, board: Board) -> None:
        self.board = board
        self.unit_slots = board.profile.slots - EVENT_SLOTS
        self.units_held = 0
        self.events_held: dict[int, int] = {}
        self._ahead: list[_Ahead] = []
        self.due_us = NEVER_US
        """When a record is to be sent next."""
        for record in board.stores.records:
            if record.seq > board.stores.acked_seq:
                self._count(record, 1)

    @property
    def free(self) -> int:
        """Return how many slots for units are free."""
        return self.unit_slots - self.units_held

    @property
    def chain(self) -> int:
        """Return the chain of the newest record, 0 before the first."""
        records = self.board.stores.records
        return records[-1].chain if records else 0

    def unit(self, body: Body) -> Record:
        """Append the record of a unit; its slot was free before the unit began."""
        return self._append(body)

    def event(
        self, kind: EventKind, reason: Reason = Reason.NONE, *, number: int = 0, value: int = 0
    ) -> None:
        """Append an event, or fold it into the newest of its kind.

        Args:
            kind: What happened.
            reason: Why.
            number: What STATUS calls it: `latch_no` of latch and clear.
            value: The first of the six values.
        """
        held = self.events_held
        absent = len(EventKind) - len(held) - (kind not in held)
        if kind in held and sum(held.values()) + absent >= EVENT_SLOTS:
            return
        board = self.board
        stores = board.stores
        body = (
            stores.totals.open_command, board.us, 0, stores.totals.boot, number, EVENT, kind,
            reason, board.plant.phase if reason else REST, stores.fit.fit_no,
            0, 0, value, 0, 0, 0, 0, 0,
        )  # fmt: skip
        self._append(body)

    def ack(self, seq: int, chain: int) -> bool:
        """Free all records up to `seq`; void, and False, if the chain is not that record's."""
        stores = self.board.stores
        records = stores.records
        index = next((i for i, r in enumerate(records) if r.seq == seq), -1)
        if index < 0 or records[index].chain != chain:
            return False
        if seq <= stores.acked_seq:
            return True
        for record in records[: index + 1]:
            if record.seq > stores.acked_seq:
                self._count(record, -1)
        stores.acked_seq, stores.acked_chain = seq, chain
        del records[: min(index + 1, len(records) - 1)]
        self._ahead = [one for one in self._ahead if one.record.seq > seq]
        self.send_due()
        return True

    def fetch(self, seq: int) -> Record | None:
        """Return the first record kept at or above `seq`."""
        return next((r for r in self.board.stores.records if r.seq >= seq), None)

    def unacked(self, command: int) -> int:
        """Return how many records of a command are not acknowledged."""
        stores = self.board.stores
        return sum(
            1
            for record in stores.records
            if record.command == command and record.seq > stores.acked_seq
        )

    def address(self, record: Record, rid: int = 0) -> Record:
        """Return a record as it goes out in the present session."""
        board = self.board
        header = (rid, board.stores.totals.boot, board.session)
        addressed: Record = tuple.__new__(Record, header + record[3:])
        return addressed

    def resume(self) -> None:
        """Send everything not acknowledged anew: a session was opened, or is heard again."""
        self._ahead.clear()
        self.send_due()

    def send_due(self) -> None:
        """Send what is due, at most four records ahead of the acknowledgements."""
        board = self.board
        us = board.us
        if not board.held:
            self.due_us = NEVER_US
            return
        ahead = self._ahead
        room = RECORDS_AHEAD - len(ahead)
        if room:
            last = ahead[-1].record.seq if ahead else board.stores.acked_seq
            for record in board.stores.records:
                if record.seq > last and room:
                    ahead.append(_Ahead(record))
                    room -= 1
        due_us = NEVER_US
        for one in ahead:
            if one.due_us <= us:
                board.send(self.address(one.record))
                one.due_us = us + AGAIN_US[min(one.tries, len(AGAIN_US) - 1)]
                one.tries += 1
            if one.due_us < due_us:  # noqa: PLR1730 -- the hot path
                due_us = one.due_us
        self.due_us = due_us

    def _append(self, body: Body) -> Record:
        stores = self.board.stores
        records = stores.records
        seq = stores.next_seq
        stores.next_seq = seq + 1
        # the payload as the codec packs it, without its checks; `links` goes through the codec
        before = records[-1].chain if records else 0
        chain = crc32(RECORD.pack(seq, before, *body))
        record: Record = tuple.__new__(Record, (0, 0, 0, seq, chain, *body))
        if records and records[0].seq <= stores.acked_seq:
            del records[0]
        records.append(record)
        self._count(record, 1)
        self.send_due()
        return record

    def _count(self, record: Record, change: int) -> None:
        if record.kind != EVENT:
            self.units_held += change
            return
        held = self.events_held.get(record.outcome, 0) + change
        if held:
            self.events_held[record.outcome] = held
        else:
            self.events_held.pop(record.outcome, None)


def links(before: Record, record: Record) -> bool:
    """Tell whether a record's chain follows from the one before."""
    return crc32(payload_bytes(record._replace(chain=before.chain))) == record.chain
