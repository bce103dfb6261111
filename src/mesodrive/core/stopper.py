"""STOP as a level: pressed again every 20 ms until the device proves that it is at rest."""

from typing import Final

from mesodrive.core.link import NEVER, Link
from mesodrive.core.outbox import Outbox
from mesodrive.core.ports import Out
from mesodrive_protocol.enums import DeviceState, Reason, StopCause
from mesodrive_protocol.messages import Status, Stop

AGAIN_NS: Final = 20_000_000
"""STP-02: time between copies of one press."""
PROOF_NS: Final = 300_000_000
"""STP-02: after this without proof the screen says NOT CONFIRMED."""


class Stopper:
    """One press at a time; a second press while one is unproven changes nothing."""

    def __init__(self, link: Link, outbox: Outbox, first_press: int) -> None:
        self._link = link
        self._outbox = outbox
        # Begun at random: the device takes a number it knows for a copy of an old press.
        self._press = first_press % (1 << 32)
        self._latch_no: int | None = None
        self._cause = StopCause.OPERATOR
        self._pressed_ns = 0
        self.pressed = False
        """Pressed and not yet proven."""
        self.confirmed = False
        """The last press was proven by the device."""
        self.overdue = False
        """No proof within 300 ms."""
        self.latency_ns = 0
        """From the press to its proof; 0 where the device had stopped before the press."""
        self.deadline_ns = NEVER

    def press(
        self, cause: StopCause, now_ns: int, latch_no: int | None, *, heard: bool = True
    ) -> bool:
        """Send STOP now, ahead of everything; tell whether this is a new press.

        Args:
            cause: Who or what pressed.
            now_ns: Present time.
            latch_no: The latch number last seen; a status must show another one as proof.
            heard: Whether there is a port to send to; else it is the first thing sent on the next.
        """
        if self.pressed:
            if heard:
                self._send(now_ns)
            return False
        self._press = (self._press + 1) % (1 << 32)
        self._latch_no = latch_no
        self._cause = cause
        self._pressed_ns = now_ns
        self.pressed, self.confirmed, self.overdue = True, False, not heard
        if heard:
            self._send(now_ns)
        self._outbox.event("stop", press=self._press, cause=cause.name.lower())
        return True

    def tick(self, now_ns: int) -> bool:
        """Send STOP again where it is due; tell whether the proof has just become overdue."""
        if now_ns < self.deadline_ns:
            return False
        self._send(now_ns)
        if not self.overdue and now_ns - self._pressed_ns >= PROOF_NS:
            self.overdue = True
            return True
        return False

    def on_status(self, status: Status, now_ns: int) -> bool:
        """Take a status as proof if it is one; tell whether the stop has just been proven.

        Boot and session do not matter: whoever the device talks to, LATCHED means at rest. A new
        press raises the latch number, so a status that was on its way before is no proof.
        """
        if not self.pressed or status.state != DeviceState.LATCHED:
            return False
        if status.latch_no == self._latch_no:
            return False
        self.pressed, self.confirmed = False, True
        # A device that had stopped by itself is at rest as well, and tells nothing of the press.
        self.latency_ns = now_ns - self._pressed_ns if status.reason == Reason.STOP else 0
        self.deadline_ns = NEVER
        self._outbox.event("stopped", press=self._press, latency_ns=self.latency_ns)
        return True

    def port_gone(self) -> bool:
        """Stop repeating: there is nothing to send to; tell whether a press stays unproven."""
        self.deadline_ns = NEVER
        self.overdue = self.pressed
        return self.pressed

    def port_back(self, now_ns: int) -> None:
        """Go on pressing what stayed unproven, before anything else is sent."""
        if self.pressed:
            self._send(now_ns)

    def _send(self, now_ns: int) -> None:
        link = self._link
        link.beat(
            Stop(link.take_rid(), link.boot, link.session, self._press, self._cause), Out.STOP.value
        )
        self.deadline_ns = now_ns + AGAIN_NS
