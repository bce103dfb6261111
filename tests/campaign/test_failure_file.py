"""The file of a failed seed: what was written comes back, and what was changed has to fit."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from mesodrive_testbench.campaign.catalogue import CLASSES, GUN, PULSES, SLICES, Needs
from mesodrive_testbench.campaign.drawing import draw_script
from mesodrive_testbench.campaign.failure import (
    FailureFileError,
    failure_json,
    limits_of,
    read_failure,
)
from mesodrive_testbench.campaign.running import Options
from mesodrive_testbench.campaign.script import ACT, MS, Anchor, Injection, S, Script
from mesodrive_testbench.campaign.seed import Finding, SeedResult
from mesodrive_testbench.campaign.streams import fork
from mesodrive_testbench.cli import main

FOUND = Finding("I1", "too much", 7 * S)
OF_THE_OPERATOR = Injection(ACT, Anchor.TIME, 0, S, ("stop",))
LOST = Injection("F01", Anchor.STROKE, 3, 5 * MS, (0, 20 * MS))


def write(path: Path, script: Script, change: Callable[[Any], object] = lambda _: None) -> Path:
    """Write the file of a seed, with something changed in it."""
    result = SeedResult(script.seed, "0" * 64, FOUND, {}, 9 * S, 100, 50, [(S, "F01")])
    data = failure_json(Options(), script, result, "", None)
    change(data)
    file = path / "failure.json"
    file.write_text(json.dumps(data), encoding="utf-8")
    return file


def script_of(*injections: Injection) -> Script:
    return Script(5, 30 * S, 2 * MS, MS, injections)


def again(file: Path) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["campaign", "--again", str(file)])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.output


@pytest.mark.parametrize("has", [GUN, SLICES, PULSES])
def test_whatever_a_campaign_draws_can_be_read_from_its_file(
    has: frozenset[Needs], tmp_path: Path
) -> None:
    for seed in range(60):
        script = draw_script(seed, None, has)
        failure = read_failure(write(tmp_path, script))
        assert (failure.script, failure.finding, failure.options) == (script, FOUND, Options())


@pytest.mark.parametrize("fault", [one.id for one in CLASSES])
def test_a_class_draws_within_the_limits_that_its_arguments_are_held_to(fault: str) -> None:
    limits = limits_of(fault)
    (draw,) = (one.args for one in CLASSES if one.id == fault)
    stream = fork(1, fault)
    for _ in range(200):
        for value, (least, most) in zip(draw(stream), limits, strict=True):
            assert least <= int(value) <= most


@pytest.mark.parametrize(
    ("change", "place", "found", "limit"),
    [
        (lambda it: it["script"].pop("heal_ns"), "script", "nothing", "add the key heal_ns"),
        (lambda it: it["finding"].update(x=1), "finding.x", "the unknown key x", "one of at_ns"),
        (lambda it: it.update(finding=[]), "finding", "a list of 0", "keys with values"),
        (lambda it: it.pop("finding"), "finding", "nothing", "add the key finding"),
        (lambda it: it["finding"].update(invariant="I99"), "finding.invariant", "'I99'", "I1, I2"),
        (lambda it: it["options"].update(plan=3), "options.plan", "3", "text"),
        (lambda it: it.update(trace="abc"), "trace", "'abc'", "text of the form"),
        (lambda it: it["script"].update(seed=6), "script.seed", "6", "5, the seed of the file"),
        (lambda it: it["script"].update(seed="5"), "script.seed", "'5'", "a whole number"),
        (lambda it: it["script"].update(heal_ns=1 << 80), "script.heal_ns", "12", "less than"),
        (lambda it: it["script"].update(disk_ns=-1), "script.disk_ns", "-1", "at least 1"),
        (lambda it: it["script"].update(injections=[7]), "script.injections[0]", "7", "a list"),
        (
            lambda it: it["script"].update(injections=[["F01", "time"]]),
            "script.injections[0]", "a list of 2", "a list of 5: fault, anchor, nth",
        ),
    ],
)  # fmt: skip
def test_a_changed_file_is_refused_with_place_value_limit_and_remedy(
    change: Callable[[Any], object], place: str, found: str, limit: str, tmp_path: Path
) -> None:
    file = write(tmp_path, script_of(LOST), change)
    code, said = again(file)
    assert code == 3
    (line,) = (one for one in said.splitlines() if one.startswith(f"{file}: {place}"))
    assert f"found {found}" in line
    assert limit in line
    assert line.count(";") >= 1, "a remedy follows"
    assert "Error" not in said


@pytest.mark.parametrize(
    ("injection", "place", "limit"),
    [
        (LOST._replace(fault="F99"), "fault: found 'F99'", "ACT or a fault class: F01, F02"),
        (LOST._replace(fault="F50"), "fault: found 'F50'", "a fault class"),
        (LOST._replace(args=(0,)), "args: found '[0]'", "2 numbers, as F01 needs"),
        (LOST._replace(args=(0, 1, 2)), "args: found '[0, 1, 2]'", "2 numbers"),
        (LOST._replace(args=(2, 0)), "args[0]: found 2", "expected 0, as F01 needs"),
        (LOST._replace(args=(0, "1")), "args[1]: found '1'", "a whole number from 0 to 5000000000"),
        (LOST._replace(args=(False, 0)), "args[0]: found false", "expected 0"),
        (LOST._replace(anchor="dawn"), "anchor: found 'dawn'", "one of time, stroke, loss, stop"),
        (LOST._replace(nth=0), "nth: found 0", "1 to 29"),
        (LOST._replace(anchor=Anchor.TIME), "nth: found 3", "0 where the anchor is time"),
        (LOST._replace(after_ns=-1), "after_ns: found -1", "at least 0"),
        (LOST._replace(after_ns=30 * S), "after_ns: found 30000000000", "less than heal_ns"),
        (OF_THE_OPERATOR._replace(args=("dance",)), "args: found '[\"dance\"]'", "one of pause"),
        (OF_THE_OPERATOR._replace(args=()), "args: found '[]'", "pause, stop, end"),
    ],
)  # fmt: skip
def test_an_injection_that_cannot_be_carried_out_is_refused_and_is_no_finding(
    injection: Injection, place: str, limit: str, tmp_path: Path
) -> None:
    file = write(tmp_path, script_of(LOST, OF_THE_OPERATOR, injection))
    code, said = again(file)
    assert code == 3
    assert f"{file}: script.injections[2].{place}, expected " in said
    assert limit in said


def test_every_fault_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    script = script_of(LOST._replace(fault="F99"), LOST._replace(args=()), LOST._replace(nth=-1))
    with pytest.raises(FailureFileError) as refusal:
        read_failure(write(tmp_path, script))
    fields = [one.field.removeprefix("script.injections") for one in refusal.value.problems]
    assert fields == ["[0].fault", "[1].args", "[2].nth"]


def test_a_class_that_the_device_of_the_file_cannot_have_is_refused(tmp_path: Path) -> None:
    file = write(tmp_path, script_of(Injection("F27", Anchor.TIME, 0, S, (0, S, 1_500))))
    code, said = again(file)
    assert code == 3
    assert "F27 (this device gives no pulses)" in said


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", "text that is not JSON"),
        (b'{"campaign_failure": 1', "text that is not JSON"),
        (b"\xff\xfe", "text that is not JSON"),
        (b'{"campaign_failure": 2, "x": 3}', "campaign_failure: found 2, expected 1"),
        (b" " * ((1 << 24) + 1), "found a larger file, expected at most 16777216 bytes"),
    ],
)
def test_what_is_no_file_of_a_failure_says_so_in_one_line(
    data: bytes, found: str, tmp_path: Path
) -> None:
    file = tmp_path / "x.json"
    file.write_bytes(data)
    with pytest.raises(FailureFileError) as refusal:
        read_failure(file)
    assert len(refusal.value.problems) == 1
    assert found in str(refusal.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    code, said = again(tmp_path / "nothing.json")
    assert code == 3
    assert "cannot be read (No such file or directory)" in said
