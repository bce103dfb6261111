"""What the machine truly does: limits, once only, intent, STOP, silence, latch (I1, I2, I5, I7-I9).

The plant's own orders are listened to, whoever gives them. Volumes are what the plunger truly
moved, by the bore that the drive was told.
"""

from collections import deque
from collections.abc import Callable, Mapping
from typing import Final

from mesodrive_protocol.enums import DeviceState
from mesodrive_simulator.firmware.outcomes import quantum_nl
from mesodrive_simulator.plant.plunger import nl_per_um
from mesodrive_simulator.simulated import SimulatedDevice
from mesodrive_testbench.campaign.oracles.listening import WatchedPlant
from mesodrive_testbench.campaign.oracles.violation import Violation

Key = tuple[int, int]
LEASE_NS: Final = 200_000_000
SILENT_UNITS_MAX: Final = 2
DRIFT_PERMILLE: Final = 1_053
"""A device clock that runs 5 % slow makes 200 ms last so much longer."""
WINDOW_NS: Final = 60_000_000_000
_FREE: Final = frozenset({DeviceState.IDLE, DeviceState.LOADED, DeviceState.ARMED,
                          DeviceState.RUNNING})  # fmt: skip


class TrueUnit:
    """One stroke or train that was begun."""

    __slots__ = ("amount", "begun_ns", "excused", "key", "planned", "prime", "programmed")

    def __init__(self, key: Key, begun_ns: int, programmed: int, *, prime: bool) -> None:
        self.key = key
        self.begun_ns = begun_ns
        self.programmed = programmed
        self.prime = prime
        self.amount = 0
        """What it truly delivered; valid once the next one has begun, or when asked for."""
        self.planned: tuple[int, int, int] | None = None
        """Stage, program and unit of the plan."""
        self.excused = False
        """An actuator fault acted in it."""


