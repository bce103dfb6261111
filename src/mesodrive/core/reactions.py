"""What the core does about what goes wrong: press STOP, disarm, give the device up, latch.

Each reaction may come at any point of any procedure. It replaces what runs by the procedure that
leads on from there.
"""

from typing import Final

from mesodrive.core import conduct, recovery
from mesodrive.core.alarms import BY_REASON
from mesodrive.core.device import Drift
from mesodrive.core.parts import Parts, RefusalError
from mesodrive.core.runner import Runner
from mesodrive.core.states import Happened, State
from mesodrive_protocol.enums import Reason, StopCause
from mesodrive_protocol.messages import Pause, Status

_FOUND: Final = frozenset({State.IDENTIFYING, State.IDLE, State.STOPPED})
"""Where a session that was never started looks at a latch as found: shown, and no alarm of ours."""


class Reactions:
    """Everything that can break into a session, for one core."""

    def __init__(self, parts: Parts, runner: Runner) -> None:
        self._parts = parts
        self._runner = runner
        self.drift = Drift.FINE
        """What was said last of the device's clock."""
        self.held = False
        """Whether the guard was last seen to hold a unit back."""
        self._alarmed_latch = -1
        self._alarmed_reason = Reason.NONE

    def show_held(self) -> None:
        """Say whether the guard holds a unit back that the device could begin."""
        parts = self._parts
        self.held = parts.sequencer.held
        if self.held:
            parts.alarm("limit-held")
        else:
            parts.alarm_over("limit-held")

    def contradicted(self) -> None:
        """The device says what cannot be: STOP, and nothing goes on in this session."""
        parts = self._parts
        if parts.bond.recovering:
            parts.bond.doubt = parts.bond.doubt or "record-mismatch"
        elif not parts.problem:
            self.press(StopCause.MISMATCH, "record-mismatch")
            conduct.note_refusal(parts, RefusalError("record-mismatch", 6))

    def give_up_device(self, code: str, alarm_id: str = "", **facts: object) -> None:
        """The device is not the one we left: what is open stays open, nothing goes on by itself."""
        parts = self._parts
        taken = code == "session-taken"
        if parts.bond.recovering and taken:
            return  # our own OPEN, whose answer was lost; another host's would be refused
        if recovery.stands_for_good(parts) or (parts.problem and not parts.bond.recovering):
            return
        conduct.note_refusal(parts, RefusalError(code, 4, **facts))
        if alarm_id:
            parts.alarm(alarm_id)
        self.disarm()
        self._runner.start(conduct.after_taken(parts) if taken else conduct.after_loss(parts))

    def device_stopped(self, status: Status) -> None:
        """The device stops or has stopped by itself, by its own key, or by our STOP."""
        parts = self._parts
        state = parts.machine.state
        ready = parts.started or "start" in parts.awaiting
        if ready or parts.bond.recovering or state not in _FOUND:
            self._alarm_latch(status)
        if state in (State.STOPPED, State.FAULTED, State.IDENTIFYING, State.UNCERTAIN):
            return
        if parts.bond.recovering:
            return  # what recovers looks at the state itself
        in_session = state in (State.LOADED, State.ARMED, State.RUNNING, State.PAUSED)
        if in_session or (state is State.IDLE and ready):
            self.disarm()
            parts.fire(Happened.STOP_PRESSED)
            self._runner.start(conduct.after_latch(parts))

    def _alarm_latch(self, status: Status) -> None:
        """Raise the alarm for what the device latched with, once for each latch and reason.

        In every state, since an operator who answers for a unit has to know of a reset first.
        """
        reason = Reason(status.reason)
        new = status.latch_no != self._alarmed_latch or reason is not self._alarmed_reason
        if new and reason in BY_REASON:
            self._alarmed_latch, self._alarmed_reason = status.latch_no, reason
            self._parts.alarm(BY_REASON[reason])

    def drifted(self, drift: Drift) -> None:
        """Say how the device's clock goes; one that cannot be trusted stops the device."""
        self.drift = drift
        if drift is Drift.UNUSABLE:
            self.press(StopCause.CLOCK, "clock-unusable")
        elif drift is Drift.WARN:
            self._parts.alarm("clock-drift")
        else:
            self._parts.alarm_over("clock-drift")

    def press(
        self, cause: StopCause, alarm_id: str = "", fact: Happened = Happened.STOP_PRESSED
    ) -> None:
        """Press STOP, now and from any state, and settle what it leaves."""
        parts = self._parts
        heard = parts.port_open
        new = parts.stopper.press(cause, parts.now_ns, parts.device.latch_no, heard=heard)
        if alarm_id:
            parts.alarm(alarm_id)
        if not heard:
            parts.alarm("stop-not-confirmed")
            parts.end_wished = parts.end_wished or not parts.bond.sessions
        if not new or not heard or parts.bond.recovering:
            return
        parts.pause_wished = False
        self.disarm()
        if parts.ending or parts.problem or parts.machine.state is State.UNCERTAIN:
            return  # what runs already leads out; all that matters is the proof of rest
        if parts.machine.may(fact):
            parts.fire(fact)
        if parts.link.session == 0:
            parts.end_wished = True  # nothing is ours to go on with
        self._runner.start(conduct.after_latch(parts))

    def disarm(self) -> None:
        """Grant nothing more and forget what is asked; what the device says is still heard."""
        self._parts.sequencer.disarm()
        self._parts.link.abandon()
        self.show_held()
        self.drift = Drift.FINE  # said again if it still is so when armed next

    def came_late(self, late_ns: int) -> None:
        """Stop a device that was armed while this host had lost control of time."""
        self._parts.outbox.event("late", late_ns=late_ns)
        self.press(StopCause.HOST_LATE, "host-late")

    def broken(self, error: Exception) -> None:
        """Our own defect: STOP, latch, and let the operator end the session."""
        parts = self._parts
        parts.outbox.event("internal_error", error=f"{type(error).__name__}: {error}")
        parts.alarm("internal-error")
        if not recovery.stands_for_good(parts):  # a loss that could be mended is none any more
            parts.problem = {"code": "internal-error", "error": str(error)}
        parts.refusal_exit = 70
        self.disarm()
        if parts.port_open:
            parts.stopper.press(StopCause.INTERNAL, parts.now_ns, parts.device.latch_no)
        if parts.machine.may(Happened.BROKEN):
            parts.fire(Happened.BROKEN)
        self._runner.start(conduct.after_break(parts))

    def pause(self) -> None:
        """Pause now, or before the next arm: a PAUSE that is not met dies with its arm.

        From the wish on nothing more is granted. A wish that comes while another request waits,
        as ARM does, is passed on with the first status after that.
        """
        parts = self._parts
        sequencer = parts.sequencer
        parts.pause_wished = True
        if sequencer.armed and sequencer.book is not None and not parts.link.pending:
            parts.put(Pause, sequencer.book.command)
            sequencer.pausing = True

    def is_arming(self) -> bool:
        """Tell whether the operator has no say any more before the device is armed."""
        parts = self._parts
        return parts.machine.state in (State.LOADED, State.PAUSED) and not parts.awaiting
