"""A whole transdermal unit: output, pulse generator, vacuum head, electrode and the skin under it.

The firmware commands outputs and reads meters. It never reads `truth` or `faults`, which are for
tests and reports only. `deadline_ns` is the next instant at which something may change by itself,
and `advance` must be called at or after it. Between a command and that instant readings are exact
and looking changes nothing.

Current and pulses are DELIVER, the way to zero and the discharge after a pulse BACK. A pass is OUT
while the vacuum rises, DELIVER while it dwells, BACK while air comes in. REST is an output that is
switched off, which a current that was driven to zero is as well.
"""

from math import hypot, pi
from typing import Final

from mesodrive_simulator.plant.electric_load import NEVER_NS
from mesodrive_simulator.plant.electric_meters import ElectricMeters
from mesodrive_simulator.plant.electric_model import OPEN_OHM, ElectricFaults, ElectricModel
from mesodrive_simulator.plant.electric_truth import ElectricTruth, keep
from mesodrive_simulator.plant.output_stage import Wave
from mesodrive_simulator.plant.phases import BACK, DELIVER, OUT, REST
from mesodrive_simulator.plant.pulse_limb import PulseOrder
from mesodrive_simulator.sim_profile import SimProfile

CUT_NS: Final = 10_000_000
"""A cut brings current to zero in this time, half of what is allowed."""
DISCHARGE_NS: Final = 1_000_000
"""The crowbar's time after a pulse."""
EXFOLIATES_PA: Final = 4_000
"""Under-pressure below which a pass takes nothing away; an estimate."""
_NS_PER_US: Final = 1000
_MICRO: Final = 1_000_000


