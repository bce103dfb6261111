"""`mesodrive-sim campaign`: what it says, what it refuses, and how a failure is run again."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from campaign.mutants import BY_NAME
from mesodrive_testbench.campaign import command
from mesodrive_testbench.campaign.failure import FailureFileError, read_failure
from mesodrive_testbench.cli import main

FULL = Path("/dev/full")
"""Opens for writing as any file does, and takes nothing."""
PROC = Path("/proc")
"""A folder in which not even the superuser makes a file."""


def campaign(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["campaign", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.output


def test_a_campaign_shows_faults_states_invariants_and_speed_and_writes_its_figures(
    tmp_path: Path,
) -> None:
    file = tmp_path / "figures.json"
    code, said = campaign("--seeds", "0..5", "--twice-every", "2", "--json", str(file))
    assert code == 0, said
    assert "6 seeds of 40 units, 3 of them twice" in said
    assert "seeds/s" in said
    assert re.search(r"F05 +\d+  bits flipped", said)
    assert "ending completed" in said
    assert "I1, I2, I3" in said
    assert said.rstrip().endswith("all held")
    figures = json.loads(file.read_text())
    assert figures["seeds"] == 6
    assert figures["findings"] == []
    assert figures["options"]["seeds"] == [0, 5]
    assert len(figures["invariants"]) == 15


def test_two_processes_see_what_one_sees(tmp_path: Path) -> None:
    seen = []
    for jobs in ("1", "2"):
        file = tmp_path / f"{jobs}.json"
        code, said = campaign("--seeds", "100..129", "--jobs", jobs, "--json", str(file))
        assert code == 0, said
        figures = json.loads(file.read_text())
        seen.append({name: figures[name] for name in ("seeds", "steps", "faults", "reached")})
    assert seen[0] == seen[1]


def test_a_failing_seed_gives_exit_code_1_a_line_and_a_file_that_fails_again(
    tmp_path: Path,
) -> None:
    with BY_NAME["no-lockout"].planted():
        code, said = campaign("--seeds", "0..3", "--only", "F05", "--failures", str(tmp_path))
        assert code == 1
        assert re.search(r"^seed \d+: I1 at ", said, re.MULTILINE)
        assert re.search(
            r"^again: mesodrive-sim campaign --seeds (\d+)\.\.\1 --only F05$", said, re.MULTILINE
        )
        (file,) = tmp_path.glob("campaign-failure-*.json")
        code, again = campaign("--again", str(file))
        assert code == 1
        assert "I1 at " in again
    code, again = campaign("--again", str(file))
    assert code == 0
    assert "holds now" in again
    failure = read_failure(file)
    data = json.loads(file.read_text())
    assert failure.finding.invariant == "I1"
    assert data["shrunk"]["injections"] == []
    assert {"seed", "commit", "options", "versions", "trace", "injected"} <= set(data)


@pytest.mark.parametrize("seeds", ["5", "5..4", "-1..4", "a..b", "0..99999999", "1..2..3"])
def test_a_bad_seed_range_is_refused_by_name(seeds: str) -> None:
    code, said = campaign("--seeds", seeds)
    assert code == 2
    assert "is no range A..B" in said


def test_unknown_faults_are_refused_all_at_once_with_the_reason() -> None:
    code, said = campaign("--only", "F99", "--only", "F26", "--only", "F27", "--only", "F05")
    assert code == 3
    assert "F99 (no such class)" in said
    assert "F26 (this device has no electrode)" in said
    assert "F27 (this device gives no pulses)" in said
    assert "There are: F01, F02" in said


def test_classes_of_needles_are_refused_where_there_is_an_electrode() -> None:
    asked = ("--only", "F24", "--only", "F27", "--only", "F42")
    code, said = campaign("--profile", "ionto-unit", "--plan", "slices", *asked)
    assert code == 3
    assert "F24 (this device has no needle)" in said
    assert "F27 (this device gives no pulses)" in said
    assert "F42 (waits for the page" in said


@pytest.mark.parametrize(
    ("profile", "plan", "units"),
    [("ionto-unit", "slices", 6), ("burst-unit", "bursts", 10), ("pulse-unit", "pulses", 11)],
)
def test_the_plans_of_transdermal_units_come_with_the_campaign(
    profile: str, plan: str, units: int, tmp_path: Path
) -> None:
    file = tmp_path / "figures.json"
    asked = ("--profile", profile, "--plan", plan, "--seeds", "0..3", "--json", str(file))
    code, said = campaign(*asked)
    assert code == 0, said
    assert f"4 seeds of {units} units" in said
    assert "electrode open, short" in said
    assert ("pulse switch stuck" in said) is (plan == "pulses")
    faults = json.loads(file.read_text())["faults"]
    assert not {"F23", "F24", "F29"} & set(faults)


@pytest.mark.parametrize(
    ("option", "value"), [("--profile", "no-such-gun"), ("--plan", "no-such-plan.yaml")]
)
def test_a_profile_or_plan_that_is_not_there_is_refused(option: str, value: str) -> None:
    code, said = campaign("--seeds", "0..0", option, value)
    assert code == 3
    assert value in said
    assert "Traceback" not in said


def test_a_profile_that_does_not_fit_the_plan_is_refused() -> None:
    code, said = campaign("--seeds", "0..0", "--profile", "point-gun")
    assert code == 3
    assert "profile" in said


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"campaign_failure": 2}', '{"campaign_failure": 1, "options": {}}']
)
def test_a_file_that_is_no_failure_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "x.json"
    file.write_text(text)
    with pytest.raises(FailureFileError) as refusal:
        read_failure(file)
    assert str(file) in str(refusal.value)
    code, said = campaign("--again", str(file))
    assert code == 3
    assert "no failure of a campaign" in said


def test_an_empty_fault_class_is_shown_as_such() -> None:
    code, said = campaign("--only", "")
    assert code == 3
    assert "cannot inject '' (an empty name; leave --only out for all classes)" in said


def test_one_seed_is_spoken_of_as_one(tmp_path: Path) -> None:
    code, said = campaign("--seeds", "3..3")
    assert code == 0
    assert said.startswith("1 seed of 40 units, 0 of them twice")
    with BY_NAME["no-lockout"].planted():
        code, said = campaign("--seeds", "0..0", "--only", "F05", "--failures", str(tmp_path))
    assert code == 1
    assert "1 seed FAILED" in said


@pytest.mark.skipif(not PROC.is_dir(), reason="no folder that nobody can write to")
def test_places_that_cannot_be_written_to_are_refused_all_at_once_before_the_first_seed(
    tmp_path: Path,
) -> None:
    file = tmp_path / "not-there" / "figures.json"
    code, said = campaign("--seeds", "0..9999999", "--json", str(file), "--failures", str(PROC))
    assert code == 3
    assert f"--json {file}: cannot be written (No such file or directory); name another" in said
    assert f"--failures {PROC}: cannot be written" in said


def test_looking_whether_a_file_can_be_written_leaves_it_as_it_was(tmp_path: Path) -> None:
    kept = tmp_path / "figures.json"
    kept.write_text("of an earlier campaign")
    command.check_places(kept, tmp_path)
    command.check_places(tmp_path / "other.json", tmp_path)
    assert kept.read_text() == "of an earlier campaign"
    assert list(tmp_path.iterdir()) == [kept]


@pytest.mark.skipif(not FULL.exists(), reason="no device that is always full")
def test_figures_that_do_not_fit_on_the_disk_are_told_after_the_summary() -> None:
    code, said = campaign("--seeds", "0..0", "--json", str(FULL))
    assert code == 4
    summary, _, told = said.partition("all held\n")
    assert summary.startswith("1 seed of 40 units")
    assert told == (
        f"mesodrive-sim campaign: {FULL} could not be written (No space left on device); "
        "make room or name another place\n"
    )


def test_a_failure_file_that_cannot_be_written_leaves_the_line_that_draws_the_seed_again(
    tmp_path: Path,
) -> None:
    (tmp_path / "campaign-failure-0.json").mkdir()
    with BY_NAME["no-lockout"].planted():
        code, said = campaign("--seeds", "0..0", "--only", "F05", "--failures", str(tmp_path))
    assert code == 1
    assert "campaign-failure-0.json could not be written (Is a directory)" in said
    assert "--again" not in said
    assert said.rstrip().endswith("again: mesodrive-sim campaign --seeds 0..0 --only F05")


@pytest.mark.skipif(not FULL.exists(), reason="no device that is always full")
def test_figures_are_written_although_the_report_cannot_be_said(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    asked = ("campaign", "--seeds", "0..0", "--json", str(file))
    with FULL.open("w") as output:
        done = subprocess.run(
            [sys.executable, "-c", "from mesodrive_testbench.cli import main; main()", *asked],
            stdout=output, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 4
    assert done.stderr == (
        "mesodrive-sim campaign: the report could not be written (No space left on device); "
        "make room or name another place\n"
    )
    assert json.loads(file.read_text())["seeds"] == 1
