"""The ten interleavings of PROTOCOL.md section 15."""

import pytest

from mesodrive_protocol.enums import (
    Code,
    DeviceState,
    How,
    Kind,
    Outcome,
    Phase,
    Reason,
    Relation,
)
from mesodrive_protocol.messages import Ack, Arm, Clear, Close, Fetch, Grant, Narrow, Open, Pause
from mesodrive_protocol.messages import Begin as BeginRequest
from mesodrive_simulator.firmware.delivery import SLOTS_NEEDED
from mesodrive_simulator.firmware.stores import Stores
from support.firmware import CASE, SLOW, Bench, bench_in

S = DeviceState


def test_1_the_answer_to_open_is_lost() -> None:
    bench = Bench()
    first = bench.ask(Open, 7, CASE, 0, session=0)
    again = bench.ask(Open, 7, CASE, 0, session=0)
    assert first.session == again.session == 1
    bench.run(2000)
    other = bench.ask(Open, 8, CASE, 0, session=0)
    assert (other.code, other.session) == (Code.OK, 2)
    assert bench.code(Open, 7, CASE, 0, session=0) == Code.HELD


def test_2_a_start_before_arm_leaves_nothing_done_for_certain() -> None:
    bench = bench_in(S.LOADED)
    old, command = bench.boot, bench.command
    bench.reset()
    assert bench.code(Arm, command, 1, bytes(32), 0, 1, boot=old) == Code.BOOT
    bench.open(nonce=8)
    account = bench.account(command)
    assert (account.relation, account.next, account.loaded) == (Relation.OPEN, 0, 0)
    bench.run(100)
    assert bench.code(Close, command, 0, How.REST_ELSEWHERE) == Code.OK
    assert bench.load() == Code.OK
    assert bench.command > command


def test_3_a_grant_that_comes_after_a_stop_begins_nothing() -> None:
    bench = bench_in(S.ARMED)
    bench.hands(trigger=True)
    seen = bench.unasked[-1].device_us
    rid = bench.rid + 1
    bench.rid += 1
    bench.stop()
    bench.send(Grant, bench.command, seen, 2, rid=rid)
    bench.run(5)
    assert bench.is_in(S.LATCHED)
    assert bench.clear() == Code.OK
    bench.hands(trigger=False)
    assert bench.arm() == Code.OK
    bench.run(60)
    bench.hands(trigger=True)
    bench.send(Grant, bench.command, bench.unasked[-1].device_us, 2, rid=rid)
    bench.run(300)
    assert bench.next == 0
    assert bench.plant.truth == []


def test_4_a_stop_with_a_full_journal_still_records_end_and_latch() -> None:
    many = SLOW._replace(units=30, dose_nl=5000, period_us=200_000)
    bench = bench_in(S.IDLE)
    bench.go(Kind.PRICK, [many])
    bench.acking = False
    bench.run_to(
        lambda: bench.device._journal.free == SLOTS_NEEDED and bench.state == S.RUNNING, 20_000
    )
    bench.run_to_phase(Phase.DELIVER)
    unit = bench.next - 1
    bench.stop()
    bench.run_to_state(S.LATCHED, 400)
    kept = bench.stores.records
    assert kept[-1].unit == unit or kept[-2].unit == unit
    assert any(r.kind == Kind.EVENT and r.reason == Reason.STOP for r in kept)
    newest = kept[-1]
    bench.send(Ack, newest.seq, newest.chain)
    assert bench.clear() == Code.OK
    bench.hands(trigger=False)
    assert bench.arm(next=unit + 1) == Code.OK


@pytest.mark.req("LNK-03")
def test_5_a_lease_that_ends_within_a_stroke_lets_60_ms_end_and_nothing_begin() -> None:
    bench = bench_in(S.IDLE)
    # of 240 ms of delivery about 60 are left when the lease of 200 ms ends
    step = SLOW._replace(dose_nl=24_000, flow_nl_s=100_000, period_us=400_000)
    bench.go(Kind.PRICK, [step])
    bench.run_to(lambda: bench.plant.phase == Phase.DELIVER)
    bench.granting = False
    lease_ns = bench.device.board.ns_of(bench.device.board.lease_due_us)
    end_ns = bench.now_ns + bench.plant.remaining_ns(bench.now_ns)
    assert 0 < (end_ns - lease_ns) // 1000 < 100_000
    old = bench.unasked[-1].device_us
    bench.run_to_state(S.LATCHED)
    assert bench.status.reason == Reason.LEASE
    bench.run(200)
    record = bench.unit_records[-1]
    assert (record.outcome, record.lo, record.hi) == (Outcome.DONE, 24_000, 24_000)
    refused = bench.status.refused
    bench.grant(seen_us=old)
    assert bench.status.refused == refused + 1
    assert bench.next == 1


def test_6_a_link_cut_without_a_start_is_settled_by_fetching() -> None:
    bench = bench_in(S.IDLE)
    bench.go()
    bench.run_to(lambda: bench.next == 4)
    bench.granting = bench.acking = False
    bench.run_to_state(S.LATCHED)
    assert bench.stores.latch_reason == Reason.LEASE
    bench.run(3000)
    known = max(bench.stores.acked_seq, 0)
    bench.open(nonce=8)
    fetched = []
    seq = known + 1
    while (record := bench.ask_now(Fetch, seq)).__class__.__name__ == "Record":
        fetched.append(record)
        seq = record.seq + 1
    units = [r.unit for r in fetched if r.kind == Kind.PRICK]
    assert units[-1] == bench.next - 1
    bench.acking = True
    bench.run(500)
    assert bench.clear() == Code.OK
    assert not bench.status.inputs & 512
    bench.test()
    bench.hands(trigger=False)
    assert bench.arm(next=bench.next) == Code.OK


