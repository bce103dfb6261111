"""Turns zones of a transdermal plan into programs: one electrode place, one program."""

from collections.abc import Iterator
from typing import Final, NamedTuple, assert_never
from zlib import crc32

from mesodrive.core.spec import (
    AnyStep,
    CurrentStepSpec,
    FitSpec,
    ProgramSpec,
    PulseStepSpec,
    SpotStepSpec,
    StageSpec,
    ZoneRun,
)
from mesodrive.limits import ElectricEnvelope, Electrode
from mesodrive.limits.pulse_rules import energy_of
from mesodrive.sequencing.electric_plan import TransdermalPlan
from mesodrive.sequencing.electric_zone import (
    Burst,
    Drive,
    DrivenZone,
    ElectricZone,
    Electroporation,
    Exfoliate,
    Iontophoresis,
    Measure,
)
from mesodrive.sequencing.slicing import SLICE_US, Sliced, Slices, sliced
from mesodrive_protocol.enums import Trigger

READING_US: Final = 100_000
"""Time of one reading of the impedance: a thousand cycles of the lowest carrier there is for it."""
READING_INTERVAL_US: Final = 1_000_000
"""A second for one reading with its preparation; the device asks for more than its time."""

LEVEL_STEPS: Final = 2
"""Steps of the level between the two ramps, at most."""


class Planning(NamedTuple):
    """A program and the zone that it is for."""

    zone: int
    program: ProgramSpec


def slices_of(zone: DrivenZone, env: ElectricEnvelope) -> Sliced:
    """Return the dose of a zone as slices, at most as many in a ramp as a program has steps for.

    On a device with very short slices they become longer than it takes, and the rules refuse them.
    """
    drive = zone.drive
    least_us = -(-drive.ramp_us // ((env.steps_max - LEVEL_STEPS) // 2))
    longest_us = max(min(SLICE_US, env.slice_us_max or SLICE_US), least_us)
    return sliced(
        drive.dose_uc, drive.mean_na, drive.ramp_us, gate_mhz=drive.gate_mhz, slice_us=longest_us
    )


def units_of(zone: ElectricZone, spots: int, env: ElectricEnvelope) -> int:
    """Return how many units a zone becomes, at no cost however many.

    Args:
        zone: The zone.
        spots: Spots of its pattern; of no matter to a zone in which the electrode stays.
        env: The device.
    """
    match zone:
        case Iontophoresis() | Burst():
            return slices_of(zone, env).units
        case Electroporation():
            return zone.pulses
        case Exfoliate():
            return zone.passes * spots
        case Measure():
            return 1
        case _:
            assert_never(zone)


def programs(
    number: int, zone: ElectricZone, spots: int, env: ElectricEnvelope
) -> Iterator[Planning]:
    """Yield the programs of one zone; none for a zone without spots.

    Only the passes of an exfoliation may be cut into several: a current would fall to zero between
    two programs, and a train of pulses is one.
    """
    steps = _steps(zone, spots, env)
    if not isinstance(zone, Exfoliate):
        yield Planning(number, _program(number, zone, steps))
        return
    held: list[AnyStep] = []
    for step in _cut(steps, env.units_max):
        units = sum(other.units for other in held)
        if held and (units + step.units > env.units_max or len(held) == env.steps_max):
            yield Planning(number, _program(number, zone, held))
            held = []
        held.append(step)
    if held:
        yield Planning(number, _program(number, zone, held))


def _cut(steps: list[AnyStep], units_max: int) -> Iterator[AnyStep]:
    """Yield steps none of which has more units than a program may have."""
    for step in steps:
        for begin in range(0, step.units, units_max):
            units = min(units_max, step.units - begin)
            yield step.model_copy(update={"units": units})


def _program(number: int, zone: ElectricZone, steps: list[AnyStep]) -> ProgramSpec:
    units = sum(step.units for step in steps)
    return ProgramSpec(
        purpose="deliver",
        kind=zone.kind,
        steps=tuple(steps),
        zones=(ZoneRun(zone=number, units=units),),
        cap_uv=zone.compliance_uv if isinstance(zone, DrivenZone) else 0,
    )


def _steps(zone: ElectricZone, spots: int, env: ElectricEnvelope) -> list[AnyStep]:
    """Return the steps of a zone."""
    match zone:
        case Iontophoresis() | Burst():
            return _driven(zone.drive, slices_of(zone, env), zone.trigger_mode)
        case Electroporation():
            return [_pulses(zone)]
        case Exfoliate():
            return [_spots(zone, spots)] * zone.passes if spots else []
        case Measure():
            return [_reading(zone)]
        case _:
            assert_never(zone)


def _driven(drive: Drive, parts: Sliced, trigger: Trigger) -> list[AnyStep]:
    """Return the steps of a current: up, level, down."""

    def steps(slices: tuple[Slices, ...], current_ua: int) -> list[AnyStep]:
        return [
            CurrentStepSpec(
                units=part.units,
                current_ua=current_ua,
                charge_uc=part.charge_uc,
                slice_us=part.slice_us,
                ramp_us=drive.ramp_us,
                carrier_hz=drive.carrier_hz,
                gate_mhz=drive.gate_mhz,
                duty_permille=drive.duty_permille,
                zero_mean=drive.zero_mean,
                trigger=trigger,
            )
            for part in slices
        ]

    return steps(parts.up + parts.level, drive.current_ua) + steps(parts.down, 0)


def _pulses(zone: Electroporation) -> PulseStepSpec:
    return PulseStepSpec(
        units=zone.pulses,
        width_us=zone.width_us,
        voltage_uv=zone.voltage_uv,
        interval_us=zone.interval_us,
        cap_ua=zone.cap_ua,
        energy_uj=max(1, energy_of(zone.voltage_uv, zone.width_us)),
        biphasic=zone.biphasic,
        alternating=zone.alternating,
        trigger=zone.trigger_mode,
    )


def _spots(zone: Exfoliate, spots: int) -> SpotStepSpec:
    return SpotStepSpec(
        units=spots,
        vacuum_pa=zone.vacuum_pa,
        dwell_us=zone.dwell_us,
        interval_us=zone.interval_us,
        trigger=zone.trigger_mode,
    )


def _reading(zone: Measure) -> SpotStepSpec:
    return SpotStepSpec(
        units=1,
        dwell_us=READING_US,
        interval_us=READING_INTERVAL_US,
        carrier_hz=zone.carrier_hz,
        trigger=zone.trigger_mode,
    )


def fit_of(plan: TransdermalPlan, electrode: Electrode) -> FitSpec:
    """Return what a person fits: the electrode, and nothing of a needle."""
    return FitSpec(
        title=f"electrode {plan.electrode.name}, lot {plan.electrode.lot}",
        needle_um=0,
        needle_bore_um=0,
        bore_um=0,
        pins=0,
        content_nl=0,
        lot=crc32(plan.electrode.lot.encode()),
        area_mm2=electrode.area_mm2,
    )


def stages(fit: FitSpec, planned: list[Planning]) -> tuple[StageSpec, ...]:
    """Return the one stage of a session: the electrode is fitted once."""
    return (StageSpec(fit=fit, programs=tuple(one.program for one in planned)),)
