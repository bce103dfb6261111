"""Slices of current: how they join, how current comes down in good order, what is watched.

While a slice runs, the next is marked durably, and at its end the output goes on with the next
without touching zero; the record of the one that has ended is written meanwhile. So two units may
be without an end at once, and the stores keep both marks.
"""

from collections.abc import Callable
from typing import Final

from mesodrive_protocol.enums import Outcome, Reason
from mesodrive_protocol.steps import CurrentStep, Step
from mesodrive_simulator.firmware.board import NEVER_US, Board
from mesodrive_simulator.firmware.electric_unit import ElectricUnit
from mesodrive_simulator.firmware.journal import Journal
from mesodrive_simulator.firmware.load_watch import LoadWatch
from mesodrive_simulator.firmware.names import NO_REASON, RUNNING
from mesodrive_simulator.firmware.outcomes import Result
from mesodrive_simulator.firmware.programs import Program
from mesodrive_simulator.firmware.stops import Stops
from mesodrive_simulator.firmware.stores import Mark
from mesodrive_simulator.firmware.traces import PERIOD_US, Traces
from mesodrive_simulator.firmware.writes import Writes
from mesodrive_simulator.plant.phases import REST

MARK_WRITES: Final = 2
"""The next slice is marked so many writes before the end of the present one: one is to spare."""
_NEVER_NS: Final = (1 << 62) - 1


