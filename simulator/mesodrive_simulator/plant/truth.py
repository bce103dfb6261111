"""What truly happened, unit by unit: for tests and reports, never for the firmware."""

from typing import Final

TRUTH_UNITS_MAX: Final = 100_000
"""Bound of the kept truth: ten times the longest plan. The older half goes first."""


class TruthUnit:
    """What one begun stroke, train or push really did."""

    __slots__ = (
        "begun_ns",
        "depth_um",
        "ended_ns",
        "on_skin",
        "prime",
        "strokes",
        "volume_nl",
    )

    def __init__(self, begun_ns: int, *, prime: bool) -> None:
        self.begun_ns = begun_ns
        self.ended_ns: int | None = None
        """When the machine came to rest; None while it has not."""
        self.depth_um = 0.0
        """Deepest point that the needle reached."""
        self.volume_nl = 0.0
        """Volume out of the needle from this beginning to the next, drips included."""
        self.strokes = 0
        """Times that the needle went in."""
        self.on_skin = False
        """Whether the gun stood on skin during all of the delivery."""
        self.prime = prime
        """Whether the needle stayed in the housing."""


def keep(truth: list[TruthUnit], unit: TruthUnit) -> None:
    """Append a unit within the bound."""
    if len(truth) >= TRUTH_UNITS_MAX:
        del truth[: TRUTH_UNITS_MAX // 2]
    truth.append(unit)
