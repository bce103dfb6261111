"""Temperature of the electronics: first order, in closed form."""

from math import exp

_NS_PER_US = 1000


class Thermal:
    """A body that follows a target temperature with one time constant."""

    __slots__ = ("_from_mc", "_since_ns", "_target_mc", "_tau_ns", "below_mc")

    def __init__(self, start_mc: int, target_mc: int, tau_us: int) -> None:
        self._from_mc = float(start_mc)
        self._target_mc = target_mc
        self._tau_ns = tau_us * _NS_PER_US
        self._since_ns = 0
        self.below_mc = max(start_mc, target_mc) + 1
        """No reading until the next target comes up to it: it goes one way, from here to there."""

    def set_target(self, now_ns: int, target_mc: int) -> None:
        """Heat or cool towards another temperature from now on, thousandths of a degree."""
        self._from_mc = self._exact_mc(now_ns)
        self._target_mc = target_mc
        self._since_ns = now_ns
        self.below_mc = int(max(self._from_mc, target_mc)) + 2

    def temperature_mc(self, now_ns: int) -> int:
        """Return the temperature at an instant, thousandths of a degree Celsius."""
        return round(self._exact_mc(now_ns))

    def _exact_mc(self, now_ns: int) -> float:
        if not self._tau_ns:
            return float(self._target_mc)
        decay = exp(-(now_ns - self._since_ns) / self._tau_ns)
        return self._target_mc + (self._from_mc - self._target_mc) * decay
