"""What a plan may say: numbers with units, days, names, and values that belong together."""

import json
import pickle

import pytest

from mesodrive.errors import DocumentError, Problem
from mesodrive.plan_store import load_plan, parse_plan
from mesodrive.sequencing.plan import Plan
from support.sessions import lot, needling_zone, pen_plan, plan, shape, zone


def problems(data: dict[str, object]) -> list[Problem]:
    """Return what is wrong with a plan before any device is asked."""
    with pytest.raises(DocumentError) as caught:
        parse_plan(json.dumps(data, indent=1), file="plan.yaml")
    return list(caught.value.problems)


def read(data: dict[str, object]) -> Plan:
    found = parse_plan(json.dumps(data)).plan
    assert isinstance(found, Plan)
    return found


def test_numbers_become_whole_base_units() -> None:
    cheek = read(plan()).zones[0]
    assert (cheek.depth_um, cheek.dose_nl, cheek.flow_nl_s) == (1_500, 4_000, 100_000)
    assert cheek.spacing_um == 5_000
    assert cheek.period_us == 200_000


def test_a_rate_that_does_not_divide_evenly_gets_the_slower_period() -> None:
    assert read(plan(zones=[zone(rate_per_s=9)])).zones[0].period_us == 111_112
    exact = zone(rate_per_s=None, period_ms=111.111)
    assert read(plan(zones=[exact])).zones[0].period_us == 111_111


@pytest.mark.req("USE-01")
@pytest.mark.req("DOS-01")
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("depth_mm", 1.5005),
        ("depth_mm", -0.1),
        ("depth_mm", 65.536),
        ("depth_mm", "1.5"),
        ("depth_mm", True),
        ("dose_ul", 0.0001),
        ("dose_ul", 1e300),
        ("spacing_mm", 0),
        ("rate_per_s", 0),
        ("rate_per_s", 1001),
        ("flow_ul_s", 0),
        ("dwell_ms", 600_001),
    ],
)
def test_a_number_that_is_no_whole_base_unit_or_out_of_bounds_is_refused_at_its_place(
    key: str, value: object
) -> None:
    (found,) = problems(plan(zones=[zone(**{key: value})]))
    assert found.field == f"zones[0].{key}"
    assert found.line > 1
    assert found.remedy


def test_a_newer_schema_is_refused_by_name_and_by_itself() -> None:
    (found,) = problems(plan(schema=2, novelty=1))
    assert found.code == "schema-newer"
    assert "newer" in found.limit


@pytest.mark.parametrize("treatment", ["Jane Doe", "a" * 41, "", "J.D.", 17])
def test_a_treatment_has_no_room_for_a_name(treatment: object) -> None:
    (found,) = problems(plan(treatment=treatment))
    assert found.field == "treatment"


@pytest.mark.parametrize(
    "day", ["2027-02-29", "2027-13-01", "0000-01-01", "31.3.2027", "2027-00-10"]
)
def test_an_expiry_is_a_day_of_the_calendar(day: str) -> None:
    (found,) = problems(plan(product={"name": "Saline", "lots": [lot(expiry=day)]}))
    assert found.field == "product.lots[0].expiry"


def test_a_leap_day_is_a_day() -> None:
    read(plan(product={"name": "Saline", "lots": [lot(expiry="2028-02-29")]}))


def test_a_mixture_is_a_whole_and_each_lot_stands_once() -> None:
    halves = [lot(fraction_percent=50), lot(fraction_percent=49.9)]
    found = problems(plan(product={"name": "Mixture", "lots": halves}))
    assert [problem.code for problem in found] == ["fractions-not-whole", "name-twice"]
    assert "99.9 %" in found[0].value


def test_zones_have_different_names() -> None:
    (found,) = problems(plan(zones=[zone(), zone()]))
    assert (found.code, found.field) == ("name-twice", "zones[1].name")


def test_a_plan_that_delivers_names_product_syringe_and_prime() -> None:
    bare = plan(product=None, syringe=None, prime_ul=None)
    assert {problem.field for problem in problems(bare)} == {"product", "syringe", "prime_ul"}


