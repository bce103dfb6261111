"""What a plan is refused for: everything at once, each with its place, and nothing clamped."""

import pickle

import pytest

from mesodrive.errors import EXIT_REFUSED
from mesodrive.profile_store import load_profile
from mesodrive.sequencing.planner import Identity, make_session
from mesodrive.sequencing.refusal import PlanRefused
from support.profiles import injector
from support.sessions import (
    Data,
    lot,
    needling_zone,
    pen_plan,
    plan,
    planned,
    refusal,
    refused_codes,
    shape,
    zone,
)


def with_zone(**changes: object) -> Data:
    return plan(zones=[zone(**changes)])


def test_a_plan_that_keeps_every_limit_is_not_refused() -> None:
    assert refused_codes(plan()) == []
    assert refused_codes(pen_plan()) == []


@pytest.mark.req("DOS-01")
@pytest.mark.req("DOS-05")
@pytest.mark.parametrize(
    ("changes", "code", "key"),
    [
        ({"depth_mm": 0.2}, "depth-low", "depth_mm"),
        ({"depth_mm": 1.55}, "depth-step", "depth_mm"),
        ({"depth_max_mm": 1.4}, "depth-zone", "depth_mm"),
        ({"depth_mm": 2.1}, "advised-depth", "depth_mm"),
        ({"dose_ul": 0.9}, "dose-low", "dose_ul"),
        ({"dose_ul": 4.05}, "dose-step", "dose_ul"),
        ({"rate_per_s": 9.5}, "period-short", "rate_per_s"),
        ({"rate_per_s": None, "period_ms": 110}, "period-short", "period_ms"),
        ({"dwell_ms": 170}, "unit-too-long", "rate_per_s"),
        ({"dwell_ms": 501, "rate_per_s": 1}, "dwell-long", "dwell_ms"),
        ({"flow_ul_s": 280}, "pressure-high", "flow_ul_s"),
        ({"spacing_mm": 10.1}, "spacing-high", "spacing_mm"),
        ({"margin_mm": 20}, "count-none", "shape"),
        ({"shape": shape(width_mm=0.9, height_mm=0.9), "dose_ul": 5}, "zone-small", "shape"),
    ],
)
def test_a_zone_is_refused_at_the_key_at_fault(
    changes: dict[str, object], code: str, key: str
) -> None:
    refused = refusal(with_zone(**changes))
    found = next(v for v in refused.violations if v.code == code)
    assert found.place == ("zones", 0, key)
    problem = next(p for p in refused.problems if p.code == code)
    assert (problem.file, problem.field) == ("plan.yaml", f"zones[0].{key}")
    assert problem.line > 1
    assert problem.remedy


def test_the_needle_holds_the_depth_where_it_is_short() -> None:
    short = plan(profile="point-gun", needle="27G-4", prime_ul=50, zones=[
        zone(technique="point_by_point", depth_mm=4.5, dose_ul=20, spacing_mm=10, margin_mm=0,
             rate_per_s=1, trigger="single")])  # fmt: skip
    assert refused_codes(short) == ["depth-needle"]


def test_a_pen_is_refused_at_the_key_that_the_plan_uses() -> None:
    long = needling_zone(strokes=None, run_ms=210, rate_per_s=4)
    refused = refusal(pen_plan(zones=[long]))
    assert [(v.code, v.place[-1]) for v in refused.violations] == [("run-long", "run_ms")]
    many = needling_zone(strokes=37, rate_hz=180, rate_per_s=2)
    found = refusal(pen_plan(zones=[many])).violations
    assert {v.code for v in found} == {"strokes-high", "run-long"}
    fast = needling_zone(strokes=5, rate_per_s=6)
    found = refusal(pen_plan(zones=[fast])).violations
    assert [(v.code, v.place[-1]) for v in found] == [("period-short", "rate_per_s")]


def test_a_technique_that_the_device_does_not_have_is_refused_by_name() -> None:
    on_gun = plan(product=None, syringe=None, prime_ul=None, zones=[needling_zone()])
    found = refusal(on_gun).violations
    assert ("kind-unsupported", "train") in [(v.code, v.value) for v in found]
    on_pen = plan(profile="needling-pen", needle="32G-2.5")
    assert {"kind-unsupported", "syringe-unknown"} <= set(refused_codes(on_pen))


def test_parts_that_the_profile_does_not_have_are_refused_with_those_that_it_has() -> None:
    refused = refusal(plan(needle="28G-4", syringe={"name": "20mL", "fill_ml": 4}))
    assert [(v.code, v.place) for v in refused.violations] == [
        ("needle-unknown", ("needle",)),
        ("syringe-unknown", ("syringe", "name")),
    ]
    assert "30G-4" in refused.problems[0].limit


