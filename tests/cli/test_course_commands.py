"""`--after` and `log totals`: the sessions of one treatment at the command line."""

import json
import shutil
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pytest

from mesodrive.app.resuming import ResumeWanted, prepare_resume
from mesodrive.session.begin import read_begin
from support import courses
from support.killing import kill, resumed
from support.plans import write_plan

Run = Callable[..., tuple[int, str]]


def write(folder: Path, data: bytes, name: str = "1.mdlog") -> str:
    (folder / name).write_bytes(data)
    return name


def write_current(folder: Path, **changes: str) -> str:
    data = courses.current_plan() | changes
    (folder / "current.yaml").write_text(json.dumps(data), encoding="utf-8")
    return "current.yaml"


def test_a_plan_is_checked_and_shown_with_what_came_before(cli: Run, tmp_path: Path) -> None:
    log, plan = write(tmp_path, courses.needles()), write_current(tmp_path)
    code, said = cli("plan", "check", plan, "--after", log)
    assert code == 0, said
    assert "after 1.mdlog: completed, 252.0 uL" in said
    assert "together at most 252.0 uL\n" in said
    assert "together at most 0.200 mA min of at most 80.000 mA min" in said
    code, said = cli("plan", "show", plan, "--after", log, "--ascii")
    assert code == 0
    assert "after 1.mdlog" in said
    for command in ("check", "show"):
        found = json.loads(cli("plan", command, plan, "--after", log, "--json")[1])
        assert [(one["log"], one["hi"]) for one in found["earlier"]] == [("1.mdlog", 252_000)]
        assert "earlier" not in json.loads(cli("plan", command, plan, "--json")[1])


@pytest.mark.parametrize("units", [63, 10])
def test_needles_after_needles_say_the_limit_that_both_share(
    cli: Run, tmp_path: Path, units: int
) -> None:
    log = write(tmp_path, courses.killed()[1] if units == 63 else courses.needles())
    code, said = cli("plan", "check", str(write_plan(tmp_path, 10)), "--after", log)
    assert code == 0, said
    assert "of at most 10,000.0 uL" in said
    assert ("no end" in said) == ("units open" in said) == (units == 63)


def test_the_pen_counts_strokes(cli: Run, tmp_path: Path) -> None:
    examples = Path(__file__).parents[2] / "examples"
    text = (examples / "needling-pen.yaml").read_text(encoding="utf-8")
    plan = tmp_path / "pen.yaml"
    treatment = next(line for line in text.splitlines() if line.startswith("treatment:"))
    plan.write_text(text.replace(treatment, "treatment: T-1"), encoding="utf-8")
    code, said = cli("plan", "check", str(plan), "--after", write(tmp_path, courses.needles()))
    assert code == 0, said
    assert "strokes\n" in said.partition("together at most")[2]


