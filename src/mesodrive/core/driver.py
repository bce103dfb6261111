"""The core: one input in, all its outputs out; the glue between the parts and no more.

`step` never raises, never waits and reads no clock. After each input the running procedure is
asked whether it can go on, and the next deadline is worked out anew.
"""

import json
from collections.abc import Callable
from typing import Any, Final

from mesodrive.core import conduct
from mesodrive.core.booking import Verdict
from mesodrive.core.device import FRESH, SILENT_NS, News
from mesodrive.core.link import NEVER
from mesodrive.core.parts import Parts, RefusalError
from mesodrive.core.ports import In, Output
from mesodrive.core.reactions import Reactions
from mesodrive.core.restoring import restore
from mesodrive.core.runner import Runner
from mesodrive.core.snapshot import take_view
from mesodrive.core.spec import SessionSpec
from mesodrive.core.states import Happened, State
from mesodrive.core.view import View
from mesodrive_protocol.codec import Received, Refused, Signed
from mesodrive_protocol.enums import DeviceState, StopCause
from mesodrive_protocol.messages import Poll, Record, Status, Trace

LATE_NS: Final = 200_000_000
"""STP-05: a host that comes later than this while armed has lost control of time."""
ASLEEP_NS: Final = 250_000_000
"""STP-05: more than this between boot time and monotonic time means the machine slept."""
KEEP_NS: Final = 500_000_000
"""A device holds a session for 2 s after a frame of its host; three in a row may be lost."""
# Looked up once: on the hot path an enumeration's attribute costs more than the comparison.
_ARMED: Final = State.ARMED
_RUNNING: Final = DeviceState.RUNNING
_STOPPED_STATES: Final = (DeviceState.STOPPING, DeviceState.LATCHED)


