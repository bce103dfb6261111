"""The pump of the exfoliating head: suck, dwell, let air in, all in straight lines."""

from typing import Final

NEVER_NS: Final = (1 << 62) - 1
_NS_PER_US: Final = 1000
_OFF_SKIN_DIVISOR: Final = 10
"""Part of the vacuum that an open head reaches; an estimate."""


class VacuumPump:
    """One head's under-pressure, known at every instant after a command."""

    __slots__ = ("_from_pa", "_rise_ns", "_since_ns", "_to_pa", "edge_ns", "leak_permille")

    def __init__(self, vacuum_rise_us: int) -> None:
        """Build a pump at rest.

        Args:
            vacuum_rise_us: From air to any set level, and back.
        """
        self._rise_ns = vacuum_rise_us * _NS_PER_US
        self._from_pa = self._to_pa = self._since_ns = 0
        self.edge_ns = NEVER_NS
        """When the level that was set last is reached."""
        self.leak_permille = 0
        """Fault: part of the vacuum that a worn seal lets in."""

    def set(self, now_ns: int, vacuum_pa: int, *, on_skin: bool) -> None:
        """Go to a level; an open head reaches a tenth of it."""
        self._from_pa = self.vacuum_pa(now_ns)
        held_pa = vacuum_pa if on_skin else vacuum_pa // _OFF_SKIN_DIVISOR
        self._to_pa = held_pa * (1000 - self.leak_permille) // 1000
        self._since_ns = now_ns
        self.edge_ns = now_ns + self._rise_ns

    def vent(self, now_ns: int) -> None:
        """Let air in as fast as the valve does."""
        self.set(now_ns, 0, on_skin=True)

    def open_at_once(self, now_ns: int) -> None:
        """Lift the head: no vacuum from now on."""
        self._from_pa = self._to_pa = 0
        self._since_ns = now_ns

    def vacuum_pa(self, now_ns: int) -> int:
        """Return the under-pressure in the head at an instant, Pa, 0 or more."""
        passed_ns = now_ns - self._since_ns
        if passed_ns >= self._rise_ns:
            return self._to_pa
        return self._from_pa + (self._to_pa - self._from_pa) * passed_ns // self._rise_ns
