"""One seed's world: driver, disk, line, device, people, on one virtual clock, watched.

It differs from the plain `World` in that everything between the parts is a model with faults, the
driver may have several lives, and each step is followed by a look of the oracles at what changed.
"""

import json
from collections import Counter
from heapq import heappop, heappush
from typing import Any, Final

from mesodrive.core.ports import In
from mesodrive_protocol.codec import FrameDecoder
from mesodrive_protocol.enums import DeviceState
from mesodrive_protocol.messages import Stop
from mesodrive_simulator.operator import OperatorModel
from mesodrive_simulator.sim_profile import TRANSDERMAL, SimProfile
from mesodrive_simulator.simulated import SimulatedDevice
from mesodrive_testbench.campaign.client import PATIENCE_NS, Client
from mesodrive_testbench.campaign.effects import Chunk, Tag
from mesodrive_testbench.campaign.faults_device import DeviceFaults
from mesodrive_testbench.campaign.host import Host
from mesodrive_testbench.campaign.injecting import Injector
from mesodrive_testbench.campaign.line import Way
from mesodrive_testbench.campaign.oracles.currents import Currents
from mesodrive_testbench.campaign.oracles.listening import WatchedPlant, WatchedTransdermal
from mesodrive_testbench.campaign.oracles.strokes import Strokes
from mesodrive_testbench.campaign.oracles.units import Units
from mesodrive_testbench.campaign.oracles.violation import Violation
from mesodrive_testbench.campaign.oracles.watch import Watch
from mesodrive_testbench.campaign.script import S, Script
from mesodrive_testbench.campaign.subject import Subject
from mesodrive_testbench.world import STILL_STEPS_MAX, LivelockError

NEVER: Final = (1 << 62) - 1
END_NS: Final = 120 * S
"""So long after the last fault a session must have come to an end (I4)."""
AFTER_NS: Final = S
"""The machine is watched so long after the end of the session."""
STEPS_MAX: Final = 1_000_000
"""Steps of one seed after which it goes round in circles, however slowly time moves; a long one has
ten thousand."""
_STOPPED: Final = frozenset({DeviceState.LATCHED})


