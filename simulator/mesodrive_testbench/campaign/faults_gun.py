"""Faults of a gun and of the hand that holds it: drives, needle, contact, sensor, syringe."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from mesodrive_protocol.enums import Reason
from mesodrive_simulator.plant.phases import REST
from mesodrive_testbench.campaign.oracles.listening import WatchedPlant
from mesodrive_testbench.campaign.script import MS, S

if TYPE_CHECKING:
    from mesodrive_testbench.campaign.faults_device import DeviceFaults
    from mesodrive_testbench.campaign.world import CampaignWorld


class GunFaults:
    """What goes wrong with needle and plunger."""

    misfires: Final = (
        Reason.LEASE, Reason.CONTACT, Reason.BLOCKAGE, Reason.TOO_LITTLE, Reason.TEMPERATURE,
        Reason.SUPPLY, Reason.SENSOR, Reason.INTERNAL,
    )  # fmt: skip
    """Reasons that a control of a gun may find where there is none."""

    def __init__(self, world: "CampaignWorld", device: "DeviceFaults", plant: WatchedPlant) -> None:
        self._world = world
        self._device = device
        self._plant = plant
        self.table: dict[str, Callable[..., Any]] = {
            "F23": self._slip, "F24": self._block, "F25": self._contact, "F28": self._sensor,
            "F29": self._syringe,
        }  # fmt: skip

    def present(self, *, cartridge: bool) -> None:
        """Take the cartridge out or put it in."""
        self._plant.cartridge = cartridge

    def hangs(self, *, hung: bool) -> None:
        """Leave a gun whose processor hangs alone: its strokes end by themselves."""

    def heal(self) -> None:
        """Have the machine whole."""
        world, plant = self._world, self._plant
        plant.contact_override = None
        plant.needle_stuck = False
        plant.slip_permille = 0
        world.units.acts(fault=False)
        if plant.phase is REST:
            plant.blocked_permille = 0
        else:
            world.push(world.now_ns + S, self._unblock, None)

    def _slip(self, permille: int, span_ns: int) -> None:
        self._world.units.acts(fault=True)
        self._plant.slip_permille = permille
        self._device.later(span_ns, self._grip)

    def _grip(self, _data: object) -> None:
        self._plant.slip_permille = 0
        self._world.units.acts(fault=False)

    def _block(self, permille: int, span_ns: int) -> None:
        plant = self._plant
        if plant.phase is not REST:
            self._world.push(self._world.now_ns + 20 * MS, self._block_again, (permille, span_ns))
            return
        plant.blocked_permille = permille
        self._device.later(span_ns, self._unblock)

    def _block_again(self, args: tuple[int, int]) -> None:
        if not self._world.injector.healed:
            self._block(*args)

    def _unblock(self, _data: object) -> None:
        world, plant = self._world, self._plant
        if plant.phase is not REST:
            world.push(world.now_ns + 20 * MS, self._unblock, None)
            return
        world.device.advance(world.now_ns)
        plant.settle(world.now_ns)
        plant.blocked_permille = 0
        self._device.seen()

    def _contact(self, span_ns: int) -> None:
        world, plant = self._world, self._plant
        force_mn, vacuum_pa = plant.skin.force_mn, plant.skin.vacuum_pa(world.now_ns)
        world.device.advance(world.now_ns)
        plant.set_contact(world.now_ns, 0)
        if vacuum_pa:
            plant.set_vacuum(world.now_ns, 0)
        self._device.seen()
        world.push(world.now_ns + span_ns, self._touch, (force_mn, vacuum_pa))

    def _touch(self, before: tuple[int, int]) -> None:
        world, plant = self._world, self._plant
        force_mn, vacuum_pa = before
        world.device.advance(world.now_ns)
        plant.set_contact(world.now_ns, force_mn)
        if vacuum_pa:
            plant.set_vacuum(world.now_ns, vacuum_pa)
        self._device.seen()

    def _sensor(self, shows_mn: int, span_ns: int) -> None:
        self._plant.contact_override = shows_mn
        self._device.later(span_ns, self._sensor_good)

    def _sensor_good(self, _data: object) -> None:
        self._plant.contact_override = None
        self._device.seen()

    def _syringe(self, mode: int, left_nl: int) -> None:
        plunger, profile = self._plant.plunger, self._world.device.profile
        if mode == 0:
            plunger.content_nl = min(plunger.content_nl, float(left_nl))
        elif profile.syringes:
            self._plant.fit_bore = profile.syringes[-1].bore_um
