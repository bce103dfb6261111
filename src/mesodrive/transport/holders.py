"""Services that are known to grab serial ports: who of them runs, who holds a given port.

Read from `/proc`, as far as this user may; elsewhere nothing is known and nothing is said.
"""

from pathlib import Path
from typing import Final

SERVICES: Final = ("ModemManager", "brltty", "gpsd")
"""Services that open or unbind serial adapters on sight; named by our users most."""

PROCESSES_MAX: Final = 20_000
"""Bound of the walk; above any desktop's number of processes."""


def services_of_note(device: str, proc: Path = Path("/proc")) -> list[str]:
    """Return the running services that may hold a device, holders proven by `/proc` first.

    Args:
        device: Device name or link to one.
        proc: Where the process list is.
    """
    target = str(Path(device).resolve())
    running: list[str] = []
    for count, entry in enumerate(proc.iterdir() if proc.is_dir() else ()):
        if count > PROCESSES_MAX:
            break
        name = _name(entry)
        if name in SERVICES and name not in running:
            running.insert(0 if _holds(entry, target) else len(running), name)
    return running


def _name(process: Path) -> str:
    try:
        return (process / "comm").read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""


def _holds(process: Path, target: str) -> bool:
    try:
        return any(str(link.readlink()) == target for link in (process / "fd").iterdir())
    except OSError:
        return False
