"""How much was delivered: for every unit of every command an interval, and one settlement.

Invariants:
    * `0 <= lo <= hi <= programmed` for every unit.
    * A unit is settled exactly once, by a record of the device's journal and by nothing else.
    * A unit that was granted and is neither settled nor known not to have begun counts
      [0, programmed].
    * Limits are tested on `hi`.

Amounts are in the unit of the program's kind: nL of needles, strokes of trains, uC of electrical
kinds; a session has one device, and so one unit. A prime is waste, not dose.
"""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from mesodrive.core.spec import ProgramSpec, SessionSpec
from mesodrive_protocol.enums import Outcome

PRIME_ZONE: Final = -1
"""Zone of units that go into no zone."""


class UnitSettled(NamedTuple):
    """How one unit ended."""

    outcome: Outcome
    lo: int
    hi: int


class Interval(NamedTuple):
    """What was certainly delivered, and what at most."""

    lo: int
    hi: int


def programmed_amounts(program: ProgramSpec) -> Iterator[int]:
    """Yield the programmed amount of each unit of a program, in order."""
    for step in program.steps:
        amount = step.amount(program.kind)
        for _ in range(step.units):
            yield amount


def amount_unit_of(programs: Iterable[ProgramSpec]) -> str:
    """Return the unit that the amounts of a session are summed in: `nL`, `strokes` or `uC`."""
    units = {program.amount_unit for program in programs}
    return next((unit for unit in ("strokes", "uC") if unit in units), "nL")


class CommandBook:
    """The units of one command."""

    def __init__(self, command: int, program: ProgramSpec) -> None:
        self.command = command
        self.program = program
        self.is_waste = program.purpose == "prime"
        """Whether what is delivered is a prime and no dose."""
        unit = program.amount_unit
        self.is_dose = not self.is_waste and unit != "strokes"
        """Whether totals count it: volume or charge into zones."""
        self.is_volume = unit == "nL"
        """Whether it empties the syringe."""
        self.fills_windows = self.is_dose and self.is_volume
        """Whether the moving windows of volume count it."""
        self.programmed = list(programmed_amounts(program))
        self.units = len(self.programmed)
        """Number of units of the command."""
        zones = [run.zone for run in program.zones for _ in range(run.units)]
        self.zones = zones or [PRIME_ZONE] * len(self.programmed)
        self.settled: dict[int, UnitSettled] = {}
        self.answered: set[int] = set()
        """Uncertain units that an operator has answered for; their intervals stay as they are."""
        self.granted = 0
        """Units below it may have been delivered."""
        self.lo = 0
        self.settled_hi = 0
        self.open_hi = 0

    def open_units(self) -> list[int]:
        """Return the units that may have been delivered, with no record and no answer yet."""
        settled, answered = self.settled, self.answered
        return [
            unit for unit in range(self.granted) if unit not in settled and unit not in answered
        ]

    def uncertain_units(self) -> list[int]:
        """Return the open units and those that the device itself cannot account for."""
        unknown = [
            unit
            for unit, one in self.settled.items()
            if one.outcome is Outcome.UNKNOWN and unit not in self.answered
        ]
        return sorted(self.open_units() + unknown)

    def unknowable_units(self) -> list[int]:
        """Return every unit whose interval is open, answered for or not."""
        settled = self.settled
        return [
            unit
            for unit in range(self.granted)
            if unit not in settled or settled[unit].outcome is Outcome.UNKNOWN
        ]

    @property
    def least_next(self) -> int:
        """The least unit the device may stand at: above all that have a record or an answer."""
        return max((*self.settled, *self.answered), default=-1) + 1

    def units_unanswered(self) -> int:
        """Return how many units are open, without listing them."""
        return self.granted - len(self.settled) - len(self.answered - self.settled.keys())


class Ledger:
    """All commands of a session, with totals that are kept up to date unit by unit."""

    def __init__(self, spec: SessionSpec) -> None:
        self.books: dict[int, CommandBook] = {}
        self._zone_hi: list[int] = [0] * len(spec.zones)
        self.dose = Interval(0, 0)
        """Delivered into zones."""
        self.excess = 0
        """Measured above what was programmed, beside the intervals; limits count it (CMD-08)."""
        self.waste = Interval(0, 0)
        """Delivered by primes."""

    def open_command(self, command: int, program: ProgramSpec) -> CommandBook:
        """Begin the book of a new command, with nothing granted.

        Raises:
            AssertionError: If the command is known already: ids are never used twice.
        """
        assert command not in self.books, "a command id was used twice"
        book = self.books[command] = CommandBook(command, program)
        return book

    def grant(self, book: CommandBook, upto: int) -> None:
        """Book units below `upto` as possibly delivered, before the grant leaves."""
        assert book.granted <= upto <= book.units, "a grant outside the program"
        for unit in range(book.granted, upto):
            amount = book.programmed[unit]
            book.open_hi += amount
            self._add(book, unit, 0, amount)
        book.granted = upto

    def settle(self, book: CommandBook, unit: int, outcome: Outcome, lo: int, hi: int) -> bool:
        """Turn the device's record of one unit into what is booked; the only way to do so.

        Args:
            book: The command.
            unit: Index in the command; a unit beyond the grants is booked all the same.
            outcome: The device's word for it.
            lo: Delivered at least.
            hi: Delivered at most.

        Returns:
            False if the unit had been settled already; nothing is changed then.
        """
        if unit in book.settled:
            return False
        programmed = book.programmed[unit]
        assert 0 <= lo <= hi <= programmed, "an interval outside the programmed amount"
        if unit >= book.granted:
            self.grant(book, unit + 1)
        book.settled[unit] = UnitSettled(outcome, lo, hi)
        book.lo += lo
        book.settled_hi += hi
        book.open_hi -= programmed
        self._add(book, unit, lo, hi - programmed)
        return True

    def exceed(self, book: CommandBook, unit: int, amount: int) -> None:
        """Book what a settled unit measured above its programmed amount."""
        self.excess += amount
        zone = book.zones[unit]
        if zone != PRIME_ZONE:
            self._zone_hi[zone] += amount

    def release(self, book: CommandBook, begun_below: int) -> None:
        """Take back grants for units that certainly did not begin.

        Args:
            book: The command.
            begun_below: The device's own next index; it marks a unit durably before it moves.
        """
        for unit in range(book.granted - 1, begun_below - 1, -1):
            if unit in book.settled or unit in book.answered:
                break
            amount = book.programmed[unit]
            book.open_hi -= amount
            book.granted = unit
            self._add(book, unit, 0, -amount)

    def zone_hi(self, zone: int) -> int:
        """Return the most that a zone may have received."""
        return self._zone_hi[zone]

    def units_open(self) -> int:
        """Return how many units may have been delivered and have no record."""
        return sum(book.units_unanswered() for book in self.books.values())

    def units_unknown(self) -> int:
        """Return how many units stay an interval for good: nobody can know how they ended."""
        return sum(
            len(book.answered - book.settled.keys())
            + sum(one.outcome is Outcome.UNKNOWN for one in book.settled.values())
            for book in self.books.values()
        )

    def _add(self, book: CommandBook, unit: int, lo: int, hi: int) -> None:
        if book.is_waste:
            self.waste = Interval(self.waste.lo + lo, self.waste.hi + hi)
            return
        self.dose = Interval(self.dose.lo + lo, self.dose.hi + hi)
        zone = book.zones[unit]
        if zone != PRIME_ZONE:
            self._zone_hi[zone] += hi
