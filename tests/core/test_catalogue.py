"""Whatever the core says by a code can be read by people, with what they can do about it."""

import ast
import re
from pathlib import Path

import pytest

import mesodrive.core
from mesodrive import catalogue
from mesodrive.core.alarms import ALARMS
from mesodrive.core.states import State

CORE = Path(next(iter(mesodrive.core.__path__)))
WISHES = ("start", "fitted", "arm", "pause", "resume", "stop", "clear", "resolve", "end")
EXITS = (0, 3, 4, 5, 6, 7, 70)


def calls(*names: str) -> list[ast.Call]:
    """Return every call of one of these names in the core."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in sorted(CORE.glob("*.py"))]
    found = [one for tree in trees for one in ast.walk(tree) if isinstance(one, ast.Call)]
    return [one for one in found if getattr(one.func, "id", getattr(one.func, "attr", "")) in names]


def first_texts(*names: str) -> set[str]:
    return {
        call.args[0].value
        for call in calls(*names)
        if call.args
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[0].value, str)
    }


REFUSALS = sorted(first_texts("RefusalError", "_give_up_device"))


def test_the_codes_of_refusals_are_found_in_the_source() -> None:
    assert {"no-device", "device-refused", "device-silent", "port-lost"} <= set(REFUSALS)
    assert len(REFUSALS) >= 25


@pytest.mark.req("ALM-01")
@pytest.mark.parametrize("code", sorted({*ALARMS, *REFUSALS}))
def test_every_alarm_and_every_refusal_has_a_sentence_and_a_remedy(code: str) -> None:
    assert catalogue.text(code) != code.replace("-", " "), "no entry"
    assert catalogue.text(code)[-1] in ".!"
    assert catalogue.remedy(code)


def test_every_state_wish_and_exit_code_has_a_text() -> None:
    codes = [f"state-{state.value}" for state in State]
    codes += [f"wish-{wish}" for wish in WISHES] + [f"exit-{code}" for code in EXITS]
    assert [code for code in codes if catalogue.text(code) == code.replace("-", " ")] == []


def test_wishes_and_exit_codes_of_the_core_are_all_named_here() -> None:
    asked = {
        arg.value for call in calls("wished") for arg in call.args if isinstance(arg, ast.Constant)
    }
    assert asked <= set(WISHES)
    exits = {
        call.args[1].value
        for call in calls("RefusalError")
        if len(call.args) > 1 and isinstance(call.args[1], ast.Constant)
    }
    assert exits <= set(EXITS)


@pytest.mark.parametrize("code", sorted(ALARMS))
def test_texts_of_alarms_need_no_facts(code: str) -> None:
    assert not re.search(r"[{}]", catalogue.text(code))
    with_facts = catalogue.text(code, reason="xyzzy", message="xyzzy", field="xyzzy", found="xyzzy")
    assert "xyzzy" not in with_facts


def test_a_text_carries_the_facts_of_its_refusal() -> None:
    said = catalogue.text("other-device", found="a pen", planned="a gun")
    assert "a pen" in said
    assert "a gun" in said
