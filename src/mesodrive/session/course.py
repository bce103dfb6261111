"""Logs of one course of treatment together: each session once, and what is missing is said.

A session that goes on from a log holds that log's account; of such a chain only the last counts.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice, repeat
from typing import Final, NamedTuple

from mesodrive.core.spec import ProgramSpec, SessionSpec
from mesodrive.document_text import escaped
from mesodrive.errors import DocumentError, Problem
from mesodrive.plan_store import parse_plan
from mesodrive.sequencing.earlier import EarlierSession, TouchedZone, from_json, how_of
from mesodrive.sequencing.electric_plan import TransdermalPlan
from mesodrive.session.account import LogAccount, account
from mesodrive.session.begin import Begin, LogUnusableError, read_begin
from mesodrive.session.bookkeeping import UNKNOWN, CommandAccount
from mesodrive.session.format import Buffer
from mesodrive.session.rebuild import session_spec
from mesodrive.session.verify import Verification, verify
from mesodrive_protocol.enums import Outcome

LOGS_MAX: Final = 16
"""Sessions of one treatment before another; a course has some ten."""
_REACHED: Final = frozenset({Outcome.DONE.name.lower(), Outcome.PARTIAL.name.lower()})


class CourseLog(NamedTuple):
    """One log of a treatment."""

    treatment: str
    session: EarlierSession
    waste_nl_hi: int
    """Primed at most."""
    alarms: tuple[str, ...]
    simulated: bool | None
    commands: frozenset[int]
    """Numbers of all commands of which something can have left."""
    inherited: frozenset[int]
    """Those of them that the logs before it have begun."""
    settled: frozenset[tuple[int, int, tuple[str, int, int]]]
    """Command, unit and record of the device of every unit that has one."""
    resumed_head: str
    """Head of the log that it goes on from; empty where it is the first."""
    sessions_before: int
    """Sessions on the device that were held before it, by the logs that it goes on from."""
    uncounted: int
    """What the device had counted before the first of its logs, which none of them shows."""
    told: tuple[EarlierSession, ...]
    """Earlier sessions that it was planned with."""
    verification: Verification


class Course(NamedTuple):
    """Logs of one treatment, with none counted twice."""

    counted: tuple[CourseLog, ...]
    held: tuple[tuple[CourseLog, CourseLog], ...]
    """Each log whose account another one holds, with that one."""
    told: tuple[tuple[EarlierSession, CourseLog], ...]
    """Sessions without a log here, each with the log that was planned with it."""
    problems: tuple[Problem, ...]

    @property
    def sessions(self) -> tuple[EarlierSession, ...]:
        """Every session whose log is here and counts."""
        return tuple(log.session for log in self.counted)


def course_log(data: Buffer, name: str) -> CourseLog:
    """Return what a log says of its session; it may be damaged, as its verification says.

    Args:
        data: The log.
        name: Of its file.

    Raises:
        LogUnusableError: If the begin record or an event cannot be used.
    """
    begin = read_begin(data)
    spec, found, verification = session_spec(begin), account(data), verify(data)
    deliveries = [one for one in found.commands.values() if one.purpose != "prime"]
    excess = sum(sum(one.excess.values()) for one in deliveries)
    session = EarlierSession(
        name=name,
        head=verification.head,
        nonce=spec.nonce,
        case=spec.case,
        profile=spec.profile.identity.profile,
        ending=found.ending,
        unit=found.unit,
        lo=found.lo,
        hi=found.hi + excess,
        units_open=found.units_open,
        zones=tuple(_zones(spec, deliveries, _places(begin, spec))),
    )
    return CourseLog(
        treatment=spec.treatment_id,
        session=session,
        waste_nl_hi=found.waste_hi,
        alarms=tuple(found.alarms),
        simulated=found.simulated,
        commands=frozenset(
            number for number, one in found.commands.items() if one.sealed or one.ceiling
        ),
        inherited=frozenset(one.command for one in (spec.resume.commands if spec.resume else ())),
        settled=frozenset(
            (number, unit, record)
            for number, one in found.commands.items()
            for unit, record in one.settled.items()
        ),
        resumed_head=spec.resume.head if spec.resume else "",
        sessions_before=len(spec.resume.sessions) if spec.resume else 0,
        uncounted=_uncounted(spec, found),
        told=_told(begin),
        verification=verification,
    )


def _uncounted(spec: SessionSpec, found: LogAccount) -> int:
    return max(found.before, spec.resume.before_nl if spec.resume else 0)


def _told(begin: Begin) -> tuple[EarlierSession, ...]:
    """Return the earlier sessions of a begin record.

    Raises:
        LogUnusableError: If they make no sense.
    """
    if len(begin.earlier) > LOGS_MAX:
        raise LogUnusableError(None, "it tells of more earlier sessions than a plan counts")
    try:
        return tuple(map(from_json, begin.earlier))
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise LogUnusableError(None, "its earlier sessions make no sense") from error


def _places(begin: Begin, spec: SessionSpec) -> list[str]:
    """Return for each zone the part of the body that the plan says; empty where it says none."""
    unknown = [""] * len(spec.zones)
    try:
        plan = parse_plan(begin.plan_yaml).plan
    except DocumentError:
        return unknown
    named = [zone.name for zone in plan.zones] == [zone.name for zone in spec.zones]
    if not named or not isinstance(plan, TransdermalPlan):
        return unknown
    return [zone.place for zone in plan.zones]


def _zones(
    spec: SessionSpec, deliveries: Sequence[CommandAccount], places: Sequence[str]
) -> Iterator[TouchedZone]:
    """Yield each zone that may have been touched, in the order of treatment."""
    least, most = Counter[tuple[int, str]](), Counter[tuple[int, str]]()
    for command in deliveries:
        program = spec.stages[command.stage].programs[command.program]
        how = how_of(program.kind)
        where = islice(_zone_numbers(program), command.done, command.done + command.ceiling)
        for unit, zone in enumerate(where):
            outcome, _, hi = command.settled.get(unit, (UNKNOWN, 0, 0))
            if outcome in _REACHED:
                least[zone, how] += 1
            if outcome in _REACHED or outcome == UNKNOWN or hi:
                most[zone, how] += 1
    for (zone, how), units_hi in most.items():
        known = 0 <= zone < len(spec.zones)
        name, place = (spec.zones[zone].name, places[zone]) if known else ("", "")
        yield TouchedZone(name, place, how, least[zone, how], units_hi)


def _zone_numbers(program: ProgramSpec) -> Iterator[int]:
    """Yield the zone of each unit; below 0 for ever behind those that the program names."""
    named = (repeat(run.zone, run.units) for run in program.zones)
    return chain(chain.from_iterable(named), repeat(-1))


def course(logs: Sequence[CourseLog], treatment: str) -> Course:
    """Return logs of one treatment with each session once, and everything that speaks against it.

    Args:
        logs: In the order that they were named.
        treatment: The treatment that all must be of.
    """
    problems = list(_foreign(logs, treatment)) + list(_twice(logs))
    ours: dict[int, CourseLog] = {}
    for log in logs:
        if log.treatment == treatment:
            ours.setdefault(log.session.nonce, log)
    held: list[tuple[CourseLog, CourseLog]] = []
    for same in _cases(list(ours.values())).values():
        last = max(same, key=_reach)
        for log in same:
            if log is last:
                continue
            if _holds(last, log):
                held.append((log, last))
            else:
                problems.append(_forked(log, last))
    inside = {log.session.nonce for log, _ in held}
    counted = tuple(log for nonce, log in ours.items() if nonce not in inside)
    problems += [_uncounted_problem(log) for log in counted if log.uncounted]
    told = tuple(_missing(ours))
    return Course(counted, tuple(held), told, tuple(problems))


def _reach(log: CourseLog) -> tuple[int, int, int]:
    """Return how far a log goes, to compare with others of its case."""
    return len(log.commands), len(log.settled), log.sessions_before


def _holds(last: CourseLog, log: CourseLog) -> bool:
    """Tell whether the account of one log holds all of another's.

    A command is begun in one log only: what this one began, the other must have from it, and a
    record of the device never changes. Two that went on from the same log may both have gone on
    with a command of it, so neither holds the other.
    """
    apart = last.resumed_head != log.resumed_head
    return apart and log.commands <= last.inherited and log.settled <= last.settled


def _cases(logs: Sequence[CourseLog]) -> dict[int, list[CourseLog]]:
    """Return logs by case: a session and all that go on from it share one."""
    cases: dict[int, list[CourseLog]] = {}
    for log in logs:
        cases.setdefault(log.session.case, []).append(log)
    return cases


def _missing(ours: Mapping[int, CourseLog]) -> Iterator[tuple[EarlierSession, CourseLog]]:
    """Yield each session that a log was planned with and whose own log is not here.

    Of several words about one session that with most counts.
    """
    resumed = {log.resumed_head for log in ours.values()}
    missing: dict[int, tuple[EarlierSession, CourseLog]] = {}
    for log in ours.values():
        for one in log.told:
            if one.nonce in ours or one.head in resumed:
                continue
            known = missing.get(one.nonce)
            if known is None or known[0].hi < one.hi:
                missing[one.nonce] = (one, log)
    yield from missing.values()


def _problem(log: CourseLog, found: str, limit: str, remedy: str, code: str) -> Problem:
    return Problem(escaped(log.session.name), 0, 0, "", found, limit, remedy, code)


def _foreign(logs: Sequence[CourseLog], treatment: str) -> Iterator[Problem]:
    for log in logs:
        if log.treatment != treatment:
            found = f"treatment {escaped(log.treatment)}"
            remedy = "name logs of one treatment only"
            limit = f"treatment {escaped(treatment)}"
            yield _problem(log, found, limit, remedy, "treatment-other")


def _twice(logs: Sequence[CourseLog]) -> Iterator[Problem]:
    seen: dict[int, CourseLog] = {}
    for log in logs:
        first = seen.setdefault(log.session.nonce, log)
        if first is not log:
            found = f"the session of {escaped(first.session.name)} once more"
            remedy = "name one of them, of a copy and its original the longer one"
            yield _problem(log, found, "each session once", remedy, "log-twice")


def _forked(log: CourseLog, last: CourseLog) -> Problem:
    found = f"a part of the session of {escaped(last.session.name)} that is not in its account"
    limit = "of a session that was gone on with, the log that holds the account of all"
    remedy = "name the last log of the session; if there are two, nobody can add them up from here"
    return _problem(log, found, limit, remedy, "log-forked")


def _uncounted_problem(log: CourseLog) -> Problem:
    found = f"{log.uncounted} {log.session.unit} that the device had counted before it"
    limit = "a log that begins with its session"
    remedy = "name the log of what came before; without it nobody can add it up from here"
    return _problem(log, found, limit, remedy, "log-incomplete")


def missing_problem(one: EarlierSession, log: CourseLog) -> Problem:
    """Return the problem that a session is missing which a log was planned with."""
    found = f"{escaped(one.name)} before it ({escaped(one.profile)}, at most {one.hi} {one.unit})"
    remedy = "name the log of that session as well"
    return _problem(log, found, "every session of the treatment", remedy, "log-missing")
