"""What goes wrong at the electrode, and that nothing depends on when somebody looks."""

from itertools import pairwise
from random import Random

import pytest

from mesodrive_protocol.enums import Phase
from mesodrive_simulator.plant.electric_model import OPEN_OHM, ElectricFaults
from support.electric_plants import (
    CAP_UV,
    MS,
    NEVER_NS,
    S,
    break_now,
    burst,
    direct,
    plant_on_skin,
    samples,
)


def test_an_open_lead_stops_the_current_at_the_clamps_voltage_and_it_comes_back_by_its_ramp() -> (
    None
):
    plant = plant_on_skin()
    direct(plant, 0, 1000, 1000.0)
    plant.advance(2 * S)
    break_now(plant, 2 * S, open_electrode=True)
    assert plant.current_ua(2 * S) == 0
    assert plant.voltage_uv(2 * S) == CAP_UV
    assert plant.load_ohm(2 * S) == OPEN_OHM
    assert plant.measure(2 * S, 10_000) == OPEN_OHM
    assert not plant.is_at_level(2 * S)
    assert plant.phase == Phase.DELIVER
    break_now(plant, 3 * S, open_electrode=False)
    assert plant.current_ua(3 * S) == 0
    plant.advance(3 * S + 500 * MS)
    assert plant.current_ua(3 * S + 500 * MS) == 500
    assert plant.load_ohm(3 * S + 500 * MS) < OPEN_OHM


def test_an_open_path_is_off_as_soon_as_it_is_cut() -> None:
    plant = plant_on_skin()
    direct(plant, 0, 1000, 1000.0)
    plant.set_cartridge(S, False)
    assert plant.load_ohm(S) == OPEN_OHM
    assert not plant.cartridge
    plant.cut(S)
    assert plant.phase == Phase.REST
    assert plant.home(S)


def test_an_electrode_that_is_lifted_conducts_nothing() -> None:
    plant = plant_on_skin()
    direct(plant, 0, 1000, 1000.0)
    plant.set_contact(S, 0)
    assert plant.load_ohm(S) == OPEN_OHM
    assert plant.contact_mn(S) == 0


def test_a_short_is_a_load_of_nearly_nothing_and_spares_the_skin() -> None:
    plant = plant_on_skin()
    break_now(plant, 0, shorted=True)
    direct(plant, 0, 1000, 1000.0)
    plant.advance(2 * S)
    assert plant.load_ohm(2 * S) == 5
    assert plant.current_ua(2 * S) == 1000
    plant.settle(2 * S)
    assert plant.truth[-1].density_ua_cm2 == 0


def test_lost_area_raises_density_and_load_alike() -> None:
    plant = plant_on_skin()
    direct(plant, 0, 1000, 1000.0)
    plant.advance(2 * S)
    whole_ohm = plant.load_ohm(2 * S)
    break_now(plant, 2 * S, area_permille=500)
    assert plant.load_ohm(2 * S) == pytest.approx(2 * whole_ohm, rel=0.01)
    plant.settle(2 * S)
    assert plant.truth[-1].density_ua_cm2 == pytest.approx(250.0)
    break_now(plant, 3 * S, area_permille=1000)
    assert plant.load_ohm(3 * S) == OPEN_OHM


def test_a_load_that_jumps_is_held_to_the_clamp_and_comes_back_by_its_ramp() -> None:
    plant = plant_on_skin(skin_rp_ohm_cm2=50_000)
    direct(plant, 0, 4000, 1000.0)
    plant.advance(5 * S)
    break_now(plant, 5 * S, area_permille=800)
    held_ua = plant.current_ua(5 * S)
    assert held_ua * plant.load_ohm(5 * S) == pytest.approx(CAP_UV, rel=1e-3)
    break_now(plant, 5 * S + MS, area_permille=0)
    seen = samples(plant, 5 * S + MS, 8 * S, 10 * MS)
    assert max(b - a for a, b in pairwise(seen)) <= 11
    assert seen[-1] == 4000


def test_an_intermittent_lead_breaks_and_joins_on_its_own() -> None:
    plant = plant_on_skin()
    break_now(plant, 0, intermittent_us=1_000_000, intermittent_open_us=100_000)
    assert plant.measure(0, 10_000) == OPEN_OHM
    direct(plant, 0, 100, 1000.0)
    seen = samples(plant, 50 * MS, 3 * S, 100 * MS)
    assert [i for i, ua in enumerate(seen) if ua == 0] == [0, 10, 20]
    assert seen[5] == 100


def test_a_drying_electrode_gains_resistance_all_the_time() -> None:
    plant = plant_on_skin()
    direct(plant, 0, 100, 1000.0)
    plant.advance(S)
    wet_ohm = plant.load_ohm(S)
    break_now(plant, S, dry_ohm_s=1000)
    plant.advance(11 * S)
    assert plant.load_ohm(11 * S) == pytest.approx(wet_ohm + 10_000, rel=0.2)


