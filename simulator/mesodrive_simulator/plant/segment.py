"""A stretch of time in which current and load change in straight lines: everything in closed form.

Within one, the level is `level + rate * t` and the load settles at `ohm + ohm_per_s * t`. Where the
output is at its clamp, the voltage is the clamp's and the current is what the load lets through.
The barrier's capacitance answers with its own time constant on top of that (`lag` below): a
straight line of current through a parallel resistance and capacitance, solved exactly.
"""

from math import exp, expm1, log1p, sqrt
from typing import Final, NamedTuple

NO_TIME: Final = 1e300
"""Seconds that never pass."""
_FLAT: Final = 1e-9
"""Relative change below which a line counts as level; its logarithm would be noise."""


class Segment(NamedTuple):
    """One stretch: microampere, microvolt, ohm, seconds since its start; magnitudes only."""

    level_ua: float
    """Envelope at the start, what a clamp has left of it."""
    rate_ua_s: float
    """Of the envelope while not clamped."""
    ohm: float
    """What the load settles at, at the start."""
    ohm_per_s: float
    series_ohm: float
    farad: float
    barrier_uv: float
    """Across the capacitance at the start."""
    cap_uv: float
    """Above 0 where the output is at its clamp."""
    duty: float
    """Part of the time that the level flows: between 0 and 1 where a gate is averaged."""
    active: float = 1.0
    """Part of level times voltage that the load keeps: a carrier that goes both ways gets back what
    the barrier has stored."""

    def current_ua(self, t_s: float) -> float:
        """Return the envelope."""
        if self.cap_uv > 0:
            return self.cap_uv / (self.ohm + self.ohm_per_s * t_s)
        return self.level_ua + self.rate_ua_s * t_s

    def charge_uc(self, t_s: float) -> float:
        """Return the rectified charge since the start."""
        if not self.duty:
            return 0.0
        if self.cap_uv > 0:
            part = self.ohm_per_s * t_s / self.ohm
            straight = 1.0 if abs(part) < _FLAT else log1p(part) / part
            return self.duty * self.cap_uv / self.ohm * t_s * straight
        return self.duty * (self.level_ua + self.rate_ua_s * t_s / 2) * t_s

    def charge_s(self, charge_uc: float) -> float:
        """Return when so much charge has flowed, `NO_TIME` where it never does."""
        if charge_uc <= 0:
            return 0.0
        if not self.duty:
            return NO_TIME
        wanted = charge_uc / self.duty
        if self.cap_uv > 0:
            part = wanted * self.ohm_per_s / self.cap_uv
            straight = 1.0 if abs(part) < _FLAT else expm1(part) / part
            return wanted * self.ohm / self.cap_uv * straight
        square = self.level_ua**2 + 2 * self.rate_ua_s * wanted
        if square < 0:
            return NO_TIME
        speed = self.level_ua + sqrt(square)
        return 2 * wanted / speed if speed > 0 else NO_TIME

    def voltage_uv(self, t_s: float) -> float:
        """Return the voltage between the leads; with a shut gate, what the barrier holds."""
        if self.cap_uv > 0:
            return self.cap_uv
        flowing = self.current_ua(t_s) * self.series_ohm if self.duty else 0.0
        return flowing + self.barrier_after_uv(t_s)

    def barrier_after_uv(self, t_s: float) -> float:
        """Return the voltage across the capacitance."""
        if self.cap_uv > 0:
            return self.cap_uv - self.current_ua(t_s) * self.series_ohm
        tau_s = (self.ohm - self.series_ohm) * self.farad
        settled = self._settled_uv(t_s)
        if tau_s <= 0 or t_s > 60 * tau_s:
            return settled
        return settled + (self.barrier_uv - self._settled_uv(0.0)) * exp(-t_s / tau_s)

    def energy_uj(self, t_s: float) -> float:
        """Return the energy into the settled load since the start."""
        if self.cap_uv > 0:
            return self.active * self.cap_uv * self.charge_uc(t_s) * 1e-6
        # a cubic in time at most, for which three points are exact
        return (self._power_uw(0.0) + 4 * self._power_uw(t_s / 2) + self._power_uw(t_s)) * t_s / 6

    def meets_s(self, cap_uv: float) -> float:
        """Return when the settled voltage rises to a clamp that is above it, `NO_TIME` if never."""
        square = self.rate_ua_s * self.ohm_per_s
        half = (self.level_ua * self.ohm_per_s + self.rate_ua_s * self.ohm) / 2
        short_uv = cap_uv - self.level_ua * self.ohm
        root = half * half + square * short_uv
        speed = half + sqrt(root) if root >= 0 else 0.0
        return short_uv / speed if speed > 0 else NO_TIME

    def _settled_uv(self, t_s: float) -> float:
        if not self.duty:
            return 0.0
        barrier_ohm = self.ohm - self.series_ohm + self.ohm_per_s * t_s
        lag_uv = self.rate_ua_s * barrier_ohm**2 * self.farad
        return self.current_ua(t_s) * barrier_ohm - lag_uv

    def _power_uw(self, t_s: float) -> float:
        ohm = self.active * (self.ohm + self.ohm_per_s * t_s)
        return self.duty * self.current_ua(t_s) ** 2 * ohm * 1e-6