class Strokes:
    """Everything that the machine was ordered to do, and whether it might."""

    def __init__(
        self,
        device: SimulatedDevice,
        plant: WatchedPlant,
        durable: Callable[[int], int],
        planned: Mapping[int, tuple[int, int, int]],
        clears: Callable[[], int],
    ) -> None:
        """Listen to a device's plant.

        Args:
            device: The device.
            plant: Its machine.
            durable: Returns up to which unit a command is durably promised in a log.
            planned: By command: stage, program, and index of its first unit in the program.
            clears: Returns how often the operator wished to clear.
        """
        self._device = device
        self._durable = durable
        self._planned = planned
        self._clears = clears
        profile = device.profile
        self._profile = profile
        self.order: list[TrueUnit] = []
        self.units: dict[Key, TrueUnit] = {}
        self._delivered: set[tuple[int, int, int]] = set()
        self._window: deque[tuple[int, int]] = deque()
        self._window_nl = self.delivered = self.wasted = self.excess = 0
        self.drawn_back = 0
        """What cuts drew back beyond what their own unit had pushed."""
        self.quantum = quantum_nl(profile, profile.syringes[0].bore_um) if profile.syringes else 0
        bore_um = profile.syringes[0].bore_um if profile.syringes else 0
        self.nl_per_um = nl_per_um(bore_um)
        """What a micrometre of the plunger moves, by the bore that the drive was told."""
        self.fault = False
        """An actuator fault acts now."""
        self._granted_ns = 0
        self._since_grant = 0
        self._stopped_ns = -1
        self._presses: set[int] = set()
        self._latched = False
        self._clears_before = 0
        self.on_stroke: Callable[[int], None] | None = None
        """Called with the number of each stroke that begins, from 1."""
        plant.listener = self

    @property
    def latched(self) -> bool:
        """Whether the device is latched, or was when it was last powered."""
        return self._latched

    def granted(self, now_ns: int) -> None:
        """Note that the device may have heard a grant."""
        self._granted_ns, self._since_grant = now_ns, 0

    def stop_reached(self, press: int, now_ns: int) -> None:
        """Note that a STOP frame has reached the running device whole."""
        if press not in self._presses:
            self._presses.add(press)
            self._stopped_ns = now_ns

    def state(self, state: DeviceState, now_ns: int) -> None:
        """Look at a change of the device's state (I9)."""
        if state is DeviceState.LATCHED:
            if not self._latched:
                self._latched, self._clears_before = True, self._clears()
        elif self._latched and state in _FREE:
            if self._clears() <= self._clears_before:
                raise Violation("I9", f"left the latch for {state.name} without a clear", now_ns)
            self._latched = False

    def amount(self, unit: TrueUnit, now_ns: int) -> int:
        """Return what a unit truly delivered so far."""
        if unit is self.order[-1]:
            self._measure(now_ns)
        return unit.amount

    def settle(self, now_ns: int) -> None:
        """Book the last unit: the seed is over."""
        if self.order:
            self._close(now_ns)

    def stroke(
        self, now_ns: int, depth_um: int, dose_nl: int, flow_nl_s: int, dwell_us: int
    ) -> None:
        """Look at a stroke before it begins."""
        profile = self._profile
        self._begin(now_ns, dose_nl, prime=depth_um == 0)
        found = [
            f"{name} {value} above {limit}"
            for name, value, limit in (
                ("depth um", depth_um, profile.depth_um_max),
                ("dose nl", dose_nl, profile.dose_nl_max),
                ("flow nl/s", flow_nl_s, profile.flow_nl_s_max),
                ("dwell us", dwell_us, profile.dwell_us_max),
            )
            if limit is not None and value > limit
        ]
        if found:
            raise Violation("I1", "; ".join(found), now_ns)

    def train(self, now_ns: int, depth_um: int, strokes: int, rate_mhz: int) -> None:
        """Look at a train before it begins."""
        self._begin(now_ns, strokes, prime=False)
        profile = self._profile
        if depth_um > profile.depth_um_max or rate_mhz > (profile.rate_mhz_max or rate_mhz):
            raise Violation("I1", f"train of {depth_um} um at {rate_mhz} mHz", now_ns)

    def fitting(self) -> None:
        """Measure the last unit while its syringe is still there."""
        if self.order:
            self._measure(self._device.device.board.now_ns)

    def _begin(self, now_ns: int, programmed: int, *, prime: bool) -> None:
        order = self.order
        before = order[-1] if order else None
        if before is not None:
            self._close(now_ns)
        stores = self._device.stores
        mark = stores.mark
        key = (mark.command, mark.unit)
        unit = TrueUnit(key, now_ns, programmed, prime=prime)
        unit.excused = self.fault
        self._check(unit, before, now_ns)
        order.append(unit)
        self.units[key] = unit
        self._since_grant += 1
        if self.on_stroke is not None:
            self.on_stroke(len(order))

    def _check(self, unit: TrueUnit, before: TrueUnit | None, now_ns: int) -> None:
        command, index = unit.key
        if unit.key in self.units:
            raise Violation("I2", f"unit {index} of command {command:#x} begins again", now_ns)
        place = self._planned.get(command)
        if place is not None and not unit.prime:
            unit.planned = planned = (place[0], place[1], place[2] + index)
            if planned in self._delivered:
                raise Violation("I2", f"planned unit {planned} is delivered again", now_ns)
        if index >= self._durable(command):
            raise Violation(
                "I5", f"unit {index} of {command:#x} begins, promised {self._durable(command)}",
                now_ns,
            )  # fmt: skip
        self._check_time(before, now_ns)
        if not unit.prime:
            self._check_window(unit.programmed, now_ns)

    def _check_time(self, before: TrueUnit | None, now_ns: int) -> None:
        least_us = self._profile.period_us_min
        if before is not None and least_us:
            gap_ns = now_ns - before.begun_ns
            if gap_ns * DRIFT_PERMILLE < least_us * 1_000_000:
                raise Violation("I1", f"two strokes within {gap_ns / 1e6:.3f} ms", now_ns)
        armed_ns = self._device.device.screen.armed_since_ns
        if armed_ns <= self._stopped_ns:
            raise Violation(
                "I7", f"a stroke begins {(now_ns - self._stopped_ns) / 1e6:.3f} ms after STOP",
                now_ns,
            )  # fmt: skip
        silent_ns = now_ns - self._granted_ns
        if silent_ns * 1_000 > LEASE_NS * DRIFT_PERMILLE:
            raise Violation("I8", f"a stroke begins {silent_ns / 1e6:.3f} ms after a grant", now_ns)
        if self._since_grant >= SILENT_UNITS_MAX:
            raise Violation("I8", f"{self._since_grant + 1} strokes after one grant", now_ns)

    def _check_window(self, programmed: int, now_ns: int) -> None:
        most_nl, session_nl = self._profile.window_60s_nl_max, self._profile.session_nl_max
        if most_nl is None:
            return
        window = self._window
        while window and window[0][0] <= now_ns - WINDOW_NS:
            self._window_nl -= window.popleft()[1]
        if self._window_nl + programmed > most_nl:
            raise Violation("I1", f"{self._window_nl + programmed} nL within 60 s", now_ns)
        if session_nl is not None and self.delivered + programmed > session_nl:
            raise Violation("I1", f"{self.delivered + programmed} nL in a session", now_ns)

    def _measure(self, now_ns: int) -> None:
        plant, unit = self._device.plant, self.order[-1]
        trains = not self._profile.syringes
        unit.amount = plant.strokes_counted(now_ns) if trains else plant.measured_nl(now_ns)
        unit.excused = unit.excused or self.fault

    def _close(self, now_ns: int) -> None:
        """Book what the last unit truly did."""
        self._measure(now_ns)
        unit = self.order[-1]
        amount = unit.amount
        if unit.prime:
            self.wasted += amount
            return
        self.delivered += amount
        self.excess += max(0, amount - unit.programmed)
        self._window.append((unit.begun_ns, amount))
        self._window_nl += amount
        if unit.planned is not None and amount > self.quantum:
            self._delivered.add(unit.planned)
        over = amount - unit.programmed - self.quantum
        if over > 0 and not unit.excused:
            raise Violation("I1", f"{over} nL too much in {unit.key}", now_ns)
