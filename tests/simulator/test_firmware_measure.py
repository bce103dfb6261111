"""What was measured against what was programmed, faults of the machine, and the self-test."""

import pytest

from mesodrive_protocol.enums import Code, DeviceState, Hold, Inputs, Kind, Outcome, Phase, Reason
from mesodrive_protocol.messages import Selftest
from mesodrive_simulator.firmware.outcomes import Measured, judge, quantum_nl
from mesodrive_simulator.firmware.selftest import JOURNAL, LEASE, SENSORS, STOP_PATH
from support.firmware import PRICK, PUSH, SLOW, Bench, bench_in, profile

S = DeviceState


def measured(
    amount: int, *, programmed: int = 1000, moved: bool = True, cut: bool = False,
    kind: Kind = Kind.PRICK, residue: int = 0, stopped_by: Reason = Reason.NONE,
) -> Measured:  # fmt: skip
    return Measured(kind, programmed, amount, 10, residue, moved, cut, stopped_by)


@pytest.mark.req("DOS-06")
@pytest.mark.req("CMD-08")
@pytest.mark.parametrize(
    ("facts", "outcome", "reason", "lo", "hi", "excess"),
    [
        (measured(1000), Outcome.DONE, Reason.NONE, 1000, 1000, 0),
        (measured(990), Outcome.DONE, Reason.NONE, 1000, 1000, 0),
        (measured(1010), Outcome.DONE, Reason.NONE, 1000, 1000, 0),
        (measured(989), Outcome.DONE, Reason.NONE, 979, 999, 0),
        (measured(1011), Outcome.DONE, Reason.TOO_MUCH, 1000, 1000, 11),
        (measured(800), Outcome.DONE, Reason.NONE, 790, 810, 0),
        (measured(799), Outcome.DONE, Reason.TOO_LITTLE, 789, 809, 0),
        (measured(5), Outcome.DONE, Reason.TOO_LITTLE, 0, 15, 0),
        (measured(-30), Outcome.DONE, Reason.TOO_LITTLE, 0, 0, 0),
        (measured(300, kind=Kind.PRIME), Outcome.DONE, Reason.NONE, 290, 310, 0),
        (measured(0, moved=False, cut=True, stopped_by=Reason.STOP),
         Outcome.NOT_DONE, Reason.STOP, 0, 0, 0),
        (measured(400, cut=True, stopped_by=Reason.LEASE),
         Outcome.PARTIAL, Reason.LEASE, 390, 410, 0),
        (measured(400, cut=True, residue=50, stopped_by=Reason.LEASE),
         Outcome.PARTIAL, Reason.LEASE, 390, 460, 0),
        (measured(995, cut=True, stopped_by=Reason.STOP), Outcome.DONE, Reason.STOP, 1000, 1000, 0),
        (measured(1200, cut=True, stopped_by=Reason.STOP),
         Outcome.PARTIAL, Reason.STOP, 1000, 1000, 200),
        (measured(0, kind=Kind.DRY, programmed=0), Outcome.DONE, Reason.NONE, 0, 0, 0),
        (measured(20, kind=Kind.DRY, programmed=0), Outcome.DONE, Reason.TOO_MUCH, 0, 0, 20),
    ],
)  # fmt: skip
def test_a_unit_is_settled_from_its_measurement(
    facts: Measured, outcome: Outcome, reason: Reason, lo: int, hi: int, excess: int
) -> None:
    assert judge(facts) == (outcome, reason, lo, hi, excess)
    assert 0 <= lo <= hi <= facts.programmed


def test_one_step_of_the_encoder_is_the_uncertainty_rounded_up() -> None:
    gun = profile(plunger_lead_um=1000, plunger_steps=3200)
    assert quantum_nl(gun, 12_060) == 36
    assert quantum_nl(gun, 100) == 1
    assert quantum_nl(profile("needling-pen", plunger_steps=0), 0) == 1


@pytest.mark.req("DOS-06")
def test_too_little_twice_running_stops_before_the_third() -> None:
    bench = bench_in(S.IDLE)
    bench.plant.slip_permille = 300
    bench.go()
    bench.run_to_state(S.LATCHED)
    bench.run(100)
    assert bench.status.reason == Reason.TOO_LITTLE
    assert len(bench.unit_records) == 2
    for record in bench.unit_records:
        assert record.reason == Reason.TOO_LITTLE
        assert record.lo < 3600 < record.hi or record.lo < 3500 < record.hi


