"""From ARM to the last unit: lease, what a unit waits for, and one unit from mark to record.

Order of one unit, never another: all conditions hold; totals and begin mark become durable; one
more look at stop and lease; movement; measurement; record becomes durable; what was measured is
judged; only then the next. A unit that was marked always gets a record.
"""

from typing import Final

from mesodrive_protocol.enums import Hold, Kind, LimitField, Reason
from mesodrive_protocol.messages import Grant
from mesodrive_protocol.steps import Step
from mesodrive_simulator.firmware.board import NEVER_US, Board
from mesodrive_simulator.firmware.interlocks import ContactWatch, TriggerWatch
from mesodrive_simulator.firmware.journal import Journal
from mesodrive_simulator.firmware.limits import RollingWindow, amount_of, period_us
from mesodrive_simulator.firmware.names import (
    ARMED,
    HOLD_PRESSURE,
    LOADED,
    NO_HOLD,
    NO_REASON,
    PRICK,
    PRIME,
    RUNNING,
    SINGLE,
    STOPPING,
    TRAIN,
)
from mesodrive_simulator.firmware.plunger_watch import PlungerWatch
from mesodrive_simulator.firmware.pressure import (
    EXCEEDED_MAX,
    EXCESS_PA,
    RECHECK_US,
    SUSPECT_WAIT_US,
    PressureWatch,
)
from mesodrive_simulator.firmware.stops import Stops
from mesodrive_simulator.firmware.unit import Unit
from mesodrive_simulator.firmware.writes import Writes
from mesodrive_simulator.plant.phases import DELIVER

SLOW_US: Final = 100_000
"""How often heat and supply are looked at while armed."""
LEASE_FIRST_US: Final = 500_000
"""The lease that ARM gives; it allows no unit."""
TESTED_US: Final = 600_000_000
"""Without a unit for so long, the self-test lapses."""
SLOTS_NEEDED: Final = 2
"""The begin mark and the end of a unit."""


