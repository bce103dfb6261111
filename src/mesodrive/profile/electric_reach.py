"""Limits of a transdermal unit that contradict each other: a value that no plan could reach.

Such a profile is not dangerous by itself, but whoever wrote it meant something else.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from mesodrive.document_model import Violation

if TYPE_CHECKING:
    from mesodrive.profile.transdermal_limits import ElectricHardLimits
    from mesodrive.profile.transdermal_models import TransdermalProfile

MM2_PER_CM2: Final = 100
LOAD_OHM: Final = 500
"""Load that the energy of a pulse is stated for (IEC 60601-2-10)."""
UV_PER_V: Final = 1_000_000
UV2_US_PER_UJ_OHM: Final = 1_000_000_000_000
"""1 V2 us into 1 ohm is 1 uJ."""
US_PER_S: Final = 1_000_000


def of_profile(profile: TransdermalProfile) -> Iterator[Violation]:
    """Yield each value that another limit keeps out of reach."""
    yield from _density(profile)
    yield from _compliance(profile)
    yield from _ramps(profile.hard_limits)
    yield from _pulses(profile.hard_limits)


def _density(profile: TransdermalProfile) -> Iterator[Violation]:
    """Yield a mean current too high for every electrode, and electrodes too small for any."""
    limits, able = profile.hard_limits, profile.capabilities
    mean_ua, density, step_ua = (
        limits.mean_current_ua_max,
        limits.density_ua_cm2_max,
        able.current_step_ua,
    )
    if mean_ua is None or density is None or step_ua is None:
        return
    largest_mm2 = max(electrode.area_mm2 for electrode in able.electrodes)
    most_ua = density * largest_mm2 // MM2_PER_CM2
    if mean_ua > most_ua:
        yield Violation(
            ("hard_limits", "mean_current_ua_max"),
            "electrode-too-small",
            mean_ua,
            f"at most {most_ua}, what density_ua_cm2_max lets through the largest electrode",
            "lower mean_current_ua_max or list a larger electrode",
        )
    for index, electrode in enumerate(able.electrodes):
        if density * electrode.area_mm2 < step_ua * MM2_PER_CM2:
            yield Violation(
                ("capabilities", "electrodes", index, "area_mm2"),
                "electrode-useless",
                electrode.area_mm2,
                f"at least {-(-step_ua * MM2_PER_CM2 // density)}: one current_step_ua through it "
                "is above density_ua_cm2_max",
                "remove the electrode, or correct its area",
            )


def _compliance(profile: TransdermalProfile) -> Iterator[Violation]:
    """Yield a voltage that cannot drive the current, and an open circuit that cannot be told."""
    limits, interlocks = profile.hard_limits, profile.interlocks
    step_ua = profile.capabilities.current_step_ua
    most_ua, most_uv = limits.current_ua_max, limits.voltage_uv_max
    if step_ua is None or most_ua is None or most_uv is None:
        return
    least_uv = most_ua * interlocks.load_ohm_min
    if most_uv < least_uv:
        yield Violation(
            ("hard_limits", "voltage_uv_max"),
            "compliance-too-low",
            most_uv,
            f"at least {least_uv}, what current_ua_max needs through load_ohm_min",
            "raise voltage_uv_max, or lower current_ua_max or load_ohm_min",
        )
    if interlocks.load_ohm_max * step_ua > most_uv:
        yield Violation(
            ("interlocks", "load_ohm_max"),
            "open-untold",
            interlocks.load_ohm_max,
            f"at most {most_uv // step_ua}: beyond it voltage_uv_max drives less than one "
            "current_step_ua, so that an open circuit looks like any other load",
            "lower load_ohm_max, or raise voltage_uv_max",
        )


def _ramps(limits: ElectricHardLimits) -> Iterator[Violation]:
    """Yield a longest current that has no time for its ramps."""
    ramp_us, time_s = limits.ramp_us_min, limits.current_time_s_max
    if ramp_us is not None and time_s is not None and 2 * ramp_us > time_s * US_PER_S:
        yield Violation(
            ("hard_limits", "current_time_s_max"),
            "time-within-ramps",
            time_s,
            f"at least {-(-2 * ramp_us // US_PER_S)}, the shortest ramp up and down",
            "raise current_time_s_max or lower ramp_us_min",
        )


def _pulses(limits: ElectricHardLimits) -> Iterator[Violation]:
    """Yield a voltage, a cap and a number of pulses that other limits keep out of reach."""
    voltage_uv, width_us, cap_ua = (
        limits.voltage_uv_max,
        limits.pulse_us_min,
        limits.current_ua_max,
    )
    if voltage_uv is None or width_us is None or cap_ua is None:
        return
    place = ("hard_limits", "voltage_uv_max")
    energy_uj = -(-voltage_uv * voltage_uv * width_us // (LOAD_OHM * UV2_US_PER_UJ_OHM))
    rows = (
        ("energy_uj_max", limits.energy_uj_max, energy_uj, "uJ into 500 ohm"),
        ("volt_us_max", limits.volt_us_max, -(-voltage_uv * width_us // UV_PER_V), "V us"),
        ("current_ua_max", cap_ua, -(-voltage_uv // LOAD_OHM), "uA into 500 ohm"),
    )
    for name, most, needed, unit in rows:
        if most is not None and needed > most:
            yield Violation(
                place,
                "voltage-out-of-reach",
                voltage_uv,
                f"less: the shortest pulse at it has {needed} {unit}, above {name} = {most}",
                f"lower voltage_uv_max or raise {name}",
            )
    yield from _train(limits)


def _train(limits: ElectricHardLimits) -> Iterator[Violation]:
    """Yield a number of pulses that the longest train has no time for."""
    pulses, interval_us, time_s = (
        limits.pulses_max,
        limits.pulse_interval_us_min,
        limits.train_time_s_max,
    )
    if pulses is None or interval_us is None or time_s is None:
        return
    if pulses * interval_us > time_s * US_PER_S:
        yield Violation(
            ("hard_limits", "pulses_max"),
            "train-too-short",
            pulses,
            f"at most {time_s * US_PER_S // interval_us}, for which train_time_s_max has time",
            "lower pulses_max or raise train_time_s_max",
        )
