"""High-voltage pulses of the simulated unit: charge, energy, skin, and what ends them early."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from mesodrive_protocol.enums import Phase
from mesodrive_simulator.plant.electric_model import ElectricModel
from mesodrive_simulator.plant.pulse_limb import BY_ENERGY, BY_LIMIT, BY_WIDTH
from mesodrive_simulator.plant.transdermal import TransdermalPlant
from mesodrive_simulator.sim_profile import load_profile

US = 1_000
MS = 1_000_000
S = 1_000_000_000
NEVER_NS = (1 << 62) - 1
VOLT_UV = 100_000_000
CAP_UA = 1_200_000
ENERGY_UJ = 300_000


def plant_on_skin(seed: int = 1, **numbers: int) -> TransdermalPlant:
    model = ElectricModel(electrode_ohm=50, **numbers)
    plant = TransdermalPlant(load_profile("nappage-gun"), seed=seed, model=model, area_mm2=400)
    plant.set_contact(0, 1000)
    return plant


def give(
    plant: TransdermalPlant,
    now_ns: int = 0,
    *,
    width_us: int = 1000,
    voltage_uv: int = VOLT_UV,
    cap_ua: int = CAP_UA,
    energy_uj: int = ENERGY_UJ,
    biphasic: bool = False,
) -> None:
    plant.begin_unit(now_ns)
    plant.pulse(now_ns, width_us, voltage_uv, cap_ua, energy_uj, biphasic=biphasic)


def finish(plant: TransdermalPlant, now_ns: int = 20 * MS) -> tuple[int, int, int, int, int]:
    plant.settle(now_ns)
    assert plant.phase == Phase.REST
    assert plant.home(now_ns)
    return plant.pulse_measured()


@pytest.mark.parametrize("cap_ua", [200_000, 1_200_000])
@pytest.mark.parametrize("biphasic", [False, True])
def test_charge_and_energy_agree_with_a_general_solver(cap_ua: int, biphasic: bool) -> None:
    plant = plant_on_skin()
    load = plant.path.load(0)
    state, begun_s = [0.0, 0.0, 0.0], 0.0
    for sign, span_s in ((1, 5e-4), (-1, 5e-4)) if biphasic else ((1, 1e-3),):

        def current_a(barrier_v: float, sign: int = sign) -> float:
            free_a = (sign * 100 - barrier_v) / load.series_ohm
            return min(max(free_a, -cap_ua / 1e6), cap_ua / 1e6)

        def slopes(_t_s: float, y: np.ndarray) -> list[float]:
            flowing_a = current_a(y[0])
            out_v = y[0] + flowing_a * load.series_ohm
            barrier_a = flowing_a - y[0] / load.barrier_ohm
            return [barrier_a / load.farad, abs(flowing_a) * 1e6, out_v * flowing_a * 1e6]

        solved = solve_ivp(
            slopes, (begun_s, begun_s + span_s), state, method="LSODA", rtol=1e-9,
            atol=[1e-6, 1e-6, 1e-4], max_step=1e-6,
        )  # fmt: skip
        state, begun_s = list(solved.y[:, -1]), begun_s + span_s
    give(plant, cap_ua=cap_ua, biphasic=biphasic)
    finish(plant)
    assert plant.truth[-1].charge_nc == pytest.approx(state[1] * 1000, rel=1e-3)
    assert plant.truth[-1].energy_uj == pytest.approx(state[2], rel=1e-3)


def test_a_pulse_runs_by_itself_and_rests_after_its_discharge() -> None:
    plant = plant_on_skin()
    give(plant)
    assert plant.phase == Phase.DELIVER
    assert plant.deadline_ns == MS
    assert plant.remaining_ns(300 * US) == 700 * US
    assert plant.voltage_uv(300 * US) == VOLT_UV
    assert plant.current_ua(1 * US) > plant.current_ua(300 * US) > 0
    assert not plant.home(300 * US)
    plant.advance(MS)
    assert plant.phase == Phase.BACK
    assert plant.remaining_ns(MS) == 0
    assert (plant.voltage_uv(MS), plant.current_ua(MS)) == (0, 0)
    plant.advance(2 * MS)
    assert plant.phase == Phase.REST
    assert plant.deadline_ns == NEVER_NS
    charge_uc, peak_ua, peak_uv, energy_uj, width_us = plant.pulse_measured()
    assert (peak_uv, width_us) == (VOLT_UV, 1000)
    assert charge_uc == plant.charge_uc(2 * MS) > 0
    assert energy_uj == plant.energy_uj(2 * MS) <= 100**2 / 500 * 1000
    assert (peak_ua, peak_uv) == (plant.peak_ua(2 * MS), plant.peak_uv(2 * MS))
    assert plant.pulse_ended_by() == BY_WIDTH


def test_a_biphasic_pulse_goes_half_each_way_and_its_sign_may_be_the_other() -> None:
    plant = plant_on_skin()
    give(plant, voltage_uv=-VOLT_UV, biphasic=True)
    assert plant.voltage_uv(200 * US) == -VOLT_UV
    assert plant.current_ua(200 * US) < 0
    assert plant.voltage_uv(700 * US) == VOLT_UV
    assert plant.current_ua(700 * US) > 0
    assert finish(plant)[4] == 1000
    assert plant.truth[-1].pulses == 1


def test_measured_charge_is_never_above_the_limit_times_the_width() -> None:
    for width_us in (100, 1000, 10_000):
        plant = plant_on_skin()
        give(plant, width_us=width_us, cap_ua=150_000)
        charge_uc, peak_ua, *_ = finish(plant)
        assert charge_uc <= 150_000 * width_us / 1e6
        assert peak_ua <= 150_000


def test_pulses_open_the_skin_for_seconds_and_strong_ones_for_long() -> None:
    plant = plant_on_skin()
    rested_ohm = plant.measure(0, 10)
    give(plant, width_us=5000)
    finish(plant)
    after_ohm = plant.measure(20 * MS, 10)
    assert after_ohm < rested_ohm * 0.5
    assert plant.measure(15 * S, 10) == pytest.approx(rested_ohm, rel=0.01)
    now_ns = 20 * S
    for _ in range(100):
        give(plant, now_ns, width_us=10_000, voltage_uv=200_000_000, energy_uj=10**7)
        now_ns += S
        plant.advance(now_ns)
    assert plant.measure(now_ns + 60 * S, 10) < rested_ohm * 0.8
    assert plant.measure(now_ns + 3 * 3600 * S, 10) == pytest.approx(rested_ohm, rel=0.02)


def test_a_current_after_a_pulse_finds_the_skin_recovering() -> None:
    plant = plant_on_skin()
    give(plant, width_us=5000)
    finish(plant)
    plant.drive(20 * MS, 10, 1e6, 40_000_000, 0, 0, 1000, zero_mean=False)
    ohms = []
    for tenth in range(1, 60):
        plant.advance(tenth * 100 * MS)
        ohms.append(plant.load_ohm(tenth * 100 * MS))
    assert ohms == sorted(ohms)
    assert ohms[-1] > 2 * ohms[0]


def test_the_driver_opens_when_the_energy_is_spent() -> None:
    plant = plant_on_skin()
    give(plant)
    whole_uj = finish(plant)[3]
    for biphasic in (False, True):
        plant = plant_on_skin()
        give(plant, energy_uj=whole_uj * 3 // 4, biphasic=biphasic)
        _, _, _, energy_uj, width_us = finish(plant)
        assert energy_uj == pytest.approx(whole_uj * 3 // 4, abs=1)
        assert width_us < 1000
        assert plant.pulse_ended_by() == BY_ENERGY


@pytest.mark.parametrize("biphasic", [False, True])
def test_an_arc_is_cut_after_a_tenth_of_a_millisecond(biphasic: bool) -> None:
    plant = plant_on_skin()
    plant.set_faults(0, replace(plant.faults, arc=True))
    give(plant, biphasic=biphasic)
    _, peak_ua, _, energy_uj, width_us = finish(plant)
    assert (peak_ua, width_us) == (CAP_UA, 100)
    assert energy_uj < 1000
    assert plant.pulse_ended_by() == BY_LIMIT


def test_a_short_is_an_arc_to_the_driver() -> None:
    plant = plant_on_skin()
    plant.set_faults(0, replace(plant.faults, shorted=True))
    give(plant)
    assert finish(plant)[4] == 100
    assert plant.pulse_ended_by() == BY_LIMIT


def test_a_pulse_shorter_than_the_arc_time_shows_that_it_never_left_the_limit() -> None:
    plant = plant_on_skin()
    plant.set_faults(0, replace(plant.faults, shorted=True))
    give(plant, width_us=60)
    assert finish(plant)[4] == 60
    assert plant.pulse_ended_by() == BY_LIMIT


def test_a_pulse_into_an_open_path_has_voltage_and_nothing_else() -> None:
    plant = plant_on_skin()
    plant.set_faults(0, replace(plant.faults, open_electrode=True, arc=True))
    give(plant, biphasic=True)
    assert finish(plant) == (0, 0, VOLT_UV, 0, 1000)
    assert not plant.truth[-1].on_skin


@pytest.mark.req("DOS-09")
@pytest.mark.req("STP-04")
@pytest.mark.parametrize("biphasic", [False, True])
def test_a_stuck_switch_is_opened_by_the_one_shot_only(biphasic: bool) -> None:
    plant = plant_on_skin()
    plant.set_faults(0, replace(plant.faults, switch_stuck=True))
    give(plant, biphasic=biphasic)
    plant.advance(500 * US)
    plant.cut(500 * US)
    assert plant.phase == Phase.DELIVER
    assert plant.deadline_ns == 1200 * US  # a tenth more than its width, and 100 us
    assert finish(plant)[4] == 1200


def test_the_relay_ends_even_a_stuck_pulse() -> None:
    plant = plant_on_skin()
    plant.set_faults(0, replace(plant.faults, switch_stuck=True))
    give(plant)
    plant.outputs_off(500 * US)
    assert finish(plant)[4] == 500


def test_a_wrong_width_shows_in_the_measured_one_and_the_one_shot_bounds_it() -> None:
    widths = []
    for permille in (500, 1150, 3000):
        plant = plant_on_skin()
        plant.set_faults(0, replace(plant.faults, width_permille=permille))
        give(plant)
        widths.append(finish(plant)[4])
    assert widths == [500, 1150, 1200]


def test_a_second_pulse_that_nobody_commanded_doubles_what_is_measured() -> None:
    plant = plant_on_skin()
    give(plant)
    charge_uc = finish(plant)[0]
    plant = plant_on_skin()
    plant.set_faults(0, replace(plant.faults, double_pulse=True))
    give(plant)
    assert plant.current_ua(1100 * US) == 0
    assert plant.current_ua(1300 * US) > 0
    twice_uc, _, _, _, width_us = finish(plant)
    assert width_us == 2000
    assert twice_uc == pytest.approx(2 * charge_uc, abs=1)
    assert plant.truth[-1].pulses == 2


def test_a_cut_between_the_two_prevents_the_second() -> None:
    plant = plant_on_skin()
    plant.set_faults(0, replace(plant.faults, double_pulse=True))
    give(plant)
    plant.cut(1100 * US)
    assert finish(plant)[4] == 1000
    assert plant.truth[-1].pulses == 1


def test_a_cut_ends_a_pulse_at_once() -> None:
    plant = plant_on_skin()
    give(plant, biphasic=True)
    plant.cut(200 * US)
    assert plant.phase == Phase.BACK
    assert plant.voltage_uv(200 * US) == 0
    assert finish(plant)[4] == 200


def test_the_next_unit_forgets_the_pulse_before() -> None:
    plant = plant_on_skin()
    give(plant)
    finish(plant)
    plant.begin_unit(S)
    assert plant.pulse_measured() == (0, 0, 0, 0, 0)
    assert plant.pulse_ended_by() == BY_WIDTH
    assert plant.truth[0].ended_ns == 2 * MS


def test_looking_into_a_pulse_changes_nothing() -> None:
    plant, other = plant_on_skin(), plant_on_skin()
    give(plant, biphasic=True)
    give(other, biphasic=True)
    for now_ns in range(0, 3 * MS, 7 * US):
        plant.settle(now_ns)
    assert finish(plant) == finish(other)
    assert plant.truth[-1].charge_nc == other.truth[-1].charge_nc
