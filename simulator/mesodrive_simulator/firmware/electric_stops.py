"""Stopping a transdermal unit: the same table, latch and way to rest, with outputs for drives."""

from typing import Final

from mesodrive_simulator.firmware.names import CURRENT
from mesodrive_simulator.firmware.stops import FINISH_NS, STOPPED_BY_PEOPLE, Action, Stops
from mesodrive_simulator.plant.phases import BACK, OUT, REST

STOP_RAMP_NS: Final = 90_000_000
"""A STOP brings current to zero in 100 ms; a tenth is left for meters and clock."""
AT_REST_UA: Final = 20
AT_REST_UV: Final = 1_000_000
"""What meters may show of an output that is off."""


class ElectricStops(Stops):
    """Everything that ends in LATCHED, of a transdermal unit."""

    __slots__ = ()

    def drive_home(self) -> None:
        """Bring the machine to rest: drop every output."""
        self.board.electric.outputs_off(self.board.now_ns)

    def meters_at_rest(self) -> bool:
        """Tell whether the meters show what they can show at rest."""
        unit, now_ns = self.board.electric, self.board.now_ns
        return (
            abs(unit.current_ua(now_ns)) <= AT_REST_UA
            and abs(unit.voltage_uv(now_ns)) <= AT_REST_UV
        )

    def _act(self, action: Action) -> None:
        """Do what the table says; current is ramped where a needle would finish or be cut."""
        board = self.board
        plant, now_ns = board.electric, board.now_ns
        if plant.phase is REST or action is Action.NOTHING:
            return
        gentle = self.reason in STOPPED_BY_PEOPLE
        program = board.program
        if program is not None and program.kind is CURRENT:
            if not gentle:
                plant.cut(now_ns)
            elif not self.cut:  # a ramp of an earlier cause goes on
                plant.ramp_off(now_ns, STOP_RAMP_NS)
            self.cut = True
        elif plant.phase is not BACK and not (
            gentle and action is Action.FINISH_OR_CUT and plant.remaining_ns(now_ns) <= FINISH_NS
        ):
            self.cut = True
            self.turned_back = plant.phase is OUT
            plant.outputs_off(now_ns)
