"""Vacuum and exfoliation, measuring, keys and sensors of the simulated transdermal unit."""

from dataclasses import replace

import pytest

from mesodrive_protocol.enums import Phase
from mesodrive_simulator.plant.electric_model import OPEN_OHM, ElectricModel, electric_model
from mesodrive_simulator.plant.electric_truth import TRUTH_UNITS_MAX, ElectricTruth, keep
from mesodrive_simulator.plant.transdermal import TransdermalPlant
from mesodrive_simulator.sim_profile import load_profile

MS = 1_000_000
S = 1_000_000_000
NEVER_NS = (1 << 62) - 1
MODEL = ElectricModel(
    vacuum_rise_us=200_000, electronics_rise_mc=8000, thermal_tau_us=600_000_000,
    supply_uv=9_000_000,
)  # fmt: skip


def unit(seed: int = 1) -> TransdermalPlant:
    plant = TransdermalPlant(load_profile("nappage-gun"), seed=seed, model=MODEL, area_mm2=800)
    plant.set_contact(0, 1000)
    plant.begin_unit(0)
    return plant


def test_a_pass_sucks_dwells_lets_air_in_and_rests() -> None:
    plant = unit()
    plant.suck(0, 20_000, 300_000)
    seen = []
    while plant.deadline_ns < NEVER_NS:
        at_ns = plant.deadline_ns
        seen.append((plant.phase, at_ns // MS, plant.vacuum_pa(at_ns)))
        plant.advance(at_ns)
    assert seen == [
        (Phase.OUT, 200, 20_000), (Phase.DELIVER, 500, 20_000), (Phase.BACK, 700, 0),
    ]  # fmt: skip
    assert plant.phase == Phase.REST
    assert plant.home(700 * MS)
    plant.settle(S)
    assert plant.truth[-1].vacuum_pa == 20_000
    assert plant.truth[-1].charge_nc == 0


def test_a_dwell_says_how_much_of_it_is_left() -> None:
    plant = unit()
    plant.suck(0, 20_000, 300_000)
    assert plant.remaining_ns(100 * MS) == 0
    plant.advance(300 * MS)
    assert plant.remaining_ns(300 * MS) == 200 * MS


def test_each_pass_takes_its_part_of_the_barrier() -> None:
    plant = unit()
    ohms = [plant.measure(0, 10)]
    for number in range(2):
        plant.suck(number * S, 20_000, 300_000)
        plant.advance((number + 1) * S)
        ohms.append(plant.measure((number + 1) * S, 10))
    assert ohms[1] == pytest.approx(0.75 * ohms[0], rel=0.02)
    assert ohms[2] == pytest.approx(0.75 * ohms[1], rel=0.02)
    assert plant.skin.horny_left == pytest.approx(0.5625)
    plant.fresh_skin(3 * S)
    assert plant.skin.horny_left == 1.0


def test_a_pass_that_is_cut_lets_air_in_and_takes_nothing() -> None:
    plant = unit()
    plant.suck(0, 20_000, 300_000)
    plant.cut(100 * MS)
    assert plant.phase == Phase.BACK
    assert plant.vacuum_pa(100 * MS) == 10_000
    plant.advance(S)
    assert plant.phase == Phase.REST
    assert plant.skin.horny_left == 1.0
    plant.suck(S, 20_000, 300_000)
    plant.cut(S + 300 * MS)
    plant.cut(S + 301 * MS)
    plant.advance(2 * S)
    assert plant.phase == Phase.REST
    assert plant.skin.horny_left == 1.0


def test_a_head_off_the_skin_or_with_a_worn_seal_reaches_less() -> None:
    plant = unit()
    plant.set_contact(0, 0)
    plant.suck(0, 20_000, 300_000)
    plant.advance(300 * MS)
    assert plant.vacuum_pa(300 * MS) == 2000
    plant.settle(S)
    assert plant.truth[-1].vacuum_pa == 2000
    assert plant.skin.horny_left == 1.0
    plant.set_contact(S, 1000)
    plant.set_faults(S, replace(plant.faults, vacuum_leak_permille=300))
    plant.suck(S, 20_000, 300_000)
    plant.advance(S + 300 * MS)
    assert plant.vacuum_pa(S + 300 * MS) == 14_000


def test_a_head_that_is_lifted_in_its_dwell_loses_all_vacuum() -> None:
    plant = unit()
    plant.suck(0, 20_000, 300_000)
    plant.set_contact(300 * MS, 0)
    assert plant.vacuum_pa(300 * MS) == 0
    plant.advance(S)
    assert plant.phase == Phase.REST
    assert plant.skin.horny_left == 1.0


def test_vacuum_by_hand_rises_and_falls_in_its_time() -> None:
    plant = unit()
    plant.set_vacuum(0, 10_000)
    assert plant.vacuum_pa(100 * MS) == 5000
    plant.set_vacuum(100 * MS, 0)
    assert plant.vacuum_pa(200 * MS) == 2500
    assert plant.vacuum_pa(300 * MS) == 0
    assert plant.deadline_ns == NEVER_NS


def test_all_outputs_off_ends_a_pass() -> None:
    plant = unit()
    plant.suck(0, 20_000, 300_000)
    plant.advance(300 * MS)
    plant.outputs_off(300 * MS)
    assert plant.phase == Phase.REST
    assert plant.vacuum_pa(500 * MS) == 0


def test_impedance_falls_with_the_carrier_to_the_series_resistance() -> None:
    plant = unit()
    load = plant.path.load(0)
    ohms = [plant.measure(0, hz) for hz in (1, 1000, 10_000, 100_000)]
    assert ohms == sorted(ohms, reverse=True)
    assert ohms[0] == pytest.approx(load.series_ohm + load.barrier_ohm, rel=0.01)
    assert ohms[-1] == pytest.approx(load.series_ohm, rel=0.2)
    plant.set_contact(0, 0)
    assert plant.measure(0, 10_000) == OPEN_OHM


def test_sensors_show_what_they_are_made_to_show() -> None:
    plant = unit()
    assert plant.contact_mn(0) == 1000
    plant.contact_override = 5
    assert plant.contact_mn(0) == 5
    assert plant.temperature_mc(0) == 23_000
    assert plant.temperature_mc(3600 * S) == pytest.approx(31_000, abs=30)
    plant.supply_drop_uv = 2_000_000
    assert plant.supply_uv(0) == 7_000_000
    plant.home_stuck = False
    assert not plant.home(0)
    plant.set_trigger(0, True)
    plant.set_stop_key(0, True)
    assert plant.trigger
    assert plant.stop_key


@pytest.mark.parametrize("name", ["ionto-unit", "burst-unit", "pulse-unit"])
def test_a_plant_takes_its_numbers_from_the_profile(name: str) -> None:
    profile = load_profile(name)
    plant = TransdermalPlant(profile, seed=1)
    assert plant.model == electric_model(profile)
    assert plant.skin.rs_ohm_cm2 == plant.model.skin_rs_ohm_cm2 > 0
    assert plant.supply_uv(0) == profile.supply_uv


def test_no_electrode_of_any_area_conducts_nothing() -> None:
    plant = TransdermalPlant(load_profile("nappage-gun"), seed=1, model=MODEL)
    plant.set_contact(0, 1000)
    assert plant.measure(0, 10_000) == OPEN_OHM
    plant.fit(800)
    assert plant.measure(0, 10_000) < OPEN_OHM


def test_the_kept_truth_is_bounded() -> None:
    truth = [ElectricTruth(number, on_skin=True) for number in range(TRUTH_UNITS_MAX)]
    keep(truth, ElectricTruth(7, on_skin=True))
    assert len(truth) == TRUTH_UNITS_MAX // 2 + 1
    assert truth[-1].begun_ns == 7
