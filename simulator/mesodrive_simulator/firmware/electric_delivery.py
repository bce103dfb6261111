"""From ARM to the last unit of a transdermal device: what its units wait for, and how slices join.

Lease, credit, trigger, period and the order of a unit are those of any device (`delivery`). Here is
what is known of current: it comes down in good order when nothing more may begin, over 5 s and
within slices that were granted; it never comes back by itself after a stop.
"""

from typing import Final

from mesodrive_protocol.enums import Hold, Kind, Reason, Trigger
from mesodrive_protocol.steps import CurrentStep, Step
from mesodrive_simulator.firmware.board import NEVER_US
from mesodrive_simulator.firmware.delivery import SLOTS_NEEDED, TESTED_US, Delivery
from mesodrive_simulator.firmware.electric_unit import CHECK_HZ
from mesodrive_simulator.firmware.limits import amount_of, period_us
from mesodrive_simulator.firmware.names import (
    ARMED,
    CURRENT,
    HOLD_CONTACT,
    HOLD_GRANT,
    HOLD_JOURNAL,
    HOLD_TRIGGER,
    HOLD_WINDOW,
    NO_HOLD,
    NO_REASON,
    PASS,
    PULSE,
    RUNNING,
    SINGLE,
)
from mesodrive_simulator.firmware.slices import SliceUnit
from mesodrive_simulator.firmware.writes import Writes

DESCENT_US: Final = 5_000_000
"""Current comes down over this when nothing more may begin."""
LAST_US: Final = 100_000
"""And over this where a program ends, or a slice before it is known that nothing follows."""
CHECK_US: Final = 100_000
"""How often contact is looked at again while it is poor."""


