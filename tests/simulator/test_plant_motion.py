"""Needle motion against fine-stepped integration, and the phases of strokes and trains."""

from dataclasses import replace
from itertools import pairwise
from math import isclose

import pytest

from mesodrive_protocol.enums import Phase
from mesodrive_simulator.plant import NEVER_NS, Plant, truth
from mesodrive_simulator.plant.needle import NeedleAxis, travel_s
from mesodrive_simulator.sim_profile import load_profile
from support.profiles import INJECTORS

MS = 1_000_000
S = 1_000_000_000


def integrate(
    position: float, speed: float, target: float, speed_max: float, accel: float, until_s: float
) -> tuple[float, float]:
    """A drive that decides anew each 2 us whether to brake: an oracle without closed forms."""
    step_s = 2e-6
    time_s = 0.0
    while time_s < until_s:
        way = target - position
        wanted = speed_max if way > 0 else -speed_max
        # brake when moving away, or when the stopping distance is reached
        if speed * way < 0 or speed * speed / 2 / accel >= abs(way):
            change = -accel if speed > 0 else accel
        elif abs(speed) >= speed_max:
            change = 0.0
        else:
            change = accel if wanted > 0 else -accel
        speed += change * step_s
        position += speed * step_s
        time_s += step_s
    return position, speed


@pytest.mark.parametrize("target_um", [100, 1500, 4000, 13000])
@pytest.mark.parametrize("part", [0.1, 0.37, 0.5, 0.81, 0.97])
def test_a_move_follows_the_trapezoid_that_small_steps_give(target_um: int, part: float) -> None:
    axis = NeedleAxis(400_000, 50_000_000)
    axis.move(0, target_um)
    at_ns = int(axis.arrives_ns * part)
    position, speed = axis.state(at_ns)
    expected, expected_speed = integrate(0, 0, target_um, 400_000, 50_000_000, at_ns / S)
    assert position == pytest.approx(expected, abs=4)
    assert speed == pytest.approx(expected_speed, abs=1500)


@pytest.mark.parametrize("part", [0.05, 0.3, 0.6, 0.95])
def test_a_move_that_is_turned_brakes_first_and_arrives_when_small_steps_do(part: float) -> None:
    axis = NeedleAxis(300_000, 10_000_000)
    axis.move(0, 6000)
    turn_ns = int(axis.arrives_ns * part)
    position, speed = axis.state(turn_ns)
    axis.move(turn_ns, 0)
    after_ns = (axis.arrives_ns - turn_ns) // 2
    expected, _ = integrate(position, speed, 0, 300_000, 10_000_000, after_ns / S)
    assert axis.state(turn_ns + after_ns)[0] == pytest.approx(expected, abs=8)
    assert axis.state(axis.arrives_ns) == (0.0, 0.0)
    assert axis.deepest_um(axis.arrives_ns) == pytest.approx(position + speed**2 / 2 / 10_000_000)


def test_a_halted_needle_stays_where_friction_leaves_it() -> None:
    axis = NeedleAxis(400_000, 50_000_000)
    axis.move(0, 4000)
    axis.halt(8 * MS)
    rest_um, speed = axis.state(S)
    assert speed == 0.0
    assert 0 < rest_um < 4000
    axis.move(S, 0)
    axis.halt(S + 4 * MS)
    assert 0 < axis.state(2 * S)[0] < rest_um


@pytest.mark.parametrize(
    ("way_um", "speed_um_s", "accel_um_s2", "expected_ms"),
    [
        # devices.md 5.1: triangular one-way moves of 4 mm and 13 mm at 2, 10 and 50 m/s2
        (4000, 10**9, 2_000_000, 89),
        (4000, 10**9, 10_000_000, 40),
        (4000, 10**9, 50_000_000, 18),
        (13000, 10**9, 2_000_000, 161),
        (13000, 10**9, 10_000_000, 72),
        (13000, 10**9, 50_000_000, 32),
        (4000, 100_000, 50_000_000, 42),
    ],
)
def test_travel_times_are_those_of_the_device_facts(
    way_um: int, speed_um_s: int, accel_um_s2: int, expected_ms: int
) -> None:
    assert round(travel_s(way_um, speed_um_s, accel_um_s2) * 1000) == expected_ms


