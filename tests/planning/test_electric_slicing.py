"""A dose in slices of current: exact in whole uC, never more than the dose."""

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mesodrive.sequencing.slicing import SLICE_US, Sliced, Slices, sliced, time_us

DOSES = st.integers(60, 6_000_000)
MEANS = st.integers(1_000, 32_767_000)
RAMPS = st.integers(1, 120_000_000)


def parts_of(made: Sliced) -> list[Slices]:
    return [*made.up, *made.level, *made.down]


def test_a_minute_at_four_milliamperes_is_three_steps() -> None:
    made = sliced(240_000, 4_000_000, 5_000_000)
    assert made.up == made.down == (Slices(1, 10_000, 5_000_000),)
    assert made.level == (Slices(11, 20_000, 5_000_000),)
    assert (made.level_us, made.units, made.charge_uc) == (55_000_000, 13, 240_000)


def test_a_ramp_of_half_a_minute_rises_slice_by_slice() -> None:
    """4 mA over 30 s pass 60 mC; by 5, 10, 15 s 1/36, 4/36, 9/36 of them."""
    made = sliced(4_800_000, 4_000_000, 30_000_000)
    assert [part.charge_uc for part in made.up] == [1_667, 5_000, 8_334, 11_667, 15_000, 18_334]
    assert made.down == made.up[::-1]
    assert made.charge_uc == 4_800_000
    assert made.units == 246


@pytest.mark.req("DOS-07")
@given(DOSES, MEANS, RAMPS, st.integers(0, 2_000))
def test_all_slices_together_are_the_dose(
    dose_uc: int, mean_na: int, ramp_us: int, gate_mhz: int
) -> None:
    made = sliced(dose_uc, mean_na, ramp_us, gate_mhz=gate_mhz)
    assume(not made.short_uc)
    assert made.charge_uc == dose_uc
    assert all(part.charge_uc > 0 for part in parts_of(made))


@given(DOSES, MEANS, RAMPS, st.integers(0, 2_000), st.integers(100_000, SLICE_US))
def test_no_slice_is_too_long_or_has_more_than_its_time_brings(
    dose_uc: int, mean_na: int, ramp_us: int, gate_mhz: int, slice_us: int
) -> None:
    made = sliced(dose_uc, mean_na, ramp_us, gate_mhz=gate_mhz, slice_us=slice_us)
    for part in parts_of(made):
        assert 0 < part.slice_us <= slice_us
        assert part.charge_uc <= -(-mean_na * part.slice_us // 1_000_000_000)


@given(MEANS, RAMPS)
def test_time_and_not_charge_ends_the_slices_of_a_ramp(mean_na: int, ramp_us: int) -> None:
    """Each has what an even rise passes in it, and less than one uC more."""
    begin_us = 0
    for part in sliced(0, mean_na, ramp_us).up:
        end_us = begin_us + part.slice_us
        passed = Fraction(mean_na * (end_us**2 - begin_us**2), 2 * ramp_us * 10**9)
        assert passed <= part.charge_uc < passed + 1
        begin_us = end_us
    assert begin_us == ramp_us


@given(DOSES, MEANS, RAMPS)
def test_the_level_is_shared_out_evenly(dose_uc: int, mean_na: int, ramp_us: int) -> None:
    level = sliced(dose_uc, mean_na, ramp_us).level
    assert len(level) <= 2
    charges = [part.charge_uc for part in level]
    assert not charges or max(charges) - min(charges) <= 1


@given(DOSES, MEANS, RAMPS)
def test_ramps_that_are_more_than_the_dose_are_told_by_how_much(
    dose_uc: int, mean_na: int, ramp_us: int
) -> None:
    made = sliced(dose_uc, mean_na, ramp_us)
    assert made.charge_uc == dose_uc + made.short_uc
    assert not (made.short_uc and made.level)


@pytest.mark.parametrize("gate_mhz", [200, 300, 700, 1_000, 1_999])
def test_a_slice_of_bursts_is_whole_bursts_long(gate_mhz: int) -> None:
    for part in sliced(700_001, 2_000_000, 5_000_000, gate_mhz=gate_mhz).level:
        bursts = Fraction(part.slice_us * gate_mhz, 10**9)
        assert abs(bursts - round(bursts)) < Fraction(gate_mhz, 10**9)


def test_a_burst_longer_than_a_slice_does_not_lengthen_it() -> None:
    made = sliced(100_000, 2_000_000, 5_000_000, gate_mhz=70)
    assert {part.slice_us for part in made.level} == {SLICE_US}
    assert made.charge_uc == 100_000


def test_time_follows_charge() -> None:
    assert time_us(10, 1_000_000) == 10_000
    assert time_us(1, 3_000_000) == 334
    assert time_us(0, 1) == 0
