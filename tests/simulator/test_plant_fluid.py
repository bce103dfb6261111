"""Pressure, play, blockage and emptiness against fine-stepped integration and hand arithmetic."""

from math import exp, inf, pi
from random import Random

import pytest

from mesodrive_protocol.enums import Phase
from mesodrive_simulator.plant import NEVER_NS, Plant
from mesodrive_simulator.plant.fluid import Fluid, needle_resistance
from mesodrive_simulator.plant.plunger import nl_per_um
from mesodrive_simulator.sim_profile import load_profile

MS = 1_000_000
S = 1_000_000_000


def gun(name: str = "nappage-gun") -> Plant:
    return Plant(load_profile(name), seed=11)


def primed(name: str = "nappage-gun") -> Plant:
    """A gun whose play is taken up, on skin."""
    machine = gun(name)
    machine.plunger.slack_um = 0.0
    machine.set_contact(0, 5000)
    return machine


def integrate(
    pressure: float, flow: float, outside: float, resistance: float, capacity: float, seconds: float
) -> tuple[float, float]:
    """Euler in very small steps, written from the differential equation."""
    out, steps = 0.0, 200_000
    step_s = seconds / steps
    for _ in range(steps):
        leaving = max(0.0, pressure - outside) / resistance
        pressure += (flow - leaving) * step_s / capacity
        out += leaving * step_s
    return pressure, out


@pytest.mark.parametrize(
    ("pressure", "flow", "outside"),
    [(0, 250_000, 5000), (40_000, 0, 5000), (20_000, 100_000, 0), (0, 60_000, 8000), (0, 0, 5000)],
)
def test_the_closed_form_agrees_with_small_steps(
    pressure: float, flow: float, outside: float
) -> None:
    fluid = Fluid(0.2, needle_resistance(4000, 159, 1000, 1))
    fluid.pressure_pa, fluid.outside_pa = pressure, outside
    expected, out = integrate(pressure, flow, outside, fluid.resistance_pa_s_per_nl, 0.2, 0.03)
    fluid.settle(flow, 0.03)
    assert fluid.pressure_pa == pytest.approx(expected, rel=1e-3, abs=1)
    assert fluid.out_nl == pytest.approx(out, rel=1e-3, abs=1)


def test_a_needle_resists_as_the_device_facts_say() -> None:
    # devices.md 5.2: 100 uL/s of water through 4 mm: 27G 8, 30G 25, 31G 52, 32G 120 kPa
    drops = [needle_resistance(4000, bore, 1000, 1) * 100 for bore in (210, 159, 133, 108)]
    assert [round(drop) for drop in drops] == [8, 25, 52, 120] or [
        round(drop) for drop in drops
    ] == [8, 26, 52, 120]
    assert needle_resistance(4000, 159, 1000, 5) * 5 == pytest.approx(
        needle_resistance(4000, 159, 1000, 1)
    )
    assert needle_resistance(4000, 0, 1000, 1) == inf


def test_a_millimetre_of_a_5_ml_syringe_holds_114_microlitres() -> None:
    assert round(nl_per_um(12_060) * 1000 / 1000) == 114


def test_what_leaves_the_syringe_left_the_needle_or_is_stored_under_pressure() -> None:
    seed = 20_240_817
    random = Random(seed)
    machine = gun()
    machine.set_contact(0, 5000)
    begun_nl = machine.plunger.content_nl
    now_ns = 0
    for _ in range(200):
        depth_um = random.choice([0, 1000, 2500])
        machine.stroke(now_ns, depth_um, random.randrange(1000, 20_000), 300_000, 5000)
        if random.random() < 0.3:
            machine.cut(now_ns + random.randrange(60 * MS))
        if random.random() < 0.2:
            machine.set_contact(machine.plunger._at_ns + 1, random.choice([0, 5000]))
        now_ns += random.randrange(120 * MS, 400 * MS)
        machine.settle(now_ns)
        stored_nl = machine.fluid.compliance_nl_per_pa * machine.fluid.pressure_pa
        out_nl = sum(unit.volume_nl for unit in machine.truth)
        assert begun_nl - machine.plunger.content_nl == pytest.approx(
            out_nl + stored_nl, abs=1e-3
        ), f"seed {seed}"


def test_in_a_long_run_each_unit_delivers_its_dose_on_average() -> None:
    machine = primed()
    for n in range(100):
        machine.stroke(n * 200 * MS, 1500, 5000, 250_000, 10_000)
        machine.advance((n + 1) * 200 * MS)
    machine.settle(30 * S)
    delivered_nl = sum(unit.volume_nl for unit in machine.truth)
    assert delivered_nl == pytest.approx(500_000, rel=2e-4)


def test_rounding_to_whole_steps_never_adds_up() -> None:
    machine = primed()
    step_nl = machine.plunger.step_um * machine.plunger.area_nl_per_um
    measured_nl = 0
    for n in range(300):
        machine.stroke(n * 200 * MS, 1500, 1000 + n % 7, 250_000, 0)
        machine.advance((n + 1) * 200 * MS)
        measured_nl += machine.measured_nl((n + 1) * 200 * MS)
    commanded_nl = sum(1000 + n % 7 for n in range(300))
    assert abs(measured_nl - commanded_nl) < 2 * step_nl + 300 * 0.5