class TransdermalPlant(ElectricMeters):
    """Output, pulses, vacuum, electrode, skin and heat of one unit."""

    def __init__(
        self,
        profile: SimProfile,
        *,
        seed: int,
        model: ElectricModel | None = None,
        area_mm2: int = 0,
    ) -> None:
        """Build the machine at rest, off the skin.

        Args:
            profile: What machine it is.
            seed: Of everything that differs from place to place.
            model: Its electric numbers where they are not the profile's.
            area_mm2: Of the electrode that is fitted already, see `fit`.
        """
        super().__init__(profile, seed=seed, model=model, area_mm2=area_mm2)
        self._unit = ElectricTruth(0, on_skin=False)
        self._dwell_ns = self._vacuum_peak_pa = 0

    # What people do.

    def fit(self, area_mm2: int) -> None:
        """Fit an electrode; only at rest.

        Args:
            area_mm2: That it would have if all of it touched.
        """
        self.path.fit(area_mm2)

    def fresh_skin(self, now_ns: int) -> None:
        """Go to another place, whole and rested; only at rest."""
        self.advance(now_ns)
        self.skin.fresh(now_ns)
        self._replan(now_ns)

    def set_contact(self, now_ns: int, force_mn: int) -> None:
        """Put the electrode or the head on the skin, or lift it off with 0."""
        self.advance(now_ns)
        self.skin.force_mn = force_mn
        if not force_mn:
            self.pump.open_at_once(now_ns)
        self._replan(now_ns)

    def set_vacuum(self, now_ns: int, vacuum_pa: int) -> None:
        """Open the vacuum to a level on skin by hand, or let air in with 0."""
        self.advance(now_ns)
        self.pump.set(now_ns, vacuum_pa, on_skin=self.skin.force_mn > 0)

    def set_trigger(self, now_ns: int, pressed: bool) -> None:  # noqa: ARG002, FBT001
        """Press or release the trigger."""
        self.trigger = pressed

    def set_cartridge(self, now_ns: int, present: bool) -> None:  # noqa: FBT001
        """Plug the electrode in or out."""
        self.advance(now_ns)
        self.cartridge = self.path.present = present
        self._replan(now_ns)

    def set_stop_key(self, now_ns: int, pressed: bool) -> None:  # noqa: ARG002, FBT001
        """Press or release the stop key."""
        self.stop_key = pressed

    def set_faults(self, now_ns: int, faults: ElectricFaults) -> None:
        """Break or mend from an instant on; `replace(plant.faults, ...)` keeps the others."""
        self.advance(now_ns)
        self._sensed_uc = self.flowed_uc(now_ns)
        self._sensed_from_uc, self._sensed_ns = self.stage.charge_uc(now_ns), now_ns
        self.path.set_faults(now_ns, faults)
        self.pump.leak_permille = faults.vacuum_leak_permille
        self._replan(now_ns)

    # What the firmware commands.

    def begin_unit(self, now_ns: int) -> None:
        """Let charge, energy and peaks count from now on; what runs goes on without a gap."""
        self.settle(now_ns)
        if self._unit.ended_ns is None:
            self._unit.ended_ns = now_ns
        self.stage.reset_peaks(now_ns)
        self.generator.forget()
        self._unit_uc, self._unit_uj = self.stage.charge_uc(now_ns), self.stage.energy_uj(now_ns)
        self._vacuum_peak_pa = 0
        self._unit = ElectricTruth(now_ns, on_skin=not self.path.is_open(now_ns))
        keep(self.truth, self._unit)
        self._set_deadline()

    def drive(
        self,
        now_ns: int,
        level_ua: int,
        slew_ua_s: float,
        cap_uv: int,
        carrier_hz: int,
        gate_mhz: int,
        duty_permille: int,
        *,
        zero_mean: bool,
    ) -> None:
        """Move the output towards a level and hold it there.

        Args:
            now_ns: When; from the present level on, 0 at rest.
            level_ua: Signed; the peak where there is a carrier. The other polarity is reached
                through zero.
            slew_ua_s: Above 0, not rounded: a long ramp of a small current is a fraction.
            cap_uv: Clamp, above 0.
            carrier_hz: 0 for direct current.
            gate_mhz: 0 for none. The gate's beat goes on where the wave is the one before.
            duty_permille: Part of the time that current flows, 1000 without gate.
            zero_mean: Whether the carrier goes both ways.
        """
        self.advance(now_ns)
        wave = Wave(carrier_hz, gate_mhz, duty_permille, zero_mean)
        self.stage.drive(now_ns, level_ua, slew_ua_s, cap_uv, wave)
        self.phase = REST if self.stage.is_off else DELIVER
        self._set_deadline()

    def ramp_off(self, now_ns: int, span_ns: int) -> None:
        """Bring the current to zero in a straight line over a span above 0, then switch off."""
        self.advance(now_ns)
        if not self.stage.is_off:
            self.stage.ramp_off(now_ns, span_ns)
            self.phase = BACK
            self._after_stage(now_ns)
        self._set_deadline()

    def cut(self, now_ns: int) -> None:
        """End whatever runs: current within 10 ms, a pulse at once, a pass by letting air in."""
        self.ramp_off(now_ns, CUT_NS)
        if self.generator.is_on:
            if not self.faults.switch_stuck:
                self._end_pulse(now_ns)
        elif self.phase is OUT or (self.phase is DELIVER and self.stage.is_off):
            self._vent(now_ns)
        self._set_deadline()

    def outputs_off(self, now_ns: int) -> None:
        """Drop every output at once, by a relay in series."""
        self.advance(now_ns)
        if self.generator.is_on:
            self.generator.finish(now_ns)
        self.stage.switch_off(now_ns)
        self.pump.vent(now_ns)
        self._rest(now_ns)

    def pulse(
        self,
        now_ns: int,
        width_us: int,
        voltage_uv: int,
        cap_ua: int,
        energy_uj: int,
        *,
        biphasic: bool,
    ) -> None:
        """Give one pulse; only at rest. What the electrode does meanwhile is not seen.

        Args:
            now_ns: When the switch closes.
            width_us: Of the whole pulse, half each way where it is biphasic.
            voltage_uv: Signed: of the first half.
            cap_ua: Limit of the driver's current; where it lasts, the driver opens the switch.
            energy_uj: At which the driver opens it too.
            biphasic: Whether the second half goes the other way.
        """
        self.advance(now_ns)
        faults = self.faults
        order = PulseOrder(
            width_us * _NS_PER_US,
            abs(voltage_uv) / _MICRO,
            1 if voltage_uv >= 0 else -1,
            cap_ua / _MICRO,
            energy_uj / _MICRO,
            biphasic,
            faults.width_permille,
            faults.switch_stuck,
            faults.double_pulse,
            faults.arc,
        )
        self.phase, self._edge_ns = DELIVER, self.generator.start(now_ns, order)
        self._set_deadline()

    def suck(self, now_ns: int, vacuum_pa: int, dwell_us: int) -> None:
        """Make one pass: vacuum up, dwell, air; by itself, only at rest."""
        self.advance(now_ns)
        self.pump.set(now_ns, vacuum_pa, on_skin=self.skin.force_mn > 0)
        self._dwell_ns = dwell_us * _NS_PER_US
        self.phase, self._edge_ns = OUT, self.pump.edge_ns
        self._set_deadline()

    def measure(self, now_ns: int, carrier_hz: int) -> int:
        """Read the load's impedance with a small alternating current; only at rest.

        Args:
            now_ns: When.
            carrier_hz: Above 0.

        Returns:
            Magnitude, ohm; `OPEN_OHM` where nothing conducts.
        """
        self.advance(now_ns)
        if self.path.is_open(now_ns):
            return OPEN_OHM
        load = self.path.load(now_ns)
        part = 2 * pi * carrier_hz * load.tau_s
        real_ohm = load.series_ohm + load.barrier_ohm / (1 + part * part)
        return round(hypot(real_ohm, load.barrier_ohm * part / (1 + part * part)))

    # Time.

    def advance(self, now_ns: int) -> None:
        """Apply everything due at or before an instant, each at its own time."""
        while (at_ns := self.deadline_ns) <= now_ns:
            if self.stage.end_ns == at_ns:
                self.stage.roll(at_ns)
                self._after_stage(at_ns)
            if self._edge_ns == at_ns:
                self._pass_edge(at_ns)
            self._set_deadline()

    def settle(self, now_ns: int) -> None:
        """Bring `truth` up to an instant."""
        self.advance(now_ns)
        unit, stage, generator = self._unit, self.stage, self.generator
        current_ua, voltage_uv = stage.peaks(now_ns)
        pulse_ua, pulse_uv = generator.peaks(now_ns)
        charge_uc = stage.charge_uc(now_ns) - self._unit_uc + generator.charge_uc(now_ns)
        unit.charge_nc = charge_uc * 1000
        unit.energy_uj = stage.energy_uj(now_ns) - self._unit_uj + generator.energy_uj(now_ns)
        unit.peak_ua, unit.peak_uv = max(current_ua, pulse_ua), max(voltage_uv, pulse_uv)
        unit.slew_ua_s, unit.density_ua_cm2 = stage.slew_ua_s_max, stage.density_ua_cm2
        unit.width_us, unit.pulses = generator.width_us(now_ns), generator.pulses(now_ns)
        unit.vacuum_pa = self._vacuum_peak_pa

    def _set_deadline(self) -> None:
        self.deadline_ns = min(self.stage.end_ns, self._edge_ns)

    def _replan(self, now_ns: int) -> None:
        """Let the output meet a load that has just changed."""
        self.stage.plan(now_ns)
        self._after_stage(now_ns)
        self._set_deadline()

    def _after_stage(self, at_ns: int) -> None:
        """Come to rest with a current that has reached zero."""
        is_current = self._edge_ns == NEVER_NS and self.phase in (DELIVER, BACK)
        if is_current and self.stage.is_off:
            self._rest(at_ns)

    def _pass_edge(self, at_ns: int) -> None:
        phase = self.phase
        if self.generator.is_on:
            self._end_pulse(at_ns)
        elif phase is OUT:
            self.phase, self._edge_ns = DELIVER, at_ns + self._dwell_ns
        elif phase is DELIVER:
            if self.pump.vacuum_pa(at_ns) >= EXFOLIATES_PA and self.skin.force_mn > 0:
                self.skin.exfoliate()
            self._vent(at_ns)
        else:
            self._rest(at_ns)

    def _end_pulse(self, at_ns: int) -> None:
        self.generator.finish(at_ns)
        self.phase, self._edge_ns = BACK, at_ns + DISCHARGE_NS

    def _vent(self, at_ns: int) -> None:
        self._vacuum_peak_pa = self.pump.vacuum_pa(at_ns)
        self.pump.vent(at_ns)
        self.phase, self._edge_ns = BACK, self.pump.edge_ns

    def _rest(self, at_ns: int) -> None:
        self.phase, self._edge_ns = REST, NEVER_NS
        self._set_deadline()
        if self._unit.ended_ns is None:
            self._unit.ended_ns = at_ns
