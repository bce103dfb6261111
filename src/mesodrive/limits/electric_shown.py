"""How electrical numbers are shown to people: charge in mA min, energy in mJ, density in mA/cm2."""

from types import MappingProxyType
from typing import Final, NamedTuple


class _Shown(NamedTuple):
    """A unit that people see."""

    symbol: str
    divisor: int
    """Base units in one of them."""
    digits: int
    """Decimal places kept at most."""


SHOWN_ELECTRIC: Final = MappingProxyType(
    {
        "uc": _Shown("mA min", 60_000, 5),
        "uj": _Shown("mJ", 1_000, 3),
        "ua_cm2": _Shown("mA/cm2", 1_000, 3),
        "v_us": _Shown("V s", 1_000_000, 6),
        "hz": _Shown("Hz", 1, 0),
    }
)
"""By base unit. Each keeps so many places that neighbouring values are never shown alike."""


def electric_shown(value: int, unit: str) -> str:
    """Return a value, 0 or more, in the unit that people use.

    Example:
        >>> electric_shown(4_800_000, "uc"), electric_shown(4_800_001, "uc")
        ('80 mA min', '80.00002 mA min')
        >>> electric_shown(250, "ua_cm2")
        '0.25 mA/cm2'
    """
    symbol, divisor, digits = SHOWN_ELECTRIC[unit]
    scale = 10**digits
    nearest = (2 * value * scale + divisor) // (2 * divisor)
    whole, part = divmod(nearest, scale)
    decimals = f"{part:0{digits}d}".rstrip("0") if digits else ""
    return f"{whole}.{decimals} {symbol}" if decimals else f"{whole} {symbol}"