def test_a_prime_takes_up_the_play_and_the_next_dose_is_whole() -> None:
    machine = gun()
    play_nl = machine.profile.backlash_um * machine.plunger.area_nl_per_um
    machine.stroke(0, 0, 50_000, 200_000, 0)
    machine.advance(S)
    step_nl = machine.plunger.step_um * machine.plunger.area_nl_per_um
    assert machine.measured_nl(S) == pytest.approx(50_000 - play_nl, abs=step_nl)
    assert machine.truth[0].prime
    assert machine.truth[0].strokes == 0
    machine.stroke(S, 1500, 5000, 250_000, 0)
    machine.advance(2 * S)
    assert machine.measured_nl(2 * S) == pytest.approx(5000, abs=step_nl)


def test_play_larger_than_a_dose_swallows_it_whole_and_the_next_in_part() -> None:
    machine = gun()
    play_nl = machine.profile.backlash_um * machine.plunger.area_nl_per_um
    dose_nl = round(play_nl * 0.6)
    doses = []
    for n in range(3):
        machine.stroke(n * S, 1500, dose_nl, 250_000, 0)
        machine.advance((n + 1) * S)
        doses.append(machine.measured_nl((n + 1) * S))
    step_nl = machine.plunger.step_um * machine.plunger.area_nl_per_um
    assert doses[0] == 0
    assert doses[1] == pytest.approx(0.2 * play_nl, abs=2 * step_nl)
    assert doses[2] == pytest.approx(dose_nl, abs=2 * step_nl)


def test_play_is_taken_up_in_part_when_a_push_is_cut_before_the_plunger_moves() -> None:
    machine = gun()
    machine.stroke(0, 0, 50_000, 50_000, 0)
    slack_um = machine.plunger.slack_um
    machine.retract(10 * MS)
    assert 0 < machine.plunger.slack_um < slack_um
    assert machine.measured_nl(10 * MS) == 0


def test_after_a_cut_the_drive_takes_up_the_play_that_it_knows_and_no_more() -> None:
    machine = primed()
    machine.plunger.play_um += 30
    machine.stroke(0, 1500, 50_000, 250_000, 0)
    machine.cut(50 * MS)
    assert machine.plunger.slack_um == 30
    assert machine.pressure_pa(50 * MS) == 0


@pytest.mark.req("DOS-12")
def test_a_blocked_needle_raises_the_pressure_by_dose_over_compliance_per_shot() -> None:
    machine = primed()
    machine.blocked_permille = 1000
    step_pa = 5000 / machine.fluid.compliance_nl_per_pa
    for n in range(3):
        machine.stroke(n * S, 1500, 5000, 250_000, 0)
        machine.advance((n + 1) * S)
        assert machine.pressure_pa((n + 1) * S) == pytest.approx((n + 1) * step_pa, rel=0.02)
        assert machine.truth[-1].volume_nl == pytest.approx(0, abs=1e-6)


def test_a_half_blocked_needle_resists_twice_as_much_and_stays_so_for_a_new_needle() -> None:
    machine = gun()
    before = machine.fluid.resistance_pa_s_per_nl
    machine.blocked_permille = 500
    assert machine.blocked_permille == 500
    assert machine.fluid.resistance_pa_s_per_nl == pytest.approx(2 * before)
    machine.fit(4000, 108, 1, 12_060, 5_000_000)
    assert machine.fluid.resistance_pa_s_per_nl == pytest.approx(
        2 * needle_resistance(4000, 108, 1000, 1)
    )


def test_the_residual_pressure_decays_with_resistance_times_compliance() -> None:
    machine = primed()
    machine.stroke(0, 1500, 10_000, 500_000, 0)
    machine.advance(machine.deadline_ns)
    end_ns = machine.deadline_ns
    machine.advance(end_ns)
    machine.advance(machine.deadline_ns)
    rest_ns = machine.plunger._at_ns
    tau_s = machine.fluid.resistance_pa_s_per_nl * machine.fluid.compliance_nl_per_pa
    start_pa = machine.pressure_pa(rest_ns)
    for after_ns in (10 * MS, 50 * MS, 200 * MS):
        expected = start_pa * exp(-after_ns / S / tau_s)
        assert machine.pressure_pa(rest_ns + after_ns) == pytest.approx(expected, abs=1)


def test_a_reading_between_events_changes_nothing() -> None:
    machine = primed()
    machine.stroke(0, 1500, 10_000, 500_000, 0)
    at_ns = machine.deadline_ns + 3 * MS
    machine.advance(at_ns)
    state = (machine.fluid.pressure_pa, machine.fluid.out_nl, machine.plunger.content_nl)
    assert machine.pressure_pa(at_ns) > machine.fluid.pressure_pa
    assert machine.measured_nl(at_ns) > 0
    assert state == (machine.fluid.pressure_pa, machine.fluid.out_nl, machine.plunger.content_nl)


