"""Logs that somebody forged, right CRCs and seals included: found by fuzzing, kept by name."""

import json
from typing import Any

import pytest

from mesodrive.core.ports import In, Out
from mesodrive.session.account import account
from mesodrive.session.assembler import LogWriter
from mesodrive.session.begin import Begin, LogUnusableError
from mesodrive.session.replay import replay
from mesodrive.session.show import show
from mesodrive_protocol.enums import Kind
from support.text import acts_on_a_screen

STEP = {"units": 3, "dose_nl": 5_000}
PROGRAM = {"kind": int(Kind.PRICK), "purpose": "deliver", "steps": [STEP]}
INTENT = {
    "event": "intent", "stage": 0, "program": 0, "done": 0, "begun_before": 0, "command": 7,
    "purpose": "deliver", "kind": "prick", "units": 3,
}  # fmt: skip
UNIT = {
    "event": "unit", "command": 7, "unit": 0, "outcome": "done", "lo": 5_000, "hi": 5_000,
    "known": True,
}  # fmt: skip


def forged(*events: dict[str, Any], program: dict[str, Any] | None = None, **facts: str) -> bytes:
    spec = {"treatment_id": "T", "stages": [{"programs": [program or PROGRAM]}]}
    begin = Begin(
        mesodrive="0", spec=spec, profile_yaml="", profile_file_hash="", plan_yaml="",
        plan_file_hash="", layout=[], versions={}, host={}, started_utc="", port="sim",
    )  # fmt: skip
    body = json.loads(begin.to_body()) | facts
    writer = LogWriter(json.dumps(body, separators=(",", ":")).encode(), 0)
    writer.add(1, In.TICK, b"")
    for event in events:
        writer.add(1, Out.EVENT, json.dumps(event).encode())
    writer.end(2, json.dumps({"said": facts.get("said", "")}).encode())
    return writer.take()


def test_the_forger_of_these_tests_can_make_a_good_log() -> None:
    found = account(forged(INTENT, {"event": "ceiling", "command": 7, "upto": 2}, UNIT))
    assert (found.lo, found.hi, found.units_open) == (5_000, 10_000, 1)


@pytest.mark.parametrize("text", ["\x1b[2J", "a\nstopped", "\u202e", "\ud800"], ids=ascii)
def test_no_text_of_a_log_acts_on_the_screen_that_shows_it(text: str) -> None:
    log = forged({"event": text, text: text}, port=text, mesodrive=text, said=text)
    lines = list(show(log))
    assert not [line for line in lines if acts_on_a_screen(line)]
    assert len(lines) == 4
    again = replay(log, lambda _: _Silent())
    assert again.divergence is not None
    assert not acts_on_a_screen(str(again.divergence))


class _Silent:
    def step(self, code: int, data: bytes, now_ns: int) -> list[tuple[int, bytes]]:
        return []


@pytest.mark.parametrize("amount", ["deliver", None, 0.5, float("inf"), -1, True, [], 10**30])
@pytest.mark.parametrize("field", ["lo", "hi", "units_open"])
def test_an_end_whose_amounts_count_nothing_is_refused(field: str, amount: object) -> None:
    log = forged({"event": "ended", "ending": "completed", field: amount})
    if amount == 10**30:
        account(log).to_json()
        return
    with pytest.raises(LogUnusableError, match="'ended' makes no sense"):
        account(log)


@pytest.mark.parametrize("units", [1 << 16, 1 << 31, 10**30])
def test_a_program_of_more_units_than_a_command_has_takes_no_memory(units: int) -> None:
    program = {**PROGRAM, "steps": [{**STEP, "units": units}]}
    with pytest.raises(LogUnusableError):
        account(forged({**INTENT, "units": units}, program=program))
    with pytest.raises(LogUnusableError):
        account(forged({**INTENT, "units": 1, "done": units - 1}, program=program))


@pytest.mark.parametrize("value", [0.5, "1", None, -1, True, {}])
@pytest.mark.parametrize(
    "event",
    [
        {"event": "ceiling", "command": 7, "upto": ...},
        {**UNIT, "unit": ...},
        {**UNIT, "lo": ...},
        {**UNIT, "hi": ...},
        {"event": "at_rest", "next": ...},
        {"event": "resolved", "command": 7, "units": [...]},
        {"event": "uncertain", "command": 7, "units": [...]},
    ],
    ids=str,
)
def test_an_event_that_counts_nothing_is_refused(event: dict[str, Any], value: object) -> None:
    wrong = {
        key: value if said is ... else [value] if said == [...] else said
        for key, said in event.items()
    }
    with pytest.raises(LogUnusableError, match="makes no sense"):
        account(forged(INTENT, wrong))
