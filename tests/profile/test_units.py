"""Numbers of people become whole base units exactly, or not at all."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesodrive.errors import QuantityError
from mesodrive.units import UNITS, from_base, to_base


@pytest.mark.parametrize(
    ("value", "suffix", "base"),
    [
        (Decimal("1.5"), "mm", 1_500),
        (Decimal("0.001"), "mm", 1),
        (Decimal("1.50000000000000000000000000000000000"), "mm", 1_500),
        (Decimal("1e-3"), "ml", 1_000),
        (Decimal("1.5e3"), "um", 1_500),
        (5, "ul", 5_000),
        (10, "ml", 10_000_000),
        (2, "cm", 20_000),
        (Decimal("0.2"), "s", 200_000),
        (9, "hz", 9_000),
        (138, "kpa", 138_000),
        (4, "n", 4_000),
        (Decimal("-4.5"), "ma", -4_500),
        (Decimal("-0.0"), "mm", 0),
        (0, "um", 0),
    ],
)
def test_a_number_becomes_exact_base_units(value: int | Decimal, suffix: str, base: int) -> None:
    assert to_base(value, suffix) == base


@pytest.mark.req("USE-01")
@pytest.mark.req("DOS-01")
@pytest.mark.parametrize(
    ("value", "suffix"),
    [("0.0005", "mm"), ("1.0001", "ul"), ("0.5", "um"), ("0.0000005", "ml"), ("-1.5", "nl")],
)
def test_a_number_between_two_base_units_is_refused_and_never_rounded(
    value: str, suffix: str
) -> None:
    with pytest.raises(QuantityError, match="write fewer decimal places") as caught:
        to_base(Decimal(value), suffix)
    assert value in str(caught.value)
    assert caught.value.exit_code == 3


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e13", "1e-13", "1e999999"])
def test_a_number_of_absurd_size_is_refused_at_once(value: str) -> None:
    with pytest.raises(QuantityError, match="a number of usual size"):
        to_base(Decimal(value), "mm")


def test_a_refusal_does_not_fill_the_screen() -> None:
    with pytest.raises(QuantityError) as caught:
        to_base(Decimal("0." + "1" * 300), "mm")
    assert len(str(caught.value)) < 120


def test_an_unknown_unit_is_the_mistake_of_a_programmer() -> None:
    with pytest.raises(KeyError):
        to_base(1, "furlong")


@pytest.mark.parametrize(
    ("value", "suffix", "digits_max", "text"),
    [
        (1_500, "mm", None, "1.5 mm"),
        (2_000, "mm", None, "2 mm"),
        (1, "ml", None, "0.000001 mL"),
        (540_000, "ul", None, "540 uL"),
        (100, "nl", None, "100 nL"),
        (0, "mm", None, "0 mm"),
        (-4_500, "ma", None, "-4.5 mA"),
        (1_234_567, "ml", 2, "1.23 mL"),
        (-1, "ml", 2, "0 mL"),
        (1_999_999, "ml", 3, "2 mL"),
        (1_500, "mm", 5, "1.5 mm"),
        (10_000, "um", None, "10000 um"),
    ],
)
def test_people_see_no_idle_zeros_and_the_unit_beside(
    value: int, suffix: str, digits_max: int | None, text: str
) -> None:
    assert from_base(value, suffix, digits_max=digits_max) == text


@given(st.integers(-(10**12), 10**12), st.sampled_from(sorted(UNITS)))
def test_what_is_shown_reads_back_as_the_same_number(value: int, suffix: str) -> None:
    shown = from_base(value, suffix).split()[0]
    if abs(Decimal(shown).adjusted()) <= 12:
        assert to_base(Decimal(shown), suffix) == value
