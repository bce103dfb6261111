"""Free text that people write and that is shown: nothing in it may act on a screen or hide.

A control character moves the cursor or colours a line, and a format character turns the direction
of reading: a zone's name could then stand where a stop is confirmed.
"""

import unicodedata
from typing import Final

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode's control, format and surrogate characters, line and paragraph separators."""
_BMP_MAX: Final = 0xFFFF
"""Last character that four hex digits name."""


def hidden(character: str) -> bool:
    """Return whether a character acts on a screen or cannot be seen."""
    return unicodedata.category(character) in _HIDDEN


def escaped(text: str) -> str:
    """Return a text with each hidden character spelt as YAML spells it in quotes."""
    if text.isprintable():  # nothing of the hidden is, and nearly every text is all printable
        return text
    return "".join(_spelt(one) if hidden(one) else one for one in text)


def _spelt(character: str) -> str:
    number = ord(character)
    return f"\\U{number:08x}" if number > _BMP_MAX else f"\\u{number:04x}"


def _visible(text: str) -> str:
    """Return a text as written if all of it can be seen."""
    if text.isprintable():
        return text
    for at, one in enumerate(text, 1):
        if hidden(one):
            raise PydanticCustomError(
                "text-hidden",
                "expected {limit}; {remedy}",
                {
                    "limit": "text without control and invisible characters",
                    "remedy": f"remove character {at}, U+{ord(one):04X}",
                },
            )
    return text


VISIBLE: Final = AfterValidator(_visible)
"""Stands in the type of every free text: `Annotated[str, Field(...), VISIBLE]`."""
