"""Which serial ports there are, found without opening any: opening may reset a board."""
# ruff: noqa: PLC0415 -- heavy imports wait until they are needed

from dataclasses import dataclass
from pathlib import Path
from typing import Final

BY_ID: Final = Path("/dev/serial/by-id")
"""Where Linux keeps names that stay the same over replugging."""


@dataclass(frozen=True, slots=True)
class PortInfo:
    """One port, as the system describes it.

    Attributes:
        device: Name to open it by.
        by_id: Lasting name, empty where there is none.
        vid_pid: USB vendor and product as `1A2B:3C4D`, empty for a port that is not USB.
        serial: Serial number of the adapter, empty where unknown.
        description: What the system calls it.
    """

    device: str
    by_id: str
    vid_pid: str
    serial: str
    description: str


def list_ports(by_id: Path = BY_ID) -> list[PortInfo]:
    """List the machine's serial ports by name; opens none.

    Args:
        by_id: Folder of lasting names.
    """
    from serial.tools import list_ports as tools

    lasting = {str(link.resolve()): str(link) for link in by_id.iterdir()} if by_id.is_dir() else {}
    return [
        PortInfo(
            device=port.device,
            by_id=lasting.get(port.device, ""),
            vid_pid=f"{port.vid:04X}:{port.pid:04X}" if port.vid is not None else "",
            serial=port.serial_number or "",
            description=port.description if port.description != "n/a" else "",
        )
        for port in sorted(tools.comports(), key=lambda port: port.device)
    ]
