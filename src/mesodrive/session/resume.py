"""From a log, wherever it stops, to the session that goes on with its treatment.

What a log proves is in JOURNAL.md. Nothing is guessed: what is not sealed never narrows what may
have been delivered, and a log that was changed or damaged before its tail is refused.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple
from zlib import crc32

from mesodrive.core.conduct import SAME_CAUSE_NS
from mesodrive.core.spec import ResumedClear, ResumedCommand, ResumedUnit, ResumeSpec, SessionSpec
from mesodrive.session.account import bookkeeper, log_events, sense_in
from mesodrive.session.begin import Begin, LogUnusableError, our_version, read_begin
from mesodrive.session.bookkeeping import Bookkeeper, CommandAccount
from mesodrive.session.format import CRC_BYTES, DIGEST_BYTES, HEADER_BYTES, Buffer, Fault
from mesodrive.session.rebuild import session_spec
from mesodrive.session.resume_errors import (
    LogCompletedError,
    LogDamagedError,
    LogVersionError,
)
from mesodrive.session.walk import Walk
from mesodrive_protocol.enums import Outcome, Reason

NS_PER_MS: Final = 1_000_000
AGO_MS_MAX: Final = 0xFFFF_FFFF
_SEAL_HEADER: Final = DIGEST_BYTES.to_bytes(4, "little") + b"\x03"
_TORN: Final = frozenset({Fault.CUT, Fault.UNWRITTEN, Fault.CRC, Fault.LENGTH})
"""Faults that a write cut short leaves; each other one took a good checksum."""


def resume_spec(data: Buffer, *, nonce: int, first_rid: int) -> SessionSpec:
    """Return the session that goes on where a log stops.

    Args:
        data: The log, whole, cut, or with a torn tail.
        nonce: Drawn for the new session, 64 bits.
        first_rid: Drawn for the new session, 32 bits.

    Raises:
        LogUnusableError: If the log is none, was never sealed, or makes no sense.
        LogDamagedError: If it is damaged before its tail.
        LogCompletedError: If its session came to the plan's end.
    """
    begin = read_begin(data)
    spec, books = session_spec(begin), bookkeeper(begin)
    walk = Walk(data)
    events = log_events(walk)
    refuse_damage(walk)
    trail = _Trail(spec, books, walk)
    for event in events:
        with sense_in(event):
            books.take(event.facts, sealed=event.sealed)
            trail.take(event.facts, event.entry.time_ns, sealed=event.sealed)
    if books.ended.get("ending") == "completed":
        raise LogCompletedError(spec.treatment_id)
    return spec.model_copy(
        update={"nonce": nonce, "first_rid": first_rid, "resume": trail.resume_spec()}
    )


def check_version(begin: Begin) -> None:
    """Demand that this version of the driver wrote the log.

    Raises:
        LogVersionError: If another one did: its events may mean something else.
    """
    ours = our_version()
    if begin.mesodrive != ours:
        raise LogVersionError(begin.mesodrive, ours)


def refuse_damage(walk: Walk) -> None:
    """Demand a log of which nothing is missing but what a crash takes from its end.

    Args:
        walk: Finished.

    Raises:
        LogUnusableError: If it was never sealed.
        LogDamagedError: If it is damaged before its tail.
    """
    if not walk.seals:
        raise LogUnusableError(None, "it was never sealed, so nothing can have been sent")
    damage = walk.damage
    if damage is None:
        return
    if damage.fault not in _TORN or _sealed_after(walk.data, damage.offset):
        raise LogDamagedError(damage)


def _sealed_after(data: Buffer, offset: int) -> bool:
    """Tell whether a whole seal stands behind a fault: then it is no tail that a crash left."""
    at = data.find(_SEAL_HEADER, offset + CRC_BYTES)
    while at >= 0:
        end = at - CRC_BYTES + HEADER_BYTES + DIGEST_BYTES
        if crc32(data[at:end]) == int.from_bytes(data[at - CRC_BYTES : at], "little"):
            return True
        at = data.find(_SEAL_HEADER, at + 1)
    return False


class _Place(NamedTuple):
    """Where the plan goes on; compares as the plan runs."""

    stage: int
    program: int
    done: int = 0


class _Trail:
    """Follows what a resumption needs beyond the account: who, where, what was seen last.

    Args:
        spec: The session of the log.
        books: Its account; takes each event first.
        walk: Finished.
    """

    def __init__(self, spec: SessionSpec, books: Bookkeeper, walk: Walk) -> None:
        self._spec, self._books, self._walk = spec, books, walk
        before = spec.resume
        self._serial = before.serial if before else spec.serial or ""
        self._identified = ""
        self._sessions = list(before.sessions) if before else []
        self._last_seq, self._chain = (before.last_seq, before.chain) if before else (0, None)
        self._begun_total = before.begun_total if before else 0
        self._before_nl = before.before_nl if before else 0
        self._commands_begun = before.commands_begun if before else 0
        self._fit_no, self._content_nl = (before.fit_no, before.content_nl) if before else (0, 0)
        self._place = _Place(before.stage, before.program, before.done) if before else _Place(0, 0)
        self._settled_ns: dict[tuple[int, int], int] = {}
        """When each unit of this log was booked."""
        self._ago_ms: dict[tuple[int, int], int] = {
            (one.command, unit.unit): unit.ago_ms
            for one in (before.commands if before else ())
            for unit in one.settled
        }
        """How long before this log's beginning each earlier unit was booked, at least."""
        self._clears_before = before.clears if before else ()
        self._cleared_ns: list[tuple[Reason, int]] = []
        """Faults cleared in this log, and when."""

    def take(self, event: Mapping[str, Any], time_ns: int, *, sealed: bool) -> None:
        """Follow one event."""
        match event["event"]:
            case "identified":
                self._identified = event["serial"]
            case "opened":
                self._serial = self._identified
                self._sessions.append(event["session"])
            case "case":
                self._before_nl = event["before"]
            case "intent":
                self._intend(event, sealed=sealed)
            case "fault_cleared":
                self._cleared_ns.append((Reason[str(event["reason"]).upper()], time_ns))
            case "unit" | "device" | "fitted" | "locked" | "closed" | "never_opened" if sealed:
                self._take_sealed(event, time_ns)
            case _:
                pass

    def _intend(self, event: Mapping[str, Any], *, sealed: bool) -> None:
        # The number was used, whatever became of it.
        self._commands_begun = max(self._commands_begun, event["command"] & 0xFFFF_FFFF)
        if not sealed:
            return
        self._begun_total = max(self._begun_total, event["begun_before"])
        if not self._is_prime_again(self._books.commands[event["command"]]):
            self._place = _Place(event["stage"], event["program"], event["done"])

    def _take_sealed(self, event: Mapping[str, Any], time_ns: int) -> None:
        match event["event"]:
            case "unit" | "device":
                self._last_seq, self._chain = event["seq"], event["chain"]
                if event["event"] == "unit":
                    self._settled(event["command"], event["unit"], time_ns)
            case "fitted":
                self._fit_no = event["fit_no"]
                self._content_nl = self._spec.stages[self._place.stage].fit.content_nl
            case "locked":
                # The device's totals have fallen: what it counts from here on is another count.
                self._begun_total = 0
            case "closed":
                one = self._books.commands.get(event["command"])
                if one is not None:
                    self._closed(one, event["how"], event["next"])
            case _:
                pass

    def _settled(self, command: int, unit: int, time_ns: int) -> None:
        one = self._books.commands.get(command)
        if one is not None and unit in one.settled:
            self._settled_ns.setdefault((command, unit), time_ns)
            begun = one.begun_before + len(one.settled)
            self._begun_total = max(self._begun_total, begun)

    def _closed(self, one: CommandAccount, how: str, next_unit: int) -> None:
        if one.kind != "train":
            self._content_nl = max(0, self._content_nl - one.hi)
        if self._is_prime_again(one):
            return
        units = one.done + len(one.programmed)
        # Behind every unit that may have been delivered: a rest is never a rewind.
        done = units if how == "complete" else one.done + max(one.ceiling, next_unit)
        if one.purpose == "prime" and how != "complete":
            return  # begun anew as a whole
        if done >= units:
            self._place = self._next_program(one)
        else:
            self._place = _Place(one.stage, one.program, done)

    def _is_prime_again(self, one: CommandAccount) -> bool:
        """Tell whether a prime was put before a program that the plan had come to already."""
        return one.purpose == "prime" and (one.stage, one.program) < self._place[:2]

    def _next_program(self, one: CommandAccount) -> _Place:
        last = one.program + 1 >= len(self._spec.stages[one.stage].programs)
        return _Place(one.stage + 1, 0) if last else _Place(one.stage, one.program + 1)

    def resume_spec(self) -> ResumeSpec:
        """Return what the log proves, once every event is taken."""
        # Of an intent that is not sealed not a byte has left, and at most the last one is open.
        told = [one for one in self._books.commands.values() if one.sealed or one.ceiling]
        return ResumeSpec(
            head=self._walk.head.hex(),
            serial=self._serial,
            sessions=tuple(self._sessions),
            last_seq=self._last_seq,
            chain=self._chain,
            begun_total=self._begun_total,
            before_nl=self._before_nl,
            commands_begun=self._commands_begun,
            fit_no=self._fit_no,
            content_nl=self._content_nl,
            stage=self._place.stage,
            program=self._place.program,
            done=self._place.done,
            commands=tuple(self._command(one, last=one is told[-1]) for one in told),
            clears=tuple(self._clears()),
        )

    def _clears(self) -> Iterator[ResumedClear]:
        """Yield each clearing that may still count: whatever is not older than its window."""
        earlier = [(one.reason, one.ago_ms + self._length_ms) for one in self._clears_before]
        here = [(reason, self._ms_before_end(at_ns)) for reason, at_ns in self._cleared_ns]
        for reason, ago_ms in (*earlier, *here):
            if ago_ms * NS_PER_MS < SAME_CAUSE_NS:
                yield ResumedClear(reason=reason, ago_ms=ago_ms)

    def _command(self, one: CommandAccount, *, last: bool) -> ResumedCommand:
        settled = tuple(
            ResumedUnit(
                unit=unit,
                outcome=Outcome[outcome.upper()],
                lo=lo,
                hi=hi,
                ago_ms=self._ago(one.command, unit),
                excess=one.excess.get(unit, 0),
            )
            for unit, (outcome, lo, hi) in one.settled.items()
        )
        return ResumedCommand(
            command=one.command,
            stage=one.stage,
            program=one.program,
            done=one.done,
            ceiling=one.ceiling,
            begun_before=one.begun_before,
            settled=settled,
            answered=tuple(sorted(one.answered)),
            closed=one.closed or not last,
        )

    def _ago(self, command: int, unit: int) -> int:
        booked_ns = self._settled_ns.get((command, unit))
        if booked_ns is not None:
            return min(self._ms_before_end(booked_ns), AGO_MS_MAX)
        return min(self._ago_ms[command, unit] + self._length_ms, AGO_MS_MAX)

    def _ms_before_end(self, at_ns: int) -> int:
        # What lies in an unsealed block may be later than the last record's own time.
        return max(0, self._walk.last_ns - at_ns) // NS_PER_MS

    @property
    def _length_ms(self) -> int:
        return (self._walk.last_ns - self._walk.first_ns) // NS_PER_MS