class SliceUnit(ElectricUnit):
    """The unit under way; of slices also the one that comes next."""

    __slots__ = (
        "_deadline_ns", "_next_amount", "_next_step", "_over", "_slice_end_us", "descending",
        "descent_end_us", "end_us", "marking", "successor", "traces", "watch",
    )  # fmt: skip

    def __init__(
        self,
        board: Board,
        journal: Journal,
        stops: Stops,
        writes: Writes,
        on_recorded: Callable[[], None],
    ) -> None:
        super().__init__(board, journal, stops, writes, on_recorded)
        self.watch = LoadWatch(board)
        self.traces = Traces(board)
        self.successor: Mark | None = None
        """Mark of the next slice, durable."""
        self.marking = False
        """That mark is being written."""
        self.descending = False
        """On the way to zero in good order, whatever the step says."""
        self.descent_end_us = NEVER_US
        self.end_us = NEVER_US
        """When the slice will have its charge or its time."""
        self._slice_end_us = NEVER_US
        self._deadline_ns = 0
        """For the present course of the output `end_us` holds."""
        self._over = False
        """The slice has ended and nothing follows it: the output goes to zero."""
        self._next_step: Step = self.step
        self._next_amount = 0

    def begin(self, program: Program, step: Step, amount: int, move_us: int) -> None:
        """Mark the next unit as begun; the mark is durable at `move_us` or later."""
        self._over = self.descending = False
        self.descent_end_us = self.end_us = NEVER_US
        super().begin(program, step, amount, move_us)

    def _move(self) -> None:
        """Let the machine do the unit."""
        board, step = self.board, self.step
        if not isinstance(step, CurrentStep):
            super()._move()
            return
        board.stores.count_use()
        board.electric.begin_unit(board.now_ns)
        self.traces.begin()
        self.watch.begin(self.pulse_ended_us)
        self._begin_slice(step)
        self._ohm_before = board.electric.load_ohm(board.now_ns)
        self.follow()

    def follow(self) -> None:
        """See how far the unit has come."""
        if not isinstance(self.step, CurrentStep):
            super().follow()
        elif self.moving:
            self._follow_slice()

    def _begin_slice(self, step: CurrentStep) -> None:
        self._slice_end_us = self.board.us + step.slice_us
        self._deadline_ns = -1
        if not self.descending:
            self._drive(step)
        self._aim()

    def _drive(self, step: CurrentStep) -> None:
        """Send the output towards the level of a step, from wherever it is."""
        board, program = self.board, self.program
        assert program is not None
        plant, now_ns = board.electric, board.now_ns
        reference_ua = abs(step.current_ua or program.level_before_ua(self.mark.unit))
        ramp_us = max(1, step.ramp_us)
        self.watch.drive(step.current_ua, ramp_us)
        plant.drive(
            now_ns, step.current_ua, max(1, reference_ua) * 1e6 / ramp_us, program.cap_uv,
            step.carrier_hz, step.gate_mhz, step.duty_permille, zero_mean=bool(step.flags & 1),
        )  # fmt: skip

    def _follow_slice(self) -> None:
        board = self.board
        plant = board.electric
        if board.us >= self.traces.due_us:
            self.traces.sample()
        if plant.phase is not REST:
            cause = self.watch.look()
            if cause is not NO_REASON:
                self._stops.stop(cause)
        if board.us >= self.end_us and not self._over:
            self._end_slice()
        if plant.phase is REST and (self._over or self.descending or board.state is not RUNNING):
            self._at_rest()
        if self.moving:
            self._aim()

    def _aim(self) -> None:
        """Work out when the slice ends as the output goes now, and when to look next."""
        board = self.board
        plant = board.electric
        deadline_ns = plant.deadline_ns
        if deadline_ns != self._deadline_ns:
            self._deadline_ns = deadline_ns
            end_us = self._slice_end_us
            reaches_ns = plant.charge_reaches_ns(max(1, self.programmed))
            if reaches_ns < _NEVER_NS:
                ns = reaches_ns - board.power_on_ns
                end_us = min(end_us, -(-ns * board.rate // 1_000_000_000))
            self.end_us = max(board.us, end_us)
        due_us = self.traces.due_us
        if not self._over:
            mark_us = self.mark_us
            if board.state is RUNNING and board.us < mark_us < due_us:
                due_us = mark_us
            if board.us < self.end_us < due_us:
                due_us = self.end_us
        self.due_us = due_us

    @property
    def mark_us(self) -> int:
        """When to begin the mark of the next slice, so that it is durable in time."""
        return self.end_us - MARK_WRITES * self.board.profile.store_write_us

    @property
    def left_us(self) -> int:
        """Time in which the output may still come down to zero within charge and time."""
        us = self.board.us
        time_us = self._slice_end_us - us
        # in a straight line to zero flows half of what would flow on the level
        return max(1, min(time_us, 2 * (self.end_us - us)))

    def descend(self, span_us: int) -> None:
        """Go to zero in good order within a time, unless on the way already."""
        if self.descending:
            return
        board = self.board
        self.descending = True
        self.descent_end_us = board.us + span_us
        board.electric.ramp_off(board.now_ns, span_us * 1000)

    def ascend(self) -> None:
        """Go on after all: up again from what flows, as fast as the step says."""
        if self.descending and isinstance(self.step, CurrentStep):
            self.descending = False
            self.descent_end_us = NEVER_US
            self._drive(self.step)

    def mark_next(self, step: Step, amount: int) -> None:
        """Mark the next slice as begun, while the present one runs."""
        self._next_step, self._next_amount = step, amount
        self.marking = True
        self._writes.begin(self.board.us, self._on_next_marked, self._count_next)

    def _count_next(self) -> None:
        self._count(self._next_amount)

    def _on_next_marked(self) -> None:
        self.marking = False
        self._count_next()
        board = self.board
        stores = board.stores
        account = stores.account
        assert account is not None
        if not stores.mark.ended:
            stores.mark_before = stores.mark
        self.successor = stores.mark = Mark(
            account.command, board.us, stores.totals.begun_total, self._next_amount,
            stores.totals.boot, account.next, stores.fit.fit_no, self.kind, ended=False,
        )  # fmt: skip
        account.next += 1
        if self.ended:
            self._give_up_next()

    def _end_slice(self) -> None:
        """Hand over to the next slice; without one, or in a stop's ramp, let the output go."""
        board = self.board
        runs = board.state is RUNNING
        if runs and self.successor is not None:
            self._hand_over(self.successor)
        elif runs and self.marking and board.us < self.end_us + PERIOD_US:
            return  # a sample's charge at most, and only where slices are shorter than their marks
        else:
            self._over = True
            board.electric.cut(board.now_ns)

    def _hand_over(self, successor: Mark) -> None:
        """Go on with the next slice; the record of this one is written meanwhile."""
        board, step = self.board, self._next_step
        assert isinstance(step, CurrentStep)
        result = self._judge()
        fault = self._fault(result)
        self._write_record(self.mark, result, self._values(), REST)
        self.mark, self.successor = successor, None
        self.step, self.programmed = step, self._next_amount
        self.begun_us = board.us
        board.electric.begin_unit(board.now_ns)
        self._ohm_before = self.watch.ohm
        self._begin_slice(step)
        if fault != NO_REASON:
            self._stops.stop(fault)

    def _give_up_next(self) -> None:
        """Record that a slice that was marked never began."""
        successor = self.successor
        assert successor is not None
        self.successor = None
        result = Result(Outcome.NOT_DONE, self._stops.reason, 0, 0, 0)
        self.begun_us = self.board.us
        self._write_record(successor, result, (0, 0, 0, 0, 0, 0), REST)

    def _end(self, result: Result) -> None:
        """Make the record durable, then go on."""
        if isinstance(self.step, CurrentStep) and self.moved_at_all:
            self.traces.end()
        super()._end(result)
        if self.successor is not None:
            self._give_up_next()

    def _values(self) -> tuple[int, int, int, int, int, int]:
        """Return the six values of the unit that has just ended."""
        if isinstance(self.step, CurrentStep):
            self._ohm_after = self.watch.ohm
        return super()._values()

    def _fault(self, result: Result) -> Reason:
        """Return what the charge stops for: above the programmed one by more than a sample."""
        if not isinstance(self.step, CurrentStep):
            return super()._fault(result)
        sample_uc = abs(self.watch.level_ua) * PERIOD_US // 1_000_000
        return Reason.TOO_MUCH if result.excess > sample_uc else NO_REASON

    @property
    def is_settled(self) -> bool:
        """Tell whether nothing is under way and nothing has yet to be written."""
        return self.ended and not (self.records_waiting or self.marking)
