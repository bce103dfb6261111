"""Cuts a charge into slices of current: up a ramp, along a level, down a ramp. Whole uC only.

A current that rises evenly to I over R has passed I * t^2 / 2R by t. Each slice of a ramp gets
its part of that, rounded up, so that its time ends it and not its charge. The level gets exactly
what is left: all slices together are the dose.
"""

from typing import Final, NamedTuple

SLICE_US: Final = 5_000_000
"""Longest slice of the protocol: the fewest records for a dose."""
NA_US_PER_UC: Final = 1_000_000_000
"""One uC is 1 nA for as many us."""
MHZ_US: Final = 1_000_000_000
"""One burst at 1 mHz, us."""


class Slices(NamedTuple):
    """Equal slices in a row."""

    units: int
    charge_uc: int
    """Most of each slice."""
    slice_us: int


class Sliced(NamedTuple):
    """A dose as slices."""

    up: tuple[Slices, ...]
    level: tuple[Slices, ...]
    """Empty where the ramps alone are the dose, or more."""
    down: tuple[Slices, ...]
    level_us: int
    """Time at the level, without rounding each slice."""
    short_uc: int
    """What the ramps alone have more than the dose; 0 for a dose that can be carried out."""

    @property
    def units(self) -> int:
        """Number of all slices."""
        return sum(part.units for part in (*self.up, *self.level, *self.down))

    @property
    def charge_uc(self) -> int:
        """Charge of all slices, uC."""
        return sum(part.units * part.charge_uc for part in (*self.up, *self.level, *self.down))


def sliced(
    dose_uc: int, mean_na: int, ramp_us: int, *, gate_mhz: int = 0, slice_us: int = SLICE_US
) -> Sliced:
    """Return a dose as slices.

    Args:
        dose_uc: Whole charge with both ramps.
        mean_na: Mean current at the level, more than 0.
        ramp_us: Time up, and time down.
        gate_mhz: Bursts each 1,000 s; a slice of the level is then whole bursts long where that
            fits, since a slice that ends within a pause would end short of its charge.
        slice_us: Longest slice.
    """
    up = _ramp(mean_na, ramp_us, slice_us)
    ramps_uc = 2 * sum(part.charge_uc for part in up)
    left_uc = max(0, dose_uc - ramps_uc)
    return Sliced(
        up,
        _level(left_uc, mean_na, gate_mhz, slice_us),
        up[::-1],
        time_us(left_uc, mean_na),
        max(0, ramps_uc - dose_uc),
    )


def time_us(charge_uc: int, mean_na: int) -> int:
    """Return the time in which a steady current passes a charge, rounded up."""
    return -(-charge_uc * NA_US_PER_UC // mean_na)


def _ramp(mean_na: int, ramp_us: int, slice_us: int) -> tuple[Slices, ...]:
    """Return the slices of an even rise from zero."""
    slices: list[Slices] = []
    for begin_us in range(0, ramp_us, slice_us):
        end_us = min(begin_us + slice_us, ramp_us)
        twice = mean_na * (end_us * end_us - begin_us * begin_us)
        charge_uc = -(-twice // (2 * ramp_us * NA_US_PER_UC))
        slices.append(Slices(1, charge_uc, end_us - begin_us))
    return tuple(slices)


def _level(left_uc: int, mean_na: int, gate_mhz: int, slice_us: int) -> tuple[Slices, ...]:
    """Return what is left as slices that differ by 1 uC at most, none of them very short."""
    longest_us = _whole_bursts(slice_us, gate_mhz) or slice_us
    most_uc = max(1, mean_na * longest_us // NA_US_PER_UC)
    units = -(-left_uc // most_uc)
    if not units:
        return ()
    each_uc, larger = divmod(left_uc, units)
    parts = [(larger, each_uc + 1), (units - larger, each_uc)]
    return tuple(
        Slices(number, charge_uc, _lasting(charge_uc, mean_na, gate_mhz, longest_us))
        for number, charge_uc in parts
        if number
    )


def _whole_bursts(span_us: int, gate_mhz: int) -> int:
    """Return the longest time of whole bursts within a span; 0 where there is none."""
    return span_us * gate_mhz // MHZ_US * MHZ_US // gate_mhz if gate_mhz else 0


def _lasting(charge_uc: int, mean_na: int, gate_mhz: int, longest_us: int) -> int:
    """Return the time of one slice: that of its charge, in whole bursts."""
    needed_us = time_us(charge_uc, mean_na)
    if gate_mhz:
        bursts = -(-needed_us * gate_mhz // MHZ_US)
        needed_us = -(-bursts * MHZ_US // gate_mhz)
    return min(needed_us, longest_us)
