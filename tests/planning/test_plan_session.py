"""From a plan to a session: steps, programs, fillings, and what to expect."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mesodrive.core.spec import ProgramSpec, SessionSpec, StepSpec
from mesodrive.limits import check_program
from mesodrive.limits.program_rules import worst_dose_nl
from mesodrive.profile.canonical import canonical_hash
from mesodrive.profile.models import DeviceProfile
from mesodrive.profile_store import load_profile
from mesodrive.sequencing.planned import Planned
from mesodrive.sequencing.refusal import PlanRefused
from mesodrive_protocol.enums import Kind, Trigger
from support.profiles import injector
from support.sessions import lot, pen_plan, plan, planned, shape, zone


def programs(session: SessionSpec, purpose: str) -> list[ProgramSpec]:
    return [
        program
        for stage in session.stages
        for program in stage.programs
        if program.purpose == purpose
    ]


def units_of(program: ProgramSpec) -> int:
    return sum(step.units for step in program.steps)


def strokes_of(program: ProgramSpec) -> list[StepSpec]:
    """Return the steps of a needle's program."""
    steps = [step for step in program.steps if isinstance(step, StepSpec)]
    assert len(steps) == len(program.steps)
    return steps


def gun(**capabilities: object) -> DeviceProfile:
    """Return the nappage gun with other capabilities."""
    profile = injector("nappage-gun")
    changed = profile.capabilities.model_copy(update=capabilities)
    return profile.model_copy(update={"capabilities": changed})


def test_a_zone_becomes_one_step_with_the_plan_s_numbers() -> None:
    session = planned(plan(zones=[zone(dwell_ms=10)])).spec
    (program,) = programs(session, "deliver")
    assert program.kind is Kind.PRICK
    (step,) = strokes_of(program)
    assert (step.units, step.depth_um, step.dose_nl, step.period_us) == (63, 1_500, 4_000, 200_000)
    assert (step.dwell_us, step.flow_nl_s, step.trigger) == (10_000, 100_000, Trigger.HELD)
    assert [(run.zone, run.units) for run in program.zones] == [(0, 63)]


def test_the_specification_carries_profile_product_and_zone_limits() -> None:
    profile = load_profile("nappage-gun").profile
    session = planned(plan()).spec
    assert session.treatment_id == "T-1"
    assert (session.nonce, session.case, session.first_rid) == (1, 2, 3)
    assert session.profile_hash == canonical_hash(profile).hex()
    assert (session.zones[0].area_mm2, session.zones[0].limit_nl) == (1_575, 315_000)
    assert (session.product, session.product_limit_nl) == ("Saline", 8_000_000)
    assert session.viscosity_upa_s == 1_000
    (stage,) = session.stages
    assert (stage.fit.needle_um, stage.fit.needle_bore_um, stage.fit.bore_um) == (
        4_000,
        159,
        12_060,
    )
    assert (stage.fit.content_nl, stage.fit.reserve_nl) == (4_000_000, 50_000)
    assert stage.fit.title == "needle 30G-4, syringe 5mL filled to 4 mL"


def test_a_mixture_may_be_used_as_far_as_its_scarcest_lot_goes() -> None:
    lots = [
        lot(fraction_percent=75, max_ml_per_session=3),
        lot(lot="L-2", fraction_percent=25, max_ml_per_session=0.5, concentration_mg_ml=2.5),
    ]
    made = planned(plan(product={"name": "Mixture", "lots": lots}))
    assert made.spec.product_limit_nl == 2_000_000
    product = {"name": "Mixture", "lots": lots, "max_ml_per_session": 1.5}
    assert planned(plan(product=product)).spec.product_limit_nl == 1_500_000
    first, second = made.estimates.lots
    assert (first.volume_nl, first.active_ug) == (189_000, None)
    assert (second.volume_nl, second.active_ug) == (63_000, 158)


def test_every_filling_begins_with_a_prime_at_depth_zero() -> None:
    (program,) = programs(planned(plan(prime_ul=120.1)).spec, "prime")
    assert program.kind is Kind.PRIME
    assert [(step.units, step.dose_nl, step.depth_um) for step in strokes_of(program)] == [
        (2, 40_000, 0),
        (1, 40_100, 0),
    ]
    assert program.zones == ()


@pytest.mark.req("DOS-11")
def test_a_session_that_one_syringe_does_not_hold_is_filled_again() -> None:
    made = planned(plan(syringe={"name": "2mL", "fill_ml": 0.2}))
    assert len(made.spec.stages) == 3
    assert made.estimates.fills == 3
    assert made.estimates.waste_nl == 150_000
    assert sum(units_of(program) for program in programs(made.spec, "deliver")) == 63
    assert made.spec.stages[1].fit.title.endswith("filling 2 of 3")
    for stage in made.spec.stages:
        worst_nl = sum(
            step.units * worst_dose_nl(step.dose_nl, 100)
            for program in stage.programs
            for step in strokes_of(program)
        )
        assert worst_nl + 50_000 <= stage.fit.content_nl


def test_the_dead_volume_of_the_plan_takes_the_place_of_the_usual_one() -> None:
    held = [
        units_of(programs(planned(plan(syringe=syringe)).spec, "deliver")[0])
        for syringe in (
            {"name": "2mL", "fill_ml": 0.2, "dead_ul": 0},
            {"name": "2mL", "fill_ml": 0.2},
            {"name": "2mL", "fill_ml": 0.2, "dead_ul": 100},
        )
    ]
    assert held == [32, 21, 10]


