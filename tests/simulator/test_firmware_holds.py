"""What a unit waits for: a press, skin or air, a vacuum, room in a limit."""

import pytest

from mesodrive_protocol.enums import Code, DeviceState, Hold, Inputs, Kind, LimitField, Reason
from mesodrive_protocol.messages import Narrow
from mesodrive_protocol.steps import Step
from support.firmware import PRICK, PUSH, SLOW, Bench, bench_in, profile

S = DeviceState


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
