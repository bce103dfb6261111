"""Rules on a program of current: its level, charge and waveform, and how its steps join.

The output goes from level to level with a slew, so each step is judged with the one before it: a
duty that rises while the level still falls lets more through than either step by itself.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from typing import Final, NamedTuple

from mesodrive.limits.bounds import above, below, off_step, rounded_up, trigger_known
from mesodrive.limits.electric_envelope import ElectricEnvelope
from mesodrive.limits.shapes import CurrentStepLike
from mesodrive.limits.violation import Places, Violation, violation

PERMILLE: Final = 1_000
MHZ_PER_HZ: Final = 1_000
MM2_PER_CM2: Final = 100
US_PER_S: Final = 1_000_000
UA_US_PERMILLE_PER_UC: Final = 1_000_000_000
"""1 uC is 1 uA for 1 s of all the time."""


class _Levels(NamedTuple):
    """What the output may be at while a step runs."""

    charge_ua: int
    """Level that the charge of a slice is bound by."""
    peak_ua: int
    """Highest level, that of the step before included."""


def check_current(
    steps: Sequence[CurrentStepLike], area_mm2: int, env: ElectricEnvelope, *, begun: bool
) -> Iterator[Violation]:
    """Yield every limit that a program of current breaks.

    Args:
        steps: All steps of the program, in order.
        area_mm2: Effective area of the electrode; 0 is refused elsewhere.
        env: The unit's limits.
        begun: The program is what is left of one that was begun, so that its first ramp may be cut.
    """
    for index, (step, levels) in enumerate(
        zip(steps, _levels(steps, env, begun=begun), strict=True)
    ):

        def place(field: str, index: int = index) -> tuple[str | int, ...]:
            return ("steps", index, field)

        yield from trigger_known(place("trigger"), step.trigger, env.triggers)
        yield from _level(place, step, levels, area_mm2, env)
        yield from _charge(place, step, levels)
        yield from above("slice-long", place("slice_us"), step.slice_us, env.slice_us_max, "us")
        yield from below("ramp-short", place("ramp_us"), step.ramp_us, env.ramp_us_min, "us")
        yield from _waveform(place, step, env)
    yield from _ramps(steps, begun=begun)
    yield from _flips(steps)
    yield from _totals(steps, env)


def _levels(
    steps: Sequence[CurrentStepLike], env: ElectricEnvelope, *, begun: bool
) -> Iterator[_Levels]:
    """Yield the levels of each step; a step to 0 falls from the last level before it.

    What is left of a program starts from zero, but its slices keep the charge of the whole one.
    """
    last_ua: int | None = None
    before_ua = 0
    for step in steps:
        level_ua = abs(step.current_ua)
        if level_ua:
            last_ua = level_ua
            yield _Levels(level_ua, max(level_ua, before_ua))
        elif last_ua is None:
            yield _Levels((env.current_ua_max or 0) if begun else 0, 0)
        else:
            yield _Levels(last_ua, last_ua)
        before_ua = level_ua


def _level(
    place: Places, step: CurrentStepLike, levels: _Levels, area_mm2: int, env: ElectricEnvelope
) -> Iterator[Violation]:
    """Yield a level that is too high by itself, as a mean, or for the electrode."""
    where = place("current_ua")
    yield from above("current-high", where, abs(step.current_ua), env.current_ua_max, "ua")
    if env.current_step_ua is not None:
        yield from off_step("current-step", where, step.current_ua, env.current_step_ua, "ua")
    mean_ua = mean_current_ua(levels.peak_ua, step.duty_permille)
    yield from above("mean-current-high", where, mean_ua, env.mean_current_ua_max, "ua")
    density_ua_cm2 = density_of(mean_ua, area_mm2)
    yield from above("density-high", where, density_ua_cm2, env.density_ua_cm2_max, "ua_cm2")


def mean_current_ua(level_ua: int, duty_permille: int) -> int:
    """Return the rectified mean of a level, rounded up."""
    return rounded_up(abs(level_ua) * duty_permille, PERMILLE)


def density_of(mean_ua: int, area_mm2: int) -> int:
    """Return a mean current for an electrode's area, uA/cm2, rounded up; 0 without an area."""
    return rounded_up(mean_ua * MM2_PER_CM2, area_mm2)


