"""What truly happened in each electric unit: for tests and reports, never for the firmware."""

from typing import Final

TRUTH_UNITS_MAX: Final = 100_000
"""Bound of the kept truth: ten times the longest plan. The older half goes first."""


class ElectricTruth:
    """What one begun slice, pulse, pass or reading really did, from its beginning to the next."""

    __slots__ = (
        "begun_ns",
        "charge_nc",
        "density_ua_cm2",
        "ended_ns",
        "energy_uj",
        "on_skin",
        "peak_ua",
        "peak_uv",
        "pulses",
        "slew_ua_s",
        "vacuum_pa",
        "width_us",
    )

    def __init__(self, begun_ns: int, *, on_skin: bool) -> None:
        self.begun_ns = begun_ns
        self.ended_ns: int | None = None
        """When the next unit began or the output was off; None while it runs."""
        self.charge_nc = 0.0
        """Rectified charge through the skin."""
        self.energy_uj = 0.0
        self.peak_ua = 0.0
        self.peak_uv = 0.0
        self.slew_ua_s = 0.0
        """Fastest change of the level that was driven; a cut and a gate's edges are none."""
        self.density_ua_cm2 = 0.0
        """Greatest rectified mean density on the area that truly touched; without pulses."""
        self.pulses = 0
        self.width_us = 0.0
        """Time with high voltage on, all pulses together."""
        self.vacuum_pa = 0
        self.on_skin = on_skin
        """Whether the electrode or the head was on skin when it began."""


def keep(truth: list[ElectricTruth], unit: ElectricTruth) -> None:
    """Append a unit within the bound."""
    if len(truth) >= TRUTH_UNITS_MAX:
        del truth[: TRUTH_UNITS_MAX // 2]
    truth.append(unit)
