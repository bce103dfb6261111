"""The rules on one program: what is within a limit passes, the next value is refused."""

import pytest

from mesodrive.limits import Envelope, Violation, check_program, envelope_of
from mesodrive.limits.fluid import TISSUE_PA, needle_pa
from mesodrive.limits.program_rules import worst_dose_nl
from mesodrive.limits.texts import LIMIT_TEXTS
from mesodrive_protocol.enums import Kind, Trigger
from support.envelopes import GUN, PEN, PEN_FIT, TRAIN, Fit, Program, Step, ZoneRun
from support.profiles import injector

HUGE = 1 << 80
"""Beyond every integer type on the way."""
FIT = Fit()


def codes(found: tuple[Violation, ...]) -> list[str]:
    return [violation.code for violation in found]


def of_step(step: Step, kind: Kind = Kind.PRICK, env: Envelope = GUN, fit: Fit = FIT) -> list[str]:
    """Return what is wrong with a program of one unit of a step."""
    zones = (ZoneRun(1),) if kind in (Kind.PRICK, Kind.TRAIN) else ()
    program = Program(kind=kind, steps=(step._replace(units=1),), zones=zones)
    return codes(check_program(env, program, fit, left_nl=HUGE))


def changed(step: Step, field: str, value: int) -> Step:
    return step._replace(**{field: value})  # type: ignore[arg-type]  # never the trigger


def of_train(step: Step) -> list[str]:
    return of_step(step, Kind.TRAIN, PEN, PEN_FIT)


@pytest.mark.req("DOS-01")
@pytest.mark.parametrize(
    ("field", "low", "high", "low_code", "high_code"),
    [
        ("depth_um", 300, 4_000, "depth-low", "depth-needle"),
        ("dose_nl", 1_000, 50_000, "dose-low", "dose-high"),
        ("period_us", 110_000, None, "period-short", ""),
        ("dwell_us", 0, 400_000, "", "dwell-long"),
        ("flow_nl_s", 20_000, 260_000, "unit-too-long", "flow-high"),
        ("strokes", 0, 0, "", "strokes-impossible"),
    ],
)
def test_a_prick_at_its_limits_passes_and_one_beyond_is_refused(
    field: str, low: int, high: int | None, low_code: str, high_code: str
) -> None:
    step = Step(dose_nl=10_000, period_us=500_000) if field == "flow_nl_s" else Step()
    assert of_step(changed(step, field, low)) == []
    assert of_step(changed(step, field, low + 1)) in ([], [high_code])
    if low_code:
        assert of_step(changed(step, field, low - 1)) == [low_code]
    if high is not None:
        assert of_step(changed(step, field, high)) == []
        assert of_step(changed(step, field, high + 1)) == [high_code]
        assert high_code in of_step(changed(step, field, HUGE))


@pytest.mark.req("DOS-01")
@pytest.mark.parametrize(
    ("field", "low", "high", "low_code", "high_code"),
    [
        ("depth_um", 250, 2_500, "depth-low", "depth-high"),
        ("strokes", 9, 20, "period-short", "run-long"),
        ("rate_mhz", 50_000, 180_000, "run-long", "rate-high"),
        ("gap_us", 50_000, None, "period-short", ""),
        ("dose_nl", 0, 0, "", "dose-impossible"),
    ],
)
def test_a_run_at_its_limits_passes_and_one_beyond_is_refused(
    field: str, low: int, high: int | None, low_code: str, high_code: str
) -> None:
    step = TRAIN._replace(gap_us=95_000) if field == "rate_mhz" else TRAIN
    assert of_train(changed(step, field, low)) == []
    if low_code:
        assert low_code in of_train(changed(step, field, low - 1))
    if high is not None:
        assert of_train(changed(step, field, high)) == []
        assert high_code in of_train(changed(step, field, high + 1))


def test_a_run_has_strokes_and_a_rate() -> None:
    assert of_train(TRAIN._replace(strokes=0, gap_us=150_000)) == ["strokes-low"]
    assert of_train(TRAIN._replace(rate_mhz=0, gap_us=150_000)) == ["rate-low"]
    fast = PEN._replace(rate_mhz_max=1_000_000)
    step = TRAIN._replace(rate_mhz=300_000, strokes=30)
    assert of_step(step, Kind.TRAIN, fast, PEN_FIT) == []
    assert of_step(step._replace(strokes=31), Kind.TRAIN, fast, PEN_FIT) == ["strokes-high"]


@pytest.mark.req("DOS-05")
def test_depth_is_held_by_the_device_where_the_needle_is_longer() -> None:
    long = Fit(needle_um=13_000)
    assert of_step(Step(depth_um=5_000, flow_nl_s=10_000), fit=long) == []
    assert of_step(Step(depth_um=5_001, flow_nl_s=10_000), fit=long) == ["depth-high"]