class DriverCore:
    """One session with one device."""

    def __init__(self, spec: SessionSpec) -> None:
        self._parts = Parts(spec)
        if spec.resume is not None:
            restore(self._parts, spec.resume)
        self._runner = Runner(self._parts)
        self._reactions = Reactions(self._parts, self._runner)
        self._keep_ns = 0
        self._handlers: dict[int, Callable[[bytes], None]] = {
            In.RECEIVED.value: self._received,
            In.TICK.value: self._tick,
            In.WISH.value: self._wish,
            In.DURABLE.value: self._durable,
            In.OPENED.value: self._opened,
            In.LOST.value: self._lost,
            In.JOURNAL_FAILED.value: self._journal_failed,
            In.HOST.value: self._host,
            In.KEY.value: self._parts.keys.take,
        }
        self.deadline_ns = NEVER
        """When `step(In.TICK, b"", now_ns)` is wanted at the latest; `NEVER` if not at all."""

    @property
    def ended(self) -> bool:
        """Whether the session is over; nothing more is sent then."""
        return self._parts.ended

    @property
    def exit_code(self) -> int:
        """How the session ended, as a process tells it; meaningful once it has ended."""
        return conduct.exit_code(self._parts)

    def view(self) -> View:
        """Return what people see at this moment."""
        return take_view(self._parts)

    def step(self, code: int, data: bytes, now_ns: int) -> list[Output]:
        """Take one input and return everything that follows from it, in order.

        Args:
            code: One of `In`.
            data: Its data, as `In` says.
            now_ns: Monotonic time of the input; never less than the one before.

        Returns:
            Outputs as `(code, data)`. A defect inside ends in STOP and a latched fault, never in
            an exception.
        """
        parts = self._parts
        due_ns, parts.now_ns = self.deadline_ns, now_ns
        if parts.ended:
            return parts.outbox.take()
        try:
            if parts.sequencer.armed and now_ns - due_ns > LATE_NS:
                self._reactions.came_late(now_ns - due_ns)
            self._handlers[code](data)
            wait = self._runner.wait
            if wait is not None and (wait.test() or now_ns >= wait.until_ns):
                self._runner.proceed()
        except Exception as error:  # noqa: BLE001  # I15: a defect stops the device, not the driver
            self._reactions.broken(error)
        self._rearm()
        return parts.outbox.take()

    def _received(self, data: bytes) -> None:
        parts = self._parts
        for message in parts.link.feed(data):
            parts.link.received += 1
            kind = type(message)
            if kind not in parts.machine.expected:
                self._unexpected(message)
            elif kind is Status:
                self._status(message)  # type: ignore[arg-type]
            elif kind is Record:
                self._record(message)  # type: ignore[arg-type]
            elif kind is Trace:
                self._trace(message)  # type: ignore[arg-type]
            elif not parts.link.take_answer(message):  # type: ignore[arg-type]
                parts.link.stale += 1

    def _unexpected(self, message: Received) -> None:
        """Count what the present state has no use for; unsigned lines take no signed frames."""
        if isinstance(message, Refused | Signed):
            self._parts.link.refused += 1

    def _status(self, status: Status) -> None:
        parts = self._parts
        device, sequencer = parts.device, parts.sequencer
        if parts.bond.recovering and not parts.bond.met:
            parts.link.stale += 1  # it may be of another device, which proves and promises nothing
            return
        news = device.take(status, parts.link.boot, parts.link.session, parts.now_ns)
        if parts.stopper.pressed and news is not News.OLD:
            parts.stopper.on_status(status, parts.now_ns)
        if news is not FRESH:
            self._odd_status(news, status)
            return
        if status.rid:
            parts.link.take_answer(status)
        elif parts.quality.take(status, parts.now_ns):
            parts.show_quality()
        if status.state in _STOPPED_STATES:
            self._reactions.device_stopped(status)
        elif sequencer.armed:
            if device.drift is not self._reactions.drift:
                self._reactions.drifted(device.drift)
            if sequencer.armed:
                self._grant(status)

    def _grant(self, status: Status) -> None:
        parts = self._parts
        sequencer = parts.sequencer
        book = sequencer.book
        if book is not None and status.next > book.granted:
            self._reactions.contradicted()  # it has begun units that were never granted
            return
        if sequencer.on_status(status, parts.now_ns, further=not parts.pause_wished):
            sequencer.disarm()
        elif parts.pause_wished and not sequencer.pausing:
            self._reactions.pause()
        elif parts.machine.state is _ARMED and status.state == _RUNNING:
            parts.fire(Happened.UNIT_BEGUN)
        if sequencer.held is not self._reactions.held:
            self._reactions.show_held()

    def _odd_status(self, news: News, status: Status) -> None:
        """React to a status that is more than old: a reset, another host, a falling total."""
        parts = self._parts
        if news is News.OLD:
            parts.link.stale += 1
            return
        if news is News.REBOOTED:
            if parts.machine.state is not State.IDENTIFYING:
                self._reactions.give_up_device("device-reset", "device-reset", boot=status.boot)
        elif news is News.FOREIGN:
            self._reactions.give_up_device("session-taken", session=status.session)
        else:
            self._reactions.contradicted()

    def _record(self, record: Record) -> None:
        parts = self._parts
        link = parts.link
        if link.session == 0 or (record.boot, record.session) != (link.boot, link.session):
            return
        verdict = parts.booking.take(record, parts.now_ns)
        if verdict is Verdict.FALSE:
            self._reactions.contradicted()
        elif verdict is not Verdict.SOUND:
            self._reactions.press(StopCause.MISMATCH, verdict.value)
        parts.show_content()
        if record.rid and not link.take_answer(record):
            link.stale += 1

    def _trace(self, trace: Trace) -> None:
        parts = self._parts
        link = parts.link
        if link.session == 0 or (trace.boot, trace.session) != (link.boot, link.session):
            link.stale += 1
        elif parts.booking.traces.take(trace):
            self._reactions.press(StopCause.MISMATCH, Verdict.CHARGE_DIFFERS.value)

    def _tick(self, _data: bytes) -> None:
        parts = self._parts
        parts.link.tick(parts.now_ns)
        if parts.stopper.tick(parts.now_ns):
            parts.alarm("stop-not-confirmed")
        if parts.sequencer.armed and parts.now_ns >= parts.device.lost_ns:
            parts.alarm("status-lost")
            self._reactions.press(StopCause.STATUS_LOST, "status-lost", Happened.STATUS_LOST)
        if parts.now_ns >= self._keep_ns and parts.machine.kept:
            self._keep_session()

    def _keep_session(self) -> None:
        """Let a device that nothing is asked of hear from us, and notice when it is gone."""
        parts = self._parts
        self._keep_ns = parts.now_ns + KEEP_NS
        if not (parts.port_open and parts.link.session):
            return
        device = parts.device
        if device.status is not None and parts.now_ns - device.seen_ns >= SILENT_NS:
            self._reactions.give_up_device("device-silent", "status-lost")
        if not parts.problem:
            parts.link.say(Poll)

    def _wish(self, data: bytes) -> None:
        parts = self._parts
        wish = json.loads(data)
        name = wish["wish"]
        parts.outbox.event("wish", **wish)
        if name == "stop":
            self._reactions.press(StopCause(wish.get("cause", 0)))
        elif name == "end":
            arming = self._reactions.is_arming() and not parts.end_wished
            parts.end_wished = True
            if parts.sequencer.armed or arming:
                self._reactions.press(StopCause.OPERATOR)
        elif name == "pause" and parts.started and not parts.awaiting:
            self._reactions.pause()
        elif name in parts.awaiting and _is_whole(wish):
            parts.wish, parts.wish_facts = name, wish
            parts.acted_on = parts.device.unsolicited
        else:
            parts.outbox.event("wish_refused", wish=name, state=parts.machine.state.value)

    def _durable(self, data: bytes) -> None:
        parts = self._parts
        parts.outbox.durable(int.from_bytes(data, "little"))
        parts.booking.durable()
        parts.sequencer.durable()

    def _opened(self, data: bytes) -> None:
        parts = self._parts
        assert not parts.port_open, "a session has one port at a time"
        port = json.loads(data)
        parts.link.reopen()
        parts.link.set_baud(port.get("baud"))
        parts.loopback = bool(port.get("loopback", True))
        parts.port_open, parts.bond.met = True, False
        parts.outbox.event("port", **port)
        if parts.machine.may(Happened.PORT_OPENED):
            parts.fire(Happened.PORT_OPENED)
        parts.stopper.port_back(parts.now_ns)
        if self._runner.wait is not None:
            return  # what runs has waited for it
        resumed = parts.spec.resume is not None
        self._runner.start(
            conduct.resumed_session(parts) if resumed else conduct.whole_session(parts)
        )

    def _lost(self, data: bytes) -> None:
        parts = self._parts
        parts.outbox.event("port_lost", **json.loads(data))
        parts.port_open = False
        self._reactions.disarm()
        if parts.stopper.port_gone():
            parts.alarm("stop-not-confirmed")
        parts.device.forget()
        parts.alarm("port-lost")
        if not (parts.problem or parts.ending):
            conduct.note_refusal(parts, RefusalError("port-lost", 4, **json.loads(data)))
        self._runner.start(conduct.after_loss(parts))

    def _journal_failed(self, data: bytes) -> None:
        parts = self._parts
        parts.outbox.failed = True
        parts.outbox.event("journal_failed", **json.loads(data))
        self._reactions.press(StopCause.JOURNAL, "journal-failed")

    def _host(self, data: bytes) -> None:
        host = json.loads(data)
        late = max(int(host.get("late_ns", 0)) - LATE_NS, int(host.get("asleep_ns", 0)) - ASLEEP_NS)
        self._parts.outbox.event("host", **host)
        if late > 0 and self._parts.sequencer.armed:
            self._reactions.press(StopCause.HOST_LATE, "host-late")

    def _rearm(self) -> None:
        parts = self._parts
        deadline_ns = parts.link.deadline_ns
        # Comparisons, being twice as fast as `min`: this runs at every input.
        if parts.stopper.deadline_ns < deadline_ns:  # noqa: PLR1730
            deadline_ns = parts.stopper.deadline_ns
        if parts.sequencer.armed and parts.device.lost_ns < deadline_ns:
            deadline_ns = parts.device.lost_ns
        wait = self._runner.wait
        if wait is not None and wait.until_ns < deadline_ns:
            deadline_ns = wait.until_ns
        if self._keep_ns < deadline_ns and parts.machine.kept:
            deadline_ns = max(self._keep_ns, parts.now_ns)
        self.deadline_ns = deadline_ns


def _is_whole(wish: dict[str, Any]) -> bool:
    """Tell whether a wish says what it must: answering for a unit takes a name and a reason."""
    if wish["wish"] != "resolve":
        return True
    return all(isinstance(wish.get(key), str) and wish[key].strip() for key in ("who", "why"))
