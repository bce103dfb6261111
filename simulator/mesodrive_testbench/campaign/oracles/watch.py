"""All oracles of one seed, and who is told what; it also counts the states that were reached."""

from typing import TYPE_CHECKING, Any, Final

from mesodrive.core.alarms import BY_REASON
from mesodrive.core.ports import In
from mesodrive_protocol.enums import DeviceState, Kind, Outcome, Reason
from mesodrive_testbench.campaign.effects import Tag
from mesodrive_testbench.campaign.host import Host
from mesodrive_testbench.campaign.inside import parts_of
from mesodrive_testbench.campaign.oracles.books import Books, facts_of
from mesodrive_testbench.campaign.oracles.signals import IN_SESSION, SIGNAL_NS, Signals
from mesodrive_testbench.campaign.oracles.violation import Violation
from mesodrive_testbench.campaign.script import S

if TYPE_CHECKING:
    from mesodrive_testbench.campaign.world import CampaignWorld

_DURABLE: Final = In.DURABLE.value
_EVENT: Final = Kind.EVENT
_NAME_AT: Final = len(b'{"event":"')
_ENTERED: Final = {state: f"device {state.name.lower()}" for state in DeviceState}
"""What is counted when the device comes into a state."""
_UNCERTAIN: Final = frozenset({"recovering", "uncertain"})
STOPPED_BY_PEOPLE: Final = frozenset({0, 1})


