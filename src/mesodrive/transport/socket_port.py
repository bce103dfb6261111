"""A byte pipe over a connected socket: TCP, and the socket pair of a child process."""

import contextlib
import ipaddress
import socket
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from mesodrive.transport.base import READ_BYTES_MAX
from mesodrive.transport.errors import (
    PortClosedEarlyError,
    PortOptionError,
    PortRefusedError,
    PortVanishedError,
)

CONNECT_S: Final = 5.0
"""Longest wait for a connection; a device on the same network answers within milliseconds."""


class SocketPort:
    """A connected stream socket as a transport.

    Args:
        sock: The socket; owned from here on.
        name: The port as the operator named it.
        baud: Rate to pace to, or None.
        loopback: Whether the bytes cross no network.
        on_close: Called once after closing; ends a child process, say.
    """

    def __init__(
        self,
        sock: socket.socket,
        name: str,
        *,
        baud: int | None,
        loopback: bool,
        on_close: Callable[[], None] | None = None,
    ) -> None:
        sock.setblocking(False)  # noqa: FBT003 -- the standard library wants it so
        self.name, self.baud, self.loopback = name, baud, loopback
        self._socket: socket.socket | None = sock
        self._fd = sock.fileno()
        self._on_close = on_close
        self._heard = False

    def fileno(self) -> int:
        """Return the socket's descriptor."""
        return self._fd

    def read(self) -> bytes:
        """Return what has come; empty when nothing has.

        Raises:
            PortError: If the other side has gone.
        """
        try:
            data = self._live().recv(READ_BYTES_MAX)
        except (BlockingIOError, InterruptedError):
            return b""
        except OSError as error:
            raise self._gone(str(error)) from error
        if not data:
            raise self._gone("closed by the other side")
        self._heard = True
        return data

    def write(self, data: bytes) -> int:
        """Hand over what the socket takes now and return how many bytes.

        Raises:
            PortError: If the other side has gone.
        """
        try:
            return self._live().send(data)
        except (BlockingIOError, InterruptedError):
            return 0
        except OSError as error:
            raise self._gone(str(error)) from error

    def send_break(self) -> None:
        """Do nothing: a socket has no break."""

    def close(self) -> None:
        """Close the socket, then whatever hangs on it; harmless a second time."""
        sock, self._socket = self._socket, None
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()
            if self._on_close is not None:
                self._on_close()

    def _gone(self, detail: str) -> PortVanishedError:
        kind = PortVanishedError if self._heard else PortClosedEarlyError
        return kind(self.name, detail=detail)

    def _live(self) -> socket.socket:
        if self._socket is None:
            raise PortVanishedError(self.name, detail="closed")
        return self._socket


def open_tcp(url: str, baud: int | None) -> SocketPort:
    """Connect to `socket://HOST:PORT`.

    Args:
        url: The address.
        baud: Rate to pace to: behind the socket is a serial line, or what acts like one.

    Raises:
        PortError: `port-option` for a malformed address, `port-refused` when nobody answers.
    """
    parts = urlsplit(url)
    try:
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise PortOptionError(url, "Write it as socket://127.0.0.1:9000.") from error
    if not host or port is None or parts.path not in ("", "/") or parts.query:
        raise PortOptionError(url, "Write it as socket://127.0.0.1:9000.")
    try:
        sock = socket.create_connection((host, port), timeout=CONNECT_S)
    except OSError as error:
        raise PortRefusedError(url, detail=str(error)) from error
    # A frame is small and its answer is awaited: waiting for more to send would cost 40 ms each.
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    peer = str(sock.getpeername()[0])
    return SocketPort(sock, url, baud=baud, loopback=_stays_here(peer))


def _stays_here(peer: str) -> bool:
    return ipaddress.ip_address(peer.partition("%")[0]).is_loopback
