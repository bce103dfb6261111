"""Looks at this machine the way a session will: each check says what it found and what to do."""

import os
import platform
import select
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import entry_points
from importlib.resources import files
from pathlib import Path
from typing import Final

from mesodrive.app.launch import new_address
from mesodrive.app.places import Places
from mesodrive.clock import Clock
from mesodrive.journal.host_facts import versions
from mesodrive.journal.log_file import FREE_BYTES_MIN
from mesodrive.transport.discovery import list_ports
from mesodrive.transport.holders import services_of_note
from mesodrive.transport.registry import GROUP

WAITS: Final = 5
WAIT_S: Final = 0.005
LATE_NS_MAX: Final = 20_000_000
"""A wake-up later than this on an idle machine eats a good part of the 200 ms lease."""

PYTHON_MIN: Final = (3, 11)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at.

    Attributes:
        verdict: `ok`, `note` for what may matter, `bad` for what will.
    """

    name: str
    verdict: str
    found: str
    remedy: str = ""


def checkup(places: Places, clock: Clock) -> Iterator[Check]:
    """Yield the checks, one after the other; none of them opens a serial port."""
    yield _versions()
    yield _folder("log folder", places.logs)
    yield _folder("diagnostics", places.diagnostics)
    yield _space(places.logs)
    yield _attempt("local socket", lambda: _local_socket(places), "Free the runtime folder.")
    yield _attempt("pseudo-terminal", _pseudo_terminal, "Use sim: or socket:// instead.")
    yield _wake_ups(clock)
    yield _simulator()
    yield _ports()
    yield _services()


def udev_rule(vid: str, pid: str) -> str:
    """Return the udev rule for one kind of adapter.

    Args:
        vid: USB vendor, four hex digits.
        pid: USB product, four hex digits.
    """
    rule = (files("mesodrive.app") / "data" / "60-mesodrive.rules").read_text(encoding="utf-8")
    return rule.replace("{VID}", vid.lower()).replace("{PID}", pid.lower())


def _versions() -> Check:
    found = ", ".join(f"{name} {number}" for name, number in versions().items())
    missing = "unknown" in found or sys.version_info < PYTHON_MIN
    remedy = "Install mesodrive anew with Python 3.11 or newer." if missing else ""
    return Check("versions", "bad" if missing else "ok", f"{platform.system()}, {found}", remedy)


def _folder(name: str, folder: Path) -> Check:
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    if nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK):
        return Check(name, "ok", str(folder))
    return Check(name, "bad", f"{folder} cannot be written", "Choose another with --logs.")


def _space(folder: Path) -> Check:
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(nearest).free
    found = f"{free / (1 << 30):.1f} GiB free for logs"
    if free < FREE_BYTES_MIN:
        return Check("free space", "bad", found, "Free some space: no session begins without.")
    return Check("free space", "ok", found)


def _attempt(name: str, what: Callable[[], str], remedy: str) -> Check:
    try:
        return Check(name, "ok", what())
    except OSError as error:
        return Check(name, "bad", str(error), remedy)


def _local_socket(places: Places) -> str:
    if sys.platform == "win32":
        return "named pipe"
    address, folder = new_address(places.runtime)
    with socket.socket(socket.AF_UNIX) as sock:
        try:
            sock.bind(address)
        finally:
            shutil.rmtree(folder or address, ignore_errors=True)
    return f"in {places.runtime}"


def _pseudo_terminal() -> str:
    if sys.platform == "win32":
        raise OSError("this system has none")
    ours, theirs = os.openpty()
    name = os.ttyname(theirs)
    os.close(ours)
    os.close(theirs)
    return name


def _wake_ups(clock: Clock) -> Check:
    ours, theirs = socket.socketpair()
    worst_ns = 0
    with ours, theirs:
        for _ in range(WAITS):
            due_ns = clock.now_ns() + round(WAIT_S * 1e9)
            select.select([ours], [], [], WAIT_S)
            worst_ns = max(worst_ns, clock.now_ns() - due_ns)
    found = f"at most {worst_ns / 1e6:.2f} ms late in {WAITS} waits"
    if worst_ns > LATE_NS_MAX:
        return Check("wake-ups", "note", found, "Close what keeps this machine busy.")
    return Check("wake-ups", "ok", found)


def _simulator() -> Check:
    names = sorted(entry_points(group=GROUP).names)
    if "sim" in names:
        return Check("simulator", "ok", "sim: is there")
    return Check("simulator", "bad", "sim: is missing", "Install mesodrive anew.")


def _ports() -> Check:
    ports = [port.device for port in list_ports()]
    shut = [port for port in ports if not os.access(port, os.R_OK | os.W_OK)]
    if shut:
        remedy = "sudo usermod -aG dialout $USER, then log in again; or --udev-rule VID:PID"
        return Check("serial ports", "bad", f"not allowed: {', '.join(shut)}", remedy)
    return Check("serial ports", "ok", ", ".join(ports) or "none plugged in")


def _services() -> Check:
    services = services_of_note("")
    if services:
        remedy = "If one of them grabs your device: mesodrive doctor --udev-rule VID:PID"
        return Check("services", "note", f"running: {', '.join(services)}", remedy)
    return Check("services", "ok", "none that grabs serial ports")
