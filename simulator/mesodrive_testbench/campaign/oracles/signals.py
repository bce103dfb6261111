"""What people and the machine are told, and what must stay small (I12, I14, I15)."""

from typing import Final

from mesodrive.core.alarms import BY_REASON
from mesodrive.core.states import State
from mesodrive_protocol.enums import Reason
from mesodrive_protocol.messages import Status
from mesodrive_simulator.simulated import SimulatedDevice
from mesodrive_testbench.campaign.host import Host
from mesodrive_testbench.campaign.inside import parts_of, queue_lengths
from mesodrive_testbench.campaign.oracles.violation import Violation

SIGNAL_NS: Final = 1_000_000_000
SILENT_NS: Final = 1_500_000_000
"""500 ms until an armed device counts as lost, and 1 s to say so."""
QUEUES_MAX: Final = {
    "questions under way": 64,
    "records not yet durable": 40,
    "units to be confirmed": 40,
}
"""Declared bounds; a device has 32 slots for records that are not acknowledged."""
OUTPUTS_MAX: Final = 96
"""Outputs of one input: a load of 64 steps, and what is said of it."""
FRAMES_PER_S_MAX: Final = 400
"""STOP each 20 ms, a grant and an ACK each 50 ms, a load, and what is sent again."""
HEAP_MAX: Final = 20_000
IN_SESSION: Final = frozenset({State.LOADED, State.ARMED, State.RUNNING, State.PAUSED})


class Signals:
    """Alarms that must come, and bounds that must hold."""

    def __init__(self) -> None:
        self.raised: dict[str, int] = {}
        """By alarm: when it was last raised."""
        self._sent = 0
        self.broken = False
        """A defect was injected into the running core, and has struck."""

    def begin(self) -> None:
        """A new core runs."""
        self.broken = False
        self._sent = 0
        self.raised.clear()

    def defect(self) -> None:
        """An injected defect strikes: from now on nothing may be delivered."""
        self.broken = True

    def internal_error(self, error: str, now_ns: int) -> None:
        """The core has caught a defect of its own (I15)."""
        if not self.broken:
            raise Violation("I15", f"a defect in the core: {error}", now_ns)

    def sending(self, now_ns: int) -> None:
        """A frame that allows delivery leaves (I15)."""
        if self.broken:
            raise Violation("I15", "a broken core goes on with the delivery", now_ns)

    def outputs(self, count: int, now_ns: int) -> None:
        """Look at how much one input caused (I14)."""
        if count > OUTPUTS_MAX:
            raise Violation("I14", f"{count} outputs of one input", now_ns)

    def each_second(
        self, host: Host, device: SimulatedDevice, heap: int, heard_ns: int, now_ns: int
    ) -> None:
        """Look at every queue, at the number of frames, and at an armed device that is silent."""
        lengths = queue_lengths(host.core)
        found = [f"{name}: {n}" for name, n in lengths.items() if n > QUEUES_MAX[name]]
        sent = parts_of(host.core).link.sent
        if sent - self._sent > FRAMES_PER_S_MAX:
            found.append(f"{sent - self._sent} frames in a second")
        self._sent = sent
        if len(device.stores.records) > device.profile.slots + 1:
            found.append(f"{len(device.stores.records)} records in the device")
        if heap > HEAP_MAX:
            found.append(f"{heap} things to come")
        if found:
            raise Violation("I14", "; ".join(found), now_ns)
        if host.idle:
            return
        if parts_of(host.core).sequencer.armed and now_ns - heard_ns > SILENT_NS:
            raise Violation("I12", f"armed and nothing heard since {heard_ns} ns", now_ns)

    def expect(self, host: Host, alarm: str, since_ns: int, now_ns: int) -> None:
        """Demand that an alarm was raised since its condition came (I12)."""
        if host.idle:
            return
        active = parts_of(host.core).alarms.is_active(alarm)
        if not active and self.raised.get(alarm, -1) < since_ns:
            raise Violation("I12", f"no alarm {alarm} within 1 s", now_ns)

    def latch_seen(self, host: Host, since_ns: int, reason: int) -> str:
        """Return the alarm that a latch calls for, where the host has heard of it in a session."""
        status: Status | None = parts_of(host.core).device.status
        if status is None or status.reason != reason:
            return ""
        if parts_of(host.core).device.seen_ns < since_ns:
            return ""
        return BY_REASON.get(Reason(reason), "")
