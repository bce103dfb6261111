"""What a start finds in the stores: units without an end, stores that differ, bytes on disk."""

import random
from itertools import pairwise

import pytest

from mesodrive_protocol.enums import Code, DeviceState, How, Kind, Outcome, Reason, Relation
from mesodrive_protocol.messages import Close
from mesodrive_simulator.firmware.stores import Mark, Stores, StoresError, Totals, _part
from support.firmware import SLOW, Bench, bench_in, profile

S = DeviceState


def struck(bench: Bench) -> int:
    """How many units really moved."""
    return len(bench.plant.truth)


@pytest.mark.req("CMD-02")
@pytest.mark.req("LNK-05")
@pytest.mark.parametrize(
    "at_ms", [0.1, 0.9, 1.1, 1.9, 2.1, 3, 10, 14, 60, 130, 210, 240, 270, 285, 290]
)
def test_a_start_at_any_step_of_a_unit_never_loses_or_repeats_it(at_ms: float) -> None:
    bench = bench_in(S.IDLE)
    bench.go(Kind.PRICK, [SLOW])
    bench.run_to_state(S.RUNNING)
    bench.run(at_ms)
    moved = struck(bench)
    command = bench.command
    bench.simulated.reset(bench.now_ns)
    bench.boot, bench.session, bench.granting = 2, 0, False
    bench.run(700)
    assert bench.is_in(S.LATCHED)
    assert bench.stores.latch_reason == Reason.RESET
    bench.open(nonce=8)
    bench.run(500)
    records = bench.unit_records
    account = bench.account(command)
    assert account.next == len(records)
    assert account.next >= moved
    if records:
        bench.plant.settle(bench.now_ns)
        true_nl = bench.plant.truth[-1].volume_nl if moved else 0
        assert records[0].lo <= true_nl + 60
        assert true_nl - 60 <= records[0].hi == 20_000
        assert records[0].outcome in (Outcome.UNKNOWN, Outcome.DONE)
    assert bench.status.begun_total == len(records)
    assert bench.status.case_total == 20_000 * len(records)
    assert bench.code(Close, command, account.next, How.REST_ELSEWHERE) == Code.OK
    assert bench.clear() == Code.OK
    bench.run(100)
    assert struck(bench) == moved


def test_a_start_while_nothing_is_armed_does_not_latch() -> None:
    bench = bench_in(S.LOADED)
    bench.reset()
    assert bench.is_in(S.IDLE)
    bench.open(nonce=8)
    assert bench.account().relation == Relation.OPEN
    assert bench.account().loaded == 0


def test_a_stop_while_it_starts_ends_in_latched_with_an_event() -> None:
    bench = bench_in(S.STARTING)
    bench.stop()
    bench.run(50)
    assert bench.is_in(S.LATCHED)
    bench.open()
    bench.run(100)
    assert bench.events(1)[0].reason == Reason.STOP


def test_after_a_start_the_window_begins_with_the_case_at_most_its_limit() -> None:
    bench = bench_in(S.IDLE)
    totals = bench.stores.totals
    bench.stores.write_totals(totals._replace(case_total=3_000_000))
    bench.reset()
    window = bench.device._delivery.window
    assert window.sum_nl == bench.profile.window_60s_nl_max
    assert window.free_from_us(1, 1, 2_000_000) == 60_000_000
    assert window.free_from_us(60_000_000, 2_000_000, 2_000_000) == 60_000_000


def test_boot_numbers_rise_by_one_and_reasons_of_a_latch_outlive_a_start() -> None:
    bench = bench_in(S.LATCHED)
    bench.reset()
    assert bench.identity.boot == 2
    assert bench.status.reason == Reason.STOP
    bench.reset()
    assert bench.identity.boot == 3


def test_acknowledged_records_above_the_last_kept_lock() -> None:
    bench = bench_in(S.LOADED)
    bench.run(100)
    bench.stores.acked_seq += 3
    bench.reset()
    assert bench.stores.latch_reason == Reason.STORES
    assert bench.stores.next_seq > bench.stores.acked_seq


def test_marks_ahead_of_the_totals_lock_and_next_follows_the_marks() -> None:
    bench = bench_in(S.LOADED)
    bench.run(100)
    stores = bench.stores
    stores.mark = Mark(bench.command, 5, 2, 5000, 1, 1, 1, Kind.PRICK, ended=False)
    bench.reset()
    bench.open(nonce=8)
    bench.run(300)
    assert stores.latch_reason == Reason.STORES
    assert stores.totals.begun_total == 2
    assert bench.unit_records[0].unit == 1
    assert stores.totals.next == 2


