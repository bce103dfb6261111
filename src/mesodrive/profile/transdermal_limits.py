"""The two sets of limits in a transdermal unit's profile: refused, and in need of a reason."""

from collections.abc import Iterator
from typing import Annotated, Final

from pydantic import Field

from mesodrive.document_model import Violation
from mesodrive.profile.quantities import U16_MAX, Count
from mesodrive.profile.sections import SourcedSection, ordered

SLICE_US_MAX: Final = 5_000_000
"""Protocol version 1: longest slice of current."""
_ORDER: Final = (
    ("mean_current_ua_max", "current_ua_max"),
    ("density_exfoliated_ua_cm2_max", "density_ua_cm2_max"),
    ("pulse_us_min", "pulse_us_max"),
    ("pulse_us_max", "pulse_interval_us_min"),
    ("carrier_hz_min", "carrier_hz_max"),
    ("gate_mhz_min", "gate_mhz_max"),
    ("vacuum_pa_min", "vacuum_pa_max"),
    ("current_time_s_max", "session_time_s_max"),
    ("train_time_s_max", "session_time_s_max"),
)
"""Pairs where the first must not be above the second."""


class ElectricHardLimits(SourcedSection):
    """Refused beyond, by the host and again by the device; null where the device has none."""

    current_ua_max: Count | None = Field(
        default=None, description="Peak current, uA; of pulses the current of an arc."
    )
    mean_current_ua_max: Count | None = Field(
        default=None, description="Mean rectified current, uA."
    )
    density_ua_cm2_max: Count | None = Field(
        default=None, description="Mean current for the electrode's effective area, uA/cm2."
    )
    density_exfoliated_ua_cm2_max: Count | None = Field(
        default=None,
        description="The same on exfoliated skin, uA/cm2; null where none may flow there.",
    )
    session_uc_max: Count | None = Field(
        default=None, description="Rectified charge of a session, uC; 60,000 are 1 mA min."
    )
    voltage_uv_max: Count | None = Field(
        default=None, description="Peak voltage of the output either way, uV."
    )
    pulse_us_min: Annotated[int, Field(ge=1, le=U16_MAX)] | None = Field(
        default=None, description="Shortest pulse, us."
    )
    pulse_us_max: Annotated[int, Field(ge=1, le=U16_MAX)] | None = Field(
        default=None, description="Longest pulse, us."
    )
    pulses_max: Count | None = Field(default=None, description="Pulses of one train.")
    pulse_interval_us_min: Count | None = Field(
        default=None, description="Least time between the starts of two pulses, us."
    )
    energy_uj_max: Count | None = Field(
        default=None, description="Energy of one pulse into 500 ohm, uJ."
    )
    volt_us_max: Count | None = Field(
        default=None, description="Sum of voltage times width over a train, V us."
    )
    carrier_hz_min: Annotated[int, Field(ge=1, le=U16_MAX)] | None = Field(
        default=None, description="Lowest carrier, Hz; null for direct current only."
    )
    carrier_hz_max: Annotated[int, Field(ge=1, le=U16_MAX)] | None = Field(
        default=None, description="Highest carrier, Hz."
    )
    gate_mhz_min: Annotated[int, Field(ge=1, le=U16_MAX)] | None = Field(
        default=None, description="Lowest rate of bursts, mHz."
    )
    gate_mhz_max: Annotated[int, Field(ge=1, le=U16_MAX)] | None = Field(
        default=None, description="Highest rate of bursts, mHz."
    )
    ramp_us_min: Count | None = Field(
        default=None, description="Least time from zero to the level, and back, us."
    )
    slice_us_max: Annotated[int, Field(ge=1, le=SLICE_US_MAX)] | None = Field(
        default=None, description="Longest slice of current, us."
    )
    vacuum_pa_min: Count | None = Field(
        default=None, description="Least under-pressure of exfoliation, Pa."
    )
    vacuum_pa_max: Count | None = Field(default=None, description="Under-pressure on skin, Pa.")
    passes_max: Count | None = Field(
        default=None, description="Passes of exfoliation over one zone."
    )
    dwell_us_max: Count | None = Field(default=None, description="Longest stay on one spot, us.")
    session_units_max: Count = Field(description="Units of a session.")
    session_time_s_max: Count = Field(description="Length of a session, s.")
    current_time_s_max: Count | None = Field(
        default=None, description="Longest segment of current, s."
    )
    train_time_s_max: Count | None = Field(default=None, description="Longest train of pulses, s.")

    def violations(self) -> Iterator[Violation]:
        """Yield each pair that is the wrong way round."""
        yield from super().violations()
        for low, high in _ORDER:
            yield from ordered(self, low, high)


class ElectricAdvisoryLimits(SourcedSection):
    """Beyond these a plan must give a reason."""

    density_ua_cm2_max: Count | None = Field(
        default=None, description="Mean current for the area without a reason, uA/cm2."
    )
    voltage_uv_max: Count | None = Field(
        default=None, description="Peak voltage without a reason, uV."
    )
    volt_us_max: Count | None = Field(
        default=None, description="Voltage times width of a train without a reason, V us."
    )
