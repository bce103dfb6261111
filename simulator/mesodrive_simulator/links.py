"""Byte pipes that a simulated device can be reached by; none of them ever waits.

A device on a wire neither knows nor cares whether anybody listens. So what a client does not
take is kept up to a small bound and then lost, as on a wire, and never holds the device up.
"""

import socket
from contextlib import suppress
from typing import Final, Protocol

from mesodrive_simulator.serve_errors import ServeError

READ_BYTES_MAX: Final = 4096
"""One read; a host that obeys the window never has more under way."""
UNSENT_BYTES_MAX: Final = 16_384
"""What is kept for a client that does not read; beyond it bytes are lost, as on a wire."""
PORT_MAX: Final = 65_535


class Link(Protocol):
    """One way to reach the device."""

    transport: str
    address: str
    ended: bool
    """The link cannot come back; serving is over."""

    def read_fds(self) -> list[int]:
        """Return the descriptors whose readiness means news."""
        ...

    def write_fds(self) -> list[int]:
        """Return the descriptors to watch while something is unsent."""
        ...

    def receive(self, fd: int) -> bytes:
        """Return what came on a ready descriptor; empty for news without bytes."""
        ...

    def send(self, data: bytes) -> None:
        """Send now what can be sent now, and keep the rest within the bound."""
        ...

    def close(self) -> None:
        """Give everything back."""
        ...


class Unsent:
    """Bytes that wait for a slow reader, within the bound."""

    __slots__ = ("data", "lost")

    def __init__(self) -> None:
        self.data = b""
        self.lost = 0
        """Bytes that found no room since the beginning."""

    def add(self, data: bytes) -> bytes:
        """Return all there is to send now, oldest first, after the bound was applied."""
        if len(self.data) + len(data) > UNSENT_BYTES_MAX:
            self.lost += len(data)
        else:
            self.data += data
        return self.data


class SocketLink:
    """A connected socket; its end is the end of serving."""

    transport = "fd"

    def __init__(self, connected: socket.socket) -> None:
        connected.setblocking(False)  # noqa: FBT003 -- the standard library wants it so
        self._socket = connected
        self._fds = [connected.fileno()]
        self._unsent = Unsent()
        self.address = str(connected.fileno())
        self.ended = False

    def read_fds(self) -> list[int]:
        """Return the socket's descriptor."""
        return self._fds

    def write_fds(self) -> list[int]:
        """Return the socket's descriptor while something is unsent."""
        return self._fds if self._unsent.data else []

    def receive(self, fd: int) -> bytes:  # noqa: ARG002 -- there is only one
        """Return what came; at the end of the stream, end."""
        try:
            data = self._socket.recv(READ_BYTES_MAX)
        except BlockingIOError:
            return b""
        except OSError:
            data = b""
        self.ended = self.ended or not data
        return data

    def at_end(self) -> bool:
        """Tell whether the other side has left and nothing from it is unread."""
        try:
            self.ended = self.ended or not self._socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:
            self.ended = True
        return self.ended

    def send(self, data: bytes) -> None:
        """Send now what the socket takes, and keep the rest within the bound."""
        waiting = self._unsent.add(data)
        try:
            sent = self._socket.send(waiting) if waiting else 0
        except BlockingIOError:
            sent = 0
        except OSError:
            # reading tells that the other side is gone; there may be bytes from it yet
            sent = len(waiting)
        self._unsent.data = waiting[sent:]

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()


class TcpLink:
    """A listening socket that serves one client at a time; clients come and go."""

    transport = "tcp"
    ended = False

    def __init__(self, host: str, port: int) -> None:
        """Begin to listen.

        Args:
            host: Address of this machine; loopback unless the network shall reach the device.
            port: Port, 0 for a free one.

        Raises:
            ServeError: If the address cannot be had.
        """
        if not 0 <= port <= PORT_MAX:
            raise ServeError(f"{host}:{port}", "is no port", f"Choose one up to {PORT_MAX}.")
        try:
            self._listener = socket.create_server((host, port), backlog=4)
        except OSError as error:
            raise ServeError(
                f"{host}:{port}", f"cannot listen there ({error})", "Choose another port."
            ) from error
        self._listener.setblocking(False)  # noqa: FBT003 -- the standard library wants it so
        name = self._listener.getsockname()
        self.address = f"{name[0]}:{name[1]}"
        self._client: SocketLink | None = None

    def read_fds(self) -> list[int]:
        """Return the client's descriptor and the listener's."""
        listening = [self._listener.fileno()]
        return self._client.read_fds() + listening if self._client else listening

    def write_fds(self) -> list[int]:
        """Return the client's descriptor while something is unsent."""
        return self._client.write_fds() if self._client else []

    def receive(self, fd: int) -> bytes:
        """Take a client, refuse a second one, or return what the client sent."""
        if fd == self._listener.fileno():
            self._accept()
            return b""
        if not self._client:
            return b""
        data = self._client.receive(fd)
        self._drop_ended()
        return data

    def send(self, data: bytes) -> None:
        """Send to the client; without one the bytes are lost, as on a wire."""
        if self._client:
            self._client.send(data)

    def close(self) -> None:
        """Close listener and client."""
        self._listener.close()
        if self._client:
            self._client.close()

    def _accept(self) -> None:
        # a client that is gone again before it was accepted is no news
        with suppress(OSError):
            client, _ = self._listener.accept()
            # one that left just before the next came may not have been seen to leave yet
            if self._client and self._client.at_end():
                self._drop_ended()
            if self._client:
                client.close()
                return
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._client = SocketLink(client)

    def _drop_ended(self) -> None:
        if self._client and self._client.ended:
            self._client.close()
            self._client = None