def _charge(place: Places, step: CurrentStepLike, levels: _Levels) -> Iterator[Violation]:
    """Yield a slice that ends at once, or whose charge its time and level cannot bring."""
    if step.current_ua:
        yield from below("charge-low", place("charge_uc"), step.charge_uc, 1, "uc")
    most = levels.charge_ua * step.slice_us * step.duty_permille
    most_uc = rounded_up(most, UA_US_PERMILLE_PER_UC)
    yield from above("charge-high", place("charge_uc"), step.charge_uc, most_uc, "uc")


def _waveform(place: Places, step: CurrentStepLike, env: ElectricEnvelope) -> Iterator[Violation]:
    """Yield carrier, gate and duty beyond their limits, or in contradiction to each other."""
    if step.carrier_hz:
        yield from _carrier(place, step, env)
    else:
        yield from _direct(place, step, env)
    if not step.gate_mhz and step.duty_permille != PERMILLE:
        where = place("duty_permille")
        yield violation("duty-without-gate", where, step.duty_permille, PERMILLE, "permille")


def _direct(place: Places, step: CurrentStepLike, env: ElectricEnvelope) -> Iterator[Violation]:
    """Yield what makes no sense without a carrier."""
    if env.carrier_hz_min is not None:
        yield violation("carrier-missing", place("carrier_hz"), 0, env.carrier_hz_min, "hz")
    yield from above("gate-without-carrier", place("gate_mhz"), step.gate_mhz, 0, "mhz")
    if step.zero_mean:
        yield violation("zero-mean-direct", place("zero_mean"), "true", "false", "")


def _carrier(place: Places, step: CurrentStepLike, env: ElectricEnvelope) -> Iterator[Violation]:
    """Yield a carrier or gate beyond the unit's, and a gate that mangles its carrier."""
    where, gate = place("carrier_hz"), place("gate_mhz")
    if env.carrier_hz_min is None:
        yield violation("carrier-impossible", where, step.carrier_hz, 0, "hz")
    yield from below("carrier-low", where, step.carrier_hz, env.carrier_hz_min, "hz")
    yield from above("carrier-high", where, step.carrier_hz, env.carrier_hz_max, "hz")
    if not step.gate_mhz:
        return
    if env.gate_mhz_min is None:
        yield violation("gate-impossible", gate, step.gate_mhz, 0, "mhz")
    yield from below("gate-low", gate, step.gate_mhz, env.gate_mhz_min, "mhz")
    yield from above("gate-high", gate, step.gate_mhz, env.gate_mhz_max, "mhz")
    carrier_mhz = step.carrier_hz * MHZ_PER_HZ
    if 2 * step.gate_mhz >= carrier_mhz:
        yield violation("waveform-aliases", gate, step.gate_mhz, carrier_mhz // 2, "mhz")
    least_permille = rounded_up(step.gate_mhz, step.carrier_hz)
    where = place("duty_permille")
    yield from below("burst-short", where, step.duty_permille, least_permille, "permille")


def _ramps(steps: Sequence[CurrentStepLike], *, begun: bool) -> Iterator[Violation]:
    """Yield each ramp that is not over when the steps of its level are."""
    before_ua = first = 0
    for level, group in groupby(steps, key=lambda step: (step.current_ua, step.ramp_us)):
        joined = list(group)
        current_ua, ramp_us = level
        long_us = sum(step.units * step.slice_us for step in joined)
        needed_us = max(ramp_us, rounded_up(ramp_us * abs(current_ua - before_ua), abs(current_ua)))
        if first or not begun:
            yield from above("ramp-long", ("steps", first, "ramp_us"), needed_us, long_us, "us")
        before_ua = current_ua
        first += len(joined)


def _flips(steps: Sequence[CurrentStepLike]) -> Iterator[Violation]:
    """Yield each change of polarity without a step to zero between."""
    for index, (before, step) in enumerate(pairwise(steps), 1):
        if _polar_ua(before) * _polar_ua(step) < 0:
            place = ("steps", index, "current_ua")
            yield violation("polarity-flips", place, step.current_ua, 0, "ua")


def _polar_ua(step: CurrentStepLike) -> int:
    """Return the level of a step with its polarity; 0 where it swings about zero."""
    return 0 if step.zero_mean else step.current_ua


def _totals(steps: Sequence[CurrentStepLike], env: ElectricEnvelope) -> Iterator[Violation]:
    """Yield more charge or time than the unit may drive in one program."""
    charge_uc = sum(step.units * step.charge_uc for step in steps)
    yield from above("session-charge", ("steps",), charge_uc, env.session_uc_max, "uc")
    time_s = rounded_up(sum(step.units * step.slice_us for step in steps), US_PER_S)
    yield from above("current-time", ("steps",), time_s, env.current_time_s_max, "s")
