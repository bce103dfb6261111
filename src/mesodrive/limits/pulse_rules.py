"""Rules on a program of high-voltage pulses: one train."""

from collections.abc import Iterator, Sequence
from typing import Final

from mesodrive.limits.bounds import above, below, rounded_up, trigger_known
from mesodrive.limits.current_rules import density_of
from mesodrive.limits.electric_envelope import ElectricEnvelope
from mesodrive.limits.shapes import PulseStepLike
from mesodrive.limits.violation import Place, Places, Violation, violation

LOAD_OHM: Final = 500
"""Load that the energy of a pulse is stated for (IEC 60601-2-10)."""
UV2_US_PER_UJ_OHM: Final = 1_000_000_000_000
"""1 V2 us into 1 ohm is 1 uJ."""
US_PER_S: Final = 1_000_000
UV_PER_V: Final = 1_000_000


def energy_of(voltage_uv: int, width_us: int) -> int:
    """Return the energy of a square pulse into 500 ohm, uJ, rounded up.

    Example:
        >>> energy_of(200_000_000, 10_000)
        800000
    """
    return rounded_up(voltage_uv * voltage_uv * width_us, LOAD_OHM * UV2_US_PER_UJ_OHM)


def volt_us_of(voltage_uv: int, width_us: int, pulses: int) -> int:
    """Return the sum of voltage times width over pulses, V us, rounded up."""
    return rounded_up(abs(voltage_uv) * width_us * pulses, UV_PER_V)


def check_pulses(
    steps: Sequence[PulseStepLike], area_mm2: int, env: ElectricEnvelope
) -> Iterator[Violation]:
    """Yield every limit that a train breaks.

    Args:
        steps: All steps of the program, in order.
        area_mm2: Effective area of the electrode; 0 is refused elsewhere.
        env: The unit's limits.
    """
    for index, step in enumerate(steps):

        def place(field: str, index: int = index) -> Place:
            return ("steps", index, field)

        yield from trigger_known(place("trigger"), step.trigger, env.triggers)
        yield from _shape(place, step, env)
        yield from _energy(place, step, env)
        yield from _current(place, step, area_mm2, env)
    yield from _totals(steps, env)


def _shape(place: Places, step: PulseStepLike, env: ElectricEnvelope) -> Iterator[Violation]:
    """Yield what is wrong with voltage, width and interval by themselves."""
    voltage, width, interval = place("voltage_uv"), place("width_us"), place("interval_us")
    yield from below("voltage-none", voltage, abs(step.voltage_uv), 1, "uv")
    yield from above("voltage-high", voltage, abs(step.voltage_uv), env.voltage_uv_max, "uv")
    yield from below("pulse-short", width, step.width_us, env.pulse_us_min, "us")
    yield from above("pulse-long", width, step.width_us, env.pulse_us_max, "us")
    if step.biphasic and step.width_us % 2:
        yield violation("pulse-odd", width, step.width_us, 2, "us")
    yield from below("interval-short", interval, step.interval_us, env.pulse_interval_us_min, "us")
    yield from below("interval-within", interval, step.interval_us, step.width_us + 1, "us")


def _energy(place: Places, step: PulseStepLike, env: ElectricEnvelope) -> Iterator[Violation]:
    """Yield a pulse with too much energy, and a bound that it would pass or that is too high."""
    energy_uj = energy_of(step.voltage_uv, step.width_us)
    alone = _within(abs(step.voltage_uv), env.voltage_uv_max) and _within(
        step.width_us, env.pulse_us_max
    )
    code = "energy-together" if alone else "energy-high"
    yield from above(code, place("voltage_uv"), energy_uj, env.energy_uj_max, "uj")
    where = place("energy_uj")
    yield from above("energy-bound-high", where, step.energy_uj, env.energy_uj_max, "uj")
    yield from below("energy-bound-low", where, step.energy_uj, energy_uj, "uj")


def _current(
    place: Places, step: PulseStepLike, area_mm2: int, env: ElectricEnvelope
) -> Iterator[Violation]:
    """Yield too much current in a pulse, or as a mean if every pulse has the most it may have."""
    where = place("cap_ua")
    yield from above("cap-high", where, step.cap_ua, env.current_ua_max, "ua")
    mean_ua = rounded_up(step.cap_ua * step.width_us, step.interval_us)
    yield from above("mean-current-high", where, mean_ua, env.mean_current_ua_max, "ua")
    density_ua_cm2 = density_of(mean_ua, area_mm2)
    yield from above("density-high", where, density_ua_cm2, env.density_ua_cm2_max, "ua_cm2")


def _totals(steps: Sequence[PulseStepLike], env: ElectricEnvelope) -> Iterator[Violation]:
    """Yield too many pulses, too long a train, and too much of its voltage or charge."""
    place = ("steps",)
    pulses = sum(step.units for step in steps)
    yield from above("pulses-count", place, pulses, env.pulses_max, "pulses")
    time_s = rounded_up(sum(step.units * step.interval_us for step in steps), US_PER_S)
    yield from above("train-time", place, time_s, env.train_time_s_max, "s")
    volt_us = sum(volt_us_of(step.voltage_uv, step.width_us, step.units) for step in steps)
    yield from above("volt-time", place, volt_us, env.volt_us_max, "v_us")
    charge_uc = sum(
        step.units * rounded_up(step.cap_ua * step.width_us, US_PER_S) for step in steps
    )
    yield from above("session-charge", place, charge_uc, env.session_uc_max, "uc")


def _within(value: int, limit: int | None) -> bool:
    return limit is None or value <= limit
