"""The clients of the control process: who holds control, what each gets to see.

Two threads per client wait in its connection, one for each direction; a client that reads slowly
delays nobody, it only misses views, and one that does not read counts as gone. The first client
holds control until it goes; that it has gone is reported once. Every client may press STOP, nobody
but the first may do anything else.
"""

import contextlib
import os
import socket
import struct
import threading
from collections.abc import Callable, Generator
from multiprocessing import AuthenticationError
from multiprocessing.connection import (
    Client,
    Listener,
    answer_challenge,
    deliver_challenge,
)
from typing import TYPE_CHECKING, Any, Final, Protocol

from mesodrive.control.wire import WISH_BYTES_MAX, WireError, receive, send, wish_of
from mesodrive.core.view import View

if TYPE_CHECKING:
    from mesodrive.control.wire import Line

CLIENTS_MAX: Final = 8
"""A screen, a page in two windows and a spare; more is a mistake."""

GREETING_S: Final = 2
"""Longest time to prove the key; it takes under a millisecond."""

TAKING_S: Final = 1
"""A client that takes no view for so long has died or hangs: nobody sees the session through it."""

UNREAD_BYTES: Final = 8_192
"""What the system may hold for a client that does not read: two or three views, a tenth of a
second; with more of them a hung client would be noticed only seconds later."""

FAREWELL_S: Final = 2.0
"""Longest wait for a client to take the last message; it has nothing else to do by then."""


class OnControl(Protocol):
    """Hears who holds control."""

    def __call__(self, *, held: bool) -> None:
        """Hear it."""
        ...


class Hub:
    """Accepts clients, passes views out and wishes in.

    Args:
        listener: The bound socket, without a key of its own; closed at the end.
        authkey: What a client must prove to know.
        on_wish: Called on a client's thread with each wish; must not wait.
        on_control: Called when control is taken, and when its holder has gone.

    Attributes:
        log: Path of the session's log, told with each view: a client whose control process dies
            has nothing else to say what was delivered. Empty before there is one.
    """

    def __init__(
        self,
        listener: Listener,
        authkey: bytes,
        on_wish: Callable[[dict[str, str]], None],
        on_control: "OnControl",
    ) -> None:
        self._listener, self._authkey = listener, authkey
        self._on_wish, self._on_control = on_wish, on_control
        self.log = ""
        self._changed = threading.Condition()
        self._clients: dict[int, Line] = {}
        self._senders: list[threading.Thread] = []
        self._controller: int | None = None
        self._view: View | None = None
        self._views = 0
        self._last: dict[str, Any] | None = None
        threading.Thread(target=self._accept, name="clients", daemon=True).start()

    def publish(self, view: View) -> None:
        """Show a view to every client as soon as each can take it; never waits."""
        with self._changed:
            self._view = view
            self._views += 1
            self._changed.notify_all()

    def say_last(self, message: dict[str, Any]) -> None:
        """Send each client the last view and one last message, hang up, accept no more; once."""
        with self._changed:
            if self._last is not None:
                return
            self._last = message
            self._changed.notify_all()
            senders = list(self._senders)
        for sender in senders:
            sender.join(FAREWELL_S)
        with self._changed:
            connections = list(self._clients.values())
        for connection in connections:
            _hang_up(connection)
        # Closing a listener does not wake who waits in it; a caller does.
        with contextlib.suppress(OSError):
            Client(self._listener.address).close()
        # Whoever tidies up may have removed the socket's name already.
        with contextlib.suppress(OSError):
            self._listener.close()

    def _accept(self) -> None:
        count = 0
        while self._last is None:
            try:
                connection = self._listener.accept()
            except OSError:
                return
            count += 1
            with self._changed:
                full = len(self._clients) >= CLIENTS_MAX
                if not full:
                    self._clients[count] = connection
            if full:
                connection.close()
                continue
            threading.Thread(
                target=self._serve, args=(connection, count), name=f"client {count}", daemon=True
            ).start()

    def _serve(self, connection: "Line", number: int) -> None:
        try:
            if not self._greet(connection):
                return
            _bound_sending(connection)
            self._admit(connection, number)
            self._listen(connection, number)
        finally:
            self._leave(connection, number)

    def _greet(self, connection: "Line") -> bool:
        try:
            with _patience(connection):
                deliver_challenge(connection, self._authkey)
                answer_challenge(connection, self._authkey)
        except (OSError, EOFError, ValueError, AssertionError, AuthenticationError):
            return False
        return True

    def _admit(self, connection: "Line", number: int) -> None:
        with self._changed:
            takes_control = self._controller is None
            if takes_control:
                self._controller = number
            sender = threading.Thread(
                target=self._talk, args=(connection, number, takes_control), daemon=True
            )
            self._senders.append(sender)
            sender.start()
        if takes_control:
            self._on_control(held=True)

    def _listen(self, connection: "Line", number: int) -> None:
        try:
            while True:
                wish = wish_of(receive(connection, WISH_BYTES_MAX))
                if number == self._controller or wish["wish"] == "stop":
                    self._on_wish(wish)
        except (OSError, EOFError, WireError):
            return

    def _leave(self, connection: "Line", number: int) -> None:
        with self._changed:
            self._clients.pop(number, None)
            self._changed.notify_all()
        with contextlib.suppress(OSError):
            connection.close()
        if number == self._controller and self._last is None:
            self._on_control(held=False)

    def _talk(self, connection: "Line", number: int, controls: bool) -> None:  # noqa: FBT001
        """Send views as they come and the last message; what a slow client misses is skipped."""
        try:
            self._tell(connection, number, controls=controls)
        except OSError:
            # Gone, or has taken nothing for too long: whoever listens to it must see its end.
            _hang_up(connection)

    def _tell(self, connection: "Line", number: int, *, controls: bool) -> None:
        seen = 0
        send(connection, {"type": "role", "controls": controls})
        while True:
            with self._changed:
                while seen == self._views and self._last is None and number in self._clients:
                    self._changed.wait()
                if number not in self._clients:
                    return
                fresh = self._view if seen != self._views else None
                seen, last = self._views, self._last
            if fresh is not None:
                send(connection, {"type": "view", "view": fresh.to_json(), "log": self.log})
            if last is not None:
                send(connection, last)
                return


@contextlib.contextmanager
def _patience(connection: "Line") -> Generator[None]:
    """Bound each wait of a greeting; where the connection is no socket (Windows) there is no bound.

    There the pipe's own rights keep strangers out, and a silent client costs one of the places.
    """
    if os.name != "posix":
        yield
        return
    with socket.socket(fileno=os.dup(connection.fileno())) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", GREETING_S, 0))
        yield
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", 0, 0))


def _bound_sending(connection: "Line") -> None:
    """Make sending fail when the other side takes nothing; where it is no socket there is no bound.

    On Windows a client that hangs is noticed by nobody but the person who looks at it.
    """
    if os.name != "posix":
        return
    with contextlib.suppress(OSError), socket.socket(fileno=os.dup(connection.fileno())) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", TAKING_S, 0))
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, UNREAD_BYTES)


def _hang_up(connection: "Line") -> None:
    """Make the thread that waits in a connection see its end; closing alone would not wake it."""
    if os.name != "posix":
        return
    with contextlib.suppress(OSError), socket.socket(fileno=os.dup(connection.fileno())) as sock:
        sock.shutdown(socket.SHUT_RDWR)
