"""Slices of current: how they join, what ends them, how current comes up and goes down."""

from itertools import pairwise

import pytest

from mesodrive_protocol.enums import Code, DeviceState, Hold, Kind, Outcome, Phase, Reason
from mesodrive_protocol.messages import Pause, Status
from mesodrive_protocol.steps import CurrentStep
from support.electric_units import BURST, CAP_UV, DOWN, LEVEL, ElectricBench, running

S = DeviceState
LONG = LEVEL._replace(slice_us=5_000_000, charge_uc=2_500)
SLEW_UA_S = 100
"""Of the ramp: 0.5 mA in 5 s."""


def at_level(step: CurrentStep = LEVEL) -> ElectricBench:
    """Return a bench with 0.5 mA flowing for a while."""
    bench = running(Kind.CURRENT, [step])
    bench.run(8_500)
    assert bench.current_ua == 500
    return bench


def test_current_never_drops_where_slices_join() -> None:
    bench = at_level()
    for _ in range(3):
        unit = bench.next
        while bench.next == unit:
            bench.run(1)
            assert bench.current_ua == 500
    records = bench.unit_records
    for one, other in pairwise(records):
        assert other.begun_us == one.begun_us + one.took_us, "no gap"


def test_the_next_slice_is_marked_durably_before_the_present_one_ends() -> None:
    bench = at_level()
    write_us = bench.profile.store_write_us
    unit = bench.next
    bench.run_to(lambda: bench.next > unit)
    marked_us = bench.device.board.us
    assert bench.stores.mark.unit == unit
    assert bench.stores.mark_before is not None
    assert bench.stores.mark_before.unit == unit - 1
    bench.run(1_500)
    record = next(r for r in bench.unit_records if r.unit == unit)
    assert record.begun_us == marked_us + write_us
    assert bench.stores.mark_before is None


@pytest.mark.req("DOS-08")
def test_current_rises_no_faster_than_its_ramp_and_falls_likewise() -> None:
    bench = running(Kind.CURRENT, [LEVEL._replace(units=7), DOWN])
    before = 0
    while not bench.is_in(S.LOADED):
        bench.run(100)
        assert abs(bench.current_ua - before) <= SLEW_UA_S // 10 + 1
        before = bench.current_ua
    assert max(unit.slew_ua_s for unit in bench.truth) == pytest.approx(SLEW_UA_S)
    assert before == 0


@pytest.mark.req("DOS-07")
def test_a_slice_ends_at_its_charge_where_that_comes_before_its_time() -> None:
    bench = running(Kind.CURRENT, [LEVEL._replace(units=6), LEVEL._replace(units=4, charge_uc=200)])
    bench.run(9_000)
    for record in bench.unit_records[6:8]:
        assert record.took_us == pytest.approx(400_000, abs=2)
        assert (record.outcome, record.lo, record.hi) == (Outcome.DONE, 200, 200)


@pytest.mark.req("DOS-07")
@pytest.mark.parametrize("step", [LEVEL, LEVEL._replace(charge_uc=40), BURST])
def test_charge_is_never_above_what_was_programmed_by_more_than_a_sample(
    step: CurrentStep,
) -> None:
    bench = ElectricBench("burst-unit")
    bench.ready()
    bench.go(Kind.CURRENT, [step])
    bench.run(25_000)
    sample_uc = abs(step.current_ua) / 100
    for unit in bench.truth:
        assert unit.charge_nc / 1000 <= step.charge_uc + sample_uc
    truth = [unit.charge_nc / 1000 for unit in bench.truth]
    for record, true_uc in zip(bench.unit_records, truth, strict=True):
        assert record.lo - 1 <= true_uc <= record.hi + 0.5  # the quantum of the integrator


