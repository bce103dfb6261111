"""Flow that nobody commanded: a plunger that moves by itself between units stops at once."""

import pytest

from mesodrive_protocol.enums import Code, DeviceState, Kind, Reason
from mesodrive_simulator.firmware.plunger_watch import STEPS_MAX
from support.firmware import MS, PRICK, Bench, bench_in

S = DeviceState
SLOW_LOOK_MS = 100
STATUS_MS = 50


def creeping(state: DeviceState, speed_um_s: float = 20.0) -> Bench:
    bench = bench_in(state)
    bench.plant.plunger.creep(bench.now_ns, speed_um_s)
    return bench


@pytest.mark.req("DOS-06")
@pytest.mark.parametrize("state", [S.LOADED, S.ARMED])
def test_flow_without_a_command_stops_at_once(state: DeviceState) -> None:
    bench = creeping(state)
    before_nl = bench.stores.totals.case_total
    content_nl = bench.stores.content_left_nl
    bench.run(SLOW_LOOK_MS + STATUS_MS)
    assert bench.is_in(S.LATCHED)
    assert bench.stores.latch_reason == Reason.TOO_MUCH
    bench.plant.settle(bench.now_ns)
    out_nl = bench.plant.fluid.out_nl
    bench.run(5_000)
    bench.plant.settle(bench.now_ns)
    assert bench.plant.fluid.out_nl == pytest.approx(out_nl, abs=1), "nothing flows any more"
    excess_nl = bench.stores.totals.case_total - before_nl
    assert 0 < excess_nl <= 20 * (SLOW_LOOK_MS + STATUS_MS) * 120 // 1_000
    assert content_nl - bench.stores.content_left_nl == excess_nl
    assert bench.plant.truth == []


@pytest.mark.req("DOS-06")
def test_flow_between_two_units_stops_before_the_next() -> None:
    bench = bench_in(S.IDLE)
    bench.go(Kind.PRICK, [PRICK._replace(period_us=2_000_000)])
    bench.run_to(lambda: bench.next == 1 and bench.state == S.ARMED)
    bench.plant.plunger.creep(bench.now_ns, 20.0)
    bench.run(SLOW_LOOK_MS + STATUS_MS)
    assert bench.is_in(S.LATCHED)
    assert bench.status.reason == Reason.TOO_MUCH
    assert len(bench.unit_records) == len(bench.plant.truth) == 1


@pytest.mark.req("DOS-06")
def test_a_plunger_that_crept_since_the_last_look_begins_no_unit() -> None:
    bench = bench_in(S.IDLE)
    bench.go()
    begins_ns = bench.now_ns
    for unit in (1, 2):
        bench.run_to(lambda unit=unit: bench.next == unit)  # type: ignore[misc]
        begins_ns = 2 * bench.now_ns - begins_ns if unit == 2 else bench.now_ns
    bench.run_until(begins_ns - 8 * MS)
    assert bench.is_in(S.ARMED)
    bench.plant.plunger.creep(bench.now_ns, 1_000.0)
    bench.run_to_state(S.LATCHED, 10)
    assert bench.stores.latch_reason == Reason.TOO_MUCH
    assert len(bench.plant.truth) == 2


@pytest.mark.req("DOS-06")
def test_one_step_of_the_plunger_is_no_flow() -> None:
    bench = bench_in(S.LOADED)
    step_um = bench.plant.plunger.step_um
    bench.plant.plunger.creep(bench.now_ns, step_um)
    bench.run(1_000)
    assert bench.is_in(S.LOADED)
    bench.run(1_000)
    assert bench.stores.latch_reason == Reason.TOO_MUCH
    assert 1 < STEPS_MAX < 2


def test_a_creep_while_a_unit_is_under_way_shows_in_its_measurement() -> None:
    bench = bench_in(S.IDLE)
    bench.go()
    bench.run_to_state(S.RUNNING)
    bench.plant.plunger.creep(bench.now_ns, 200.0)
    bench.run_to_state(S.LATCHED, 1_000)
    assert bench.stores.latch_reason == Reason.TOO_MUCH
    bench.run(100)
    (record,) = bench.unit_records
    assert record.reason == Reason.TOO_MUCH


def test_a_creep_does_not_change_what_is_pushed_beside_it() -> None:
    plants = [bench_in(S.IDLE).plant for _ in range(2)]
    for plant, speed in zip(plants, (0.0, 100.0), strict=True):
        plant.plunger.slack_um = 10.0
        plant.plunger.creep(10**10, speed)
        plant.plunger.begin_unit(10**10)
        plant.plunger.push(10**10, 5_000, 10**8)
    still, creeping = plants
    for after_ns in (10**7, 5 * 10**7, 10**8, 3 * 10**8):
        crept_um = 100.0 * after_ns / 10**9
        more_um = creeping.plunger.unit_um(10**10 + after_ns) - still.plunger.unit_um(
            10**10 + after_ns
        )
        assert more_um == pytest.approx(crept_um, abs=2 * still.plunger.step_um)
    assert creeping.plunger.pressure_pa(10**10 + 10**8) > still.plunger.pressure_pa(10**10 + 10**8)


@pytest.mark.req("DOS-06")
def test_after_the_stop_the_operator_may_clear_and_what_was_left_is_the_new_rest() -> None:
    bench = creeping(S.LOADED)
    bench.run(200)
    assert bench.is_in(S.LATCHED)
    assert bench.clear() == Code.OK
    bench.run(1_000)
    assert bench.is_in(S.LOADED)
