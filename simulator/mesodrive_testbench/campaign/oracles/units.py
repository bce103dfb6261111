"""What any machine truly does: once only, with intent, after no STOP, by leave, behind no latch.

Whoever gives the orders, they are listened to at the machine itself (I2, I5, I7, I8, I9). What one
unit may be and what it was is another matter for each family of machines: `strokes`, `currents`.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Final

from mesodrive_protocol.enums import DeviceState
from mesodrive_simulator.simulated import SimulatedDevice
from mesodrive_testbench.campaign.oracles.violation import Violation

Key = tuple[int, int]
Place = tuple[int, int, int]
"""Stage, program, and index of a unit in the program as planned."""
LEASE_NS: Final = 200_000_000
SILENT_UNITS_MAX: Final = 2
DRIFT_PERMILLE: Final = 1_053
"""A device clock that runs 5 % slow makes 200 ms last so much longer."""
_FREE: Final = frozenset({DeviceState.IDLE, DeviceState.LOADED, DeviceState.ARMED,
                          DeviceState.RUNNING})  # fmt: skip


class TrueUnit:
    """One unit that was begun."""

    __slots__ = (
        "amount", "begun_ns", "excused", "key", "planned", "prime", "programmed", "quantum",
    )  # fmt: skip

    def __init__(
        self, key: Key, begun_ns: int, programmed: int, *, prime: bool, quantum: int
    ) -> None:
        self.key = key
        self.begun_ns = begun_ns
        self.programmed = programmed
        self.prime = prime
        self.quantum = quantum
        """What measuring it may be wrong by."""
        self.amount = 0
        """What it truly delivered; valid once the next one has begun, or when asked for."""
        self.planned: Place | None = None
        self.excused = False
        """An actuator fault acted in it."""


class Units(ABC):
    """Everything that the machine was ordered to do, and whether it might."""

    def __init__(
        self,
        device: SimulatedDevice,
        durable: Callable[[int], int],
        planned: Mapping[int, Place],
        clears: Callable[[], int],
    ) -> None:
        """Listen to a device's machine.

        Args:
            device: The device.
            durable: Returns up to which unit a command is durably promised in a log.
            planned: By command: the place of its first unit.
            clears: Returns how often the operator wished to clear.
        """
        self._device = device
        self._durable = durable
        self._planned = planned
        self._clears = clears
        self._profile = device.profile
        self.order: list[TrueUnit] = []
        self.units: dict[Key, TrueUnit] = {}
        self._delivered: set[Place] = set()
        self.delivered = self.wasted = self.excess = 0
        self.drawn_back = 0
        """What cuts drew back beyond what their own unit had pushed."""
        self.quantum = 0
        """What measuring a unit that never began may be wrong by."""
        self.fault = False
        """An actuator fault acts now."""
        self.jumped_ns = 0
        """How far the device's clock has jumped ahead since the last unit began: periods are kept
        by that clock, and a jump within the lease stops nothing."""
        self._granted_ns = 0
        self._since_grant = 0
        self._stopped_ns = -1
        self._presses: set[int] = set()
        self._latched = False
        self._clears_before = 0
        self.on_unit: Callable[[int], None] | None = None
        """Called with the number of each unit that begins, from 1."""

    @property
    def latched(self) -> bool:
        """Whether the device is latched, or was when it was last powered."""
        return self._latched

    @property
    def slack(self) -> int:
        """What measuring all units together may be wrong by."""
        return self.quantum * (len(self.order) + 1) + self.drawn_back

    def granted(self, now_ns: int) -> None:
        """Note that the device may have heard a grant."""
        self._granted_ns, self._since_grant = now_ns, 0

    def stop_reached(self, press: int, now_ns: int) -> None:
        """Note that a STOP frame has reached the running device whole."""
        if press not in self._presses:
            self._presses.add(press)
            self._stopped_ns = now_ns

    def acts(self, *, fault: bool) -> None:
        """Note whether a fault of the machine acts from now on.

        Args:
            fault: It does, also in the unit under way, even if it is over before that ends.
        """
        self.fault = fault
        if fault and self.order and self._is_under_way():
            self.order[-1].excused = True

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

    @abstractmethod
    def tells(self, values: tuple[int, ...], amount: int) -> bool:
        """Tell whether the values of a record show so much, more than its bounds can.

        Args:
            values: The six values of the record.
            amount: What the unit truly delivered.
        """

    def settle(self, now_ns: int) -> None:
        """Book the last unit: the seed is over."""
        if self.order:
            self._close(now_ns)

    def _begin(self, now_ns: int, programmed: int, *, prime: bool, quantum: int) -> TrueUnit:
        """Look at a unit before it begins, once the one before it is booked."""
        order = self.order
        mark = self._device.stores.mark
        unit = TrueUnit((mark.command, mark.unit), now_ns, programmed, prime=prime, quantum=quantum)
        unit.excused = self.fault
        place = self._planned.get(mark.command)
        if place is not None and not prime:
            unit.planned = (place[0], place[1], place[2] + mark.unit)
        self._check(unit, order[-1] if order else None, now_ns)
        order.append(unit)
        self.jumped_ns = 0
        self.units[unit.key] = unit
        self._since_grant += 1
        if self.on_unit is not None:
            self.on_unit(len(order))
        return unit

    def _check(self, unit: TrueUnit, before: TrueUnit | None, now_ns: int) -> None:
        command, index = unit.key
        if unit.key in self.units:
            raise Violation("I2", f"unit {index} of command {command:#x} begins again", now_ns)
        if unit.planned in self._delivered:
            raise Violation("I2", f"planned unit {unit.planned} is delivered again", now_ns)
        if index >= self._durable(command):
            raise Violation(
                "I5", f"unit {index} of {command:#x} begins, promised {self._durable(command)}",
                now_ns,
            )  # fmt: skip
        self._check_gap(unit, before, now_ns)
        armed_ns = self._device.device.screen.armed_since_ns
        if armed_ns <= self._stopped_ns:
            raise Violation(
                "I7", f"a unit begins {(now_ns - self._stopped_ns) / 1e6:.3f} ms after STOP", now_ns
            )
        silent_ns = now_ns - self._granted_ns
        if silent_ns * 1_000 > LEASE_NS * DRIFT_PERMILLE:
            raise Violation("I8", f"a unit begins {silent_ns / 1e6:.3f} ms after a grant", now_ns)
        if self._since_grant >= SILENT_UNITS_MAX:
            raise Violation("I8", f"{self._since_grant + 1} units after one grant", now_ns)

    @abstractmethod
    def _check_gap(self, unit: TrueUnit, before: TrueUnit | None, now_ns: int) -> None:
        """Look at the time since the unit before."""

    @abstractmethod
    def _is_under_way(self) -> bool:
        """Tell whether the last unit still goes on."""

    @abstractmethod
    def _measure(self, now_ns: int) -> None:
        """Note what the last unit has truly delivered so far."""

    @abstractmethod
    def _close(self, now_ns: int) -> None:
        """Book what the last unit truly did."""
