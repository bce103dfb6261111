"""From a transdermal plan to a session: steps, programs, places, and what to expect."""

from typing import Any
from zlib import crc32

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mesodrive.core.spec import (
    CurrentStepSpec,
    ProgramSpec,
    PulseStepSpec,
    SessionSpec,
    SpotStepSpec,
)
from mesodrive.limits import check_program
from mesodrive.profile.canonical import canonical_hash
from mesodrive.profile.transdermal_models import TransdermalProfile
from mesodrive.sequencing.planned import ElectricPlanned, ElectricZoneEstimate
from mesodrive.sequencing.planner import Identity, make_session
from mesodrive_protocol.enums import Kind, Trigger
from support.electric_plans import (
    TODAY,
    Data,
    burst,
    burst_plan,
    current,
    exfoliation,
    ionto_plan,
    loaded,
    pad,
    planned,
    pulse_plan,
    pulses,
    reading,
    refused,
)
from support.profiles import transdermal
from support.sessions import lot


def programs(made: ElectricPlanned) -> list[ProgramSpec]:
    (stage,) = made.spec.stages
    return list(stage.programs)


def slices(program: ProgramSpec) -> list[CurrentStepSpec]:
    steps = [step for step in program.steps if isinstance(step, CurrentStepSpec)]
    assert len(steps) == len(program.steps)
    return steps


def expected(made: ElectricPlanned) -> ElectricZoneEstimate:
    (zone,) = made.estimates.zones
    return zone


def capable(name: str, **capabilities: object) -> TransdermalProfile:
    """Return a shipped unit with other capabilities."""
    profile = transdermal(name)
    changed = profile.capabilities.model_copy(update=capabilities)
    return profile.model_copy(update={"capabilities": changed})


def test_direct_current_rises_stays_and_falls() -> None:
    (program,) = programs(planned(ionto_plan(current(polarity="cathode"))))
    assert (program.kind, program.purpose, program.cap_uv) == (Kind.CURRENT, "deliver", 40_000_000)
    assert program.amount_unit == "uC"
    assert [(s.units, s.current_ua, s.charge_uc, s.slice_us) for s in slices(program)] == [
        (1, -2_000, 5_000, 5_000_000),
        (11, -2_000, 10_000, 5_000_000),
        (1, 0, 5_000, 5_000_000),
    ]
    assert {s.ramp_us for s in slices(program)} == {5_000_000}
    assert {s.trigger for s in slices(program)} == {Trigger.HELD}
    assert [(run.zone, run.units) for run in program.zones] == [(0, 13)]


def test_bursts_keep_their_waveform_in_the_ramps_too() -> None:
    (program,) = programs(planned(burst_plan(burst(gate_hz=1.5))))
    waves = {(s.carrier_hz, s.gate_mhz, s.duty_permille, s.zero_mean) for s in slices(program)}
    assert waves == {(2_000, 1_500, 500, True)}
    assert [s.current_ua for s in slices(program)][-1] == 0
    assert sum(s.units * s.charge_uc for s in slices(program)) == 60_000


def test_a_train_is_one_step_bound_by_the_energy_of_its_own_pulse() -> None:
    (program,) = programs(planned(pulse_plan(pulses(alternating=True))))
    (step,) = program.steps
    assert isinstance(step, PulseStepSpec)
    assert (program.kind, program.cap_uv) == (Kind.PULSE, 0)
    assert (step.units, step.width_us, step.voltage_uv) == (6, 1_000, 60_000_000)
    assert (step.interval_us, step.cap_ua, step.energy_uj) == (2_000_000, 600_000, 7_200)
    assert (step.biphasic, step.alternating) == (True, True)


def test_each_pass_goes_over_all_spots_and_back() -> None:
    made = planned(burst_plan(exfoliation()))
    (program,) = programs(made)
    assert program.kind is Kind.PASS
    assert [step.units for step in program.steps] == [25, 25]
    (step, _) = program.steps
    assert isinstance(step, SpotStepSpec)
    assert (step.vacuum_pa, step.dwell_us, step.interval_us) == (27_000, 300_000, 700_000)
    places = [(point.x_um, point.y_um) for point in made.points]
    assert len(set(places[:25])) == 25
    assert places[25:] == places[24::-1]