def test_a_syringe_holds_what_it_can_hold() -> None:
    assert refused_codes(plan(syringe={"name": "2mL", "fill_ml": 2})) == []
    assert refused_codes(plan(syringe={"name": "2mL", "fill_ml": 2.001})) == ["syringe-overfull"]


@pytest.mark.req("DOS-11")
def test_a_filling_takes_prime_reserve_and_one_prick_at_its_worst() -> None:
    """50 uL of prime at 110 %, 50 uL that stay, and 4.4 uL."""

    def fill(ml: float) -> list[str]:
        return refused_codes(plan(syringe={"name": "2mL", "fill_ml": ml}))

    assert fill(0.1093) == ["content-short"]
    assert fill(0.1094) == ["fills-count", "session-time"]
    assert fill(0.125) == []


def test_a_prime_keeps_the_device_s_steps_of_dose() -> None:
    refused = refusal(plan(prime_ul=50.05))
    assert [(v.code, v.place) for v in refused.violations] == [("dose-step", ("prime_ul",))]
    assert refused_codes(plan(prime_ul=0)) == ["dose-low"]


@pytest.mark.req("DOS-02")
def test_a_zone_takes_only_what_its_area_may_have() -> None:
    """20 uL for each square centimetre: 5 uL each 5 mm, but a margin may not hide a crowd."""
    wide = shape(width_mm=100, height_mm=100)
    assert refused_codes(with_zone(dose_ul=5, shape=wide)) == []
    assert refused_codes(with_zone(dose_ul=5, margin_mm=0, shape=wide)) == ["zone-volume"]
    crowded = with_zone(dose_ul=5.1, margin_mm=40, shape=wide)
    assert refused_codes(crowded) == ["zone-density"]
    assert refused_codes(with_zone(pattern="hexagonal", dose_ul=4.4, margin_mm=10)) == [
        "zone-density"
    ]
    strip = with_zone(pattern="line", dose_ul=5, shape=shape(height_mm=5))
    assert refused_codes(strip) == []
    thin = with_zone(pattern="line", dose_ul=5, margin_mm=0, shape=shape(height_mm=4))
    assert refused_codes(thin) == ["zone-volume"]


@pytest.mark.req("DOS-02")
def test_zones_on_each_other_count_together() -> None:
    beside = [zone(), zone(name="b", shape=shape(at_mm=[45, 0]))]
    assert refused_codes(plan(zones=beside)) == []
    over = [zone(), zone(name="b", shape=shape(at_mm=[30, 0]))]
    refused = refusal(plan(zones=over))
    assert [(v.code, v.place) for v in refused.violations] == [
        ("zone-overlap", ("zones", 1, "shape"))
    ]
    pens = [needling_zone(), needling_zone(name="b")]
    assert refused_codes(pen_plan(zones=pens)) == []


@pytest.mark.req("DOS-02")
def test_the_session_the_mixture_and_each_lot_have_their_own_limits() -> None:
    product = {"name": "Saline", "max_ml_per_session": 0.2519, "lots": [lot()]}
    assert refused_codes(plan(product=product)) == ["product-volume"]
    product["max_ml_per_session"] = 0.252
    assert refused_codes(plan(product=product)) == []
    lots = [lot(fraction_percent=50, max_ml_per_session=0.1259),
            lot(lot="L-2", fraction_percent=50)]  # fmt: skip
    refused = refusal(plan(product={"name": "Mixture", "lots": lots}))
    assert [v.place for v in refused.violations] == [("product", "lots", 0, "max_ml_per_session")]


def big(rate_per_s: float, *, width_mm: int = 300, **changes: object) -> Data:
    """Return a body zone with 60 points in each row of 300 mm, 4 uL each."""
    body = zone(shape=shape(width_mm=width_mm, height_mm=300), rate_per_s=rate_per_s)
    product = {"name": "Saline", "lots": [lot(max_ml_per_session=1_000)]}
    syringe = {"name": "10mL", "fill_ml": 10}
    return plan(zones=[body], product=product, syringe=syringe, **changes)


@pytest.mark.req("DOS-02")
def test_volume_in_sixty_seconds_and_ten_minutes_is_counted_at_the_fastest_pace() -> None:
    """3,600 points of 4 uL are 14.4 mL."""
    codes = refused_codes(big(9))
    assert codes == ["session-volume", "advised-volume", "window-60s", "window-10min"]
    slower = refused_codes(big(8.3))
    assert "window-60s" in refused_codes(big(8.4))
    assert slower == ["session-volume", "advised-volume", "window-10min"]