@pytest.mark.req("DOS-06")
@pytest.mark.req("CMD-08")
def test_too_much_stops_at_once_and_counts_in_the_case() -> None:
    bench = bench_in(S.IDLE)
    bench.plant.slip_permille = -200
    bench.go()
    bench.run_to_state(S.LATCHED)
    bench.run(100)
    (record,) = bench.unit_records
    assert (record.reason, record.lo, record.hi) == (Reason.TOO_MUCH, 5000, 5000)
    assert bench.status.case_total > 5900
    assert bench.status.reason == Reason.TOO_MUCH


@pytest.mark.req("DOS-12")
def test_a_blocked_needle_is_suspected_held_and_then_stopped() -> None:
    bench = bench_in(S.IDLE)
    holds: set[int] = set()
    bench.watch = lambda status: holds.add(status.hold)
    bench.plant.blocked_permille = 999
    bench.go(Kind.PRICK, [PRICK._replace(units=60)])
    bench.run_to_state(S.LATCHED, 30_000)
    assert bench.status.reason == Reason.BLOCKAGE
    assert bench.next < 60
    assert Hold.PRESSURE in holds
    assert bench.plant.pressure_pa(bench.now_ns) < 138_000


@pytest.mark.req("DOS-12")
def test_a_pressure_that_falls_while_it_is_suspected_lets_the_unit_begin() -> None:
    bench = bench_in(S.IDLE)
    bench.plant.blocked_permille = 999
    bench.go(Kind.PRICK, [PRICK._replace(units=60)])
    bench.run_to(lambda: bench.device.board.hold is Hold.PRESSURE, 30_000)
    at = bench.next
    bench.plant.blocked_permille = 0
    bench.run(3000)
    assert bench.state in (S.ARMED, S.RUNNING)
    assert bench.next > at + 3


@pytest.mark.req("DOS-12")
def test_the_pressure_limit_cuts_a_push_when_it_is_reached() -> None:
    bench = Bench(profile(pressure_pa_max=15_000))
    bench.ready()
    bench.go(Kind.PRICK, [SLOW])
    bench.run_to_state(S.LATCHED)
    bench.run(50)
    assert bench.status.reason == Reason.BLOCKAGE
    assert bench.unit_records[0].outcome == Outcome.PARTIAL
    assert bench.unit_records[0].v2 <= 15_100


def test_a_pressure_that_is_left_at_the_limit_stops_before_the_unit() -> None:
    bench = bench_in(S.IDLE)
    bench.plant.blocked_permille = 1000
    bench.plant.fluid.pressure_pa = 140_000
    bench.go()
    bench.run_to_state(S.LATCHED)
    assert bench.status.reason == Reason.BLOCKAGE
    assert bench.plant.truth == []


@pytest.mark.req("DOS-11")
def test_an_empty_syringe_stops_before_the_unit() -> None:
    bench = bench_in(S.IDLE)
    assert bench.load() == Code.OK
    bench.stores.content_left_nl = 12_000
    bench.start()
    bench.run_to_state(S.LATCHED)
    bench.run(100)
    assert bench.status.reason == Reason.EMPTY
    assert len(bench.unit_records) == 2


@pytest.mark.req("DOS-10")
@pytest.mark.parametrize("phase", [Phase.REST, Phase.DELIVER])
def test_heat_and_supply_stop_an_armed_device(phase: Phase) -> None:
    for reason in (Reason.TEMPERATURE, Reason.SUPPLY):
        bench = bench_in(S.IDLE)
        bench.go(Kind.PRICK, [SLOW])
        bench.run_to_phase(Phase.DELIVER)
        if phase == Phase.REST:
            bench.run_to_state(S.ARMED)
        if reason == Reason.SUPPLY:
            bench.plant.supply_drop_uv = 5_000_000
        else:
            bench.plant.thermal = type(bench.plant.thermal)(60_000, 61_000, 1)
        bench.run_to_state(S.LATCHED, 700)
        assert bench.status.reason == reason
        assert bench.clear() == Code.LATCHED


@pytest.mark.req("DOS-05")
def test_a_home_switch_that_is_not_seen_after_a_unit_stops_and_holds_in_stopping() -> None:
    bench = bench_in(S.IDLE)
    bench.go(Kind.PRICK, [SLOW])
    bench.run_to_phase(Phase.DELIVER)
    bench.plant.home_stuck = False
    bench.run(2000)
    assert bench.is_in(S.STOPPING)
    assert bench.status.reason == Reason.HOME
    assert bench.next == 1
    bench.plant.home_stuck = None
    bench.simulated.advance(bench.now_ns)
    bench.run_to_state(S.LATCHED, 100)
    bench.run(100)
    assert bench.unit_records[0].hi == 20_000


