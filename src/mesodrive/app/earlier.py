"""Logs of earlier sessions of a plan's treatment: opened, judged, and refused where they must be.

Whatever is wrong with any of them is told at once, together with what is wrong with the plan.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from mesodrive.app.closed_logs import opened, resumed_by
from mesodrive.document_text import escaped
from mesodrive.errors import DocumentError, MesodriveError, Problem
from mesodrive.sequencing.earlier import EarlierSession
from mesodrive.session.begin import read_begin
from mesodrive.session.course import Course, CourseLog, course, course_log, missing_problem
from mesodrive.session.resume import refuse_damage
from mesodrive.session.walk import Walk, entries


class EarlierRefused(DocumentError):  # noqa: N818  (a refusal is a right answer, not an error)
    """Earlier sessions that cannot be counted, or a plan that goes too far with them."""

    code = "earlier-refused"


class Earlier(NamedTuple):
    """What a plan is to be checked with."""

    sessions: tuple[EarlierSession, ...]
    """Each once, in the order that they were named."""
    problems: tuple[Problem, ...]
    """Why the plan may not be carried out after them."""


def read_earlier(paths: Sequence[Path], treatment: str, logs: Path | None) -> Earlier:
    """Read the logs of earlier sessions.

    Args:
        paths: Of the logs.
        treatment: Of the plan.
        logs: Folder of new logs, where one may lie that goes on from one of these.
    """
    read: list[CourseLog] = []
    where: dict[int, Path] = {}
    problems: list[Problem] = []
    for path in paths:
        try:
            log = _read(path)
        except MesodriveError as error:
            problems.append(_unread(path, error))
        else:
            read.append(log)
            where.setdefault(log.session.nonce, path)
    found = course(read, treatment)
    problems += found.problems
    problems += [missing_problem(one, log) for one, log in found.told]
    problems += resumed_problems(found, where, logs)
    return Earlier(found.sessions, tuple(problems))


def resumed_problems(
    found: Course, where: Mapping[int, Path], logs: Path | None = None
) -> Iterator[Problem]:
    """Yield each log that counts although another one, which is not named, goes on from it.

    Args:
        found: The logs as a treatment.
        where: Path of each by the nonce of its session.
        logs: Folder of new logs, beside those of the logs themselves.
    """
    for log in found.counted:
        path = where[log.session.nonce]
        other = resumed_by(path, log.session.head, logs)
        if other is not None:
            yield _resumed(path, other)


def _read(path: Path) -> CourseLog:
    with opened(path) as data:
        read_begin(data)  # what is no log at all is no damaged one
        walk = Walk(data)
        for _ in entries(walk):
            pass
        refuse_damage(walk)
        return course_log(data, path.name)


def _unread(path: Path, error: MesodriveError) -> Problem:
    limit = "the log of a session of this treatment, with nothing missing but its last moment"
    said = str(error).removeprefix(f"{path}: ")
    return Problem(escaped(str(path)), 0, 0, "", said, limit, error.remedy, error.code)


def _resumed(path: Path, other: Path) -> Problem:
    limit = "of a session that was gone on with, its last log"
    beside = escaped(str(other))
    remedy = f"name {beside} as well, or instead: it holds the account of both"
    found = f"a log that {beside} goes on from"
    return Problem(escaped(str(path)), 0, 0, "", found, limit, remedy, "log-resumed")