@pytest.mark.req("USE-01")
def test_a_large_volume_needs_a_reason() -> None:
    small = big(2, width_mm=125)
    assert refused_codes(small) == ["advised-volume"]
    assert refused_codes(big(2, width_mm=125, reasons={"volume": "both flanks at once"})) == []


def test_a_session_that_takes_too_long_is_refused() -> None:
    assert refused_codes(with_zone(rate_per_s=0.02)) == []
    assert refused_codes(with_zone(rate_per_s=0.01)) == ["session-time"]


@pytest.mark.req("DOS-01")
def test_a_lot_past_its_last_day_is_refused() -> None:
    assert refused_codes(plan(), today="2027-03-31") == []
    refused = refusal(plan(), today="2027-04-01")
    assert [(v.code, v.place) for v in refused.violations] == [
        ("lot-expired", ("product", "lots", 0, "expiry"))
    ]


def test_a_plan_for_another_device_is_refused() -> None:
    other = injector("point-gun")
    found = refusal(plan(), profile=other).violations
    assert ("profile-other", "nappage-gun", "point-gun") in [
        (v.code, v.value, v.limit) for v in found
    ]


@pytest.mark.req("DOS-04")
def test_a_million_points_are_refused_on_their_count_without_laying_them_out() -> None:
    refused = refusal(with_zone(spacing_mm=1, shape=shape(width_mm=1_000, height_mm=1_000)))
    found = [v.code for v in refused.violations]
    assert "count-high" in found
    assert "layout-large" in found
    assert "zone-volume" not in found


def test_more_points_than_a_session_may_have_are_refused() -> None:
    zones = [zone(name=f"z{n}", dose_ul=1, spacing_mm=3, margin_mm=0,
                  shape=shape(width_mm=150, height_mm=150, at_mm=[0, 160 * n]))
             for n in range(4)]  # fmt: skip
    found = refusal(plan(zones=zones)).violations
    (count,) = [v for v in found if v.code == "count-high"]
    assert (count.value, count.limit) == (4 * 51 * 51, 10_000)


def test_a_long_thin_outline_costs_no_time() -> None:
    thin = {"type": "polygon", "points_mm": [[0, 0], [1_000, 999], [1_000, 1_000]]}
    assert "layout-large" in refused_codes(with_zone(shape=thin, spacing_mm=1))
    line = with_zone(pattern="line", spacing_mm=1, shape=shape(width_mm=100), dose_ul=2)
    assert refused_codes(line) == []


def test_an_outline_that_crosses_itself_is_refused() -> None:
    bow = {"type": "polygon", "points_mm": [[0, 0], [60, 60], [60, 0], [0, 50]]}
    found = refusal(with_zone(shape=bow)).violations
    assert [(v.code, v.place) for v in found] == [
        ("outline-crossing", ("zones", 0, "shape", "points_mm"))
    ]


@pytest.mark.req("DOS-01")
def test_everything_is_told_at_once_in_the_order_of_the_file() -> None:
    bad = plan(
        needle="99G",
        zones=[
            zone(depth_mm=4.5, dose_ul=60, rate_per_s=20, spacing_mm=0.5, trigger="none"),
            zone(name="b", dwell_ms=900, shape=shape(at_mm=[50, 0])),
        ],
    )
    refused = refusal(bad, today="2030-01-01")
    found = {(v.code, v.place[1] if len(v.place) > 1 else None) for v in refused.violations}
    assert {
        ("needle-unknown", None),
        ("lot-expired", "lots"),
        ("depth-high", 0),
        ("dose-high", 0),
        ("period-short", 0),
        ("spacing-low", 0),
        ("zone-volume", 0),
        ("dwell-long", 1),
        ("unit-too-long", 1),
    } <= found
    places = [(problem.line, problem.column) for problem in refused.problems]
    assert places == sorted(places)
    assert refused.exit_code == EXIT_REFUSED


def test_a_dose_of_nothing_is_refused_and_not_divided_by() -> None:
    assert refused_codes(with_zone(dose_ul=0)) == ["dose-low"]


def test_a_refusal_survives_pickling_and_does_without_a_file() -> None:
    refused = refusal(with_zone(depth_mm=0.2))
    again = pickle.loads(pickle.dumps(refused))
    assert (again.problems, again.violations) == (refused.problems, refused.violations)
    assert str(again) == str(refused)
    made = planned(plan())
    profile = load_profile("point-gun").profile
    with pytest.raises(PlanRefused) as caught:
        make_session(made.plan, profile, today="2026-06-01", identity=Identity(1, 2, 3))
    assert caught.value.problems[0].file == "plan"
    assert caught.value.problems[0].line == 0
