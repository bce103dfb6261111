"""A serial port: opened by pyserial, exclusively, then read and written through its descriptor.

Reading through pyserial's own calls costs a quarter more, `read_until` eight times more
(measured, see the benchmarks); the descriptor is what a selector needs anyway. The control lines
are left as the system sets them on opening: toggling them resets many boards.
"""
# ruff: noqa: PLC0415 -- heavy imports wait until they are needed

import contextlib
import os
import sys
from typing import Final, Protocol

from mesodrive.transport.base import READ_BYTES_MAX, Transport
from mesodrive.transport.errors import PortVanishedError

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

    def send_break(self, duration: float = ...) -> None:
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
        if not data:
            # A selector has just called the port readable: nothing to read means unplugged.
            raise PortVanishedError(self.name, detail="end of file")
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
        if handle is not None:
            with contextlib.suppress(OSError):
                handle.close()


def open_serial(device: str, baud: int) -> Transport:
    """Open a serial device by name, for this process alone.

    Args:
        device: Device name, `/dev/ttyACM0` or `COM3`, or a link to one.
        baud: Bits per second.

    Raises:
        OSError: As the system says it; pyserial's own error is one.
        ValueError: If the port can't do the rate.
    """
    import serial

    # pyserial puts an eighth data bit, no parity and one stop bit by itself.
    handle = serial.Serial(device, baud, exclusive=True, timeout=0, write_timeout=0)
    if sys.platform == "linux":
        # An adapter may hold bytes for 16 ms; what cannot do without says so.
        with contextlib.suppress(OSError, ValueError):
            handle.set_low_latency_mode(True)
    if os.name == "posix":
        return SerialPort(handle, device)
    from mesodrive.transport.threaded_port import ThreadedPort

    return ThreadedPort(handle, device, baud=baud, loopback=True)
