"""Units of a transdermal device: a pulse, an exfoliation pass, a reading; and how any of them ends.

What is known of slices of current alone is in `slices`.
"""

from collections.abc import Callable
from typing import Final

from mesodrive_protocol.enums import Outcome, Reason
from mesodrive_protocol.steps import PulseStep, SpotStep, Step
from mesodrive_simulator.firmware.board import NEVER_US, Board
from mesodrive_simulator.firmware.journal import Body, Journal
from mesodrive_simulator.firmware.names import NO_REASON, PASS, STOPPING
from mesodrive_simulator.firmware.outcomes import Result, judge_charge
from mesodrive_simulator.firmware.programs import Program
from mesodrive_simulator.firmware.stops import Stops
from mesodrive_simulator.firmware.stores import Mark
from mesodrive_simulator.firmware.unit import Unit, book
from mesodrive_simulator.firmware.writes import Writes
from mesodrive_simulator.plant.phases import DELIVER, REST
from mesodrive_simulator.plant.pulse_limb import BY_ENERGY, BY_LIMIT

CHECK_HZ: Final = 20_000
"""Carrier of the device's own look at the contact; a small direct current finds good skin open."""
ONE_SHOT_US: Final = 50
"""A timer of its own opens the switch so long after the tenth that a pulse may be too wide."""
VACUUM_PERMILLE_MIN: Final = 900
"""A pass that reaches less leaks, or is not on skin."""
_ALTERNATING: Final = 2
_BIPHASIC: Final = 1


