"""Writes a first plan for a transdermal unit: one zone, commented, and well inside its limits."""

from math import isqrt
from typing import Final

from mesodrive.limits import ElectricEnvelope
from mesodrive.limits.electric_envelope import electric_envelope_of
from mesodrive.limits.pulse_rules import energy_of, volt_us_of
from mesodrive.profile.transdermal_models import TransdermalProfile
from mesodrive.sequencing.electric_quantities import UC_PER_UA_MIN, VOLTAGE_UV_MAX
from mesodrive.sequencing.electric_zone import EXCLUDED
from mesodrive.units import from_base
from mesodrive_protocol.enums import Kind, Trigger

MM2_PER_CM2: Final = 100
US_PER_MIN: Final = 60_000_000
RAMP_US: Final = 30_000_000
CARRIER_HZ: Final = 1_500
GATE_MHZ: Final = 1_000
READING_HZ: Final = 20_000
WIDTH_US: Final = 1_000
INTERVAL_US: Final = 2_000_000
PULSES: Final = 4
CAP_UA: Final = 500_000
"""Usual values, taken where the profile's limits allow them."""


def electric_example_plan(profile: TransdermalProfile) -> str:
    """Return a commented plan in YAML that a person can fill in.

    The numbers lie well inside the limits of the profile; they are no advice. The plan is refused
    until the person has written that the contraindications were checked.
    """
    env = electric_envelope_of(profile)
    electrode = env.electrodes[0]
    side_mm = isqrt(electrode.area_mm2 * 6 // 5) + 1
    head = _HEAD.format(
        title=" ".join(profile.identity.title.split()),
        profile=profile.identity.profile,
        electrode=electrode.name,
        electrodes=", ".join(known.name for known in env.electrodes),
        excluded=", ".join(EXCLUDED),
        side_mm=side_mm,
    )
    trigger = Trigger.HELD if Trigger.HELD in env.triggers else Trigger(min(env.triggers))
    known = ", ".join(Trigger(one).name.lower() for one in sorted(env.triggers))
    last = f"    trigger: {trigger.name.lower()}    # one of {known}\n"
    return head + _technique(env, electrode.area_mm2) + last + _TAIL


def _technique(env: ElectricEnvelope, area_mm2: int) -> str:
    """Return the lines of the technique that a device of this make is for."""
    if Kind.CURRENT in env.kinds:
        return _driven(env, area_mm2)
    if Kind.PULSE in env.kinds:
        return _pulses(env)
    if Kind.PASS in env.kinds:
        return _spots(env)
    return _MEASURE.format(carrier_hz=READING_HZ)


def _driven(env: ElectricEnvelope, area_mm2: int) -> str:
    """Return half of what current, mean and density allow, for a minute at its level."""
    by_area = env.advised_density_ua_cm2_max or env.density_ua_cm2_max
    most = [env.current_ua_max, env.mean_current_ua_max]
    most.append(None if by_area is None else by_area * area_mm2 // MM2_PER_CM2)
    step_ua = env.current_step_ua or 1
    half_ua = min((one for one in most if one is not None), default=2 * step_ua) // 2
    level_ua = max(step_ua, half_ua // step_ua * step_ua)
    ramp_us = max(RAMP_US, env.ramp_us_min or 0)
    gated = env.carrier_hz_min is not None and env.gate_mhz_min is not None
    mean_ua = max(1, level_ua // 2) if gated else level_ua
    dose_uc = UC_PER_UA_MIN * -(-mean_ua * (US_PER_MIN + ramp_us) // US_PER_MIN)
    values = {
        "current": _number(level_ua, "ma"),
        "dose": _number(dose_uc // UC_PER_UA_MIN, "ma"),
        "ramp_s": _number(ramp_us, "s"),
        "compliance_v": _number(_volts(env), "v"),
    }
    if env.carrier_hz_min is None:
        return _IONTOPHORESIS.format(**values)
    carrier_hz = _within(CARRIER_HZ, env.carrier_hz_min, env.carrier_hz_max)
    gate = ""
    if gated:
        gate_hz = _number(_within(GATE_MHZ, env.gate_mhz_min, env.gate_mhz_max), "hz")
        gate = _GATE.format(gate_hz=gate_hz)
    return _BURST.format(**values, carrier_hz=carrier_hz, gate=gate)


def _pulses(env: ElectricEnvelope) -> str:
    """Return a short train at half of the voltage that is advised, or less if energy says so."""
    width_us = _within(WIDTH_US, env.pulse_us_min, env.pulse_us_max) // 2 * 2
    voltage_uv = _volts(env) // 2
    while env.energy_uj_max is not None and energy_of(voltage_uv, width_us) > env.energy_uj_max:
        voltage_uv //= 2
    volt_us = env.advised_volt_us_max or env.volt_us_max
    most = PULSES if volt_us is None else volt_us // max(1, volt_us_of(voltage_uv, width_us, 1))
    return _PULSES.format(
        voltage_v=_number(voltage_uv, "v"),
        width_ms=_number(width_us, "ms"),
        pulses=_within(min(PULSES, most), 1, env.pulses_max),
        interval_s=_number(max(INTERVAL_US, env.pulse_interval_us_min or 0), "s"),
        cap_ma=_number(_within(CAP_UA, 1, env.current_ua_max), "ma"),
    )


def _spots(env: ElectricEnvelope) -> str:
    """Return one pass at the middle of the vacuum."""
    low_pa = env.vacuum_pa_min or 1_000
    vacuum_pa = (low_pa + (env.vacuum_pa_max or low_pa)) // 2
    dwell_us = (env.dwell_us_max or 500_000) // 2
    return _SPOTS.format(
        vacuum_kpa=_number(vacuum_pa, "kpa"),
        dwell_ms=_number(dwell_us, "ms"),
        interval_ms=_number(2 * dwell_us + 1, "ms"),
    )


def _volts(env: ElectricEnvelope) -> int:
    """Return the highest voltage that needs no reason."""
    return min(env.advised_voltage_uv_max or VOLTAGE_UV_MAX, env.voltage_uv_max or VOLTAGE_UV_MAX)


def _within(usual: int, least: int | None, most: int | None) -> int:
    """Return the usual value, or the limit nearest to it."""
    return max(min(usual, usual if most is None else most), least or 0)


def _number(base: int, suffix: str) -> str:
    """Return base units as a number in people's units, without the unit."""
    return from_base(base, suffix).split()[0]


_HEAD: Final = """\
# A plan for: {title}.
# Numbers are in the unit that their key ends with. They are a beginning and no advice.
# `mesodrive plan check FILE` tells what is wrong, `mesodrive plan show FILE` draws it.
schema: 1
treatment: T-0001    # number from your own books: letters, digits, - and _; never a name
profile: {profile}

# product:             # what the current is to carry, for the record and its expiry
#   name: "Name of the product"
#   lots:
#     - {{lot: "LOT-1", expiry: 2099-12-31, fraction_percent: 100, max_ml_per_session: 5}}

electrode:
  name: {electrode}    # one of {electrodes}
  lot: "LOT-1"         # as printed on the package
skin: intact           # exfoliated, or exfoliated_now if a zone does that before: read it first
contraindications_checked: false    # write true once you have: implants, broken skin, feeling

# The map is in millimetres: x to the right, y up. Zones are treated in their order.
zones:
  - name: "First zone"
    place: forearm     # never {excluded}
    shape:             # where the electrode lies; rectangle, ellipse or polygon
      type: rectangle
      width_mm: {side_mm}
      height_mm: {side_mm}
      at_mm: [0, 0]    # where its middle is
      # rotate_deg: 15
"""

_IONTOPHORESIS: Final = """\
    technique: iontophoresis
    current_ma: {current}
    dose_ma_min: {dose}    # with both ramps; it is never exceeded, and the time follows
    polarity: anode    # or cathode: what the electrode is
    ramp_s: {ramp_s}    # up, and down
    compliance_v: {compliance_v}    # the current waits where it would need more
"""

_BURST: Final = """\
    technique: burst
    peak_ma: {current}
    dose_ma_min: {dose}    # rectified, with both ramps; it is never exceeded
    carrier_hz: {carrier_hz}
{gate}    # zero_mean: false    # then with polarity: anode or cathode
    ramp_s: {ramp_s}    # up, and down
    compliance_v: {compliance_v}    # the current waits where it would need more
"""

_GATE: Final = """\
    gate_hz: {gate_hz}    # bursts each second
    duty_percent: 50    # of the time within a burst
"""

_PULSES: Final = """\
    technique: electroporation
    voltage_v: {voltage_v}
    width_ms: {width_ms}    # whole width; half of it each way
    pulses: {pulses}
    interval_s: {interval_s}    # from the start of a pulse to that of the next
    # biphasic: false
    # alternating: true
    cap_ma: {cap_ma}    # an arc: the pulse is cut
"""

_SPOTS: Final = """\
    technique: exfoliate
    pattern: square    # square, hexagonal or line
    spacing_mm: 5
    margin_mm: 1    # rim that stays free
    vacuum_kpa: {vacuum_kpa}
    dwell_ms: {dwell_ms}    # on one spot
    passes: 1
    interval_ms: {interval_ms}    # from spot to spot
"""

_MEASURE: Final = """\
    technique: measure
    carrier_hz: {carrier_hz}
"""

_TAIL: Final = """
# Where an advised limit is passed on purpose, say why; the record keeps it.
# reasons:
#   density: "..."
#   voltage: "..."
#   volt_time: "..."
"""
