"""Alarms as one table: what each means, how urgent it is, whether it stays until acknowledged.

Priority is never written down, it follows from harm and onset (ALM-01). Texts and remedies are in
the catalogue under the alarm's id.
"""

from enum import IntEnum
from typing import Final, NamedTuple

from mesodrive_protocol.enums import Reason

NS_PER_MS: Final = 1_000_000
COUNT_MAX: Final = 999_999
"""Bound of the counter of one alarm; more says nothing to a person."""


class Priority(IntEnum):
    """Urgency of an alarm."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3


class Harm(IntEnum):
    """What may come of it if nobody acts."""

    MINOR = 0
    REVERSIBLE = 1
    IRREVERSIBLE = 2


class Onset(IntEnum):
    """How soon it may come."""

    DELAYED = 0
    PROMPT = 1
    IMMEDIATE = 2


_MATRIX: Final = (
    (Priority.LOW, Priority.LOW, Priority.MEDIUM),
    (Priority.LOW, Priority.MEDIUM, Priority.HIGH),
    (Priority.MEDIUM, Priority.HIGH, Priority.HIGH),
)
"""Priority by harm (row) and onset (column): safety.md, note 1, table 3."""


class Alarm(NamedTuple):
    """One row of the table."""

    id: str
    harm: Harm
    onset: Onset
    latching: bool
    """Stays, though its condition is gone, until the operator clears it."""

    @property
    def priority(self) -> Priority:
        """Urgency by the matrix."""
        return _MATRIX[self.harm][self.onset]


def _rows(*rows: Alarm) -> dict[str, Alarm]:
    table = {row.id: row for row in rows}
    assert len(table) == len(rows), "an alarm id stands twice"
    return table


ALARMS: Final = _rows(
    Alarm("stop-not-confirmed", Harm.IRREVERSIBLE, Onset.IMMEDIATE, latching=True),
    Alarm("status-lost", Harm.IRREVERSIBLE, Onset.PROMPT, latching=True),
    Alarm("port-lost", Harm.IRREVERSIBLE, Onset.PROMPT, latching=True),
    Alarm("delivery-uncertain", Harm.IRREVERSIBLE, Onset.DELAYED, latching=True),
    Alarm("record-mismatch", Harm.IRREVERSIBLE, Onset.PROMPT, latching=True),
    Alarm("device-reset", Harm.IRREVERSIBLE, Onset.PROMPT, latching=True),
    Alarm("host-late", Harm.REVERSIBLE, Onset.PROMPT, latching=True),
    Alarm("clock-drift", Harm.MINOR, Onset.DELAYED, latching=False),
    Alarm("clock-unusable", Harm.REVERSIBLE, Onset.PROMPT, latching=True),
    Alarm("journal-failed", Harm.IRREVERSIBLE, Onset.PROMPT, latching=True),
    Alarm("internal-error", Harm.IRREVERSIBLE, Onset.PROMPT, latching=True),
    Alarm("limit-held", Harm.MINOR, Onset.PROMPT, latching=False),
    Alarm("link-poor", Harm.MINOR, Onset.DELAYED, latching=False),
    Alarm("stopped-by-break", Harm.MINOR, Onset.PROMPT, latching=True),
    Alarm("stopped-by-key", Harm.MINOR, Onset.PROMPT, latching=True),
    Alarm("lease-expired", Harm.REVERSIBLE, Onset.PROMPT, latching=True),
    Alarm("contact-lost", Harm.REVERSIBLE, Onset.PROMPT, latching=True),
    Alarm("vacuum-lost", Harm.REVERSIBLE, Onset.PROMPT, latching=True),
    Alarm("blockage", Harm.REVERSIBLE, Onset.IMMEDIATE, latching=True),
    Alarm("too-much-delivered", Harm.IRREVERSIBLE, Onset.IMMEDIATE, latching=True),
    Alarm("too-little-delivered", Harm.REVERSIBLE, Onset.PROMPT, latching=True),
    Alarm("charge-differs", Harm.IRREVERSIBLE, Onset.IMMEDIATE, latching=True),
    Alarm("electrode-open", Harm.REVERSIBLE, Onset.PROMPT, latching=True),
    Alarm("electrode-short", Harm.IRREVERSIBLE, Onset.PROMPT, latching=True),
    Alarm("impedance", Harm.REVERSIBLE, Onset.PROMPT, latching=True),
    Alarm("pulse-wrong", Harm.IRREVERSIBLE, Onset.IMMEDIATE, latching=True),
    Alarm("needle-not-home", Harm.IRREVERSIBLE, Onset.IMMEDIATE, latching=True),
    Alarm("syringe-low", Harm.MINOR, Onset.DELAYED, latching=False),
    Alarm("cartridge-empty", Harm.MINOR, Onset.PROMPT, latching=True),
    Alarm("fitting-changed", Harm.REVERSIBLE, Onset.PROMPT, latching=True),
    Alarm("temperature", Harm.REVERSIBLE, Onset.PROMPT, latching=True),
    Alarm("supply", Harm.REVERSIBLE, Onset.PROMPT, latching=True),
    Alarm("stores-differ", Harm.IRREVERSIBLE, Onset.PROMPT, latching=True),
    Alarm("trigger-stuck", Harm.REVERSIBLE, Onset.PROMPT, latching=True),
    Alarm("sensor-failed", Harm.REVERSIBLE, Onset.PROMPT, latching=True),
    Alarm("device-internal", Harm.IRREVERSIBLE, Onset.PROMPT, latching=True),
)
"""Every alarm there is, by id."""

BY_REASON: Final[dict[Reason, str]] = {
    Reason.BREAK: "stopped-by-break",
    Reason.STOP_KEY: "stopped-by-key",
    Reason.LEASE: "lease-expired",
    Reason.CONTACT: "contact-lost",
    Reason.VACUUM: "vacuum-lost",
    Reason.BLOCKAGE: "blockage",
    Reason.TOO_MUCH: "too-much-delivered",
    Reason.TOO_LITTLE: "too-little-delivered",
    Reason.OPEN: "electrode-open",
    Reason.SHORT: "electrode-short",
    Reason.IMPEDANCE: "impedance",
    Reason.PULSE: "pulse-wrong",
    Reason.HOME: "needle-not-home",
    Reason.EMPTY: "cartridge-empty",
    Reason.FITTING: "fitting-changed",
    Reason.TEMPERATURE: "temperature",
    Reason.SUPPLY: "supply",
    Reason.RESET: "device-reset",
    Reason.STORES: "stores-differ",
    Reason.TRIGGER: "trigger-stuck",
    Reason.SENSOR: "sensor-failed",
    Reason.INTERNAL: "device-internal",
}
"""The alarm for each reason a device latches with; STOP itself is no alarm."""


class Active(NamedTuple):
    """One active alarm."""

    id: str
    priority: Priority
    times: int
    """How often it was raised since it became active."""


class AlarmBoard:
    """The active alarms: one instance per cause, bounded by the table, highest first."""

    def __init__(self) -> None:
        self._active: dict[str, int] = {}
        self.clears: dict[Reason, list[int]] = {}
        """When each reason was cleared, for STP-07; nanoseconds."""
        self._earlier: list[tuple[Reason, int]] = []

    def restore(self, reason: Reason, ago_ms: int) -> None:
        """Remember a clearing of an earlier log, so long before the coming `begin`."""
        self._earlier.append((reason, ago_ms))

    def begin(self, now_ns: int) -> None:
        """Say when the session goes on: what was restored happened before."""
        for reason, ago_ms in self._earlier:
            self.clears.setdefault(reason, []).append(now_ns - ago_ms * NS_PER_MS)
        self._earlier.clear()

    def raise_alarm(self, alarm_id: str) -> bool:
        """Raise an alarm; tell whether it was not active before.

        Raises:
            KeyError: If the table has no such row.
        """
        _ = ALARMS[alarm_id]
        count = self._active.get(alarm_id, 0)
        self._active[alarm_id] = min(count + 1, COUNT_MAX)
        return count == 0

    def is_active(self, alarm_id: str) -> bool:
        """Tell whether an alarm is there now."""
        return alarm_id in self._active

    def condition_gone(self, alarm_id: str) -> bool:
        """Withdraw an alarm that does not latch; tell whether it was withdrawn."""
        if alarm_id not in self._active or ALARMS[alarm_id].latching:
            return False
        del self._active[alarm_id]
        return True

    def acknowledge_all(self) -> list[str]:
        """Withdraw every alarm, when the operator has cleared the stop; return their ids."""
        gone = sorted(self._active)
        self._active.clear()
        return gone

    def active(self) -> tuple[Active, ...]:
        """Return the active alarms, most urgent first, then by id."""
        rows = (Active(i, ALARMS[i].priority, count) for i, count in self._active.items())
        return tuple(sorted(rows, key=lambda row: (-row.priority, row.id)))
