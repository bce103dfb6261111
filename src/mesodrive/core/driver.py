"""The core: one input in, all its outputs out; the glue between the parts and no more.

`step` never raises, never waits and reads no clock. After each input the running procedure is
asked whether it can go on, and the next deadline is worked out anew.
"""

import json
from collections.abc import Callable
from typing import Final

from mesodrive.core import conduct
from mesodrive.core.alarms import BY_REASON
from mesodrive.core.booking import Verdict
from mesodrive.core.device import FRESH, SILENT_NS, Drift, News
from mesodrive.core.link import NEVER
from mesodrive.core.parts import Parts, RefusalError
from mesodrive.core.ports import In, Output
from mesodrive.core.runner import Runner
from mesodrive.core.snapshot import take_view
from mesodrive.core.spec import SessionSpec
from mesodrive.core.states import Happened, State
from mesodrive.core.view import View
from mesodrive_protocol.codec import Received, Refused, Signed
from mesodrive_protocol.enums import DeviceState, Reason, StopCause
from mesodrive_protocol.messages import Pause, Poll, Record, Status

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
_KEPT: Final = (State.IDLE, State.LOADED, State.PAUSED, State.STOPPED, State.FAULTED)
"""States in which people think, for as long as they like, while the device must stay ours."""


class DriverCore:
    """One session with one device."""

    def __init__(self, spec: SessionSpec) -> None:
        self._parts = Parts(spec)
        self._runner = Runner(self._parts)
        self._held = False
        self._drift = Drift.FINE
        self._keep_ns = 0
        self._alarmed_latch = -1
        self._alarmed_reason = Reason.NONE
        self._handlers: dict[int, Callable[[bytes], None]] = {
            In.RECEIVED: self._received,
            In.TICK: self._tick,
            In.WISH: self._wish,
            In.DURABLE: self._durable,
            In.OPENED: self._opened,
            In.LOST: self._lost,
            In.JOURNAL_FAILED: self._journal_failed,
            In.HOST: self._host,
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
                self._came_late(now_ns - due_ns)
            self._handlers[code](data)
            wait = self._runner.wait
            if wait is not None and (wait.test() or now_ns >= wait.until_ns):
                self._runner.proceed()
        except Exception as error:  # noqa: BLE001  # I15: a defect stops the device, not the driver
            self._broken(error)
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
            else:
                parts.link.take_answer(message)  # type: ignore[arg-type]

    def _unexpected(self, message: Received) -> None:
        """Count what the present state has no use for; unsigned lines take no signed frames."""
        if isinstance(message, Refused | Signed):
            self._parts.link.refused += 1

    def _status(self, status: Status) -> None:
        parts = self._parts
        device, sequencer = parts.device, parts.sequencer
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
            self._device_stopped(status)
        elif sequencer.armed:
            if device.drift is not self._drift:
                self._drifted(device.drift)
            if sequencer.armed:
                self._grant(status)

    def _grant(self, status: Status) -> None:
        parts = self._parts
        sequencer = parts.sequencer
        book = sequencer.book
        if book is not None and status.next > book.granted:
            self._contradicted()  # it has begun units that were never granted
            return
        if sequencer.on_status(status, parts.now_ns):
            sequencer.disarm()
        elif parts.machine.state is _ARMED and status.state == _RUNNING:
            parts.fire(Happened.UNIT_BEGUN)
        if sequencer.held is not self._held:
            self._show_held()

    def _show_held(self) -> None:
        parts = self._parts
        self._held = parts.sequencer.held
        if self._held:
            parts.alarm("limit-held")
        else:
            parts.alarm_over("limit-held")

    def _odd_status(self, news: News, status: Status) -> None:
        """React to a status that is more than old: a reset, another host, a falling total."""
        parts = self._parts
        if news is News.OLD:
            return
        if news is News.REBOOTED:
            if parts.machine.state is not State.IDENTIFYING:
                self._give_up_device("device-reset", "device-reset", boot=status.boot)
        elif news is News.FOREIGN:
            self._give_up_device("session-taken", session=status.session)
        else:
            self._contradicted()

    def _contradicted(self) -> None:
        """The device says what cannot be: STOP, and nothing goes on in this session."""
        parts = self._parts
        if not parts.problem:
            self._press(StopCause.MISMATCH, "record-mismatch")
            conduct.note_refusal(parts, RefusalError("record-mismatch", 6))

    def _give_up_device(self, code: str, alarm_id: str = "", **facts: object) -> None:
        """The device is not the one we left: what is open stays open, nothing goes on by itself."""
        parts = self._parts
        if parts.problem:
            return
        conduct.note_refusal(parts, RefusalError(code, 4, **facts))
        if alarm_id:
            parts.alarm(alarm_id)
        self._disarm()
        self._runner.start(conduct.after_loss(parts))

    def _device_stopped(self, status: Status) -> None:
        """The device stops or has stopped by itself, by its own key, or by our STOP."""
        parts = self._parts
        state = parts.machine.state
        if state in (State.STOPPED, State.FAULTED, State.IDENTIFYING, State.UNCERTAIN):
            return
        reason = Reason(status.reason)
        new = status.latch_no != self._alarmed_latch or reason is not self._alarmed_reason
        if new and reason in BY_REASON and state is not State.IDLE:
            self._alarmed_latch, self._alarmed_reason = status.latch_no, reason
            parts.alarm(BY_REASON[reason])
        in_session = state in (State.LOADED, State.ARMED, State.RUNNING, State.PAUSED)
        ready = parts.started or "start" in parts.awaiting
        if in_session or (state is State.IDLE and ready):
            self._disarm()
            parts.fire(Happened.STOP_PRESSED)
            self._runner.start(conduct.after_latch(parts))

    def _drifted(self, drift: Drift) -> None:
        self._drift = drift
        if drift is Drift.UNUSABLE:
            self._press(StopCause.CLOCK, "clock-unusable")
        elif drift is Drift.WARN:
            self._parts.alarm("clock-drift")
        else:
            self._parts.alarm_over("clock-drift")

    def _record(self, record: Record) -> None:
        parts = self._parts
        link = parts.link
        if link.session == 0 or (record.boot, record.session) != (link.boot, link.session):
            return
        verdict = parts.booking.take(record, parts.now_ns)
        if verdict is Verdict.FALSE:
            self._contradicted()
        elif verdict is not Verdict.SOUND:
            self._press(StopCause.MISMATCH, verdict.value)
        if record.rid:
            link.take_answer(record)

    def _tick(self, _data: bytes) -> None:
        parts = self._parts
        parts.link.tick(parts.now_ns)
        if parts.stopper.tick(parts.now_ns):
            parts.alarm("stop-not-confirmed")
        if parts.sequencer.armed and parts.now_ns >= parts.device.lost_ns:
            parts.alarm("status-lost")
            self._press(StopCause.STATUS_LOST, "status-lost", Happened.STATUS_LOST)
        if parts.now_ns >= self._keep_ns and parts.machine.state in _KEPT:
            self._keep_session()

    def _keep_session(self) -> None:
        """Let a device that nothing is asked of hear from us, and notice when it is gone."""
        parts = self._parts
        self._keep_ns = parts.now_ns + KEEP_NS
        if not (parts.port_open and parts.link.session):
            return
        device = parts.device
        if device.status is not None and parts.now_ns - device.seen_ns >= SILENT_NS:
            self._give_up_device("device-silent", "status-lost")
        if not parts.problem:
            parts.link.say(Poll)

    def _wish(self, data: bytes) -> None:
        parts = self._parts
        wish = json.loads(data)
        name = wish["wish"]
        parts.outbox.event("wish", **wish)
        if name == "stop":
            self._press(StopCause(wish.get("cause", 0)))
        elif name == "end":
            arming = self._is_arming() and not parts.end_wished
            parts.end_wished = True
            if parts.sequencer.armed or arming:
                self._press(StopCause.OPERATOR)
        elif name == "pause" and parts.started and not parts.awaiting:
            self._pause()
        elif name in parts.awaiting:
            parts.wish = name
            parts.acted_on = parts.device.unsolicited
        else:
            parts.outbox.event("wish_refused", wish=name, state=parts.machine.state.value)

    def _pause(self) -> None:
        """Pause now, or before the next arm: a PAUSE that is not met dies with its arm."""
        parts = self._parts
        parts.pause_wished = True
        book = parts.sequencer.book
        if parts.sequencer.armed and book is not None and not parts.link.pending:
            parts.put(Pause, book.command)

    def _is_arming(self) -> bool:
        """Tell whether the operator has no say any more before the device is armed."""
        parts = self._parts
        return parts.machine.state in (State.LOADED, State.PAUSED) and not parts.awaiting

    def _press(
        self, cause: StopCause, alarm_id: str = "", fact: Happened = Happened.STOP_PRESSED
    ) -> None:
        """Press STOP, now and from any state, and settle what it leaves."""
        parts = self._parts
        if not parts.port_open:
            parts.end_wished = True
            return
        new = parts.stopper.press(cause, parts.now_ns, parts.device.latch_no)
        if alarm_id:
            parts.alarm(alarm_id)
        if not new:
            return
        parts.pause_wished = False
        self._disarm()
        if parts.ending or parts.problem or parts.machine.state is State.UNCERTAIN:
            return  # what runs already leads out; all that matters is the proof of rest
        if parts.machine.may(fact):
            parts.fire(fact)
        if parts.link.session == 0:
            parts.end_wished = True  # nothing is ours to go on with
        self._runner.start(conduct.after_latch(parts))

    def _disarm(self) -> None:
        self._parts.sequencer.disarm()
        self._parts.link.abandon()
        self._show_held()
        self._drift = Drift.FINE  # said again if it still is so when armed next

    def _durable(self, data: bytes) -> None:
        parts = self._parts
        parts.outbox.durable(int.from_bytes(data, "little"))
        parts.booking.durable()
        parts.sequencer.durable()

    def _opened(self, data: bytes) -> None:
        parts = self._parts
        assert self._runner.wait is None, "a session has one port, opened once"
        port = json.loads(data)
        parts.link.set_baud(port.get("baud"))
        parts.loopback = bool(port.get("loopback", True))
        parts.port_open = True
        parts.outbox.event("port", **port)
        parts.fire(Happened.PORT_OPENED)
        self._runner.start(conduct.whole_session(parts))

    def _lost(self, data: bytes) -> None:
        parts = self._parts
        parts.outbox.event("port_lost", **json.loads(data))
        parts.port_open = False
        self._disarm()
        if parts.stopper.port_gone():
            parts.alarm("stop-not-confirmed")
        parts.device.forget()
        parts.alarm("port-lost")
        if not parts.problem:
            conduct.note_refusal(parts, RefusalError("port-lost", 4, **json.loads(data)))
        self._runner.start(conduct.after_loss(parts))

    def _journal_failed(self, data: bytes) -> None:
        parts = self._parts
        parts.journal_failed = True
        parts.outbox.event("journal_failed", **json.loads(data))
        self._press(StopCause.JOURNAL, "journal-failed")

    def _host(self, data: bytes) -> None:
        host = json.loads(data)
        late = max(int(host.get("late_ns", 0)) - LATE_NS, int(host.get("asleep_ns", 0)) - ASLEEP_NS)
        self._parts.outbox.event("host", **host)
        if late > 0 and self._parts.sequencer.armed:
            self._press(StopCause.HOST_LATE, "host-late")

    def _came_late(self, late_ns: int) -> None:
        self._parts.outbox.event("late", late_ns=late_ns)
        self._press(StopCause.HOST_LATE, "host-late")

    def _broken(self, error: Exception) -> None:
        """Our own defect: STOP, latch, and let the operator end the session."""
        parts = self._parts
        parts.outbox.event("internal_error", error=f"{type(error).__name__}: {error}")
        parts.alarm("internal-error")
        parts.problem = parts.problem or {"code": "internal-error", "error": str(error)}
        parts.refusal_exit = 70
        self._disarm()
        if parts.port_open:
            parts.stopper.press(StopCause.INTERNAL, parts.now_ns, parts.device.latch_no)
        if parts.machine.may(Happened.BROKEN):
            parts.fire(Happened.BROKEN)
        self._runner.start(conduct.after_break(parts))

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
        if self._keep_ns < deadline_ns and parts.machine.state in _KEPT:
            deadline_ns = max(self._keep_ns, parts.now_ns)
        self.deadline_ns = deadline_ns
