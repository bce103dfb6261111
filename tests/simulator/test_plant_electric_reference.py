"""Current, voltage and charge in closed form against a general solver and against arithmetic."""

from dataclasses import dataclass
from math import exp
from typing import NamedTuple

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from mesodrive_simulator.plant.electric_model import ElectricModel
from mesodrive_simulator.plant.electric_skin import CLOSE_TAU_S, HALF_UA_CM2, OPEN_TAU_S
from mesodrive_simulator.plant.output_stage import AVERAGED_BELOW_NS
from mesodrive_simulator.plant.segment import NO_TIME, Segment
from mesodrive_simulator.plant.transdermal import TransdermalPlant
from mesodrive_simulator.sim_profile import load_profile

MS = 1_000_000
S = 1_000_000_000
NEVER_NS = (1 << 62) - 1
AREA_MM2 = 800
AREA_CM2 = 8.0


def plant_on_skin(seed: int = 1, **numbers: int) -> TransdermalPlant:
    model = ElectricModel(**numbers)
    plant = TransdermalPlant(load_profile("nappage-gun"), seed=seed, model=model, area_mm2=AREA_MM2)
    plant.set_contact(0, 1000)
    plant.begin_unit(0)
    return plant


def drive(plant: TransdermalPlant, now_ns: int, level_ua: int, slew_ua_s: float) -> None:
    plant.drive(now_ns, level_ua, slew_ua_s, 40_000_000, 0, 0, 1000, zero_mean=False)


@dataclass(frozen=True)
class Course:
    """A general solver's answer at the same instants."""

    voltage_v: np.ndarray
    charge_uc: np.ndarray


def reference(plant: TransdermalPlant, at_s: np.ndarray, level_ua: float, ramp_s: float) -> Course:
    """Integrate the equations of the skin as they stand, the clamp as a bound of the current."""
    farad = plant.model.skin_cp_nf_cm2 * 1e-9 * AREA_CM2
    series_ohm = plant.model.skin_rs_ohm_cm2 / AREA_CM2
    rest_ohm = plant.model.skin_rp_ohm_cm2 * plant.skin.place_part / AREA_CM2

    def current_a(t_s: float, barrier_v: float) -> float:
        ramp_a = level_ua * 1e-6 * min(1.0, t_s / ramp_s)
        return min(ramp_a, (40.0 - barrier_v) / series_ohm)

    def slopes(t_s: float, state: np.ndarray) -> list[float]:
        barrier_v, opening, _ = state
        flowing_a = current_a(t_s, barrier_v)
        end = 1 / (1 + flowing_a * 1e6 / AREA_CM2 / HALF_UA_CM2)
        tau_s = OPEN_TAU_S if opening > end else CLOSE_TAU_S
        return [
            (flowing_a - barrier_v / (rest_ohm * opening)) / farad,
            (end - opening) / tau_s,
            flowing_a * 1e6,
        ]

    solved = solve_ivp(
        slopes, (0.0, at_s[-1]), [0.0, 1.0, 0.0], method="LSODA", t_eval=at_s, rtol=1e-8,
        atol=[1e-7, 1e-10, 1e-5], max_step=0.05,
    )  # fmt: skip
    barrier_v, _, charge_uc = solved.y
    flowing_a = np.array([current_a(t, v) for t, v in zip(at_s, barrier_v, strict=True)])
    return Course(barrier_v + flowing_a * series_ohm, charge_uc)


