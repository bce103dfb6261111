"""How people read a session of current: mA min, mA and V."""

import io
from typing import Any

import pytest
from rich.console import Console

from mesodrive.cli import wording
from mesodrive.cli.lines import PlainLines
from mesodrive.cli.screen import picture
from mesodrive.cli.summary import show_summary
from mesodrive.core.driver import DriverCore
from support.electric_specs import ionto
from support.specs import deliver, session


def view(**facts: object) -> dict[str, Any]:
    return {**DriverCore(ionto(4)).view().to_json(), "simulated": True, **facts}


def drawn(**facts: object) -> str:
    console = Console(file=io.StringIO(), record=True, width=100)
    console.print(picture(view(**facts)))
    return console.export_text()


def test_charge_is_told_in_ma_min() -> None:
    assert wording.amount(60_000, "uC") == "1.000 mA min"
    assert wording.amount(4_800_000, "uC") == "80.000 mA min"
    assert wording.interval(0, 90_000, "uC") == "[0.000 mA min, 1.500 mA min]"


def test_the_screen_shows_current_and_voltage_while_the_session_lasts() -> None:
    facts: dict[str, Any] = {"current_ua": -2_000, "voltage_uv": 12_340_000, "state": "running"}
    assert "-2.00 mA at 12.3 V" in drawn(**facts)
    assert "mA at" not in drawn(**facts, ending="stopped")


def test_a_session_of_needles_shows_neither() -> None:
    needles = {**DriverCore(session(deliver(3))).view().to_json(), "simulated": True}
    assert wording.output(needles) == ""


def test_lines_tell_current_and_voltage_with_the_progress(
    capsys: pytest.CaptureFixture[str],
) -> None:
    PlainLines().show(
        view(units_confirmed=2, amount_lo=15_000, amount_hi=25_000, current_ua=2_000,
             voltage_uv=8_000_000)
    )  # fmt: skip
    said = capsys.readouterr().out
    assert "2 of 4 units confirmed" in said
    assert "[0.250 mA min, 0.417 mA min] delivered" in said
    assert said.rstrip().endswith("; 2.00 mA at 8.0 V")


def test_when_every_pulse_is_done_nothing_is_to_go_though_less_flowed_than_could_have() -> None:
    said = wording.progress(view(units_confirmed=4, amount_lo=120, amount_hi=126))
    assert "4 of 4 units confirmed, 0 to go" in said
    assert said.endswith("0.000 mA min to go")


@pytest.mark.parametrize(
    ("unit", "before"), [("uC", "2.000 mA min"), ("nL", "120.0 uL"), ("strokes", "120,000 strokes")]
)
def test_a_case_that_is_full_is_told_in_the_unit_of_the_session(unit: str, before: str) -> None:
    problem = {"code": "case-limit", "before": 120_000, "planned": 60_000, "limit": 150_000}
    said = wording.problem_line(view(problem=problem, amount_unit=unit))
    assert f"has had {before} before" in said
    assert "before 120000" in said, "the facts stand as the log has them"


@pytest.mark.parametrize(
    ("ending", "units", "offers"),
    [("completed", "12 of 13, 1 ended short of their dose", False), ("stopped", "12 of 13", True)],
)
def test_what_ended_short_is_said_at_the_end_and_only_what_is_left_is_offered(
    capsys: pytest.CaptureFixture[str], ending: str, units: str, *, offers: bool
) -> None:
    facts: dict[str, object] = dict.fromkeys(("problem", "device_state", "simulated", "uncertain"))
    facts |= {"ending": ending, "units_total": 13, "units_confirmed": 12, "units_uncertain": 0}
    facts |= {"amount_unit": "uC", "amount_lo": 112_500, "amount_hi": 112_500}
    facts |= {"amount_planned": 120_000, "amount_excess": 0, "amount_waste": 0}
    facts |= {"duration_s": 9.0, "stop": "", "log": "a.mdlog", "log_whole": True}
    show_summary(facts, as_json=False)
    said = capsys.readouterr().out
    assert f"Units      {units}\n" in said
    assert ("--resume a.mdlog" in said) is offers