class ElectricUnit(Unit):
    """The unit under way, or the last one."""

    __slots__ = (
        "_dwell_from_us", "_dwell_us", "_ohm_after", "_ohm_before", "_timer_us", "mark", "program",
        "pulse_ended_us", "reached_pa", "records_waiting",
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
        self.program: Program | None = None
        self.mark = Mark()
        """Of the unit under way; the stores may have the next one's already."""
        self.records_waiting = 0
        """Records on their way into the journal."""
        self.reached_pa = 0
        self.pulse_ended_us = -NEVER_US
        self._timer_us = NEVER_US
        """End of a reading; or when the one-shot opens the switch of a pulse."""
        self._ohm_before = self._ohm_after = 0
        self._dwell_from_us = self._dwell_us = 0

    def begin(self, program: Program, step: Step, amount: int, move_us: int) -> None:
        """Mark the next unit as begun; the mark is durable at `move_us` or later."""
        self.program = program
        self._timer_us = NEVER_US
        self._ohm_before = self._ohm_after = self.reached_pa = 0
        self._dwell_from_us = self._dwell_us = 0
        super().begin(program, step, amount, move_us)

    def _start(self) -> None:
        self.mark = self.board.stores.mark
        super()._start()

    def _move(self) -> None:
        """Let the machine do the unit."""
        board, step = self.board, self.step
        plant, now_ns, us = board.electric, board.now_ns, board.us
        board.stores.count_use()
        self._ohm_before = plant.measure(now_ns, CHECK_HZ)
        plant.begin_unit(now_ns)
        self._phase = REST
        if isinstance(step, PulseStep):
            self._timer_us = us + step.width_us + step.width_us // 10 + ONE_SHOT_US
            other_way = step.flags & _ALTERNATING and self.mark.unit & 1
            plant.pulse(
                now_ns, step.width_us, -step.voltage_uv if other_way else step.voltage_uv,
                step.cap_ua, step.energy_uj, biphasic=bool(step.flags & _BIPHASIC),
            )  # fmt: skip
        elif isinstance(step, SpotStep) and self.kind is PASS:
            plant.suck(now_ns, step.vacuum_pa, step.dwell_us)
        elif isinstance(step, SpotStep):
            self._ohm_before = plant.measure(now_ns, step.carrier_hz)
            self._timer_us = us + step.dwell_us
        self.follow()

    def follow(self) -> None:
        """See how far the unit has come."""
        if not self.moving:
            return
        if isinstance(self.step, PulseStep):
            self._follow_pulse()
        elif self.kind is PASS:
            self._follow_pass()
        else:
            self._follow_reading()

    def _follow_pulse(self) -> None:
        board = self.board
        plant = board.electric
        if plant.phase is DELIVER and board.us >= self._timer_us:
            self._stops.stop(Reason.PULSE)
        if plant.phase is REST:
            self._end_pulse()
        else:
            self.due_us = self._timer_us if board.us < self._timer_us else NEVER_US

    def _end_pulse(self) -> None:
        """Look at what the pulse was; a wrong one stops before its record is written."""
        step, plant = self.step, self.board.electric
        assert isinstance(step, PulseStep)
        _, peak_ua, _, _, width_us = plant.pulse_measured()
        self.pulse_ended_us = self.board.us
        if width_us * 10 > step.width_us * 11 or plant.pulse_ended_by() == BY_LIMIT:
            self._stops.cut = True
            self._stops.stop(Reason.PULSE)
        elif peak_ua == 0 and not self._stops.cut:
            self._stops.cut = True
            self._stops.stop(Reason.OPEN)
        elif plant.pulse_ended_by() == BY_ENERGY:
            self._stops.cut = True
        self._at_rest()

    def _follow_pass(self) -> None:
        board, step = self.board, self.step
        plant = board.electric
        assert isinstance(step, SpotStep)
        phase = plant.phase
        if phase is not self._phase:
            if phase is DELIVER:
                self._dwell_from_us = board.us
                self.reached_pa = plant.vacuum_pa(board.now_ns)
                if self.reached_pa * 1000 < step.vacuum_pa * VACUUM_PERMILLE_MIN:
                    self._stops.stop(Reason.VACUUM)
            elif self._phase is DELIVER:
                self._dwell_us = board.us - self._dwell_from_us
            self._phase = phase
        self.due_us = NEVER_US
        if plant.phase is REST:
            self._at_rest()

    def _follow_reading(self) -> None:
        board, step = self.board, self.step
        assert isinstance(step, SpotStep)
        if board.state is STOPPING:
            self._stops.cut = True
        elif board.us < self._timer_us:
            self.due_us = self._timer_us
            return
        self._ohm_after = board.electric.measure(board.now_ns, step.carrier_hz)
        self._at_rest()

    # The end of any of them

    def _judge(self) -> Result:
        """Settle the unit from what was measured."""
        stops = self._stops
        if not self.moved_at_all or stops.turned_back:
            return Result(Outcome.NOT_DONE, stops.reason, 0, 0, 0)
        measured = self.measured = self.board.electric.charge_uc(self.board.now_ns)
        if isinstance(self.step, SpotStep):
            outcome = Outcome.PARTIAL if stops.cut else Outcome.DONE
            return Result(outcome, stops.reason, 0, 0, 0)
        return judge_charge(self.programmed, measured, stops.reason, cut=stops.cut)

    def _end(self, result: Result) -> None:
        """Make the record durable, then go on."""
        self.ended = True
        self.due_us = NEVER_US
        self.fault = self._fault(result)
        self._write_record(self.mark, result, self._values(), self._stops.phase)

    def _values(self) -> tuple[int, int, int, int, int, int]:
        """Return the six values of the unit that has just ended."""
        board = self.board
        plant, now_ns = board.electric, board.now_ns
        if not self.moved_at_all:
            return (0, 0, 0, 0, 0, 0)
        if self.kind is PASS:
            return (self.reached_pa, self._dwell_us, 0, 0, 0, 0)
        width_us = 0
        if isinstance(self.step, PulseStep):
            width_us = plant.pulse_measured()[4]
            self._ohm_after = plant.measure(now_ns, CHECK_HZ)
        return (
            plant.peak_ua(now_ns), plant.peak_uv(now_ns), plant.energy_uj(now_ns),
            self._ohm_before, self._ohm_after, width_us,
        )  # fmt: skip

    def _write_record(
        self, mark: Mark, result: Result, values: tuple[int, ...], phase: int
    ) -> None:
        """Begin the durable write of a record."""
        board = self.board
        took_us = board.us - self.begun_us
        body: Body = (
            mark.command, self.begun_us, took_us, mark.boot, mark.unit, self.kind, result.outcome,
            result.reason, phase, mark.fit_no, result.lo, result.hi, *values,
        )  # fmt: skip
        self.records_waiting += 1
        self._writes.begin(board.us, lambda: self._recorded(body, result))

    def _fault(self, result: Result) -> Reason:
        """Return what the charge stops for."""
        return Reason.TOO_MUCH if result.excess else NO_REASON

    def _recorded(self, body: Body, result: Result) -> None:
        book(self.board.stores, self._journal, body, result.excess)
        self.records_waiting -= 1
        if self.is_settled:
            self._stops.unit_open = False
        self._on_recorded()

    @property
    def is_settled(self) -> bool:
        """Tell whether nothing is under way and nothing has yet to be written."""
        return self.ended and not self.records_waiting