def test_a_lost_account_is_made_anew_from_the_totals() -> None:
    bench = bench_in(S.IDLE)
    bench.go()
    bench.run_to(lambda: bench.next == 3)
    bench.stores.account = None
    bench.simulated.reset(bench.now_ns)
    bench.boot, bench.session = 2, 0
    bench.run(700)
    account = bench.account(bench.command)
    assert (account.relation, account.next) == (Relation.OPEN, 3)


def test_an_account_of_another_command_than_the_totals_locks() -> None:
    bench = bench_in(S.LOADED)
    totals = bench.stores.totals
    bench.stores.write_totals(totals._replace(open_command=totals.open_command + 1))
    bench.reset()
    assert bench.stores.latch_reason == Reason.STORES


def filled() -> Stores:
    """Stores with something in every part."""
    bench = bench_in(S.IDLE)
    bench.go()
    bench.run_to(lambda: bench.next == 3)
    bench.stop()
    bench.run(300)
    bench.close()
    bench.clear()
    bench.acking = False
    bench.load()
    bench.stop(press=2)
    return bench.stores


def test_stores_come_back_from_their_bytes_as_they_were() -> None:
    stores = filled()
    data = stores.to_bytes()
    again = Stores.from_bytes(data)
    assert again.to_bytes() == data
    assert again.next_seq == stores.next_seq
    assert again.totals == stores.totals
    bench = Bench(stores=again)
    assert bench.is_in(S.LATCHED)
    assert bench.identity.boot == 2


def test_one_torn_copy_of_the_totals_is_made_good_by_the_other() -> None:
    stores = filled()
    newest = stores.totals
    stores.write_totals(newest._replace(case_total=newest.case_total + 1))
    data = bytearray(stores.to_bytes())
    data[20] ^= 1
    again = Stores.from_bytes(bytes(data))
    assert not again.totals_lost
    assert again.totals.generation in (newest.generation, newest.generation + 1)
    both = bytearray(data)
    both[5 + 3 + 54 + 4 + 20] ^= 1
    lost = Stores.from_bytes(bytes(both))
    assert lost.totals_lost
    bench = Bench(stores=lost)
    assert bench.is_in(S.LATCHED)
    assert lost.latch_no == stores.latch_no + 1


def test_damaged_stores_never_raise_and_never_invent() -> None:
    data = filled().to_bytes()
    draw = random.Random(20)
    for _ in range(300):
        bad = bytearray(data)
        bad[draw.randrange(5, len(bad))] ^= 1 << draw.randrange(8)
        cut = bytes(bad[: draw.randrange(5, len(bad))])
        for piece in (bytes(bad), cut):
            stores = Stores.from_bytes(piece)
            for record in stores.records:
                assert record in filled_records(data)


def filled_records(data: bytes) -> list[object]:
    return list(Stores.from_bytes(data).records)


def test_parts_of_another_kind_or_size_are_left_out() -> None:
    stores = Stores.from_bytes(b"MDST\x01" + _part(b"Z", b"x") + _part(b"M", b"x"))
    assert stores.mark == Mark()
    assert stores.totals == Totals()


@pytest.mark.parametrize("data", [b"", b"MDST\x02", b"MDST\x01" + bytes(1 << 20)])
def test_what_is_no_store_is_refused_in_one_sentence(data: bytes) -> None:
    with pytest.raises(StoresError, match="not a device store"):
        Stores.from_bytes(data)


@pytest.mark.req("DOS-05")
def test_a_needle_that_does_not_come_home_at_a_start_is_tried_again_then_stays_stopping() -> None:
    bench = bench_in(S.IDLE)
    bench.plant.home_stuck = False
    bench.reset()
    bench.run(1500)
    assert bench.is_in(S.STOPPING)
    assert bench.stores.latch_reason == Reason.HOME
    bench.plant.home_stuck = None
    bench.simulated.advance(bench.now_ns)
    bench.run(1)
    assert bench.is_in(S.LATCHED)


def test_a_gun_without_a_spring_is_driven_home_by_its_start() -> None:
    bench = Bench(profile(spring_return=False))
    bench.ready()
    bench.go(Kind.PRICK, [SLOW])
    bench.run(100)
    bench.simulated.reset(bench.now_ns)
    bench.run(500)
    assert bench.plant.home(bench.now_ns)
    assert bench.is_in(S.LATCHED)


def test_a_drifting_clock_keeps_its_own_times() -> None:
    for drift_ppm in (-50_000, 50_000, 7):
        bench = Bench(drift_ppm=drift_ppm)
        bench.ready()
        bench.go()
        bench.run(3500)
        assert bench.next == 10
        times = [record.begun_us for record in bench.unit_records]
        assert all(b - a >= 200_000 for a, b in pairwise(times))
        status = bench.unasked[-1].device_us
        assert status <= bench.now_ns * (1_000_000 + drift_ppm) // 10**9
