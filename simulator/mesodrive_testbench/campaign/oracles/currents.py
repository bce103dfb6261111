"""What a transdermal unit truly does with the skin: charge, slope, pulses, vacuum (I1, I8).

Each slice, pulse, pass and reading is held against the plan and the profile once it is over.
Current has to be gone in time after every stop, and never flows without a grant.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from mesodrive.core.spec import SessionSpec
from mesodrive_protocol.enums import DeviceState, Kind, Reason
from mesodrive_simulator.plant.electric_truth import ElectricTruth
from mesodrive_simulator.simulated import SimulatedDevice
from mesodrive_testbench.campaign.oracles.listening import WatchedTransdermal
from mesodrive_testbench.campaign.oracles.units import (
    DRIFT_PERMILLE,
    LEASE_NS,
    Place,
    TrueUnit,
    Units,
)
from mesodrive_testbench.campaign.oracles.violation import Violation
from mesodrive_testbench.campaign.oracles.wanted import Wanted, wanted_units
from mesodrive_testbench.campaign.script import MS

STOP_NS: Final = 100 * MS
FAULT_NS: Final = 20 * MS
"""Current is zero so long after a stop by people or the lease, and after every other one."""
LOOK_NS: Final = 250 * MS
ONE_SHOT_US: Final = 100.0
"""A pulse may be a tenth too wide, and so much for the timer that ends it then."""
MEASURED_US: Final = 2.0
"""A device that measures the width in whole us may take so much more for good."""
ROUNDING: Final = 1.000_001
_GENTLE: Final = frozenset(
    {Reason.STOP, Reason.BREAK, Reason.STOP_KEY, Reason.LEASE, Reason.SUPPLY, Reason.EMPTY}
)
_NC_PER_UC: Final = 1_000
_NOTHING: Final = Wanted(Kind.EVENT, 0, 1)
Push = Callable[[int, Callable[[Any], None], Any], None]


class Currents(Units):
    """Slices of current, pulses, passes and readings."""

    def __init__(
        self,
        device: SimulatedDevice,
        plant: WatchedTransdermal,
        durable: Callable[[int], int],
        planned: Mapping[int, Place],
        clears: Callable[[], int],
        spec: SessionSpec,
        push: Push,
    ) -> None:
        """Listen to a transdermal unit; see `Units`.

        Args:
            device: The device.
            plant: Its machine.
            durable: Of `Units`.
            planned: Of `Units`.
            clears: Of `Units`.
            spec: The session as planned.
            push: Has something happen at a time.
        """
        super().__init__(device, durable, planned, clears)
        self.plant = plant
        self._programs = wanted_units(spec)
        self._push = push
        self._wanted: Wanted = _NOTHING
        """Of the last unit."""
        self.hung = False
        """The device's processor stands still: only its watchdog ends what flows."""
        self._flowed_uc: dict[tuple[int, int], int] = {}
        """By stage and program: true charge, faulty units aside."""
        self._driven_ns = 0
        """When the first of the units that joined began."""
        self._too_wide_ns = -1
        """When the last pulse began that was wider than is allowed."""
        self._least_us = 0
        """Least time between the last unit and the next."""
        self._slack = 1
        self.quantum = 1
        plant.listener = self
        push(LOOK_NS, self._look, LOOK_NS)

    @property
    def slack(self) -> int:
        """What measuring all units together may be wrong by."""
        return self._slack

    def unit(self, now_ns: int) -> None:
        """Look at a unit before it begins."""
        if not self.plant.drives:
            self._driven_ns = now_ns
        if self.order:
            self._close(now_ns)
        if self._device.device.screen.armed_since_ns <= self._too_wide_ns:
            raise Violation("I1", "a unit begins right after a pulse that was too wide", now_ns)
        mark = self._device.stores.mark
        place = self._planned.get(mark.command)
        wanted = _NOTHING
        if place is not None:
            units = self._programs[place[0], place[1]]
            wanted = units[min(place[2] + mark.unit, len(units) - 1)]
        self._least_us = self._wanted.interval_us if wanted.kind is self._wanted.kind else 0
        self._wanted = wanted
        # rounded to whole uC in the record, and here once more
        self._begin(now_ns, wanted.charge_uc, prime=False, quantum=wanted.sample_uc + 1)
        self._slack += wanted.sample_uc + 1

    def state(self, state: DeviceState, now_ns: int) -> None:
        """Look at a change of the device's state: what stops has to be off in time."""
        super().state(state, now_ns)
        if state is DeviceState.STOPPING:
            reason = Reason(self._device.stores.latch_reason)
            span_ns = STOP_NS if reason in _GENTLE else FAULT_NS
            self.off_within(now_ns, span_ns, f"a stop for {reason.name}")

    def stop_reached(self, press: int, now_ns: int) -> None:
        """Note that a STOP frame has reached the running device whole."""
        super().stop_reached(press, now_ns)
        self.off_within(now_ns, STOP_NS, "a STOP frame")

    def off_within(self, now_ns: int, span_ns: int, why: str) -> None:
        """Demand that no current is driven so long after now, but for one that was armed anew."""
        if self.plant.drives:
            due_ns = now_ns + span_ns * DRIFT_PERMILLE // 1_000
            self._push(due_ns, self._check_off, (due_ns, now_ns, why))

    def _is_under_way(self) -> bool:
        return self.plant.truth[-1].ended_ns is None

    def driven_for(self, now_ns: int) -> int:
        """Return for how long the current source has been on, 0 where it is off."""
        return now_ns - self._driven_ns if self.plant.drives else 0

    def amount(self, unit: TrueUnit, now_ns: int) -> int:
        """Return what a unit truly delivered so far; too much is too much at any time (I1)."""
        amount_uc = super().amount(unit, now_ns)
        if amount_uc > unit.programmed + unit.quantum and not unit.excused:
            raise Violation("I1", f"{unit.key}: {amount_uc} uC of {unit.programmed}", now_ns)
        return amount_uc

    def tells(self, values: tuple[int, ...], amount: int) -> bool:
        """Tell whether a record shows so much charge: it has nothing but its bounds."""
        del values, amount
        return False

    def _look(self, due_ns: int) -> None:
        """Look at what must not last: a current that nobody allows any more (I8)."""
        silent_ns = due_ns - self._granted_ns
        most_ns = LEASE_NS * DRIFT_PERMILLE // 1_000 + STOP_NS
        if silent_ns > most_ns and self.plant.drives and not self.hung:
            raise Violation("I8", f"current {silent_ns / 1e6:.3f} ms after a grant", due_ns)
        self._push(due_ns + LOOK_NS, self._look, due_ns + LOOK_NS)

    def _check_off(self, facts: tuple[int, int, str]) -> None:
        now_ns, since_ns, why = facts
        device = self._device.device
        if self.hung or not device.powered or device.screen.armed_since_ns > since_ns:
            return
        self.plant.advance(now_ns)
        if self.plant.drives:
            current_ua = self.plant.current_ua(now_ns)
            passed_ms = (now_ns - since_ns) / 1e6
            raise Violation(
                "I1", f"still driven {passed_ms:.3f} ms after {why}: {current_ua} uA", now_ns
            )

    def _check_gap(self, unit: TrueUnit, before: TrueUnit | None, now_ns: int) -> None:
        del unit
        least_us = self._least_us
        if before is not None and least_us:
            gap_ns = now_ns - before.begun_ns + self.jumped_ns
            if gap_ns * DRIFT_PERMILLE < least_us * 1_000_000:
                raise Violation("I1", f"two pulses within {gap_ns / 1e6:.3f} ms", now_ns)

    def _measure(self, now_ns: int) -> None:
        unit = self.order[-1]
        self.plant.settle(now_ns)
        unit.amount = round(self.plant.truth[-1].charge_nc / _NC_PER_UC)

    def _close(self, now_ns: int) -> None:
        """Book what the last unit truly did, and hold it against what it might do."""
        self._measure(now_ns)
        unit, wanted, truth = self.order[-1], self._wanted, self.plant.truth[-1]
        self.delivered += unit.amount
        self.excess += max(0, unit.amount - unit.programmed)
        if unit.planned is not None and (wanted.kind is not Kind.PASS or truth.vacuum_pa):
            self._delivered.add(unit.planned)
        if truth.width_us > wanted.width_us * 1.1 + MEASURED_US:
            self._too_wide_ns = unit.begun_ns
        found = self._wrong(wanted, truth)
        if not unit.excused:
            found += self._wrong_but_for_faults(wanted, truth)
            found += self._too_much_charge(unit, wanted)
        if found:
            raise Violation("I1", f"{unit.key}: {'; '.join(found)}", now_ns)

    def _wrong(self, wanted: Wanted, truth: ElectricTruth) -> list[str]:
        """Return what no fault of the electrode or the switch excuses."""
        limits = self._profile
        width_us = wanted.width_us * 1.1 + ONE_SHOT_US if wanted.width_us else 0.0
        return _above(
            ("peak uA", truth.peak_ua, _least(wanted.peak_ua, limits.current_ua_max)),
            ("peak uV", truth.peak_uv, _least(wanted.voltage_uv, limits.voltage_uv_max)),
            ("uA/s", truth.slew_ua_s, wanted.slew_ua_s),
            ("width us", truth.width_us, width_us),
            ("vacuum Pa", truth.vacuum_pa, _least(wanted.vacuum_pa, limits.vacuum_pa_max)),
        )

    def _wrong_but_for_faults(self, wanted: Wanted, truth: ElectricTruth) -> list[str]:
        """Return what else is above what was planned, or above the device's limits."""
        limits = self._profile
        density_ua_cm2 = _least(wanted.density_ua_cm2, limits.density_ua_cm2_max)
        checks = [
            ("uA/cm2", truth.density_ua_cm2, density_ua_cm2),
            ("pulses", truth.pulses, 1 if wanted.kind is Kind.PULSE else 0),
        ]
        if wanted.kind is Kind.PULSE:
            checks.append(("uJ", truth.energy_uj, _least(wanted.energy_uj, limits.energy_uj_max)))
        return _above(*checks)

    def _too_much_charge(self, unit: TrueUnit, wanted: Wanted) -> list[str]:
        """Return charge beyond the unit, the program and the case, but for one sample (DOS-07)."""
        sample_uc = wanted.sample_uc
        checks = [
            ("uC", unit.amount, unit.programmed + sample_uc),
            ("uC in the case", self.delivered, (self._profile.session_uc_max or 0) + sample_uc),
        ]
        if unit.planned is not None:
            stage, program, _ = unit.planned
            flowed_uc = self._flowed_uc.get((stage, program), 0) + unit.amount
            self._flowed_uc[stage, program] = flowed_uc
            most_uc = sum(one.charge_uc for one in self._programs[stage, program])
            checks.append(("uC in the program", flowed_uc, most_uc + sample_uc))
        return _above(*checks)


def _least(planned: float, limit: int | None) -> float:
    """Return the lower one of what was planned and a limit, which a device may not have."""
    return planned if limit is None else min(planned, limit)


def _above(*checks: tuple[str, float, float]) -> list[str]:
    """Return each value that is above its limit, rounding aside."""
    return [
        f"{name} {value:.6g} above {most:.6g}"
        for name, value, most in checks
        if value > most * ROUNDING
    ]