def test_a_filling_that_ends_with_a_zone_is_followed_by_the_next_zone() -> None:
    zones = [zone(), zone(name="Other", shape=shape(at_mm=[60, 0]), dose_ul=5)]
    syringe = {"name": "2mL", "fill_ml": 0.3822, "dead_ul": 50}
    made = planned(plan(zones=zones, syringe=syringe))
    runs = [[(run.zone, run.units) for run in p.zones] for p in programs(made.spec, "deliver")]
    assert runs == [[(0, 63)], [(1, 50)], [(1, 13)]]


def test_a_program_is_as_long_as_the_device_takes() -> None:
    profile = gun(units_max=40)
    session = planned(plan(), profile=profile).spec
    assert [units_of(program) for program in programs(session, "deliver")] == [40, 23]
    zones = [zone(name=f"z{n}", shape=shape(at_mm=[50 * n, 0])) for n in range(5)]
    session = planned(plan(zones=zones), profile=gun(steps_max=2)).spec
    assert [len(program.steps) for program in programs(session, "deliver")] == [2, 2, 1]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.integers(6, 60), st.integers(6, 60)), min_size=1, max_size=4),
    st.integers(1, 5),
    st.decimals("0.15", "2", places=3),
    st.integers(10, 1_000),
    st.integers(1, 64),
)
def test_no_point_is_lost_or_added_however_a_session_is_cut(
    sizes: list[tuple[int, int]], dose_ul: int, fill_ml: object, units_max: int, steps_max: int
) -> None:
    zones = [
        zone(
            name=f"z{n}",
            dose_ul=dose_ul,
            spacing_mm=6,
            shape=shape(width_mm=width, height_mm=height, at_mm=[80 * n, 0]),
        )
        for n, (width, height) in enumerate(sizes)
    ]
    profile = gun(units_max=units_max, steps_max=steps_max)
    wanted = plan(zones=zones, syringe={"name": "5mL", "fill_ml": float(str(fill_ml))})
    product = wanted["product"]
    product["lots"] = [lot(max_ml_per_session=100)]
    made = _made_or_too_many_fills(wanted, profile)
    if made is None:
        return
    delivered = programs(made.spec, "deliver")
    runs = [(run.zone, run.units) for program in delivered for run in program.zones]
    assert [zone for zone, units in runs for _ in range(units)] == [p.zone for p in made.points]
    for stage in made.spec.stages:
        for program in stage.programs:
            assert check_program(profile, program, stage.fit) == ()


def _made_or_too_many_fills(wanted: dict[str, object], profile: DeviceProfile) -> Planned | None:
    try:
        return planned(wanted, profile=profile)
    except PlanRefused as error:
        found = {violation.code for violation in error.violations}
    assert found <= {"fills-count", "content-short", "zone-volume"}
    return None


def test_points_and_steps_are_in_the_same_order() -> None:
    zones = [zone(), zone(name="Far", shape=shape(at_mm=[200, 0])),
             zone(name="Near", shape=shape(at_mm=[50, 0]))]  # fmt: skip
    made = planned(plan(zones=zones))
    assert made.order == (0, 2, 1)
    (program,) = programs(made.spec, "deliver")
    assert [run.zone for run in program.zones] == [0, 2, 1]
    assert [point.zone for point in made.points] == [0] * 63 + [2] * 63 + [1] * 63


def test_what_to_expect_is_told_in_whole_base_units() -> None:
    seen = planned(plan()).estimates
    assert (seen.units, seen.volume_nl, seen.waste_nl, seen.fills) == (63, 252_000, 50_000, 1)
    assert seen.pricking_us == 63 * 200_000
    assert seen.session_us == seen.pricking_us + 65_000_000
    assert seen.travel_um == 62 * 5_000
    assert seen.zones[0].limit_nl == 315_000
    plain = seen.to_json()
    assert plain["units"] == 63
    assert plain["zones"] == [seen.zones[0]._asdict()]
    assert plain["reasons"] == {}


def test_a_single_trigger_is_expected_to_take_a_person_s_time() -> None:
    held, single = (planned(plan(zones=[zone(trigger=t)])).estimates for t in ("held", "single"))
    assert single.session_us - held.session_us == 63 * 300_000


def test_a_pen_gets_runs_and_nothing_to_fill() -> None:
    made = planned(pen_plan())
    (stage,) = made.spec.stages
    (program,) = stage.programs
    assert program.kind is Kind.TRAIN
    (step,) = strokes_of(program)
    assert (step.strokes, step.rate_mhz, step.gap_us) == (10, 100_000, 150_000)
    assert (stage.fit.content_nl, stage.fit.bore_um, stage.fit.lot) == (0, 0, 0)
    assert stage.fit.title == "needle 32G-2.5"
    assert (made.spec.product, made.spec.product_limit_nl, made.spec.zones[0].limit_nl) == (
        "",
        0,
        0,
    )
    assert (made.estimates.volume_nl, made.estimates.fills, made.estimates.lots) == (0, 1, ())


def test_a_prime_uses_a_trigger_that_the_device_has() -> None:
    profile = gun(triggers=("single", "none"))
    made = planned(plan(zones=[zone(trigger="none")]), profile=profile)
    (program,) = programs(made.spec, "prime")
    assert {step.trigger for step in program.steps} == {Trigger.SINGLE}


def test_a_reason_lets_an_advised_limit_pass_and_is_kept() -> None:
    deep = [zone(depth_mm=2.5)]
    reasons = {"depth": "scar tissue of the cheek", "volume": "not needed at all"}
    made = planned(plan(zones=deep, reasons=reasons))
    assert made.estimates.reasons == {"depth": "scar tissue of the cheek"}
