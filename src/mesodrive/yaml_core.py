"""Scalars by the YAML 1.2 core schema, numbers exact.

PyYAML follows YAML 1.1, where `no` is false, `12:30` is 750, `010` is 8 and `1e-3` is text. Here a
word is what it looks like.
"""

import re
from decimal import Decimal
from typing import Final

NUMBER_CHARACTERS_MAX: Final = 40
"""No quantity needs more digits; longer ones cost time to convert."""

Scalar = str | int | Decimal | bool | None

_WORDS: Final[dict[str, bool | None]] = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
_INTEGER: Final = re.compile(r"[-+]?[0-9]+", re.ASCII)
_BASED: Final = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FRACTION: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?", re.ASCII)
_ENDLESS: Final = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


class ScalarError(ValueError):
    """A plain scalar that no quantity can be."""


def plain_scalar(text: str) -> Scalar:
    """Return what a scalar without quotes means.

    Args:
        text: The scalar as it stands in the file.

    Returns:
        None, a boolean, an int, a Decimal where there is a fraction or an exponent, else the text.

    Raises:
        ScalarError: If it is a number that is endless, not a number, or absurdly long.
    """
    if text in _WORDS:
        return _WORDS[text]
    if _ENDLESS.fullmatch(text):
        raise ScalarError("a finite number")
    integer, based = _INTEGER.fullmatch(text), _BASED.fullmatch(text)
    if not (integer or based or _FRACTION.fullmatch(text)):
        return text
    if len(text) > NUMBER_CHARACTERS_MAX:
        raise ScalarError(f"a number of at most {NUMBER_CHARACTERS_MAX} characters")
    if integer:
        return int(text)
    return int(text, 0) if based else Decimal(text)
