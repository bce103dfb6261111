"""A serial port with a descriptor (Linux, macOS): read and written without pyserial.

Reading through pyserial's own calls costs a quarter more, `read_until` eight times more
(measured, see the benchmarks); the descriptor is what a selector needs anyway.
"""

import contextlib
import os
import select
import sys
from typing import Final, Protocol

from mesodrive.transport.base import READ_BYTES_MAX
from mesodrive.transport.errors import PortVanishedError

assert sys.platform != "win32", "there a thread reads: see threaded_port"

BREAK_S: Final = 0.02
"""Length of a line break: more than a character at 1200 baud, less than a STOP may take."""


class SerialHandle(Protocol):
    """What is used of pyserial's object."""

    @property
    def baudrate(self) -> int:
        """Bits per second."""
        ...

    def fileno(self) -> int:
        """Return the descriptor."""
        ...

    def send_break(self, length_s: float = ..., /) -> None:
        """Send a break."""
        ...

    def close(self) -> None:
        """Close the port."""
        ...


class SerialPort:
    """A serial port or pseudo-terminal with a descriptor (Linux, macOS).

    Args:
        handle: The open port of pyserial; owned from here on.
        name: The port as the operator named it.
    """

    loopback = True

    def __init__(self, handle: SerialHandle, name: str) -> None:
        self.name, self.baud = name, handle.baudrate
        self._handle: SerialHandle | None = handle
        self._fd = handle.fileno()
        os.set_blocking(self._fd, False)

    def fileno(self) -> int:
        """Return the port's descriptor."""
        return self._fd

    def read(self) -> bytes:
        """Return what has come; empty when nothing has.

        Raises:
            PortError: If the port is gone.
        """
        try:
            data = os.read(self._fd, READ_BYTES_MAX)
        except (BlockingIOError, InterruptedError):
            return b""
        except OSError as error:
            raise PortVanishedError(self.name, detail=str(error)) from error
        if not data and self._hung_up():
            raise PortVanishedError(self.name, detail="hung up")
        return data

    def write(self, data: bytes) -> int:
        """Hand over what the port takes now and return how many bytes.

        Raises:
            PortError: If the port is gone.
        """
        try:
            return os.write(self._fd, data)
        except (BlockingIOError, InterruptedError):
            return 0
        except OSError as error:
            raise PortVanishedError(self.name, detail=str(error)) from error

    def send_break(self) -> None:
        """Send a line break; a pseudo-terminal ignores it."""
        if self._handle is not None:
            with contextlib.suppress(OSError):
                self._handle.send_break(BREAK_S)

    def close(self) -> None:
        """Close the port; harmless a second time."""
        handle, self._handle = self._handle, None
        self._fd = -1  # the number may be another file's by the next write
        if handle is not None:
            with contextlib.suppress(OSError):
                handle.close()

    def _hung_up(self) -> bool:
        # A terminal that pyserial has set up gives nothing, not an error, when nothing has come.
        poll = select.poll()
        poll.register(self._fd, 0)
        return bool(poll.poll(0))
