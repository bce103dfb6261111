"""What the rules read of a program: the core's specification fits, and so does any stand-in.

The rules lie below the core, so they name the attributes they need and not the core's models.
"""

from collections.abc import Sequence
from typing import Protocol, TypeGuard

from mesodrive_protocol.enums import Kind, Trigger


class StepLike(Protocol):
    """Equal units in a row."""

    @property
    def units(self) -> int: ...  # noqa: D102
    @property
    def depth_um(self) -> int: ...  # noqa: D102
    @property
    def dose_nl(self) -> int: ...  # noqa: D102
    @property
    def period_us(self) -> int: ...  # noqa: D102
    @property
    def dwell_us(self) -> int: ...  # noqa: D102
    @property
    def flow_nl_s(self) -> int: ...  # noqa: D102
    @property
    def strokes(self) -> int: ...  # noqa: D102
    @property
    def rate_mhz(self) -> int: ...  # noqa: D102
    @property
    def gap_us(self) -> int: ...  # noqa: D102
    @property
    def trigger(self) -> Trigger: ...  # noqa: D102


class CurrentStepLike(Protocol):
    """Slices of current in a row."""

    @property
    def units(self) -> int: ...  # noqa: D102
    @property
    def current_ua(self) -> int: ...  # noqa: D102
    @property
    def charge_uc(self) -> int: ...  # noqa: D102
    @property
    def slice_us(self) -> int: ...  # noqa: D102
    @property
    def ramp_us(self) -> int: ...  # noqa: D102
    @property
    def carrier_hz(self) -> int: ...  # noqa: D102
    @property
    def gate_mhz(self) -> int: ...  # noqa: D102
    @property
    def duty_permille(self) -> int: ...  # noqa: D102
    @property
    def zero_mean(self) -> bool: ...  # noqa: D102
    @property
    def trigger(self) -> Trigger: ...  # noqa: D102


class PulseStepLike(Protocol):
    """High-voltage pulses in a row."""

    @property
    def units(self) -> int: ...  # noqa: D102
    @property
    def width_us(self) -> int: ...  # noqa: D102
    @property
    def voltage_uv(self) -> int: ...  # noqa: D102
    @property
    def interval_us(self) -> int: ...  # noqa: D102
    @property
    def cap_ua(self) -> int: ...  # noqa: D102
    @property
    def energy_uj(self) -> int: ...  # noqa: D102
    @property
    def biphasic(self) -> bool: ...  # noqa: D102
    @property
    def trigger(self) -> Trigger: ...  # noqa: D102


class SpotStepLike(Protocol):
    """Spots of exfoliation, or readings of the impedance, in a row."""

    @property
    def units(self) -> int: ...  # noqa: D102
    @property
    def vacuum_pa(self) -> int: ...  # noqa: D102
    @property
    def dwell_us(self) -> int: ...  # noqa: D102
    @property
    def interval_us(self) -> int: ...  # noqa: D102
    @property
    def carrier_hz(self) -> int: ...  # noqa: D102
    @property
    def trigger(self) -> Trigger: ...  # noqa: D102


AnyStepLike = StepLike | CurrentStepLike | PulseStepLike | SpotStepLike


def is_stroke(step: AnyStepLike) -> TypeGuard[StepLike]:
    """Return whether a step is of a needle: only such a one has a depth."""
    return hasattr(step, "depth_um")


def is_current(step: AnyStepLike) -> TypeGuard[CurrentStepLike]:
    """Return whether a step is of slices of current."""
    return hasattr(step, "slice_us")


def is_pulse(step: AnyStepLike) -> TypeGuard[PulseStepLike]:
    """Return whether a step is of pulses."""
    return hasattr(step, "width_us")


def is_spot(step: AnyStepLike) -> TypeGuard[SpotStepLike]:
    """Return whether a step is of spots or readings."""
    return hasattr(step, "vacuum_pa")


class ZoneRunLike(Protocol):
    """So many units in one zone."""

    @property
    def units(self) -> int: ...  # noqa: D102


class ProgramLike(Protocol):
    """One command on the wire."""

    @property
    def kind(self) -> Kind: ...  # noqa: D102
    @property
    def head(self) -> int: ...  # noqa: D102
    @property
    def steps(self) -> Sequence[AnyStepLike]: ...  # noqa: D102
    @property
    def zones(self) -> Sequence[ZoneRunLike]: ...  # noqa: D102
    @property
    def cap_uv(self) -> int: ...  # noqa: D102


class FitLike(Protocol):
    """What is fitted while a program runs."""

    @property
    def needle_um(self) -> int: ...  # noqa: D102
    @property
    def needle_bore_um(self) -> int: ...  # noqa: D102
    @property
    def bore_um(self) -> int: ...  # noqa: D102
    @property
    def pins(self) -> int: ...  # noqa: D102
    @property
    def head(self) -> int: ...  # noqa: D102
    @property
    def content_nl(self) -> int: ...  # noqa: D102
    @property
    def area_mm2(self) -> int: ...  # noqa: D102
