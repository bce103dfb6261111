"""What people do with the gun, as the firmware sees it: trigger and skin contact.

The trigger must be seen released for 30 ms after ARM and between single units. Contact is proven
by force or vacuum, as the profile says, and must have stood for the device's settling time.
"""

from collections.abc import Callable

from mesodrive_protocol.enums import Kind, LimitField, Trigger
from mesodrive_simulator.firmware.board import NEVER_US, Board
from mesodrive_simulator.firmware.names import DRY, NO_TRIGGER, PRIME

IN_AIR = frozenset({PRIME, DRY})
"""Kinds that are carried out only with contact absent."""


class TriggerWatch:
    """Counts releases of the trigger, bounces not among them."""

    __slots__ = ("board", "due_us", "ready", "released_us")

    def __init__(self, board: Board) -> None:
        self.board = board
        self.ready = False
        """A press counts: the trigger was released long enough since it was last used up."""
        self.released_us = NEVER_US
        self.due_us = NEVER_US
        """When the present release will have been long enough."""

    def use_up(self) -> None:
        """Demand a new release, counted from now."""
        self.ready = False
        self.released_us = self.due_us = NEVER_US
        self.look()

    def look(self) -> None:
        """Take notice of the trigger as it is now; while not ready."""
        if self.board.plant.trigger:
            self.released_us = self.due_us = NEVER_US
            return
        us = self.board.us
        if self.released_us == NEVER_US:
            self.released_us = us
            self.due_us = us + self.board.profile.trigger_release_us
        if us >= self.due_us:
            self.ready = True
            self.due_us = NEVER_US

    def lets(self, trigger: Trigger) -> bool:
        """Tell whether a unit may begin as far as the trigger goes."""
        return trigger is NO_TRIGGER or (self.ready and self.board.plant.trigger)


class ContactWatch:
    """Whether the gun stands on skin."""

    __slots__ = ("abort", "board", "force", "least", "most", "read", "since_us", "stable_us")

    def __init__(self, board: Board) -> None:
        profile = board.profile
        self.board = board
        self.force = profile.contact == "force"
        self.read: Callable[[int], int] = _nothing
        """The sensor of this gun, read at a world time: mN or Pa."""
        if self.force:
            self.read = board.plant.contact_mn
            self.arm()
            self.most = profile.contact_mn_max or NEVER_US
            self.stable_us = profile.rearm_us
        elif profile.contact == "vacuum":
            self.read = board.plant.vacuum_pa
            self.least = profile.vacuum_pa_min or 1
            self.abort = profile.vacuum_pa_abort or 1
            self.most = profile.vacuum_pa_max or NEVER_US
            self.stable_us = max(profile.vacuum_stable_us or 0, profile.rearm_us)
        elif profile.contact == "electrode":
            self.read = board.plant.contact_mn
            self.least = self.abort = 1
            self.most = NEVER_US
            self.stable_us = profile.rearm_us
        else:
            self.least = self.abort = self.stable_us = 0
            self.most = NEVER_US
        self.since_us = NEVER_US
        """Since when contact stands, NEVER while it does not."""

    def arm(self) -> None:
        """Demand contact anew, by the limits in force."""
        self.since_us = NEVER_US
        if self.force:
            board = self.board
            limits = board.limits if board.program is None else board.program.limits
            self.least = self.abort = max(1, limits.of(LimitField.CONTACT_MN_MIN))

    def look(self) -> None:
        """Take notice of force or vacuum as it is now."""
        value = self.read(self.board.now_ns)
        if not self.least <= value <= self.most:
            self.since_us = NEVER_US
        elif self.since_us == NEVER_US:
            self.since_us = self.board.us

    def good_from_us(self, kind: Kind) -> int:
        """Return from when a unit of a kind may begin as far as contact goes; NEVER: not so."""
        if kind in IN_AIR:
            return 0 if self._absent() else NEVER_US
        if not self.least:
            return 0
        return self.since_us + self.stable_us if self.since_us != NEVER_US else NEVER_US

    def lost(self, kind: Kind) -> bool:
        """Tell whether a unit under way must be stopped for want of contact, or for contact."""
        if kind in IN_AIR:
            return not self._absent()
        return self.read(self.board.now_ns) < self.abort

    def _absent(self) -> bool:
        return not self.abort or self.read(self.board.now_ns) < self.abort


def _nothing(_now_ns: int) -> int:
    """Read the sensor that is not there."""
    return 0
