"""Session specifications of the transdermal units, made from the shipped profiles."""

from mesodrive.core.spec import (
    AnyStep,
    CurrentStepSpec,
    FitSpec,
    ProgramSpec,
    PulseStepSpec,
    SessionSpec,
    SpotStepSpec,
    StageSpec,
    ZoneRun,
    ZoneSpec,
)
from mesodrive.profile_store import load_profile
from mesodrive_protocol.enums import Kind, Trigger

SLICE_US = 5_000_000
SLICE_UC = 10_000
"""2 mA for 5 s."""
CAP_UV = 40_000_000
PULSE_UC = 400
"""0.4 A for 1 ms: the most that one pulse can carry."""


def slices(units: int, **changes: int) -> CurrentStepSpec:
    """Return slices of 5 s at 2 mA."""
    plain = CurrentStepSpec(
        units=units,
        current_ua=2_000,
        charge_uc=SLICE_UC,
        slice_us=SLICE_US,
        ramp_us=5_000_000,
        trigger=Trigger.HELD,
    )
    return plain.model_copy(update=changes)


def program(kind: Kind, *steps: AnyStep, zone: int = 0, cap_uv: int = 0) -> ProgramSpec:
    units = sum(step.units for step in steps)
    return ProgramSpec(
        purpose="deliver", kind=kind, steps=steps, zones=(ZoneRun(zone=zone, units=units),),
        cap_uv=cap_uv,
    )  # fmt: skip


def current(units: int, **changes: int) -> ProgramSpec:
    """Return a program of direct current: a ramp of one slice, which carries half, and slices."""
    ramp = slices(1, charge_uc=SLICE_UC // 2)
    return program(Kind.CURRENT, ramp, slices(units - 1, **changes), cap_uv=CAP_UV)


def bursts(units: int) -> ProgramSpec:
    """Return a program of bursts: a carrier of 10 mA peak under a gate that is open a fifth."""
    carrier = {"current_ua": 10_000, "carrier_hz": 2_000, "gate_mhz": 500, "duty_permille": 200}
    ramp = slices(1, charge_uc=SLICE_UC // 2, **carrier)
    return program(Kind.CURRENT, ramp, slices(units - 1, **carrier), cap_uv=54_000_000)


def pulses(units: int) -> ProgramSpec:
    """Return a train of pulses of 100 V for 1 ms, one each second."""
    step = PulseStepSpec(
        units=units,
        width_us=1_000,
        voltage_uv=100_000_000,
        interval_us=1_000_000,
        cap_ua=400_000,
        energy_uj=40_000,
        biphasic=True,
        trigger=Trigger.HELD,
    )
    return program(Kind.PULSE, step)


def spots(units: int, zone: int = 0) -> ProgramSpec:
    """Return one pass of exfoliation."""
    step = SpotStepSpec(
        units=units, vacuum_pa=20_000, dwell_us=300_000, interval_us=1_000_000,
        trigger=Trigger.HELD,
    )  # fmt: skip
    return program(Kind.PASS, step, zone=zone)


def readings(units: int) -> ProgramSpec:
    """Return readings of the impedance."""
    step = SpotStepSpec(
        units=units, dwell_us=100_000, interval_us=1_000_000, carrier_hz=10_000,
        trigger=Trigger.HELD,
    )  # fmt: skip
    return program(Kind.MEASURE, step)


def unit_session(profile: str, *stages: tuple[ProgramSpec, ...], limit_uc: int = 0) -> SessionSpec:
    """Return a session of one of the units: by stage the programs, each with the same electrode."""
    loaded = load_profile(profile)
    fit = FitSpec(
        title="8 cm2 pad", needle_um=0, needle_bore_um=0, bore_um=0, pins=0, content_nl=0,
        lot=0x77, area_mm2=800,
    )  # fmt: skip
    return SessionSpec(
        treatment_id="T-3",
        nonce=0x3344_5566_7788_99AA,
        case=79,
        first_rid=3_000,
        profile=loaded.profile,
        profile_hash=loaded.canonical_hash.hex(),
        product="water",
        product_limit_nl=0,
        zones=(ZoneSpec(name="forearm", area_mm2=4_000, limit_nl=0, limit_uc=limit_uc),),
        stages=tuple(StageSpec(fit=fit, programs=programs) for programs in stages),
    )


def ionto(units: int, *, limit_uc: int = 0) -> SessionSpec:
    """Return a session of direct current."""
    return unit_session("ionto-unit", (current(units),), limit_uc=limit_uc)


def mixed() -> SessionSpec:
    """Return exfoliation with one fitting, then a reading and bursts with another."""
    return unit_session("burst-unit", (spots(3),), (readings(1), bursts(3)))
