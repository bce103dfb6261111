"""What must never reach a person's screen from a file or a device."""

import unicodedata

HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def acts_on_a_screen(text: str) -> bool:
    """Tell whether a line has characters that move a cursor, hide, or cannot be encoded."""
    return not text.isprintable() and any(unicodedata.category(one) in HIDDEN for one in text)
