"""The two sets of limits in a profile: those that are refused, and those that need a reason."""

from collections.abc import Iterator

from pydantic import Field

from mesodrive.document_model import Violation
from mesodrive.profile.quantities import Amount, Count, Length
from mesodrive.profile.sections import SourcedSection, ordered

_ORDER = (
    ("depth_um_min", "depth_um_max"),
    ("dose_nl_min", "dose_nl_max"),
    ("spacing_um_min", "spacing_um_max"),
    ("mean_flow_nl_s_max", "flow_nl_s_max"),
    ("dose_nl_max", "window_60s_nl_max"),
    ("window_60s_nl_max", "window_10min_nl_max"),
    ("window_10min_nl_max", "session_nl_max"),
)
"""Pairs where the first must not be above the second."""


class HardLimits(SourcedSection):
    """Refused beyond, by the host and again by the device."""

    depth_um_min: Length = Field(description="Shallowest stroke, um.")
    depth_um_max: Length = Field(description="Deepest stroke, um.")
    dose_nl_min: Count | None = Field(default=None, description="Smallest dose of a unit, nL.")
    dose_nl_max: Count | None = Field(default=None, description="Largest dose of a unit, nL.")
    flow_nl_s_max: Count | None = Field(default=None, description="Flow within a stroke, nL/s.")
    mean_flow_nl_s_max: Count | None = Field(default=None, description="Dose over period, nL/s.")
    window_60s_nl_max: Count | None = Field(default=None, description="Volume in any 60 s, nL.")
    window_10min_nl_max: Count | None = Field(default=None, description="In any 10 min, nL.")
    session_nl_max: Count | None = Field(default=None, description="Volume of a session, nL.")
    zone_nl_per_cm2_max: Count | None = Field(default=None, description="Volume on skin, nL/cm2.")
    period_us_min: Count = Field(description="Least time between the starts of two units, us.")
    pressure_pa_max: Count | None = Field(default=None, description="Pressure in the syringe, Pa.")
    dwell_us_max: Amount = Field(description="Longest stay at depth after the dose, us.")
    spacing_um_min: Count | None = Field(default=None, description="Least point distance, um.")
    spacing_um_max: Count | None = Field(default=None, description="Largest point distance, um.")
    session_units_max: Count = Field(description="Units of a session.")
    session_time_s_max: Count = Field(description="Length of a session, s.")
    strokes_max: Count | None = Field(default=None, description="Strokes of one timed run.")
    rate_mhz_max: Count | None = Field(default=None, description="Stroke rate, mHz.")
    vacuum_pa_max: Count | None = Field(default=None, description="Under-pressure on skin, Pa.")

    def violations(self) -> Iterator[Violation]:
        """Yield each pair that is the wrong way round, and a rate that no dose can keep."""
        yield from super().violations()
        for low, high in _ORDER:
            yield from ordered(self, low, high)
        if self.dose_nl_min is not None and self.mean_flow_nl_s_max is not None:
            least_nl_s = -(-self.dose_nl_min * 1_000_000 // self.period_us_min)
            if least_nl_s > self.mean_flow_nl_s_max:
                yield Violation(
                    ("mean_flow_nl_s_max",),
                    "mean-flow-too-low",
                    self.mean_flow_nl_s_max,
                    f"at least {least_nl_s}, the smallest dose at the shortest period",
                    "raise mean_flow_nl_s_max or period_us_min, or lower dose_nl_min",
                )


class AdvisoryLimits(SourcedSection):
    """Beyond these a plan must give a reason."""

    depth_um_max: Length | None = Field(default=None, description="Depth without a reason, um.")
    session_nl_max: Count | None = Field(default=None, description="Volume without a reason, nL.")