def test_a_reading_is_one_unit() -> None:
    (program,) = programs(planned(burst_plan(reading())))
    (step,) = program.steps
    assert isinstance(step, SpotStepSpec)
    assert (program.kind, step.units, step.carrier_hz, step.vacuum_pa) == (
        Kind.MEASURE, 1, 20_000, 0,
    )  # fmt: skip


def test_zones_are_treated_in_the_order_of_the_plan_each_by_its_own_program() -> None:
    plan = burst_plan(
        exfoliation(), reading(), burst(peak_ma=3), burst(peak_ma=3, name="b", place="chin"),
        reading(name="c", place="chin"), skin="exfoliated_now",
    )  # fmt: skip
    plan["zones"][3], plan["zones"][4] = plan["zones"][4], plan["zones"][3]
    made = planned(plan)
    assert [program.kind for program in programs(made)] == [
        Kind.PASS, Kind.MEASURE, Kind.CURRENT, Kind.MEASURE, Kind.CURRENT,
    ]  # fmt: skip
    assert [run.zone for program in programs(made) for run in program.zones] == [0, 1, 2, 3, 4]
    assert made.order == (0, 1, 2, 3, 4)


def test_units_under_an_electrode_lie_in_its_middle() -> None:
    turned = pad(at_mm=[10, -20], rotate_deg=30)
    made = planned(ionto_plan(current(shape=turned)))
    assert set(made.points) == {(10_000, -20_000, 0)}
    assert len(made.points) == made.estimates.units == 13
    corners = {"type": "polygon", "points_mm": [[0, 0], [60, 0], [0, 60]], "at_mm": [5, 5]}
    made = planned(ionto_plan(current(shape=corners)))
    assert set(made.points) == {(25_000, 25_000, 0)}


def test_the_specification_carries_profile_electrode_product_and_zones() -> None:
    product = {"name": "Saline", "lots": [lot()]}
    session = planned(ionto_plan(product=product)).spec
    profile = transdermal("ionto-unit")
    assert session.profile == profile
    assert session.profile_hash == canonical_hash(profile).hex()
    assert (session.nonce, session.case, session.first_rid) == (1, 2, 3)
    assert (session.product, session.product_limit_nl) == ("Saline", 0)
    (stage,) = session.stages
    assert stage.fit.title == "electrode pad-8cm2, lot L-7"
    assert (stage.fit.area_mm2, stage.fit.lot) == (800, crc32(b"L-7"))
    fit = stage.fit
    assert (fit.needle_um, fit.needle_bore_um, fit.bore_um, fit.pins, fit.content_nl) == (0,) * 5
    (zone,) = session.zones
    assert (zone.name, zone.area_mm2, zone.limit_nl, zone.limit_uc) == ("Arm", 800, 0, 4_800_000)
    assert planned(burst_plan(reading())).spec.zones[0].limit_uc == 0
    assert planned(burst_plan(exfoliation())).spec.zones[0].area_mm2 == 900


def test_a_session_is_the_same_after_a_way_through_the_log() -> None:
    for data in (ionto_plan(), burst_plan(burst(), exfoliation()), pulse_plan()):
        spec = planned(data).spec
        assert SessionSpec.model_validate_json(spec.model_dump_json()) == spec


def test_only_a_given_device_may_be_asked_for() -> None:
    source = loaded(ionto_plan())
    made = make_session(
        source.plan, transdermal("ionto-unit"), today=TODAY, identity=Identity(1, 2, 3),
        serial="S-1", allow_simulator=False,
    )  # fmt: skip
    assert (made.spec.serial, made.spec.allow_simulator) == ("S-1", False)


def test_time_density_voltage_and_charge_are_expected() -> None:
    seen = expected(planned(ionto_plan()))
    assert (seen.units, seen.time_us, seen.charge_uc) == (13, 65_000_000, 120_000)
    assert (seen.density_ua_cm2, seen.peak_ua, seen.limit_uc) == (250, 2_000, 4_800_000)
    # 2 mA through 100,150 ohm cm2 over 8 cm2, and 100 ohm of electrode and leads.
    assert seen.start_uv == 25_237_500
    assert not seen.waits


