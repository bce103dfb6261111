"""Free text of a plan: what is shown must not act on the screen."""

import json

import pytest

from mesodrive.document_text import escaped
from mesodrive.errors import DocumentError, Problem
from mesodrive.plan_store import parse_plan
from support.sessions import lot, plan, zone

HIDDEN = ["\x1b", "\x07", "\n", "\x7f", "\x9b", "\u200b", "\u202e", "\u2066", "\u2028", "\u2029",
          "\ufeff"]  # fmt: skip


def only_problem(text: str) -> Problem:
    with pytest.raises(DocumentError) as caught:
        parse_plan(text, file="plan.yaml")
    (found,) = caught.value.problems
    return found


@pytest.mark.parametrize("character", HIDDEN)
def test_hidden_characters_are_refused_in_every_free_text(character: str) -> None:
    bad = f"STOPPED{character} the device"
    for data, field in (
        (plan(zones=[zone(name=bad)]), "zones[0].name"),
        (plan(product={"name": bad, "lots": [lot()]}), "product.name"),
        (plan(product={"name": "Saline", "lots": [lot(lot=bad)]}), "product.lots[0].lot"),
        (plan(reasons={"depth": bad}), "reasons.depth"),
    ):
        found = only_problem(json.dumps(data, indent=1))
        assert (found.field, found.code) == (field, "text-hidden")
        assert found.line > 1
        assert found.remedy == f"remove character 8, U+{ord(character):04X}"
        assert character not in str(found)


def test_letters_of_any_script_are_text() -> None:
    for name in ("Wange à gauche", "頬", "щека (2)"):
        assert parse_plan(json.dumps(plan(zones=[zone(name=name)]))).plan.zones[0].name == name


def test_an_unknown_key_is_shown_without_what_acts_on_a_screen() -> None:
    found = only_problem(json.dumps(plan(**{"x\x1b[2J": 1}), indent=1))
    assert found.field == "x\\u001b[2J"
    assert "\x1b" not in str(found)
    assert escaped("a\U000e0041") == "a\\U000e0041"


@pytest.mark.parametrize("number", [".nan", ".inf", "-.inf"])
def test_a_number_without_an_end_is_placed_at_its_field(number: str) -> None:
    text = json.dumps(plan(zones=[zone(depth_mm=777.5)]), indent=1).replace("777.5", number)
    assert only_problem(text).field == "zones[0].depth_mm"


def test_a_depth_below_zero_is_told_that_it_must_be_more_than_zero() -> None:
    found = only_problem(json.dumps(plan(zones=[zone(depth_mm=-0.5)]), indent=1))
    assert found.limit == "more than 0 mm"