def test_depth_and_dose_are_whole_steps_of_the_device() -> None:
    coarse = GUN._replace(depth_step_um=100, dose_step_nl=100)
    assert of_step(Step(depth_um=1_501), env=coarse) == ["depth-step"]
    assert of_step(Step(dose_nl=5_050), env=coarse) == ["dose-step"]
    assert of_step(Step(), env=coarse) == []


def test_dwell_and_delivery_fit_between_two_pricks() -> None:
    """50 ms of delivery and 61 ms of dwell do not fit into 110 ms."""
    step = Step(period_us=110_000, dwell_us=60_000)
    assert of_step(step) == []
    assert of_step(step._replace(dwell_us=60_001)) == ["unit-too-long"]


def test_the_mean_flow_is_the_dose_over_the_period() -> None:
    step = Step(dose_nl=50_000, period_us=500_000, flow_nl_s=200_000)
    assert of_step(step) == []
    assert of_step(step._replace(period_us=499_999)) == ["mean-flow-high"]


def test_a_dose_without_flow_or_period_is_refused_and_not_divided_by() -> None:
    assert of_step(Step(flow_nl_s=0)) == ["flow-low"]
    assert of_step(Step(period_us=0)) == ["period-short", "unit-too-long"]


@pytest.mark.req("DOS-12")
def test_pressure_counts_needle_product_and_skin() -> None:
    """30G by 4 mm takes 278 uL/s of water below 138 kPa; 27 kPa per 100 uL/s and 67 of skin."""
    free = GUN._replace(flow_nl_s_max=None)
    assert of_step(Step(flow_nl_s=278_000), env=free) == []
    assert of_step(Step(flow_nl_s=279_000), env=free) == ["pressure-high"]
    thin = Fit(needle_bore_um=108)
    known = free._replace(needles=(free.needles[0]._replace(bore_um=108),))
    assert of_step(Step(flow_nl_s=200_000), env=known, fit=thin) == ["pressure-high"]
    program = Program(steps=(Step(units=10, flow_nl_s=100_000),))
    assert codes(check_program(GUN, program, Fit(), viscosity_upa_s=3_000)) == ["pressure-high"]
    assert check_program(GUN, program, Fit(), viscosity_upa_s=2_500) == ()


def test_a_flow_is_shared_by_the_needles_of_a_head() -> None:
    five = GUN._replace(pins=5, flow_nl_s_max=None)
    assert of_step(Step(flow_nl_s=1_000_000), env=five, fit=Fit(pins=5)) == []


def test_a_needle_drops_the_pressure_that_the_published_table_has() -> None:
    """30G by 4 mm: 25 kPa for 100 uL/s of water; 32G: 120 kPa."""
    assert needle_pa(100_000, 4_000, 159, 1_000) == 25_500
    assert 119_000 < needle_pa(100_000, 4_000, 108, 1_000) < 121_000
    assert TISSUE_PA == 67_000


def test_a_prime_has_no_depth_and_no_skin() -> None:
    prime = Step(depth_um=0, flow_nl_s=260_000)
    assert of_step(prime, Kind.PRIME) == []
    assert of_step(prime._replace(depth_um=1), Kind.PRIME) == ["depth-prime"]
    free = GUN._replace(flow_nl_s_max=None)
    assert of_step(prime._replace(flow_nl_s=500_000), Kind.PRIME, free) == []
    assert of_step(prime._replace(flow_nl_s=550_000), Kind.PRIME, free) == ["pressure-high"]


def test_a_dry_stroke_has_no_dose() -> None:
    dry = Step(dose_nl=0, flow_nl_s=0)
    assert of_step(dry, Kind.DRY) == []
    assert of_step(dry._replace(dose_nl=1_000), Kind.DRY) == ["dose-impossible"]


def test_a_device_without_a_plunger_has_no_dose_in_a_stroke_either() -> None:
    env = PEN._replace(kinds=frozenset({Kind.PRICK}), dwell_us_max=0)
    bare = Step(dose_nl=0, flow_nl_s=1)
    assert of_step(bare, env=env, fit=PEN_FIT) == []
    assert of_step(bare._replace(dose_nl=1), env=env, fit=PEN_FIT) == ["dose-impossible"]


def test_only_triggers_kinds_and_heads_of_the_device_pass() -> None:
    assert of_step(Step(trigger=Trigger.NONE)) == ["trigger-unsupported"]
    (found,) = check_program(GUN, Program(steps=(Step(trigger=Trigger.NONE),)), Fit())
    assert (found.value, found.limit) == ("none", "single, held")
    pen_kind = Program(kind=Kind.TRAIN, steps=(TRAIN,))
    assert "kind-unsupported" in codes(check_program(GUN, pen_kind, Fit()))
    assert codes(check_program(GUN, Program(head=1), Fit())) == ["head-unknown"]


