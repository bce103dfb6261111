"""What the begin record says about the machine: enough to judge timing, nothing about people."""

import os
import platform
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from typing import Final

PACKAGES: Final = ("mesodrive", "pyserial", "pydantic", "transitions", "pyyaml")
"""Whose versions decide what the driver does."""


def host_facts() -> dict[str, object]:
    """Return system, machine, number of processors and clock resolution; no names."""
    return {
        "system": platform.system(),
        "release": platform.release(),
        "machine": platform.machine(),
        "cpus": os.cpu_count() or 0,
        "clock_resolution_ns": round(time.get_clock_info("monotonic").resolution * 1e9),
    }


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that decide what the driver does."""
    found = {"python": sys.version.split()[0]}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "unknown"
    return found
