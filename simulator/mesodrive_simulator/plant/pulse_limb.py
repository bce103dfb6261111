"""A high-voltage pulse: a voltage through a switch, a current limit, and what ends it early.

A pulse is one limb, or two of opposite sign. In each the driver charges the skin's capacitance,
at its current limit first where the load would draw more, then through the series resistance: two
stretches, both exact. A limit that lasts is no charging but an arc: the driver opens the switch
after `ARC_NS`. It opens as well when the pulse's energy is spent. Whatever else fails, a one-shot
of its own opens a second switch a tenth and `ONE_SHOT_NS` after the programmed width.
Charge that leaves the capacitance through the crowbar afterwards is not counted.
"""

from math import exp, inf, log
from typing import Final, NamedTuple

from mesodrive_simulator.plant.electric_load import Load

BY_WIDTH: Final = 0
"""The pulse had its width."""
BY_LIMIT: Final = 1
"""The driver saw an arc, or a load that it cannot feed."""
BY_ENERGY: Final = 2
"""The programmed energy was spent."""
ARC_NS: Final = 100_000
ONE_SHOT_NS: Final = 100_000
GAP_NS: Final = 200_000
"""Between a pulse and the one that a bouncing switch adds."""
_S_PER_NS: Final = 1e-9
_NS_PER_S: Final = 1_000_000_000
_HALVINGS: Final = 60
"""Halvings that bring any width below a nanosecond."""
_ARC_OHM: Final = 1.0


class Limb(NamedTuple):
    """A stretch with the voltage on: volts, amperes, ohms, farads; magnitudes along its sign."""

    start_ns: int
    end_ns: int
    sign: int
    volt: float
    held_volt: float
    """Across the capacitance at the start, negative after a limb of the other sign."""
    most_amp: float
    load: Load | None
    ended_by: int = BY_WIDTH

    @property
    def limit_s(self) -> float:
        """How long the current limit acts, `inf` where the load never rises out of it."""
        load, most_amp = self.load, self.most_amp
        if load is None or (self.volt - self.held_volt) <= most_amp * load.series_ohm:
            return 0.0
        settled_volt = most_amp * load.barrier_ohm
        left_volt = self.volt - most_amp * load.series_ohm
        if settled_volt <= left_volt:
            return inf
        return load.tau_s * log((settled_volt - self.held_volt) / (settled_volt - left_volt))

    def current_amp(self, t_s: float) -> float:
        """Return the current, t_s after the start."""
        if self.load is None:
            return 0.0
        if t_s < self.limit_s:
            return self.most_amp
        return (self.volt - self.barrier_volt(t_s)) / self.load.series_ohm

    def barrier_volt(self, t_s: float) -> float:
        """Return the voltage across the barrier."""
        load = self.load
        if load is None:
            return 0.0
        limit_s = self.limit_s
        if t_s < limit_s:
            settled = self.most_amp * load.barrier_ohm
            return settled + (self.held_volt - settled) * _decay(t_s, load.tau_s)
        settled, tau_s = self._free()
        start = self.held_volt if not limit_s else self.volt - self.most_amp * load.series_ohm
        return settled + (start - settled) * _decay(t_s - limit_s, tau_s)

    def charge_c(self, t_s: float) -> float:
        """Return the rectified charge."""
        load = self.load
        if load is None:
            return 0.0
        limit_s = self.limit_s
        if t_s < limit_s:
            return self.most_amp * t_s
        settled, tau_s = self._free()
        flowing = (self.volt - settled) / load.series_ohm
        free_s = t_s - limit_s
        more = self.current_amp(limit_s) - flowing
        return (
            self.most_amp * limit_s + flowing * free_s + more * tau_s * (1 - _decay(free_s, tau_s))
        )

    def energy_j(self, t_s: float) -> float:
        """Return the energy out of the driver: less than volts times charge while it limits."""
        load, most_amp = self.load, self.most_amp
        if load is None:
            return 0.0
        limited_s = min(t_s, self.limit_s)
        settled, tau_s = most_amp * load.barrier_ohm, load.tau_s
        lifted = (self.held_volt - settled) * tau_s * (1 - _decay(limited_s, tau_s))
        limited = most_amp * ((most_amp * load.series_ohm + settled) * limited_s + lifted)
        return limited + self.volt * (self.charge_c(t_s) - most_amp * limited_s)

    def _free(self) -> tuple[float, float]:
        """Return where the barrier's voltage settles without a limit, and how fast."""
        load = self.load
        assert load is not None
        all_ohm = load.series_ohm + load.barrier_ohm
        return self.volt * load.barrier_ohm / all_ohm, load.tau_s * load.series_ohm / all_ohm


