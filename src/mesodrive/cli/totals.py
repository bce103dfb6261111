"""The sessions of one treatment as a table, and what all of them gave together."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from mesodrive.app.earlier import resumed_problems
from mesodrive.cli.wording import amount, counted, interval
from mesodrive.document_text import escaped
from mesodrive.errors import DocumentError
from mesodrive.sequencing.earlier import UNITS, EarlierSession, TouchedZone, together
from mesodrive.session.course import Course, CourseLog, course

TITLES: Final = {"nL": "product", "strokes": "strokes", "uC": "charge"}
"""What the total of a unit is called."""


class CourseRefused(DocumentError):  # noqa: N818  (a refusal is a right answer, not an error)
    """Logs that cannot be added up."""

    code = "course-refused"


def course_of(logs: Sequence[CourseLog], paths: Sequence[Path]) -> Course:
    """Return the treatment that logs are of; the first says which.

    Args:
        logs: As named.
        paths: Of their files.

    Raises:
        CourseRefused: If they are of several treatments, name a session twice, or leave a gap.
    """
    found = course(logs, logs[0].treatment)
    where: dict[int, Path] = {}
    for log, path in zip(logs, paths, strict=True):
        where.setdefault(log.session.nonce, path)
    problems = (*found.problems, *resumed_problems(found, where))
    if problems:
        raise CourseRefused(problems)
    return found


def _all(found: Course) -> list[EarlierSession]:
    """Return every session that counts: those with a log, and those that another log tells of."""
    return [*found.sessions, *(one for one, _ in found.told)]


def totals_json(logs: Sequence[CourseLog], found: Course) -> dict[str, Any]:
    """Return the account of a treatment for `--json`; amounts in base units.

    Args:
        logs: As named.
        found: The same as a treatment.
    """
    held = {log.session.nonce: by.session.name for log, by in found.held}
    rows = [{**_row_json(log), "held_by": held.get(log.session.nonce)} for log in logs]
    sums = together(_all(found))
    return {
        "treatment": logs[0].treatment,
        "sessions": rows,
        "told": [{**one.to_json(), "by": log.session.name} for one, log in found.told],
        "totals": {unit: {"lo": lo, "hi": hi} for unit, (lo, hi) in sums.items()},
        "primed_nl_hi": sum(log.waste_nl_hi for log in found.counted),
        "units_open": sum(one.units_open for one in _all(found)),
        "alarms": sum(len(log.alarms) for log in logs),
        "zones": [zone._asdict() for zone in _zones(found)],
        "whole": all(log.verification.intact for log in logs) and not found.told,
    }


def _row_json(log: CourseLog) -> dict[str, Any]:
    one = log.session
    return {
        "log": one.name,
        **one.to_json(),
        "simulated": log.simulated,
        "primed_nl_hi": log.waste_nl_hi,
        "alarms": list(log.alarms),
        "resumed_head": log.resumed_head,
        "exit_code": int(log.verification.exit_code),
    }


def totals_lines(logs: Sequence[CourseLog], found: Course) -> Iterator[str]:
    """Yield the account of a treatment for people.

    Args:
        logs: As named.
        found: The same as a treatment.
    """
    simulated = "SIMULATED; " if any(log.simulated for log in logs) else ""
    yield f"{simulated}treatment {escaped(logs[0].treatment)}"
    held = {log.session.nonce: by for log, by in found.held}
    rows = [_row(log, held.get(log.session.nonce)) for log in logs]
    rows += [_told_row(one, log) for one, log in found.told]
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]) - 1)]
    for row in rows:
        cells = [f"{text:{width}}" for text, width in zip(row, widths, strict=False)]
        yield f"  {'  '.join([*cells, row[-1]])}".rstrip()
    yield "together"
    sums = together(_all(found))
    for unit in UNITS:
        if unit in sums:
            yield f"  {TITLES[unit]:8} {interval(*sums[unit], unit)}"
    primed_nl = sum(log.waste_nl_hi for log in found.counted)
    if primed_nl:
        yield f"  {'primed':8} {amount(primed_nl, 'nL')} at most, beside it"
    for zone in _zones(found):
        yield f"  {'zone':8} {_zone(zone)}"
    if any(not log.verification.intact for log in logs):
        yield "  A log that is not whole may lack what came after it: `mesodrive log verify`."


def _row(log: CourseLog, holder: CourseLog | None) -> tuple[str, ...]:
    one = log.session
    ended = escaped(one.ending) or "no end"
    if not log.verification.intact:
        ended += ", not whole" if log.verification.complete else ", not closed"
    if holder is not None:
        beside = f"counted in {escaped(holder.session.name)}"
        return escaped(one.name), escaped(one.profile), ended, "-", beside
    facts = [f"primed {amount(log.waste_nl_hi, 'nL')}"] if log.waste_nl_hi else []
    facts += [counted(one.units_open, "open unit"), counted(len(log.alarms), "alarm")]
    given = interval(one.lo, one.hi, one.unit)
    return escaped(one.name), escaped(one.profile), ended, given, ", ".join(facts)


def _told_row(one: EarlierSession, log: CourseLog) -> tuple[str, ...]:
    given = interval(one.lo, one.hi, one.unit)
    beside = f"{counted(one.units_open, 'open unit')}, as {escaped(log.session.name)} tells"
    return escaped(one.name), escaped(one.profile), escaped(one.ending) or "no end", given, beside


def _zones(found: Course) -> list[TouchedZone]:
    """Return zones touched in any session; the same zone in two sessions once, with both."""
    zones: dict[tuple[str, str, str], TouchedZone] = {}
    for zone in _every(_all(found)):
        key = (zone.place, zone.name, zone.how)
        known = zones.get(key, zone._replace(units_lo=0, units_hi=0))
        least, most = known.units_lo + zone.units_lo, known.units_hi + zone.units_hi
        zones[key] = known._replace(units_lo=least, units_hi=most)
    return list(zones.values())


def _every(sessions: Iterable[EarlierSession]) -> Iterator[TouchedZone]:
    for one in sessions:
        yield from one.zones


def _zone(zone: TouchedZone) -> str:
    least, most = zone.units_lo, zone.units_hi
    units = counted(most, "unit") if least == most else f"[{least}, {most}] units"
    place = f", {escaped(zone.place)}" if zone.place else ""
    return f"{escaped(zone.name)}{place}: {zone.how}, {units}"
