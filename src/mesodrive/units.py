"""Exact conversions between the units people write and the whole base units of the machine.

Nothing is ever rounded: 1.5 mm is 1500 um, and 0.0005 mm is refused.
"""

from decimal import Decimal
from types import MappingProxyType
from typing import Final, NamedTuple

from mesodrive.errors import QuantityError

EXPONENT_MAX: Final = 12
"""Largest power of ten either way; beyond it a number is a slip, and costs memory to write out."""


class Unit(NamedTuple):
    """A unit that people write, and how it stands to a base unit."""

    symbol: str
    """As people see it."""
    base: str
    """Suffix of the base unit in field names."""
    exponent: int
    """One unit is 10 to this power base units."""


UNITS: Final = MappingProxyType(
    {
        "um": Unit("um", "um", 0),
        "mm": Unit("mm", "um", 3),
        "cm": Unit("cm", "um", 4),
        "nl": Unit("nL", "nl", 0),
        "ul": Unit("uL", "nl", 3),
        "ml": Unit("mL", "nl", 6),
        "ul_s": Unit("uL/s", "nl_s", 3),
        "ul_cm2": Unit("uL/cm2", "nl_cm2", 3),
        "ns": Unit("ns", "ns", 0),
        "us": Unit("us", "us", 0),
        "ms": Unit("ms", "us", 3),
        "s": Unit("s", "us", 6),
        "mpa_s": Unit("mPa s", "upa_s", 3),
        "mg_ml": Unit("mg/mL", "ug_ml", 3),
        "percent": Unit("%", "permille", 1),
        "deg": Unit("degrees", "mdeg", 3),
        "per_s": Unit("per second", "mhz", 3),
        "hz": Unit("Hz", "mhz", 3),
        "khz": Unit("kHz", "mhz", 6),
        "ua": Unit("uA", "ua", 0),
        "ma": Unit("mA", "ua", 3),
        "v": Unit("V", "uv", 6),
        "pa": Unit("Pa", "pa", 0),
        "kpa": Unit("kPa", "pa", 3),
        "mn": Unit("mN", "mn", 0),
        "n": Unit("N", "mn", 3),
        "c": Unit("C", "mc", 3),
    }
)
"""Units by the suffix that they have in field names: `depth_mm`, `dose_ul`, `rate_hz`."""


def to_base(value: int | Decimal, suffix: str) -> int:
    """Return a number of people's units as whole base units.

    Args:
        value: The number as written; a float is refused by its type, since it is not exact.
        suffix: The unit, a key of `UNITS`.

    Raises:
        QuantityError: If the number is not finite, not whole in base units, or out of all bounds.
        KeyError: If the suffix names no unit.

    Example:
        >>> to_base(Decimal("1.5"), "mm")
        1500
    """
    unit = UNITS[suffix]
    number = Decimal(value)
    if not number.is_finite() or abs(number.adjusted()) > EXPONENT_MAX:
        raise QuantityError(
            _short(number), unit.symbol, "a number of usual size", "check the number and its unit"
        )
    sign, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    power = exponent + unit.exponent
    written = "".join(map(str, digits))
    if power >= 0:
        whole = int(written + "0" * power)
    else:
        whole, rest = int(written[:power] or "0"), written[power:]
        if rest.strip("0"):
            raise QuantityError(
                _short(number),
                unit.symbol,
                f"whole multiples of {from_base(1, suffix)}",
                "write fewer decimal places",
            )
    return -whole if sign else whole


def from_base(value: int, suffix: str, *, digits_max: int | None = None) -> str:
    """Return whole base units as text for people: one decimal point, no idle zeros, the unit.

    Args:
        value: Whole base units.
        suffix: The unit to show, a key of `UNITS`.
        digits_max: Decimal places to keep at most, half to even; None keeps all and is exact.

    Raises:
        KeyError: If the suffix names no unit.

    Example:
        >>> from_base(1500, "mm")
        '1.5 mm'
    """
    unit = UNITS[suffix]
    number = Decimal(value).scaleb(-unit.exponent)
    if digits_max is not None and digits_max < unit.exponent:
        number = round(number, digits_max)
    text = f"{number:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return f"{'0' if text == '-0' else text} {unit.symbol}"


def _short(number: Decimal) -> str:
    """Return a number as written, cut where it would fill the screen."""
    usual = number.is_finite() and abs(number.adjusted()) <= EXPONENT_MAX
    text = f"{number:f}" if usual else str(number)
    return text if len(text) <= 24 else f"{text[:20]}..."
