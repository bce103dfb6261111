"""What pressure should be left in the syringe before the next unit, and what is too much.

The firmware knows stiffness and viscosity from its calibration and the needle from FIT. It
assumes that a dose is pushed in at once and then leaves through an open needle, which is never
less than what a good needle leaves; pressure well above it means that the fluid did not leave.
"""

from math import exp, pi
from typing import Final

from mesodrive_simulator.firmware.stores import Fit
from mesodrive_simulator.sim_profile import SimProfile

EXCESS_PA: Final = 15_000
"""Above what is expected; devices with 0.2 to 10 uL/kPa pass it after 2 to 30 blocked units."""
EXCEEDED_MAX: Final = 3
"""Units in a row that find too much: the third stops."""
SUSPECT_WAIT_US: Final = 500_000
"""How long the second waits for the pressure to fall before it counts as the third."""
RECHECK_US: Final = 10_000


class PressureWatch:
    """Expected residual pressure, in closed form from unit to unit."""

    __slots__ = ("_at_us", "_compliance_nl_pa", "_expected_pa", "_tau_us", "base_pa", "profile")

    def __init__(self, profile: SimProfile, fit: Fit) -> None:
        self.profile = profile
        self.base_pa = profile.tissue_pressure_pa
        self._compliance_nl_pa = profile.compliance_pl_per_pa / 1000
        self._expected_pa = 0.0
        self._at_us = 0
        self._tau_us = 1.0
        self.fit(fit)

    def fit(self, fit: Fit) -> None:
        """Begin anew with another needle."""
        self._expected_pa = 0.0
        bore_m = needle_bore_um(self.profile, fit.needle_um) * 1e-6
        viscosity_pa_s = self.profile.viscosity_upa_s * 1e-6
        pa_s_nl = 128e-12 * viscosity_pa_s * fit.needle_um * 1e-6 / (pi * bore_m**4)
        self._tau_us = max(1.0, pa_s_nl / max(1, fit.pins) * self._compliance_nl_pa * 1e6)

    def expected_pa(self, us: int) -> float:
        """Return the most that an open needle leaves at a time."""
        return self.base_pa + self._expected_pa * exp((self._at_us - us) / self._tau_us)

    def delivered(self, us: int, volume_nl: int) -> None:
        """Book a push that ended now."""
        if self._compliance_nl_pa:
            left_pa = self.expected_pa(us) - self.base_pa
            self._expected_pa = left_pa + volume_nl / self._compliance_nl_pa
            self._at_us = us

    def relieved(self) -> None:
        """The plunger was drawn back: nothing is left."""
        self._expected_pa = 0.0


def needle_bore_um(profile: SimProfile, needle_um: int) -> int:
    """Return the narrowest bore among the needles of a length; 1 where none has one."""
    bores = [needle.bore_um for needle in profile.needles if needle.length_um == needle_um]
    return max(1, min(bores, default=1))  # a pen's needles are solid
