"""Logs of one patient's sessions with needles and with current, made by whole sessions."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from mesodrive.core.ports import Out
from mesodrive.sequencing.earlier import EarlierSession
from mesodrive.session.assembler import LogWriter
from mesodrive.session.begin import read_begin
from mesodrive.session.course import CourseLog, course_log
from mesodrive.session.walk import Walk, entries
from support import electric_plans, sessions
from support.killing import kill
from support.worlds import Session

Data = sessions.Data
NEEDLE_NL = 63 * 4_000
"""What the session of `needles` gives."""


def needle_plan(treatment: str = "T-1") -> Data:
    return sessions.plan(treatment=treatment)


def current_plan(*zones: Data, treatment: str = "T-1", skin: str = "exfoliated") -> Data:
    """Return bursts on a cheek after a reading, on skin that is not intact."""
    bursts = electric_plans.burst(peak_ma=3, dose_ma_min=0.2)
    here = zones or (electric_plans.reading(), bursts)
    return electric_plans.burst_plan(*here, treatment=treatment, skin=skin)


def world_of(
    data: Data, number: int = 1, *, case: int = 0, earlier: Sequence[EarlierSession] = ()
) -> Session:
    """Return a session of a plan with numbers of its own; nothing has happened yet."""
    electric = data["profile"] == "burst-unit"
    made = electric_plans.planned(data) if electric else sessions.planned(data)
    text = (electric_plans if electric else sessions).loaded(data).text
    numbers = {"nonce": 1_000 * number, "case": case or number}
    spec = made.spec.model_copy(update=numbers)
    return Session(spec, plan_yaml=text, earlier=earlier).begin()


def ended(world: Session) -> bytes:
    return bytes(world.end(seconds=240).log.data)


@cache
def needles(number: int = 1, treatment: str = "T-1") -> bytes:
    """Return the log of 63 pricks, all delivered."""
    return ended(world_of(needle_plan(treatment), number))


@cache
def bursts(number: int = 2) -> bytes:
    """Return the log of bursts on the cheek, all delivered."""
    return ended(world_of(current_plan(), number))


@cache
def exfoliated(number: int = 3) -> bytes:
    """Return the log of an exfoliated cheek."""
    return ended(
        world_of(current_plan(electric_plans.exfoliation(), skin="exfoliated_now"), number)
    )


@cache
def killed(number: int = 4, seconds: float = 6.0) -> tuple[Session, bytes]:
    """Return a session of pricks whose host was killed, and its log."""
    world = world_of(needle_plan(), number)
    return world, kill(world.lasting(seconds))


def read(data: bytes, name: str = "a.mdlog") -> CourseLog:
    return course_log(data, name)


def earlier_of(*logs: bytes) -> tuple[EarlierSession, ...]:
    """Return logs as earlier sessions, named after their place: 1.mdlog, 2.mdlog."""
    return tuple(read(data, f"{number}.mdlog").session for number, data in enumerate(logs, 1))


def of_version(data: bytes, version: str) -> bytes:
    """Return the entries of a log under a begin record that another version has written."""
    begin = replace(read_begin(data), mesodrive=version)
    writer = LogWriter(begin.to_body(), 0)
    for entry in entries(Walk(data)):
        writer.add(entry.time_ns, entry.code, entry.data)
        if entry.code == Out.PERSIST:
            writer.seal(entry.time_ns)
    return writer.take()
