"""One refusal with all its facts, and how its numbers are shown to people."""

from collections.abc import Callable
from types import MappingProxyType
from typing import Final, NamedTuple

from mesodrive.limits.electric_shown import SHOWN_ELECTRIC, electric_shown
from mesodrive.limits.texts import LIMIT_TEXTS
from mesodrive.units import from_base

_SHOWN: Final = MappingProxyType(
    {
        "um": "mm",
        "nl": "ul",
        "nl_s": "ul_s",
        "nl_cm2": "ul_cm2",
        "us": "ms",
        "pa": "kpa",
        "mhz": "hz",
        "ua": "ma",
        "uv": "v",
    }
)
"""Base unit to the unit that people see, both as suffixes of field names."""

Place = tuple[str | int, ...]
"""Keys and indexes down to the value at fault: `("zones", 1, "depth_mm")`."""
Places = Callable[[str], Place]
"""The name of a base-unit field to the place that the person knows."""


class Violation(NamedTuple):
    """One limit that a request breaks; the request as a whole is refused."""

    code: str
    """Stable name, a key of `LIMIT_TEXTS`."""
    place: Place
    """Where, in the words of the request: those of the plan, or those of the program."""
    value: int | str
    limit: int | str
    unit: str
    """Unit of value and limit: a base unit as field names have it, a thing counted, or empty."""
    remedy: str

    def found(self) -> str:
        """Return what was found, in people's units."""
        return f"{shown(self.value, self.unit)} ({LIMIT_TEXTS[self.code].title})"

    def expected(self) -> str:
        """Return what is expected, as words that follow "expected"."""
        return LIMIT_TEXTS[self.code].expected.format(shown(self.limit, self.unit))

    def sentence(self) -> str:
        """Return one sentence for people: what was found, what is expected, what to do."""
        return f"found {self.found()}, expected {self.expected()}; {self.remedy}"


def violation(code: str, place: Place, value: int | str, limit: int | str, unit: str) -> Violation:
    """Return a violation with the remedy of its code.

    Raises:
        KeyError: If `LIMIT_TEXTS` does not know the code: our own error.
    """
    return Violation(code, place, value, limit, unit, LIMIT_TEXTS[code].remedy)


def shown(value: int | str, unit: str) -> str:
    """Return a value in the unit that people use, exactly.

    Example:
        >>> shown(1_500, "um")
        '1.5 mm'
        >>> shown(20_001, "points")
        '20001 points'
    """
    if isinstance(value, int) and unit in SHOWN_ELECTRIC:
        return electric_shown(value, unit)
    if isinstance(value, str) or unit not in _SHOWN:
        return f"{value} {unit}".rstrip()
    return from_base(value, _SHOWN[unit])


def path(place: Place) -> str:
    """Return a place as people write it.

    Example:
        >>> path(("zones", 1, "depth_mm"))
        'zones[1].depth_mm'
    """
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)
    return "".join(parts).lstrip(".")
