"""Attend a session: start its control process, show its views, pass on wishes, tell its end.

Ctrl-C is STOP. The wish leaves from within the signal handler, whatever is being drawn.
"""

import contextlib
import signal
import sys
from collections.abc import Callable, Generator
from multiprocessing.connection import wait
from pathlib import Path
from types import FrameType
from typing import Any, Final, NamedTuple, Protocol

from mesodrive.app.handover import Handover
from mesodrive.app.launch import start_control
from mesodrive.cli.conductor import Conductor
from mesodrive.cli.keys import Keyboard, keyboard
from mesodrive.clock import MonotonicClock
from mesodrive.control.client import ControlClient, ControlGoneError
from mesodrive.errors import EXIT_STOPPED, MesodriveError

SILENCE_STOPPING_S: Final = 1.0
"""A view comes twice a second; after STOP nobody should wait longer to reach for the switch."""

SILENCE_MOVING_S: Final = 2.0
"""Longest silence while the device may move by itself; four views have not come by then."""

NS_PER_S: Final = 1_000_000_000

LOOK_S: Final = 0.25
"""How often the silence is looked at."""

STOP_SIGNALS: Final = tuple(
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGTSTP", "SIGBREAK")
    if hasattr(signal, name)
)
"""Signals that would end or suspend this process."""


class Display(Protocol):
    """Something that shows views."""

    def show(self, view: dict[str, Any]) -> None:
        """Show a view."""
        ...

    def close(self) -> None:
        """Show no more."""
        ...


class DisplayLostError(MesodriveError):
    """Nobody can see the session any more: that is the same as a client that has died.

    Args:
        detail: What the system said.
    """

    code = "display-lost"
    exit_code = EXIT_STOPPED

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail

    @property
    def remedy(self) -> str:
        """What a person can do about it."""
        return "The device is told to stop; its log says whether it has confirmed."

    def __str__(self) -> str:
        return f"the session cannot be shown any more ({self.detail})"


class SessionLostError(ControlGoneError):
    """The control process has died or let go of this client in the middle of a session.

    Args:
        detail: What the system said.
        log: Path of the session's log; empty where none was told of.
    """

    def __init__(self, detail: str, log: str) -> None:
        super().__init__(detail)
        self.log = log


class Outcome(NamedTuple):
    """How a session ended, as told by the control process."""

    view: dict[str, Any] | None
    """The last view; None where there was none."""
    last: dict[str, Any]
    """The last message: `over` or `refused`."""


def attend(
    handover: Handover,
    folder: Path | None,
    conductor: Conductor,
    display: Display,
    preface: Callable[[], None] = lambda: None,
) -> Outcome:
    """Run a session from its start to its last message.

    Args:
        handover: What to do.
        folder: The socket's own folder.
        conductor: Answers what the session asks.
        display: Shows its views.
        preface: Says what is to be known beforehand; called once the port is open and the log
            begun, before anything is wished for.

    Afterwards `STOP_SIGNALS` are ignored until the process ends: nothing is left to stop, and the
    exit code has still to be given.

    Raises:
        ControlStartError: If the control process does not come up.
        ControlGoneError: If it ends without a last word.
        KeyboardInterrupt: If a signal comes before there is a session; nothing stays behind.
        DisplayLostError: If views cannot be shown; leaving is a STOP.
    """
    with _stop_by_signal(conductor) as stopper:
        process = start_control(handover, folder)
        try:
            stopper.raise_if_stopped()
            client = ControlClient(process.address, process.authkey)
        except BaseException:
            process.kill()
            raise
        try:
            with contextlib.closing(client):
                stopper.client = client
                stopper.raise_if_stopped()
                try:
                    return _Talk(client, conductor, display, preface).to_its_end()
                finally:
                    with contextlib.suppress(OSError):
                        display.close()
        finally:
            process.wait()


