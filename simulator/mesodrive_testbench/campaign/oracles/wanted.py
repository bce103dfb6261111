"""What each unit of a transdermal session may be at most, from the plan's programs alone.

The device is not asked, nor is its code: this is what the operator was shown.
"""

from typing import Final, NamedTuple

from mesodrive.core.spec import (
    CurrentStepSpec,
    ProgramSpec,
    PulseStepSpec,
    SessionSpec,
    SpotStepSpec,
)
from mesodrive_protocol.enums import Kind

SAMPLE_US: Final = 10_000
"""DOS-07: charge is known to one sample of the current."""
_MICRO: Final = 1_000_000


class Wanted(NamedTuple):
    """The most of one unit; 0 where it has none of it."""

    kind: Kind
    charge_uc: int
    sample_uc: int
    """What one sample of its greatest current carries, rounded up."""
    peak_ua: int = 0
    voltage_uv: int = 0
    slew_ua_s: float = 0.0
    density_ua_cm2: float = 0.0
    """Rectified mean on the whole electrode."""
    energy_uj: int = 0
    width_us: int = 0
    vacuum_pa: int = 0
    interval_us: int = 0
    """Least time to the next one."""


Programs = dict[tuple[int, int], list[Wanted]]
"""By stage and program: its units in order."""


def wanted_units(spec: SessionSpec) -> Programs:
    """Return what a session may do, unit by unit."""
    return {
        (at, number): _units(program, stage.fit.area_mm2)
        for at, stage in enumerate(spec.stages)
        for number, program in enumerate(stage.programs)
    }


def _units(program: ProgramSpec, area_mm2: int) -> list[Wanted]:
    units: list[Wanted] = []
    level_ua = 0
    for step in program.steps:
        if isinstance(step, CurrentStepSpec):
            # on the way to zero flows at most what flowed before
            peak_ua = max(level_ua, abs(step.current_ua))
            level_ua = abs(step.current_ua) or level_ua
            one = _slice(step, program.cap_uv, peak_ua, level_ua, area_mm2)
        elif isinstance(step, PulseStepSpec):
            one = Wanted(
                program.kind, step.amount(program.kind), 1, peak_ua=step.cap_ua,
                voltage_uv=abs(step.voltage_uv), energy_uj=step.energy_uj, width_us=step.width_us,
                interval_us=step.interval_us,
            )  # fmt: skip
        elif isinstance(step, SpotStepSpec):
            one = Wanted(program.kind, 0, 1, vacuum_pa=step.vacuum_pa)
        else:
            raise TypeError(step)
        units += [one] * step.units
    return units


def _slice(
    step: CurrentStepSpec, cap_uv: int, peak_ua: int, level_ua: int, area_mm2: int
) -> Wanted:
    return Wanted(
        Kind.CURRENT,
        step.charge_uc,
        -(-peak_ua * SAMPLE_US // _MICRO),
        peak_ua=peak_ua,
        voltage_uv=cap_uv,
        slew_ua_s=level_ua * _MICRO / step.ramp_us,
        density_ua_cm2=peak_ua * step.duty_permille / 10 / area_mm2,
    )
