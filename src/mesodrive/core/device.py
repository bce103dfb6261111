"""What the host knows of the device from its statuses: how fresh, which boot, whose clock.

Only a STATUS says what is. One whose device time is not later than the last is old news and is
dropped; one with another boot means that the device was reset.
"""

from enum import Enum
from typing import Final

from mesodrive.core.link import NEVER
from mesodrive_protocol.enums import DeviceState
from mesodrive_protocol.messages import Identity, Status

FRESH_NS: Final = 250_000_000
"""CMD-11: ARM needs a status at most this old."""
LOST_NS: Final = 500_000_000
"""LNK-04: no status for so long while armed means lost."""
SILENT_NS: Final = 5_000_000_000
"""LNK-04: the same while nothing is armed."""
DRIFT_WINDOW_NS: Final = 1_000_000_000
"""The device's clock is compared with the host's over at least this."""
DRIFT_SAMPLES_MIN: Final = 10
"""And over at least so many statuses, so that one late reading proves nothing."""
DRIFT_WARN: Final = 0.01
"""protocol.md, "Times": share of the host's time."""
DRIFT_STOP: Final = 0.05
"""The same, from which the lease can no longer be trusted."""


class News(Enum):
    """What a status means besides its values."""

    OLD = 0
    """Not later than the last one; dropped."""
    FOREIGN = 1
    """Of another session: somebody else holds the device, or held it."""
    FRESH = 2
    REBOOTED = 3
    """Of a later boot than the one this session knows."""
    FELL_BACK = 4
    """A total that never falls within one boot fell."""


class Drift(Enum):
    """How the device's clock goes against the host's."""

    FINE = 0
    WARN = 1
    UNUSABLE = 2


class Device:
    """The device as last reported."""

    def __init__(self) -> None:
        self.identity: Identity | None = None
        self.status: Status | None = None
        self.seen_ns = -NEVER
        """When the last fresh status came."""
        self.lost_ns = NEVER
        """When a device that is armed counts as lost, unless it is heard of before."""
        self.unsolicited: Status | None = None
        """The last status that came unasked; only such a one may be named in ARM."""
        self.unsolicited_ns = -NEVER
        self.begun_seen = 0
        """The highest count of begun units that was seen before it was forgotten."""
        self.drift = Drift.FINE
        self._forgotten = -1, 0
        """Boot and device time of the last status before it was forgotten: older ones stay old."""
        self._forgotten_latch: int | None = None
        self._window_end_ns = 0
        self._samples = 0
        self._least_offset_ns = NEVER
        self._offset_before_ns: int | None = None
        self._before_ns = 0

    @property
    def simulated(self) -> bool | None:
        """The device's own word on being a simulator; None until it has spoken."""
        return None if self.identity is None else bool(self.identity.caps & 1)

    @property
    def state(self) -> DeviceState | None:
        """The device's state, or None while unknown."""
        return None if self.status is None else DeviceState(self.status.state)

    @property
    def latch_no(self) -> int | None:
        """The latch number last seen, None before the first; it outlives what is forgotten.

        A device raises it with each stop and keeps it over resets, and a CLEAR names it: so one
        that says LATCHED with a number that nobody has seen is latched still.
        """
        return self._forgotten_latch if self.status is None else self.status.latch_no

    def forget(self) -> None:
        """Forget what was reported: the port is new, or the device was reset."""
        if self.status is not None:
            self.begun_seen = max(self.begun_seen, self.status.begun_total)
            self._forgotten = self.status.boot, self.status.device_us
            self._forgotten_latch = self.status.latch_no
        self.status = self.unsolicited = None
        self.seen_ns = self.unsolicited_ns = -NEVER
        self.lost_ns = NEVER
        self.drift = Drift.FINE
        self._samples = self._window_end_ns = 0
        self._least_offset_ns = NEVER
        self._offset_before_ns = None

    def is_fresh(self, now_ns: int) -> bool:
        """Tell whether the last unasked status is young enough to act on (CMD-11)."""
        return now_ns - self.unsolicited_ns <= FRESH_NS

    def take(self, status: Status, boot: int, session: int, now_ns: int) -> News:
        """Take a status and say what it means.

        Args:
            status: The message.
            boot: The boot that this host knows, 0 before it knows one.
            session: This host's session, 0 before OPEN.
            now_ns: When it was read.
        """
        if (boot and status.boot != boot) or (session and status.session != session):
            return _of_another(status, boot, session)
        last = self.status
        if last is not None and last.boot == status.boot:
            if status.device_us <= last.device_us:
                return News.OLD
            if status.begun_total < last.begun_total or status.journal_next < last.journal_next:
                return News.FELL_BACK
        elif self._is_older(status, boot):
            return News.OLD
        self.status = status
        self.seen_ns = now_ns
        self.lost_ns = now_ns + LOST_NS
        if status.rid == 0:
            self.unsolicited = status
            self.unsolicited_ns = now_ns
            offset_ns = now_ns - status.device_us * 1_000
            if offset_ns < self._least_offset_ns:  # noqa: PLR1730 -- at each status
                self._least_offset_ns = offset_ns
            self._samples += 1
            if now_ns >= self._window_end_ns and self._samples >= DRIFT_SAMPLES_MIN:
                self._compare_clocks(now_ns)
        return FRESH

    def _is_older(self, status: Status, boot: int) -> bool:
        """Tell whether a status is from before what was forgotten: boots rise, and times in one.

        Once the device has said who it is, its boot is the present one, however low.
        """
        boot_before, us_before = self._forgotten
        if status.boot == boot_before:
            return status.device_us <= us_before
        return not boot and status.boot < boot_before

    def _compare_clocks(self, now_ns: int) -> None:
        """Compare the clocks by the least delayed status of each window.

        A late status only ever makes the offset larger, so the least of some twenty is robust
        against a busy host and a slow line.
        """
        if self._offset_before_ns is not None:
            span_ns = now_ns - self._before_ns
            share = abs(self._least_offset_ns - self._offset_before_ns) / span_ns
            self.drift = (
                Drift.UNUSABLE
                if share > DRIFT_STOP
                else Drift.WARN
                if share > DRIFT_WARN
                else Drift.FINE
            )
        self._offset_before_ns, self._before_ns = self._least_offset_ns, now_ns
        self._window_end_ns = now_ns + DRIFT_WINDOW_NS
        self._samples, self._least_offset_ns = 0, NEVER


FRESH: Final = News.FRESH
"""Looked up once: statuses are the hot path."""


def _of_another(status: Status, boot: int, session: int) -> News:
    """Tell what a status of another boot or session means; numbers of both only rise."""
    if boot and status.boot != boot:
        return News.REBOOTED if status.boot > boot else News.OLD
    return News.FOREIGN if status.session > session else News.OLD
