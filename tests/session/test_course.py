"""Logs of one treatment together: each session once, open intervals at their most, no gap."""

import json
from itertools import permutations
from pathlib import Path

import pytest

from mesodrive.cli.totals import course_of, totals_lines
from mesodrive.core.ports import Out
from mesodrive.sequencing.earlier import TouchedZone, together
from mesodrive.session.account import account
from mesodrive.session.assembler import LogWriter
from mesodrive.session.begin import Begin, LogUnusableError, read_begin
from mesodrive.session.course import Course, CourseLog, course, missing_problem
from mesodrive.session.rebuild import driver_core, session_spec
from mesodrive.session.replay import replay
from mesodrive.session.resume import resume_spec
from support import courses
from support.courses import read
from support.killing import kill, resumed
from support.specs import deliver, pen_session, session
from support.worlds import Session


def counted(*logs: CourseLog) -> Course:
    return course(logs, "T-1")


def codes(found: Course) -> list[str]:
    return [problem.code for problem in found.problems]


def test_a_session_of_needles_and_one_of_current_are_added_up_each_in_its_unit() -> None:
    needles, bursts = read(courses.needles()), read(courses.bursts())
    found = counted(needles, bursts)
    assert not found.problems
    sums = together(found.sessions)
    said = account(courses.bursts())
    assert sums == {"nL": (courses.NEEDLE_NL, courses.NEEDLE_NL), "uC": (said.lo, said.hi)}
    assert 0 < said.lo <= said.hi <= 12_000
    assert needles.session.ending == bursts.session.ending == "completed"
    assert needles.waste_nl_hi > 0


def test_two_sessions_of_needles_give_twice_as_much() -> None:
    found = counted(read(courses.needles(1)), read(courses.needles(9)))
    assert together(found.sessions) == {"nL": (2 * courses.NEEDLE_NL, 2 * courses.NEEDLE_NL)}


def test_zones_and_places_are_those_of_the_plan_in_the_log() -> None:
    zones = read(courses.bursts()).session.zones
    assert [(zone.name, zone.place, zone.how) for zone in zones] == [
        ("Reading", "cheek", "measured"),
        ("Cheek", "cheek", "current"),
    ]
    (zone,) = read(courses.needles()).session.zones
    assert (zone.name, zone.place, zone.how) == ("Cheek", "", "pricked")
    assert (zone.units_lo, zone.units_hi) == (63, 63)


def test_a_train_pricks_and_counts_strokes() -> None:
    log = read(courses.ended(Session(pen_session(3)).begin()))
    assert (log.session.unit, log.session.hi) == ("strokes", 30)
    assert [(zone.how, zone.units_hi) for zone in log.session.zones] == [("pricked", 3)]


def test_another_treatment_is_refused_by_name() -> None:
    found = counted(read(courses.needles()), read(courses.needles(5, "T-9"), "b.mdlog"))
    (problem,) = found.problems
    assert problem.code == "treatment-other"
    assert str(problem).startswith("b.mdlog: found treatment T-9, expected treatment T-1; ")
    assert len(found.counted) == 1


