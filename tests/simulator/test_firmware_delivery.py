"""From ARM to the last unit: what ARM demands, what a unit waits for, leases and credit."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from mesodrive_protocol.enums import Code, DeviceState, Hold, Inputs, Kind, LimitField, Reason
from mesodrive_protocol.messages import Arm, Fit, Grant, Narrow, Pause
from mesodrive_protocol.steps import Step
from mesodrive_simulator.firmware.delivery import TESTED_US
from mesodrive_simulator.operator import OperatorModel
from mesodrive_simulator.sim_profile import load_profile
from mesodrive_simulator.simulated import SimulatedDevice
from support.firmware import MS, PRICK, PUSH, SLOW, Bench, bench_in, profile

S = DeviceState


@pytest.mark.req("CMD-10")
@pytest.mark.req("DOS-13")
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"command": 1}, Code.COMMAND),
        ({"profile": bytes(32)}, Code.PROFILE),
        ({"next": 1}, Code.NEXT),
        ({"fit_no": 2}, Code.FITTING),
        ({"seen_us": 3}, Code.FRESH),
        ({}, Code.OK),
    ],
)
def test_arm_demands_that_everything_agrees(changes: dict[str, Any], code: Code) -> None:
    bench = bench_in(S.LOADED)
    assert bench.arm(**changes) == code
    assert bench.state == (S.ARMED if code == Code.OK else S.LOADED)


@pytest.mark.req("CMD-10")
def test_arm_takes_a_status_of_500_ms_ago_and_none_older_and_none_that_was_asked_for() -> None:
    bench = bench_in(S.LOADED)
    bench.run(60)
    seen = bench.unasked[-1].device_us
    bench.run_until(bench.device.board.ns_of(seen + 500_000))
    rid = bench.send(Arm, bench.command, seen, bench.profile.canonical_hash, 0, 1)
    bench.run(5)
    assert bench.answer(rid).code == Code.OK
    bench = bench_in(S.LOADED)
    bench.run(60)
    seen = bench.unasked[-1].device_us
    bench.run_until(bench.device.board.ns_of(seen + 500_001))
    assert bench.arm(seen_us=seen) == Code.FRESH
    bench.run(7)
    assert bench.arm(seen_us=bench.status.device_us) == Code.FRESH


@pytest.mark.req("STP-08")
def test_tested_lapses_after_10_min_without_a_unit() -> None:
    bench = bench_in(S.LOADED)
    bench.device.board.tested_until_us = bench.device.board.us + TESTED_US
    bench.run(TESTED_US / 1000 - 100)
    bench.status  # noqa: B018 -- the session is heard, so that STATUS comes again
    bench.run(60)
    assert bench.status.inputs & Inputs.TESTED
    bench.run(200)
    assert not bench.status.inputs & Inputs.TESTED
    assert bench.arm() == Code.UNTESTED


def test_a_prick_needs_a_primed_needle_and_other_kinds_do_not() -> None:
    bench = bench_in(S.LOADED)
    bench.device.board.primed = False
    assert bench.arm() == Code.UNPRIMED
    for kind in (Kind.PRIME, Kind.DRY):
        bench = bench_in(S.LOADED, kind)
        bench.device.board.primed = False
        assert bench.arm() == Code.OK


def test_an_uncalibrated_device_does_not_arm() -> None:
    bench = bench_in(S.LOADED)
    bench.device._requests.calibration = 0
    assert bench.arm() == Code.UNTESTED


@pytest.mark.parametrize(
    ("attribute", "value", "reason"),
    [
        ("head", False, Reason.FITTING),
        ("cartridge", False, Reason.FITTING),
        ("home_stuck", False, Reason.HOME),
        ("supply_drop_uv", 3_000_000, Reason.SUPPLY),
    ],
)
def test_arm_is_refused_while_a_cause_stands_and_names_it(
    attribute: str, value: object, reason: Reason
) -> None:
    bench = bench_in(S.LOADED)
    setattr(bench.plant, attribute, value)
    bench.run(60)
    arm = (bench.command, bench.unasked[-1].device_us, bench.profile.canonical_hash, 0, 1)
    answer = bench.ask(Arm, *arm)
    assert (answer.code, answer.reason) == (Code.LATCHED, reason)


def test_priming_to_the_end_makes_primed_and_a_fitting_or_a_cartridge_ends_it() -> None:
    bench = Bench()
    bench.open()
    bench.fit()
    bench.test()
    bench.go(Kind.PRIME)
    bench.run(800)
    assert bench.is_in(S.LOADED)
    assert bench.status.inputs & Inputs.PRIMED
    assert bench.status.case_total == 0
    assert bench.stores.content_left_nl < 2_000_000
    bench.close()
    bench.fit(2)
    assert not bench.status.inputs & Inputs.PRIMED


@pytest.mark.req("DOS-03")
def test_units_begin_exactly_a_period_apart_and_pause_resumes_at_the_next_index() -> None:
    bench = bench_in(S.IDLE)
    bench.go()
    bench.run_to(lambda: bench.next == 4)
    assert bench.code(Pause, 1) == Code.COMMAND
    assert bench.code(Pause, bench.command) == Code.OK
    bench.run(1000)
    assert (bench.state, bench.next) == (S.LOADED, 4)
    bench.start()
    bench.run(2000)
    assert (bench.state, bench.next) == (S.LOADED, 10)
    begun = [record.begun_us for record in bench.unit_records]
    gaps = [b - a for a, b in pairwise(begun)]
    assert gaps[:3] == [200_000] * 3
    assert gaps[4:] == [200_000] * 5
    assert [record.unit for record in bench.unit_records] == list(range(10))
    assert bench.arm() == Code.NEXT


def test_pause_at_rest_is_met_at_once() -> None:
    bench = bench_in(S.ARMED)
    assert bench.code(Pause, bench.command) == Code.OK
    assert bench.is_in(S.LOADED)
    assert not bench.stores.armed


def test_a_pause_not_yet_met_dies_with_its_arm() -> None:
    bench = bench_in(S.RUNNING)
    bench.code(Pause, bench.command)
    bench.stop()
    bench.run(500)
    bench.granting = False
    assert bench.clear() == Code.OK
    bench.start()
    bench.run(1500)
    assert bench.next > 2


@pytest.mark.req("LNK-03")
@pytest.mark.parametrize("upto", [0, 1, 2, 3])
def test_credit_is_two_units_and_never_more(upto: int) -> None:
    bench = bench_in(S.ARMED)
    bench.hands(trigger=False)
    bench.run(60)
    bench.hands(trigger=True)
    refused = bench.status.refused
    bench.grant(upto=upto)
    assert bench.status.refused == refused + (upto > 2)
    assert bench.status.upto == (upto if upto <= 2 else 0)
    bench.watch = lambda status: (
        bench.grant(seen_us=status.device_us, upto=upto) if upto <= 2 and not status.rid else None
    )
    bench.run(2000)
    assert bench.next == (upto if upto <= 2 else 0)


def test_upto_is_never_above_the_units_of_the_program() -> None:
    bench = bench_in(S.IDLE)
    assert bench.load(Kind.PRICK, [PRICK._replace(units=1)]) == Code.OK
    assert bench.arm() == Code.OK
    bench.grant(upto=2)
    assert bench.status.upto == 0
    bench.grant(upto=1)
    assert bench.status.upto == 1


@pytest.mark.req("LNK-03")
def test_the_first_lease_runs_500_ms_and_allows_no_unit() -> None:
    bench = bench_in(S.ARMED)
    armed_us = bench.device.board.lease_due_us - 500_000
    bench.hands(trigger=False)
    bench.run(40)
    bench.hands(trigger=True)
    bench.run_until(bench.device.board.ns_of(armed_us + 499_999))
    assert bench.is_in(S.ARMED)
    assert bench.status.hold == Hold.GRANT
    bench.run(1)
    assert bench.is_in(S.LATCHED)
    assert bench.status.reason == Reason.LEASE
    assert bench.next == 0


@pytest.mark.req("LNK-03")
def test_a_lease_ends_200_ms_after_the_status_that_the_grant_named() -> None:
    bench = bench_in(S.ARMED)
    bench.run(100)
    seen = bench.unasked[-1].device_us
    bench.grant(upto=0)
    assert 190_000 <= bench.status.lease_us <= 200_000
    bench.run_until(bench.device.board.ns_of(seen + 199_999))
    assert bench.is_in(S.ARMED)
    bench.run_until(bench.device.board.ns_of(seen + 200_000))
    assert bench.is_in(S.LATCHED)


def test_void_grants_change_nothing_and_are_counted() -> None:
    bench = bench_in(S.ARMED)
    bench.run(100)
    seen, command = bench.unasked[-1].device_us, bench.command
    low = bench.rid
    bench.grant(upto=1)
    voids: list[tuple[tuple[int, int, int], dict[str, int]]] = [
        ((command, seen, 2), {"rid": low}),
        ((command + 1, seen, 2), {}),
        ((command, seen + 1, 2), {}),
        ((command, bench.statuses[0].device_us, 2), {}),
    ]
    for fields, header in voids:
        before = (bench.status.refused, bench.status.upto)
        bench.send(Grant, *fields, **header)
        assert (bench.status.refused, bench.status.upto) == (before[0] + 1, 1)
    bench.run(100)
    oldest = bench.device.board.seen_us[0]
    bench.send(Grant, command, oldest, 2)
    assert bench.status.upto == 1
    bench.send(Grant, command, bench.unasked[-1].device_us, 0)
    assert bench.status.upto == 0


@pytest.mark.req("STP-07")
def test_60_s_without_a_unit_disarms_without_a_latch() -> None:
    bench = bench_in(S.ARMED)
    bench.granting = True
    bench.run(59_900)
    assert bench.is_in(S.ARMED)
    bench.run(200)
    assert bench.is_in(S.LOADED)
    assert bench.stores.latch_no == 0


@pytest.mark.req("DOS-03")
def test_the_trigger_must_be_seen_released_for_30_ms_after_arm() -> None:
    bench = bench_in(S.LOADED)
    bench.hands(trigger=True)
    assert bench.arm() == Code.OK
    bench.granting = True
    bench.run(300)
    assert bench.status.hold == Hold.TRIGGER
    bench.hands(trigger=False)
    bench.run(29)
    bench.hands(trigger=True)
    bench.run(300)
    assert bench.next == 0
    bench.hands(trigger=False)
    bench.run(31)
    bench.hands(trigger=True)
    bench.run(10)
    assert bench.next == 1


@pytest.mark.req("DOS-03")
def test_single_units_need_a_press_each_and_bounces_are_no_presses() -> None:
    bench = bench_in(S.IDLE)
    bench.go(Kind.PRICK, [PRICK._replace(trigger=1, units=3)])
    bench.run(1000)
    assert bench.next == 1
    for _ in range(10):
        bench.hands(trigger=False)
        bench.run(20)
        bench.hands(trigger=True)
        bench.run(5)
    bench.run(500)
    assert bench.next == 1
    bench.hands(trigger=False)
    bench.run(40)
    bench.hands(trigger=True)
    bench.run(500)
    assert bench.next == 2


def test_a_single_step_after_a_held_one_needs_a_release() -> None:
    bench = bench_in(S.IDLE)
    steps: list[Step] = [PRICK._replace(units=2), PRICK._replace(units=2, trigger=1)]
    bench.go(Kind.PRICK, steps)
    bench.run(2000)
    assert bench.next == 2
    bench.hands(trigger=False)
    bench.run(40)
    bench.hands(trigger=True)
    bench.run(500)
    assert bench.next == 3


def test_units_without_a_trigger_run_by_themselves() -> None:
    bench = bench_in(S.IDLE)
    assert bench.load(Kind.PRICK, [PRICK._replace(trigger=3)]) == Code.OK
    bench.hands(trigger=False)
    assert bench.arm() == Code.OK
    bench.granting = True
    bench.run(3000)
    assert bench.next == 10


def test_pricks_wait_for_skin_and_primes_for_air() -> None:
    bench = bench_in(S.IDLE)
    bench.go()
    bench.run_to_state(S.ARMED)
    bench.hands(trigger=True, contact=False)
    bench.run(500)
    waiting = bench.next
    assert bench.status.hold == Hold.CONTACT
    bench.hands(trigger=True, contact=True)
    bench.run(500)
    assert bench.next > waiting
    bench = bench_in(S.IDLE)
    assert bench.load(Kind.PRIME, [PUSH]) == Code.OK
    bench.start(contact=True)
    bench.run(500)
    assert bench.status.hold == Hold.CONTACT
    assert bench.next == 0
    bench.hands(trigger=True, contact=False)
    bench.run(10)
    assert bench.next == 1
    bench.hands(trigger=True, contact=True)
    bench.run(500)
    assert bench.stores.latch_reason == Reason.CONTACT


def test_too_much_force_is_no_contact() -> None:
    bench = bench_in(S.IDLE)
    bench.go()
    bench.run_to_state(S.ARMED)
    bench.plant.set_contact(bench.now_ns, (bench.profile.contact_mn_max or 0) + 1)
    bench.simulated.advance(bench.now_ns)
    bench.run(300)
    assert bench.status.hold == Hold.CONTACT
    assert bench.is_in(S.ARMED)


def test_narrowed_contact_force_is_what_a_unit_waits_for() -> None:
    bench = bench_in(S.IDLE)
    force = bench.profile.contact_mn
    assert bench.code(Narrow, 1, ((LimitField.CONTACT_MN_MIN, force + 1),)) == Code.OK
    bench.go()
    bench.run(500)
    assert bench.status.hold == Hold.CONTACT


def test_the_point_gun_waits_a_second_after_contact() -> None:
    gun = profile("point-gun")
    bench = Bench(gun)
    bench.ready()
    step = PRICK._replace(units=2, dose_nl=10_000, depth_um=2000, period_us=1_000_000, trigger=1)
    assert bench.load(Kind.PRICK, [step]) == Code.OK
    bench.hands(trigger=False, contact=False)
    assert bench.arm() == Code.OK
    bench.granting = True
    bench.run(1000)
    bench.hands(trigger=True, contact=True)
    bench.run(gun.rearm_us / 1000 - 1)
    assert bench.next == 0
    bench.run(10)
    assert bench.next == 1


def test_the_stamp_waits_for_a_vacuum_that_stands_and_stops_where_it_breaks() -> None:
    stamp = profile("vacuum-stamp")
    bench = Bench(stamp)
    bench.ready()
    step = SLOW._replace(units=2, depth_um=1000, dose_nl=20_000, period_us=1_000_000)
    assert bench.load(Kind.PRICK, [step]) == Code.OK
    bench.hands(trigger=False, contact=False)
    assert bench.arm() == Code.OK
    bench.granting = True
    bench.run(40)
    bench.hands(trigger=True, contact=True)
    bench.run_to(lambda: bench.plant.vacuum_pa(bench.now_ns) >= (stamp.vacuum_pa_min or 0))
    bench.run((stamp.vacuum_stable_us or 0) / 1000 - 2)
    assert bench.next == 0
    bench.run(800)
    assert bench.status.inputs & Inputs.VACUUM
    bench.run_to(lambda: bench.next == 1)
    bench.run_to_phase(2)
    bench.hands(trigger=True, contact=False)
    bench.run_to_state(S.LATCHED)
    assert bench.status.reason == Reason.VACUUM


def test_a_pen_runs_its_trains_a_gap_apart_and_counts_strokes() -> None:
    bench = Bench(profile("needling-pen"))
    bench.ready()
    bench.device.board.primed = False
    bench.go(Kind.TRAIN)
    bench.run(5000)
    assert bench.next == 10
    assert {(record.lo, record.hi) for record in bench.unit_records} == {(20, 20)}
    begun = [record.begun_us for record in bench.unit_records]
    assert {b - a for a, b in pairwise(begun)} == {300_000}
    assert bench.status.case_total == 200
    assert sum(unit.strokes for unit in bench.plant.truth) == 200


def test_dry_strokes_deliver_nothing() -> None:
    bench = bench_in(S.IDLE)
    bench.go(Kind.DRY)
    bench.run(3000)
    assert bench.next == 10
    assert {(r.lo, r.hi, r.outcome) for r in bench.unit_records} == {(0, 0, 0)}
    assert sum(unit.volume_nl for unit in bench.plant.truth) == 0


@pytest.mark.req("DOS-02")
def test_the_60_s_window_holds_a_unit_until_it_fits() -> None:
    bench = bench_in(S.IDLE)
    assert bench.code(Narrow, 1, ((LimitField.WINDOW_NL_MAX, 12_000),)) == Code.OK
    bench.go()
    bench.run(2000)
    assert bench.next == 2
    assert bench.status.hold == Hold.WINDOW
    bench.run(57_000)
    assert bench.next == 2
    bench.run(3000)
    assert bench.next == 4
    begun = [record.begun_us for record in bench.unit_records]
    assert begun[2] - begun[0] >= 60_000_000


@pytest.mark.req("DOS-02")
def test_a_case_that_is_full_holds_the_next_unit() -> None:
    bench = bench_in(S.IDLE)
    assert bench.code(Narrow, 1, ((LimitField.CASE_NL_MAX, 50_000),)) == Code.OK
    assert bench.load() == Code.OK
    bench.stores.write_totals(bench.stores.totals._replace(case_total=42_000))
    bench.start()
    bench.run(1000)
    assert bench.next == 1
    assert bench.status.hold == Hold.WINDOW


def test_after_a_start_the_first_unit_waits_a_whole_period() -> None:
    bench = Bench(profile(period_us_min=1_000_000))
    bench.ready()
    assert bench.load(Kind.PRICK, [PRICK._replace(period_us=1_000_000, trigger=3)]) == Code.OK
    bench.hands(trigger=False)
    assert bench.arm() == Code.OK
    bench.granting = True
    bench.run(60)
    assert bench.status.hold == Hold.PERIOD
    bench.run(1000)
    assert bench.unit_records[0].begun_us >= 1_000_000


def test_a_whole_session_with_an_operator_runs_by_itself() -> None:
    for name in ("nappage-gun", "vacuum-stamp", "needling-pen", "point-gun"):
        chosen = load_profile(name)
        bench = Bench(chosen)
        bench.simulated = SimulatedDevice(chosen, seed=4, operator=OperatorModel(seed=4))
        bench.device, bench.plant = bench.simulated.device, bench.simulated.plant
        bench.stores = bench.simulated.stores
        bench.simulated.advance(bench.now_ns)
        bench.run(100)
        bench.ready()
        bench.granting = True
        kind = Kind.TRAIN if name == "needling-pen" else Kind.PRICK
        trigger = 1 if name == "point-gun" else 2
        prick = PRICK._replace(
            units=3, depth_um=2000, dose_nl=10_000, period_us=1_000_000, trigger=trigger
        )
        steps: list[Step] | None = [prick] if kind == Kind.PRICK else None
        assert bench.load(kind, steps) == Code.OK
        assert bench.arm() == Code.OK
        bench.run(15_000)
        assert (bench.state, bench.next) == (S.LOADED, bench.units)
        assert all(record.outcome == 0 for record in bench.unit_records)


def test_people_fit_what_the_host_says() -> None:
    bench = Bench()
    bench.open()
    fit = (1, 4000, 12060, 1, 0, 3_000_000, 0, 0)
    assert bench.code(Fit, *fit) == Code.OK
    assert bench.plant.plunger.content_nl == 3_000_000
    assert replace(bench.profile) == bench.profile


def test_a_late_call_finds_each_timer_expired_at_its_own_time() -> None:
    bench = bench_in(S.LOADED)
    seq = bench.status.seq
    bench.simulated.advance(bench.now_ns + 1000 * MS)
    bench.now_ns += 1000 * MS
    heard = len(bench.unasked)
    bench.listen()
    times = [status.device_us for status in bench.unasked[heard:]]
    assert len(times) == 20
    assert {b - a for a, b in pairwise(times)} == {50_000}
    assert bench.unasked[-1].seq == seq + 20
