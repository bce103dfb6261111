"""The one place of the campaign that looks behind the doors of core and device.

Oracles and injections need what no user may have: the ledger's books, the firmware's stops. If a
name changes there, this is what has to follow.
"""

# ruff: noqa: SLF001
# pyright: reportPrivateUsage=false

from collections.abc import Callable
from typing import Final

from mesodrive.core.driver import DriverCore
from mesodrive.core.parts import Parts
from mesodrive_protocol.enums import Reason
from mesodrive_simulator.simulated import SimulatedDevice

_PPM: Final = 1_000_000


def parts_of(core: DriverCore) -> Parts:
    """Return everything that a core is made of."""
    return core._parts


def queue_lengths(core: DriverCore) -> dict[str, int]:
    """Return how long each queue of a core is."""
    parts = core._parts
    return {
        "questions under way": len(parts.link.pending),
        "records not yet durable": len(parts.records._waiting),
        "units to be confirmed": len(parts.booking._confirming),
    }


def fail_next(core: DriverCore, which: int, on_fail: Callable[[], None]) -> None:
    """Have the core fail with a defect of its own at the next input of a kind.

    Args:
        core: The core.
        which: Which of its inputs: bytes, tick, wish, durable.
        on_fail: Called when it does.
    """
    handlers = core._handlers
    code = sorted(handlers)[which % 4]
    handler: Callable[[bytes], None] = handlers[code]

    def broken(data: bytes) -> None:
        del data
        handlers[code] = handler
        on_fail()
        raise AssertionError("injected by the campaign")

    handlers[code] = broken


def misfire(device: SimulatedDevice, reason: Reason) -> None:
    """Have the device stop for a reason that is not there."""
    device.device._stops.stop(reason)
    device.device.board.dirty = True


def set_drift(device: SimulatedDevice, now_ns: int, ppm: int) -> None:
    """Have the device's clock run at another rate from now on, without a jump."""
    board = device.device.board
    board.at(now_ns)
    us = board.us
    board.rate = _PPM + ppm
    device.device.drift_ppm = ppm
    board.power_on_ns = now_ns - -(-us * 1_000_000_000 // board.rate)
    board.dirty = True


def jump_clock(device: SimulatedDevice, by_ns: int) -> None:
    """Have the device's clock jump ahead."""
    board = device.device.board
    board.power_on_ns -= by_ns
    board.dirty = True
