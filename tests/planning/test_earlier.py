"""A plan after earlier sessions of its treatment: common totals, and skin that is not intact."""

from typing import Any

import pytest

from mesodrive.limits.violation import Violation
from mesodrive.sequencing.earlier import EarlierSession, TouchedZone, from_json, listed, together
from mesodrive.sequencing.planner import Identity, make_session
from mesodrive.sequencing.refusal import PlanRefused
from support import courses, electric_plans, sessions
from support.electric_plans import burst, exfoliation, pad, pulses, reading
from support.profiles import injector, transdermal

LIMIT_NL = 10_000_000
LIMIT_UC = 4_800_000


def session_with(**changes: object) -> EarlierSession:
    """Return the real session of pricks with other facts."""
    (one,) = courses.earlier_of(courses.needles())
    return EarlierSession(**{**one._asdict(), **changes})


def violations(data: dict[str, Any], *earlier: EarlierSession) -> list[Violation]:
    electric = "electrode" in data
    read = (electric_plans if electric else sessions).loaded(data)
    name = read.plan.profile
    try:
        make_session(
            read.plan,
            transdermal(name) if electric else injector(name),
            today=sessions.TODAY,
            identity=Identity(1, 2, 3),
            document=read.document,
            earlier=earlier,
        )
    except PlanRefused as refused:
        return list(refused.violations)
    return []


def codes(data: dict[str, Any], *earlier: EarlierSession) -> list[str]:
    return [found.code for found in violations(data, *earlier)]


def test_a_volume_within_the_limit_together_with_what_came_before_is_no_violation() -> None:
    most = LIMIT_NL - courses.NEEDLE_NL
    assert not codes(sessions.plan(), session_with(lo=0, hi=most))


def test_one_nanolitre_above_the_limit_together_is_refused_with_all_its_facts() -> None:
    most = LIMIT_NL - courses.NEEDLE_NL + 1
    (found,) = violations(sessions.plan(), session_with(lo=0, hi=most))
    assert (found.code, found.place) == ("common-volume", ("zones",))
    assert (found.value, found.limit, found.unit) == (LIMIT_NL + 1, LIMIT_NL, "nl")
    assert "planned are 252 uL, given at most were 1.mdlog 9748.001 uL" in found.sentence()


def test_several_sessions_that_each_keep_the_limit_break_it_together() -> None:
    third = LIMIT_NL // 3
    parts = [session_with(lo=third, hi=third) for _ in range(3)]
    assert codes(sessions.plan(), *parts) == ["common-volume"]
    assert not codes(sessions.plan(), *parts[:2])


def test_a_charge_is_added_to_charges_only_and_a_volume_to_volumes_only() -> None:
    huge = session_with(unit="uC", lo=0, hi=100 * LIMIT_NL, zones=())
    strokes = session_with(unit="strokes", lo=0, hi=100 * LIMIT_NL, zones=())
    assert not codes(sessions.plan(), huge, strokes)
    volume = session_with(lo=0, hi=100 * LIMIT_NL, zones=())
    assert not codes(electric_plans.burst_plan(), volume, strokes)
    assert codes(electric_plans.burst_plan(), huge) == ["common-charge"]
    sums = together([huge, strokes, volume])
    assert sums == dict.fromkeys(("uC", "strokes", "nL"), (0, 100 * LIMIT_NL))


def test_a_charge_meets_the_limit_of_its_unit_to_the_microcoulomb() -> None:
    planned_uc = 60_000
    before = session_with(unit="uC", lo=0, hi=LIMIT_UC - planned_uc, zones=())
    assert not codes(electric_plans.burst_plan(), before)
    above = before._replace(hi=before.hi + 1)
    (found,) = violations(electric_plans.burst_plan(), above)
    assert (found.code, found.value, found.limit) == ("common-charge", LIMIT_UC + 1, LIMIT_UC)


def test_what_gives_none_of_a_unit_is_not_blamed_for_what_came_before() -> None:
    above = session_with(unit="uC", lo=0, hi=LIMIT_UC + 1, zones=())
    assert not codes(electric_plans.burst_plan(reading()), above)
    assert not codes(sessions.pen_plan(), session_with(hi=LIMIT_NL + 1))


def test_common_totals_and_every_other_violation_are_told_at_once() -> None:
    wrong = sessions.plan(
        zones=[sessions.zone(depth_mm=20)], product={"name": "Old", "lots": [
            sessions.lot(expiry="2001-01-01")]},
    )  # fmt: skip
    found = codes(wrong, session_with(hi=LIMIT_NL))
    assert {"common-volume", "depth-high", "lot-expired"} <= set(found)
    electric = electric_plans.burst_plan(burst(ramp_s=1, peak_ma=30))
    spent = session_with(unit="uC", lo=0, hi=LIMIT_UC)
    found = codes(electric, spent)
    assert {"common-charge", "skin-opened", "ramp-short", "density-high"} <= set(found)


