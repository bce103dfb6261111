"""One control process from its first client to its last message."""

import json
import logging
import select
import signal
import threading
from multiprocessing.connection import Listener
from pathlib import Path
from typing import Final

from mesodrive.app.compose import Session, compose
from mesodrive.app.handover import Handover
from mesodrive.clock import MonotonicClock
from mesodrive.control.closing import Closing
from mesodrive.control.hub import CLIENTS_MAX, Hub
from mesodrive.core.view import View
from mesodrive.errors import EXIT_OWN_ERROR, MesodriveError
from mesodrive.injector.wakeup import Wakeup
from mesodrive_protocol.enums import StopCause

FIRST_CLIENT_S: Final = 10.0
"""Longest wait for the client that started this process; it connects at once or has died."""

STOP_SIGNALS: Final = tuple(
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGTSTP", "SIGBREAK")
    if hasattr(signal, name)
)

diagnostics = logging.getLogger(__name__)


class Service:
    """Listens, waits for its first client, runs the session, tells the outcome.

    Args:
        handover: What to do, from the client that started the process.
        listener: The bound socket.
        wakeup: Woken by signals too.
    """

    def __init__(self, handover: Handover, listener: Listener, wakeup: Wakeup) -> None:
        self._handover, self._wakeup = handover, wakeup
        self._session: Session | None = None
        self._closing: Closing | None = None
        self._controlled = threading.Event()
        self._lost = self._over = False
        self._view: View | None = None
        self._exit_code = EXIT_OWN_ERROR
        self._hub = Hub(listener, bytes.fromhex(handover.authkey), self._wish, self._control)

    def run(self) -> int:
        """Run the session; return the exit code of the process."""
        if not self._controlled.wait(FIRST_CLIENT_S):
            diagnostics.error("no client came")
            return EXIT_OWN_ERROR
        try:
            self._session = compose(self._handover, MonotonicClock(), self._publish)
        except MesodriveError as error:
            return self._refuse(error)
        except Exception:  # noqa: BLE001 -- told to the clients below as our own error
            diagnostics.exception("the session could not be put together")
            self._say_over()
            return EXIT_OWN_ERROR
        self._hub.log = str(self._session.log)
        owner = threading.Thread(target=self._own, args=(self._session,), name="owner")
        owner.start()
        self._watch()
        owner.join()
        self._say_over()
        return self._exit_code

    def _own(self, session: Session) -> None:
        self._exit_code = session.owner.run()
        self._over = True
        self._wakeup.wake()

    def _watch(self) -> None:
        """Wait for signals, the loss of the client and the end; both of the first mean STOP."""
        while not self._over:
            select.select([self._wakeup], [], [])
            # A socket of signals holds their numbers, one of our own wake-ups a zero.
            signalled = any(self._wakeup.drain())
            if signalled:
                self._stop_and_end(StopCause.SIGNAL)
            elif self._lost:
                self._stop_and_end(StopCause.CLIENT_LOST)
        if self._closing is not None:
            self._closing.over()

    def _stop_and_end(self, cause: StopCause) -> None:
        if self._closing is not None:
            return
        assert self._session is not None, "there is something to stop"
        owner = self._session.owner
        owner.wish(_wish("stop", cause), first=True)
        diagnostics.warning("stopping: %s", cause.name)
        self._closing = Closing(lambda: owner.wish(_wish("end")), owner.abandon)
        if self._view is not None:
            self._closing.look(self._view)
        threading.Thread(target=self._closing.run, name="closing", daemon=True).start()

    def _wish(self, wish: dict[str, str]) -> None:
        session = self._session
        if session is None:
            return
        if wish["wish"] == "stop":
            session.owner.wish(_wish("stop", StopCause.OPERATOR), first=True)
        else:
            session.owner.wish(json.dumps(wish).encode())

    def _control(self, *, held: bool) -> None:
        if held:
            self._controlled.set()
        else:
            self._lost = True
            self._wakeup.wake()

    def _publish(self, view: View) -> None:
        self._view = view
        if self._closing is not None:
            self._closing.look(view)
        self._hub.publish(view)

    def _refuse(self, error: MesodriveError) -> int:
        diagnostics.error("refused: %s", error)
        self._hub.say_last(
            {
                "type": "refused",
                "code": error.code,
                "text": str(error),
                "remedy": error.remedy,
                "exit_code": error.exit_code,
            }
        )
        return error.exit_code

    def _say_over(self) -> None:
        session = self._session
        self._hub.say_last(
            {
                "type": "over",
                "exit_code": self._exit_code,
                "log": str(session.log) if session else "",
                "log_whole": bool(session and session.owner.log_whole),
                "head": session.writer.head if session else "",
                "diagnostics": str(Path(self._handover.diagnostics)),
            }
        )


def listen(address: str) -> Listener:
    """Bind the local socket; keys are proven client by client, so that none holds up the next.

    Raises:
        OSError: If the address cannot be bound.
    """
    return Listener(address, backlog=CLIENTS_MAX)


def watch_signals(wakeup: Wakeup) -> None:
    """Have every signal that means stop wake the main thread instead of ending the process."""
    signal.set_wakeup_fd(wakeup.signal_fd(), warn_on_full_buffer=False)
    for number in STOP_SIGNALS:
        signal.signal(number, lambda _number, _frame: None)


def _wish(name: str, cause: StopCause | None = None) -> bytes:
    wish: dict[str, object] = {"wish": name}
    if cause is not None:
        wish["cause"] = int(cause)
    return json.dumps(wish).encode()