@pytest.mark.req("DOS-04")
def test_a_program_has_as_many_steps_and_units_as_the_device_takes() -> None:
    def with_steps(number: int, units: int) -> list[str]:
        steps = (Step(units=units),) * number
        program = Program(steps=steps, zones=(ZoneRun(number * units),))
        return codes(check_program(GUN, program, Fit()))

    assert with_steps(4, 25) == []
    assert with_steps(5, 20) == ["steps-count"]
    assert with_steps(1, 101) == ["units-count"]
    empty = Program(steps=(), zones=())
    assert codes(check_program(GUN, empty, Fit())) == ["steps-count", "units-count"]


def test_every_unit_that_delivers_lies_in_a_zone_and_no_prime_does() -> None:
    assert codes(check_program(GUN, Program(zones=(ZoneRun(9),)), Fit())) == ["zones-count"]
    prime = Program(kind=Kind.PRIME, steps=(Step(depth_um=0),), zones=())
    assert check_program(GUN, prime, Fit()) == ()
    placed = prime._replace(zones=(ZoneRun(10),))
    assert codes(check_program(GUN, placed, Fit())) == ["zones-count"]


@pytest.mark.req("DOS-11")
def test_a_program_that_the_syringe_cannot_finish_at_its_worst_is_refused() -> None:
    program = Program(steps=(Step(units=10, dose_nl=5_000),))
    assert check_program(GUN, program, Fit(), left_nl=55_000) == ()
    (found,) = check_program(GUN, program, Fit(), left_nl=54_999)
    assert (found.code, found.value, found.limit) == ("content-short", 55_000, 54_999)
    assert codes(check_program(GUN, program, Fit(content_nl=54_999))) == ["content-short"]


def test_the_worst_dose_is_a_tenth_or_one_step_over() -> None:
    assert worst_dose_nl(5_000, 100) == 5_500
    assert worst_dose_nl(1_001, 1) == 1_102
    assert worst_dose_nl(1_000, 500) == 1_500
    assert worst_dose_nl(0, 500) == 0


def test_what_is_fitted_has_to_be_in_the_profile() -> None:
    def with_fit(fit: Fit) -> list[str]:
        return codes(check_program(GUN, Program(), fit))

    assert with_fit(Fit(needle_um=4_001)) == ["needle-unknown"]
    assert with_fit(Fit(needle_bore_um=160)) == ["needle-unknown"]
    assert with_fit(Fit(pins=5)) == ["pins-wrong"]
    assert with_fit(Fit(head=1)) == ["head-unknown"]
    assert with_fit(Fit(bore_um=1)) == ["syringe-unknown"]
    assert with_fit(Fit(content_nl=5_000_000)) == []
    assert with_fit(Fit(content_nl=5_000_001)) == ["syringe-overfull"]


def test_a_pen_has_no_syringe() -> None:
    program = Program(kind=Kind.TRAIN, steps=(TRAIN,))
    assert check_program(PEN, program, PEN_FIT) == ()
    (found,) = check_program(PEN, program, PEN_FIT._replace(bore_um=12_060))
    assert (found.code, found.limit) == ("syringe-unknown", "none")
    assert codes(check_program(PEN, program, PEN_FIT._replace(content_nl=1))) == ["syringe-unknown"]


def test_a_fitting_without_a_bore_has_no_pressure_to_tell() -> None:
    solid = GUN._replace(needles=(GUN.needles[0]._replace(bore_um=0),))
    assert of_step(Step(), env=solid, fit=Fit(needle_bore_um=0)) == []


@pytest.mark.req("DOS-01")
def test_all_violations_are_told_at_once_each_with_place_value_limit_and_remedy() -> None:
    steps = (Step(), Step(depth_um=9_000, dose_nl=60_000, dwell_us=500_000))
    program = Program(steps=steps, zones=(ZoneRun(20),))
    found = check_program(GUN, program, Fit(pins=2))
    assert codes(found) == ["pins-wrong", "depth-high", "depth-needle", "dwell-long", "dose-high",
                            "unit-too-long"]  # fmt: skip
    for violation in found:
        assert violation.remedy == LIMIT_TEXTS[violation.code].remedy
        assert violation.place[0] in ("fit", "steps")
    assert found[1][:5] == ("depth-high", ("steps", 1, "depth_um"), 9_000, 5_000, "um")


def test_a_profile_stands_for_its_envelope() -> None:
    profile = injector("nappage-gun")
    env = envelope_of(profile)
    program = Program(steps=(Step(trigger=Trigger.NONE),))
    assert check_program(profile, program, Fit()) == check_program(env, program, Fit()) == ()
    assert env.dose_nl_max == profile.hard_limits.dose_nl_max
    assert {needle.name for needle in env.needles} >= {"30G-4"}
