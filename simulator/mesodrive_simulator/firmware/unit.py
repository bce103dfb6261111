"""One unit: durable mark, movement, measurement, durable record."""

from collections.abc import Callable

from mesodrive_protocol.enums import Kind, Outcome, Reason
from mesodrive_protocol.messages import Record
from mesodrive_protocol.steps import NeedleStep, Step, TrainStep
from mesodrive_simulator.firmware.board import NEVER_US, Board
from mesodrive_simulator.firmware.journal import Body, Journal
from mesodrive_simulator.firmware.names import (
    CURRENT,
    DONE,
    EVENT,
    NO_REASON,
    PARTIAL,
    PRICK,
    PULSE,
    RUNNING,
    STOPPING,
    TRAIN,
)
from mesodrive_simulator.firmware.outcomes import Measured, Result, judge, quantum_nl
from mesodrive_simulator.firmware.programs import Program
from mesodrive_simulator.firmware.stops import Stops
from mesodrive_simulator.firmware.stores import Account, Mark, Stores, Totals
from mesodrive_simulator.firmware.writes import Writes
from mesodrive_simulator.plant.phases import DELIVER, OUT, REST

NEVER_NS = (1 << 62) - 1
_COUNTED = (PRICK, TRAIN, CURRENT, PULSE)
"""Kinds whose amount counts in the case's total."""


