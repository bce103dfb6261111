"""What a log says was delivered, wherever it stops."""

import json
from typing import Any

import pytest

from mesodrive.core.ports import In, Out
from mesodrive.session.account import LogAccount, account
from mesodrive.session.assembler import LogWriter, record
from mesodrive.session.begin import Begin, LogUnusableError
from mesodrive.session.format import ENTRY, RecordType
from mesodrive_protocol.enums import Kind

PRICKS: dict[str, Any] = {
    "purpose": "deliver",
    "kind": int(Kind.PRICK),
    "steps": [{"units": 3, "dose_nl": 2000}, {"units": 2, "dose_nl": 500}],
}
PRIME: dict[str, Any] = {
    "purpose": "prime",
    "kind": int(Kind.PRIME),
    "steps": [{"units": 1, "dose_nl": 9000}],
}
TRAIN: dict[str, Any] = {
    "purpose": "deliver",
    "kind": int(Kind.TRAIN),
    "steps": [{"units": 4, "dose_nl": 0, "strokes": 25}],
}
PROGRAMS = [PRIME, PRICKS, TRAIN]


def intent(command: int, program: int, units: int) -> dict[str, Any]:
    purpose, kind = [("prime", "prime"), ("deliver", "prick"), ("deliver", "train")][program]
    return {
        "event": "intent", "command": command, "stage": 0, "program": program, "units": units,
        "done": sum(step["units"] for step in PROGRAMS[program]["steps"]) - units,
        "purpose": purpose, "kind": kind, "total": 0, "begun_before": 0,
    }  # fmt: skip


def ceiling(command: int, upto: int) -> dict[str, Any]:
    return {"event": "ceiling", "command": command, "upto": upto}


def unit(command: int, index: int, outcome: str, lo: int, hi: int) -> dict[str, Any]:
    return {
        "event": "unit", "command": command, "unit": index, "outcome": outcome, "lo": lo, "hi": hi,
        "known": True,
    }  # fmt: skip


def writer_of(*events: object) -> LogWriter:
    spec = {"stages": [{"programs": PROGRAMS}]}
    begin = Begin("0.1.0", spec, "", "", "", "", [], {}, {}, "", "sim")
    writer = LogWriter(begin.to_body(), 0)
    writer.add(1, In.TICK, b"")
    for event in events:
        writer.add(1, Out.EVENT, json.dumps(event).encode())
    return writer


def account_of(*events: object) -> LogAccount:
    writer = writer_of(*events)
    writer.seal(2)
    return account(writer.take())


def test_an_intent_without_a_ceiling_delivered_nothing() -> None:
    found = account_of(intent(1, 1, 5))
    assert (found.lo, found.hi) == (0, 0)
    assert found.units_open == 0
    assert found.ending == ""


@pytest.mark.req("CMD-01")
def test_units_below_the_ceiling_without_a_record_may_have_been_delivered() -> None:
    found = account_of(
        intent(1, 1, 5), ceiling(1, 4), unit(1, 0, "done", 2000, 2000), unit(1, 1, "partial", 5, 9)
    )
    assert (found.lo, found.hi) == (2005, 2009 + 2000 + 500)
    assert found.commands[1].open_units == [2, 3]
    assert found.units_open == 2


def test_a_prime_is_waste() -> None:
    found = account_of(intent(1, 0, 1), ceiling(1, 1), unit(1, 0, "done", 8990, 9000))
    assert (found.lo, found.hi, found.waste_hi) == (0, 0, 9000)


def test_trains_count_strokes() -> None:
    found = account_of(intent(1, 2, 4), ceiling(1, 3))
    assert (found.lo, found.hi, found.unit) == (0, 75, "strokes")


def test_the_rest_of_a_program_is_its_last_units() -> None:
    found = account_of(intent(1, 1, 3), ceiling(1, 3))
    assert found.hi == 2000 + 500 + 500


