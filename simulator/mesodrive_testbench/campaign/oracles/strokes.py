"""What a gun truly does with its needle and its plunger: limits of each stroke and of time (I1).

Volumes are what the plunger truly moved, by the bore that the drive was told.
"""

from collections import deque
from collections.abc import Callable, Mapping
from typing import Final

from mesodrive_simulator.firmware.outcomes import quantum_nl
from mesodrive_simulator.plant.phases import REST
from mesodrive_simulator.plant.plunger import nl_per_um
from mesodrive_simulator.simulated import SimulatedDevice
from mesodrive_testbench.campaign.oracles.listening import WatchedPlant
from mesodrive_testbench.campaign.oracles.units import DRIFT_PERMILLE, Place, TrueUnit, Units
from mesodrive_testbench.campaign.oracles.violation import Violation

WINDOW_NS: Final = 60_000_000_000
_TRAVEL: Final = 4
"""Which of a record's values is the plunger's travel."""


class Strokes(Units):
    """Strokes and trains."""

    def __init__(
        self,
        device: SimulatedDevice,
        plant: WatchedPlant,
        durable: Callable[[int], int],
        planned: Mapping[int, Place],
        clears: Callable[[], int],
    ) -> None:
        """Listen to a gun; see `Units`.

        Args:
            device: The device.
            plant: Its machine.
            durable: Of `Units`.
            planned: Of `Units`.
            clears: Of `Units`.
        """
        super().__init__(device, durable, planned, clears)
        self.plant = plant
        self._window: deque[tuple[int, int]] = deque()
        self._window_nl = 0
        self._bore_um = 0
        self._nl_per_um = 0.0
        """What a micrometre of the plunger moves, by the bore that the drive was told."""
        self._quantum_nl = 0
        """What measuring with this syringe may be wrong by; `quantum` is of the widest so far."""
        plant.listener = self

    def stroke(
        self, now_ns: int, depth_um: int, dose_nl: int, flow_nl_s: int, dwell_us: int
    ) -> None:
        """Look at a stroke before it begins."""
        profile = self._profile
        self._order_to(now_ns, dose_nl, prime=depth_um == 0)
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
        self._order_to(now_ns, strokes, prime=False)
        profile = self._profile
        if depth_um > profile.depth_um_max or rate_mhz > (profile.rate_mhz_max or rate_mhz):
            raise Violation("I1", f"train of {depth_um} um at {rate_mhz} mHz", now_ns)

    def fitting(self) -> None:
        """Measure the last unit while its syringe is still there."""
        if self.order:
            self._measure(self._device.device.board.now_ns)

    def tells(self, values: tuple[int, ...], amount: int) -> bool:
        """Tell whether the plunger's travel of a record shows so much."""
        return abs(values[_TRAVEL] * self._nl_per_um - amount) <= 2 * self.quantum

    def _order_to(self, now_ns: int, programmed: int, *, prime: bool) -> None:
        if self.order:
            self._close(now_ns)
        bore_um = self._device.stores.fit.bore_um
        if bore_um != self._bore_um:
            self._bore_um, self._nl_per_um = bore_um, nl_per_um(bore_um)
            self._quantum_nl = quantum_nl(self._profile, bore_um)
            self.quantum = max(self.quantum, self._quantum_nl)
        self._begin(now_ns, programmed, prime=prime, quantum=self._quantum_nl)

    def _check(self, unit: TrueUnit, before: TrueUnit | None, now_ns: int) -> None:
        super()._check(unit, before, now_ns)
        if not unit.prime:
            self._check_window(unit.programmed, now_ns)

    def _check_gap(self, unit: TrueUnit, before: TrueUnit | None, now_ns: int) -> None:
        del unit
        least_us = self._profile.period_us_min
        if before is not None and least_us:
            gap_ns = now_ns - before.begun_ns + self.jumped_ns
            if gap_ns * DRIFT_PERMILLE < least_us * 1_000_000:
                raise Violation("I1", f"two strokes within {gap_ns / 1e6:.3f} ms", now_ns)

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

    def _is_under_way(self) -> bool:
        return self.plant.phase is not REST

    def _measure(self, now_ns: int) -> None:
        plant, unit = self.plant, self.order[-1]
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
        if unit.planned is not None and amount > unit.quantum:
            self._delivered.add(unit.planned)
        over = amount - unit.programmed - unit.quantum
        if over > 0 and not unit.excused:
            raise Violation("I1", f"{over} nL too much in {unit.key}", now_ns)
