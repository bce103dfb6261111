"""Carries out a script's injections, each at its time, and undoes them when faults are over."""

from collections import defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from mesodrive_testbench.campaign.catalogue import COUNTED
from mesodrive_testbench.campaign.faults_device import DeviceFaults
from mesodrive_testbench.campaign.faults_host import HostFaults
from mesodrive_testbench.campaign.faults_line import LineFaults
from mesodrive_testbench.campaign.oracles.units import Units
from mesodrive_testbench.campaign.script import ACT, Anchor, Injection, S

if TYPE_CHECKING:
    from mesodrive_testbench.campaign.world import CampaignWorld

TOGETHER_NS: Final = S
"""Two faults within this of each other count as two at once (F50)."""
_F50, _F51 = COUNTED


class Injector:
    """The bad luck of one seed."""

    def __init__(self, world: "CampaignWorld", units: Units) -> None:
        self.world = world
        self.healed = False
        self.done: list[tuple[int, str]] = []
        """What was injected, and when."""
        self._anchored: dict[tuple[str, int], list[Injection]] = defaultdict(list)
        self._losses = self._stops = 0
        self.line = LineFaults(world)
        self.of_host = HostFaults(world)
        self.of_device = DeviceFaults(world, units)
        self._carry: dict[str, Callable[..., Any]] = {
            **self.line.table,
            **self.of_host.table,
            **self.of_device.table,
            ACT: self._act,
        }

    @property
    def forged_lately(self) -> bool:
        """Whether a frame was forged within the last second."""
        return self.world.now_ns - self.line.forged_ns < S

    def schedule(self) -> None:
        """Put every injection at its place; those with another anchor wait for it."""
        world = self.world
        for one in world.script.injections:
            if one.anchor == Anchor.TIME:
                world.push(one.after_ns, self._inject, one)
            else:
                self._anchored[one.anchor, one.nth].append(one)
        world.push(world.script.heal_ns, world.heal, None)

    def unit(self, number: int) -> None:
        """A unit begins."""
        self._reached(Anchor.STROKE, number)

    def lost(self) -> None:
        """The host has lost the device."""
        self._losses += 1
        self._reached(Anchor.LOSS, self._losses)

    def latched(self) -> None:
        """The device is latched."""
        self._stops += 1
        self._reached(Anchor.STOP, self._stops)

    def port_opened(self) -> None:
        """The port was opened."""
        if not self.healed:
            self.of_device.port_opened()

    def heal(self) -> None:
        """Undo everything that lasts."""
        self.healed = True
        self._anchored.clear()
        self.line.heal()
        self.of_device.heal()
        self.of_host.heal()

    def _reached(self, anchor: str, number: int) -> None:
        for one in self._anchored.pop((anchor, number), ()):
            self.world.push(self.world.now_ns + one.after_ns, self._inject, one)

    def _inject(self, one: Injection) -> None:
        world = self.world
        if self.healed:
            return
        if one.fault != ACT:
            world.tally[one.fault] += 1
            self._count_together(one)
            self.done.append((world.now_ns, one.fault))
        self._carry[one.fault](*one.args)

    def _count_together(self, one: Injection) -> None:
        if one.anchor == Anchor.LOSS:
            self.world.tally[_F51] += 1
        for at_ns, other in reversed(self.done):
            if self.world.now_ns - at_ns > TOGETHER_NS:
                return
            if other != one.fault:
                self.world.tally[_F50] += 1
                return

    def _act(self, wish: str) -> None:
        self.world.client.act(wish)