def test_a_trace_is_unbroken_over_slices_and_holds_all_the_charge() -> None:
    bench = running(Kind.CURRENT, [LEVEL._replace(units=7), DOWN])
    bench.run_to_state(S.LOADED, 30_000)
    bench.run(50)
    traces = bench.traces
    assert [trace.seq for trace in traces] == list(range(1, len(traces) + 1))
    assert {trace.period_us for trace in traces} == {10_000}
    assert {trace.n for trace in traces[:-1]} == {20}
    for one, other in pairwise(traces):
        assert other.first_us == one.first_us + one.n * one.period_us
    assert traces[0].first_us == bench.unit_records[0].begun_us
    charge_uc = sum(a for trace in traces for a, _ in trace.samples) / 100
    assert charge_uc == pytest.approx(bench.true_uc, abs=0.1)


def test_nobody_hears_a_trace_after_the_session_was_let_go() -> None:
    bench = at_level()
    bench.granting = False
    bench.acking = False
    bench.stop()
    bench.run(5_000)
    last_us = bench.traces[-1].first_us
    assert last_us < bench.device.board.us - 4_000_000


@pytest.mark.req("LNK-03")
@pytest.mark.req("DOS-08")
def test_a_lease_that_ends_in_a_slice_brings_current_to_zero_within_100_ms() -> None:
    bench = at_level(LONG)
    bench.granting = False
    lease_ns = bench.device.board.ns_of(bench.device.board.lease_due_us)
    bench.run_until(lease_ns)
    assert bench.current_ua == 500
    assert bench.off_within_ms() <= 100
    bench.run(300)
    record = bench.unit_records[-1]
    assert (record.outcome, record.reason) == (Outcome.PARTIAL, Reason.LEASE)
    assert bench.stores.latch_reason == Reason.LEASE
    bench.granting = True
    bench.run(5_000)
    assert bench.current_ua == 0


def _pause(bench: ElectricBench) -> None:
    assert bench.code(Pause, bench.command) == Code.OK


def _let_go(bench: ElectricBench) -> None:
    bench.hands(trigger=False)


@pytest.mark.req("STP-06")
@pytest.mark.parametrize("end", [_pause, _let_go])
def test_in_good_order_current_comes_down_over_5_s_across_granted_slices(end: object) -> None:
    bench = at_level(LONG)
    begun = bench.next
    assert callable(end)
    end(bench)
    from_ns = bench.now_ns
    bench.run(2_500)
    assert bench.current_ua == pytest.approx(250, abs=2)
    bench.run_to_phase(Phase.REST)
    assert (bench.now_ns - from_ns) / 1e9 == pytest.approx(5, abs=0.01)
    bench.run(100)
    assert bench.state == (S.LOADED if end is _pause else S.ARMED)
    assert bench.next <= begun + 1
    assert {record.outcome for record in bench.unit_records} == {Outcome.DONE}
    assert bench.stores.latch_reason == 0


def stop_granting(bench: ElectricBench) -> None:
    """Keep the lease, and grant nothing more than before."""
    upto = bench.device.board.upto

    def keep(_: Status) -> None:
        if bench.state in (S.ARMED, S.RUNNING):
            bench.grant(upto=max(upto, bench.next))

    bench.granting = False
    bench.watch = keep


@pytest.mark.req("STP-06")
def test_where_nothing_more_is_granted_current_comes_down_within_the_last_slice() -> None:
    bench = at_level(LONG)
    upto = bench.device.board.upto
    stop_granting(bench)
    bench.run_to_phase(Phase.REST, 20_000)
    bench.run(50)
    assert bench.next == upto
    assert (bench.state, bench.status.hold) == (S.ARMED, Hold.GRANT)
    last = bench.unit_records[-1]
    # at the level until it is sure, then a straight line to zero
    assert last.hi == pytest.approx(500 * 0.2 + 500 * 4.8 / 2, rel=0.02)
    assert last.outcome == Outcome.DONE


