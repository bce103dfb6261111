"""Random streams of one seed, forked by label, so that a draw in one never moves the others."""

from random import Random


def fork(seed: int, label: str) -> Random:
    """Return the stream of a label; the same for the same seed and label, on every machine."""
    return Random(f"{seed}/{label}")  # noqa: S311 -- repeatable on purpose
