"""What a log says was delivered, wherever it stops; the rules are in JOURNAL.md."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from mesodrive.core.ports import Out
from mesodrive.document_text import escaped
from mesodrive.session.begin import Begin, LogUnusableError, read_begin
from mesodrive.session.bookkeeping import UNKNOWN, Bookkeeper, CommandAccount
from mesodrive.session.format import Buffer
from mesodrive.session.walk import Entry, Walk, entries, json_object


@dataclass(slots=True)
class LogAccount:
    """The account of a session, from its log alone."""

    commands: dict[int, CommandAccount] = field(default_factory=dict[int, CommandAccount])
    """By command id, in order of intent."""
    unit: str = "nL"
    """Of all amounts: `nL`, `strokes` or `uC`."""
    simulated: bool | None = None
    """What the device said of itself; None where it said nothing."""
    device: dict[str, Any] = field(default_factory=dict[str, Any])
    """Who the device said it is."""
    alarms: list[str] = field(default_factory=list[str])
    """Every alarm that was raised, in order."""
    before: int = 0
    """What the device had counted of the same case before this session."""
    ended: dict[str, Any] = field(default_factory=dict[str, Any])
    """What the driver itself said at the end; empty where it came to none."""

    @property
    def ending(self) -> str:
        """How the session ended; empty where the log stops before."""
        return str(self.ended.get("ending", ""))

    @property
    def booked(self) -> tuple[int, int]:
        """Delivered into zones at least and at most, from units and ceilings alone."""
        doses = [one for one in self.commands.values() if one.purpose != "prime"]
        return sum(one.lo for one in doses), sum(one.hi for one in doses)

    @property
    def lo(self) -> int:
        """Delivered into zones at least: the driver's own word where it came to one."""
        return int(self.ended.get("lo", self.booked[0]))

    @property
    def hi(self) -> int:
        """Delivered into zones at most; the driver knew which grants it had really sent."""
        return int(self.ended.get("hi", self.booked[1]))

    @property
    def waste_hi(self) -> int:
        """Primed at most."""
        return sum(one.hi for one in self.commands.values() if one.purpose == "prime")

    @property
    def units_open(self) -> int:
        """Units of all commands that may have been delivered, with no record and no answer."""
        return sum(len(one.open_units) for one in self.commands.values())

    @property
    def units_unknown(self) -> int:
        """Units that stay an interval for good: answered for, or unknown to the device itself."""
        return sum(
            len(one.answered - one.settled.keys()) + one.count(UNKNOWN)
            for one in self.commands.values()
        )

    def to_json(self) -> dict[str, Any]:
        """Return the account for `--json`."""
        return {
            "ending": self.ending,
            "simulated": self.simulated,
            "device": self.device,
            "unit": self.unit,
            "lo": self.lo,
            "hi": self.hi,
            "waste_hi": self.waste_hi,
            "units_open": self.units_open,
            "units_unknown": self.units_unknown,
            "ended": self.ended,
            "alarms": self.alarms,
            "commands": [
                {
                    "command": one.command,
                    "purpose": one.purpose,
                    "kind": one.kind,
                    "units": len(one.programmed),
                    **{outcome: one.count(outcome) for outcome in OUTCOMES},
                    "open": len(one.open_units),
                    "answered": len(one.answered),
                    "lo": one.lo,
                    "hi": one.hi,
                    "closed": one.closed,
                }
                for one in self.commands.values()
            ],
        }


OUTCOMES: Final = ("done", "partial", "not_done", "unknown")


class LogEvent(NamedTuple):
    """One event of a log."""

    facts: dict[str, Any]
    sealed: bool
    """Whether it lies in the sealed prefix."""
    entry: Entry
    """Where it stands."""


def log_events(walk: Walk) -> list[LogEvent]:
    """Return every event of a log as far as it is whole; the walk is finished then.

    Only then is it known how far the log is sealed.
    """
    found = [entry for entry in entries(walk) if entry.code == Out.EVENT]
    return [
        LogEvent(json_object(entry.data) or {}, entry.offset < walk.sealed_bytes, entry)
        for entry in found
    ]


@contextmanager
def sense_in(event: LogEvent) -> Generator[None]:
    """Name an event that makes no sense.

    Raises:
        LogUnusableError: If what is done with the event fails for its content.
    """
    try:
        yield
    except (ValueError, LookupError, TypeError) as error:
        name = escaped(str(event.facts.get("event", "")))
        raise LogUnusableError(
            None,
            f"its event {name!r} makes no sense with what the log says before it"
            if name
            else "an event without a name makes no sense",
            f"the entry at byte {event.entry.offset} of record {event.entry.record}",
        ) from error


def bookkeeper(begin: Begin) -> Bookkeeper:
    """Return the books of a log before its first event: what the logs before it proved.

    Raises:
        LogUnusableError: If the session specification makes no sense.
    """
    try:
        return Bookkeeper(begin.spec)
    except (ValueError, LookupError, TypeError) as error:
        raise LogUnusableError(None, "its session specification makes no sense") from error


def account(data: Buffer) -> LogAccount:
    """Work out what a log, and those that it goes on from, say was delivered.

    Whatever is whole counts where it opens the interval (intents, ceilings); only what is
    sealed counts where it narrows it (unit events, closings).

    Raises:
        LogUnusableError: If the begin record or an event cannot be used.
    """
    books = bookkeeper(read_begin(data))
    found = LogAccount(books.commands)
    for event in log_events(Walk(data)):
        with sense_in(event):
            books.take(event.facts, sealed=event.sealed)
            _take_facts(found, event.facts)
    found.unit, found.ended = books.unit, books.ended
    return found


def _take_facts(found: LogAccount, event: dict[str, Any]) -> None:
    if event["event"] == "identified":
        found.simulated = event["simulated"]
        found.device = {key: event[key] for key in event if key != "event"}
    elif event["event"] == "alarm":
        found.alarms.append(event["id"])
    elif event["event"] == "case":
        if type(event["before"]) is not int:
            raise TypeError("a total of the device counts something")
        found.before = event["before"]