@pytest.mark.parametrize("zones", [(burst(),), (burst(place="back"),)])
def test_pricked_skin_is_not_intact_wherever_the_current_is_to_flow(zones: tuple[Any]) -> None:
    (found,) = violations(electric_plans.burst_plan(*zones), session_with())
    assert (found.code, found.place, found.value) == ("skin-opened", ("skin",), "intact")
    assert found.expected() == (
        "exfoliated, since 1.mdlog has pricked 'Cheek' (63 units), "
        "which may be anywhere on the body"
    )
    assert "write skin: exfoliated" in found.remedy


def test_pulses_are_refused_on_pricked_skin_as_well() -> None:
    assert codes(electric_plans.pulse_plan(pulses()), session_with()) == ["skin-opened"]


def test_a_plan_that_says_that_the_skin_is_not_intact_meets_the_limits_of_such_skin() -> None:
    assert not codes(courses.current_plan(), session_with())
    unread = courses.current_plan(burst(peak_ma=3))
    assert codes(unread, session_with()) == ["reading-missing"]
    dense = courses.current_plan(reading(), burst(peak_ma=6))
    assert "density-exfoliated" in codes(dense, session_with())
    never = electric_plans.pulse_plan(
        reading(place="forearm"), pulses(), skin="exfoliated"
    )  # fmt: skip
    assert "exfoliated-current" in codes(never, session_with())


def test_a_plan_without_current_may_call_the_skin_as_it_is() -> None:
    assert not codes(electric_plans.burst_plan(reading()), session_with())


def test_a_session_that_certainly_pricked_nothing_opens_no_skin() -> None:
    zone = TouchedZone("Cheek", "", "pricked", 0, 0)
    assert not codes(electric_plans.burst_plan(), session_with(zones=(zone,)))
    maybe = zone._replace(units_hi=2)
    (found,) = violations(electric_plans.burst_plan(), session_with(zones=(maybe,)))
    assert "'Cheek' (0 to 2 units)" in found.sentence()


def test_an_exfoliation_opens_its_own_place_only() -> None:
    (before,) = courses.earlier_of(courses.exfoliated())
    assert [zone.how for zone in before.zones] == ["exfoliated"]
    (found,) = violations(electric_plans.burst_plan(burst(place="cheek")), before)
    assert found.code == "skin-opened"
    assert "exfoliated 'Exfoliation' on the cheek (50 units)" in found.sentence()
    assert "anywhere" not in found.sentence()
    assert not codes(electric_plans.burst_plan(burst(place="back")), before)


def test_current_before_opens_no_skin() -> None:
    (before,) = courses.earlier_of(courses.bursts())
    assert {zone.how for zone in before.zones} == {"measured", "current"}
    assert not codes(electric_plans.burst_plan(), before)


def test_each_session_that_opened_the_skin_is_named_and_long_lists_are_counted() -> None:
    many = tuple(TouchedZone(f"Z{n}", "", "pricked", 1, 1) for n in range(5))
    found = violations(
        electric_plans.burst_plan(), session_with(), session_with(name="2.mdlog", zones=many)
    )
    assert [one.code for one in found] == ["skin-opened"] * 2
    assert "and 2 more" in found[1].sentence()
    assert listed(["a"]) == "a"


def test_an_exfoliation_after_needles_makes_the_state_that_the_plan_says() -> None:
    zones = (exfoliation(), reading(), burst(peak_ma=3, shape=pad()))
    assert not codes(courses.current_plan(*zones, skin="exfoliated_now"), session_with())


def test_an_earlier_session_is_the_same_after_it_was_written_and_read() -> None:
    (one,) = courses.earlier_of(courses.needles())
    facts = one.to_json()
    assert "name" not in facts
    again = from_json(facts)
    assert again._replace(name=one.name) == one
    assert again.name == f"session {one.head[:12]}"


@pytest.mark.parametrize(
    "changes",
    [
        {"unit": "mL"},
        {"lo": -1},
        {"hi": 1.5},
        {"hi": True},
        {"lo": 300_000},
        {"head": 7},
        {"zones": [{"name": "Cheek"}]},
        {"zones": [["Cheek"]]},
        {"more": 1},
    ],
)
def test_an_earlier_session_that_makes_no_sense_is_none(changes: dict[str, object]) -> None:
    facts = {**session_with().to_json(), **changes}
    with pytest.raises((ValueError, TypeError, LookupError)):
        from_json(facts)