class _Talk:
    """The conversation with one control process."""

    def __init__(
        self,
        client: ControlClient,
        conductor: Conductor,
        display: Display,
        preface: Callable[[], None],
    ) -> None:
        self._client, self._conductor, self._display = client, conductor, display
        self._preface = preface
        self._view: dict[str, Any] | None = None
        self._log = ""
        self._clock = MonotonicClock()
        self._heard_ns = self._complained_ns = self._clock.now_ns()

    def to_its_end(self) -> Outcome:
        connection = self._client.connection
        with keyboard(wanted=sys.stdin.isatty() and sys.stdout.isatty()) as keys:
            while True:
                ready = wait([connection, *([] if keys.fd is None else [keys.fd])], LOOK_S)
                if keys.fd in ready:
                    _pass_on(keys, self._client, self._conductor)
                    self._show()
                if connection not in ready:
                    self._complain_of_silence()
                    continue
                last = self._take(self._receive())
                if last is not None:
                    return last

    def _receive(self) -> dict[str, Any]:
        try:
            return self._client.receive()
        except ControlGoneError as error:
            raise SessionLostError(error.detail, self._log) from error

    def _take(self, message: dict[str, Any]) -> Outcome | None:
        self._heard_ns = self._clock.now_ns()
        if message["type"] == "view":
            view: dict[str, Any] = message["view"]
            if self._view is None:
                with _shown():
                    self._preface()
            self._view, self._log = view, message["log"]
            wish = self._conductor.on_view(view)
            if wish is not None:
                self._client.wish(wish)
            self._show()
        elif message["type"] in ("over", "refused"):
            return Outcome(self._view, message)
        return None

    def _show(self) -> None:
        if self._view is not None:
            _show(self._display, {**self._view, "typed": self._conductor.typed})

    def _complain_of_silence(self) -> None:
        """Show that the picture is old, once a second, when the control process hangs."""
        view, now_ns = self._view, self._clock.now_ns()
        silent_s = (now_ns - self._heard_ns) / NS_PER_S
        if view is None or silent_s <= _patience_s(view, stopping=self._conductor.stopping):
            return
        if now_ns - self._complained_ns >= NS_PER_S:
            self._complained_ns = now_ns
            _show(self._display, {**view, "stop": "silent", "silent_s": int(silent_s)})


def _patience_s(view: dict[str, Any], *, stopping: bool) -> float:
    """Return how long the control process may be silent in this state."""
    if view["ending"]:
        return float("inf")
    if stopping or view["stop"] == "sent":
        return SILENCE_STOPPING_S
    return SILENCE_MOVING_S if view["state"] in ("armed", "running") else float("inf")


def _show(display: Display, view: dict[str, Any]) -> None:
    with _shown():
        display.show(view)


@contextlib.contextmanager
def _shown() -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise DisplayLostError(error.strerror or str(error)) from error


def _pass_on(keys: Keyboard, client: ControlClient, conductor: Conductor) -> None:
    for key in keys.take():
        wish = conductor.on_key(key)
        if wish is not None:
            client.wish(wish)


class _Stopper:
    """What a signal does: STOP once there is a client, before that the start is called off."""

    def __init__(self, conductor: Conductor) -> None:
        self._conductor = conductor
        self.client: ControlClient | None = None

    def stop(self, _number: int, _frame: FrameType | None) -> None:
        if self._conductor.stopping:
            return
        self._conductor.stopping = True
        if self.client is not None:
            self.client.stop()

    def raise_if_stopped(self) -> None:
        """End a start that nobody wants any more; only where nothing is left half done."""
        if self._conductor.stopping:
            raise KeyboardInterrupt


@contextlib.contextmanager
def _stop_by_signal(conductor: Conductor) -> Generator["_Stopper"]:
    """Make every signal that would end or suspend this process a STOP; a second changes nothing.

    A suspended client would show an old picture while the device goes on.
    """
    stopper = _Stopper(conductor)
    for number in STOP_SIGNALS:
        signal.signal(number, stopper.stop)
    try:
        yield stopper
    finally:
        # Handlers in Python end before the process does; a signal in between would be its end.
        for number in STOP_SIGNALS:
            signal.signal(number, signal.SIG_IGN)