@pytest.mark.parametrize("blocked", [0, 1000])
def test_the_instant_at_which_the_pressure_passes_a_level_is_known_beforehand(blocked: int) -> None:
    machine = primed()
    machine.blocked_permille = blocked
    assert machine.pressure_reaches_ns(10_000) == NEVER_NS
    machine.stroke(0, 1500, 10_000, 500_000, 0)
    machine.advance(machine.deadline_ns)
    at_ns = machine.pressure_reaches_ns(12_000)
    assert machine.plunger.pressure_pa(at_ns - 1000) < 12_000 <= machine.plunger.pressure_pa(at_ns)
    assert machine.pressure_reaches_ns(10**9) == NEVER_NS
    assert machine.pressure_reaches_ns(-1) <= at_ns


def test_a_level_that_the_flow_cannot_hold_is_never_reached() -> None:
    fluid = Fluid(0.2, 0.25)
    assert fluid.seconds_to(30_000, 0.0, 100_000.0) == inf
    assert fluid.seconds_to(10_000, 10_000.0, 100_000.0) == 0.0


@pytest.mark.req("DOS-11")
def test_an_empty_syringe_ends_the_push_early_and_gives_no_more() -> None:
    machine = primed()
    machine.plunger.content_nl = 3000.0
    machine.stroke(0, 1500, 5000, 250_000, 0)
    machine.advance(S)
    step_nl = machine.plunger.step_um * machine.plunger.area_nl_per_um
    assert machine.plunger.content_nl == pytest.approx(0, abs=1e-3)
    assert machine.measured_nl(S) == pytest.approx(3000, abs=step_nl)
    machine.stroke(S, 1500, 5000, 250_000, 0)
    machine.advance(2 * S)
    assert machine.measured_nl(2 * S) == 0


@pytest.mark.req("STP-06")
def test_a_cut_relieves_the_pressure_and_the_encoder_tells_what_truly_left() -> None:
    machine = primed()
    machine.stroke(0, 1500, 40_000, 250_000, 0)
    machine.cut(80 * MS)
    assert machine.phase == Phase.BACK
    assert machine.pressure_pa(80 * MS) == 0
    machine.settle(2 * S)
    step_nl = machine.plunger.step_um * machine.plunger.area_nl_per_um
    assert machine.measured_nl(2 * S) == pytest.approx(machine.truth[-1].volume_nl, abs=step_nl)
    assert 0 < machine.truth[-1].volume_nl < 40_000
    values = machine.unit_values(2 * S)
    assert values[1] > 0
    assert values[2] == 0
    machine.cut(2 * S)
    assert machine.phase == Phase.REST


def test_a_slipping_screw_gives_less_and_the_encoder_sees_it() -> None:
    machine = primed()
    machine.slip_permille = 200
    assert machine.slip_permille == 200
    machine.stroke(0, 1500, 10_000, 250_000, 0)
    machine.advance(S)
    assert machine.measured_nl(S) == pytest.approx(8000, abs=60)
    machine.slip_permille = 1000
    machine.stroke(S, 1500, 10_000, 250_000, 0)
    machine.advance(2 * S)
    assert machine.measured_nl(2 * S) == 0


def test_a_wrong_syringe_gives_another_volume_than_drive_and_encoder_believe() -> None:
    machine = gun()
    machine.fit(4000, 159, 1, 14_500, 10_000_000, drive_bore_um=12_060)
    machine.stroke(0, 0, 50_000, 200_000, 0)
    machine.advance(10 * S)
    machine.stroke(10 * S, 1500, 10_000, 250_000, 0)
    machine.settle(20 * S)
    assert machine.measured_nl(20 * S) == pytest.approx(10_000, abs=40)
    ratio = (14_500 / 12_060) ** 2
    assert machine.truth[-1].volume_nl == pytest.approx(10_000 * ratio, rel=0.01)


def test_contact_lost_while_delivering_is_wet_skin_and_the_truth_says_so() -> None:
    machine = primed()
    machine.stroke(0, 1500, 20_000, 250_000, 0)
    machine.advance(40 * MS)
    assert machine.phase == Phase.DELIVER
    assert machine.truth[-1].on_skin
    machine.set_contact(40 * MS, 0)
    assert not machine.truth[-1].on_skin
    assert machine.fluid.outside_pa == 0
    assert machine.contact_mn(41 * MS) == 0
    machine.set_contact(41 * MS, 5000)
    assert not machine.truth[-1].on_skin, "lost once is lost"


def test_a_pen_without_a_plunger_has_neither_pressure_nor_volume() -> None:
    pen = gun("needling-pen")
    pen.train(0, 1000, 5, 100_000)
    pen.cut(3 * MS)
    pen.settle(S)
    assert pen.pressure_pa(S) == 0
    assert pen.measured_nl(S) == 0
    assert pen.truth[0].volume_nl == 0
    assert pen.unit_values(S)[4:] == (0, 0)


def test_the_area_of_a_bore_is_a_circle() -> None:
    assert nl_per_um(1000) == pytest.approx(pi / 4)