@pytest.mark.req("DOS-08")
def test_a_ramp_that_needs_more_voltage_than_there_is_is_expected_to_wait() -> None:
    reasons = {"density": "the training asks for it"}
    seen = expected(planned(ionto_plan(current(current_ma=4, dose_ma_min=10), reasons=reasons)))
    assert (seen.start_uv, seen.compliance_uv, seen.waits) == (50_475_000, 40_000_000, True)


def test_a_carrier_passes_skin_that_stops_direct_current() -> None:
    seen = expected(planned(burst_plan()))
    assert seen.density_ua_cm2 == 250
    assert 1_000_000 < seen.start_uv < 3_000_000


def test_energy_of_a_pulse_and_volt_seconds_of_a_train_are_expected() -> None:
    seen = expected(planned(pulse_plan()))
    assert (seen.pulse_uj, seen.volt_us, seen.charge_uc) == (7_200, 360_000, 3_600)
    assert seen.time_us == 10_001_000


def test_a_whole_session_is_expected_with_its_fitting_and_moves() -> None:
    made = planned(burst_plan(exfoliation(), reading()))
    seen = made.estimates
    assert (seen.units, seen.charge_uc) == (51, 0)
    assert seen.running_us == 50 * 700_000 + 100_000
    assert seen.session_us == seen.running_us + 60_000_000 + 2 * 20_000_000
    plain = seen.to_json()
    zones: Any = plain["zones"]
    assert [zone["technique"] for zone in zones] == ["exfoliate", "measure"]


def test_only_reasons_that_were_needed_are_kept() -> None:
    reasons = {"density": "the training asks for it", "voltage": "it is not even passed"}
    made = planned(ionto_plan(current(current_ma=3, dose_ma_min=3), reasons=reasons))
    assert made.estimates.reasons == {"density": "the training asks for it"}


def test_passes_that_one_program_does_not_hold_become_several() -> None:
    made = planned(burst_plan(exfoliation()), profile=capable("burst-unit", units_max=20))
    cut = programs(made)
    assert [[step.units for step in program.steps] for program in cut] == [[20], [5], [20], [5]]
    made = planned(burst_plan(exfoliation()), profile=capable("burst-unit", units_max=30))
    assert [len(program.steps) for program in programs(made)] == [1, 1]
    made = planned(burst_plan(exfoliation()), profile=capable("burst-unit", steps_max=1_000))
    assert [len(program.steps) for program in programs(made)] == [2]


ZONES = st.one_of(
    st.builds(
        current,
        current_ma=st.integers(1, 24).map(lambda tenths: tenths / 10),
        dose_ma_min=st.integers(1, 9_000).map(lambda ua_min: ua_min / 1_000),
        ramp_s=st.integers(5_000, 60_000).map(lambda ms: ms / 1_000),
        polarity=st.sampled_from(["anode", "cathode"]),
    ),
    st.builds(current, current_ma=st.integers(1, 40).map(lambda tenths: tenths / 10)),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(ZONES, min_size=1, max_size=4))
def test_a_plan_is_refused_or_delivers_its_dose_by_programs_that_the_guard_lets_pass(
    zones: list[Data],
) -> None:
    plan = ionto_plan(*[zone | {"name": f"z{n}"} for n, zone in enumerate(zones)])
    if refused(plan):
        return
    made = planned(plan)
    (stage,) = made.spec.stages
    for program, zone in zip(stage.programs, zones, strict=True):
        charge_uc = sum(step.units * step.amount(program.kind) for step in program.steps)
        assert charge_uc == round(60_000 * zone["dose_ma_min"])
        assert check_program(made.spec.profile, program, stage.fit) == ()


@pytest.mark.parametrize("gate_hz", [0.07, 0.3, 2])
def test_bursts_of_any_gate_are_let_pass_by_the_guard(gate_hz: float) -> None:
    made = planned(burst_plan(burst(gate_hz=gate_hz, dose_ma_min=3.333)))
    (stage,) = made.spec.stages
    for program in stage.programs:
        assert check_program(made.spec.profile, program, stage.fit) == ()
