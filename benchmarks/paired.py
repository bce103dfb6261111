"""Side-by-side timing: candidates take turns in one process, and ratios are taken round by round.

A machine that slows down for a second slows all candidates of that round, so paired ratios stay
where absolute times wander. Quote the ratios; times are there to give them a size.
"""

import gc
import json
import platform
import random
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

WARM_UP_SHARE = 10
"""One tenth of a round's work is done once before measuring: caches, lazy imports."""


class Timing(NamedTuple):
    """What one candidate took, in microseconds for one operation."""

    median_us: float
    least_us: float
    most_us: float
    rounds_us: tuple[float, ...]


def measure(
    candidates: Mapping[str, Callable[[int], object]],
    *,
    operations: int | Mapping[str, int],
    rounds: int,
    seed: int = 1,
) -> dict[str, Timing]:
    """Time candidates in interleaved rounds of shuffled order.

    Args:
        candidates: By name, what performs the given number of operations.
        operations: Operations in one round, for all or by name.
        rounds: How often each candidate has its turn.
        seed: Of the shuffled order.

    Returns:
        One timing for each candidate; round i of one belongs to round i of another.
    """
    counts = (
        dict.fromkeys(candidates, operations) if isinstance(operations, int) else dict(operations)
    )
    for name, run in candidates.items():
        run(max(1, counts[name] // WARM_UP_SHARE))
    taken: dict[str, list[float]] = {name: [] for name in candidates}
    order = list(candidates)
    shuffle = random.Random(seed).shuffle
    for _ in range(rounds):
        shuffle(order)
        for name in order:
            gc.collect()
            begun_ns = time.perf_counter_ns()
            candidates[name](counts[name])
            taken[name].append((time.perf_counter_ns() - begun_ns) / 1_000 / counts[name])
    return {
        name: Timing(statistics.median(us), min(us), max(us), tuple(us))
        for name, us in taken.items()
    }


def ratio(slower: Timing, faster: Timing) -> float:
    """Return how many times faster the second is: the median of the ratios round by round."""
    pairs = zip(slower.rounds_us, faster.rounds_us, strict=True)
    return statistics.median(a / b for a, b in pairs)


def machine() -> dict[str, str]:
    """Return what a reader of the figures must know of interpreter and machine."""
    return {"python": platform.python_version(), "machine": platform.machine()}


def table(timings: Mapping[str, Timing]) -> str:
    """Return timings as aligned text, one line for each candidate."""
    width = max(map(len, timings))
    lines = [f"{'':<{width}}  {'median us':>10}  {'least':>9}  {'most':>9}"]
    lines += [
        f"{name:<{width}}  {t.median_us:>10.3f}  {t.least_us:>9.3f}  {t.most_us:>9.3f}"
        for name, t in timings.items()
    ]
    return "\n".join(lines)


def write_json(path: str | None, figures: Mapping[str, Any]) -> None:
    """Write figures where `--json` asked for them; without a path do nothing."""
    if path is None:
        return
    text = json.dumps(dict(figures), indent=2, sort_keys=True)
    Path(path).write_text(text + "\n", encoding="utf-8")
    print(f"written: {path}", file=sys.stderr)
