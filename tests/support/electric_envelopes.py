"""A transdermal unit's limits, steps and fittings in round numbers, for tests of the rules."""

from typing import NamedTuple

from mesodrive.limits import ElectricEnvelope, Electrode
from mesodrive_protocol.enums import Kind, Trigger
from support.envelopes import ZoneRun

UNIT = ElectricEnvelope(
    kinds=frozenset({Kind.CURRENT, Kind.PULSE, Kind.PASS, Kind.MEASURE}),
    triggers=frozenset({Trigger.HELD, Trigger.NONE}),
    heads=1,
    steps_max=8,
    units_max=1_000,
    electrodes=(Electrode("pad-8cm2", 800, 1), Electrode("pad-4cm2", 400, 1)),
    current_step_ua=100,
    current_ua_max=10_000,
    mean_current_ua_max=4_000,
    density_ua_cm2_max=500,
    density_exfoliated_ua_cm2_max=250,
    session_uc_max=4_800_000,
    voltage_uv_max=200_000_000,
    pulse_us_min=100,
    pulse_us_max=10_000,
    pulses_max=10,
    pulse_interval_us_min=1_000_000,
    energy_uj_max=300_000,
    volt_us_max=5_000_000,
    carrier_hz_min=None,
    carrier_hz_max=None,
    gate_mhz_min=None,
    gate_mhz_max=None,
    ramp_us_min=5_000_000,
    slice_us_max=5_000_000,
    vacuum_pa_min=13_000,
    vacuum_pa_max=41_000,
    passes_max=4,
    dwell_us_max=500_000,
    session_units_max=5_000,
    session_time_s_max=3_600,
    current_time_s_max=2_400,
    train_time_s_max=60,
    advised_density_ua_cm2_max=300,
    advised_voltage_uv_max=100_000_000,
    advised_volt_us_max=400_000,
)
"""A source of direct current that pulses and exfoliates too."""

BURSTS = UNIT._replace(
    kinds=frozenset({Kind.CURRENT}),
    carrier_hz_min=50,
    carrier_hz_max=15_000,
    gate_mhz_min=70,
    gate_mhz_max=2_000,
    mean_current_ua_max=2_000,
)

NOTHING = UNIT._replace(
    **dict.fromkeys(
        (
            "current_step_ua", "current_ua_max", "mean_current_ua_max", "density_ua_cm2_max",
            "session_uc_max", "voltage_uv_max", "pulse_us_min", "pulse_us_max", "pulses_max",
            "pulse_interval_us_min", "energy_uj_max", "volt_us_max", "ramp_us_min",
            "slice_us_max", "vacuum_pa_min", "vacuum_pa_max", "passes_max", "dwell_us_max",
            "current_time_s_max", "train_time_s_max", "density_exfoliated_ua_cm2_max",
        )
    )  # type: ignore[arg-type]  # never the fields that are not None
)  # fmt: skip
"""A unit without a single electrical limit."""


class Current(NamedTuple):
    """Ten seconds at 2 mA, which keeps every limit of `UNIT`."""

    units: int = 2
    current_ua: int = 2_000
    charge_uc: int = 10_000
    slice_us: int = 5_000_000
    ramp_us: int = 5_000_000
    carrier_hz: int = 0
    gate_mhz: int = 0
    duty_permille: int = 1_000
    zero_mean: bool = False
    trigger: Trigger = Trigger.HELD


BURST = Current(
    current_ua=4_000, charge_uc=10_000, carrier_hz=1_000, gate_mhz=1_000, duty_permille=500,
    zero_mean=True,
)  # fmt: skip
"""The same charge in bursts, which keeps every limit of `BURSTS`."""
DOWN = Current(units=1, current_ua=0, charge_uc=5_000)
"""Back to zero from 2 mA."""


class Pulse(NamedTuple):
    """Pulses of 100 V and 1 ms, which keep every limit of `UNIT`."""

    units: int = 10
    width_us: int = 1_000
    voltage_uv: int = 100_000_000
    interval_us: int = 1_000_000
    cap_ua: int = 4_000
    energy_uj: int = 20_000
    biphasic: bool = True
    trigger: Trigger = Trigger.NONE


class Spot(NamedTuple):
    """Spots of exfoliation, which keep every limit of `UNIT`."""

    units: int = 10
    vacuum_pa: int = 20_000
    dwell_us: int = 300_000
    interval_us: int = 1_000_000
    carrier_hz: int = 0
    trigger: Trigger = Trigger.HELD


READING = Spot(units=1, vacuum_pa=0, dwell_us=100_000, carrier_hz=20_000)


class ElectricFit(NamedTuple):
    """An electrode of `UNIT`."""

    area_mm2: int = 800
    needle_um: int = 0
    needle_bore_um: int = 0
    bore_um: int = 0
    pins: int = 0
    head: int = 0
    content_nl: int = 0


class ElectricProgram(NamedTuple):
    """A program that keeps every limit of `UNIT`, given steps of its kind."""

    kind: Kind
    steps: tuple[Current | Pulse | Spot, ...]
    zones: tuple[ZoneRun, ...]
    cap_uv: int = 0
    head: int = 0


def program(kind: Kind, *steps: Current | Pulse | Spot) -> ElectricProgram:
    """Return a program of these steps in one zone."""
    units = sum(step.units for step in steps)
    cap_uv = 40_000_000 if kind is Kind.CURRENT else 0
    return ElectricProgram(kind, steps, (ZoneRun(units),), cap_uv)