def test_a_grant_that_comes_in_time_lets_current_go_on_without_a_dip() -> None:
    bench = at_level()
    unit = bench.next
    bench.granting = False
    bench.grant(upto=unit)
    bench.watch = lambda _: bench.grant(upto=bench.next)
    bench.run(150)
    bench.watch = lambda _: None
    bench.granting = True
    for _ in range(100):
        bench.run(20)
        assert bench.current_ua == 500


def test_a_grant_that_comes_late_lets_current_rise_again_from_where_it_is() -> None:
    bench = at_level(LONG)
    stop_granting(bench)
    bench.run_to(lambda: bench.electric.phase == Phase.BACK, 20_000)
    bench.run(1_000)
    low_ua = bench.current_ua
    assert 350 < low_ua < 450
    bench.watch = lambda _: None
    bench.granting = True
    bench.run(80)
    bench.run(400)
    assert low_ua < bench.current_ua < low_ua + 50
    bench.run(2_000)
    assert bench.current_ua == 500


def test_the_last_slice_of_a_program_does_not_end_at_its_level() -> None:
    bench = running(Kind.CURRENT, [LEVEL._replace(units=7)])
    bench.run_to(lambda: bench.electric.phase == Phase.BACK, 20_000)
    assert bench.off_within_ms() == pytest.approx(100, abs=1)
    bench.run(50)
    assert bench.unit_records[-1].took_us <= 1_000_000
    assert bench.unit_records[-1].outcome == Outcome.DONE


@pytest.mark.req("DOS-08")
def test_a_rest_that_is_nothing_but_its_way_down_lets_nothing_flow_and_is_done() -> None:
    bench = running(Kind.CURRENT, [DOWN._replace(units=2)])
    bench.run(3_000)
    assert [one.outcome for one in bench.unit_records] == [Outcome.DONE] * 2
    assert all(one.hi <= 1 for one in bench.unit_records)
    assert bench.electric.truth[-1].charge_nc == 0


@pytest.mark.req("DOS-08")
def test_after_every_interruption_current_begins_at_zero_and_takes_its_ramp() -> None:
    bench = at_level()
    _let_go(bench)
    bench.run_to_phase(Phase.REST)
    bench.run(200)
    bench.hands(trigger=True)
    bench.run_to_phase(Phase.DELIVER)
    bench.run(1_000)
    assert bench.current_ua == pytest.approx(SLEW_UA_S, abs=2)
    bench.stop()
    bench.run(300)
    bench.granting = False
    assert bench.clear() == Code.OK
    bench.start()
    bench.run_to_phase(Phase.DELIVER)
    bench.run(1_000)
    assert bench.current_ua == pytest.approx(SLEW_UA_S, abs=2)


@pytest.mark.req("DOS-08")
def test_where_the_load_needs_more_than_the_compliance_the_ramp_holds_and_goes_on() -> None:
    bench = ElectricBench()
    bench.ready()
    step = LEVEL._replace(units=12, slice_us=5_000_000, current_ua=4_000, charge_uc=20_000)
    bench.go(Kind.CURRENT, [step])
    bench.run(5_400)
    assert bench.current_ua < 4_000
    assert bench.status.b == CAP_UV
    bench.run(10_000)
    assert bench.current_ua == 4_000
    assert bench.status.b < CAP_UV
    slews = [unit.slew_ua_s for unit in bench.truth]
    assert max(slews) <= 800.1


@pytest.mark.req("DOS-08")
def test_a_level_that_the_compliance_never_lets_be_reached_stops_after_twice_the_ramp() -> None:
    bench = ElectricBench()
    bench.ready()
    step = LEVEL._replace(units=12, slice_us=5_000_000, current_ua=4_000, charge_uc=20_000)
    assert bench.load(Kind.CURRENT, [step], cap_uv=10_000_000) == Code.OK
    bench.start()
    bench.run_to_phase(Phase.DELIVER)
    from_ns = bench.now_ns
    bench.run_to_state(S.STOPPING, 60_000)
    # 5 s of the ramp, and ten more
    assert (bench.now_ns - from_ns) / 1e9 == pytest.approx(15, abs=0.05)
    assert bench.stores.latch_reason == Reason.IMPEDANCE


