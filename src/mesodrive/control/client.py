"""A client's end of the local socket."""

import threading
from collections.abc import Mapping
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client
from typing import TYPE_CHECKING, Any

from mesodrive import catalogue
from mesodrive.control.wire import MESSAGE_BYTES_MAX, WireError, receive, send
from mesodrive.errors import MesodriveError

if TYPE_CHECKING:
    from mesodrive.control.wire import Line


class ControlGoneError(MesodriveError):
    """The control process has closed without a last word, or can't be reached.

    Args:
        detail: What the system said.
    """

    code = "control-gone"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail

    @property
    def remedy(self) -> str:
        """What a person must do: nobody knows whether the device has stopped."""
        return catalogue.remedy(self.code)

    def __str__(self) -> str:
        return catalogue.text(self.code)


class ControlClient:
    """One connection to a control process.

    `stop` may interrupt a `wish` of the same thread at any point, as a signal handler does.

    Attributes:
        connection: What `multiprocessing.connection.wait` takes.

    Args:
        address: Where it listens.
        authkey: What to prove.

    Raises:
        ControlGoneError: If nobody listens, or the key is wrong.
    """

    def __init__(self, address: str, authkey: bytes) -> None:
        try:
            self.connection: Line = Client(address, authkey=authkey)
        except (OSError, EOFError, AuthenticationError) as error:
            raise ControlGoneError(str(error)) from error
        self._sending = threading.Lock()
        self._stop_waits = False

    def wish(self, wish: str | Mapping[str, str]) -> None:
        """Send a wish; one to a process that has gone is lost, and the next read tells so.

        Args:
            wish: Its name, or with what goes with it: `who` and `why` of a `resolve`.
        """
        with self._sending:
            self._send({"wish": wish} if isinstance(wish, str) else wish)
        if self._stop_waits:
            self.stop()

    def stop(self) -> None:
        """Send the wish for STOP at once; after the wish under way if this interrupts one."""
        if not self._sending.acquire(blocking=False):
            self._stop_waits = True
            return
        self._stop_waits = False
        try:
            self._send({"wish": "stop"})
        finally:
            self._sending.release()

    def poll(self, timeout_s: float) -> bool:
        """Tell whether a message is there, waiting at most so long."""
        return self.connection.poll(timeout_s)

    def receive(self) -> dict[str, Any]:
        """Wait for the next message.

        Raises:
            ControlGoneError: If the process has closed, or what it said is no message.
        """
        try:
            return receive(self.connection, MESSAGE_BYTES_MAX)
        except (OSError, EOFError, WireError) as error:
            raise ControlGoneError(str(error)) from error

    def close(self) -> None:
        """Close the connection; while the session runs, that is a STOP."""
        self.connection.close()

    def _send(self, wish: Mapping[str, str]) -> None:
        try:
            send(self.connection, dict(wish))
        except OSError:
            return
