"""What a log says was delivered, wherever it stops; the rules are in JOURNAL.md.

Invariants: `0 <= lo <= hi`; nothing but a sealed `unit` event narrows what a ceiling opened; a unit
is booked once, its first event counts.
"""

from dataclasses import dataclass, field
from typing import Any, Final, cast

from mesodrive.core.ports import Out
from mesodrive.document_text import escaped
from mesodrive.session.begin import LogUnusableError, read_begin
from mesodrive.session.format import Buffer
from mesodrive.session.walk import Walk, entries, json_object
from mesodrive_protocol.enums import Kind


@dataclass(slots=True)
class CommandAccount:
    """One command as the log leaves it. Amounts are in nL, of trains in strokes."""

    command: int
    purpose: str
    """`prime` (waste) or `deliver`."""
    kind: str
    programmed: list[int]
    """Amount of each unit."""
    ceiling: int = 0
    """Units below it may have been delivered."""
    settled: dict[int, tuple[str, int, int]] = field(
        default_factory=dict[int, tuple[str, int, int]]
    )
    """By unit: outcome, lo, hi, as the device's journal says."""
    closed: bool = False

    @property
    def open_units(self) -> list[int]:
        """Units that may have been delivered and have no record."""
        return [unit for unit in range(self.ceiling) if unit not in self.settled]

    @property
    def lo(self) -> int:
        """Delivered at least."""
        return sum(lo for _, lo, _ in self.settled.values())

    @property
    def hi(self) -> int:
        """Delivered at most."""
        open_amount = sum(self.programmed[unit] for unit in self.open_units)
        return sum(hi for _, _, hi in self.settled.values()) + open_amount

    def count(self, outcome: str) -> int:
        """Return how many units ended so: done, partial, not_done or unknown."""
        return sum(one[0] == outcome for one in self.settled.values())


@dataclass(slots=True)
class LogAccount:
    """The account of a session, from its log alone."""

    commands: dict[int, CommandAccount] = field(default_factory=dict[int, CommandAccount])
    """By command id, in order of intent."""
    unit: str = "nL"
    """Of all amounts: `nL`, or `strokes`."""
    simulated: bool | None = None
    """What the device said of itself; None where it said nothing."""
    device: dict[str, Any] = field(default_factory=dict[str, Any])
    """Who the device said it is."""
    alarms: list[str] = field(default_factory=list[str])
    """Every alarm that was raised, in order."""
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
        """Units of all commands that may have been delivered and have no record."""
        return sum(len(one.open_units) for one in self.commands.values())

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
                    "lo": one.lo,
                    "hi": one.hi,
                    "closed": one.closed,
                }
                for one in self.commands.values()
            ],
        }


OUTCOMES: Final = ("done", "partial", "not_done", "unknown")


def account(data: Buffer) -> LogAccount:
    """Work out what a log says was delivered.

    Whatever is whole counts where it opens the interval (intents, ceilings); only what is
    sealed counts where it narrows it (unit events, closings).

    Raises:
        LogUnusableError: If the begin record or an event cannot be used.
    """
    spec = read_begin(data).spec
    walk = Walk(data)
    # The walk is finished first: only then is it known how far the log is sealed.
    found = [entry for entry in entries(walk) if entry.code == Out.EVENT]
    book = _Bookkeeper(spec)
    for entry in found:
        event = json_object(entry.data) or {}
        try:
            book.take(event, sealed=entry.offset < walk.sealed_bytes)
        except (ValueError, LookupError, TypeError) as error:
            name = escaped(str(event.get("event", "")))
            raise LogUnusableError(
                None,
                f"its event {name!r} makes no sense with what the log says before it"
                if name
                else "an event without a name makes no sense",
                f"the entry at byte {entry.offset} of record {entry.record}",
            ) from error
    return book.result


class _Bookkeeper:
    """Books events one by one."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self.result = LogAccount()
        self._spec = spec
        self._last = 0
        """The command of the last intent: at most one is open at a time."""

    def take(self, event: dict[str, Any], *, sealed: bool) -> None:
        match event["event"]:
            case "intent":
                self._intend(event)
            case "ceiling":
                one = self.result.commands[event["command"]]
                one.ceiling = max(one.ceiling, min(event["upto"], len(one.programmed)))
            case "identified":
                self.result.simulated = event["simulated"]
                self.result.device = {key: event[key] for key in event if key != "event"}
            case "alarm":
                self.result.alarms.append(event["id"])
            case "unit" | "closed" | "at_rest" | "ended" if sealed:
                self._narrow(event)
            case _:
                pass

    def _intend(self, event: dict[str, Any]) -> None:
        program = self._spec["stages"][event["stage"]]["programs"][event["program"]]
        train = program["kind"] == Kind.TRAIN
        amounts = [
            cast("int", step["strokes" if train else "dose_nl"])
            for step in program["steps"]
            for _ in range(step["units"])
        ]
        if train:
            self.result.unit = "strokes"
        # A rest of a program is its last units.
        one = CommandAccount(
            event["command"], event["purpose"], event["kind"], amounts[-event["units"] :]
        )
        self.result.commands[one.command] = one
        self._last = one.command

    def _narrow(self, event: dict[str, Any]) -> None:
        match event["event"]:
            case "unit":
                one = self.result.commands.get(event["command"])
                known = one is not None and event["unit"] < len(one.programmed)
                # What makes no sense leaves the unit open.
                if one is not None and known and 0 <= event["lo"] <= event["hi"]:
                    said = (event["outcome"], event["lo"], event["hi"])
                    one.settled.setdefault(event["unit"], said)
            case "ended":
                self.result.ended = {key: event[key] for key in event if key != "event"}
                self._release(event.get("units_open", self.result.units_open))
            case name:
                # The device is at rest and says which unit would be next: none from it on began.
                one = self.result.commands.get(event.get("command", self._last))
                if one is not None:
                    least = max(one.settled, default=-1) + 1
                    one.ceiling = min(one.ceiling, max(event["next"], least))
                    one.closed = one.closed or name == "closed"

    def _release(self, units_open: int) -> None:
        """Take back the top of the last ceiling down to the units that the driver had granted.

        A ceiling is written ahead of the grants; only the driver knows which of them it sent.
        """
        one = self.result.commands.get(self._last)
        excess = self.result.units_open - units_open
        while one is not None and excess > 0 and one.ceiling and one.ceiling - 1 not in one.settled:
            one.ceiling -= 1
            excess -= 1
