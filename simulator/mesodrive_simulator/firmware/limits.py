"""The device's own limits: from its profile, never from the host, checked on every step.

Refused, never clamped. A limit of 0 is not there. NARROW lowers maxima and raises minima, for the
present session; a program keeps the limits that were in force when it was committed.
"""

from collections import deque
from collections.abc import Iterable
from typing import Final

from mesodrive_protocol.enums import Code, Kind, LimitField
from mesodrive_protocol.messages import Begin
from mesodrive_protocol.steps import (
    CurrentStep,
    NeedleStep,
    PulseStep,
    SpotStep,
    Step,
    TrainStep,
)
from mesodrive_simulator.firmware.answers import OK, Ruling
from mesodrive_simulator.firmware.stores import Fit
from mesodrive_simulator.sim_profile import SimProfile

MOTION_US_MAX: Final = 2_000_000
"""The hardware cuts any motion after this; a program may not plan for more."""
TRAIN_US_MAX: Final = 200_000
WINDOW_US: Final = 60_000_000
_LEAST: Final = frozenset(
    {
        LimitField.DEPTH_UM_MIN,
        LimitField.DOSE_NL_MIN,
        LimitField.PERIOD_US_MIN,
        LimitField.RAMP_US_MIN,
        LimitField.CONTACT_MN_MIN,
    }
)
"""Fields whose value is a least one."""


