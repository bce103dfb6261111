"""What the output meets while current flows: open, short, changing, or beyond its compliance.

All of it is looked at whenever something happens, and each 10 ms. Nothing here resumes: whatever
is found stops the device, and a person clears it.
"""

from typing import Final

from mesodrive_protocol.enums import Reason
from mesodrive_simulator.firmware.board import NEVER_US, Board
from mesodrive_simulator.firmware.names import NO_REASON

SETTLING_US: Final = 2_000_000
"""At the beginning of a ramp impedance may change as it likes."""
AFTER_PULSE_US: Final = 10_000_000
"""So long after a pulse too: skin recovers in seconds."""
SPACING_US: Final = 100_000
KEPT: Final = 10
"""Loads kept, `SPACING_US` apart: a change is seen within one second."""
LATE_US_MAX: Final = 60_000_000
"""The clamp may hold the output below its level for twice the ramp, and never longer."""
ABOVE_PERMILLE: Final = 1100
ABOVE_UA: Final = 50
"""More than this above what was asked for is not what was asked for."""


class LoadWatch:
    """Holds the load and the level against what may be."""

    __slots__ = (
        "_change_permille", "_from_us", "_greatest_ohm", "_late_us", "_least_ohm", "_loads",
        "_next_us", "_ohm_max", "_ohm_min", "_reached_us", "board", "level_ua", "most_ua", "ohm",
    )  # fmt: skip

    def __init__(self, board: Board) -> None:
        profile = board.profile
        self.board = board
        self._ohm_min = profile.load_ohm_min or 0
        self._ohm_max = profile.load_ohm_max or NEVER_US
        self._change_permille = profile.impedance_change_permille or 1000
        self.ohm = 0
        """The load, as it was seen last."""
        self.level_ua = 0
        """What was asked for last."""
        self.most_ua = 0
        """What may be measured at most."""
        self._from_us = self._next_us = 0
        """From when on the load is kept, and when next."""
        self._reached_us = self._late_us = 0
        """Until when the level was or need not be reached, and how much later it must be."""
        self._loads: list[int] = []
        self._least_ohm = self._greatest_ohm = 0

    def begin(self, pulse_us: int) -> None:
        """Begin with an output that comes from zero.

        Args:
            pulse_us: When the last pulse ended.
        """
        us = self.board.us
        self._from_us = self._next_us = max(us + SETTLING_US, pulse_us + AFTER_PULSE_US)
        self.level_ua = self.most_ua = 0
        self._loads = []

    def drive(self, level_ua: int, ramp_us: int) -> None:
        """Expect another level.

        Args:
            level_ua: Signed level that is asked for.
            ramp_us: At the latest after this it should flow.
        """
        us = self.board.us
        # on the way down there is still what was before, whatever a gate shows of it just now
        self.most_ua = max(self.most_ua, _most_ua(level_ua))
        self._late_us = min(2 * ramp_us, LATE_US_MAX)
        if level_ua != self.level_ua:  # slices of one ramp do not put it off
            self._reached_us = us + ramp_us
            self.level_ua = level_ua

    def look(self) -> Reason:
        """Return what must not be, NONE if all is well; only while current is driven."""
        board = self.board
        unit, now_ns, us = board.electric, board.now_ns, board.us
        self.ohm = ohm = unit.load_ohm(now_ns)
        if ohm > self._ohm_max:
            return Reason.OPEN
        if ohm < self._ohm_min:
            return Reason.SHORT
        current_ua = unit.current_ua(now_ns)
        if not -self.most_ua <= current_ua <= self.most_ua:
            return Reason.TOO_MUCH
        if us > self._reached_us:
            if unit.is_at_level(now_ns):
                self._reached_us = us
                self.most_ua = _most_ua(self.level_ua)
            elif us > self._reached_us + self._late_us:
                return Reason.IMPEDANCE
        return self._change(us, ohm) if us >= self._from_us else NO_REASON

    def _change(self, us: int, ohm: int) -> Reason:
        """Hold the load against those of the last second."""
        if self._loads:
            permille = self._change_permille
            if ohm * 1000 <= self._greatest_ohm * (
                1000 - permille
            ) or ohm * 1000 >= self._least_ohm * (1000 + permille):
                return Reason.IMPEDANCE
        if us >= self._next_us:
            self._next_us = us + SPACING_US
            loads = self._loads = [*self._loads[1 - KEPT :], ohm]
            self._least_ohm, self._greatest_ohm = min(loads), max(loads)
        return NO_REASON


def _most_ua(level_ua: int) -> int:
    return abs(level_ua) * ABOVE_PERMILLE // 1000 + ABOVE_UA
