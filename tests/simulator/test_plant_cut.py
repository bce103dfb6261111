"""The cut of the power stage: a drive that nobody looks after any more works for 2 s at most."""

import pytest

from mesodrive_protocol.enums import Phase
from mesodrive_simulator.firmware.limits import MOTION_US_MAX, TRAIN_US_MAX
from mesodrive_simulator.plant import NEVER_NS, Plant
from mesodrive_simulator.plant.needle import travel_s
from mesodrive_simulator.plant.phases import CUT_NS
from mesodrive_simulator.sim_profile import load_profile
from support.profiles import INJECTORS

MS = 1_000_000
S = 1_000_000_000
HOME_NS = 200 * MS
"""More than any needle takes to go out, or to come home."""


def machine(name: str = "nappage-gun") -> Plant:
    return Plant(load_profile(name), seed=1)


@pytest.mark.req("STP-04")
def test_a_push_is_cut_after_2_s_though_the_firmware_hangs() -> None:
    plant = machine()
    plant.set_contact(0, 3_000)
    plant.plunger.slack_um = 0.0
    plant.stroke(0, 1_500, 50_000, 1_000, 0)
    out_ns = plant.deadline_ns
    plant.advance(60 * S)  # by nobody's order: the firmware is not asked
    assert plant.phase == Phase.REST
    assert plant.deadline_ns == NEVER_NS
    plant.settle(60 * S)
    (unit,) = plant.truth
    assert unit.ended_ns is not None
    assert CUT_NS < unit.ended_ns <= out_ns + CUT_NS + HOME_NS
    assert plant.measured_nl(60 * S) == pytest.approx(2_000, abs=40), "2 s of 1,000 nL/s"
    assert plant.home(60 * S)


@pytest.mark.req("STP-04")
def test_a_needle_that_is_to_dwell_for_ever_comes_home() -> None:
    plant = machine()
    plant.stroke(0, 1_500, 0, 1, 60_000_000)
    plant.advance(CUT_NS - 1)
    assert plant.phase == Phase.DWELL
    plant.advance(CUT_NS + 2 * HOME_NS)
    assert plant.phase == Phase.REST
    assert plant.home(CUT_NS + 2 * HOME_NS)


@pytest.mark.req("STP-04")
@pytest.mark.parametrize("ended", [False, True])
def test_a_train_without_end_is_cut(ended: bool) -> None:
    plant = machine("needling-pen")
    plant.train(0, 500, 10_000, 100_000)
    if ended:
        plant.end_train(CUT_NS - 1)
    plant.advance(CUT_NS + HOME_NS)
    assert plant.phase == Phase.REST
    assert plant.truth[0].strokes == 200
    assert plant.strokes_counted(60 * S) == 200


@pytest.mark.req("STP-04")
@pytest.mark.parametrize("name", INJECTORS)
def test_what_a_sound_device_takes_never_meets_the_cut(name: str) -> None:
    profile = load_profile(name)
    assert (profile.dwell_us_max or 0) * 1_000 <= CUT_NS
    assert MOTION_US_MAX * 1_000 <= CUT_NS
    assert TRAIN_US_MAX * 1_000 <= CUT_NS
    farthest_s = travel_s(
        profile.depth_um_max, profile.needle_speed_um_s, profile.needle_accel_um_s2
    )
    assert farthest_s * S < HOME_NS


@pytest.mark.req("STP-04")
def test_a_delivery_and_a_dwell_of_2_s_end_as_they_were_told() -> None:
    plant = machine("point-gun")
    plant.plunger.slack_um = 0.0
    plant.stroke(0, 1_500, 200_000, 100_000, 2_000_000)
    out_ns = plant.deadline_ns
    plant.advance(out_ns + 4 * S - 1)
    assert plant.phase == Phase.DWELL
    assert plant.measured_nl(out_ns + 4 * S) == pytest.approx(200_000, abs=100)
    plant.advance(out_ns + 4 * S)
    assert plant.phase == Phase.BACK
