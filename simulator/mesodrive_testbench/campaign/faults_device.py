"""Faults of any device: resets, memory, clock, supply, proof of rest, false alarms."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mesodrive_simulator.sim_profile import SimProfile
from mesodrive_testbench.campaign import inside
from mesodrive_testbench.campaign.faults_electrode import ElectrodeFaults
from mesodrive_testbench.campaign.faults_gun import GunFaults
from mesodrive_testbench.campaign.oracles.currents import Currents
from mesodrive_testbench.campaign.oracles.strokes import Strokes
from mesodrive_testbench.campaign.oracles.units import Units

if TYPE_CHECKING:
    from mesodrive_testbench.campaign.world import CampaignWorld


class DeviceFaults:
    """What goes wrong in the device."""

    def __init__(self, world: "CampaignWorld", units: Units) -> None:
        self._world = world
        self._opens_reset = False
        self._opens_delay_ns = 0
        self._machine: GunFaults | ElectrodeFaults = self._of_machine(units)
        self.table: dict[str, Callable[..., Any]] = {
            "F12": self._reset_by_port, "F15": self._reset, "F16": self._forget,
            "F17": self._jump, "F19": self._fault, "F21": self._clock, "F22": self._home,
            "F30": self._nothing, "F52": self._misfire, **self._machine.table,
        }  # fmt: skip

    def _of_machine(self, units: Units) -> GunFaults | ElectrodeFaults:
        if isinstance(units, Currents):
            return ElectrodeFaults(self._world, self, units)
        assert isinstance(units, Strokes), "there are two families"
        return GunFaults(self._world, self, units.plant)

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
        plant = world.device.machine
        plant.home_stuck = None
        plant.supply_drop_uv = 0
        plant.head = True
        self._machine.present(cartridge=True)
        self._opens_reset = False
        self._machine.heal()
        if world.hung_ns:
            self._bite(None)
        if world.device.device.board.rate != 1_000_000 and world.device.device.powered:
            inside.set_drift(world.device, world.now_ns, 0)
        self._power(None)
        self.seen()

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
        self.seen()
        if span_ns:
            world.push(world.now_ns + span_ns, self._power, None)
        else:
            self._power(None)

    def _power(self, _data: object) -> None:
        world = self._world
        device = world.device.device
        if not device.powered:
            device.power_on(world.now_ns)
            self.seen()

    def _forget(self, entries: int) -> None:
        world = self._world
        records = world.device.stores.records
        world.device.advance(world.now_ns)
        self.seen()
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
            world.units.jumped_ns += span_ns
        else:
            world.hung_ns = world.now_ns + device.profile.watchdog_us * 1_000
            self._machine.hangs(hung=True)
            world.push(world.hung_ns, self._bite, None)
        self.seen()

    def _bite(self, _data: object) -> None:
        """The watchdog, which has an oscillator of its own, resets a processor that hangs."""
        world = self._world
        if world.hung_ns:
            world.hung_ns = 0
            world.device.deadline_ns = world.device.device.deadline_ns = world.now_ns
            world.device.device.powered = False
            world.device.machine.outputs_off(world.now_ns)
            self._machine.hangs(hung=False)
            self._power(None)

    # Drives.

    def _fault(self, what: int, span_ns: int) -> None:
        plant = self._world.device.machine
        if what == 0:
            plant.supply_drop_uv = plant.profile.supply_uv // 2
        elif what == 1:
            plant.head = False
        elif what == 2:
            self._machine.present(cartridge=False)
        else:
            self._misfire(len(self._machine.misfires) - 1)
        self.later(span_ns, self._whole)

    def _whole(self, _data: object) -> None:
        plant = self._world.device.machine
        plant.supply_drop_uv = 0
        plant.head = True
        self._machine.present(cartridge=True)
        self.seen()

    def _home(self, shows: int, span_ns: int) -> None:
        self._world.device.machine.home_stuck = bool(shows)
        self.later(span_ns, self._home_good)

    def _home_good(self, _data: object) -> None:
        self._world.device.machine.home_stuck = None
        self.seen()

    def _nothing(self, _byte: int) -> None:
        """F30 is in force from the beginning."""

    def _misfire(self, which: int) -> None:
        world = self._world
        if world.hung_ns or not world.device.device.powered:
            return
        world.device.advance(world.now_ns)
        inside.misfire(world.device, self._machine.misfires[which])
        self.seen()

    def later(self, span_ns: int, what: Callable[[object], None]) -> None:
        """Have something end after a time."""
        world = self._world
        world.push(world.now_ns + span_ns, what, None)
        self.seen()

    def seen(self) -> None:
        """Have the device look at what was changed, and the world at what it does then."""
        world = self._world
        if not world.hung_ns:
            if world.device.device.powered:
                world.device.device.board.dirty = True
            world.device.advance(world.now_ns)
        world.after_device()
