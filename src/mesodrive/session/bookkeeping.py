"""Books what a log's events say of each command; the rules are in JOURNAL.md.

Invariants: `0 <= lo <= hi <= programmed` for every unit; what opens an interval counts wherever it
is whole, what narrows one counts only where it is sealed; a unit is booked once, its first record
counts.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from mesodrive_protocol.enums import Kind, Outcome

UNKNOWN: Final = Outcome.UNKNOWN.name.lower()
UNITS_MAX: Final = 0xFFFF
"""Of one program, as BEGIN can say it; a forged log may not ask for more memory than this."""


@dataclass(slots=True)
class CommandAccount:
    """One command as the log leaves it. Amounts are in nL, strokes or uC, by its kind."""

    command: int
    stage: int
    program: int
    """Index in the stage."""
    done: int
    """Units of the program before the command's first."""
    begun_before: int
    """Units that the device had begun ever, before the first of this command."""
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
    excess: dict[int, int] = field(default_factory=dict[int, int])
    """By unit: what was measured above its programmed amount."""
    answered: set[int] = field(default_factory=set[int])
    """Uncertain units that an operator has answered for; their intervals stay."""
    closed: bool = False
    sealed: bool = False
    """Whether its intent is sealed; if not, not a byte of it can have left."""

    @property
    def open_units(self) -> list[int]:
        """Units that may have been delivered, with no record and no answer."""
        settled, answered = self.settled, self.answered
        return [
            unit for unit in range(self.ceiling) if unit not in settled and unit not in answered
        ]

    @property
    def uncertain_units(self) -> list[int]:
        """Units whose interval nobody can narrow yet: open, answered for, or unknown for good."""
        return [
            unit
            for unit in range(self.ceiling)
            if unit not in self.settled or self.settled[unit][0] == UNKNOWN
        ]

    @property
    def least_next(self) -> int:
        """The least unit the device may stand at: above all that have a record or an answer."""
        return max((*self.settled, *self.answered), default=-1) + 1

    @property
    def lo(self) -> int:
        """Delivered at least."""
        return sum(lo for _, lo, _ in self.settled.values())

    @property
    def hi(self) -> int:
        """Delivered at most."""
        settled = self.settled
        unsettled = sum(
            self.programmed[unit] for unit in range(self.ceiling) if unit not in settled
        )
        return sum(hi for _, _, hi in settled.values()) + unsettled

    def raise_ceiling(self, upto: int) -> None:
        """Let units below `upto` count as possibly delivered."""
        self.ceiling = max(self.ceiling, min(upto, len(self.programmed)))

    def narrow(self, next_unit: int) -> None:
        """Take back what certainly did not begin: units from the device's own next one on."""
        self.ceiling = min(self.ceiling, max(next_unit, self.least_next))

    def settle(self, unit: int, outcome: str, lo: int, hi: int) -> bool:
        """Book a record of the device; False where it makes no sense or is not the first."""
        fits = unit < len(self.programmed) and 0 <= lo <= hi <= self.programmed[unit]
        if not fits or unit in self.settled:
            return False
        self.raise_ceiling(unit + 1)
        self.settled[unit] = (outcome, lo, hi)
        return True

    def count(self, outcome: str) -> int:
        """Return how many units ended so: done, partial, not_done or unknown."""
        return sum(one[0] == outcome for one in self.settled.values())