class Delivery:
    """Everything that happens in ARMED and RUNNING."""

    __slots__ = (
        "_contact_seen", "_credit_units", "_lease_us", "_trigger_seen", "amount", "board",
        "contact", "due_us", "exceeded", "exceeded_unit", "grant_rid", "idle_due_us", "journal",
        "last_begun_us", "last_period_us", "plunger", "pressure", "slow_due_us", "step", "step_end",
        "stops", "suspect_due_us", "trigger", "unit", "wake_us", "window",
    )  # fmt: skip

    def __init__(self, board: Board, journal: Journal, stops: Stops, writes: Writes) -> None:
        self.board = board
        self.journal = journal
        self.stops = stops
        self.trigger = TriggerWatch(board)
        self.contact = ContactWatch(board)
        self._equip(writes)
        self.grant_rid = 0
        """ARM's rid, then that of the last GRANT taken."""
        self.idle_due_us = NEVER_US
        self.wake_us = NEVER_US
        """When the condition that a unit waits for may have come true."""
        self.due_us = NEVER_US
        """When to look again, unless the lease ends before."""
        # after a reset nobody knows when the last unit began: wait as if it were just now
        self.last_begun_us = 0
        self.last_period_us = board.limits.of(LimitField.PERIOD_US_MIN)
        self.exceeded = self.suspect_due_us = self.slow_due_us = 0
        self.exceeded_unit = -1
        self.step: Step | None = None
        self.step_end = 0
        self.amount = 0
        """Programmed amount of each unit of the step: nL, or strokes."""
        self._lease_us = board.profile.lease_us
        self._credit_units = board.profile.credit_units
        self._trigger_seen, self._contact_seen = False, 0

    def _equip(self, writes: Writes) -> None:
        """Build what carries out units, and what watches over that."""
        board = self.board
        self.pressure = PressureWatch(board.profile, board.stores.fit)
        self.plunger = PlungerWatch(board, self.stops)
        window_nl = board.limits.of(LimitField.WINDOW_NL_MAX)
        self.window = RollingWindow(min(board.stores.totals.case_total, window_nl))
        self.unit = Unit(board, self.journal, self.stops, writes, self._unit_recorded)

    def new_case(self) -> None:
        """Begin the sums of another case."""
        self.window = RollingWindow(0)

    def fitted(self) -> None:
        """Take notice of another fitting."""
        self.pressure.fit(self.board.stores.fit)

    def look_at_rest(self) -> None:
        """Look at what must not move while nothing is armed."""
        self.plunger.look()

    def arm(self, rid: int) -> None:
        """Enable outputs; the caller has checked everything and made it durable."""
        board = self.board
        board.stores.armed = True
        board.enter(ARMED)
        board.screen.armed_since_ns = board.now_ns
        board.upto = board.next
        board.lease_due_us = board.us + LEASE_FIRST_US
        board.pause = False
        self.grant_rid = rid
        self.idle_due_us = board.us + board.profile.disarm_idle_us
        self.stops.raised.clear()
        self.exceeded = self.step_end = 0
        self.slow_due_us = board.us + SLOW_US
        self.trigger.use_up()
        self.contact.arm()

    def disarm(self) -> None:
        """Switch outputs off at rest; the program stays."""
        board = self.board
        board.stores.armed = False
        board.pause = False
        board.lease_due_us = self.idle_due_us = self.wake_us = NEVER_US
        board.upto = board.next
        board.enter(LOADED)

    def grant(self, grant: Grant) -> bool:
        """Take a GRANT; False where it is stale or wrong, which changes nothing."""
        board = self.board
        account = board.stores.account
        rid, _boot, _session, command, seen_us, upto = grant
        lease_us = seen_us + self._lease_us
        if (
            (board.state is not ARMED and board.state is not RUNNING)
            or account is None
            or command != account.command
            or rid <= self.grant_rid
            or (seen_us != board.seen_us[-1] and seen_us not in board.seen_us)
            or lease_us <= board.us
            or upto > account.next + self._credit_units
            or upto > account.units
        ):
            return False
        self.grant_rid = rid
        board.lease_due_us = lease_us
        board.upto = upto if upto > account.next else account.next  # noqa: FURB136
        return True

    def pause(self) -> None:
        """Begin nothing more; a unit under way is finished."""
        if self.board.state is ARMED:
            self.disarm()
        else:
            self.board.pause = True

    def watch(self) -> None:
        """Look at everything that may have changed in ARMED, RUNNING or STOPPING."""
        board = self.board
        if board.us >= self.slow_due_us and board.state is not STOPPING:
            self._look_at_slow_causes()
        if board.state is ARMED:
            self._armed()
        elif board.state is RUNNING:
            self._running()
        elif board.state is STOPPING:
            self._stopping()
        self._trigger_seen = board.plant.trigger
        self._contact_seen = self.contact.read(board.now_ns)
        # when to look again, the lease aside: each GRANT moves that
        state = board.state
        if state is ARMED:
            self.due_us = min(self.idle_due_us, self.wake_us, self.trigger.due_us)
        elif state is RUNNING:
            self.due_us = self.unit.due_us
        elif state is STOPPING:
            self.due_us = min(self.stops.home_due_us, self.unit.due_us)
        else:
            self.due_us = NEVER_US

    def is_quiet(self) -> bool:
        """Tell whether all that people can do or break is as `watch` saw it last.

        Heat and supply change by themselves; they are looked at here too when it is time.
        """
        board = self.board
        plant, contact = board.plant, self.contact
        if contact.force:  # `Plant.contact_mn`, without its call
            override_mn = plant.contact_override
            seen = board.gun.skin.force_mn if override_mn is None else override_mn
        else:
            seen = contact.read(board.now_ns)
        if (
            plant.trigger is not self._trigger_seen
            or seen != self._contact_seen
            or not (plant.head and plant.cartridge)
            or plant.stop_key
            or plant.home_stuck is not None
            or board.hold is HOLD_PRESSURE  # pressure falls by itself, in no steps
        ):
            return False
        if board.us >= self.slow_due_us:
            self._look_at_slow_causes()
            return board.state is ARMED or board.state is RUNNING
        return True

    def _look_at_slow_causes(self) -> None:
        self.slow_due_us = self.board.us + SLOW_US
        self.stops.look_at_slow_causes()
        self.look_at_rest()

    def _armed(self) -> None:
        board, plant = self.board, self.board.plant
        if board.us >= board.lease_due_us:
            self.stops.stop(Reason.LEASE)
            return
        if not (plant.head and plant.cartridge):
            self.stops.stop(Reason.FITTING)
            return
        if board.us >= self.idle_due_us:
            self.disarm()
            return
        if not self.trigger.ready:
            self.trigger.look()
        self.contact.look()
        hold = self._hold()
        if hold is None:
            return
        if hold is not board.hold:
            board.hold = board.screen.hold = hold
        if hold is NO_HOLD:
            self._begin()

    def _hold(self) -> Hold | None:
        """Return what the next unit waits for; None where the state has changed meanwhile."""
        board = self.board
        us, program, index = board.us, board.program, board.next
        assert program is not None
        self.wake_us = NEVER_US
        if index >= self.step_end:
            self.step = program.step_of(index)
            self.step_end = next(end for end in program.ends if end > index)
            self.amount = amount_of(program.kind, self.step)
            trigger = board.screen.trigger = program.trigger_of(index)
            if trigger is SINGLE:
                self.trigger.use_up()
        if index >= board.upto:
            return Hold.GRANT
        if not self.trigger.lets(board.screen.trigger):
            return Hold.TRIGGER
        good_us = self.contact.good_from_us(program.kind)
        if us < good_us:
            self.wake_us = good_us
            return Hold.CONTACT
        # the durable write takes its time: begun early, the movement is on time
        write_us = self.last_begun_us + self.last_period_us - board.profile.store_write_us
        if us < write_us:
            self.wake_us = write_us
            return Hold.PERIOD
        if self.journal.free < SLOTS_NEEDED:
            return Hold.JOURNAL
        amount = self.amount
        if program.kind is PRICK and self._too_full(amount):
            return Hold.WINDOW
        return self._hold_of_fluid(program.kind, index, amount)

    def _too_full(self, amount_nl: int) -> bool:
        """Tell whether the rolling window or the case has no room for a dose."""
        board = self.board
        program = board.program
        assert program is not None
        if board.stores.totals.case_total + amount_nl > program.case_nl_max:
            return True
        free_us = self.window.free_from_us(board.us, amount_nl, program.window_nl_max)
        if free_us <= board.us:
            return False
        self.wake_us = free_us
        return True

    def _hold_of_fluid(self, kind: Kind, index: int, amount: int) -> Hold | None:
        board = self.board
        if not board.plant.home(board.now_ns):
            self.stops.stop(Reason.HOME)
            return None
        if kind == TRAIN:
            return NO_HOLD
        if amount > board.stores.content_left_nl:
            self.stops.stop(Reason.EMPTY)
            return None
        if self.plunger.look():
            return None
        residual_pa = board.gun.pressure_pa(board.now_ns)
        program = board.program
        assert program is not None
        if residual_pa >= program.pressure_pa_max:
            self.stops.stop(Reason.BLOCKAGE)
            return None
        if residual_pa <= self.pressure.expected_pa(board.us) + EXCESS_PA:
            if self.exceeded_unit != index:
                self.exceeded = 0
            self.suspect_due_us = 0
            return NO_HOLD
        return self._suspect(index)

    def _suspect(self, index: int) -> Hold | None:
        """Too much pressure is left: the first is noted, the second waits, the third stops."""
        us = self.board.us
        if self.exceeded_unit != index:
            self.exceeded_unit = index
            self.exceeded += 1
            self.suspect_due_us = us + SUSPECT_WAIT_US
        if self.exceeded < EXCEEDED_MAX - 1:
            return NO_HOLD
        if self.exceeded >= EXCEEDED_MAX or us >= self.suspect_due_us:
            self.stops.stop(Reason.BLOCKAGE)
            return None
        self.wake_us = us + RECHECK_US
        return Hold.PRESSURE

    def _begin(self) -> None:
        board = self.board
        program, step = board.program, self.step
        assert program is not None
        assert step is not None
        if board.screen.trigger is SINGLE:
            self.trigger.use_up()
        self.unit.begin(program, step, self.amount, self.last_begun_us + self.last_period_us)

    def _running(self) -> None:
        board, unit = self.board, self.unit
        if unit.moving:
            unit.follow()
            if board.state is not RUNNING:
                return
        if board.us >= board.lease_due_us:
            self.stops.stop(Reason.LEASE)  # also while the record of a unit is being written
        elif not unit.ended:
            self._watch_unit()

    def _stopping(self) -> None:
        unit = self.unit
        unit.follow()
        if not unit.ended and self.board.plant.phase == DELIVER:
            self._watch_unit()  # a stop may let a delivery end, a fault never does
        self.stops.follow()

    def _watch_unit(self) -> None:
        """Stop for what must not be while a unit is under way."""
        board, unit = self.board, self.unit
        plant = board.plant
        if not (plant.head and plant.cartridge):
            self.stops.stop(Reason.FITTING)
        elif self.contact.lost(unit.kind):
            self.stops.stop(Reason.CONTACT if self.contact.force else Reason.VACUUM)
        elif plant.phase == DELIVER and board.now_ns >= unit.pressure_ns:
            self.stops.stop(Reason.BLOCKAGE)

    def _unit_recorded(self) -> None:
        """Go on after a unit whose record is durable."""
        board, unit = self.board, self.unit
        us = board.us
        board.tested_until_us = us + TESTED_US
        if unit.moved_at_all:
            self.plunger.left_here()
            self.last_begun_us = unit.begun_us
            self.last_period_us = period_us(unit.step)
            self._book(us)
        if board.state is not RUNNING:
            return
        program = board.program
        assert program is not None
        last = board.next >= program.units
        if last and program.kind == PRIME:
            board.primed = True
        if unit.fault != NO_REASON:
            self.stops.stop(unit.fault)
        elif last or board.pause:
            self.disarm()
        else:
            self.idle_due_us = us + board.profile.disarm_idle_us
            board.enter(ARMED)

    def _book(self, us: int) -> None:
        unit = self.unit
        if unit.kind == PRICK:
            self.window.add(unit.begun_us, max(unit.programmed, unit.measured))
        if unit.relieved:
            self.pressure.relieved()
        elif unit.kind != TRAIN:
            self.pressure.delivered(us, unit.programmed)