def plant(name: str = "nappage-gun") -> Plant:
    return Plant(load_profile(name), seed=7)


def test_a_stroke_passes_its_phases_by_itself_and_ends_at_home() -> None:
    gun = plant()
    gun.set_contact(0, 5000)
    gun.stroke(0, 1500, 5000, 250_000, 10_000)
    edges: list[tuple[int, int]] = [(0, gun.phase)]
    while gun.deadline_ns < NEVER_NS:
        at_ns = gun.deadline_ns
        gun.advance(at_ns)
        edges.append((at_ns, gun.phase))
    assert [phase for _, phase in edges] == [
        Phase.OUT, Phase.DELIVER, Phase.DWELL, Phase.BACK, Phase.REST,
    ]  # fmt: skip
    out, deliver, dwell, back = (b[0] - a[0] for a, b in pairwise(edges))
    assert out == back == pytest.approx(travel_s(1500, 400_000, 50_000_000) * S, abs=2)
    assert deliver == 20 * MS
    assert dwell == 10 * MS
    assert gun.home(edges[-1][0])
    (unit,) = gun.truth
    assert (unit.depth_um, unit.strokes, unit.on_skin, unit.prime) == (1500, 1, True, False)
    assert unit.ended_ns == edges[-1][0]
    assert gun.strokes_counted(edges[-1][0]) == 1


