"""The course of a zone's current or voltage over time, as corners of a line, for drawing."""

from typing import Final, NamedTuple

from mesodrive.sequencing.electric_zone import (
    Burst,
    DrivenZone,
    ElectricZone,
    Electroporation,
    Iontophoresis,
)
from mesodrive.sequencing.planned import ElectricZoneEstimate

PULSES_DRAWN_MAX: Final = 200
"""More pulses are a filled area on any screen; a train on a device has ten."""
CARRIER_CYCLES: Final = 3
"""Cycles of a carrier that show its form."""

Corner = tuple[int, int]
"""Time in us, level in the wave's unit."""


class Wave(NamedTuple):
    """One zone's course."""

    corners: tuple[Corner, ...]
    mirrored: bool
    """The line is the upper edge of a carrier that swings about zero."""
    suffix: str
    """Unit that people see for the level, a key of `UNITS`."""
    gate_mhz: int
    duty_permille: int
    detail: tuple[Corner, ...]
    """A closer look: cycles of the carrier, or one pulse; empty for direct current."""

    @property
    def span_us(self) -> int:
        """Time from first to last, at least 1 us, so that it may divide."""
        return max(1, self.corners[-1][0])

    @property
    def top(self) -> int:
        """Highest level that is drawn, at least 0."""
        return max(self._levels())

    @property
    def low(self) -> int:
        """Lowest level that is drawn, at most 0."""
        return min(self._levels())

    def _levels(self) -> list[int]:
        levels = [0, *(level for _, level in self.corners)]
        return [*levels, *(-level for level in levels)] if self.mirrored else levels


def wave_of(zone: ElectricZone, seen: ElectricZoneEstimate) -> Wave | None:
    """Return the course of a zone; None for one without current or pulses."""
    match zone:
        case Iontophoresis():
            return Wave(_driven(zone, seen.time_us), False, "ma", 0, 1_000, ())  # noqa: FBT003
        case Burst():
            return Wave(
                _driven(zone, seen.time_us),
                zone.zero_mean,
                "ma",
                zone.gate_mhz or 0,
                zone.duty_permille,
                _carrier(zone),
            )
        case Electroporation():
            pulse = _pulse(zone, 0, 1)
            return Wave(_train(zone), False, "v", 0, 1_000, pulse)  # noqa: FBT003
        case _:
            return None


def _driven(zone: DrivenZone, time_us: int) -> tuple[Corner, ...]:
    """Return the trapezium of a current with its ramps."""
    drive = zone.drive
    level_ua = drive.current_ua
    return (0, 0), (drive.ramp_us, level_ua), (time_us - drive.ramp_us, level_ua), (time_us, 0)


def _train(zone: Electroporation) -> tuple[Corner, ...]:
    """Return the pulses of a train in their order."""
    corners: list[Corner] = []
    for number in range(min(zone.pulses, PULSES_DRAWN_MAX)):
        sign = -1 if zone.alternating and number % 2 else 1
        corners += _pulse(zone, number * zone.interval_us, sign)
    return tuple(corners)


def _pulse(zone: Electroporation, at_us: int, sign: int) -> tuple[Corner, ...]:
    """Return one pulse from zero to zero."""
    level_uv, end_us = sign * zone.voltage_uv, at_us + zone.width_us
    if not zone.biphasic:
        return (at_us, 0), (at_us, level_uv), (end_us, level_uv), (end_us, 0)
    half_us = at_us + zone.width_us // 2
    return (
        (at_us, 0), (at_us, level_uv), (half_us, level_uv),
        (half_us, -level_uv), (end_us, -level_uv), (end_us, 0),
    )  # fmt: skip


def _carrier(zone: Burst) -> tuple[Corner, ...]:
    """Return a few cycles of the carrier."""
    level_ua = zone.drive.current_ua
    low_ua = -level_ua if zone.zero_mean else 0
    corners: list[Corner] = []
    for cycle in range(CARRIER_CYCLES):
        times_us = [(2 * cycle + half) * 500_000 // zone.carrier_hz for half in range(3)]
        corners += [(times_us[0], level_ua), (times_us[1], level_ua)]
        corners += [(times_us[1], low_ua), (times_us[2], low_ua)]
    return tuple(corners)
