"""What the driver books, against what truly happened (I3, I4, I6, I10)."""

from collections import Counter
from typing import Any, Final

from pydantic_core import from_json

from mesodrive.core.ledger import CommandBook
from mesodrive.core.ports import In
from mesodrive_protocol.enums import Outcome
from mesodrive_protocol.messages import Record
from mesodrive_testbench.campaign.effects import Tag
from mesodrive_testbench.campaign.host import Host
from mesodrive_testbench.campaign.inside import parts_of
from mesodrive_testbench.campaign.oracles.units import Key, TrueUnit, Units
from mesodrive_testbench.campaign.oracles.violation import Violation

_DURABLE: Final = In.DURABLE.value
DELIVERED: Final = "resolved as delivered"
NOT_DELIVERED: Final = "resolved as not delivered"


class Books:
    """The ledger of the running driver, and the journal that the device truly wrote."""

    def __init__(self, units: Units) -> None:
        self._units = units
        self.journal: dict[Key, Record] = {}
        """Every record of a unit that the device wrote down, also what it forgot later."""
        self._doubts: set[Key] = set()
        """Units that are uncertain: granted over a line, boot or session that is gone."""
        self.resolved: Counter[str] = Counter()
        """How uncertain units were resolved."""

    @property
    def doubting(self) -> bool:
        """Whether any unit is uncertain at present."""
        return bool(self._doubts)

    def unit(self, host: Host, facts: dict[str, Any], now_ns: int) -> None:
        """Look at a unit that the driver has just booked (I3)."""
        key = (facts["command"], facts["unit"])
        if key in self._doubts:
            self._doubts.discard(key)
            delivered = facts["outcome"] in {"done", "partial"} and facts["hi"]
            self.resolved[DELIVERED if delivered else NOT_DELIVERED] += 1
        if not facts["known"]:
            return
        if facts["outcome"] == "unknown":
            self._doubts.add(key)
        book = parts_of(host.core).ledger.books[key[0]]
        lo, hi, programmed = facts["lo"], facts["hi"], book.programmed[key[1]]
        if not 0 <= lo <= hi <= programmed:
            if key[1] in book.settled and book.settled[key[1]].hi == hi:
                raise Violation("I3", f"{key} is booked as [{lo}, {hi}] of {programmed}", now_ns)
            return  # refused by the driver: nothing was booked
        settled = book.settled.get(key[1])
        if settled is None:
            raise Violation("I3", f"{key} is reported and not booked", now_ns)
        self._holds(key, settled.lo, settled.hi, tuple(facts["values"]), now_ns)
        dose = parts_of(host.core).ledger.dose
        if not 0 <= dose.lo <= dose.hi:
            raise Violation("I3", f"the session stands at [{dose.lo}, {dose.hi}]", now_ns)

    def _holds(self, key: Key, lo: int, hi: int, values: tuple[int, ...], now_ns: int) -> None:
        """Demand that an interval holds the truth of a unit."""
        units = self._units
        unit = units.units.get(key)
        true, quantum = 0, units.quantum
        if unit is not None:
            true, quantum = units.amount(unit, now_ns), unit.quantum
        if true < 0:
            # A cut drew back what units before had left in the syringe: booked as theirs.
            units.drawn_back -= true
            true = 0
        if lo - quantum <= true <= hi + quantum:
            return
        excess = unit is not None and hi == unit.programmed < true
        if unit is not None and excess and (unit.excused or units.tells(values, true)):
            return  # booked separately
        raise Violation("I3", f"{key} is booked as [{lo}, {hi}] and was {true}", now_ns)

    def sending(self, host: Host, tag: int, now_ns: int) -> None:
        """Look at a frame that allows delivery before it leaves (I6)."""
        if not self._doubts or not tag & (Tag.GRANT | Tag.DELIVERY):
            return
        self.look_again(host)
        if self._doubts:
            left = sorted(self._doubts)
            raise Violation("I6", f"a delivery frame leaves while {left} is open", now_ns)

    def look_again(self, host: Host) -> None:
        """Drop what is uncertain no more: released, or answered for by an operator."""
        books = parts_of(host.core).ledger.books
        for key in tuple(self._doubts):
            book = books.get(key[0])
            if book is None or not _is_open(book, key[1]):
                self._doubts.discard(key)
                answered = book is not None and key[1] in book.answered
                self.resolved["resolved by an operator" if answered else NOT_DELIVERED] += 1

    def lost(self, host: Host) -> None:
        """The line, boot or session of all grants is gone: what is open is uncertain now."""
        for command, book in parts_of(host.core).ledger.books.items():
            self._doubts |= {(command, unit) for unit in book.open_units()}

    def confirmed(self, host: Host, code: int, now_ns: int) -> None:
        """Look at what is shown as delivered, whenever the disk has spoken (I10)."""
        if code != _DURABLE:
            return
        shown = parts_of(host.core).booking.units_confirmed
        if shown > host.done_durable:
            raise Violation(
                "I10", f"{shown} units shown as delivered, {host.done_durable} are durable", now_ns
            )

    def at_end(self, host: Host, *, whole: bool, now_ns: int) -> None:
        """Compare ledger, journal and truth once nothing moves any more (I3, I4).

        Args:
            host: The last life of the driver.
            whole: The session came to its regular end with the device in reach.
            now_ns: When.
        """
        units, ledger = self._units, parts_of(host.core).ledger
        units.settle(now_ns)
        for command, book in ledger.books.items():
            for unit in range(book.units):
                self._unit_at_end(book, (command, unit), whole=whole, now_ns=now_ns)
        unknown = sum(
            unit.amount for key, unit in units.units.items()
            if key[0] not in ledger.books and not unit.prime
        )  # fmt: skip
        slack = units.slack
        true = units.delivered - unknown
        if not ledger.dose.lo - slack <= true <= ledger.dose.hi + units.excess + slack:
            raise Violation(
                "I3", f"the session is booked as {tuple(ledger.dose)} and was {true}", now_ns
            )
        if unknown > slack and not host.core.view().problem:
            raise Violation("I4", f"{unknown} in commands that no ledger knows", now_ns)

    def _unit_at_end(self, book: CommandBook, key: Key, *, whole: bool, now_ns: int) -> None:
        index = key[1]
        settled, record = book.settled.get(index), self.journal.get(key)
        if settled is not None:
            if record is None and index not in book.answered:
                raise Violation("I4", f"{key} is booked and the device never wrote it", now_ns)
            if record is not None and (settled.lo, settled.hi) != (record.lo, record.hi):
                raise Violation(
                    "I4", f"{key} is booked as [{settled.lo}, {settled.hi}], the journal says "
                    f"[{record.lo}, {record.hi}]", now_ns,
                )  # fmt: skip
            return
        unit: TrueUnit | None = self._units.units.get(key)
        true, quantum = (0, 0) if unit is None else (unit.amount, unit.quantum)
        if index < book.granted:
            if whole and index not in book.answered:
                raise Violation("I4", f"{key} has no ending", now_ns)
        elif true > quantum:
            raise Violation("I3", f"{key} is booked as nothing and was {true}", now_ns)
        elif whole and record is not None and record.outcome != Outcome.NOT_DONE:
            raise Violation("I4", f"{key} is in the journal and not in the ledger", now_ns)


def _is_open(book: CommandBook, unit: int) -> bool:
    """Tell whether nobody knows yet what became of a unit, and no operator has answered for it."""
    if unit in book.answered:
        return False
    settled = book.settled.get(unit)
    return unit < book.granted if settled is None else settled.outcome is Outcome.UNKNOWN


def facts_of(event: bytes) -> dict[str, Any]:
    """Return what an event says."""
    facts: dict[str, Any] = from_json(event)  # several times as fast as `json`
    return facts
