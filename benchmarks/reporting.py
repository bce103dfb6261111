"""One shape for what every benchmark says: a line for people, a file for `tools/evidence.py`."""

import argparse
import statistics
from collections.abc import Sequence
from typing import Any, NamedTuple

import paired


class Spread(NamedTuple):
    """Median, least and most of some measures."""

    median: float
    least: float
    most: float

    def figures(self, name: str) -> dict[str, float]:
        """Return the three under names of their own; `name` is that of the median."""
        return {name: self.median, f"{name}_least": self.least, f"{name}_most": self.most}


def spread(measures: Sequence[float]) -> Spread:
    """Return median, least and most."""
    return Spread(statistics.median(measures), min(measures), max(measures))


def share(measures: Sequence[float], percent: int) -> float:
    """Return the least measure that at least so many percent do not exceed."""
    ordered = sorted(measures)
    return ordered[-(-len(ordered) * percent // 100) - 1]


def arguments(description: str | None, *, rounds: int, quick: int) -> argparse.Namespace:
    """Read the options that every benchmark has.

    Args:
        description: The benchmark's docstring; its first line becomes the help text.
        rounds: How often to measure by default.
        quick: How often with `--quick`.
    """
    parser = argparse.ArgumentParser(description=(description or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--quick", dest="rounds", action="store_const", const=quick)
    parser.add_argument("--json", metavar="FILE", help="write the figures there")
    return parser.parse_args()


def report(
    options: argparse.Namespace,
    line: str,
    *,
    name: str,
    goal: float,
    met: bool,
    figures: dict[str, float],
    **more: object,
) -> None:
    """Print one line; with `--json FILE` write the figures.

    Args:
        options: From `arguments`.
        line: What was found, for people; the verdict is added.
        name: What was measured.
        goal: The figure to reach.
        met: Whether it was reached.
        figures: Every measure, by name with its unit last.
        more: Further options under which it was measured.
    """
    print(f"{line}: {'met' if met else 'NOT met'}")
    written: dict[str, Any] = {
        "name": name,
        "goal": goal,
        "met": met,
        "figures": figures,
        "options": {"rounds": options.rounds, **more, **paired.machine()},
    }
    paired.write_json(options.json, written)
