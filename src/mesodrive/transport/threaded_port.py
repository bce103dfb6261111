"""A port without a descriptor (Windows, `rfc2217://` and other URLs of pyserial).

A thread waits in pyserial's blocking read and passes what comes through a socket pair, whose other
end a selector can watch. The socket's own buffer is the bound: a reader that stops reading stops
the thread.
"""

import contextlib
import socket
import threading
from typing import Final, Protocol

from mesodrive.transport.base import READ_BYTES_MAX
from mesodrive.transport.errors import PortVanishedError

READ_S: Final = 0.2
"""Time-out to open such a port with: within it the thread sees that the port was closed."""

JOIN_S: Final = 2.0
"""Longest wait for the thread on closing; it ends within one read, or is left behind."""


class BlockingPort(Protocol):
    """What is used of pyserial's object."""

    @property
    def in_waiting(self) -> int:
        """Bytes that can be read without waiting."""
        ...

    def read(self, size: int = ..., /) -> bytes:
        """Read, waiting at most the time-out."""
        ...

    def write(self, data: bytes, /) -> int | None:
        """Write without waiting (write time-out 0)."""
        ...

    def send_break(self, duration: float = ...) -> None:
        """Send a break."""
        ...

    def close(self) -> None:
        """Close the port."""
        ...


class ThreadedPort:
    """A blocking port behind the interface of a transport.

    Args:
        port: The open port, its reads bounded by `READ_S`; owned from here on.
        name: The port as the operator named it.
        baud: Rate to pace to, or None.
        loopback: Whether the bytes cross no network.
    """

    def __init__(self, port: BlockingPort, name: str, *, baud: int | None, loopback: bool) -> None:
        self.name, self.baud, self.loopback = name, baud, loopback
        self._port = port
        self._closed = threading.Event()
        self._ours, self._theirs = socket.socketpair()
        self._ours.setblocking(False)  # noqa: FBT003 -- the standard library wants it so
        self._reader = threading.Thread(target=self._pump, name="port reader", daemon=True)
        self._reader.start()

    def fileno(self) -> int:
        """Return the descriptor of the socket pair."""
        return self._ours.fileno()

    def read(self) -> bytes:
        """Return what has come; empty when nothing has.

        Raises:
            PortError: If the port is gone.
        """
        try:
            data = self._ours.recv(READ_BYTES_MAX)
        except (BlockingIOError, InterruptedError):
            return b""
        except OSError as error:
            raise PortVanishedError(self.name, detail=str(error)) from error
        if not data:
            raise PortVanishedError(self.name, detail="read failed")
        return data

    def write(self, data: bytes) -> int:
        """Hand the bytes over; pyserial takes them all, the pacing keeps them few.

        Raises:
            PortError: If the port is gone.
        """
        try:
            taken = self._port.write(data)
        except OSError as error:
            raise PortVanishedError(self.name, detail=str(error)) from error
        return len(data) if taken is None else taken

    def send_break(self) -> None:
        """Send a line break where the port can."""
        with contextlib.suppress(OSError):
            self._port.send_break()

    def close(self) -> None:
        """Close the port and end the thread; harmless a second time."""
        self._closed.set()
        self._ours.close()
        with contextlib.suppress(OSError):
            self._port.close()
        self._reader.join(JOIN_S)

    def _pump(self) -> None:
        with self._theirs:
            while not self._closed.is_set():
                try:
                    # pyserial raises TypeError or AttributeError when closed under a read.
                    data = self._port.read(max(1, min(self._port.in_waiting, READ_BYTES_MAX)))
                    if data:
                        self._theirs.sendall(data)
                except (OSError, TypeError, AttributeError):
                    return