@pytest.mark.req("DOS-05")
def test_a_home_switch_that_comes_late_is_waited_for() -> None:
    bench = bench_in(S.IDLE)
    bench.go(Kind.PRICK, [SLOW])
    bench.run_to_phase(Phase.BACK)
    bench.plant.home_stuck = False
    bench.run(60)
    assert bench.is_in(S.RUNNING)
    bench.plant.home_stuck = None
    bench.simulated.advance(bench.now_ns)
    bench.run(60)
    assert bench.is_in(S.ARMED)
    assert bench.unit_records[0].outcome == Outcome.DONE


@pytest.mark.req("DOS-05")
def test_no_unit_begins_while_home_is_not_seen() -> None:
    bench = bench_in(S.IDLE)
    bench.go(Kind.PRICK, [SLOW])
    bench.run_to(lambda: bench.next == 1 and bench.state == S.ARMED)
    bench.plant.home_stuck = False
    bench.run(2000)
    assert bench.stores.latch_reason == Reason.HOME
    assert bench.next == 1


@pytest.mark.parametrize("part", ["head", "cartridge"])
def test_a_part_taken_off_while_armed_latches(part: str) -> None:
    bench = bench_in(S.ARMED)
    setattr(bench.plant, part, False)
    bench.simulated.advance(bench.now_ns)
    assert bench.stores.latch_reason == Reason.FITTING
    assert bench.clear() == Code.LATCHED
    setattr(bench.plant, part, True)
    assert bench.clear() == Code.OK


def test_a_part_that_is_off_for_another_reason_does_not_keep_the_latch() -> None:
    bench = bench_in(S.LATCHED)
    bench.plant.cartridge = False
    assert bench.clear() == Code.OK


@pytest.mark.req("STP-08")
def test_a_passed_self_test_does_not_latch_and_is_recorded() -> None:
    bench = bench_in(S.LOADED)
    bench.device.board.tested_until_us = 0
    assert bench.ask(Selftest).state == S.TESTING
    bench.run(400)
    assert bench.is_in(S.LOADED)
    assert bench.events(4)[-1].v1 == 0
    assert bench.status.inputs & Inputs.TESTED


@pytest.mark.req("STP-08")
@pytest.mark.parametrize(
    ("defect", "part", "reason"),
    [
        ("home", STOP_PATH, Reason.HOME),
        ("lease", LEASE, Reason.INTERNAL),
        ("journal", JOURNAL, Reason.STORES),
        ("sensors", SENSORS, Reason.SENSOR),
    ],
)
def test_each_part_that_fails_its_test_is_named_and_latches(
    defect: str, part: int, reason: Reason
) -> None:
    bench = bench_in(S.IDLE)
    bench.acking = False
    bench.fit(3)
    bench.fit(4)
    assert bench.code(Selftest) == Code.OK
    if defect == "home":
        bench.plant.home_stuck = False
    elif defect == "lease":
        bench.stores.armed = True
    elif defect == "journal":
        bench.stores.records[-1] = bench.stores.records[-1]._replace(chain=1)
    else:
        bench.plant.supply_drop_uv = bench.profile.supply_uv
    bench.run(400)
    assert bench.events(4)[-1].v1 == part
    assert bench.stores.latch_reason == reason
    assert bench.state in (S.LATCHED, S.STOPPING)
    assert not bench.status.inputs & Inputs.TESTED


def test_a_stop_within_a_self_test_proves_nothing() -> None:
    bench = bench_in(S.TESTING)
    bench.device.board.tested_until_us = 0
    bench.stop()
    bench.run(400)
    assert bench.is_in(S.LATCHED)
    assert not bench.status.inputs & Inputs.TESTED


def test_a_prime_takes_up_the_play_and_is_not_called_too_little() -> None:
    bench = Bench()
    bench.open()
    bench.fit()
    bench.test()
    bench.go(Kind.PRIME, [PUSH._replace(units=4)])
    bench.run(1500)
    assert bench.is_in(S.LOADED)
    first = bench.unit_records[0]
    assert first.hi < 5000
    assert bench.unit_records[-1].lo == 5000