def test_a_session_that_is_named_twice_is_refused_also_as_a_shorter_copy() -> None:
    whole = courses.needles()
    for copy in (whole, whole[: len(whole) // 2]):
        found = counted(read(whole), read(copy, "copy.mdlog"))
        assert codes(found) == ["log-twice"]
        assert "copy.mdlog: found the session of a.mdlog once more" in str(found.problems[0])


def test_an_open_interval_counts_with_its_upper_end() -> None:
    world, log = courses.killed()
    found = read(log).session
    assert found.ending == ""
    assert found.units_open > 0
    assert found.lo < found.hi == account(log).hi
    pricked = sum(not unit.prime for unit in world.device.plant.truth)
    assert found.zones[0].units_lo <= pricked <= found.zones[0].units_hi
    assert found.hi >= pricked * 4_000


def test_what_was_measured_above_the_programmed_amount_is_added_to_the_most() -> None:
    spec = session(deliver(2, dose_nl=2_000))
    begin = Begin("0", spec.model_dump(mode="json"), "", "", "", "", [], {}, {}, "", "sim")
    writer = LogWriter(begin.to_body(), 0)
    intent = {
        "event": "intent", "command": 1, "stage": 0, "program": 1, "units": 2, "done": 0,
        "purpose": "deliver", "kind": "prick", "total": 0, "begun_before": 0,
    }  # fmt: skip
    unit = {"event": "unit", "command": 1, "known": True, "lo": 2_000, "hi": 2_000}
    for event in (
        intent,
        {"event": "ceiling", "command": 1, "upto": 2},
        {**unit, "unit": 0, "outcome": "done"},
        {"event": "excess", "command": 1, "unit": 0, "programmed": 2_000, "measured": 2_300},
        {**unit, "unit": 1, "outcome": "not_done", "lo": 0, "hi": 0},
    ):
        writer.add(1, Out.EVENT, json.dumps(event).encode())
    writer.seal(2)
    found = read(writer.take()).session
    assert (found.lo, found.hi) == (2_000, 2_300)
    assert [(zone.units_lo, zone.units_hi) for zone in found.zones] == [(1, 1)]


def chain() -> list[CourseLog]:
    """Return a session that was killed, one that went on and was killed, and one that ended."""
    world = courses.world_of(courses.needle_plan(), 6)
    first = kill(world.lasting(6.0))
    again = resumed(world, first).begin()
    second = kill(again.lasting(4.0))
    third = bytes(resumed(again, second, number=2).begin().end(240).log.data)
    return [read(log, f"{n}.mdlog") for n, log in enumerate((first, second, third), 1)]


def test_of_a_session_that_was_gone_on_with_only_the_last_log_counts() -> None:
    logs = chain()
    last = logs[-1].session
    assert last.ending == "completed"
    assert last.hi <= courses.NEEDLE_NL
    assert logs[0].session.hi < logs[1].session.hi < last.hi
    for order in permutations(logs):
        found = counted(*order)
        assert not found.problems
        assert found.sessions == (last,)
        assert {log.session.name for log, _ in found.held} == {"1.mdlog", "2.mdlog"}
        assert {by.session.name for _, by in found.held} == {"3.mdlog"}
    for part in ([logs[2]], [logs[0], logs[2]], [logs[2], logs[1]]):
        assert counted(*part).sessions == (last,)
    assert counted(*logs[:2]).sessions == (logs[1].session,)


def test_two_logs_that_went_on_from_the_same_one_cannot_be_added_up() -> None:
    logs: list[CourseLog] = []
    for number, seconds in ((1, 4.0), (2, 5.0)):
        world = courses.world_of(courses.needle_plan(), 7)
        first = kill(world.lasting(6.0))
        after = resumed(world, first, number=number).begin()
        logs += [read(kill(after.lasting(seconds)), f"{number}.mdlog")]
    assert logs[0].resumed_head == logs[1].resumed_head
    for order in permutations(logs):
        (problem,) = counted(*order).problems
        assert problem.code == "log-forked"
        assert "that is not in its account" in str(problem)
    assert codes(counted(read(first, "first.mdlog"), *logs)) == ["log-forked"]


def test_what_the_device_had_counted_before_a_log_is_missed() -> None:
    world = courses.world_of(courses.needle_plan(), 11)
    first = courses.ended(world)
    spec = session_spec(read_begin(first)).model_copy(update={"nonce": 12})
    later = Session(spec, device=world.device, begin_ns=world.now_ns).begin().end(240)
    log = read(bytes(later.log.data))
    assert log.uncounted > 0
    found = counted(log)
    assert codes(found) == ["log-incomplete"]
    assert "nL that the device had counted before it" in str(found.problems[0])
    assert "log-forked" in codes(counted(read(first, "b.mdlog"), log))


def after(*logs: bytes, number: int = 20) -> bytes:
    """Return the log of bursts that were planned with earlier logs."""
    earlier = courses.earlier_of(*logs)
    return courses.ended(courses.world_of(courses.current_plan(), number, earlier=earlier))


def test_a_begin_record_holds_the_earlier_sessions_and_replays_to_the_byte() -> None:
    log = after(courses.needles())
    begin = read_begin(log)
    (facts,) = begin.earlier
    assert facts == courses.earlier_of(courses.needles())[0].to_json()
    assert (facts["unit"], facts["hi"]) == ("nL", courses.NEEDLE_NL)
    assert "mdlog" not in json.dumps(facts)
    found = replay(log, driver_core)
    assert found.equal
    assert found.verification.intact
    assert read_begin(log) == begin


def test_a_log_alone_tells_of_the_sessions_that_it_was_planned_with() -> None:
    needles, later = courses.needles(), read(after(courses.needles()))
    found = counted(later)
    assert not found.problems
    ((told, by),) = found.told
    assert told.hi == courses.NEEDLE_NL
    assert by is later
    said = str(missing_problem(told, by))
    assert f"found session {told.head[:12]} before it (nappage-gun, at most 252000 nL)" in said
    assert not counted(read(needles, "b.mdlog"), later).told


def test_what_two_logs_tell_of_one_session_counts_once_with_the_most() -> None:
    _, open_log = courses.killed()
    least = read(after(courses.needles(), number=21))
    (told,) = least.told
    more = least._replace(
        session=least.session._replace(nonce=5, case=5), told=(told._replace(hi=told.hi + 1),)
    )
    for order in ((least, more), (more, least)):
        ((found, _),) = counted(*order).told
        assert found.hi == told.hi + 1
    assert len(counted(least, read(after(open_log, number=22))).told) == 2


def test_a_session_that_was_gone_on_with_since_it_was_told_of_is_not_missing() -> None:
    world = courses.world_of(courses.needle_plan(), 30)
    first = kill(world.lasting(6.0))
    later = read(after(first, number=31))
    whole = read(bytes(resumed(world, first).begin().end(240).log.data), "b.mdlog")
    found = counted(later, whole)
    assert not found.told
    assert together(found.sessions)["nL"] == (whole.session.lo, whole.session.hi)


def test_the_earlier_sessions_are_no_part_of_what_a_resumption_is_made_from() -> None:
    earlier = courses.earlier_of(courses.needles())
    world = courses.world_of(courses.current_plan(), 40, earlier=earlier)
    log = kill(world.lasting(8.0))
    assert read_begin(log).earlier == [earlier[0].to_json()]
    assert resume_spec(log, nonce=1, first_rid=2).resume is not None


@pytest.mark.parametrize("entry", [7, {}, {"zones": []}, {"head": "x", "zones": 4}])
def test_earlier_sessions_that_make_no_sense_make_a_log_unusable(entry: object) -> None:
    assert_unusable({"earlier": [entry]}, "its earlier sessions make no sense")


def test_earlier_sessions_that_are_no_list_are_of_another_sort() -> None:
    assert_unusable({"earlier": "none"}, "of another sort than in this format: earlier")


def begin_body(**changes: object) -> bytes:
    spec = session(deliver(2)).model_dump(mode="json")
    begin = Begin("0", spec, "", "", "", "", [], {}, {}, "", "sim")
    facts = {**json.loads(begin.to_body()), **changes}
    kept = {key: value for key, value in facts.items() if value is not None}
    return json.dumps(kept, separators=(",", ":")).encode()


def assert_unusable(changes: dict[str, object], said: str) -> None:
    with pytest.raises(LogUnusableError, match=said):
        read(LogWriter(begin_body(**changes), 0).take())


def test_a_log_from_before_sessions_were_counted_together_had_none_before_it() -> None:
    assert not read(LogWriter(begin_body(earlier=None), 0).take()).told


@pytest.mark.parametrize("before", [1.5, "7", None])
def test_a_total_of_the_device_that_counts_nothing_makes_a_log_unusable(before: object) -> None:
    writer = LogWriter(begin_body(), 0)
    writer.add(1, Out.EVENT, json.dumps({"event": "case", "before": before}).encode())
    writer.seal(2)
    with pytest.raises(LogUnusableError, match="'case' makes no sense"):
        read(writer.take())


def test_no_text_of_a_log_acts_on_the_screen_that_shows_its_totals(tmp_path: Path) -> None:
    text = "\x1b[2J\nstopped"
    log = read(LogWriter(begin_body(), 0).take(), text)
    zone = TouchedZone(text, text, "pricked", 0, 1)
    told = log.session._replace(nonce=2, profile=text, zones=(zone,))
    forged = log._replace(
        treatment=text,
        told=(told,),
        session=log.session._replace(profile=text, ending=text, zones=(zone,)),
    )
    lines = list(totals_lines([forged], course_of([forged], [tmp_path / "a.mdlog"])))
    lines += [str(problem) for problem in counted(forged).problems]
    lines += [str(missing_problem(told, forged))]
    assert len(lines) > 6
    assert not [line for line in lines if "\x1b" in line or "\n" in line]