@pytest.mark.parametrize(
    ("rp_ohm_cm2", "ramp_s", "is_clamped"),
    [(60_000, 5, False), (100_000, 30, False), (130_000, 5, True)],
)
def test_voltage_and_charge_agree_with_a_general_solver(
    rp_ohm_cm2: int, ramp_s: int, is_clamped: bool
) -> None:
    plant = plant_on_skin(skin_rp_ohm_cm2=rp_ohm_cm2)
    at_s = np.arange(0.01, 60, 0.05)
    course = reference(plant, at_s, 4000, ramp_s)
    drive(plant, 0, 4000, 4000 / ramp_s)
    voltages, charges, clamped = [], [], False
    for t_s in at_s:
        now_ns = round(t_s * S)
        plant.advance(now_ns)
        clamped = clamped or plant.stage.is_clamped
        voltages.append(plant.voltage_uv(now_ns) / 1e6)
        charges.append(plant.flowed_uc(now_ns))
    assert clamped is is_clamped
    assert voltages == pytest.approx(course.voltage_v, rel=1e-3, abs=1e-3)
    assert charges == pytest.approx(course.charge_uc, rel=1e-3, abs=0.02)


def test_charge_of_twenty_minutes_at_one_milliampere_is_that_of_the_trapezoid() -> None:
    plant = plant_on_skin()
    drive(plant, 0, 1000, 1000 / 30)
    plant.advance(1170 * S)
    drive(plant, 1170 * S, 0, 1000 / 30)
    plant.advance(1201 * S)
    plant.settle(1201 * S)
    assert plant.home(1201 * S)
    assert plant.truth[-1].charge_nc == pytest.approx(1_170_000_000, rel=1e-6)
    assert plant.charge_uc(1201 * S) == 1_170_000


def test_the_capacitance_is_charged_with_its_own_time_constant() -> None:
    plant = plant_on_skin()
    load = plant.path.load(0)
    drive(plant, 0, 100, 1e9)
    for t_ms in (1, 2, 5, 20):
        plant.advance(t_ms * MS)
        part = 1 - exp(-t_ms / 1000 / load.tau_s)
        expected_uv = 100 * (load.series_ohm + load.barrier_ohm * part)
        assert plant.voltage_uv(t_ms * MS) == pytest.approx(expected_uv, rel=1e-3)


def test_a_load_that_changes_under_a_clamp_passes_the_integral_of_volts_by_ohms() -> None:
    segment = Segment(0.0, 0.0, 10_000.0, -500.0, 100.0, 0.0, 0.0, 40e6, 1.0)
    steps = np.linspace(0, 10, 100_001)
    exact = np.trapezoid(40e6 / (10_000 - 500 * steps), steps)
    assert segment.charge_uc(10.0) == pytest.approx(exact, rel=1e-8)
    assert segment.charge_s(segment.charge_uc(7.0)) == pytest.approx(7.0)
    level = segment._replace(ohm_per_s=0.0)
    assert level.charge_uc(10.0) == pytest.approx(40_000)
    assert level.charge_s(40_000) == pytest.approx(10.0)


def test_a_ramp_that_falls_never_delivers_more_than_it_holds() -> None:
    falling = Segment(1000.0, -100.0, 1000.0, 0.0, 100.0, 0.0, 0.0, 0.0, 1.0)
    assert falling.charge_s(5000.0) == pytest.approx(10.0)
    assert falling.charge_s(5001.0) == NO_TIME
    assert falling.charge_s(0.0) == 0.0
    assert falling._replace(level_ua=0.0, rate_ua_s=0.0).charge_s(1.0) == NO_TIME
    assert falling._replace(duty=0.0).charge_s(1.0) == NO_TIME


def test_the_voltage_meets_its_clamp_where_the_parabola_does() -> None:
    rising = Segment(0.0, 100.0, 1000.0, -10.0, 100.0, 0.0, 0.0, 0.0, 1.0)
    at_s = rising.meets_s(400_000)
    assert rising.current_ua(at_s) * (1000 - 10 * at_s) == pytest.approx(400_000)
    assert rising.meets_s(10_000_000) == NO_TIME  # the load falls sooner than the current rises
    assert rising._replace(rate_ua_s=0.0).meets_s(1.0) == NO_TIME


