"""Records: chain, acknowledgement, repetition, folding of events, a full journal."""

from itertools import pairwise
from zlib import crc32

import pytest

from mesodrive_protocol.codec import payload_bytes
from mesodrive_protocol.enums import Code, DeviceState, EventKind, Hold, Kind
from mesodrive_protocol.messages import Ack, Fetch, Poll, Record
from mesodrive_simulator.firmware.journal import EVENT_SLOTS
from support.firmware import PRICK, Bench, bench_in

S = DeviceState


def record_times(bench: Bench) -> dict[int, list[int]]:
    """Run for 3 s and note when each record was sent, ms from now."""
    times: dict[int, list[int]] = {}
    from_ns = bench.now_ns
    while bench.now_ns < from_ns + 3_000_000_000:
        heard = len(bench.heard)
        bench.run(1)
        for message in bench.heard[heard:]:
            if isinstance(message, Record):
                times.setdefault(message.seq, []).append((bench.now_ns - from_ns) // 1_000_000)
        if bench.now_ns // 1_000_000 % 1000 == 0:
            bench.send(Poll)
    return times


def test_each_record_carries_the_chain_of_the_one_before() -> None:
    bench = bench_in(S.LOADED)
    bench.start()
    bench.run(1000)
    chain = 0
    for _, record in sorted(bench.records.items()):
        assert crc32(payload_bytes(record._replace(chain=chain))) == record.chain
        chain = record.chain
    assert [b - a for a, b in pairwise(sorted(bench.records))] == [1] * (len(bench.records) - 1)


def test_a_record_is_sent_again_after_50_100_200_and_then_each_400_ms() -> None:
    bench = Bench()
    bench.acking = False
    bench.open()
    times = record_times(bench)
    assert list(times) == [1]
    gaps = [b - a for a, b in pairwise(times[1])]
    assert gaps[:5] == [100, 200, 400, 400, 400]


def test_at_most_four_records_are_ahead_of_the_acknowledgement() -> None:
    bench = Bench()
    bench.open()
    bench.acking = False
    bench.run(100)
    for number in range(1, 3):
        bench.fit(number)
        bench.stop(number)
        bench.clear()
    bench.records.clear()
    bench.run(1000)
    assert len(bench.records) == 4
    assert len(bench.stores.records) > 4
    newest = max(bench.records)
    bench.send(Ack, newest, bench.records[newest].chain)
    assert max(bench.records) == bench.stores.next_seq - 1


@pytest.mark.parametrize("chain_off", [1, -1])
def test_an_acknowledgement_with_another_chain_is_void(chain_off: int) -> None:
    bench = bench_in(S.LOADED)
    bench.acking = False
    bench.stop()
    record = bench.stores.records[-1]
    refused = bench.status.refused
    bench.send(Ack, record.seq, record.chain + chain_off)
    bench.send(Ack, record.seq + 1, record.chain)
    assert bench.stores.acked_seq < record.seq
    assert bench.status.refused == refused + 2
    bench.send(Ack, record.seq, record.chain)
    bench.send(Ack, record.seq, record.chain)
    assert bench.stores.acked_seq == record.seq
    assert bench.stores.records == [record]


def test_the_newest_record_is_kept_and_fetch_gives_the_first_at_or_above() -> None:
    bench = bench_in(S.LOADED)
    bench.run(100)
    (newest,) = bench.stores.records
    assert bench.ask_now(Fetch, 1)[3:] == newest[3:]
    assert bench.ask_now(Fetch, newest.seq)[3:] == newest[3:]
    assert bench.ask_now(Fetch, newest.seq + 1).code == Code.GONE
    assert bench.identity.journal_first == newest.seq


def test_a_full_journal_holds_delivery_until_it_is_acknowledged() -> None:
    bench = bench_in(S.IDLE)
    bench.acking = False
    assert bench.load(Kind.PRICK, [PRICK._replace(units=40)]) == Code.OK
    bench.start()
    bench.run_to(lambda: bench.device.board.hold is Hold.JOURNAL, 10_000)
    bench.run(3000)
    assert bench.next == 32 - EVENT_SLOTS - 1
    assert bench.is_in(S.ARMED)
    assert bench.status.hold == Hold.JOURNAL
    records = bench.stores.records
    bench.send(Ack, records[-1].seq, records[-1].chain)
    bench.acking = True
    bench.run(6000)
    assert bench.next == 40
    assert [record.unit for record in bench.unit_records][-1] == 39


def test_arm_is_refused_while_the_journal_is_full() -> None:
    bench = bench_in(S.IDLE)
    bench.acking = False
    assert bench.load(Kind.PRICK, [PRICK._replace(units=40)]) == Code.OK
    bench.start()
    bench.run_to(lambda: bench.device.board.hold is Hold.JOURNAL, 10_000)
    bench.stop()
    bench.run(50)
    assert bench.clear() == Code.OK
    assert bench.arm() == Code.JOURNAL


def test_events_fold_into_the_newest_of_their_kind_and_each_kind_has_room_for_one() -> None:
    bench = bench_in(S.IDLE)
    bench.run(100)
    bench.acking = False
    for press in range(1, 30):
        bench.stop(press)
        bench.clear()
    for number in range(2, 12):
        bench.fit(number)
    bench.test()
    held = [
        record.outcome for record in bench.stores.records if record.seq > bench.stores.acked_seq
    ]
    assert len(held) <= EVENT_SLOTS
    assert set(held) >= {EventKind.LATCH, EventKind.CLEAR, EventKind.FITTED, EventKind.TESTED}
    assert bench.load() == Code.OK
    assert bench.stores.records[-1].outcome == EventKind.OPENED
    bench.stop(99)
    assert bench.is_in(S.LATCHED)
    for before, record in pairwise(bench.stores.records):
        assert crc32(payload_bytes(record._replace(chain=before.chain))) == record.chain


def test_close_needs_every_record_acknowledged() -> None:
    bench = bench_in(S.LOADED)
    bench.run(100)
    bench.acking = False
    bench.start()
    bench.run_to(lambda: bench.next == 2)
    bench.stop()
    bench.run(200)
    answer = bench.close()
    assert answer == Code.JOURNAL
    bench.acking = True
    bench.run(1000)
    assert bench.close() == Code.OK
    assert bench.is_in(S.LATCHED)
    assert bench.clear() == Code.OK
    assert bench.is_in(S.IDLE)
    assert bench.account().how == 3


def test_opening_a_session_sends_everything_unacknowledged_anew() -> None:
    bench = bench_in(S.LOADED)
    bench.run(100)
    bench.acking = False
    bench.stop()
    bench.run(2500)
    bench.records.clear()
    bench.open(nonce=8)
    assert list(bench.records) == [bench.stores.records[-1].seq]
