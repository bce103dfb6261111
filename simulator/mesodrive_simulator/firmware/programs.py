"""A program in memory: how BEGIN, DATA and COMMIT build it, and which step a unit is of.

A program lives in RAM only, is checked step by step as it arrives and once more as a whole at
COMMIT; a step written twice by position is the later one.
"""

from bisect import bisect_right
from itertools import accumulate
from typing import Final
from zlib import crc32

from mesodrive_protocol.codec import payload_bytes
from mesodrive_protocol.enums import Code, Kind, LimitField, Trigger
from mesodrive_protocol.messages import Begin, Commit, Data
from mesodrive_protocol.steps import CurrentStep, Step, unpack_step
from mesodrive_simulator.firmware.answers import OK, Ruling
from mesodrive_simulator.firmware.limits import DeviceLimits, amount_of
from mesodrive_simulator.firmware.stores import Fit

LOADING_US: Final = 2_000_000
"""Silence that ends LOADING."""


class Program:
    """A committed program."""

    __slots__ = (
        "cap_uv", "case_nl_max", "case_uc_max", "command", "crc", "ends", "kind", "limits",
        "pressure_pa_max", "steps", "unit_max", "units", "window_nl_max",
    )  # fmt: skip

    def __init__(self, begin: Begin, crc: int, steps: list[Step], limits: DeviceLimits) -> None:
        self.command = begin.command
        self.kind = Kind(begin.kind)
        self.units = begin.units
        self.cap_uv = begin.cap_uv
        self.crc = crc
        self.steps = steps
        self.ends = list(accumulate(step.units for step in steps))
        """By step: the first unit after it."""
        self.unit_max = max(amount_of(self.kind, step) for step in steps)
        self.limits = limits
        # in force as long as the program is; looked up here once, not before every unit
        self.case_nl_max = limits.of(LimitField.CASE_NL_MAX)
        self.case_uc_max = limits.of(LimitField.CASE_UC_MAX)
        self.window_nl_max = limits.of(LimitField.WINDOW_NL_MAX)
        self.pressure_pa_max = limits.of(LimitField.PRESSURE_PA_MAX)

    def step_of(self, unit: int) -> Step:
        """Return the step that a unit belongs to."""
        return self.steps[bisect_right(self.ends, unit)]

    def level_before_ua(self, unit: int) -> int:
        """Return the level that a slice to zero comes down from, 0 where there was none."""
        for step in reversed(self.steps[: bisect_right(self.ends, unit) + 1]):
            if isinstance(step, CurrentStep) and step.current_ua:
                return step.current_ua
        return 0

    def trigger_of(self, unit: int) -> Trigger:
        """Return what lets a unit begin; after the last one, what let that begin."""
        return Trigger(self.step_of(min(unit, self.units - 1)).trigger)


class Loading:
    """A program on its way in."""

    __slots__ = ("begin", "due_us", "fit", "limits", "packed", "steps")

    def __init__(self, begin: Begin, limits: DeviceLimits, fit: Fit, us: int) -> None:
        self.begin = begin
        self.limits = limits
        self.fit = fit
        self.packed: list[bytes | None] = [None] * begin.steps
        self.steps: list[Step | None] = [None] * begin.steps
        self.due_us = us + LOADING_US
        """When the silence will have been too long."""

    def check_data(self, data: Data) -> Ruling:
        """Check the steps of one DATA against place, form and limits."""
        last, count = data.first + data.n, self.begin.steps
        if data.n == 0 or last > count:
            return Ruling(Code.FIELD, LimitField.STEPS_MAX, data.first, last, count)
        kind = Kind(self.begin.kind)
        for index, packed in enumerate(data.steps, data.first):
            step = unpack_step(kind, packed)
            if step is None:
                return Ruling(Code.FIELD, step=index)
            ruling = self.limits.check_step(kind, index, step, self.fit)
            if ruling is not OK:
                return ruling
        return OK

    def take(self, data: Data, us: int) -> None:
        """Take the steps of one DATA that was checked; they stand where its `first` says."""
        kind = Kind(self.begin.kind)
        last = data.first + data.n
        self.packed[data.first : last] = data.steps
        self.steps[data.first : last] = [unpack_step(kind, packed) for packed in data.steps]
        self.due_us = us + LOADING_US

    def check(self, commit: Commit) -> Ruling:
        """Check the whole: every step there, sums as declared, CRC as named."""
        begin = self.begin
        if None in self.packed:
            return Ruling(Code.FIELD, LimitField.STEPS_MAX, self.packed.index(None))
        units = sum(step.units for step in self.steps if step is not None)
        if units != begin.units:
            return Ruling(Code.FIELD, LimitField.UNITS_MAX, value=begin.units, limit=units)
        kind = Kind(begin.kind)
        total = sum(s.units * amount_of(kind, s) for s in self.steps if s is not None)
        if total != begin.total:
            return Ruling(Code.FIELD, LimitField.CASE_NL_MAX, value=begin.total, limit=total)
        together = self.limits.check_program([s for s in self.steps if s is not None])
        if together is not OK:
            return together
        crc = self.crc()
        if commit.crc != crc:
            return Ruling(Code.CRC, detail=crc)
        return OK

    def crc(self) -> int:
        """Return the CRC-32 over BEGIN's payload and all steps."""
        packed = b"".join(step for step in self.packed if step is not None)
        return crc32(packed, crc32(payload_bytes(self.begin)))

    def program(self) -> Program:
        """Return the program; only after `check` said OK."""
        steps = [step for step in self.steps if step is not None]
        return Program(self.begin, self.crc(), steps, self.limits.copy())