def test_at_rest_the_device_says_what_did_not_begin() -> None:
    opened = (intent(1, 1, 5), ceiling(1, 5), unit(1, 0, "done", 2000, 2000))
    assert account_of(*opened, {"event": "at_rest", "next": 2}).commands[1].open_units == [1]
    rest = account_of(*opened, {"event": "at_rest", "next": 1}, ceiling(1, 3))
    assert rest.commands[1].open_units == [1, 2]
    closed = account_of(*opened, {"event": "closed", "command": 1, "next": 0})
    assert closed.commands[1].open_units == []
    assert closed.commands[1].closed
    assert account_of({"event": "at_rest", "next": 2}).commands == {}


def test_a_unit_is_booked_once_and_only_where_it_makes_sense() -> None:
    found = account_of(
        intent(1, 1, 5),
        ceiling(1, 9),
        unit(1, 0, "done", 2000, 2000),
        unit(1, 0, "done", 0, 0),
        unit(1, 1, "done", 7, 3),
        unit(1, 77, "done", 1, 1),
        unit(5, 0, "done", 1, 1),
    )
    assert found.commands[1].settled == {0: ("done", 2000, 2000)}
    assert found.commands[1].ceiling == 5
    assert found.lo == 2000


def test_what_is_not_sealed_opens_but_never_narrows() -> None:
    writer = writer_of(intent(1, 1, 5))
    writer.seal(2)
    body = b"".join(
        ENTRY.pack(0, Out.EVENT, len(data)) + data
        for data in (
            json.dumps(event).encode()
            for event in (ceiling(1, 2), unit(1, 0, "not_done", 0, 0), {"event": "ended", "lo": 0})
        )
    )
    found = account(writer.take() + record(RecordType.BLOCK, 2, body))
    assert (found.lo, found.hi) == (0, 4000)
    assert not found.ended


def test_the_account_of_a_closed_session_is_the_drivers_own() -> None:
    found = account_of(
        {"event": "identified", "simulated": True, "serial": "SIM-1"},
        intent(1, 1, 5),
        ceiling(1, 5),
        unit(1, 0, "done", 2000, 2000),
        {"event": "alarm", "id": "link-lost"},
        {"event": "ended", "ending": "abandoned", "lo": 2000, "hi": 4000},
    )
    assert found.booked == (2000, 7000)
    assert (found.lo, found.hi, found.ending) == (2000, 4000, "abandoned")
    assert found.simulated is True
    assert found.alarms == ["link-lost"]
    facts = found.to_json()
    assert json.loads(json.dumps(facts)) == facts
    assert facts["commands"][0]["done"] == 1
    assert facts["commands"][0]["open"] == 4
    assert facts["device"] == {"simulated": True, "serial": "SIM-1"}


@pytest.mark.parametrize(
    "event",
    [[1], {"event": "ceiling", "command": 4, "upto": 1}, intent(1, 1, 5) | {"stage": 9}, {}],
)
def test_events_that_make_no_sense_make_the_account_unusable(event: object) -> None:
    with pytest.raises(LogUnusableError, match="makes no sense") as caught:
        account_of(event)
    said = str(caught.value)
    assert said.startswith("the entry at byte ")
    assert "of record 2 cannot be used" in said
    assert "Error" not in said


def test_units_open_agree_with_the_interval_that_the_driver_closed_with() -> None:
    events = (
        intent(1, 1, 5),
        ceiling(1, 5),
        unit(1, 0, "done", 2000, 2000),
        {"event": "ended", "ending": "abandoned", "lo": 2000, "hi": 4000, "units_open": 1},
    )
    found = account_of(*events)
    assert found.units_open == 1
    assert found.commands[1].open_units == [1]
    assert found.booked == (found.lo, found.hi) == (2000, 4000)
    unsealed = account_of(*events[:-1])
    assert unsealed.units_open == 4
    settled_above = account_of(*events[:2], unit(1, 4, "done", 500, 500), events[3])
    assert settled_above.commands[1].open_units == [0, 1, 2, 3]
