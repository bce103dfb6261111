"""Stopping: the table cause x phase, the latch, and the way to rest.

Invariants: the first reason is kept until CLEAR, over resets too; a new press, break or cause
raises `latch_no`, copies do not; LATCHED is entered only when the needle is seen home and the
unit under way has its record, never before.
"""

from collections import deque
from enum import Enum
from typing import Final

from mesodrive_protocol.enums import DeviceState, EventKind, Phase, Reason
from mesodrive_simulator.firmware.board import NEVER_US, Board
from mesodrive_simulator.firmware.journal import Journal
from mesodrive_simulator.plant.phases import REST

FINISH_NS: Final = 100_000_000
"""A STOP lets a delivery end that has no more than this left."""
STATUS_AFTER_STOP_US: Final = 2_000_000
DISAGREE_MC: Final = 5_000
"""DOS-10: two readings of one body that differ by more: one of the sensors is not to be trusted.
Sound sensors of this kind differ by 2 C at most, each being good to 1 C."""
PRESSES_KEPT: Final = 8
"""Copies of so many presses are known; more are not under way at once."""


class Action(Enum):
    """What the drives are told."""

    NOTHING = 0
    TURN_BACK = 1
    FINISH_OR_CUT = 2
    CUT = 3
    GO_HOME = 4


STOPPED_BY_PEOPLE: Final = frozenset(
    {Reason.STOP, Reason.BREAK, Reason.STOP_KEY, Reason.LEASE, Reason.SUPPLY, Reason.EMPTY}
)
"""Causes that let a nearly complete delivery end; every other reason cuts at once."""
TABLE: Final = {
    (gentle, phase): action
    for gentle in (True, False)
    for phase, action in (
        (Phase.REST, Action.NOTHING),
        (Phase.OUT, Action.TURN_BACK),
        (Phase.DELIVER, Action.FINISH_OR_CUT if gentle else Action.CUT),
        (Phase.DWELL, Action.GO_HOME),
        (Phase.BACK, Action.GO_HOME),
    )
}
"""By (cause lets a delivery end, phase)."""


