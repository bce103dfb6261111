"""The device's journal as the host takes it: in order, each entry once, joined by its chain.

A record is acknowledged only when the host's own log holds it durably, so that at every moment at
least one of the two sides has it on disk.
"""

from collections import deque
from typing import Final, NamedTuple
from zlib import crc32

from mesodrive.core.link import Link
from mesodrive.core.outbox import Outbox
from mesodrive_protocol.codec import payload_bytes
from mesodrive_protocol.messages import Ack, Record

WAITING_MAX: Final = 4_096
"""Bound of records not yet durable here; the device sends four ahead at most."""
_CHAIN_AT: Final = Record._fields.index("chain")


class _Waiting(NamedTuple):
    mark: int
    seq: int
    chain: int


def chain_of(record: Record, chain_before: int) -> int:
    """Return the chain value that a record must carry after the one before it."""
    before = (*record[:_CHAIN_AT], chain_before, *record[_CHAIN_AT + 1 :])
    return crc32(payload_bytes(tuple.__new__(Record, before)))


class Records:
    """Keeps the place in the device's journal and acknowledges what is durable."""

    def __init__(self, link: Link, outbox: Outbox) -> None:
        self._link = link
        self._outbox = outbox
        self._waiting: deque[_Waiting] = deque()
        self._durable = (0, 0)
        self.last_seq = 0
        """Sequence number of the newest record taken."""
        self._chain: int | None = None
        self.unjoined = 0
        """Records that did not follow the one before; sent again by the device in order."""

    def begin_after(self, seq: int, chain: int | None) -> None:
        """Say what the newest known record is; None as chain where the next one starts it.

        It is durable already, in an earlier log say. Its ACK may have been lost with that host, so
        that a copy of it is acknowledged again.
        """
        self.last_seq, self._chain = seq, chain
        if chain is not None:
            self._durable = (seq, chain)

    @property
    def chain(self) -> int | None:
        """Chain value of the newest record taken; None while the next one starts it."""
        return self._chain

    @property
    def settled(self) -> bool:
        """Whether every record taken is durable and acknowledged."""
        return not self._waiting

    def take(self, record: Record) -> bool:
        """Take a record if it is the next one; tell whether it was new.

        A copy of one that is durable already is acknowledged again, since the ACK was lost.
        """
        if record.seq <= self.last_seq:
            if record.seq <= self._durable[0]:
                self._acknowledge()
            return False
        if self._chain is None:
            if not record.rid:  # sent unasked: one before it may have been lost on its way
                self.unjoined += 1
                return False
        elif chain_of(record, self._chain) != record.chain:
            self.unjoined += 1
            return False
        assert len(self._waiting) < WAITING_MAX, "more records than the device may send ahead"
        self.last_seq, self._chain = record.seq, record.chain
        return True

    def keep(self, record: Record) -> int:
        """Ask for a record just taken, and booked, to be made durable; return the mark."""
        mark = self._outbox.persist(at_once=False)
        self._waiting.append(_Waiting(mark, record.seq, record.chain))
        return mark

    def durable(self) -> None:
        """Acknowledge what has become durable, once for all of it."""
        mark = self._outbox.durable_mark
        waiting = self._waiting
        if not waiting or waiting[0].mark > mark:
            return
        while waiting and waiting[0].mark <= mark:
            _, seq, chain = waiting.popleft()
            self._durable = (seq, chain)
        self._acknowledge()

    def _acknowledge(self) -> None:
        link = self._link
        link.beat(Ack(link.take_rid(), link.boot, link.session, *self._durable))
