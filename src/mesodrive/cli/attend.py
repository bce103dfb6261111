"""Attend a session: start its control process, show its views, pass on wishes, tell its end.

Ctrl-C is STOP. The wish leaves from within the signal handler, whatever is being drawn.
"""

import contextlib
import signal
import sys
from collections.abc import Generator
from multiprocessing.connection import wait
from pathlib import Path
from types import FrameType
from typing import Any, Final, NamedTuple, Protocol

from mesodrive.app.handover import Handover
from mesodrive.app.launch import start_control
from mesodrive.cli.conductor import Conductor
from mesodrive.cli.keys import Keyboard, keyboard
from mesodrive.control.client import ControlClient
from mesodrive.errors import EXIT_STOPPED, MesodriveError

SILENCE_S: Final = 30.0
"""Longest silence of the control process before it counts as gone: it has something to say at least
when the device's slow status comes, twice a second; paused on a question it may be silent, so this
only wakes the loop up to look again."""


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


class Outcome(NamedTuple):
    """How a session ended, as told by the control process."""

    view: dict[str, Any] | None
    """The last view; None where there was none."""
    last: dict[str, Any]
    """The last message: `over` or `refused`."""


def attend(
    handover: Handover, folder: Path | None, conductor: Conductor, display: Display
) -> Outcome:
    """Run a session from its start to its last message.

    Raises:
        ControlStartError: If the control process does not come up.
        ControlGoneError: If it ends without a last word.
        DisplayLostError: If views cannot be shown; leaving is a STOP.
    """
    process = start_control(handover, folder)
    try:
        client = ControlClient(process.address, process.authkey)
        with contextlib.closing(client), _stop_by_signal(client, conductor):
            try:
                return _converse(client, conductor, display)
            finally:
                with contextlib.suppress(OSError):
                    display.close()
    finally:
        process.wait()


def _converse(client: ControlClient, conductor: Conductor, display: Display) -> Outcome:
    view: dict[str, Any] | None = None
    with keyboard(wanted=sys.stdin.isatty() and sys.stdout.isatty()) as keys:
        while True:
            ready = wait([client.connection, *([] if keys.fd is None else [keys.fd])], SILENCE_S)
            if keys.fd in ready:
                _pass_on(keys, client, conductor)
            if client.connection not in ready:
                continue
            message = client.receive()
            if message["type"] == "view":
                view = message["view"]
                assert view is not None, "a view message holds a view"
                wish = conductor.on_view(view)
                if wish is not None:
                    client.wish(wish)
                _show(display, view)
            elif message["type"] in ("over", "refused"):
                return Outcome(view, message)


def _show(display: Display, view: dict[str, Any]) -> None:
    try:
        display.show(view)
    except OSError as error:
        raise DisplayLostError(error.strerror or str(error)) from error


def _pass_on(keys: Keyboard, client: ControlClient, conductor: Conductor) -> None:
    for key in keys.take():
        wish = conductor.on_key(key)
        if wish is not None:
            client.wish(wish)


@contextlib.contextmanager
def _stop_by_signal(client: ControlClient, conductor: Conductor) -> Generator[None]:
    """Make every signal that would end this process a STOP; a second one changes nothing."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        if not conductor.stopping:
            conductor.stopping = True
            client.stop()

    names = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = [(number, signal.signal(number, stop)) for number in numbers]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)