class PulseOrder(NamedTuple):
    """What was commanded, and what is wrong with the generator."""

    width_ns: int
    volt: float
    sign: int
    most_amp: float
    energy_j: float
    is_biphasic: bool
    width_permille: int
    is_stuck: bool
    is_double: bool
    is_arc: bool


def build(now_ns: int, order: PulseOrder, load: Load | None) -> tuple[Limb, ...]:
    """Return the limbs that a commanded pulse will really have.

    Args:
        now_ns: When the switch closes.
        order: Voltage may be of either sign by `sign`.
        load: What it meets; None where nothing conducts.
    """
    one_shot_ns = order.width_ns + order.width_ns // 10 + ONE_SHOT_NS
    width_ns = min(one_shot_ns, order.width_ns * order.width_permille // 1000)
    limbs = _one(now_ns, width_ns, one_shot_ns, order, load)
    if order.is_double:
        again_ns = limbs[-1].end_ns + GAP_NS
        limbs += _one(again_ns, width_ns, one_shot_ns, order, load)
    return limbs


def cut(limbs: tuple[Limb, ...], now_ns: int) -> tuple[Limb, ...]:
    """Return the limbs as they are when the switch opens at an instant."""
    kept = (limb for limb in limbs if limb.start_ns < now_ns)
    return tuple(limb._replace(end_ns=min(limb.end_ns, now_ns)) for limb in kept)


def _one(
    now_ns: int, width_ns: int, one_shot_ns: int, order: PulseOrder, load: Load | None
) -> tuple[Limb, ...]:
    middle_ns = now_ns + width_ns // 2
    end_ns = now_ns + (one_shot_ns if order.is_stuck else width_ns)
    if order.is_arc and load is not None:
        load = Load(_ARC_OHM, 0.0, 0.0)
    energy_j = inf if order.is_stuck else order.energy_j
    first = Limb(now_ns, end_ns, order.sign, order.volt, 0.0, order.most_amp, load)
    if not order.is_biphasic:
        return (first if order.is_stuck else _ended(first, energy_j),)
    first = first._replace(end_ns=middle_ns)
    if not order.is_stuck:
        first = _ended(first, energy_j)
        if first.ended_by != BY_WIDTH:
            return (first,)
    half_s = (middle_ns - now_ns) * _S_PER_NS
    held_volt = -first.barrier_volt(half_s)
    second = Limb(middle_ns, end_ns, -order.sign, order.volt, held_volt, order.most_amp, load)
    if not order.is_stuck:
        second = _ended(second, energy_j - first.energy_j(half_s))
    return first, second


def _ended(limb: Limb, energy_j: float) -> Limb:
    """End a limb early where it arcs or its energy is spent."""
    span_s = (limb.end_ns - limb.start_ns) * _S_PER_NS
    ended_by = BY_WIDTH
    if limb.limit_s == inf or min(span_s, limb.limit_s) > ARC_NS * _S_PER_NS:
        span_s, ended_by = min(span_s, ARC_NS * _S_PER_NS), BY_LIMIT
    if limb.energy_j(span_s) > energy_j:
        low_s, high_s = 0.0, span_s
        for _ in range(_HALVINGS):
            middle_s = (low_s + high_s) / 2
            if limb.energy_j(middle_s) > energy_j:
                high_s = middle_s
            else:
                low_s = middle_s
        span_s, ended_by = low_s, BY_ENERGY
    end_ns = limb.start_ns + round(span_s * _NS_PER_S)
    return limb._replace(end_ns=end_ns, ended_by=ended_by)


def _decay(t_s: float, tau_s: float) -> float:
    return exp(-t_s / tau_s) if tau_s > 0 else 0.0
