"""From what the operator typed to an open transport; every foreign error is translated here.

`NAME:...` with a name registered in the entry-point group `mesodrive.transports` goes to that
plug-in (`sim:` is one), `socket://HOST:PORT` to a TCP connection, other `scheme://` addresses to
pyserial, and everything else is a device name.
"""
# ruff: noqa: PLC0415 -- heavy imports wait until they are needed

import difflib
import errno
import re
import socket
from importlib.metadata import entry_points
from pathlib import Path
from typing import Final, Protocol

from mesodrive.transport.base import Transport
from mesodrive.transport.discovery import list_ports
from mesodrive.transport.errors import (
    PortBusyError,
    PortError,
    PortGrabbedError,
    PortMissingError,
    PortOptionError,
    PortPermissionError,
    PortRefusedError,
    PortSchemeError,
)
from mesodrive.transport.holders import services_of_note
from mesodrive.transport.serial_port import open_serial
from mesodrive.transport.socket_port import SocketPort, open_tcp
from mesodrive.transport.threaded_port import READ_S, ThreadedPort

GROUP: Final = "mesodrive.transports"

BAUD_DEFAULT: Final = 460_800
"""Rate where neither profile nor operator names one: what the protocol recommends."""

WRITE_S: Final = 1.0
"""Longest write to a port without a descriptor; the pacing hands over 64 bytes at a time."""

# A single letter before the colon is a Windows drive, not a scheme.
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")


class Pipe(Protocol):
    """What a plug-in returns: an open stream socket and what ends it."""

    @property
    def baud(self) -> int | None:
        """Rate that the other side paces the line to, None for no pacing."""
        ...

    def fileno(self) -> int:
        """Return the socket's descriptor."""
        ...

    def close(self) -> None:
        """End whatever is behind it."""
        ...


def port_kind(url: str) -> str:
    """Return the kind of a port for the log: a scheme such as `sim` or `socket`, or `serial`."""
    match = _SCHEME.match(url)
    return match[1].lower() if match else "serial"


def open_port(url: str, baud: int | None = None) -> Transport:
    """Open what the operator named.

    Args:
        url: A device name, `sim:PROFILE?...`, `socket://HOST:PORT` or an address of pyserial.
        baud: Bits per second; also what the output is paced to. `sim:` takes its own from
            the address (`?baud=`) and is not paced without.

    Raises:
        PortError: With the remedy; nothing stays open.
    """
    kind = port_kind(url)
    if kind == "serial":
        return _open_device(url, baud or BAUD_DEFAULT)
    if kind == "socket":
        return open_tcp(url, baud or BAUD_DEFAULT)
    plugins = entry_points(group=GROUP)
    if kind in plugins.names:
        return _open_plugin(url, kind)
    if "://" in url:
        return _open_pyserial(url, baud or BAUD_DEFAULT)
    known = ", ".join(f"{name}:" for name in sorted({*plugins.names, "socket"}))
    raise PortSchemeError(url, f"Known are {known} and the name of a serial port.")


def _open_plugin(url: str, kind: str) -> Transport:
    opener = next(iter(entry_points(group=GROUP, name=kind))).load()
    try:
        pipe: Pipe = opener(url)
    except Exception as error:
        # A plug-in is not ours, and neither are its exceptions; this is where they are translated.
        refusal = PortOptionError if isinstance(error, ValueError) else PortError
        raise refusal(url, detail=str(error)) from error
    sock = socket.socket(fileno=_duplicate(pipe))
    return SocketPort(sock, url, baud=pipe.baud, loopback=True, on_close=pipe.close)


def _duplicate(pipe: Pipe) -> int:
    # The pipe closes its own descriptor in its own time; a socket of ours must not close it too.
    with socket.socket(fileno=pipe.fileno()) as borrowed:
        copy = borrowed.dup()
        borrowed.detach()
    return copy.detach()


def _open_pyserial(url: str, baud: int) -> Transport:
    import serial

    try:
        port = serial.serial_for_url(url, baudrate=baud, timeout=READ_S, write_timeout=WRITE_S)
    except ValueError as error:
        raise PortSchemeError(url, detail=str(error)) from error
    except OSError as error:
        raise PortRefusedError(url, detail=str(error)) from error
    return ThreadedPort(port, url, baud=baud, loopback=False)


def _open_device(device: str, baud: int) -> Transport:
    try:
        return open_serial(device, baud)
    except ValueError as error:
        raise PortOptionError(device, detail=str(error)) from error
    except OSError as error:
        raise _device_error(device, error) from error


def _device_error(device: str, error: OSError) -> PortError:
    number, said = error.errno, str(error)
    if number in (errno.ENOENT, errno.ENXIO, errno.ENODEV) or "FileNotFoundError" in said:
        return PortMissingError(device, _missing_remedy(device))
    if number in (errno.EACCES, errno.EPERM) and "PermissionError" not in said:
        return PortPermissionError(device)
    if number in (errno.EBUSY, errno.EAGAIN) or "PermissionError" in said:
        return _busy(device)
    unfit = number in (errno.ENOTTY, errno.EISDIR, errno.EINVAL)
    # pyserial says so where the file opens and is no terminal line: a plain file, /dev/null.
    if unfit or "Could not configure port" in said or Path(device).is_file():
        return PortError(device, "That is not a serial port; see `mesodrive devices`.")
    return PortError(device, detail=said)


def _busy(device: str) -> PortError:
    services = services_of_note(device)
    if services:
        return PortGrabbedError(device, detail=", ".join(services))
    return PortBusyError(device)


def _missing_remedy(device: str) -> str:
    names = [name for port in list_ports() for name in (port.device, port.by_id) if name]
    names += [str(path) for path in Path(device).parent.glob(Path(device).name[:3] + "*")][:20]
    near = difflib.get_close_matches(device, names, n=1, cutoff=0.6)
    if near:
        return f"Did you mean {near[0]}? `mesodrive devices` lists what is there."
    return "Plug the device in, and see `mesodrive devices` for what is there."