def test_energy_is_that_of_power_over_time() -> None:
    plant = plant_on_skin(skin_cp_nf_cm2=0)
    drive(plant, 0, 2000, 1000.0)
    at_s = np.arange(0, 10.001, 0.01)
    power_uw = []
    for t_s in at_s:
        plant.advance(round(t_s * S))
        power_uw.append(plant.current_ua(round(t_s * S)) * plant.voltage_uv(round(t_s * S)) / 1e6)
    assert plant.energy_uj(10 * S) == pytest.approx(np.trapezoid(power_uw, at_s), rel=1e-3)


class Resolved(NamedTuple):
    """One second of a gated square carrier, half wave by half wave."""

    charge_uc: float
    energy_uj: float
    peak_v: float
    """Of the last two half waves with current, their mean: what is stored beside cancels out."""


def resolved_second(
    plant: TransdermalPlant, level_ua: int, carrier_hz: int, gate_hz: int, duty: float
) -> Resolved:
    """Follow the barrier through every half wave and every gap of one second, exactly."""
    farad = plant.model.skin_cp_nf_cm2 * 1e-9 * AREA_CM2
    series_ohm = plant.model.skin_rs_ohm_cm2 / AREA_CM2
    rest_ohm = plant.model.skin_rp_ohm_cm2 * plant.skin.place_part / AREA_CM2
    half_s, level_a = 1 / (2 * carrier_hz), level_ua * 1e-6
    barrier_v, opening, charge_uc, energy_uj = 0.0, 1.0, 0.0, 0.0
    peaks_v: list[float] = []
    for step in range(2 * carrier_hz):
        flows = (step * half_s * gate_hz + 1e-9) % 1 < duty
        flowing_a = (level_a if step % 2 == 0 else -level_a) if flows else 0.0
        ohm = rest_ohm * opening
        settled_v, decays = flowing_a * ohm, exp(-half_s / (ohm * farad))
        mean_v = settled_v + (barrier_v - settled_v) * (1 - decays) * ohm * farad / half_s
        barrier_v = settled_v + (barrier_v - settled_v) * decays
        charge_uc += abs(flowing_a) * half_s * 1e6
        energy_uj += flowing_a * (flowing_a * series_ohm + mean_v) * half_s * 1e6
        if flows:
            peaks_v.append(abs(flowing_a * series_ohm + barrier_v))
        end = 1 / (1 + abs(flowing_a) * 1e6 / AREA_CM2 / HALF_UA_CM2)
        tau_s = OPEN_TAU_S if opening > end else CLOSE_TAU_S
        opening = end + (opening - end) * exp(-half_s / tau_s)
    return Resolved(charge_uc, energy_uj, sum(peaks_v[-2:]) / 2)


@pytest.mark.parametrize(
    ("carrier_hz", "gate_hz", "duty_permille"),
    [(1_000, 100, 400), (1_000, 5, 300), (10_000, 200, 500), (2_000, 1, 900)],
)
def test_a_carrier_averaged_in_its_gate_is_that_of_one_fully_resolved_second(
    carrier_hz: int, gate_hz: int, duty_permille: int
) -> None:
    plant = plant_on_skin()
    exact = resolved_second(plant, 2_000, carrier_hz, gate_hz, duty_permille / 1000)
    plant.drive(
        0, 2_000, 1e9, 40_000_000, carrier_hz, gate_hz * 1000, duty_permille, zero_mean=True
    )
    last_ns = S - round((1 - duty_permille / 1000) * S / gate_hz) - MS
    plant.advance(last_ns)
    volts = plant.voltage_uv(last_ns) / 1e6
    plant.advance(S)
    assert plant.flowed_uc(S) == pytest.approx(exact.charge_uc, rel=1e-4)
    assert volts == pytest.approx(exact.peak_v, rel=2e-2)
    if S // gate_hz >= AVERAGED_BELOW_NS:  # else what each gate stores anew makes more of it
        assert plant.energy_uj(S) == pytest.approx(exact.energy_uj, rel=0.1)
