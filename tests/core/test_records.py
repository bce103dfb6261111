"""The device's journal at the host: in order, once, and acknowledged only when it is on disk."""

from typing import Any

import pytest

from mesodrive.core.link import Link
from mesodrive.core.outbox import Outbox
from mesodrive.core.ports import Out
from mesodrive.core.records import WAITING_MAX, Records, chain_of
from mesodrive_protocol.codec import FrameDecoder
from mesodrive_protocol.messages import Ack, Record

BLANK = Record(0, 3, 9, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)


class Host:
    def __init__(self, chain: int | None = 0) -> None:
        self.outbox = Outbox()
        self.records = Records(Link(1, self.outbox.emit), self.outbox)
        self.records.begin_after(0, chain)

    def take(self, record: Record) -> bool:
        new = self.records.take(record)
        if new:
            self.records.keep(record)
        return new

    def on_disk(self, mark: int) -> None:
        self.outbox.durable(mark)
        self.records.durable()

    def acks(self) -> list[tuple[int, int]]:
        frames = [data for code, data in self.outbox.take() if code == Out.SEND]
        found: list[Any] = [one for frame in frames for one in FrameDecoder().feed(frame)]
        assert all(type(one) is Ack for one in found)
        return [(one.seq, one.chain) for one in found]


def journal(count: int, chain: int = 0) -> list[Record]:
    made = []
    for seq in range(1, count + 1):
        record = BLANK._replace(seq=seq)
        record = record._replace(chain=chain_of(record, chain))
        chain = record.chain
        made.append(record)
    return made


@pytest.mark.req("CMD-01")
def test_a_record_is_acknowledged_only_when_it_is_on_disk() -> None:
    host = Host()
    one, two, three = journal(3)
    assert host.take(one)
    assert host.take(two)
    assert host.take(three)
    assert host.acks() == []
    assert not host.records.settled
    host.on_disk(0)
    assert host.acks() == []
    host.on_disk(2)
    assert host.acks() == [(2, two.chain)]
    host.on_disk(3)
    assert host.acks() == [(3, three.chain)]
    assert host.records.settled
    host.on_disk(3)
    assert host.acks() == []


@pytest.mark.req("CMD-08")
def test_a_copy_is_not_new_and_is_acknowledged_again_once_it_is_on_disk() -> None:
    host = Host()
    one, _ = journal(2)
    assert host.take(one)
    assert not host.take(one)
    assert host.acks() == []
    host.on_disk(1)
    assert host.acks() == [(1, one.chain)]
    assert not host.take(one._replace(rid=5))
    assert host.acks() == [(1, one.chain)]


def test_a_record_that_does_not_follow_the_one_before_waits_for_it() -> None:
    host = Host()
    one, two, three = journal(3)
    assert host.take(one)
    assert not host.take(three)
    assert host.records.unjoined == 1
    assert host.take(two)
    assert host.take(three)
    assert host.records.last_seq == 3


def test_a_gap_in_the_numbers_is_allowed_where_the_chain_joins() -> None:
    host = Host()
    (one,) = journal(1)
    later = BLANK._replace(seq=7)
    assert host.take(one)
    assert host.take(later._replace(chain=chain_of(later, one.chain)))


@pytest.mark.req("CMD-01")
def test_where_the_chain_begins_unknown_only_a_fetched_record_begins_it() -> None:
    host = Host(chain=None)
    one, two = journal(2, chain=0x1234)
    assert not host.take(two), "the one before it may have been lost on its way"
    assert host.take(one._replace(rid=8))
    assert host.take(two)


def test_the_chain_is_over_the_payload_and_not_over_the_header() -> None:
    record = BLANK._replace(seq=4, chain=0xDEAD)
    assert chain_of(record, 7) == chain_of(record._replace(rid=1, boot=2, session=3, chain=9), 7)
    assert chain_of(record, 7) != chain_of(record, 8)


def test_the_number_of_records_that_wait_for_the_disk_is_bounded() -> None:
    host = Host()
    for record in journal(WAITING_MAX):
        assert host.take(record)
    too_many = BLANK._replace(seq=WAITING_MAX + 1)
    chain = journal(WAITING_MAX)[-1].chain
    with pytest.raises(AssertionError, match="more records"):
        host.take(too_many._replace(chain=chain_of(too_many, chain)))