class Stops:
    """Everything that ends in LATCHED."""

    __slots__ = (
        "board", "cut", "home_due_us", "homing_tries", "journal", "phase", "presses", "raised",
        "reason", "train", "turned_back", "unit_open",
    )  # fmt: skip

    def __init__(self, board: Board, journal: Journal) -> None:
        self.board = board
        self.journal = journal
        self.presses: deque[int] = deque(maxlen=PRESSES_KEPT)
        self.raised: set[Reason] = set()
        """Causes that have raised the present `latch_no`."""
        self.reason = Reason.NONE
        """The latest cause; a record names it."""
        self.phase = REST
        """Where the unit under way was at that cause."""
        self.unit_open = False
        """A unit is under way and has no record yet."""
        self.train = False
        """The unit under way is a train."""
        self.cut = False
        """The unit under way was kept from ending as programmed."""
        self.turned_back = False
        """It never came to deliver."""
        self.home_due_us = NEVER_US
        self.homing_tries = 0

    def press(self, number: int) -> None:
        """Take a STOP frame; copies of a press change nothing."""
        board = self.board
        board.stop_due_us = board.us + STATUS_AFTER_STOP_US
        board.dirty = True
        if number in self.presses:
            return
        self.presses.append(number)
        self.raised.discard(Reason.STOP)
        self.stop(Reason.STOP)

    def line_break(self) -> None:
        """Take a break on the line; each is a new one."""
        self.board.stop_due_us = self.board.us + STATUS_AFTER_STOP_US
        self.board.dirty = True
        self.raised.discard(Reason.BREAK)
        self.stop(Reason.BREAK)

    def stop(self, reason: Reason) -> None:
        """Stop for a reason: latch, and bring everything to rest by the table."""
        if reason in self.raised:
            return
        self.raised.add(reason)
        board = self.board
        stores = board.stores
        stores.latch_no = (stores.latch_no + 1) & 0xFFFF
        if board.state == DeviceState.UPDATE:
            return  # outputs cannot be enabled; the start that ends it brings everything to rest
        if not stores.latch_reason:
            stores.latch_reason = reason
        self.reason = reason
        self.phase = board.plant.phase
        board.pause = False
        board.upto = board.next
        board.lease_due_us = NEVER_US
        if board.state == DeviceState.STARTING:
            return  # no journal yet: the stores are not compared
        self.journal.event(EventKind.LATCH, reason, number=stores.latch_no)
        if board.state == DeviceState.LATCHED:
            return
        self._act(TABLE[reason in STOPPED_BY_PEOPLE, Phase(board.plant.phase)])
        if board.state != DeviceState.STOPPING:
            board.enter(DeviceState.STOPPING)
            self._await_home()
        self.follow()

    def follow(self) -> None:
        """Go on towards LATCHED; called whenever something may have changed."""
        board = self.board
        plant = board.plant
        if plant.phase == Phase.DWELL:
            self.drive_home()
        if plant.phase == Phase.REST and plant.home(board.now_ns):
            if not self.unit_open:
                self._latch()
            elif board.us >= self.home_due_us:  # home in time: its record is still being written
                self.home_due_us = board.us + board.profile.home_us_max
            return
        if board.us >= self.home_due_us:
            self.home_late()

    def home_late(self) -> None:
        """Home was not seen in time: order it once more, then say so; the state stays."""
        board = self.board
        self.drive_home()
        self.homing_tries += 1
        if self.homing_tries < 2:
            self.home_due_us = board.us + board.profile.home_us_max
            return
        self.home_due_us = NEVER_US
        self.stop(Reason.HOME)

    def drive_home(self) -> None:
        """Bring the machine to rest: the needle home, whatever it did."""
        self.board.gun.retract(self.board.now_ns)

    def meters_at_rest(self) -> bool:
        """Tell whether the meters show what they can show at rest."""
        return self.board.gun.pressure_pa(self.board.now_ns) >= 0

    def standing(self) -> Reason:
        """Return a cause that is there now, NONE if there is none."""
        board = self.board
        plant = board.plant
        if plant.stop_key:
            return Reason.STOP_KEY
        if not (plant.head and plant.cartridge):
            return Reason.FITTING
        if not plant.home(board.now_ns):
            return Reason.HOME
        return self.slow_cause()

    def slow_cause(self) -> Reason:
        """Return a standing cause among those that change slowly."""
        board = self.board
        first_mc = board.plant.temperature_mc(board.now_ns)
        second_mc = board.plant.thermal.second_mc(board.now_ns)
        if abs(first_mc - second_mc) > DISAGREE_MC:
            return Reason.SENSOR
        if max(first_mc, second_mc) > board.profile.electronics_mc_max:
            return Reason.TEMPERATURE
        # a fifth below nominal the drives cannot be trusted to reach their place
        if board.plant.supply_uv(board.now_ns) * 5 < board.profile.supply_uv * 4:
            return Reason.SUPPLY
        return Reason.NONE

    def look_at_slow_causes(self) -> None:
        """Stop for heat or supply; where neither can be, nothing is worked out."""
        plant = self.board.plant
        limit_mc = self.board.profile.electronics_mc_max
        if plant.supply_drop_uv or plant.thermal.is_worth_a_look(limit_mc):
            cause = self.slow_cause()
            if cause != Reason.NONE:
                self.stop(cause)

    def clear(self) -> None:
        """Unlatch; the caller has checked number and cause."""
        stores = self.board.stores
        self.journal.event(EventKind.CLEAR, number=stores.latch_no)
        stores.latch_reason = 0
        self.raised.clear()
        self.reason, self.phase = Reason.NONE, REST
        loaded = self.board.program is not None
        self.board.enter(DeviceState.LOADED if loaded else DeviceState.IDLE)

    def _act(self, action: Action) -> None:
        board = self.board
        plant, now_ns = board.gun, board.now_ns
        if action is Action.TURN_BACK:
            self.cut = self.turned_back = True
            plant.turn_back(now_ns)
        elif action is Action.GO_HOME:
            plant.retract(now_ns)
        elif action is Action.CUT:
            self.cut = True
            plant.cut(now_ns)
        elif action is Action.FINISH_OR_CUT:
            if self.train:
                self.cut = True
                plant.end_train(now_ns)
            elif plant.remaining_ns(now_ns) > FINISH_NS:
                self.cut = True
                plant.cut(now_ns)

    def _await_home(self) -> None:
        board = self.board
        finish_us = board.plant.remaining_ns(board.now_ns) // 1000
        self.homing_tries = 0
        self.home_due_us = board.us + finish_us + board.profile.home_us_max

    def _latch(self) -> None:
        board = self.board
        self.home_due_us = NEVER_US
        board.stores.armed = False
        board.enter(DeviceState.LATCHED)