class Bookkeeper:
    """Books events one by one, behind what the logs before this one proved.

    Args:
        spec: The session specification of the begin record.

    Raises:
        LookupError, TypeError, ValueError: If the specification, or later an event, makes no sense.
    """

    def __init__(self, spec: dict[str, Any]) -> None:
        self.commands: dict[int, CommandAccount] = {}
        """By command id, in order of intent."""
        self.unit = "nL"
        """Of all amounts: `nL`, `strokes` or `uC`."""
        self.ended: dict[str, Any] = {}
        """What the driver itself said at the end; empty where it came to none."""
        self._stages = spec["stages"]
        self._last: CommandAccount | None = None
        """The command of the last intent: at most one is open at a time."""
        resume = spec.get("resume")
        for one in resume["commands"] if resume else ():
            self._restore(one)

    @property
    def units_open(self) -> int:
        """Units of all commands that may have been delivered, with no record and no answer."""
        return sum(len(one.open_units) for one in self.commands.values())

    def take(self, event: Mapping[str, Any], *, sealed: bool) -> None:
        """Book one event.

        Args:
            event: As JSON.
            sealed: Whether it lies in the sealed prefix.
        """
        name = event["event"]
        if name == "intent":
            self._intend(event, sealed=sealed)
        elif name == "ceiling":
            self.commands[event["command"]].raise_ceiling(_whole(event["upto"]))
        elif name == "unit":
            self._record(event, sealed=sealed)
        elif name == "excess":
            above = _whole(event["measured"]) - _whole(event["programmed"])
            self.commands[event["command"]].excess[_whole(event["unit"])] = max(0, above)
        elif name in ("uncertain", "recovered"):
            self._open(event)
        elif sealed and name == "resolved" and event["command"]:  # 0: for no unit, for the device
            self.commands[event["command"]].answered.update(map(_whole, event["units"]))
        elif sealed and name in ("closed", "never_opened", "at_rest"):
            self._narrow(event)
        elif sealed and name == "ended":
            for amount in {"lo", "hi"} & event.keys():
                _whole(event[amount])
            self.ended = {key: event[key] for key in event if key != "event"}
            self._release(_whole(event.get("units_open", self.units_open)))

    def _intend(self, event: Mapping[str, Any], *, sealed: bool) -> None:
        one = self._new(event, _whole(event["units"]), event["kind"])
        one.sealed = sealed
        self._take_over(one)

    def _restore(self, one: Mapping[str, Any]) -> None:
        """Begin the book of a command of an earlier log where that log left it."""
        program = self._stages[one["stage"]]["programs"][one["program"]]
        units = sum(_whole(step["units"]) for step in program["steps"]) - _whole(one["done"])
        facts = {**one, "purpose": program["purpose"]}
        book = self._new(facts, units, Kind(program["kind"]).name.lower())
        book.raise_ceiling(_whole(one["ceiling"]))
        for unit in one["settled"]:
            outcome = Outcome(unit["outcome"]).name.lower()
            book.settle(_whole(unit["unit"]), outcome, _whole(unit["lo"]), _whole(unit["hi"]))
            if unit.get("excess"):
                book.excess[unit["unit"]] = _whole(unit["excess"])
        book.answered.update(map(_whole, one["answered"]))
        book.closed, book.sealed = one["closed"], True
        self._take_over(book)

    def _new(self, facts: Mapping[str, Any], units: int, kind: str) -> CommandAccount:
        program = self._stages[facts["stage"]]["programs"][facts["program"]]
        unit, amount_of = _AMOUNTS.get(program["kind"], _VOLUME)
        if unit != _VOLUME[0]:
            self.unit = unit
        steps, done = program["steps"], _whole(facts["done"])
        if sum(_whole(step["units"]) for step in steps) != units + done or units + done > UNITS_MAX:
            raise ValueError("a command has the units of its program that are left")
        amounts = [amount for step in steps for amount in [amount_of(step)] * step["units"]][done:]
        place = (facts["stage"], facts["program"], done, facts["begun_before"])
        return CommandAccount(facts["command"], *place, facts["purpose"], kind, amounts)

    def _take_over(self, one: CommandAccount) -> None:
        self.commands[one.command] = self._last = one

    def _record(self, event: Mapping[str, Any], *, sealed: bool) -> None:
        one = self.commands.get(event["command"])
        if one is None or not event["known"]:
            return  # of a command that is not ours, or told by a device that is not believed
        if sealed:
            unit, outcome = _whole(event["unit"]), str(event["outcome"])
            one.settle(unit, outcome, _whole(event["lo"]), _whole(event["hi"]))
        elif _whole(event["unit"]) < len(one.programmed):
            one.raise_ceiling(event["unit"] + 1)

    def _open(self, event: Mapping[str, Any]) -> None:
        """Open what the device, or the driver, says may have begun beyond the ceiling."""
        one = self.commands.get(event["command"])
        if one is None:
            return
        if event["event"] == "uncertain":
            one.raise_ceiling(max(map(_whole, event["units"]), default=-1) + 1)
        elif event["relation"] in ("open", "closed"):
            one.raise_ceiling(_whole(event["next"]))

    def _narrow(self, event: Mapping[str, Any]) -> None:
        """The device says which unit would be next: none from it on began."""
        if event["event"] == "at_rest":
            if self._last is not None and not self._last.closed:
                self._last.narrow(_whole(event["next"]))
            return
        one = self.commands.get(event["command"])
        if one is not None:
            one.narrow(_whole(event.get("next", 0)))
            one.closed = True

    def _release(self, units_open: int) -> None:
        """Take back the top of the last ceiling down to the units that the driver had granted.

        A ceiling is written ahead of the grants; only the driver knows which of them it sent.
        """
        one = self._last
        excess = self.units_open - units_open
        while one is not None and excess > 0 and one.ceiling > one.least_next:
            one.ceiling -= 1
            excess -= 1


def _pulse_uc(step: Mapping[str, Any]) -> int:
    """Return the most charge of a pulse: its highest current all the time, rounded up."""
    return -(-_whole(step["cap_ua"]) * _whole(step["width_us"]) // 1_000_000)


_VOLUME: Final[tuple[str, Callable[[Mapping[str, Any]], int]]] = (
    "nL",
    lambda step: _whole(step["dose_nl"]),
)
_AMOUNTS: Final[dict[int, tuple[str, Callable[[Mapping[str, Any]], int]]]] = {
    Kind.TRAIN: ("strokes", lambda step: _whole(step["strokes"])),
    Kind.CURRENT: ("uC", lambda step: _whole(step["charge_uc"])),
    Kind.PULSE: ("uC", _pulse_uc),
    Kind.PASS: ("uC", lambda _: 0),
    Kind.MEASURE: ("uC", lambda _: 0),
}
"""By kind: the unit of amounts, and the programmed amount of each unit of a step."""


def _whole(value: object) -> int:
    """Return a number of a log that counts something.

    Raises:
        ValueError: If it is none: no whole number, or below zero.
    """
    if type(value) is not int or value < 0:
        raise ValueError(f"{value!r} counts nothing")
    return value