class DeviceLimits:
    """The limits in force; `values[field - 1]`, 0 where there is none."""

    __slots__ = ("_profile", "depth_step_um", "dose_step_nl", "triggers", "values")

    def __init__(self, profile: SimProfile, values: list[int] | None = None) -> None:
        self._profile = profile
        self.values = list(profile.limits_for_wire) if values is None else values
        self.depth_step_um = profile.depth_step_um
        self.dose_step_nl = profile.dose_step_nl or 1
        self.triggers = profile.triggers

    def of(self, field: LimitField) -> int:
        """Return one limit."""
        return self.values[field - 1]

    def copy(self) -> "DeviceLimits":
        """Return limits of the same values that can be narrowed apart."""
        return DeviceLimits(self._profile, list(self.values))

    def narrow(self, pairs: Iterable[tuple[int, int]]) -> Ruling:
        """Lower limits; all of them or none."""
        wanted = list(pairs)
        for number, value in wanted:
            if number not in LimitField.__members__.values() or not self.values[number - 1]:
                return Ruling(Code.FIELD, number, value=value)
            now = self.values[number - 1]
            wider = value < now if number in _LEAST else not 0 < value <= now
            if wider:
                return Ruling(Code.LIMIT, number, value=value, limit=now)
        for number, value in wanted:
            self.values[number - 1] = value
        return OK

    def check_begin(self, begin: Begin, case_total: int) -> Ruling:
        """Check what BEGIN declares."""
        for field, value in (
            (LimitField.STEPS_MAX, begin.steps),
            (LimitField.UNITS_MAX, begin.units),
        ):
            if not 0 < value <= self.of(field):
                return Ruling(Code.LIMIT, field, value=value, limit=self.of(field))
        if begin.kind == Kind.PRICK:
            total, limit = case_total + begin.total, self.of(LimitField.CASE_NL_MAX)
            if total > limit:
                return Ruling(Code.LIMIT, LimitField.CASE_NL_MAX, value=total, limit=limit)
        return OK

    def check_step(self, kind: Kind, index: int, step: Step, fit: Fit) -> Ruling:
        """Check one step against every limit; the first that is broken answers."""
        if step.units == 0:
            return Ruling(Code.FIELD, LimitField.UNITS_MAX, index, 0, 1)
        if step.trigger not in self.triggers:
            return Ruling(Code.FIELD, 0, index, step.trigger, max(self.triggers, default=0))
        broken = self._check_kind(kind, step, fit)
        return broken._replace(step=index) if broken is not OK else OK

    def check_program(self, steps: list[Step]) -> Ruling:  # noqa: ARG002 -- a needle's is free
        """Check what only the steps together can break."""
        return OK

    def _check_kind(self, kind: Kind, step: Step, fit: Fit) -> Ruling:
        if isinstance(step, NeedleStep):
            return self._needle(kind, step, fit.needle_um)
        assert isinstance(step, TrainStep)
        return self._train(step, fit.needle_um)

    def _needle(self, kind: Kind, step: NeedleStep, needle_um: int) -> Ruling:
        if kind == Kind.PRIME:
            depth = self._exactly_zero(LimitField.DEPTH_UM_MAX, step.depth_um)
        else:
            depth = self._depth(step.depth_um, needle_um)
        if kind == Kind.DRY:
            dose = self._exactly_zero(LimitField.DOSE_NL_MAX, step.dose_nl)
        else:
            dose = self._dose(step)
        checks = (depth, dose, self._between(LimitField.PERIOD_US_MIN, None, step.period_us))
        for broken in checks:
            if broken is not OK:
                return broken
        broken = self._between(None, LimitField.DWELL_US_MAX, step.dwell_us)
        if broken is OK and kind == Kind.PRICK:
            # whole nanolitres per second, rounded up: never a little above the limit
            mean_nl_s = -(-step.dose_nl * 1_000_000 // step.period_us)
            broken = self._between(None, LimitField.MEAN_NL_S_MAX, mean_nl_s)
        return broken

    def _depth(self, depth_um: int, needle_um: int) -> Ruling:
        broken = self._between(LimitField.DEPTH_UM_MIN, LimitField.DEPTH_UM_MAX, depth_um)
        if broken is not OK:
            return broken
        if depth_um > needle_um:
            return Ruling(Code.LIMIT, LimitField.DEPTH_UM_MAX, value=depth_um, limit=needle_um)
        if depth_um % self.depth_step_um:
            whole = depth_um - depth_um % self.depth_step_um
            return Ruling(Code.FIELD, LimitField.DEPTH_UM_MAX, value=depth_um, limit=whole)
        return OK

    def _dose(self, step: NeedleStep) -> Ruling:
        dose_nl = step.dose_nl
        broken = self._between(LimitField.DOSE_NL_MIN, LimitField.DOSE_NL_MAX, dose_nl)
        if broken is not OK:
            return broken
        if dose_nl % self.dose_step_nl:
            whole = dose_nl - dose_nl % self.dose_step_nl
            return Ruling(Code.FIELD, LimitField.DOSE_NL_MAX, value=dose_nl, limit=whole)
        if step.flow_nl_s > self.of(LimitField.FLOW_NL_S_MAX):
            return self._between(None, LimitField.FLOW_NL_S_MAX, step.flow_nl_s)
        # a delivery longer than any motion may last is a flow too low
        least_nl_s = -(-dose_nl * 1_000_000 // (MOTION_US_MAX - min(step.dwell_us, 1_000_000)))
        if step.flow_nl_s < least_nl_s:
            field = LimitField.FLOW_NL_S_MAX
            return Ruling(Code.FIELD, field, value=step.flow_nl_s, limit=least_nl_s)
        return OK

    def _train(self, step: TrainStep, needle_um: int) -> Ruling:
        checks = (
            self._depth(step.depth_um, needle_um),
            self._between(None, LimitField.STROKES_MAX, step.strokes),
            self._between(None, LimitField.RATE_MHZ_MAX, step.rate_mhz),
        )
        for broken in checks:
            if broken is not OK:
                return broken
        if step.strokes == 0 or step.rate_mhz == 0:
            field = LimitField.RATE_MHZ_MAX if step.strokes else LimitField.STROKES_MAX
            return Ruling(Code.FIELD, field, value=0, limit=1)
        if train_us(step) > TRAIN_US_MAX:
            most = TRAIN_US_MAX * step.rate_mhz // 1_000_000_000
            return Ruling(Code.LIMIT, LimitField.STROKES_MAX, value=step.strokes, limit=most)
        return self._between(LimitField.PERIOD_US_MIN, None, train_us(step) + step.gap_us)

    def _between(self, least: LimitField | None, most: LimitField | None, value: int) -> Ruling:
        if least is not None and value < self.of(least):
            return Ruling(Code.LIMIT, least, value=value, limit=self.of(least))
        if most is not None and value > self.of(most):
            return Ruling(Code.LIMIT, most, value=value, limit=self.of(most))
        return OK

    @staticmethod
    def _exactly_zero(field: LimitField, value: int) -> Ruling:
        return Ruling(Code.FIELD, field, value=value) if value else OK


def train_us(step: TrainStep) -> int:
    """Return how long the strokes of one unit last, rounded up."""
    return -(-step.strokes * 1_000_000_000 // step.rate_mhz)


def period_us(step: Step) -> int:
    """Return the least time from the beginning of one unit to that of the next."""
    if isinstance(step, TrainStep):
        return train_us(step) + step.gap_us
    if isinstance(step, NeedleStep):
        return step.period_us
    # slices join; what lasts is the slice itself
    return 0 if isinstance(step, CurrentStep) else step.interval_us


def amount_of(kind: Kind, step: Step) -> int:
    """Return the programmed amount of one unit: nL, strokes of a pen, or uC."""
    if kind == Kind.TRAIN:
        assert isinstance(step, TrainStep)
        return step.strokes
    if isinstance(step, NeedleStep):
        return step.dose_nl
    if isinstance(step, CurrentStep):
        return step.charge_uc
    if isinstance(step, PulseStep):
        return -(-step.cap_ua * step.width_us // 1_000_000)
    assert isinstance(step, SpotStep)
    return 0


class RollingWindow:
    """Volume of the last 60 s on the device's clock."""

    __slots__ = ("entries", "sum_nl")

    def __init__(self, start_nl: int) -> None:
        self.entries: deque[tuple[int, int]] = deque()
        self.sum_nl = 0
        if start_nl:
            self.add(0, start_nl)

    def add(self, us: int, volume_nl: int) -> None:
        """Book a volume at a time; times rise."""
        self.entries.append((us, volume_nl))
        self.sum_nl += volume_nl

    def free_from_us(self, us: int, volume_nl: int, limit_nl: int) -> int:
        """Return from when on a volume fits below the limit: `us` itself if it does now."""
        entries = self.entries
        while entries and entries[0][0] + WINDOW_US <= us:
            self.sum_nl -= entries.popleft()[1]
        over_nl = self.sum_nl + volume_nl - limit_nl
        if over_nl <= 0:
            return us
        for begun_us, booked_nl in entries:
            over_nl -= booked_nl
            if over_nl <= 0:
                return begun_us + WINDOW_US
        return us + WINDOW_US
