"""Stops of a transdermal device: each cause against each kind, and what the load can do wrong."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from mesodrive_protocol.enums import Code, DeviceState, Inputs, Kind, Outcome, Phase, Reason
from mesodrive_protocol.messages import Selftest, Stop
from mesodrive_simulator.firmware.stops import STOPPED_BY_PEOPLE
from support.electric_units import (
    LEVEL,
    READING,
    SPOT,
    ElectricBench,
    latched,
    running,
)

S = DeviceState
Cause = Callable[[ElectricBench], None]


def _press(bench: ElectricBench) -> None:
    bench.send(Stop, 77, 0)


def _break(bench: ElectricBench) -> None:
    bench.simulated.line_break(bench.now_ns)


def _key(bench: ElectricBench) -> None:
    bench.electric.set_stop_key(bench.now_ns, pressed=True)
    bench.simulated.advance(bench.now_ns)


def _pull_electrode(bench: ElectricBench) -> None:
    bench.electric.set_cartridge(bench.now_ns, present=False)
    bench.simulated.advance(bench.now_ns)


def _fail(reason: Reason) -> Cause:
    def fail(bench: ElectricBench) -> None:
        bench.device._stops.stop(reason)
        bench.simulated.advance(bench.now_ns)

    return fail


GENTLE: dict[Reason, Cause] = {
    Reason.STOP: _press,
    Reason.BREAK: _break,
    Reason.STOP_KEY: _key,
    Reason.LEASE: _fail(Reason.LEASE),
    Reason.SUPPLY: _fail(Reason.SUPPLY),
    Reason.EMPTY: _fail(Reason.EMPTY),
}
HARSH: dict[Reason, Cause] = {
    Reason.FITTING: _pull_electrode,
    Reason.TEMPERATURE: _fail(Reason.TEMPERATURE),
    Reason.IMPEDANCE: _fail(Reason.IMPEDANCE),
    Reason.INTERNAL: _fail(Reason.INTERNAL),
}
ALL = {**GENTLE, **HARSH}


def at_level() -> ElectricBench:
    bench = running(Kind.CURRENT)
    bench.run(8_500)
    assert bench.current_ua == 500
    return bench


@pytest.mark.req("STP-06")
@pytest.mark.req("DOS-08")
@pytest.mark.parametrize("reason", ALL)
def test_current_is_at_zero_in_100_ms_on_a_stop_and_in_20_ms_on_a_fault(reason: Reason) -> None:
    bench = at_level()
    ALL[reason](bench)
    assert bench.off_within_ms() <= (100 if reason in STOPPED_BY_PEOPLE else 20)
    record = latched(bench, reason)
    assert record is not None
    assert (record.outcome, record.reason, record.phase) == (
        Outcome.PARTIAL,
        reason,
        Phase.DELIVER,
    )
    assert record.lo <= bench.truth[-1].charge_nc / 1000 <= record.hi < 500
    assert bench.status.inputs & Inputs.OUTPUTS_OFF


@pytest.mark.req("STP-06")
@pytest.mark.parametrize("reason", ALL)
def test_before_the_first_slice_nothing_begins_after_a_stop(reason: Reason) -> None:
    bench = ElectricBench()
    bench.ready()
    assert bench.load() == Code.OK
    bench.hands(trigger=False)
    assert bench.arm() == Code.OK
    ALL[reason](bench)
    bench.granting = True
    bench.hands(trigger=True)
    bench.run(1_000)
    assert bench.is_in(S.LATCHED)
    assert bench.truth == []


@pytest.mark.req("STP-06")
def test_a_fault_while_a_stop_brings_current_down_cuts_it_after_all() -> None:
    bench = at_level()
    _press(bench)
    bench.run(20)
    assert bench.current_ua > 350
    _fail(Reason.TEMPERATURE)(bench)
    assert bench.off_within_ms() <= 20
    latched_reason = bench.stores.latch_reason
    assert latched_reason == Reason.STOP


@pytest.mark.req("DOS-07")
@pytest.mark.parametrize("left_ms", [3, 8, 30, 60])
def test_the_ramp_of_a_stop_ends_where_the_slice_has_its_charge(left_ms: int) -> None:
    bench = at_level()
    end_us = bench.slices.end_us
    bench.run((end_us - bench.device.board.us) / 1000 - left_ms)
    _press(bench)
    assert bench.off_within_ms() <= 100
    latched(bench, Reason.STOP)
    slice_uc = [unit.charge_nc / 1000 for unit in bench.truth][-1]
    assert slice_uc <= LEVEL.charge_uc + 5, "a sample of 0.5 mA"


def test_a_second_stop_does_not_put_off_the_end_of_the_first() -> None:
    bench = at_level()
    from_ns = bench.now_ns
    for press in range(3):
        bench.send(Stop, 100 + press, 0)
        bench.run(30)
    bench.off_within_ms()
    assert bench.now_ns - from_ns <= 100_000_000


def test_a_stop_while_current_comes_down_in_good_order_is_as_quick_as_any() -> None:
    bench = at_level()
    bench.hands(trigger=False)
    bench.run(500)
    assert bench.current_ua > 200
    _press(bench)
    assert bench.off_within_ms() <= 100
    record = latched(bench, Reason.STOP)
    assert record is not None
    assert record.phase == Phase.BACK


def test_a_stop_while_the_mark_is_written_lets_no_current_flow() -> None:
    bench = ElectricBench()
    bench.ready()
    bench.go()
    bench.run_to_state(S.RUNNING)
    assert bench.electric.phase == Phase.REST
    bench.stop()
    record = latched(bench, Reason.STOP)
    assert record is not None
    assert (record.outcome, record.hi) == (Outcome.NOT_DONE, 0)
    assert bench.truth == []


@pytest.mark.req("DOS-08")
@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"open_electrode": True}, Reason.OPEN),
        ({"shorted": True}, Reason.SHORT),
        ({"area_permille": 1000}, Reason.OPEN),
        ({"area_permille": 550}, Reason.IMPEDANCE),
    ],
)
def test_a_wrong_load_is_off_within_20_ms_and_nothing_comes_back_by_itself(
    fault: dict[str, object], reason: Reason, at_once: bool
) -> None:
    bench = at_level()
    faults = replace(bench.electric.faults, **fault)  # type: ignore[arg-type]
    bench.electric.set_faults(bench.now_ns, faults)
    if at_once:
        bench.simulated.advance(bench.now_ns)
    assert bench.off_within_ms() <= 20
    latched(bench, reason)
    bench.mend()
    bench.hands(trigger=False)
    bench.run(100)
    bench.hands(trigger=True)
    bench.run(10_000)
    assert bench.is_in(S.LATCHED)
    assert bench.current_ua == 0


@pytest.mark.req("DOS-08")
@pytest.mark.parametrize("open_ms", [1, 10, 100, 500])
def test_a_lead_that_breaks_for_a_moment_stops_as_well(open_ms: int) -> None:
    bench = at_level()
    bench.break_(open_electrode=True)
    bench.run(open_ms)
    bench.mend()
    bench.run(300)
    latched(bench, Reason.OPEN)
    # never more than a step of the ramp after the break
    assert bench.truth[-1].slew_ua_s <= 100.1


@pytest.mark.req("DOS-08")
def test_an_electrode_that_is_lifted_is_an_open_circuit_and_latches() -> None:
    bench = at_level()
    bench.hands(trigger=True, contact=False)
    assert bench.off_within_ms() <= 20
    latched(bench, Reason.OPEN)
    bench.hands(trigger=True, contact=True)
    bench.run(5_000)
    assert bench.current_ua == 0


def test_impedance_may_change_as_it_likes_in_the_first_two_seconds_of_a_ramp() -> None:
    bench = running(Kind.CURRENT)
    bench.run(1_500)
    bench.break_(area_permille=600)
    bench.run(3_000)
    assert bench.is_in(S.RUNNING)
    bench.break_(area_permille=850)
    bench.run(300)
    latched(bench, Reason.IMPEDANCE)


def test_impedance_that_changes_slowly_is_no_fault() -> None:
    bench = at_level()
    bench.break_(dry_ohm_s=1_000)
    bench.run(8_000)
    assert bench.is_in(S.RUNNING)
    load_ohm = bench.electric.load_ohm(bench.now_ns)
    assert load_ohm > 15_000


@pytest.mark.req("DOS-06")
def test_more_current_than_was_asked_for_is_cut() -> None:
    bench = at_level()
    bench.break_(sensor_stuck_ua=650)
    bench.run(10)
    latched(bench, Reason.TOO_MUCH)


@pytest.mark.req("STP-06")
def test_a_stop_lets_a_pulse_end_and_begins_no_other() -> None:
    bench = running(Kind.PULSE)
    bench.run_to_phase(Phase.DELIVER)
    bench.stop()
    record = latched(bench, Reason.STOP)
    assert record is not None
    assert (record.outcome, record.v6) == (Outcome.DONE, 1_000)
    bench.run(3_000)
    assert len(bench.truth) == 1


@pytest.mark.req("STP-06")
@pytest.mark.parametrize("reason", HARSH)
def test_a_fault_ends_a_pulse_within_100_us(reason: Reason) -> None:
    bench = running(Kind.PULSE)
    bench.run_to_phase(Phase.DELIVER)
    bench.run(0.3)
    from_ns = bench.now_ns
    HARSH[reason](bench)
    bench.run(0.1)
    assert bench.electric.voltage_uv(bench.now_ns) == 0
    record = latched(bench, reason)
    assert record is not None
    assert (record.outcome, record.reason) == (Outcome.PARTIAL, reason)
    ended_ns = bench.truth[-1].ended_ns
    assert ended_ns is not None
    assert ended_ns - from_ns <= 100_000


@pytest.mark.req("STP-06")
@pytest.mark.parametrize("reason", ALL)
def test_a_pass_is_vented_and_its_spot_left(reason: Reason) -> None:
    bench = running(Kind.PASS, [SPOT._replace(dwell_us=500_000)])
    bench.run_to_phase(Phase.DELIVER)
    bench.run(50)
    ALL[reason](bench)
    record = latched(bench, reason)
    assert record is not None
    assert (record.outcome, record.v1, record.v2) == (Outcome.PARTIAL, 20_000, 50_000)
    assert bench.electric.vacuum_pa(bench.now_ns) == 0


def test_a_pass_whose_vacuum_still_rises_is_not_done() -> None:
    bench = running(Kind.PASS)
    bench.run_to_phase(Phase.OUT)
    bench.run(50)
    bench.stop()
    record = latched(bench, Reason.STOP)
    assert record is not None
    assert (record.outcome, record.phase) == (Outcome.NOT_DONE, Phase.OUT)
    assert bench.electric.skin.horny_left == 1


@pytest.mark.req("DOS-06")
def test_a_pass_that_does_not_reach_its_vacuum_stops() -> None:
    bench = ElectricBench("burst-unit")
    bench.ready()
    bench.break_(vacuum_leak_permille=300)
    bench.go(Kind.PASS)
    bench.run(1_000)
    record = latched(bench, Reason.VACUUM)
    assert record is not None
    assert record.v1 == 14_000


def test_a_head_that_is_lifted_in_a_pass_stops_it() -> None:
    bench = running(Kind.PASS)
    bench.run_to_phase(Phase.DELIVER)
    bench.hands(trigger=True, contact=False)
    latched(bench, Reason.CONTACT)


def test_a_stop_ends_a_reading_at_once() -> None:
    bench = running(Kind.MEASURE, [READING._replace(dwell_us=400_000)])
    bench.run(150)
    bench.stop()
    record = latched(bench, Reason.STOP)
    assert record is not None
    assert record.outcome == Outcome.PARTIAL
    assert record.took_us < 200_000


@pytest.mark.req("STP-05")
@pytest.mark.parametrize("kind", [Kind.CURRENT, Kind.PULSE, Kind.PASS])
def test_a_reset_drops_every_output_and_leaves_the_unit_unknown(kind: Kind) -> None:
    bench = running(kind)
    bench.run_to_phase(Phase.DELIVER)
    bench.run(0.2)
    bench.simulated.reset(bench.now_ns)
    assert bench.electric.home(bench.now_ns + 20_000_000)
    assert bench.electric.phase == Phase.REST
    bench.boot += 1
    bench.session = 0
    bench.run(700)
    bench.open(9)
    bench.run(300)
    record = latched(bench, Reason.RESET)
    assert record is not None
    amount = {Kind.CURRENT: LEVEL.charge_uc, Kind.PULSE: 1_000, Kind.PASS: 0}[kind]
    assert (record.outcome, record.lo, record.hi) == (Outcome.UNKNOWN, 0, amount)


def test_outputs_that_are_not_proven_off_keep_the_device_from_latched() -> None:
    bench = at_level()
    bench.electric.home_stuck = False
    bench.stop()
    bench.run(1_000)
    assert bench.is_in(S.STOPPING)
    assert bench.current_ua == 0
    assert Reason.HOME in bench.device._stops.raised
    bench.electric.home_stuck = None
    bench.run(100)
    assert bench.is_in(S.LATCHED)
    assert bench.stores.latch_reason == Reason.STOP


@pytest.mark.req("STP-08")
def test_the_self_test_finds_a_current_that_nobody_commanded() -> None:
    bench = ElectricBench()
    bench.open()
    assert bench.fit() == Code.OK
    bench.hands(trigger=False)
    bench.break_(leak_ua=100)
    assert bench.code(Selftest) == Code.OK
    bench.run(300)
    assert not bench.status.inputs & Inputs.TESTED
    assert bench.is_in(S.STOPPING)
    assert bench.events(4)[-1].v1 != 0
    bench.mend()
    bench.simulated.advance(bench.now_ns)
    bench.run(700)
    assert bench.is_in(S.LATCHED)
