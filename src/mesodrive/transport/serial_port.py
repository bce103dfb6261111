"""A serial port by its name: opened by pyserial, for this process alone.

The control lines are left as the system sets them on opening: toggling them resets many boards.
"""
# ruff: noqa: PLC0415 -- heavy imports wait until they are needed

import contextlib
import sys

from mesodrive.transport.base import Transport
from mesodrive.transport.threaded_port import READ_S, ThreadedPort


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
    handle = serial.Serial(device, baud, exclusive=True, timeout=READ_S, write_timeout=0)
    if sys.platform == "linux":
        # An adapter may hold bytes for 16 ms; what cannot do without says so.
        with contextlib.suppress(OSError, ValueError):
            handle.set_low_latency_mode(True)
    if sys.platform != "win32":
        from mesodrive.transport.descriptor_port import SerialPort

        return SerialPort(handle, device)
    return ThreadedPort(handle, device, baud=baud, loopback=True)
