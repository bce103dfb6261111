"""Direct current and bursts of the simulated unit: ramps, clamp, gate, faults of the electrode."""

from itertools import pairwise

import pytest

from mesodrive_protocol.enums import Phase
from support.electric_plants import (
    CAP_UV,
    MS,
    NEVER_NS,
    S,
    burst,
    direct,
    plant_on_skin,
    samples,
)

# Ramps.


def test_output_at_rest_is_proven_off() -> None:
    plant = plant_on_skin()
    assert plant.phase == Phase.REST
    assert plant.home(0)
    assert plant.deadline_ns == NEVER_NS
    assert (plant.current_ua(0), plant.voltage_uv(0), plant.load_ohm(0)) == (0, 0, 0)
    assert plant.is_at_level(0)


@pytest.mark.parametrize("rp_ohm_cm2", [20_000, 100_000, 400_000])
def test_no_sample_rises_faster_than_the_slew(rp_ohm_cm2: int) -> None:
    plant = plant_on_skin(skin_rp_ohm_cm2=rp_ohm_cm2)
    direct(plant, 0, 4000, 800.0)
    seen = samples(plant, 0, 200 * S, 10 * MS)
    # eight per sample, and half for each end's rounding
    assert max(abs(b - a) for a, b in pairwise(seen)) <= 9
    plant.settle(200 * S)
    assert plant.truth[-1].slew_ua_s == pytest.approx(800.0)
    assert seen[-1] == 4000


def test_slices_join_without_a_step_and_the_ramp_goes_on_from_where_it_is() -> None:
    plant = plant_on_skin()
    direct(plant, 0, 1000, 100.0)
    plant.advance(5 * S)
    assert not plant.is_at_level(5 * S)
    plant.begin_unit(5 * S)
    direct(plant, 5 * S, 1000, 100.0)
    assert plant.current_ua(5 * S) == 500
    plant.advance(10 * S)
    assert plant.current_ua(10 * S) == 1000
    assert plant.is_at_level(10 * S)
    plant.settle(10 * S)
    assert [unit.charge_nc for unit in plant.truth] == pytest.approx([1_250_000, 3_750_000])
    assert plant.truth[0].ended_ns == 5 * S
    assert plant.truth[1].ended_ns is None
    assert plant.truth[1].density_ua_cm2 == pytest.approx(125.0)


def test_the_other_polarity_is_reached_through_zero() -> None:
    plant = plant_on_skin()
    direct(plant, 0, 1000, 1000.0)
    plant.advance(3 * S)
    direct(plant, 3 * S, -1000, 1000.0)
    assert not plant.is_at_level(3 * S)
    seen = samples(plant, 3 * S, 6 * S, 500 * MS)
    assert seen == [1000, 500, 0, -500, -1000, -1000]
    assert plant.voltage_uv(6 * S) < 0
    plant.settle(6 * S)
    assert plant.truth[-1].charge_nc == pytest.approx(4_500_000)  # both ways count


def test_a_current_that_was_driven_to_zero_is_switched_off() -> None:
    plant = plant_on_skin()
    direct(plant, 0, 1000, 1000.0)
    plant.advance(2 * S)
    direct(plant, 2 * S, 0, 500.0)
    assert plant.phase == Phase.DELIVER
    plant.advance(4 * S)
    assert plant.phase == Phase.REST
    assert plant.home(4 * S)
    assert plant.truth[-1].ended_ns == 4 * S
    direct(plant, 5 * S, 0, 0.0)
    assert plant.phase == Phase.REST


def test_a_pause_ramps_off_and_a_cut_meanwhile_is_sooner_but_never_later() -> None:
    plant = plant_on_skin()
    direct(plant, 0, 1000, 1000.0)
    plant.advance(2 * S)
    plant.ramp_off(2 * S, 5 * S)
    assert plant.phase == Phase.BACK
    plant.advance(3 * S)
    assert plant.current_ua(3 * S) == 800
    plant.cut(3 * S)
    plant.ramp_off(3 * S + MS, 5 * S)
    plant.advance(3 * S + 10 * MS)
    assert plant.phase == Phase.REST
    assert plant.home(3 * S + 10 * MS)
    plant.settle(4 * S)
    assert plant.truth[-1].slew_ua_s == pytest.approx(1000.0)  # the cut is no ramp


def test_all_outputs_drop_at_once() -> None:
    plant = plant_on_skin()
    direct(plant, 0, 1000, 1000.0)
    plant.advance(2 * S)
    plant.outputs_off(2 * S)
    assert plant.phase == Phase.REST
    assert plant.home(2 * S)
    assert plant.current_ua(2 * S) == 0
    plant.outputs_off(3 * S)
    plant.ramp_off(3 * S, S)
    plant.cut(3 * S)
    assert plant.phase == Phase.REST


def test_the_instant_of_a_charge_is_exact_before_the_deadline() -> None:
    plant = plant_on_skin()
    direct(plant, 0, 1000, 200.0)
    wanted_uc = 4000
    while (at_ns := plant.charge_reaches_ns(wanted_uc)) >= plant.deadline_ns:
        plant.advance(plant.deadline_ns)
    plant.advance(at_ns)
    # half of 1000 uA times 5 s on the ramp, the rest on the level
    assert at_ns == pytest.approx(6.5 * S, rel=1e-6)
    assert plant.charge_uc(at_ns) == wanted_uc
    plant.outputs_off(at_ns)
    assert plant.charge_reaches_ns(wanted_uc + 10) == NEVER_NS


# Clamp.


