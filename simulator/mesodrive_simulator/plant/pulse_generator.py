"""The pulse generator as a part of the machine: the pulse of the unit under way, and its meters."""

from itertools import pairwise
from typing import Final

from mesodrive_simulator.plant import pulse_limb
from mesodrive_simulator.plant.electric_load import LoadPath
from mesodrive_simulator.plant.pulse_limb import BY_WIDTH, Limb, PulseOrder

_S_PER_NS: Final = 1e-9
_MICRO: Final = 1e6


class PulseGenerator:
    """One pulse at a time, with what it has given since `forget`."""

    __slots__ = ("_limbs", "_path", "is_on")

    def __init__(self, path: LoadPath) -> None:
        self._path = path
        self._limbs: tuple[Limb, ...] = ()
        self.is_on = False
        """From the command until `finish`."""

    def forget(self) -> None:
        """Begin another unit."""
        self._limbs = ()

    def start(self, now_ns: int, order: PulseOrder) -> int:
        """Close the switch, and return when it will be open again for good, ns."""
        load = None if self._path.is_open(now_ns) else self._path.load(now_ns)
        self._limbs = pulse_limb.build(now_ns, order, load)
        self.is_on = True
        return self._limbs[-1].end_ns

    def finish(self, now_ns: int) -> None:
        """Open the switch if it is not; the skin has taken what it got."""
        self._limbs = pulse_limb.cut(self._limbs, now_ns)
        self.is_on = False
        for limb in self._limbs:
            span_s = (limb.end_ns - limb.start_ns) * _S_PER_NS
            self._path.skin.pulse(now_ns, abs(limb.barrier_volt(span_s)), span_s)

    def current_ua(self, now_ns: int) -> float:
        """Return the current, signed."""
        limb = self._limb(now_ns)
        if limb is None:
            return 0.0
        return limb.sign * limb.current_amp((now_ns - limb.start_ns) * _S_PER_NS) * _MICRO

    def voltage_uv(self, now_ns: int) -> float:
        """Return the voltage between the leads, signed."""
        limb = self._limb(now_ns)
        return limb.sign * limb.volt * _MICRO if limb else 0.0

    def charge_uc(self, now_ns: int) -> float:
        """Return the rectified charge of this unit's pulses."""
        return sum(limb.charge_c(_passed_s(limb, now_ns)) for limb in self._limbs) * _MICRO

    def energy_uj(self, now_ns: int) -> float:
        """Return the energy of this unit's pulses."""
        return sum(limb.energy_j(_passed_s(limb, now_ns)) for limb in self._limbs) * _MICRO

    def width_us(self, now_ns: int) -> float:
        """Return for how long the switch was closed in this unit."""
        return sum(_passed_s(limb, now_ns) for limb in self._limbs) * _MICRO

    def peaks(self, now_ns: int) -> tuple[float, float]:
        """Return the greatest current and voltage of this unit, microampere and microvolt."""
        begun = [limb for limb in self._limbs if limb.start_ns < now_ns]
        return (
            max((limb.current_amp(0.0) for limb in begun), default=0.0) * _MICRO,
            max((limb.volt for limb in begun), default=0.0) * _MICRO,
        )

    def pulses(self, now_ns: int) -> int:
        """Return how many pulses began in this unit: limbs without a gap are one."""
        begun = [limb for limb in self._limbs if limb.start_ns < now_ns]
        joined = sum(one.end_ns == other.start_ns for one, other in pairwise(begun))
        return len(begun) - joined

    @property
    def ended_by(self) -> int:
        """What ended this unit's pulse: `BY_WIDTH`, `BY_LIMIT` or `BY_ENERGY`."""
        return max((limb.ended_by for limb in self._limbs), default=BY_WIDTH)

    def _limb(self, now_ns: int) -> Limb | None:
        return next((x for x in self._limbs if x.start_ns <= now_ns < x.end_ns), None)


def _passed_s(limb: Limb, now_ns: int) -> float:
    return max(0, min(now_ns, limb.end_ns) - limb.start_ns) * _S_PER_NS