def test_a_plan_that_only_needles_has_neither() -> None:
    full = plan(zones=[needling_zone()])
    assert [problem.code for problem in problems(full)] == ["key-extra"] * 3
    assert not read(pen_plan()).delivers


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"dose_ul": None}, "key-missing"),
        ({"flow_ul_s": None}, "key-missing"),
        ({"rate_per_s": None}, "key-choice"),
        ({"period_ms": 100}, "key-choice"),
        ({"rate_hz": 100}, "key-extra"),
        ({"strokes": 5}, "key-extra"),
        ({"run_ms": 5}, "key-extra"),
    ],
)
def test_a_prick_has_a_dose_a_flow_one_pace_and_no_strokes(
    changes: dict[str, object], code: str
) -> None:
    assert [problem.code for problem in problems(plan(zones=[zone(**changes)]))] == [code]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"dose_ul": 1}, "key-extra"),
        ({"flow_ul_s": 1}, "key-extra"),
        ({"dwell_ms": 1}, "key-extra"),
        ({"rate_hz": None}, "key-missing"),
        ({"strokes": None}, "key-choice"),
        ({"run_ms": 100}, "key-choice"),
        ({"strokes": None, "run_ms": 99.999}, "strokes-not-whole"),
        ({"rate_per_s": 20}, "run-longer-than-period"),
        ({"rate_per_s": None, "period_ms": 99.9}, "run-longer-than-period"),
    ],
)
def test_a_run_has_a_rate_its_strokes_or_time_and_no_dose(
    changes: dict[str, object], code: str
) -> None:
    found = problems(pen_plan(zones=[needling_zone(**changes)]))
    assert [problem.code for problem in found] == [code]


def test_a_run_is_given_by_its_strokes_or_its_time() -> None:
    by_strokes = read(pen_plan()).zones[0]
    by_time = read(pen_plan(zones=[needling_zone(strokes=None, run_ms=100)])).zones[0]
    assert by_strokes.strokes == by_time.strokes == 10
    assert by_strokes.gap_us == by_time.gap_us == 150_000


@pytest.mark.parametrize(
    ("outline", "field"),
    [
        ({"type": "circle", "width_mm": 1}, "zones[0].shape"),
        ({"type": "rectangle", "width_mm": 1}, "zones[0].shape.height_mm"),
        ({"type": "polygon", "points_mm": [[0, 0], [1, 1]]}, "zones[0].shape.points_mm"),
        ({"type": "polygon", "points_mm": [[0, 0], [1, 1], [1]]}, "zones[0].shape.points_mm[2][1]"),
        (shape(at_mm=[0, 2001]), "zones[0].shape.at_mm[1]"),
        (shape(rotate_deg=361), "zones[0].shape.rotate_deg"),
    ],
)
def test_a_shape_is_complete_and_its_faults_have_a_place(outline: object, field: str) -> None:
    (found,) = problems(plan(zones=[zone(shape=outline)]))
    assert found.field == field


def test_an_unknown_key_gets_a_guess() -> None:
    (found,) = problems(plan(zones=[zone(depht_mm=1)]))
    assert found.code == "key-unknown"
    assert "depth_mm" in found.remedy


@pytest.mark.req("USE-01")
def test_an_unknown_reason_is_refused_and_a_short_one_too() -> None:
    assert problems(plan(reasons={"dose": "because it is needed"}))
    assert problems(plan(reasons={"depth": "short"}))


def test_a_treatment_and_reasons_from_beside_the_plan_are_checked_like_its_own(
    tmp_path: object,
) -> None:
    text = json.dumps(plan(reasons={"depth": "deep on purpose"}))
    read = parse_plan(text, treatment="T-2", reasons={"volume": "large on purpose"})
    assert read.plan.treatment == "T-2"
    assert set(read.plan.reasons) == {"depth", "volume"}
    assert read.text == text
    assert len(read.file_hash) == 32
    with pytest.raises(DocumentError):
        parse_plan(text, treatment="Jane Doe")
    with pytest.raises(DocumentError):
        parse_plan(json.dumps(plan(reasons=3)), reasons={"depth": "deep on purpose"})
    with pytest.raises(DocumentError):
        parse_plan("[1, 2]", treatment="T-1")


def test_a_plan_that_is_not_there_is_one_clear_problem() -> None:
    with pytest.raises(DocumentError) as caught:
        load_plan("no/such/plan.yaml")
    assert caught.value.exit_code == 3
    assert pickle.loads(pickle.dumps(caught.value)).problems == caught.value.problems