@pytest.mark.parametrize("mark_kept", [True, False])
@pytest.mark.req("LNK-05")
def test_7_ab_a_start_within_a_unit_makes_it_unknown_and_leaves_the_next_untouched(
    mark_kept: bool,
) -> None:
    bench = bench_in(S.IDLE)
    bench.go(Kind.PRICK, [SLOW])
    if mark_kept:
        bench.run_to_phase(Phase.DELIVER)
    else:
        bench.run_to_state(S.RUNNING)
        bench.run(bench.profile.store_write_us / 1000 * 0.6)
        assert bench.stores.mark.begun_total == bench.stores.totals.begun_total
        bench.simulated.advance(bench.now_ns)
    command = bench.command
    bench.reset()
    assert bench.is_in(S.LATCHED)
    bench.open(nonce=8)
    bench.run(500)
    (record,) = bench.unit_records
    assert (record.outcome, record.unit, record.lo, record.hi) == (Outcome.UNKNOWN, 0, 0, 20_000)
    assert record.reason == Reason.RESET
    account = bench.account(command)
    assert (account.next, account.unknown, account.hi) == (1, 1, 20_000)
    assert bench.status.begun_total == 1
    assert bench.status.case_total == 20_000
    assert bench.code(Close, command, 1, How.REST_ELSEWHERE) == Code.OK


def _lose_three(stores: Stores) -> None:
    del stores.records[-3:]
    kept = stores.records[-1]
    stores.mark = stores.mark._replace(unit=kept.unit, begun_total=kept.unit + 1, ended=True)


@pytest.mark.req("CMD-09")
def test_7_c_lost_entries_lock_the_device_and_nothing_is_struck_again() -> None:
    bench = bench_in(S.IDLE)
    bench.go()
    bench.acking = False
    bench.run_to(lambda: bench.next == 6 and bench.state == S.RUNNING)
    bench.run_to_phase(Phase.DELIVER)
    command, chain = bench.command, bench.stores.records[-1].chain
    _lose_three(bench.stores)
    bench.reset()
    assert bench.is_in(S.LATCHED)
    assert bench.stores.latch_reason == Reason.STORES
    bench.open(nonce=8)
    bench.acking = True
    bench.run(1000)
    account = bench.account(command)
    assert account.next == 6
    assert account.unknown == 4
    assert chain not in {record.chain for record in bench.stores.records}
    assert bench.code(Close, command, 6, How.GIVEN_UP) == Code.OK


@pytest.mark.req("CMD-02")
def test_8_another_program_is_refused_until_the_open_command_is_closed() -> None:
    bench = bench_in(S.LOADED)
    command = bench.command
    bench.reset()
    bench.open(nonce=8)
    begin = bench.begin(Kind.PRICK, [SLOW])
    answer = bench.ask(BeginRequest, *begin[3:])
    assert (answer.code, answer.detail) == (Code.OTHER_OPEN, command)
    bench.run(500)
    assert bench.code(Close, command, 0, How.REST_ELSEWHERE) == Code.OK
    account = bench.account(command)
    assert (account.relation, account.closed_by, account.how) == (
        Relation.CLOSED,
        2,
        How.REST_ELSEWHERE,
    )
    assert bench.load() == Code.OK
    assert bench.code(Open, 99, CASE, 0, session=0) == Code.HELD


@pytest.mark.req("STP-03")
def test_9_a_clear_that_crosses_a_stop_clears_nothing() -> None:
    bench = bench_in(S.LATCHED)
    number = bench.stores.latch_no
    bench.stop(press=2)
    answer = bench.ask(Clear, number, 0)
    assert (answer.code, answer.value) == (Code.LATCHED, number + 1)
    bench.stop(press=1)
    bench.stop(press=2)
    assert bench.stores.latch_no == number + 1
    assert bench.clear() == Code.OK
    bench.stop(press=3)
    assert bench.is_in(S.LATCHED)


@pytest.mark.req("CMD-10")
@pytest.mark.parametrize("requests", [3, 20])
def test_10_an_old_arm_arms_nothing(requests: int) -> None:
    bench = bench_in(S.LOADED)
    bench.run(60)
    arm = (bench.command, bench.unasked[-1].device_us, bench.profile.canonical_hash, 0, 1)
    first = bench.ask(Arm, *arm)
    assert first.code == Code.OK
    assert bench.code(Pause, bench.command) == Code.OK
    for _ in range(requests):
        bench.ask(Narrow, 0, ())
    again = bench.ask(Arm, *arm, rid=first.rid)
    assert again == first if requests == 3 else again.code == Code.STALE
    assert bench.is_in(S.LOADED)
    assert bench.code(Arm, *arm, boot=9) == Code.BOOT
    assert bench.code(Arm, *arm, session=9) == Code.SESSION
    bench.run(600)
    assert bench.code(Arm, *arm) == Code.FRESH
