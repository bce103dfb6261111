"""A transdermal unit's limits as one flat, hashable value: what the electrical rules read."""

from typing import NamedTuple

from mesodrive.profile.transdermal_models import TransdermalProfile
from mesodrive_protocol.enums import Kind, Trigger


class Electrode(NamedTuple):
    """An electrode that may be fitted."""

    name: str
    area_mm2: int
    uses_max: int


class ElectricEnvelope(NamedTuple):
    """Everything that limits one transdermal unit; None where it has no such function."""

    kinds: frozenset[int]
    triggers: frozenset[int]
    heads: int
    steps_max: int
    units_max: int
    electrodes: tuple[Electrode, ...]
    current_step_ua: int | None
    current_ua_max: int | None
    mean_current_ua_max: int | None
    density_ua_cm2_max: int | None
    density_exfoliated_ua_cm2_max: int | None
    """None where no current may flow on exfoliated skin."""
    session_uc_max: int | None
    voltage_uv_max: int | None
    pulse_us_min: int | None
    pulse_us_max: int | None
    pulses_max: int | None
    pulse_interval_us_min: int | None
    energy_uj_max: int | None
    volt_us_max: int | None
    carrier_hz_min: int | None
    carrier_hz_max: int | None
    gate_mhz_min: int | None
    gate_mhz_max: int | None
    ramp_us_min: int | None
    slice_us_max: int | None
    vacuum_pa_min: int | None
    vacuum_pa_max: int | None
    passes_max: int | None
    dwell_us_max: int | None
    session_units_max: int
    session_time_s_max: int
    current_time_s_max: int | None
    train_time_s_max: int | None
    advised_density_ua_cm2_max: int | None
    advised_voltage_uv_max: int | None
    advised_volt_us_max: int | None


def electric_envelope_of(profile: TransdermalProfile) -> ElectricEnvelope:
    """Return the limits of a profile; worth keeping, since it touches every field once."""
    able, hard, advised = profile.capabilities, profile.hard_limits, profile.advisory_limits
    return ElectricEnvelope(
        kinds=frozenset(Kind[name.upper()] for name in able.kinds),
        triggers=frozenset(Trigger[name.upper()] for name in able.triggers),
        heads=able.heads,
        steps_max=able.steps_max,
        units_max=able.units_max,
        electrodes=tuple(Electrode(e.name, e.area_mm2, e.uses_max) for e in able.electrodes),
        current_step_ua=able.current_step_ua,
        current_ua_max=hard.current_ua_max,
        mean_current_ua_max=hard.mean_current_ua_max,
        density_ua_cm2_max=hard.density_ua_cm2_max,
        density_exfoliated_ua_cm2_max=hard.density_exfoliated_ua_cm2_max,
        session_uc_max=hard.session_uc_max,
        voltage_uv_max=hard.voltage_uv_max,
        pulse_us_min=hard.pulse_us_min,
        pulse_us_max=hard.pulse_us_max,
        pulses_max=hard.pulses_max,
        pulse_interval_us_min=hard.pulse_interval_us_min,
        energy_uj_max=hard.energy_uj_max,
        volt_us_max=hard.volt_us_max,
        carrier_hz_min=hard.carrier_hz_min,
        carrier_hz_max=hard.carrier_hz_max,
        gate_mhz_min=hard.gate_mhz_min,
        gate_mhz_max=hard.gate_mhz_max,
        ramp_us_min=hard.ramp_us_min,
        slice_us_max=hard.slice_us_max,
        vacuum_pa_min=hard.vacuum_pa_min,
        vacuum_pa_max=hard.vacuum_pa_max,
        passes_max=hard.passes_max,
        dwell_us_max=hard.dwell_us_max,
        session_units_max=hard.session_units_max,
        session_time_s_max=hard.session_time_s_max,
        current_time_s_max=hard.current_time_s_max,
        train_time_s_max=hard.train_time_s_max,
        advised_density_ua_cm2_max=advised.density_ua_cm2_max,
        advised_voltage_uv_max=advised.voltage_uv_max,
        advised_volt_us_max=advised.volt_us_max,
    )