class Unit:
    """The unit under way, or the last one."""

    __slots__ = (
        "_home_due_us", "_journal", "_move_us", "_on_recorded", "_phase", "_residue_nl",
        "_stops", "_too_little", "_writes", "begun_us", "board", "due_us", "ended",
        "fault", "kind", "measured", "moved_at_all", "moving", "pressure_ns", "programmed",
        "relieved", "step",
    )  # fmt: skip

    def __init__(
        self,
        board: Board,
        journal: Journal,
        stops: Stops,
        writes: Writes,
        on_recorded: Callable[[], None],
    ) -> None:
        self.board = board
        self._journal = journal
        self._stops = stops
        self._writes = writes
        self._on_recorded = on_recorded
        self.kind: Kind = EVENT
        self.step: Step = NeedleStep(0, 0, 0, 0, 0, 0, 0)
        self.programmed = self.measured = 0
        self.begun_us = 0
        self.moving = False
        """From the order to move until rest is seen."""
        self.moved_at_all = False
        self.ended = True
        """At rest and measured; the record is on its way."""
        self.relieved = False
        self.fault: Reason = NO_REASON
        """What measuring found, to stop for once the record is durable."""
        self.pressure_ns = NEVER_NS
        """When the push will raise the pressure to the limit."""
        self.due_us = NEVER_US
        self._move_us = 0
        self._home_due_us = NEVER_US
        self._phase: int = REST
        self._residue_nl = 0
        self._too_little = 0

    def begin(self, program: Program, step: Step, amount: int, move_us: int) -> None:
        """Mark the next unit as begun; the mark is durable at `move_us` or later."""
        self.kind, self.step, self.programmed = program.kind, step, amount
        self.moving = self.moved_at_all = self.ended = self.relieved = False
        self.fault = NO_REASON
        self._move_us = move_us
        self.begun_us = self.board.us
        stops = self._stops
        stops.unit_open, stops.cut, stops.turned_back = True, False, False
        stops.train = self.kind is TRAIN
        stops.reason, stops.phase = NO_REASON, REST
        self.board.enter(RUNNING)
        self._writes.begin(self.board.us, self._on_marked, self._write_totals)

    def follow(self) -> None:
        """See how far the unit has come."""
        board = self.board
        if self.moving:
            phase = board.plant.phase
            if phase is not self._phase:
                self._phase = phase
                self.due_us = NEVER_US
                if phase is DELIVER:
                    self._delivery_begins()
            elif self.due_us <= board.us and board.now_ns < self.pressure_ns < NEVER_NS:
                self._look_for_pressure()  # the device's clock has jumped ahead
            if phase is REST:
                self._at_rest()

    def _write_totals(self) -> None:
        """Write the totals with this unit as begun: the first part of its durable mark."""
        self._count(self.programmed)

    def _count(self, amount: int) -> None:
        """Write the totals with one more unit begun, of an amount."""
        board = self.board
        t = board.stores.totals
        board.stores.write_totals(
            Totals(
                t.generation, t.boot, t.session, t.case, t.last_command, t.open_command,
                t.next + 1, t.begun_total + 1, board.stores.next_seq, t.case_total, amount,
            )
        )  # fmt: skip

    def _on_marked(self) -> None:
        self._write_totals()
        board = self.board
        stores = board.stores
        account = stores.account
        assert account is not None
        stores.mark = Mark(
            account.command, self.begun_us, stores.totals.begun_total, self.programmed,
            stores.totals.boot, account.next, stores.fit.fit_no, self.kind, ended=False,
        )  # fmt: skip
        account.next += 1
        self._start()

    def _start(self) -> None:
        """Move, after one more look at stop and lease: gone means not done."""
        board = self.board
        us = board.us
        if board.state is not RUNNING or us >= board.lease_due_us:
            if board.state is RUNNING:
                self._stops.stop(Reason.LEASE)
            self._end(self._judge())
            return
        assert us >= self._move_us, "a unit would begin before its period is over"
        self.moving = self.moved_at_all = True
        self.begun_us = us
        self._move()

    def _move(self) -> None:
        """Let the machine do the unit."""
        board = self.board
        plant, now_ns, step = board.gun, board.now_ns, self.step
        self._phase = OUT
        self.pressure_ns = NEVER_NS
        if isinstance(step, NeedleStep):
            compliance = board.profile.compliance_pl_per_pa
            self._residue_nl = -(-plant.pressure_pa(now_ns) * compliance // 1000)
            plant.stroke(now_ns, step.depth_um, step.dose_nl, step.flow_nl_s, step.dwell_us)
        elif isinstance(step, TrainStep):
            self._residue_nl = 0
            plant.train(now_ns, step.depth_um, step.strokes, step.rate_mhz)
        self.follow()

    def _delivery_begins(self) -> None:
        program = self.board.program
        assert program is not None
        limit_pa = program.pressure_pa_max
        if self.programmed and limit_pa and self.kind is not TRAIN:
            self.pressure_ns = self.board.gun.pressure_reaches_ns(limit_pa)
            if self.pressure_ns < NEVER_NS:
                self._look_for_pressure()

    def _look_for_pressure(self) -> None:
        """Look again when the push under way raises the pressure to its limit."""
        board = self.board
        ns = self.pressure_ns - board.power_on_ns
        self.due_us = -(-ns * board.rate // 1_000_000_000)

    def _at_rest(self) -> None:
        """The drive is at rest: measure, once the needle is seen home."""
        board = self.board
        if not board.plant.home(board.now_ns):
            if board.state is STOPPING:
                self._home_due_us = self.due_us = NEVER_US
                return  # Stops keeps the home time, also where this unit had begun to wait
            if self._home_due_us == NEVER_US:
                self._home_due_us = self.due_us = board.us + board.profile.home_us_max
            elif board.us >= self._home_due_us:
                self._home_due_us = self.due_us = NEVER_US
                self._stops.drive_home()
                self._stops.stop(Reason.HOME)
            return
        self._home_due_us = self.due_us = NEVER_US
        self.moving = False
        self._end(self._judge())

    def _judge(self) -> Result:
        """Settle the unit from what was measured."""
        return judge(self._measurement())

    def _measurement(self) -> Measured:
        board = self.board
        stops = self._stops
        stopped_by = stops.reason
        if not self.moved_at_all:
            return Measured(
                self.kind, self.programmed, 0, 0, 0, moved=False, cut=True, stopped_by=stopped_by
            )
        now_ns = board.now_ns
        if self.kind is TRAIN:
            amount, quantum = board.gun.strokes_counted(now_ns), 0
        else:
            amount = board.gun.measured_nl(now_ns)
            quantum = quantum_nl(board.profile, board.stores.fit.bore_um)
        self.measured = amount
        self.relieved = stops.cut and not stops.turned_back and self.kind is not TRAIN
        residue = self._residue_nl if self.relieved else 0
        return Measured(
            self.kind, self.programmed, amount, quantum, residue, not stops.turned_back, stops.cut,
            stopped_by,
        )  # fmt: skip

    def _end(self, result: Result) -> None:
        """Make the record durable, then go on."""
        self.ended = True
        self.due_us = NEVER_US
        board = self.board
        took_us = board.us - self.begun_us
        values = (0, 0, 0, 0, 0, 0)
        if self.moved_at_all and self.kind is not TRAIN:
            values = board.gun.unit_values(board.now_ns)
        mark = board.stores.mark
        body: Body = (
            mark.command, self.begun_us, took_us, mark.boot, mark.unit, self.kind, result.outcome,
            result.reason, self._stops.phase, mark.fit_no, result.lo, result.hi, *values,
        )  # fmt: skip
        self.fault = self._fault(result)
        self._writes.begin(board.us, lambda: self._recorded(body, result))

    def _fault(self, result: Result) -> Reason:
        """Return what a measurement stops for: too much at once, too little twice running."""
        if result.reason == Reason.TOO_LITTLE:
            self._too_little += 1
        elif result.outcome == DONE:
            self._too_little = 0
        if result.excess:
            return Reason.TOO_MUCH
        return Reason.TOO_LITTLE if self._too_little >= 2 else NO_REASON

    def _recorded(self, body: Body, result: Result) -> None:
        stores = self.board.stores
        if self.kind is not TRAIN and self.moved_at_all:
            stores.content_left_nl = max(0, stores.content_left_nl - max(0, self.measured))
        book(stores, self._journal, body, result.excess)
        self._stops.unit_open = False
        self._on_recorded()


def book(stores: Stores, journal: Journal, body: Body, excess: int = 0) -> Record:
    """Append the record of a unit and add it to account and totals: the one settlement.

    Args:
        stores: Durable memory.
        journal: The journal over it.
        body: The record from `command` on.
        excess: Measured above the programmed amount; counts in the case's total.
    """
    record = journal.unit(body)
    account = stores.account
    if account is not None and account.command == record.command:
        add_to_account(account, record)
    if record.kind in _COUNTED and (record.hi or excess):
        total = stores.totals.case_total + record.hi + excess
        totals = stores.totals
        stores.write_totals(Totals(*totals[:-2], total, totals.unit_amount))
    before = stores.mark_before
    if before is not None and (before.command, before.unit) == (record.command, record.unit):
        stores.mark_before = None
    else:
        stores.mark = Mark(*stores.mark[:-1], ended=True)
    return record


def add_to_account(account: Account, record: Record) -> None:
    """Add one record to the sums of its command."""
    if not account.first_seq:
        account.first_seq = record.seq
    account.last_seq = record.seq
    account.lo += record.lo
    account.hi += record.hi
    if record.outcome == DONE:
        account.done += 1
    elif record.outcome == PARTIAL:
        account.partial += 1
    elif record.outcome == Outcome.NOT_DONE:
        account.not_done += 1
    else:
        account.unknown += 1
