"""The skin under the gun: contact force, vacuum of the head, pressure in the tissue.

Only people change these (see `operator`); the gun merely meets them. Vacuum rises and falls in a
straight line, so the instant when it passes an interlock level is known beforehand.
"""

from random import Random
from typing import Final

NEVER_NS: Final = (1 << 62) - 1
_NS_PER_US: Final = 1000

TISSUE_SPREAD: Final = 0.2
"""Each prick meets tissue up to this part stiffer or softer; an estimate."""


class Skin:
    """What the gun stands on, or the air when it is lifted."""

    __slots__ = (
        "_from_pa",
        "_held_pa",
        "_random",
        "_rise_ns",
        "_since_ns",
        "_tissue_pa",
        "_to_pa",
        "edge_ns",
        "force_mn",
        "levels_pa",
    )

    def __init__(
        self, *, tissue_pa: int, vacuum_rise_us: int, levels_pa: tuple[int, ...], seed: int
    ) -> None:
        self._tissue_pa = tissue_pa
        self._rise_ns = vacuum_rise_us * _NS_PER_US
        self._held_pa = min(levels_pa, default=1)
        self._random = Random(seed)  # noqa: S311 -- repeatable on purpose
        self._from_pa = self._to_pa = 0
        self._since_ns = 0
        self.force_mn = 0
        self.levels_pa = levels_pa
        self.edge_ns = NEVER_NS
        """Next instant when the vacuum passes one of the levels."""

    def set_vacuum(self, now_ns: int, vacuum_pa: int) -> None:
        """Open or close the vacuum; it is reached after the rise time."""
        self._from_pa = self.vacuum_pa(now_ns)
        self._to_pa = vacuum_pa
        self._since_ns = now_ns
        self.pass_edges(now_ns)

    def vacuum_pa(self, now_ns: int) -> int:
        """Return the under-pressure in the head at an instant, Pa, 0 or more."""
        passed_ns = now_ns - self._since_ns
        if passed_ns >= self._rise_ns:
            return self._to_pa
        return self._from_pa + (self._to_pa - self._from_pa) * passed_ns // self._rise_ns

    def pass_edges(self, now_ns: int) -> None:
        """Find the next edge after an instant."""
        self.edge_ns = min(
            (at for level in self.levels_pa if (at := self._crossing_ns(level)) > now_ns),
            default=NEVER_NS,
        )

    def touched(self, now_ns: int) -> bool:
        """Tell whether the gun truly stands on skin: by force, or held by vacuum."""
        return self.force_mn > 0 or self.vacuum_pa(now_ns) >= self._held_pa

    def next_tissue_pa(self) -> float:
        """Return the pressure that the tissue holds against the next prick, Pa."""
        return self._tissue_pa * (1 + self._random.uniform(-TISSUE_SPREAD, TISSUE_SPREAD))

    def _crossing_ns(self, level_pa: int) -> int:
        """Return the first instant at which the reading has reached a level, or is below it."""
        way_pa = self._to_pa - self._from_pa
        if self._from_pa < level_pa <= self._to_pa:
            # rounded up to the first nanosecond of the new reading
            return self._since_ns - (-(level_pa - self._from_pa) * self._rise_ns // way_pa)
        if self._to_pa < level_pa <= self._from_pa:
            return self._since_ns + (self._from_pa - level_pa) * self._rise_ns // -way_pa + 1
        return NEVER_NS
