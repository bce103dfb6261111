"""The device's own limits of current, pulses, passes and readings.

From its profile, never from the host; nothing is shared with the host's rules. What the protocol
has no limit field for is answered with the field that comes nearest.
"""

from typing import Final

from mesodrive_protocol.enums import Code, Kind, LimitField
from mesodrive_protocol.messages import Begin
from mesodrive_protocol.steps import CurrentStep, PulseStep, SpotStep, Step
from mesodrive_simulator.firmware.answers import OK, Ruling
from mesodrive_simulator.firmware.limits import DeviceLimits
from mesodrive_simulator.firmware.stores import Fit
from mesodrive_simulator.sim_profile import TRANSDERMAL, SimProfile

SLICE_US_MIN: Final = 10_000
"""Two durable writes and a sample fit into a slice, so that the next is marked in time."""
READ_HZ: Final = range(10_000, 100_001)
"""Carrier of a reading: too fast to be felt, slow enough to see more than the leads."""
READ_US_MAX: Final = 2_000_000
NORM_OHM: Final = 500
"""The load for which the energy of a pulse is limited."""
PEAK_UV_MAX: Final = 500_000_000
PULSE_UJ_MAX: Final = 300_000
"""No profile gets a pulse beyond these."""
_PICO: Final = 1_000_000_000_000
_MICRO: Final = 1_000_000
_FLAG_ZERO_MEAN: Final = 1
_FLAGS_PULSE: Final = 3


