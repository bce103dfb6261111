"""How a port that was lost is found again: by its adapter's serial number, else by its address."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from mesodrive.transport.base import Transport
from mesodrive.transport.discovery import PortInfo, list_ports
from mesodrive.transport.registry import open_port, port_kind


class Adapter(NamedTuple):
    """What stays the same of a USB serial port when its name changes."""

    vid_pid: str
    serial: str


def way_back(
    url: str, baud: int | None, ports: Callable[[], list[PortInfo]] = list_ports
) -> Callable[[], Transport] | None:
    """Return what opens a port again after it was lost, or None where nothing can.

    Ask while the port is there: only then can its adapter be known. Which device is behind it is
    for the core to see, which compares the serial number that the device itself says.

    Args:
        url: As the operator named it.
        baud: Bits per second, as for the first opening.
        ports: Lists the ports of this machine.
    """
    kind = port_kind(url)
    if kind == "sim":
        # The device was a process that belonged to the port, and its memory has gone with it: a
        # new one would be another device.
        return None
    if kind != "serial":
        return lambda: open_port(url, baud)
    adapter = _adapter_of(url, ports())
    return lambda: open_port(url if adapter is None else _name_of(adapter, ports(), url), baud)


def _adapter_of(url: str, ports: list[PortInfo]) -> Adapter | None:
    device = str(Path(url).resolve())
    for port in ports:
        if port.serial and str(Path(port.device).resolve()) == device:
            return Adapter(port.vid_pid, port.serial)
    return None


def _name_of(adapter: Adapter, ports: list[PortInfo], url: str) -> str:
    """Return the name that an adapter has now; the old one where it is not plugged in."""
    names = [port.device for port in ports if (port.vid_pid, port.serial) == adapter]
    return names[0] if names else url
