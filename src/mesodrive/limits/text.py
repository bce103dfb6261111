"""Words for one refusal."""

from typing import NamedTuple


class Text(NamedTuple):
    """Words for one code."""

    title: str
    """What is wrong, without numbers."""
    remedy: str
    """What the person can do."""
    expected: str = "at most {}"
    """Words that follow "expected"; the braces are the limit."""