@pytest.mark.parametrize("gate_mhz", [70, 300, 2_000])
def test_a_gate_that_is_shut_where_slices_join_is_no_end_of_the_current(gate_mhz: int) -> None:
    up = BURST._replace(units=8, gate_mhz=gate_mhz)
    down = up._replace(units=6, current_ua=0)
    bench = ElectricBench("burst-unit")
    bench.ready()
    bench.go(Kind.CURRENT, [up, down])
    bench.run_to_state(S.LOADED, 30_000)
    bench.run(50)
    assert bench.stores.latch_reason == 0
    assert len(bench.unit_records) == 14
    assert bench.true_uc == pytest.approx(sum(r.hi for r in bench.unit_records), abs=20)


def test_polarity_goes_through_zero_and_only_where_a_step_says_so() -> None:
    other_way = LEVEL._replace(units=6, current_ua=-500)
    bench = running(Kind.CURRENT, [LEVEL._replace(units=6), DOWN, other_way])
    seen = []
    while not bench.is_in(S.LOADED):
        bench.run(50)
        seen.append(bench.current_ua)
    assert max(seen) == 500
    assert min(seen) == -500
    first_negative = next(n for n, ua in enumerate(seen) if ua < 0)
    assert abs(seen[first_negative - 1]) <= 10
    # rectified: both ways count
    assert bench.status.case_total > 4_000


@pytest.mark.req("CMD-08")
def test_a_slice_that_was_marked_when_a_stop_came_is_certainly_not_done() -> None:
    bench = at_level()
    unit = bench.next
    bench.run_to(lambda: bench.next > unit)
    bench.stop()
    bench.run(300)
    running_one, marked = bench.unit_records[-2:]
    assert (running_one.unit, running_one.outcome) == (unit - 1, Outcome.PARTIAL)
    assert (marked.unit, marked.outcome, marked.hi) == (unit, Outcome.NOT_DONE, 0)
    assert marked.reason == Reason.STOP
    assert bench.is_in(S.LATCHED)
    assert bench.stores.mark.ended
    assert bench.stores.mark_before is None


@pytest.mark.parametrize("after_ms", [0.5, 1.5, 2.5, 3.5])
def test_a_reset_around_a_join_leaves_every_begun_slice_unknown(after_ms: float) -> None:
    bench = at_level()
    unit = bench.next
    bench.run_to(lambda: bench.slices.marking)
    bench.run(after_ms)
    bench.reset()
    bench.open(8)
    bench.run(500)
    assert bench.stores.latch_reason == Reason.RESET
    unknown = [r for r in bench.unit_records if r.outcome == Outcome.UNKNOWN]
    marked = after_ms > 1  # before the middle of the write nothing of it is left
    assert [record.unit for record in unknown] == ([unit - 1, unit] if marked else [unit - 1])
    assert bench.next == unit + marked
    assert all((record.lo, record.hi) == (0, 500) for record in unknown)
    assert bench.status.case_total >= bench.true_uc
    assert bench.current_ua == 0


def test_a_slice_may_be_pressed_for_one_by_one() -> None:
    changed = ElectricBench().profile
    bench = ElectricBench(changed)
    bench.ready()
    bench.device.board.limits.triggers = frozenset({1, 2, 3})  # type: ignore[arg-type]
    assert bench.load(Kind.CURRENT, [LEVEL._replace(units=3, trigger=1)]) == Code.OK
    bench.start()
    bench.run(2_500)
    assert bench.next == 1
    assert (bench.state, bench.status.hold) == (S.ARMED, Hold.TRIGGER)
    bench.hands(trigger=False)
    bench.run(50)
    bench.hands(trigger=True)
    bench.run(2_500)
    assert bench.next == 2
