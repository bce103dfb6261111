"""Which program runs, how far the device may go, and when to grant more.

A grant is absolute: units below `upto`, until 200 ms after the status it names. It rides on the
status that has just come, so it is never given on old knowledge. `upto` never goes beyond the
ceiling, which is durable in the log before any grant relies on it: after a crash of the host the
ceiling is what may have been delivered at most.
"""

from typing import Final

from mesodrive.core.guard import Guard
from mesodrive.core.ledger import CommandBook, Ledger
from mesodrive.core.link import Link
from mesodrive.core.outbox import Outbox
from mesodrive.core.spec import ProgramSpec
from mesodrive_protocol.enums import DeviceState
from mesodrive_protocol.messages import Status

CREDIT_UNITS: Final = 2
"""LNK-03: units that may be granted and not begun."""
LEAD_US: Final = 1_000_000
"""How far the durable ceiling lies ahead, so that no grant waits for the disk."""
LEAD_UNITS_MAX: Final = 64
"""Bound of the ceiling's lead for very fast units."""
_ARMED_STATES: Final = (DeviceState.ARMED, DeviceState.RUNNING)
SEEN_ARMED_NS: Final = 500_000_000
"""After this a device that agreed to ARM shows it, or is not armed any more."""


def lead_units(program: ProgramSpec) -> int:
    """Return how many units of a program fit into the ceiling's lead, and the credit on top."""
    shortest_us = min(step.least_us(program.kind) for step in program.steps)
    return min(LEAD_US // max(shortest_us, 1) + 1, LEAD_UNITS_MAX) + CREDIT_UNITS


class Sequencer:
    """Grants for one armed command at a time."""

    def __init__(self, link: Link, ledger: Ledger, guard: Guard, outbox: Outbox) -> None:
        self._link = link
        self._ledger = ledger
        self._guard = guard
        self._outbox = outbox
        self.book: CommandBook | None = None
        """The open command; None between commands."""
        self.armed = False
        """Grants may leave; only between ARM's answer and the first doubt."""
        self.begun_before = 0
        """The device's count of begun units when the command was opened."""
        self.loaded_ns = 0
        """When the command was loaded: statuses from before it are not about it."""
        self.armed_ns = 0
        self._seen_armed = False
        self.pausing = False
        """The device was asked to pause since it was armed."""
        self.held = False
        """The guard holds back a unit that the device could begin."""
        self.ceiling = 0
        self._asked = 0
        self._asked_mark = 0
        self._lead = 0

    def open(self, book: CommandBook, begun_before: int = 0) -> None:
        """Take a command that was just given its id; nothing is granted.

        Args:
            book: The command.
            begun_before: Units that the device has begun ever, before the first of this command.
        """
        self.book, self.begun_before = book, begun_before
        self.armed = self.held = False
        self.ceiling = self._asked = self._asked_mark = 0
        self._lead = lead_units(book.program)

    def close(self) -> None:
        """Forget the command: it is closed, or certainly unknown to the device."""
        self.book = None
        self.armed = self.held = False

    def raise_ceiling(self, next_unit: int) -> int:
        """Ask for a higher durable ceiling; return the mark to wait for."""
        book = self._open_book()
        self._asked = min(next_unit + self._lead, book.units)
        self._outbox.event("ceiling", command=book.command, upto=self._asked)
        self._asked_mark = self._outbox.persist(at_once=True)
        return self._asked_mark

    def durable(self) -> None:
        """Let the ceiling rise once it is on disk."""
        if self._asked > self.ceiling and self._asked_mark <= self._outbox.durable_mark:
            self.ceiling = self._asked

    def arm(self, now_ns: int) -> None:
        """Let grants leave: the device has agreed to ARM."""
        self.armed, self.armed_ns, self._seen_armed = True, now_ns, False
        self.pausing = False

    def disarm(self) -> None:
        """Grant nothing more until the next ARM."""
        self.armed = self.held = False

    def on_status(self, status: Status, now_ns: int, *, further: bool = True) -> bool:
        """Renew the lease and, where there is room, let the device go further.

        Args:
            status: What the device has just said.
            now_ns: Now.
            further: More units may be granted; else the lease alone is renewed, for those that are.

        Returns:
            True if the device has left the armed states by itself, by PAUSE or at the end. A
            status from before ARM took effect is not taken for that.
        """
        if status.state not in _ARMED_STATES:
            return self._seen_armed or now_ns - self.armed_ns > SEEN_ARMED_NS
        self._seen_armed = True
        book = self.book
        assert book is not None, "what is armed has a command"
        next_unit = status.next
        if self._asked < book.units and self._asked - next_unit < self._lead // 2 + CREDIT_UNITS:
            self.raise_ceiling(next_unit)
        # comparisons instead of `min` and `max`: a grant leaves for every status
        upto, ceiling, units = next_unit + CREDIT_UNITS, self.ceiling, book.units
        upto = ceiling if ceiling < upto else upto  # noqa: FURB136
        upto = units if units < upto else upto  # noqa: FURB136
        if further and book.granted < upto:
            self._extend(book, upto, now_ns)
        granted = book.granted
        upto = next_unit if next_unit > granted else granted  # noqa: FURB136
        self._link.grant(book.command, status.device_us, upto)
        return False

    def _extend(self, book: CommandBook, upto: int, now_ns: int) -> None:
        """Book more units as granted, as far as the guard finds room."""
        allowed = self._guard.allowed_upto(book, upto, now_ns)
        self.held = allowed < upto
        self._ledger.grant(book, max(allowed, book.granted))

    def _open_book(self) -> CommandBook:
        assert self.book is not None, "no command is open"
        return self.book