def test_everything_wrong_with_plan_and_logs_is_told_at_once(cli: Run, tmp_path: Path) -> None:
    plan = write_current(tmp_path, skin="intact")
    whole = courses.needles()
    damaged = bytearray(whole)
    damaged[len(whole) // 2] ^= 1
    words = [
        write(tmp_path, whole),
        write(tmp_path, whole, "copy.mdlog"),
        write(tmp_path, bytes(damaged), "damaged.mdlog"),
        write(tmp_path, courses.needles(5, "T-9"), "other.mdlog"),
        write(tmp_path, b"no log", "none.mdlog"),
        "missing.mdlog",
    ]
    after = [word for name in words for word in ("--after", name)]
    code, said = cli("plan", "check", plan, *after)
    assert code == 3
    assert len(said.strip().splitlines()) == 6
    for sentence in (
        "skin: found intact",
        "copy.mdlog: found the session of 1.mdlog once more",
        "damaged.mdlog: found the log is damaged, by more than a crash at its end",
        "other.mdlog: found treatment T-9, expected treatment T-1",
        "none.mdlog: found record 0 at byte 0: this is no session log",
        "missing.mdlog: found No such file",
    ):
        assert sentence in said
    found = json.loads(cli("plan", "check", plan, *after, "--json")[1])["error"]
    assert found["code"] == "earlier-refused"
    assert len(found["problems"]) == 6
    assert all(problem["remedy"] for problem in found["problems"])


def test_a_log_alone_at_fault_is_refused_for_a_plan_that_keeps_every_limit(
    cli: Run, tmp_path: Path
) -> None:
    log = write(tmp_path, courses.needles(5, "T-9"))
    words = (write_current(tmp_path), "--after", log)
    assert cli("plan", "check", *words)[0] == 3
    code, said = cli("run", *words, "--port", "sim:burst-unit", "--yes", "--logs", "new")
    assert code == 3
    assert "treatment T-9" in said
    assert not (tmp_path / "new").exists()


def test_a_log_cut_by_a_crash_counts_with_its_most(cli: Run, tmp_path: Path) -> None:
    log = write(tmp_path, courses.killed()[1] + b"\0" * 4_096)
    code, said = cli("plan", "check", write_current(tmp_path), "--after", log)
    assert code == 0, said
    most = courses.read(courses.killed()[1]).session.hi
    assert f"together at most {most / 1000:,.1f} uL" in said


def test_a_log_that_another_beside_it_goes_on_from_is_not_enough(cli: Run, tmp_path: Path) -> None:
    world = courses.world_of(courses.needle_plan(), 50)
    first = kill(world.lasting(6.0))
    old = write(tmp_path, first, "old.mdlog")
    new = write(tmp_path, bytes(resumed(world, first).begin().end(240).log.data), "new.mdlog")
    plan = write_current(tmp_path)
    code, said = cli("plan", "check", plan, "--after", old)
    assert code == 3
    assert "new.mdlog goes on from" in said
    for words in ((new,), (old, new), (new, old)):
        after = [word for name in words for word in ("--after", name)]
        code, said = cli("plan", "check", plan, *after)
        assert code == 0, said
        assert said.count("after new.mdlog") == 1
        assert "after old.mdlog" not in said


def test_what_a_plan_was_checked_with_has_to_be_named_again(cli: Run, tmp_path: Path) -> None:
    earlier = courses.earlier_of(courses.needles())
    world = courses.world_of(courses.current_plan(), 51, earlier=earlier)
    log = write(tmp_path, courses.ended(world), "2.mdlog")
    first, plan = write(tmp_path, courses.needles()), write_current(tmp_path)
    code, said = cli("plan", "check", plan, "--after", log)
    assert code == 3
    assert "name the log of that session as well" in said
    assert cli("plan", "check", plan, "--after", log, "--after", first)[0] == 0


def test_more_logs_than_a_course_has_are_a_slip(cli: Run, tmp_path: Path) -> None:
    plan = write_current(tmp_path)
    code, said = cli("plan", "check", plan, *["--after", "1.mdlog"] * 17)
    assert code == 2
    assert "at most 16" in said
    assert cli("log", "totals", *["1.mdlog"] * 18)[0] == 2
    assert cli("log", "totals")[0] == 2
    code, said = cli("run", "--resume", "1.mdlog", "--after", "1.mdlog", "--port", "x", "--yes")
    assert code == 2
    assert "and what came before" in " ".join(said.split())


@pytest.mark.timeout(120)
@pytest.mark.parametrize("as_json", [False, True])
def test_a_run_writes_what_came_before_into_its_log(
    cli: Run, tmp_path: Path, as_json: bool
) -> None:
    first = write(tmp_path, courses.needles())
    words = ("--port", "sim:nappage-gun", "--yes", "--logs", "logs", "--after", first)
    code, said = cli("run", str(write_plan(tmp_path)), *words, *(["--json"] if as_json else []))
    assert code == 0, said
    if as_json:
        head = json.loads(said.splitlines()[0])
        assert head["type"] == "earlier"
        assert head["totals"] == {"nL": {"lo": 252_000, "hi": 252_000}}
    else:
        assert said.startswith("After 1 earlier session of treatment T-1: 252.0 uL.")
    (log,) = (tmp_path / "logs").glob("*.mdlog")
    earlier = courses.earlier_of(courses.needles())
    assert read_begin(log.read_bytes()).earlier == [earlier[0].to_json()]
    assert cli("log", "replay", str(log))[0] == 0
    found = json.loads(cli("log", "totals", first, str(log), "--json")[1])
    assert found["totals"] == {"nL": {"lo": 302_000, "hi": 302_000}}


def test_a_session_that_goes_on_keeps_what_came_before_unchanged(cli: Run, tmp_path: Path) -> None:
    earlier = courses.earlier_of(courses.needles())
    world = courses.world_of(courses.current_plan(), 52, earlier=earlier)
    log = tmp_path / "2.mdlog"
    # The log must be of this very version of the driver, as that of a real session is.
    data = kill(world.lasting(8.0))
    log.write_bytes(courses.of_version(data, version("mesodrive")))
    prepared = prepare_resume(ResumeWanted(log, "sim:burst-unit")).prepared
    assert prepared.handover.earlier == [earlier[0].to_json()]


def test_totals_are_a_line_for_each_session_and_one_for_each_unit(cli: Run, tmp_path: Path) -> None:
    logs = [
        write(tmp_path, courses.needles()),
        write(tmp_path, courses.bursts(), "2.mdlog"),
        write(tmp_path, courses.exfoliated(), "3.mdlog"),
    ]
    code, said = cli("log", "totals", *logs)
    assert code == 0, said
    lines = said.splitlines()
    assert lines[0] == "SIMULATED; treatment T-1"
    assert [line.split()[:3] for line in lines[1:4]] == [
        ["1.mdlog", "nappage-gun", "completed"],
        ["2.mdlog", "burst-unit", "completed"],
        ["3.mdlog", "burst-unit", "completed"],
    ]
    assert "252.0 uL" in lines[1]
    assert "primed" in lines[1]
    assert "0 open units, 0 alarms" in lines[1]
    assert "  product  252.0 uL" in lines
    assert any(line.startswith("  charge   ") and "mA min" in line for line in lines)
    assert "  zone     Cheek: pricked, 63 units" in lines
    assert "  zone     Exfoliation, cheek: exfoliated, 50 units" in lines
    assert "  zone     Reading, cheek: measured, 1 unit" in lines
    found = json.loads(cli("log", "totals", *logs, "--json")[1])
    assert found["treatment"] == "T-1"
    assert [one["log"] for one in found["sessions"]] == logs
    assert found["totals"]["nL"] == {"lo": 252_000, "hi": 252_000}
    assert found["totals"]["uC"]["hi"] >= found["totals"]["uC"]["lo"] > 0
    assert found["whole"] is True
    assert found["alarms"] == found["units_open"] == 0


def test_totals_of_a_session_that_went_on_count_it_once(cli: Run, tmp_path: Path) -> None:
    world = courses.world_of(courses.needle_plan(), 53)
    first = kill(world.lasting(6.0))
    old = write(tmp_path, first, "old.mdlog")
    new = write(tmp_path, bytes(resumed(world, first).begin().end(240).log.data), "new.mdlog")
    code, said = cli("log", "totals", old, new)
    assert code == 8
    assert "counted in new.mdlog" in said
    assert "no end, not closed" in said
    assert "is not whole may lack" in said
    both = json.loads(cli("log", "totals", old, new, "--json")[1])
    alone = json.loads(cli("log", "totals", new, "--json")[1])
    assert both["totals"] == alone["totals"]
    assert [one["held_by"] for one in both["sessions"]] == ["new.mdlog", None]
    assert (both["whole"], alone["whole"]) == (False, True)


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_totals_are_refused_where_another_log_beside_goes_on(
    cli: Run, tmp_path: Path, words: tuple[str, ...]
) -> None:
    world = courses.world_of(courses.needle_plan(), 55)
    first = kill(world.lasting(6.0))
    old = write(tmp_path, first, "old.mdlog")
    new = write(tmp_path, bytes(resumed(world, first).begin().end(240).log.data), "new.mdlog")
    code, said = cli("log", "totals", old, *words)
    assert code == 3
    assert "old.mdlog: found a log that" in said
    assert "new.mdlog goes on from" in said
    assert "name" in said
    assert cli("log", "totals", old, new, *words)[0] == 8
    assert cli("log", "totals", new, *words)[0] == 0


def test_the_last_log_alone_tells_the_common_totals(cli: Run, tmp_path: Path) -> None:
    earlier = courses.earlier_of(courses.needles())
    world = courses.world_of(courses.current_plan(), 54, earlier=earlier)
    log = write(tmp_path, courses.ended(world), "2.mdlog")
    code, said = cli("log", "totals", log)
    assert code == 0
    assert "as 2.mdlog tells" in said
    assert "  product  252.0 uL" in said
    found = json.loads(cli("log", "totals", log, "--json")[1])
    assert found["whole"] is False
    assert found["told"][0]["by"] == "2.mdlog"


def test_totals_of_several_treatments_or_of_one_session_twice_are_refused(
    cli: Run, tmp_path: Path
) -> None:
    first = write(tmp_path, courses.needles())
    other = write(tmp_path, courses.needles(5, "T-9"), "other.mdlog")
    code, said = cli("log", "totals", first, other)
    assert code == 3
    assert "other.mdlog: found treatment T-9, expected treatment T-1" in said
    shutil.copyfile(tmp_path / first, tmp_path / "copy.mdlog")
    code, said = cli("log", "totals", first, "copy.mdlog")
    assert code == 3
    assert "once more" in said


def test_totals_of_a_damaged_log_say_so_and_of_no_log_are_none(cli: Run, tmp_path: Path) -> None:
    whole = courses.needles()
    damaged = bytearray(whole)
    damaged[len(whole) * 2 // 3] ^= 1
    log = write(tmp_path, bytes(damaged))
    code, said = cli("log", "totals", log)
    assert code == 8
    assert "not closed" in said
    assert "open units" in said
    assert cli("log", "totals", write(tmp_path, b"", "none.mdlog"))[0] == 9
    assert cli("log", "totals", "missing.mdlog")[0] == 9
    code, said = cli("log", "totals", write(tmp_path, courses.killed()[1], "open.mdlog"))
    assert code == 8
    assert "  product  [" in said
