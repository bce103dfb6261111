"""Contact, vacuum, temperature, supply and the keys that people press."""

from math import exp

import pytest

from mesodrive_protocol.enums import Phase
from mesodrive_simulator.plant import NEVER_NS, Plant
from mesodrive_simulator.plant.thermal import Thermal
from mesodrive_simulator.sim_profile import load_profile

MS = 1_000_000
S = 1_000_000_000


def stamp() -> Plant:
    return Plant(load_profile("vacuum-stamp"), seed=3)


def test_vacuum_rises_in_its_time_and_wakes_the_device_at_both_levels() -> None:
    machine = stamp()
    profile = machine.profile
    assert profile.vacuum_pa_min
    assert profile.vacuum_pa_abort
    machine.set_vacuum(0, profile.vacuum_pa)
    seen = []
    while machine.deadline_ns < NEVER_NS:
        at_ns = machine.deadline_ns
        assert machine.vacuum_pa(at_ns - 1) < machine.vacuum_pa(at_ns)
        machine.advance(at_ns)
        seen.append(machine.vacuum_pa(at_ns))
    assert seen == [profile.vacuum_pa_abort, profile.vacuum_pa_min]
    assert machine.vacuum_pa(profile.vacuum_rise_us * 1000) == profile.vacuum_pa


def test_vacuum_that_stays_below_every_level_wakes_nobody() -> None:
    machine = stamp()
    machine.set_vacuum(0, 5000)
    assert machine.deadline_ns == NEVER_NS


def test_falling_vacuum_wakes_the_device_when_it_is_below_each_level() -> None:
    machine = stamp()
    profile = machine.profile
    assert profile.vacuum_pa_min
    assert profile.vacuum_pa_abort
    machine.set_vacuum(0, profile.vacuum_pa)
    machine.advance(S)
    machine.set_vacuum(S, 0)
    levels = iter((profile.vacuum_pa_min, profile.vacuum_pa_abort))
    while machine.deadline_ns < NEVER_NS:
        at_ns, level = machine.deadline_ns, next(levels)
        assert machine.vacuum_pa(at_ns - 1) >= level > machine.vacuum_pa(at_ns)
        machine.advance(at_ns)
    assert next(levels, None) is None


def test_a_ramp_that_is_turned_half_way_starts_from_where_it_is() -> None:
    machine = stamp()
    rise_ns = machine.profile.vacuum_rise_us * 1000
    machine.set_vacuum(0, machine.profile.vacuum_pa)
    half_pa = machine.vacuum_pa(rise_ns // 2)
    machine.set_vacuum(rise_ns // 2, 0)
    assert machine.vacuum_pa(rise_ns // 2) == half_pa
    assert machine.vacuum_pa(rise_ns) == half_pa // 2


def test_vacuum_lost_while_delivering_makes_the_unit_one_off_the_skin() -> None:
    machine = stamp()
    machine.set_vacuum(0, machine.profile.vacuum_pa)
    machine.stroke(S, 1000, 50_000, 100_000, 0)
    machine.advance(S + 100 * MS)
    assert machine.phase == Phase.DELIVER
    assert machine.truth[-1].on_skin
    machine.set_vacuum(S + 100 * MS, 0)
    assert machine.truth[-1].on_skin
    machine.advance(S + 100 * MS + machine.profile.vacuum_rise_us * 1000)
    assert not machine.truth[-1].on_skin


def test_tissue_differs_from_prick_to_prick_and_the_same_seed_gives_the_same() -> None:
    def pressures(seed: int) -> list[float]:
        machine = Plant(load_profile("nappage-gun"), seed=seed)
        machine.set_contact(0, 5000)
        met = []
        for n in range(5):
            machine.stroke(n * S, 1500, 5000, 250_000, 10_000)
            machine.advance(n * S + 30 * MS)
            met.append(machine.fluid.outside_pa)
            machine.advance((n + 1) * S)
        return met

    assert pressures(1) == pressures(1)
    assert pressures(1) != pressures(2)
    assert len(set(pressures(1))) == 5


def test_in_the_air_nothing_presses_back() -> None:
    machine = Plant(load_profile("nappage-gun"), seed=1)
    machine.stroke(0, 1500, 0, 0, 10_000)
    machine.advance(machine.deadline_ns)
    assert machine.fluid.outside_pa == 0
    machine.advance(S)
    assert not machine.truth[0].on_skin


def test_a_faulty_force_sensor_shows_its_own_number() -> None:
    machine = Plant(load_profile("nappage-gun"), seed=1)
    machine.set_contact(0, 5000)
    machine.contact_override = 123
    assert machine.contact_mn(0) == 123
    machine.contact_override = None
    assert machine.contact_mn(0) == 5000


def test_temperature_follows_one_time_constant() -> None:
    profile = load_profile("nappage-gun")
    machine = Plant(profile, seed=1)
    tau_ns = profile.thermal_tau_us * 1000
    assert machine.temperature_mc(0) == profile.ambient_mc
    expected = profile.ambient_mc + profile.electronics_rise_mc * (1 - exp(-1))
    assert machine.temperature_mc(tau_ns) == pytest.approx(expected, abs=1)
    machine.thermal.set_target(tau_ns, profile.ambient_mc)
    later = profile.ambient_mc + profile.electronics_rise_mc * (1 - exp(-1)) * exp(-1)
    assert machine.temperature_mc(2 * tau_ns) == pytest.approx(later, abs=1)


def test_temperature_agrees_with_small_steps() -> None:
    body = Thermal(23_000, 60_000, 1_000_000)
    value, step_s = 23_000.0, 1e-5
    for _ in range(50_000):
        value += (60_000 - value) * step_s / 1.0
    assert body.temperature_mc(500_000_000) == pytest.approx(value, abs=1)


def test_without_a_time_constant_a_body_is_at_its_target() -> None:
    assert Thermal(20_000, 30_000, 0).temperature_mc(5) == 30_000


def test_a_sagging_supply_shows() -> None:
    machine = Plant(load_profile("nappage-gun"), seed=1)
    full_uv = machine.supply_uv(0)
    machine.supply_drop_uv = 1_000_000
    assert machine.supply_uv(0) == full_uv - 1_000_000


def test_people_press_keys_and_take_out_the_cartridge() -> None:
    machine = Plant(load_profile("nappage-gun"), seed=1)
    machine.set_trigger(0, True)
    machine.set_stop_key(0, True)
    machine.set_cartridge(0, False)
    assert (machine.trigger, machine.stop_key, machine.cartridge) == (True, True, False)