def test_the_clamp_holds_and_the_ramp_goes_on_as_the_skin_opens() -> None:
    plant = plant_on_skin(skin_rp_ohm_cm2=300_000)
    direct(plant, 0, 4000, 800.0)
    plant.advance(10 * S)
    held_ua = plant.current_ua(10 * S)
    assert plant.stage.is_clamped
    assert not plant.is_at_level(10 * S)
    assert plant.voltage_uv(10 * S) == CAP_UV
    assert held_ua * plant.load_ohm(10 * S) == pytest.approx(CAP_UV, rel=1e-3)
    seen = samples(plant, 10 * S, 300 * S, 100 * MS)
    assert seen == sorted(seen)
    assert held_ua < seen[200] < 4000
    assert seen[-1] == 4000
    assert not plant.stage.is_clamped
    assert plant.peak_uv(300 * S) == CAP_UV
    assert plant.voltage_uv(300 * S) < CAP_UV


def test_a_ramp_down_leaves_the_clamp_at_once() -> None:
    plant = plant_on_skin(skin_rp_ohm_cm2=300_000)
    direct(plant, 0, 4000, 800.0)
    plant.advance(10 * S)
    held_ua = plant.current_ua(10 * S)
    plant.ramp_off(10 * S, 5 * S)
    plant.advance(11 * S)
    assert plant.current_ua(11 * S) == pytest.approx(held_ua * 0.8, abs=1)
    assert plant.voltage_uv(11 * S) < CAP_UV


def test_a_skin_that_opens_faster_than_the_ramp_leaves_the_ramp_in_charge() -> None:
    plant = plant_on_skin(skin_rp_ohm_cm2=300_000)
    direct(plant, 0, 4000, 800.0)
    plant.advance(10 * S)
    direct(plant, 10 * S, 4000, 1.0)
    seen = samples(plant, 10 * S, 20 * S, S)
    assert [b - a for a, b in pairwise(seen)] == [1] * 9
    assert not plant.stage.is_clamped


def test_current_opens_the_skin_and_rest_closes_it_slowly() -> None:
    plant = plant_on_skin()
    before_ohm = plant.measure(0, 10)
    direct(plant, 0, 2000, 1000.0)
    plant.advance(300 * S)
    plant.outputs_off(300 * S)
    open_ohm = plant.measure(300 * S, 10)
    later_ohm = plant.measure(2100 * S, 10)
    assert open_ohm < before_ohm * 0.25
    assert open_ohm * 2 < later_ohm < before_ohm


# Gate and carrier.


def test_a_gate_gives_peak_times_duty() -> None:
    plant = plant_on_skin()
    burst(plant, 0, 2000, 250)
    plant.advance(20 * S)
    plant.settle(20 * S)
    assert plant.truth[-1].charge_nc == pytest.approx(10_000_000, rel=1e-4)
    assert plant.truth[-1].peak_ua == pytest.approx(2000)
    assert plant.truth[-1].density_ua_cm2 == pytest.approx(62.5)


def test_a_slow_gate_is_seen_and_keeps_its_beat_over_joined_slices() -> None:
    plant = plant_on_skin()
    burst(plant, 0, 1000, 250)
    assert plant.deadline_ns == pytest.approx(2000, abs=10)  # the ramp's end
    seen = samples(plant, 5 * MS, 600 * MS, 100 * MS)
    burst(plant, 600 * MS, 1000, 250)
    seen += samples(plant, 605 * MS, 1500 * MS, 100 * MS)
    assert seen == [2000] * 3 + [0] * 7 + [2000] * 3 + [0] * 2
    assert plant.load_ohm(1450 * MS) > 0


def test_another_wave_begins_its_own_beat() -> None:
    plant = plant_on_skin()
    burst(plant, 0, 1000, 250)
    plant.advance(600 * MS)
    burst(plant, 600 * MS, 1000, 300)
    assert plant.current_ua(600 * MS) == 2000


def test_a_fast_gate_is_averaged() -> None:
    plant = plant_on_skin()
    burst(plant, 0, 100_000, 500)
    plant.advance(S)
    assert plant.current_ua(S) == 2000
    assert plant.flowed_uc(S) == pytest.approx(1000, rel=1e-4)


def test_a_fast_carrier_meets_less_than_direct_current_does() -> None:
    ohms = []
    for carrier_hz in (50, 1000, 15_000):
        plant = plant_on_skin()
        plant.drive(0, 100, 1e6, CAP_UV, carrier_hz, 0, 1000, zero_mean=True)
        plant.advance(10 * MS)
        ohms.append(plant.load_ohm(10 * MS))
        assert plant.voltage_uv(10 * MS) == pytest.approx(100 * ohms[-1], rel=0.01)
    assert ohms == sorted(ohms, reverse=True)
    assert ohms[0] > 5 * ohms[-1]


def test_the_same_carrier_one_way_only_meets_what_direct_current_does() -> None:
    plant = plant_on_skin()
    plant.drive(0, 100, 1e6, CAP_UV, 1000, 0, 1000, zero_mean=False)
    direct_plant = plant_on_skin()
    direct(direct_plant, 0, 100, 1e6)
    assert plant.load_ohm(MS) == direct_plant.load_ohm(MS)


def test_another_place_is_rested_and_of_its_own_kind() -> None:
    plant = plant_on_skin()
    first_ohm = plant.measure(0, 10)
    direct(plant, 0, 2000, 1e9)
    plant.advance(100 * S)
    plant.outputs_off(100 * S)
    plant.fresh_skin(100 * S)
    fresh_ohm = plant.measure(100 * S, 10)
    assert fresh_ohm != first_ohm
    assert fresh_ohm == pytest.approx(first_ohm, rel=0.5)


def test_a_larger_electrode_meets_less() -> None:
    plant = plant_on_skin()
    small_ohm = plant.measure(0, 10_000)
    plant.fit(1600)
    assert plant.measure(0, 10_000) == pytest.approx(small_ohm / 2, abs=1)