class ElectricLimits(DeviceLimits):
    """The limits in force of a transdermal unit."""

    __slots__ = ("_electric",)

    def __init__(self, profile: SimProfile, values: list[int] | None = None) -> None:
        super().__init__(profile, values)
        self._electric = profile

    def copy(self) -> DeviceLimits:
        """Return limits of the same values that can be narrowed apart."""
        return ElectricLimits(self._electric, list(self.values))

    def check_begin(self, begin: Begin, case_total: int) -> Ruling:
        """Check what BEGIN declares."""
        broken = super().check_begin(begin, case_total)
        if broken is OK and begin.kind == Kind.CURRENT and begin.cap_uv == 0:
            return Ruling(Code.FIELD, LimitField.VOLTAGE_UV_MAX, value=0, limit=1)
        if broken is OK:
            broken = self._between(None, LimitField.VOLTAGE_UV_MAX, begin.cap_uv)
        if broken is OK and begin.kind in (Kind.CURRENT, Kind.PULSE):
            broken = self._between(None, LimitField.CASE_UC_MAX, case_total + begin.total)
        pulses_max = self._electric.pulses_max
        if broken is OK and begin.kind == Kind.PULSE and pulses_max and begin.units > pulses_max:
            return Ruling(Code.LIMIT, LimitField.UNITS_MAX, value=begin.units, limit=pulses_max)
        return broken

    def check_program(self, steps: list[Step]) -> Ruling:
        """Check what only the steps together can break."""
        if isinstance(steps[0], CurrentStep):
            return self._check_slices([s for s in steps if isinstance(s, CurrentStep)])
        if isinstance(steps[0], PulseStep):
            return self._check_train([s for s in steps if isinstance(s, PulseStep)])
        return OK

    def _check_kind(self, kind: Kind, step: Step, fit: Fit) -> Ruling:
        if isinstance(step, CurrentStep):
            broken = self._check_level(step, fit.area_mm2)
            if broken is OK:
                broken = self._check_times(step)
            return broken if broken is not OK else self._check_wave(step)
        if isinstance(step, PulseStep):
            return self._check_pulse(step)
        assert isinstance(step, SpotStep)
        return self._check_pass(step) if kind == Kind.PASS else self._check_reading(step)

    # Current

    def _check_level(self, step: CurrentStep, area_mm2: int) -> Ruling:
        level_ua = abs(step.current_ua)
        field = LimitField.CURRENT_UA_MAX
        broken = self._between(None, field, level_ua)
        if broken is not OK:
            return broken
        unit_ua = self._electric.current_step_ua or 1
        if level_ua % unit_ua:
            whole_ua = level_ua - level_ua % unit_ua
            return Ruling(Code.FIELD, field, value=step.current_ua, limit=whole_ua)
        if not 0 < step.duty_permille <= 1000:
            return Ruling(Code.FIELD, field, value=step.duty_permille, limit=1000)
        mean_ua = -(-level_ua * step.duty_permille // 1000)
        mean_max_ua = self._electric.mean_current_ua_max
        if mean_max_ua is not None and mean_ua > mean_max_ua:
            return Ruling(Code.LIMIT, field, value=mean_ua, limit=mean_max_ua)
        if area_mm2 == 0:
            return Ruling(Code.FITTING)
        density_ua_cm2 = -(-mean_ua * 100 // area_mm2)
        return self._between(None, LimitField.DENSITY_UA_CM2_MAX, density_ua_cm2)

    def _check_times(self, step: CurrentStep) -> Ruling:
        field = LimitField.RAMP_US_MIN
        most_us = self._electric.slice_us_max or 0
        if step.slice_us > most_us:
            return Ruling(Code.LIMIT, field, value=step.slice_us, limit=most_us)
        if step.slice_us < SLICE_US_MIN:
            return Ruling(Code.LIMIT, field, value=step.slice_us, limit=SLICE_US_MIN)
        broken = self._between(field, None, step.ramp_us)
        if broken is OK and step.current_ua and step.charge_uc == 0:
            return Ruling(Code.FIELD, LimitField.CASE_UC_MAX, value=0, limit=1)
        return broken

    def _check_wave(self, step: CurrentStep) -> Ruling:
        carrier_hz, gate_mhz = step.carrier_hz, step.gate_mhz
        if step.flags & ~_FLAG_ZERO_MEAN:
            return Ruling(Code.FIELD, value=step.flags, limit=_FLAG_ZERO_MEAN)
        if not carrier_hz and (gate_mhz or step.flags or step.duty_permille != 1000):
            return Ruling(Code.FIELD, value=0, limit=1)
        if not gate_mhz and step.duty_permille != 1000:
            return Ruling(Code.FIELD, value=step.duty_permille, limit=1000)
        profile = self._electric
        for value, least, most in (
            (carrier_hz, profile.carrier_hz_min, profile.carrier_hz_max),
            (gate_mhz, profile.gate_mhz_min, profile.gate_mhz_max),
        ):
            if value and not (least or 1) <= value <= (most or 0):
                limit = (least or 1) if value < (least or 1) else (most or 0)
                return Ruling(Code.LIMIT, value=value, limit=limit)
        # a gate that is no slower than half the carrier cuts every cycle somewhere else
        if gate_mhz * 2 >= carrier_hz * 1000 and gate_mhz:
            return Ruling(Code.FIELD, value=gate_mhz, limit=carrier_hz * 500 - 1)
        return OK

    def _check_slices(self, steps: list[CurrentStep]) -> Ruling:
        """Check charge against what can flow, polarity, and the time of all slices."""
        level_ua = before_ua = span_us = 0
        for index, step in enumerate(steps):
            span_us += step.units * step.slice_us
            if step.current_ua * before_ua < 0 and not step.carrier_hz:
                field = LimitField.CURRENT_UA_MAX
                return Ruling(Code.FIELD, field, index, step.current_ua, 0)
            before_ua = step.current_ua
            # a slice on the way to zero has the charge of what flowed before; where that was in
            # another command, the rest of which this one is, nothing flows and any level may stand
            level_ua = step.current_ua or level_ua
            most_ua = abs(level_ua) or self.of(LimitField.CURRENT_UA_MAX)
            most_uc = -(-most_ua * step.slice_us * step.duty_permille // (1000 * _MICRO))
            if step.charge_uc > most_uc:
                field = LimitField.CASE_UC_MAX
                return Ruling(Code.FIELD, field, index, step.charge_uc, most_uc)
        most_s = self._electric.current_time_s_max
        if most_s is not None and span_us > most_s * _MICRO:
            field = LimitField.UNITS_MAX
            return Ruling(Code.LIMIT, field, value=-(-span_us // _MICRO), limit=most_s)
        return OK

    # Pulses

    def _check_pulse(self, step: PulseStep) -> Ruling:
        volt_uv = abs(step.voltage_uv)
        least_us = self._electric.pulse_us_min or 1
        energy = LimitField.ENERGY_UJ_MAX
        if step.width_us < least_us:
            return Ruling(Code.LIMIT, LimitField.PULSE_US_MAX, value=step.width_us, limit=least_us)
        for broken in (
            self._between(None, LimitField.PULSE_US_MAX, step.width_us),
            self._between(None, LimitField.VOLTAGE_UV_MAX, volt_uv),
            self._between(None, LimitField.CURRENT_UA_MAX, step.cap_ua),
            self._between(LimitField.PERIOD_US_MIN, None, step.interval_us),
            self._between(None, energy, step.energy_uj),
        ):
            if broken is not OK:
                return broken
        if step.interval_us <= step.width_us:
            least_us = step.width_us + 1
            return Ruling(Code.FIELD, LimitField.PERIOD_US_MIN, 0, step.interval_us, least_us)
        for field, value in (
            (LimitField.VOLTAGE_UV_MAX, volt_uv),
            (LimitField.CURRENT_UA_MAX, step.cap_ua),
        ):
            if value == 0:
                return Ruling(Code.FIELD, field, value=0, limit=1)
        if step.flags & ~_FLAGS_PULSE:
            return Ruling(Code.FIELD, value=step.flags, limit=_FLAGS_PULSE)
        if volt_uv > PEAK_UV_MAX:
            field = LimitField.VOLTAGE_UV_MAX
            return Ruling(Code.LIMIT, field, value=volt_uv, limit=PEAK_UV_MAX)
        energy_uj = pulse_energy_uj(step)
        most_uj = min(self.of(energy), step.energy_uj, PULSE_UJ_MAX)
        if energy_uj > most_uj:
            return Ruling(Code.LIMIT, energy, value=energy_uj, limit=most_uj)
        return OK

    def _check_train(self, steps: list[PulseStep]) -> Ruling:
        """Check voltage times time, and the length of the train."""
        volt_us = sum(abs(s.voltage_uv) * s.width_us * s.units for s in steps) // _MICRO
        most = self._electric.volt_us_max
        if most is not None and volt_us > most:
            return Ruling(Code.LIMIT, LimitField.PULSE_US_MAX, value=volt_us, limit=most)
        span_us = sum(s.interval_us * s.units for s in steps) - steps[-1].interval_us
        most_s = self._electric.train_time_s_max
        if most_s is not None and span_us + steps[-1].width_us > most_s * _MICRO:
            field = LimitField.PERIOD_US_MIN
            return Ruling(Code.LIMIT, field, value=-(-span_us // _MICRO), limit=most_s)
        return OK

    # Passes and readings

    def _check_pass(self, step: SpotStep) -> Ruling:
        field = LimitField.VACUUM_PA_MAX
        least_pa = self._electric.pass_pa_min or 1
        if step.vacuum_pa < least_pa:
            return Ruling(Code.LIMIT, field, value=step.vacuum_pa, limit=least_pa)
        broken = self._between(None, field, step.vacuum_pa)
        if broken is OK:
            broken = self._between(None, LimitField.DWELL_US_MAX, step.dwell_us)
        if broken is not OK:
            return broken
        if step.carrier_hz:
            return Ruling(Code.FIELD, value=step.carrier_hz)
        return self._check_interval(step)

    def _check_reading(self, step: SpotStep) -> Ruling:
        if step.carrier_hz not in READ_HZ:
            limit = READ_HZ[0] if step.carrier_hz < READ_HZ[0] else READ_HZ[-1]
            return Ruling(Code.LIMIT, value=step.carrier_hz, limit=limit)
        if step.vacuum_pa:
            return Ruling(Code.FIELD, LimitField.VACUUM_PA_MAX, value=step.vacuum_pa)
        field = LimitField.DWELL_US_MAX
        if step.dwell_us > READ_US_MAX:
            return Ruling(Code.LIMIT, field, value=step.dwell_us, limit=READ_US_MAX)
        return self._check_interval(step)

    @staticmethod
    def _check_interval(step: SpotStep) -> Ruling:
        if step.dwell_us == 0:
            return Ruling(Code.FIELD, LimitField.DWELL_US_MAX, value=0, limit=1)
        if step.interval_us <= step.dwell_us:
            field, limit = LimitField.PERIOD_US_MIN, step.dwell_us + 1
            return Ruling(Code.FIELD, field, value=step.interval_us, limit=limit)
        return OK


def pulse_energy_uj(step: PulseStep) -> int:
    """Return the energy of one pulse into 500 ohm, rounded up, uJ."""
    return -(-step.voltage_uv * step.voltage_uv * step.width_us // (NORM_OHM * _PICO))


def limits_of(profile: SimProfile) -> DeviceLimits:
    """Return the limits of a device, as its profile has them."""
    return ElectricLimits(profile) if profile.family == TRANSDERMAL else DeviceLimits(profile)
