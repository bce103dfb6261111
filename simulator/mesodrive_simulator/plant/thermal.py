"""Temperature of the electronics: first order, in closed form, and the two sensors that read it."""

from collections.abc import Callable
from math import exp
from typing import Final

_NS_PER_US = 1000

Fault = Callable[[int, int], int]
"""What a bad sensor shows, by the true temperature (mc) and the time (ns)."""
OPEN_MC: Final = 300_000
"""What a sensor shows whose wire is broken: the end of its scale."""


class Thermal:
    """A body that follows a target temperature with one time constant."""

    __slots__ = (
        "_from_mc",
        "_since_ns",
        "_target_mc",
        "_tau_ns",
        "below_mc",
        "first_fault",
        "second_fault",
    )

    def __init__(self, start_mc: int, target_mc: int, tau_us: int) -> None:
        self._from_mc = float(start_mc)
        self._target_mc = target_mc
        self._tau_ns = tau_us * _NS_PER_US
        self._since_ns = 0
        self.below_mc = max(start_mc, target_mc) + 1
        """No reading until the next target comes up to it: it goes one way, from here to there."""
        self.first_fault: Fault | None = None
        """Fault: what the first sensor shows instead; None for a good sensor."""
        self.second_fault: Fault | None = None
        """Fault: the same of the second."""

    def is_worth_a_look(self, limit_mc: int) -> bool:
        """Tell whether a reading may be above a limit, or the two may differ."""
        faulty = self.first_fault is not None or self.second_fault is not None
        return faulty or self.below_mc > limit_mc

    def set_target(self, now_ns: int, target_mc: int) -> None:
        """Heat or cool towards another temperature from now on, thousandths of a degree."""
        self._from_mc = self._exact_mc(now_ns)
        self._target_mc = target_mc
        self._since_ns = now_ns
        self.below_mc = int(max(self._from_mc, target_mc)) + 2

    def temperature_mc(self, now_ns: int) -> int:
        """Return what the first sensor shows, thousandths of a degree Celsius."""
        true_mc = round(self._exact_mc(now_ns))
        return true_mc if self.first_fault is None else self.first_fault(true_mc, now_ns)

    def second_mc(self, now_ns: int) -> int:
        """Return what the second sensor shows, thousandths of a degree Celsius."""
        true_mc = round(self._exact_mc(now_ns))
        return true_mc if self.second_fault is None else self.second_fault(true_mc, now_ns)

    def _exact_mc(self, now_ns: int) -> float:
        if not self._tau_ns:
            return float(self._target_mc)
        decay = exp(-(now_ns - self._since_ns) / self._tau_ns)
        return self._target_mc + (self._from_mc - self._target_mc) * decay


def stuck(at_mc: int) -> Fault:
    """Return a sensor that shows one value for ever."""
    return lambda _true_mc, _now_ns: at_mc


def drifting(since_ns: int, mc_per_s: int) -> Fault:
    """Return a sensor that shows more and more, or less and less, than there is."""
    return lambda true_mc, now_ns: true_mc + (now_ns - since_ns) * mc_per_s // 1_000_000_000


def broken(_true_mc: int, _now_ns: int) -> int:
    """Show the end of the scale, as a sensor with a broken wire does."""
    return OPEN_MC
