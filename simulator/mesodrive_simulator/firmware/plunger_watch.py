"""Flow without a command: between units the plunger must stand where the last one left it (DOS-06).

Looked at ten times a second while armed, before each unit, and while loaded as often as statuses
go out: often enough to be in time, seldom enough to cost nothing.
"""

from math import ceil
from typing import Final

from mesodrive_protocol.enums import Reason
from mesodrive_simulator.firmware.board import Board
from mesodrive_simulator.firmware.names import ARMED, LOADED
from mesodrive_simulator.firmware.stops import Stops
from mesodrive_simulator.firmware.stores import Totals

STEPS_MAX: Final = 1.5
"""The encoder counts whole steps: more than one is seen as two, whatever the fractions say."""


class PlungerWatch:
    """Holds the plunger's own encoder against where it was left."""

    __slots__ = ("_still_um", "board", "stops")

    def __init__(self, board: Board, stops: Stops) -> None:
        self.board = board
        self.stops = stops
        self._still_um = 0.0
        self.left_here()

    def left_here(self) -> None:
        """Take where the plunger is now as the place that it was left at."""
        self._still_um = self.board.gun.plunger.unit_um(self.board.now_ns)

    def look(self) -> bool:
        """Stop at once if the plunger has moved by itself between units; tell whether it has."""
        board = self.board
        if board.state is not ARMED and board.state is not LOADED:
            return False
        plunger = board.gun.plunger
        moved_um = plunger.unit_um(board.now_ns) - self._still_um
        if moved_um <= STEPS_MAX * plunger.step_um:
            return False
        board.gun.cut(board.now_ns)
        self._book(ceil(moved_um * plunger.drive_nl_per_um))
        self.left_here()
        self.stops.stop(Reason.TOO_MUCH)
        return True

    def _book(self, amount_nl: int) -> None:
        """Count what nobody commanded: in the case's total, and as gone from the syringe."""
        stores = self.board.stores
        stores.content_left_nl = max(0, stores.content_left_nl - amount_nl)
        totals = stores.totals
        total = stores.totals.case_total + amount_nl
        stores.write_totals(Totals(*totals[:-2], total, totals.unit_amount))
