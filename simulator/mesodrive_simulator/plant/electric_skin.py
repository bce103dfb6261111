"""Skin as a conductor: a series resistance, then a barrier that is resistance beside capacitance.

Per square centimetre, as every such model is given. The barrier's resistance is its value on rested
skin times four parts, each in closed form between the instants when the density changes:

* direct current opens it towards `1 / (1 + J / HALF)` in a minute, and it closes in 20 minutes;
* pulses take up to four fifths of it for seconds, and beyond 80 V up to 65 % for half an hour;
* exfoliation takes its share of the horny layer, for the session;
* each place of skin differs from the next.

Rectified current counts for both polarities and for bursts. All figures are estimates on published
ranges (0.8 kohm cm2 is the least that was measured on skin held open).
"""

from math import exp, tanh
from random import Random
from typing import Final

from mesodrive_simulator.plant.electric_model import ElectricModel

OPEN_TAU_S: Final = 60.0
CLOSE_TAU_S: Final = 1200.0
HALF_UA_CM2: Final = 50.0
"""Density that halves the barrier's resistance in the end."""
FAST_TAU_S: Final = 2.0
FAST_LOSS_MAX: Final = 0.8
FAST_V_S: Final = 0.4
"""Volts times seconds after which the quick loss is complete."""
SLOW_TAU_S: Final = 1800.0
SLOW_LOSS_MAX: Final = 0.65
SLOW_V_S: Final = 200.0
SLOW_V_MIN: Final = 80.0
"""No lasting loss below this voltage."""
FLOOR_OHM_CM2: Final = 800.0
SPREAD: Final = 0.2
"""Each place is up to this part above or below the profile's barrier; an estimate."""
PASS_LEFT: Final = 0.75
"""What one pass of exfoliation leaves of the horny layer."""
_S_PER_NS: Final = 1e-9
_F_PER_NF: Final = 1e-9
_QUICK_LOSS: Final = 1e-3


class ElectricSkin:
    """The place of skin under the electrode, 1 cm2 of it."""

    __slots__ = (
        "_barrier_ohm_cm2",
        "_density_ua_cm2",
        "_fast_loss",
        "_opening",
        "_random",
        "_since_ns",
        "_slow_loss",
        "force_mn",
        "horny_left",
        "place_part",
        "rs_ohm_cm2",
    )

    def __init__(self, model: ElectricModel, *, seed: int) -> None:
        """Build rested skin.

        Args:
            model: What typical skin is.
            seed: Of what differs from place to place.
        """
        self._random = Random(seed)  # noqa: S311 -- repeatable on purpose
        self.rs_ohm_cm2 = float(model.skin_rs_ohm_cm2)
        self._barrier_ohm_cm2 = float(model.skin_rp_ohm_cm2)
        self.force_mn = 0
        """With what force the electrode or the head is held on it; 0 off the skin."""
        self.fresh(0)

    def fresh(self, now_ns: int) -> None:
        """Move to another place, rested and whole."""
        self._since_ns = now_ns
        self.place_part = 1 + self._random.uniform(-SPREAD, SPREAD)
        """How this place differs from the typical one."""
        self._opening, self._density_ua_cm2 = 1.0, 0.0
        self._fast_loss = self._slow_loss = 0.0
        self.horny_left = 1.0
        """Part of the horny layer that exfoliation has left."""

    def set_density(self, now_ns: int, density_ua_cm2: float) -> None:
        """Let this rectified mean density flow from an instant on."""
        passed_s = (now_ns - self._since_ns) * _S_PER_NS
        self._opening = self._opening_after(passed_s)
        self._fast_loss *= exp(-passed_s / FAST_TAU_S)
        self._slow_loss *= exp(-passed_s / SLOW_TAU_S)
        self._since_ns, self._density_ua_cm2 = now_ns, density_ua_cm2

    def barrier_ohm_cm2(self, now_ns: int) -> float:
        """Return the barrier's resistance at an instant, while the density stays what it is."""
        passed_s = (now_ns - self._since_ns) * _S_PER_NS
        fast = self._fast_loss * exp(-passed_s / FAST_TAU_S)
        slow = self._slow_loss * exp(-passed_s / SLOW_TAU_S)
        left = self.place_part * self.horny_left * self._opening_after(passed_s)
        return max(FLOOR_OHM_CM2, self._barrier_ohm_cm2 * left * (1 - fast) * (1 - slow))

    def is_quick(self, now_ns: int) -> bool:
        """Tell whether a pulse's quick loss still recovers in seconds."""
        return (
            self._fast_loss * exp(-(now_ns - self._since_ns) * _S_PER_NS / FAST_TAU_S) > _QUICK_LOSS
        )

    def pulse(self, now_ns: int, volt: float, width_s: float) -> None:
        """Take a pulse that has just ended: its voltage across the skin and its width."""
        self.set_density(now_ns, self._density_ua_cm2)
        exposure_v_s = volt * width_s
        self._fast_loss = min(
            FAST_LOSS_MAX, self._fast_loss + FAST_LOSS_MAX * exposure_v_s / FAST_V_S
        )
        if volt >= SLOW_V_MIN:
            more = SLOW_LOSS_MAX * exposure_v_s / SLOW_V_S
            self._slow_loss = min(SLOW_LOSS_MAX, self._slow_loss + more)

    def exfoliate(self) -> None:
        """Take one pass."""
        self.horny_left *= PASS_LEFT

    def _opening_after(self, passed_s: float) -> float:
        end = 1 / (1 + self._density_ua_cm2 / HALF_UA_CM2)
        way = self._opening - end
        return end + way * exp(-passed_s / (OPEN_TAU_S if way > 0 else CLOSE_TAU_S))


def carrier_part(tau_s: float, carrier_hz: int) -> float:
    """Return what part of the barrier's resistance a zero-mean square carrier meets at its peak.

    In the steady state the barrier's voltage swings between plus and minus this part of
    current times resistance.

    Args:
        tau_s: Resistance times capacitance of the barrier.
        carrier_hz: Of the carrier, above 0.
    """
    return tanh(1 / (4 * carrier_hz * tau_s)) if tau_s > 0 else 1.0


def carrier_loss_part(tau_s: float, carrier_hz: int) -> float:
    """Return what part of the barrier's resistance makes heat of such a carrier.

    Over each half wave the barrier's voltage goes from minus to plus `carrier_part`; this is its
    mean, as a part of current times resistance.

    Args:
        tau_s: Resistance times capacitance of the barrier.
        carrier_hz: Of the carrier, above 0.
    """
    if tau_s <= 0:
        return 1.0
    half = 1 / (4 * carrier_hz * tau_s)
    return 1 - tanh(half) / half