class CampaignWorld:
    """Everything in one seed."""

    def __init__(self, subject: Subject, script: Script) -> None:
        self.subject = subject
        self.script = script
        self.now_ns = 0
        self.steps = 0
        self.tally: Counter[str] = Counter()
        """What happened, for the counters of what must happen."""
        self.heap: list[tuple[int, int, Any, Any]] = []
        self._sequence = 0
        seed = script.seed
        baud = subject.sim_profile.baud
        self.to_device = Way(self.push, self._to_device, baud=baud, delay_ns=script.line_ns)
        self.to_host = Way(self.push, self._to_host, baud=baud, delay_ns=script.line_ns)
        self.hung_ns = 0
        """Until when the device's processor stands still; 0 while it runs."""
        profile = _device_profile(subject, script)
        plant: WatchedPlant | WatchedTransdermal
        if profile.family == TRANSDERMAL:
            plant = WatchedTransdermal(profile, seed=seed)
        else:
            plant = WatchedPlant(profile, seed=seed)
        self.device = SimulatedDevice(
            profile, seed=seed, operator=OperatorModel(seed=seed), plant=plant
        )
        self.client = Client(self, seed)
        self.planned: dict[int, tuple[int, int, int]] = {}
        """By command: stage, program, index of its first unit in the program as planned."""
        self.hosts: list[Host] = []
        self.units = self._listen(plant)
        self.injector = Injector(self, self.units)
        self.units.on_unit = self.injector.unit
        self.watch = Watch(self)
        self.heard_ns = 0
        """When the host last had bytes of the device on its line."""
        self._output = self.device.output
        self._screen = self.device.device.screen
        self._stores = self.device.stores
        self._shown = self._screen.state
        self._seq = self._stores.next_seq
        self._is_over = False
        self.injector.schedule()

    def _listen(self, plant: WatchedPlant | WatchedTransdermal) -> Units:
        def clears() -> int:
            return self.client.clears

        if isinstance(plant, WatchedTransdermal):
            return Currents(
                self.device, plant, self._durable, self.planned, clears, self.subject.spec,
                self.push,
            )  # fmt: skip
        return Strokes(self.device, plant, self._durable, self.planned, clears)

    @property
    def host(self) -> Host:
        """The present life of the driver, or the last one."""
        return self.hosts[-1]

    def push(self, at_ns: int, what: Any, data: Any) -> None:  # noqa: ANN401 -- any handler
        """Have something happen at a time."""
        self._sequence += 1
        heappush(self.heap, (at_ns, self._sequence, what, data))

    def start_host(self, host: Host) -> None:
        """Begin another life of the driver, and show it to the operator."""
        self.hosts.append(host)
        self.watch.begin(host)
        self.client.attend(host)

    def open_port(self, name: str) -> None:
        """Let the driver open its port; some devices are reset by that."""
        host = self.host
        if not host.alive or host.port_open:
            return
        host.port_open = self.to_device.open = self.to_host.open = True
        self.injector.port_opened()
        baud = self.subject.sim_profile.baud
        facts = {"name": name, "baud": baud, "loopback": True}
        host.take(In.OPENED.value, json.dumps(facts).encode())

    def run(self) -> None:
        """Let time pass until the session is over and the machine is at rest.

        Raises:
            Violation: If an invariant does not hold.
            LivelockError: If time stands still.
        """
        self.injector.of_host.begin()
        last_ns, still = -1, 0
        heap, device = self.heap, self.device
        end_ns = self.script.heal_ns + END_NS
        while True:
            host = self.hosts[-1]
            if host.idle:
                host_ns = NEVER
            else:
                host_ns, seal_ns = host.core.deadline_ns, host.writer.seal_due_ns
                host_ns = min(host_ns, seal_ns)
            device_ns = NEVER if self.hung_ns else device.deadline_ns
            now_ns = host_ns if host_ns < device_ns else device_ns  # noqa: FURB136
            if heap and heap[0][0] < now_ns:
                now_ns = heap[0][0]
            if now_ns > end_ns:
                if self._is_over:
                    self.now_ns = end_ns
                    return
                raise Violation("I4", f"no end: {host.core.view()}", self.now_ns)
            if now_ns > last_ns and self.steps < STEPS_MAX:
                self.now_ns = last_ns = now_ns
                still = 0
            else:
                now_ns = last_ns
                still = self._stand_still(still)
            self.steps += 1
            if heap and heap[0][0] <= now_ns:
                _, _, what, data = heappop(heap)
                what(data)
            elif device_ns <= now_ns:
                device.advance(now_ns)
                self.after_device()
            else:
                host.wake()
            if host.gone and not self._is_over:
                self._is_over = True
                end_ns = now_ns + AFTER_NS

    def _stand_still(self, still: int) -> int:
        """Count steps at one instant.

        Raises:
            LivelockError: If there are too many.
        """
        if still >= STILL_STEPS_MAX or self.steps >= STEPS_MAX:
            raise LivelockError(f"time stands still at {self.now_ns} ns")
        return still + 1

    def after_device(self) -> None:
        """Look at what the device did: bytes, another state, another record."""
        if self._output:
            self.to_host.send(self.device.take_output(), Tag.NONE, self.now_ns)
        state = self._screen.state
        if state is not self._shown:
            self._shown = state
            self.units.state(state, self.now_ns)
            self.watch.device_state(state)
            if state in _STOPPED:
                self.injector.latched()
        if self._stores.next_seq != self._seq:
            self._seq = self._stores.next_seq
            self.watch.journal()

    def advance_device(self) -> None:
        """Let the device come up to now, unless its processor stands still."""
        if not self.hung_ns:
            self.device.advance(self.now_ns)

    def lose_port(self, kept_bytes: int) -> None:
        """Take the port away, in the middle of what is on its way."""
        host = self.host
        if not host.port_open:
            return
        self.to_device.cut(kept_bytes)
        self.to_host.cut(kept_bytes)
        if host.frozen_ns:
            self.push(host.frozen_ns + 1, self._tell_lost, host)
        else:
            self._tell_lost(host)

    def _tell_lost(self, host: Host) -> None:
        if host.port_open and host.alive:
            host.port_open = False
            host.take(In.LOST.value, b'{"reason":"unplugged"}')
            self.watch.lost(host)

    def heal(self, _data: object = None) -> None:
        """End all faults; from now on everything must come to an end."""
        self.injector.heal()
        self.client.healed = True
        self.push(self.now_ns + PATIENCE_NS, self.client.act, "end")

    def _durable(self, command: int) -> int:
        return max((host.durable.get(command, 0) for host in self.hosts), default=0)

    def _to_device(self, chunk: Chunk) -> None:
        data, tag = chunk.data, chunk.tag
        if not data or self.hung_ns:
            return
        device, now_ns = self.device, self.now_ns
        if tag:
            if tag & (Tag.GRANT | Tag.UNKNOWN):
                device.advance(now_ns)
                self.units.granted(now_ns)
            if tag == Tag.STOP and device.device.powered:
                self._stop_reached(data)
        device.receive(data, now_ns)
        self.after_device()

    def _stop_reached(self, data: bytes) -> None:
        for message in FrameDecoder().feed(data):
            if isinstance(message, Stop):
                # what the device did up to now came before; what it does from now on, after
                self.device.advance(self.now_ns)
                self.units.stop_reached(message.press, self.now_ns)

    def _to_host(self, chunk: Chunk) -> None:
        self.heard_ns = self.now_ns
        self.host.receive(chunk)


def _device_profile(subject: Subject, script: Script) -> SimProfile:
    """Return the profile of the device that is really there (F30)."""
    for one in script.injections:
        if one.fault == "F30":
            return DeviceFaults.other_profile(subject.sim_profile, int(one.args[0]))
    return subject.sim_profile
