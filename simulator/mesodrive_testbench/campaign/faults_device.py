"""Faults of the device: resets, memory, clock, drives, sensors, false alarms."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from mesodrive_protocol.enums import Reason
from mesodrive_simulator.plant.phases import REST
from mesodrive_simulator.sim_profile import SimProfile
from mesodrive_testbench.campaign import inside
from mesodrive_testbench.campaign.script import MS, S

if TYPE_CHECKING:
    from mesodrive_testbench.campaign.world import CampaignWorld

MISFIRES: Final = (
    Reason.LEASE, Reason.CONTACT, Reason.BLOCKAGE, Reason.TOO_LITTLE, Reason.TEMPERATURE,
    Reason.SUPPLY, Reason.SENSOR, Reason.INTERNAL,
)  # fmt: skip
BOOTLOADER_NS: Final = 20 * MS


class DeviceFaults:
    """What goes wrong in the device."""

    def __init__(self, world: "CampaignWorld") -> None:
        self._world = world
        self._opens_reset = False
        self._opens_delay_ns = 0
        self._wrong_bore = False
        self.table: dict[str, Callable[..., Any]] = {
            "F12": self._reset_by_port, "F15": self._reset, "F16": self._forget,
            "F17": self._jump, "F19": self._fault, "F21": self._clock, "F22": self._home,
            "F23": self._slip, "F24": self._block, "F25": self._contact, "F28": self._sensor,
            "F29": self._syringe, "F30": self._nothing, "F52": self._misfire,
        }  # fmt: skip

    @staticmethod
    def other_profile(profile: SimProfile, byte: int) -> SimProfile:
        """Return a profile whose hash differs in a byte (F30)."""
        changed = bytearray(profile.canonical_hash)
        changed[byte % len(changed)] ^= 1
        return replace(profile, canonical_hash=bytes(changed))

    def port_opened(self) -> None:
        """Some devices are reset when their port is opened."""
        if self._opens_reset:
            world = self._world
            world.push(world.now_ns + self._opens_delay_ns, self._reset_now, 0)

    def heal(self) -> None:
        """Have the device powered, whole and in good hands."""
        world = self._world
        plant = world.device.plant
        plant.home_stuck = plant.contact_override = None
        plant.needle_stuck = False
        plant.slip_permille = plant.supply_drop_uv = 0
        plant.head = plant.cartridge = True
        world.strokes.fault = False
        self._opens_reset = False
        if plant.phase is REST:
            plant.blocked_permille = 0
        else:
            world.push(world.now_ns + S, self._unblock, None)
        if world.hung_ns:
            self._bite(None)
        if world.device.device.board.rate != 1_000_000 and world.device.device.powered:
            inside.set_drift(world.device, world.now_ns, 0)
        self._power(None)
        self._seen()

    # Power and memory.

    def _reset_by_port(self, delay_ns: int, sometimes: int) -> None:
        self._opens_reset = True
        self._opens_delay_ns = delay_ns
        del sometimes
        self.port_opened()

    def _reset(self, span_ns: int) -> None:
        self._reset_now(span_ns)

    def _reset_now(self, span_ns: int) -> None:
        world = self._world
        if world.hung_ns or not world.device.device.powered:
            return
        world.device.advance(world.now_ns)
        if world.watch.books.doubting:
            world.tally["reboot while uncertain"] += 1
        world.device.device.power_off(world.now_ns)
        self._seen()
        if span_ns:
            world.push(world.now_ns + span_ns, self._power, None)
        else:
            self._power(None)

    def _power(self, _data: object) -> None:
        world = self._world
        device = world.device.device
        if not device.powered:
            device.power_on(world.now_ns)
            self._seen()

    def _forget(self, entries: int) -> None:
        world = self._world
        records = world.device.stores.records
        world.device.advance(world.now_ns)
        self._seen()
        if len(records) > entries:
            world.device.device.power_off(world.now_ns)
            del records[-entries:]
            self._power(None)

    def _jump(self, mode: int, bit: int) -> None:
        world = self._world
        stores = world.device.stores
        begun = stores.totals.begun_total
        changed = (0, begun ^ 1 << bit % 20, max(0, begun - 1))[mode]
        stores.write_totals(stores.totals._replace(begun_total=changed))
        stores.mark = stores.mark._replace(begun_total=changed)

    # Clock.

    def _clock(self, mode: int, ppm: int, span_ns: int) -> None:
        world = self._world
        device = world.device
        if world.hung_ns or not device.device.powered:
            return
        device.advance(world.now_ns)
        if mode == 0:
            inside.set_drift(device, world.now_ns, ppm)
        elif mode == 1:
            inside.jump_clock(device, span_ns)
        else:
            world.hung_ns = world.now_ns + device.profile.watchdog_us * 1_000
            world.push(world.hung_ns, self._bite, None)
        self._seen()

    def _bite(self, _data: object) -> None:
        """The watchdog, which has an oscillator of its own, resets a processor that hangs."""
        world = self._world
        if world.hung_ns:
            world.hung_ns = 0
            world.device.deadline_ns = world.device.device.deadline_ns = world.now_ns
            world.device.device.powered = False
            world.device.plant.outputs_off(world.now_ns)
            self._power(None)

    # Drives.

    def _fault(self, what: int, span_ns: int) -> None:
        plant = self._world.device.plant
        if what == 0:
            plant.supply_drop_uv = plant.profile.supply_uv // 2
        elif what == 1:
            plant.head = False
        elif what == 2:
            plant.cartridge = False
        else:
            self._misfire(len(MISFIRES) - 1)
        self._later(span_ns, self._whole)

    def _whole(self, _data: object) -> None:
        plant = self._world.device.plant
        plant.supply_drop_uv = 0
        plant.head = plant.cartridge = True
        self._seen()

    def _home(self, shows: int, span_ns: int) -> None:
        self._world.device.plant.home_stuck = bool(shows)
        self._later(span_ns, self._home_good)

    def _home_good(self, _data: object) -> None:
        self._world.device.plant.home_stuck = None
        self._seen()

    def _slip(self, permille: int, span_ns: int) -> None:
        self._world.strokes.fault = True
        self._world.device.plant.slip_permille = permille
        self._later(span_ns, self._grip)

    def _grip(self, _data: object) -> None:
        self._world.device.plant.slip_permille = 0
        self._world.strokes.fault = False

    def _block(self, permille: int, span_ns: int) -> None:
        plant = self._world.device.plant
        if plant.phase is not REST:
            self._world.push(self._world.now_ns + 20 * MS, self._block_again, (permille, span_ns))
            return
        plant.blocked_permille = permille
        self._later(span_ns, self._unblock)

    def _block_again(self, args: tuple[int, int]) -> None:
        if not self._world.injector.healed:
            self._block(*args)

    def _unblock(self, _data: object) -> None:
        plant = self._world.device.plant
        if plant.phase is not REST:
            self._world.push(self._world.now_ns + 20 * MS, self._unblock, None)
            return
        self._world.device.advance(self._world.now_ns)
        plant.settle(self._world.now_ns)
        plant.blocked_permille = 0
        self._seen()

    # Sensors and people's hands.

    def _contact(self, span_ns: int) -> None:
        world = self._world
        plant = world.device.plant
        force_mn, vacuum_pa = plant.skin.force_mn, plant.skin.vacuum_pa(world.now_ns)
        world.device.advance(world.now_ns)
        plant.set_contact(world.now_ns, 0)
        if vacuum_pa:
            plant.set_vacuum(world.now_ns, 0)
        self._seen()
        world.push(world.now_ns + span_ns, self._touch, (force_mn, vacuum_pa))

    def _touch(self, before: tuple[int, int]) -> None:
        world = self._world
        force_mn, vacuum_pa = before
        world.device.advance(world.now_ns)
        world.device.plant.set_contact(world.now_ns, force_mn)
        if vacuum_pa:
            world.device.plant.set_vacuum(world.now_ns, vacuum_pa)
        self._seen()

    def _sensor(self, shows_mn: int, span_ns: int) -> None:
        self._world.device.plant.contact_override = shows_mn
        self._later(span_ns, self._sensor_good)

    def _sensor_good(self, _data: object) -> None:
        self._world.device.plant.contact_override = None
        self._seen()

    def _syringe(self, mode: int, left_nl: int) -> None:
        world = self._world
        plunger = world.device.plant.plunger
        if mode == 0:
            plunger.content_nl = min(plunger.content_nl, float(left_nl))
        elif world.device.profile.syringes:
            world.plant.fit_bore = world.device.profile.syringes[-1].bore_um

    def _nothing(self, _byte: int) -> None:
        """F30 is in force from the beginning."""

    def _misfire(self, which: int) -> None:
        world = self._world
        if world.hung_ns or not world.device.device.powered:
            return
        world.device.advance(world.now_ns)
        inside.misfire(world.device, MISFIRES[which])
        self._seen()

    def _later(self, span_ns: int, what: Callable[[object], None]) -> None:
        world = self._world
        world.push(world.now_ns + span_ns, what, None)
        self._seen()

    def _seen(self) -> None:
        """Have the device look at what was changed, and the world at what it does then."""
        world = self._world
        if not world.hung_ns:
            if world.device.device.powered:
                world.device.device.board.dirty = True
            world.device.advance(world.now_ns)
        world.after_device()
