"""Faults of a transdermal unit: electrode and lead, pulse switch, current sensor."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from mesodrive_protocol.enums import Reason
from mesodrive_simulator.plant.electric_model import ElectricFaults
from mesodrive_testbench.campaign.oracles.currents import FAULT_NS, Currents
from mesodrive_testbench.campaign.script import MS, S

if TYPE_CHECKING:
    from mesodrive_testbench.campaign.faults_device import DeviceFaults
    from mesodrive_testbench.campaign.world import CampaignWorld

OPEN: Final = 0
SHORT: Final = 1
AREA: Final = 2
INTERMITTENT: Final = 3
"""Ways in which an electrode goes wrong (F26)."""
STUCK: Final = 0
WIDTH: Final = 1
DOUBLE: Final = 2
ARC: Final = 3
"""Ways in which a pulse goes wrong (F27)."""
AREA_TIMES: Final = 8
"""Skin comes off, and lies on again, more slowly than a lead breaks."""
BREAKS: Final = 4
"""An intermittent lead breaks so often, each time as long as it holds."""
CHANGE_NS: Final = S
"""So fast is a change of the impedance by a half seen (DOS-08)."""
SETTLING_NS: Final = 2_200 * MS
"""Not in the first two seconds of a ramp, of a clock that runs slow."""
LOSS_PERMILLE: Final = 500
"""An area that is lost by so much changes the impedance by a half."""


class ElectrodeFaults:
    """What goes wrong between the output and the skin."""

    misfires: Final = (
        Reason.LEASE, Reason.OPEN, Reason.SHORT, Reason.IMPEDANCE, Reason.TEMPERATURE,
        Reason.SUPPLY, Reason.SENSOR, Reason.INTERNAL,
    )  # fmt: skip
    """Reasons that a control of a transdermal unit may find where there is none."""

    def __init__(
        self,
        world: "CampaignWorld",
        device: "DeviceFaults",
        currents: Currents,
    ) -> None:
        self._world = world
        self._device = device
        self._plant = currents.plant
        self._currents = currents
        self._number = 0
        """Of the fault set last: one that ends later than another began does not end that."""
        self.table: dict[str, Callable[..., Any]] = {
            "F25": self._contact, "F26": self._electrode, "F27": self._pulse, "F28": self._sensor,
        }  # fmt: skip

    def present(self, *, cartridge: bool) -> None:
        """Pull the electrode's plug or put it in."""
        self._plant.set_cartridge(self._world.now_ns, cartridge)

    def heal(self) -> None:
        """Have electrode, switch and sensor whole."""
        self._put(ElectricFaults())

    def hangs(self, *, hung: bool) -> None:
        """Have the processor stand still, so that nothing but the watchdog ends what flows."""
        self._currents.hung = hung
        self._judge()

    def _put(self, faults: ElectricFaults) -> None:
        """Break or mend."""
        self._world.advance_device()
        self._number += 1
        self._plant.set_faults(self._world.now_ns, faults)
        self._judge()

    def _judge(self) -> None:
        """Say whether the unit under way may become another one than planned."""
        actuators = replace(self._plant.faults, sensor_stuck_ua=None)
        self._currents.acts(fault=self._currents.hung or actuators != ElectricFaults())

    def _for(self, span_ns: int, faults: ElectricFaults) -> None:
        """Break for a time."""
        self._put(faults)
        world = self._world
        world.push(world.now_ns + span_ns, self._mend, self._number)
        self._device.seen()

    def _mend(self, number: int) -> None:
        if number == self._number:
            self._put(ElectricFaults())
            self._device.seen()

    def _contact(self, span_ns: int) -> None:
        world, plant = self._world, self._plant
        force_mn = plant.skin.force_mn
        world.advance_device()
        plant.set_contact(world.now_ns, 0)
        self._device.seen()
        world.push(world.now_ns + span_ns, self._touch, force_mn)

    def _touch(self, force_mn: int) -> None:
        self._world.advance_device()
        self._plant.set_contact(self._world.now_ns, force_mn)
        self._device.seen()

    def _electrode(self, mode: int, span_ns: int, permille: int) -> None:
        currents, now_ns = self._currents, self._world.now_ns
        kept = self._plant.faults
        if mode == OPEN:
            self._for(span_ns, replace(kept, open_electrode=True))
        elif mode == SHORT:
            self._for(span_ns, replace(kept, shorted=True))
        elif mode == AREA:
            self._lose_area(span_ns * AREA_TIMES, permille)
        else:
            lead = replace(
                kept, intermittent_us=span_ns * 2 // 1_000, intermittent_open_us=span_ns // 1_000
            )
            self._for(span_ns * 2 * BREAKS, lead)
        if mode in (OPEN, SHORT) and span_ns > 2 * FAULT_NS:
            currents.off_within(
                now_ns, FAULT_NS, "an open electrode" if mode == OPEN else "a short"
            )

    def _lose_area(self, span_ns: int, permille: int) -> None:
        currents, now_ns = self._currents, self._world.now_ns
        steady = currents.driven_for(now_ns) > SETTLING_NS
        self._for(span_ns, replace(self._plant.faults, area_permille=permille))
        if steady and permille >= LOSS_PERMILLE and span_ns > 2 * CHANGE_NS:
            currents.off_within(now_ns, CHANGE_NS + FAULT_NS, f"{permille} permille of the area")

    def _pulse(self, mode: int, span_ns: int, permille: int) -> None:
        kept = self._plant.faults
        if mode == STUCK:
            self._for(span_ns, replace(kept, switch_stuck=True))
        elif mode == WIDTH:
            self._for(span_ns, replace(kept, width_permille=permille))
        elif mode == DOUBLE:
            self._for(span_ns, replace(kept, double_pulse=True))
        else:
            self._for(span_ns, replace(kept, arc=True))

    def _sensor(self, shows_ua: int, span_ns: int) -> None:
        self._for(span_ns, replace(self._plant.faults, sensor_stuck_ua=shows_ua))