class Watch:
    """Looks at each step where something changed."""

    def __init__(self, world: "CampaignWorld") -> None:
        self._world = world
        self.books = Books(world.units)
        self.signals = Signals()
        self._confirmed = 0
        self._latched_at_ns = 0
        self._seen_seq = 0
        self._on: dict[bytes, Any] = {
            b"unit": self._unit,
            b"intent": self._intent,
            b"ceiling": self._ceiling,
            b"state": self._state,
            b"alarm": self._alarm,
            b"stopped": self._stopped,
            b"internal_error": self._internal_error,
            b"armed": self._armed,
            b"at_rest": self._at_rest,
            b"recovered": self._recovered,
            b"resolved": self._resolved,
            b"journal_failed": self._journal_failed,
        }

    def begin(self, host: Host) -> None:
        """Another life of the driver begins."""
        self.signals.begin()
        self._confirmed = 0
        host.done = host.done_durable = parts_of(host.core).booking.units_confirmed
        self._world.push(self._world.now_ns + S, self._each_second, host)

    # What the host does.

    def stepped(self, host: Host, code: int, outputs: list[tuple[int, bytes]]) -> None:
        """Look at one input of the core and its outputs."""
        if len(outputs) > 8:
            self.signals.outputs(len(outputs), self._world.now_ns)
        if code == _DURABLE:
            self.books.confirmed(host, code, self._world.now_ns)

    def sending(self, host: Host, frame: bytes, tag: int) -> None:
        """Look at a frame that allows delivery."""
        del frame
        if self.books.doubting:
            self.books.sending(host, tag, self._world.now_ns)
        if self.signals.broken and tag & (Tag.GRANT | Tag.DELIVERY):
            self.signals.sending(self._world.now_ns)

    def event(self, host: Host, event: bytes) -> None:
        """Look at one event of the core."""
        name = event[_NAME_AT : event.index(b'"', _NAME_AT)]
        handler = self._on.get(name)
        if handler is not None:
            handler(host, facts_of(event))
        self._world.client.event(event)

    def lost(self, host: Host) -> None:
        """The host was told that its port is gone."""
        self._world.tally["port lost"] += 1
        self.books.lost(host)
        self._expect(host, "port-lost")

    def operator_stops(self) -> None:
        """The operator is about to press STOP (F45)."""
        if self.books.doubting:
            self._world.tally["stop while uncertain"] += 1

    def late(self, host: Host) -> None:
        """The host stood still for more than 200 ms while it was armed."""
        self._expect(host, "host-late")

    # What the device does.

    def device_state(self, state: DeviceState) -> None:
        """Look at another state of the device."""
        world = self._world
        world.tally[_ENTERED[state]] += 1
        if state is DeviceState.LATCHED:
            reason = world.device.stores.latch_reason
            world.tally[f"latched for {Reason(reason).name.lower()}"] += 1
            host = world.host
            if host.alive and parts_of(host.core).machine.state in IN_SESSION:
                facts = (host, world.now_ns, reason)
                world.push(world.now_ns + 2 * SIGNAL_NS, self._check_latch, facts)

    def journal(self) -> None:
        """Keep what the device wrote down."""
        records = self._world.device.stores.records
        for record in reversed(records):
            if record.seq <= self._seen_seq:
                break
            if record.kind != _EVENT:
                self.books.journal.setdefault((record.command, record.unit), record)
        if records:
            self._seen_seq = records[-1].seq

    # Single events.

    def _unit(self, host: Host, facts: dict[str, Any]) -> None:
        outcome = facts["outcome"]
        self._world.tally[f"unit {outcome}"] += 1
        book = parts_of(host.core).ledger.books.get(facts["command"])
        if outcome == "done" and book is not None and not book.is_waste:
            host.done += 1
        if outcome == "partial" and facts["hi"]:
            self._world.tally["settle on fault"] += 1
        self.books.unit(host, facts, self._world.now_ns)

    def _intent(self, host: Host, facts: dict[str, Any]) -> None:
        place = (facts["stage"], facts["program"], facts.get("done", 0))
        self._world.planned[facts["command"]] = place
        host.promises.append((facts["command"], 0))

    def _ceiling(self, host: Host, facts: dict[str, Any]) -> None:
        host.promises.append((facts["command"], facts["upto"]))

    def _state(self, host: Host, facts: dict[str, Any]) -> None:
        now = facts["to"]
        self._world.tally[f"state {now}"] += 1
        if now in _UNCERTAIN or facts["by"] == "lost_certain":
            self.books.lost(host)
            self._world.injector.lost()

    def _alarm(self, host: Host, facts: dict[str, Any]) -> None:
        del host
        self.signals.raised[facts["id"]] = self._world.now_ns

    def _stopped(self, host: Host, facts: dict[str, Any]) -> None:
        del host, facts
        world = self._world
        if not world.units.latched and not world.injector.forged_lately:
            raise Violation("I10", "shown as stopped, the device is not latched", world.now_ns)
        self._world.tally["stop confirmed"] += 1

    def _internal_error(self, host: Host, facts: dict[str, Any]) -> None:
        self.signals.internal_error(facts["error"], self._world.now_ns)
        self._world.tally["core defect caught"] += 1
        self._expect(host, "internal-error")

    def _at_rest(self, host: Host, facts: dict[str, Any]) -> None:
        reason = self._world.device.stores.latch_reason
        alarm = BY_REASON.get(Reason(reason), "")
        if alarm and facts["reason"] == Reason(reason).name.lower():
            self._expect(host, alarm)

    def _armed(self, host: Host, facts: dict[str, Any]) -> None:
        del host, facts
        self._world.heard_ns = self._world.now_ns

    def _recovered(self, host: Host, facts: dict[str, Any]) -> None:
        del facts
        self.books.look_again(host)
        self._world.tally["recovered"] += 1

    def _resolved(self, host: Host, facts: dict[str, Any]) -> None:
        del facts
        self.books.look_again(host)
        self._world.tally["operator answered"] += 1

    def _journal_failed(self, host: Host, facts: dict[str, Any]) -> None:
        del facts
        self._expect(host, "journal-failed")

    # Later looks.

    def _expect(self, host: Host, alarm: str) -> None:
        world = self._world
        if parts_of(host.core).alarms.is_active(alarm):
            return
        world.push(world.now_ns + SIGNAL_NS, self._check_alarm, (host, alarm, world.now_ns))

    def _check_alarm(self, facts: tuple[Host, str, int]) -> None:
        host, alarm, since_ns = facts
        if host is self._world.host:
            self.signals.expect(host, alarm, since_ns, self._world.now_ns)

    def _check_latch(self, facts: tuple[Host, int, int]) -> None:
        host, since_ns, reason = facts
        if host is not self._world.host or reason in STOPPED_BY_PEOPLE:
            return
        alarm = self.signals.latch_seen(host, since_ns, reason)
        if alarm:
            self.signals.expect(host, alarm, since_ns, self._world.now_ns)
        elif self._world.device.stores.latch_reason == reason and host.alive and not host.over:
            # Not heard yet, over a line that is down: looked at again for as long as it stands.
            self._world.push(self._world.now_ns + SIGNAL_NS, self._check_latch, facts)

    def _each_second(self, host: Host) -> None:
        world = self._world
        if host is not world.host or not host.alive or host.over:
            return
        self.signals.each_second(host, world.device, len(world.heap), world.heard_ns, world.now_ns)
        world.push(world.now_ns + S, self._each_second, host)

    # The end.

    def at_end(self) -> None:
        """Compare everything once the session is over."""
        world = self._world
        host = world.host
        self.journal()
        view = host.core.view()
        world.tally[f"ending {view.ending}"] += 1
        world.tally.update(self.books.resolved)
        whole = view.ending == "completed"
        self.books.at_end(host, whole=whole, now_ns=world.now_ns)
        for record in self.books.journal.values():
            if record.outcome == Outcome.UNKNOWN:
                world.tally["unit nobody knows"] += 1