def test_a_leak_flows_through_an_output_that_is_off_and_is_no_proof_of_rest() -> None:
    plant = plant_on_skin()
    break_now(plant, 0, leak_ua=100)
    assert not plant.home(0)
    plant.settle(10 * S)
    assert plant.phase == Phase.REST
    assert plant.current_ua(10 * S) == 100
    assert plant.truth[-1].charge_nc == pytest.approx(1_000_000)
    plant.set_contact(10 * S, 0)
    assert plant.home(10 * S)
    plant.set_contact(11 * S, 1000)
    direct(plant, 11 * S, 1000, 1000.0)
    assert plant.current_ua(11 * S) == 0  # a ramp begins at zero all the same


def test_a_leak_through_an_intermittent_lead_stops_while_it_is_open() -> None:
    plant = plant_on_skin()
    break_now(plant, 0, leak_ua=100, intermittent_us=1_000_000, intermittent_open_us=500_000)
    plant.settle(10 * S)
    assert plant.truth[-1].charge_nc == pytest.approx(500_000)


def test_a_stuck_sensor_changes_what_is_seen_and_not_what_flows() -> None:
    plant = plant_on_skin()
    direct(plant, 0, 1000, 1e9)
    plant.advance(S)
    break_now(plant, S, sensor_stuck_ua=200)
    plant.settle(3 * S)
    assert plant.current_ua(3 * S) == plant.peak_ua(3 * S) == 200
    assert plant.flowed_uc(3 * S) == pytest.approx(1400)
    assert plant.charge_uc(3 * S) == 3000
    assert plant.truth[-1].charge_nc == pytest.approx(3_000_000)
    break_now(plant, 3 * S, sensor_stuck_ua=None)
    plant.advance(4 * S)
    assert plant.flowed_uc(4 * S) == pytest.approx(2400)
    assert plant.peak_ua(4 * S) == 1000


def test_a_wrong_integrator_counts_its_own_charge() -> None:
    plant = plant_on_skin()
    break_now(plant, 0, integrator_permille=900)
    direct(plant, 0, 1000, 1e9)
    plant.advance(MS)
    assert plant.charge_reaches_ns(450) == pytest.approx(500 * MS, abs=MS)
    plant.advance(10 * S)
    assert plant.charge_uc(10 * S) == 9000
    assert plant.flowed_uc(10 * S) == pytest.approx(10_000)
    break_now(plant, 10 * S, integrator_permille=0)
    assert plant.charge_reaches_ns(1) == NEVER_NS


def test_a_load_that_rises_meets_the_clamp_by_itself_and_the_current_falls_there() -> None:
    plant = plant_on_skin(skin_rp_ohm_cm2=20_000)
    direct(plant, 0, 4000, 1000.0)
    plant.advance(5 * S)
    break_now(plant, 5 * S, dry_ohm_s=1000)
    while not plant.stage.is_clamped:
        at_ns = plant.deadline_ns
        plant.advance(at_ns)
    assert plant.voltage_uv(at_ns) == CAP_UV
    assert plant.load_ohm(at_ns) == pytest.approx(10_000, abs=1)
    plant.advance(at_ns + 10 * S)
    assert plant.current_ua(at_ns + 10 * S) == pytest.approx(2000, rel=0.05)
    assert plant.voltage_uv(at_ns + 10 * S) == CAP_UV


def course(seed: int, look_ns: list[int]) -> tuple[float, ...]:
    """Run one course with every fault of the electrode, looked at whenever somebody likes."""
    plant = plant_on_skin(seed, skin_rp_ohm_cm2=250_000)
    commands = {
        0: lambda now_ns: direct(plant, now_ns, 4000, 800.0),
        20 * S: lambda now_ns: break_now(plant, now_ns, area_permille=400, dry_ohm_s=100),
        25 * S: lambda now_ns: break_now(
            plant, now_ns, intermittent_us=700_000, intermittent_open_us=50_000
        ),
        28 * S: lambda now_ns: plant.set_faults(now_ns, ElectricFaults()),
        40 * S: lambda now_ns: burst(plant, now_ns, 1500, 300),
        50 * S: lambda now_ns: direct(plant, now_ns, -3000, 1000.0),
        70 * S: lambda now_ns: plant.ramp_off(now_ns, 5 * S),
    }
    for now_ns in sorted([*look_ns, *commands]):
        plant.advance(now_ns)
        plant.peak_uv(now_ns)
        plant.settle(now_ns)
        if now_ns in commands:
            commands[now_ns](now_ns)
    plant.settle(80 * S)
    unit = plant.truth[-1]
    return (
        unit.charge_nc, unit.energy_uj, unit.peak_ua, unit.peak_uv, unit.slew_ua_s,
        unit.density_ua_cm2, plant.skin.barrier_ohm_cm2(80 * S),
    )  # fmt: skip


def test_nothing_depends_on_when_somebody_looks() -> None:
    random = Random(20)
    often = [random.randrange(80 * S) for _ in range(3000)]
    assert course(3, often) == course(3, [])


def test_the_same_seed_is_the_same_truth_and_another_is_another() -> None:
    assert course(3, []) == course(3, [])
    assert course(3, []) != course(4, [])
