"""TESTING: the device tries its own stop path, lease, journal and sensors; nothing moves out."""

from itertools import pairwise
from typing import Final

from mesodrive_protocol.enums import DeviceState, EventKind, Phase, Reason
from mesodrive_simulator.firmware.board import NEVER_US, Board
from mesodrive_simulator.firmware.delivery import TESTED_US
from mesodrive_simulator.firmware.journal import Journal, links
from mesodrive_simulator.firmware.names import TESTING
from mesodrive_simulator.firmware.stops import DISAGREE_MC, TABLE, Stops

TEST_US: Final = 250_000
"""Reading back four parts; PROTOCOL.md allows 3 s."""
STOP_PATH, LEASE, JOURNAL, SENSORS = 1, 2, 4, 8
"""Bits of the failed parts in the record."""
_REASONS: Final = {
    STOP_PATH: Reason.HOME,
    LEASE: Reason.INTERNAL,
    JOURNAL: Reason.STORES,
    SENSORS: Reason.SENSOR,
}
_TEMPERATURE_MC: Final = range(-20_000, 150_000)
"""What a sound sensor can say; beyond it is broken or not there."""


class Selftest:
    """One run of the self-test."""

    __slots__ = ("_back", "board", "due_us", "journal", "stops")

    def __init__(self, board: Board, journal: Journal, stops: Stops) -> None:
        self.board = board
        self.journal = journal
        self.stops = stops
        self.due_us = NEVER_US
        self._back = DeviceState.IDLE

    def begin(self) -> None:
        """Begin a run."""
        board = self.board
        self._back = board.state
        self.due_us = board.us + TEST_US
        board.enter(TESTING)
        self.stops.drive_home()

    def follow(self) -> None:
        """End the run when it is due; a run that a STOP ended proves nothing."""
        board = self.board
        if board.state is not TESTING:
            self.due_us = NEVER_US
        elif board.us >= self.due_us:
            self.due_us = NEVER_US
            self._finish(self.failed_parts())

    def failed_parts(self) -> int:
        """Return the bits of all parts that do not work."""
        board = self.board
        plant, now_ns = board.plant, board.now_ns
        failed = 0
        if plant.phase != Phase.REST or not plant.home(now_ns) or len(TABLE) != 2 * len(Phase):
            failed |= STOP_PATH
        if board.lease_due_us != NEVER_US or board.stores.armed:
            failed |= LEASE
        records = board.stores.records
        joined = all(links(a, b) for a, b in pairwise(records) if a.seq + 1 == b.seq)
        if not joined or board.stores.totals_lost:
            failed |= JOURNAL
        plausible = (
            plant.temperature_mc(now_ns) in _TEMPERATURE_MC
            and abs(plant.temperature_mc(now_ns) - plant.thermal.second_mc(now_ns)) <= DISAGREE_MC
            and plant.supply_uv(now_ns) > 0
            and self.stops.meters_at_rest()
        )
        return failed if plausible else failed | SENSORS

    def _finish(self, failed: int) -> None:
        board = self.board
        board.enter(self._back)
        if not failed:
            board.tested_until_us = board.us + TESTED_US
            self.journal.event(EventKind.TESTED)
            return
        reason = next(why for part, why in _REASONS.items() if failed & part)
        self.journal.event(EventKind.TESTED, reason, value=failed)
        self.stops.stop(reason)