def test_one_late_look_finds_the_same_truth_as_many_early_ones() -> None:
    eager, lazy = plant(), plant()
    for gun in (eager, lazy):
        gun.set_contact(0, 5000)
        gun.stroke(0, 2000, 7000, 200_000, 5_000)
    for at_ns in range(0, 300 * MS, MS // 3):
        eager.advance(at_ns)
        eager.pressure_pa(at_ns)
    for gun in (eager, lazy):
        gun.settle(300 * MS)
    assert eager.truth[0].volume_nl == pytest.approx(lazy.truth[0].volume_nl, rel=1e-12)
    assert eager.truth[0].ended_ns == lazy.truth[0].ended_ns
    assert eager.unit_values(300 * MS) == lazy.unit_values(300 * MS)


@pytest.mark.parametrize("name", INJECTORS)
def test_every_shipped_machine_is_home_within_its_stated_retract_time(name: str) -> None:
    profile = load_profile(name)
    slowest_s = travel_s(
        profile.depth_um_max, profile.needle_speed_um_s, profile.needle_accel_um_s2
    )
    assert slowest_s * 1e6 <= profile.retract_us


@pytest.mark.req("STP-06")
def test_a_turn_on_the_way_out_delivers_nothing_and_never_goes_deeper_than_planned() -> None:
    gun = plant()
    gun.set_contact(0, 5000)
    gun.stroke(0, 4000, 10_000, 250_000, 0)
    at_ns = gun.deadline_ns // 2
    gun.turn_back(at_ns)
    assert gun.phase == Phase.BACK
    gun.advance(gun.deadline_ns)
    gun.settle(S)
    assert gun.phase == Phase.REST
    assert gun.truth[0].volume_nl == 0
    assert 0 < gun.truth[0].depth_um < 4000
    assert gun.measured_nl(S) == 0
    assert gun.truth[0].strokes == 1, "the skin was touched, so it counts as a stroke"


def test_turning_back_anywhere_else_changes_nothing() -> None:
    gun = plant()
    gun.stroke(0, 1500, 5000, 250_000, 10_000)
    gun.advance(gun.deadline_ns)
    edge_ns = gun.deadline_ns
    gun.turn_back(edge_ns - 1)
    assert (gun.phase, gun.deadline_ns) == (Phase.DELIVER, edge_ns)


def test_outputs_off_lets_a_spring_bring_the_needle_home() -> None:
    gun = plant()
    gun.stroke(0, 1500, 5000, 250_000, 10_000)
    gun.advance(gun.deadline_ns)
    gun.outputs_off(20 * MS)
    assert gun.phase == Phase.BACK
    gun.outputs_off(21 * MS)
    assert gun.deadline_ns < 60 * MS
    gun.advance(60 * MS)
    assert gun.home(60 * MS)


def without_spring() -> Plant:
    return Plant(replace(load_profile("nappage-gun"), spring_return=False), seed=7)


def test_without_a_spring_the_needle_stays_out_until_it_is_driven_home() -> None:
    gun = without_spring()
    gun.outputs_off(0)
    assert gun.phase == Phase.REST
    gun.stroke(0, 1500, 5000, 250_000, 10_000)
    gun.advance(gun.deadline_ns)
    gun.outputs_off(20 * MS)
    assert gun.deadline_ns == NEVER_NS
    gun.advance(S)
    assert not gun.home(S)
    assert gun.needle_um(S) == 1500
    gun.retract(S)
    gun.advance(gun.deadline_ns)
    assert gun.home(2 * S)
    assert gun.phase == Phase.REST


def test_a_stuck_needle_never_comes_home() -> None:
    gun = plant()
    gun.needle_stuck = True
    gun.stroke(0, 1500, 5000, 250_000, 10_000)
    gun.advance(S)
    assert gun.phase == Phase.BACK
    assert not gun.home(S)
    assert gun.truth[0].ended_ns is None
    gun.needle_stuck = False
    gun.retract(S)
    gun.advance(2 * S)
    assert gun.home(2 * S)


def test_a_stuck_home_switch_shows_what_it_shows() -> None:
    gun = plant()
    gun.home_stuck = False
    assert not gun.home(0)
    gun.home_stuck = True
    gun.stroke(0, 1500, 0, 0, 0)
    assert gun.home(5 * MS)


def test_a_train_counts_its_strokes_and_ends_at_home() -> None:
    pen = plant("needling-pen")
    pen.set_contact(0, 2000)
    pen.train(0, 1500, 18, 117_000)
    period_ns = 1000 * S // 117_000
    assert pen.phase == Phase.DELIVER
    assert pen.needle_um(period_ns // 2) == 1500
    assert pen.strokes_counted(period_ns // 2) == 1
    assert pen.strokes_counted(period_ns) == 1
    assert pen.remaining_ns(period_ns) == 17 * period_ns
    pen.advance(S)
    assert pen.home(S)
    (unit,) = pen.truth
    assert (unit.strokes, unit.depth_um, unit.volume_nl, unit.on_skin) == (18, 1500, 0, True)
    assert pen.strokes_counted(S) == 18
    assert pen.unit_values(S)[0] == 1500


@pytest.mark.req("STP-06")
def test_a_train_ends_after_the_stroke_under_way() -> None:
    pen = plant("needling-pen")
    pen.train(0, 1000, 18, 100_000)
    pen.end_train(34 * MS)
    assert pen.deadline_ns == 40 * MS
    pen.advance(S)
    assert pen.truth[0].strokes == 4
    pen.end_train(2 * S)
    assert pen.deadline_ns == NEVER_NS


def test_a_train_that_is_cut_goes_home_from_the_middle_of_a_stroke() -> None:
    pen = plant("needling-pen")
    pen.train(0, 1000, 18, 100_000)
    pen.cut(2 * MS)
    assert 0 < pen.needle_um(2 * MS) < 1000
    pen.advance(S)
    assert pen.home(S)
    assert pen.truth[0].strokes == 0
    assert 0 < pen.truth[0].depth_um < 1000


def test_a_crank_moves_as_a_cosine_with_the_peak_speed_of_the_device_facts() -> None:
    axis = NeedleAxis(1_000_000, 1_000_000)
    axis.oscillate(0, 2500, 100.0)
    # devices.md 5.1: 2.5 mm stroke at 100 Hz, 0.79 m/s peak
    assert isclose(axis.state(2_500_000)[1], 785_398, rel_tol=1e-5)


def test_truth_keeps_a_bounded_number_of_units() -> None:
    kept = [truth.TruthUnit(n, prime=True) for n in range(truth.TRUTH_UNITS_MAX)]
    truth.keep(kept, truth.TruthUnit(-1, prime=True))
    assert len(kept) == truth.TRUTH_UNITS_MAX // 2 + 1
    assert kept[-1].begun_ns == -1