class ElectricDelivery(Delivery):
    """Everything that happens in ARMED and RUNNING, of a transdermal device."""

    __slots__ = (
        "_ahead",
        "_ahead_amount",
        "_ahead_step",
        "_ahead_trigger",
        "_check_us",
        "_lacking_us",
        "current",
    )

    def _equip(self, writes: Writes) -> None:
        """Build what carries out units, and what watches over that."""
        self._check_us = 0
        self._lacking_us = NEVER_US
        """Since when nothing may follow the present slice, people aside."""
        self._ahead = -1
        """The unit that the next three belong to."""
        self._ahead_step: Step | None = None
        self._ahead_amount = 0
        self._ahead_trigger: Trigger = SINGLE
        self.current = SliceUnit(self.board, self.journal, self.stops, writes, self._unit_recorded)
        self.unit = self.current

    def new_case(self) -> None:
        """Begin the sums of another case: there is no window of charge."""

    def fitted(self) -> None:
        """Take notice of another fitting: the program's limits know its area."""

    def look_at_rest(self) -> None:
        """Look at what must not be while nothing is armed: `Stops.standing` knows it."""

    def arm(self, rid: int) -> None:
        """Enable outputs; the caller has checked everything and made it durable."""
        super().arm(rid)
        self._check_us = 0
        self._ahead = -1

    # Before a unit

    def _hold_of_fluid(self, kind: Kind, index: int, amount: int) -> Hold | None:  # noqa: ARG002
        """Return what a unit waits for that begins from rest: outputs, charge, contact."""
        board = self.board
        plant, program = board.electric, board.program
        assert program is not None
        if not plant.home(board.now_ns):
            self.stops.stop(Reason.HOME)
            return None
        if kind in (CURRENT, PULSE) and not self._has_room(amount):
            return HOLD_WINDOW
        if board.us < self._check_us:
            self.wake_us = self._check_us
            return HOLD_CONTACT
        ohm = plant.measure(board.now_ns, CHECK_HZ)
        if ohm > (board.profile.contact_ohm_max or NEVER_US):
            self.wake_us = self._check_us = board.us + CHECK_US
            return HOLD_CONTACT
        self._lacking_us = NEVER_US
        return NO_HOLD

    def _has_room(self, amount_uc: int) -> bool:
        """Tell whether the case has room for so much more."""
        program = self.board.program
        assert program is not None
        return self.board.stores.totals.case_total + amount_uc <= program.case_uc_max

    # While one is under way

    def _running(self) -> None:
        board = self.board
        unit = self.current
        if not unit.ended:
            self._watch_unit()
        if board.state is RUNNING and board.us >= board.lease_due_us:
            self.stops.stop(Reason.LEASE)
        if unit.moving:
            unit.follow()
            if board.state is RUNNING and unit.kind is CURRENT and not unit.ended:
                self._look_ahead()

    def _watch_unit(self) -> None:
        """Stop for what must not be while a unit is under way; the load is the unit's own."""
        plant = self.board.electric
        if not (plant.head and plant.cartridge):
            self.stops.stop(Reason.FITTING)
        elif self.unit.kind is PASS and self.unit.moving and self.contact.lost(PASS):
            self.stops.stop(Reason.CONTACT)

    def _look_ahead(self) -> None:
        """Mark the next slice in time; without one, bring the current down in good order."""
        board, unit = self.board, self.current
        if unit.marking or unit.successor is not None:
            return
        us, index = board.us, board.next
        if index != self._ahead:
            self._look_up(index)
        step = self._ahead_step
        hold = HOLD_GRANT if step is None else self._hold_of_next(index)
        if hold is NO_HOLD:
            self._lacking_us = NEVER_US
            if us < unit.mark_us and not unit.descending:
                return
            unit.ascend()
        elif hold is not HOLD_TRIGGER or step is None:
            self._come_to_an_end()
            return
        else:
            self._let_go(index, step)
        if us >= unit.mark_us and self._may_mark(index) and unit.end_us < unit.descent_end_us:
            assert step is not None
            unit.mark_next(step, self._ahead_amount)

    def _come_to_an_end(self) -> None:
        """Nothing follows: come down, over 5 s where that is known for long enough."""
        us, unit = self.board.us, self.current
        if self._lacking_us == NEVER_US:
            self._lacking_us = us
        # grants come each 50 ms; one that is a little late makes no dip
        lasting = self._ahead_step is not None and us >= self._lacking_us + self._lease_us
        if lasting or us >= unit.end_us - LAST_US:
            unit.descend(min(DESCENT_US, unit.left_us))

    def _look_up(self, index: int) -> None:
        """Look up the slice that comes next: none where the program ends, or a press is wanted."""
        program = self.board.program
        assert program is not None
        self._ahead = index
        self._ahead_step = None
        trigger = self._ahead_trigger = program.trigger_of(index)
        if index < program.units and trigger is not SINGLE:
            step = self._ahead_step = program.step_of(index)
            self._ahead_amount = amount_of(program.kind, step)

    def _hold_of_next(self, index: int) -> Hold:
        """Return what keeps the next slice from joining."""
        board = self.board
        if board.pause or not self.trigger.lets(self._ahead_trigger):
            return HOLD_TRIGGER
        if index >= board.upto:
            return HOLD_GRANT
        if not self._may_mark(index):
            return HOLD_JOURNAL
        amount_uc = self.unit.programmed + self._ahead_amount
        return NO_HOLD if self._has_room(amount_uc) else HOLD_WINDOW

    def _may_mark(self, index: int) -> bool:
        """Tell whether the next slice is granted and the journal has room for its record."""
        slots = SLOTS_NEEDED + 1 + self.current.records_waiting
        return index < self.board.upto and self.journal.free >= slots

    def _let_go(self, index: int, step: Step) -> None:
        """People want it to end: come down across the slices that are granted."""
        board, unit = self.board, self.current
        if unit.descending:
            return
        span_us = unit.left_us
        if isinstance(step, CurrentStep) and self._may_mark(index):
            span_us += (board.upto - index) * step.slice_us
        unit.descend(min(DESCENT_US, span_us))

    # After one

    def _unit_recorded(self) -> None:
        """Go on after a unit whose record is durable."""
        board, unit = self.board, self.current
        us = board.us
        board.tested_until_us = us + TESTED_US
        if unit.moved_at_all:
            self.last_begun_us = unit.begun_us
            self.last_period_us = period_us(unit.step)
        if board.state is not RUNNING or not unit.is_settled:
            return
        program = board.program
        assert program is not None
        if unit.fault != NO_REASON:
            self.stops.stop(unit.fault)
        elif board.next >= program.units or board.pause:
            self.disarm()
        else:
            self.idle_due_us = us + board.profile.disarm_idle_us
            board.enter(ARMED)
