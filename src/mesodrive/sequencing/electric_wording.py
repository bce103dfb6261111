"""What a zone of the transdermal unit gets, in words for pictures, sketches and the terminal."""

from typing import Final, assert_never

from mesodrive.limits.electric_shown import electric_shown
from mesodrive.sequencing.electric_zone import (
    PERMILLE,
    Burst,
    ElectricZone,
    Electroporation,
    Exfoliate,
    Iontophoresis,
    Measure,
)
from mesodrive.sequencing.planned import ElectricZoneEstimate
from mesodrive.units import from_base

US_PER_MIN: Final = 60_000_000


def setting(zone: ElectricZone) -> str:
    """Return what a zone is set to: level, waveform, dose."""
    match zone:
        case Iontophoresis():
            facts = [f"{from_base(zone.current_ua, 'ma')} direct, {zone.polarity}"]
            facts.append(electric_shown(zone.dose_uc, "uc"))
        case Burst():
            facts = _burst(zone)
        case Electroporation():
            facts = _pulses(zone)
        case Exfoliate():
            facts = [from_base(zone.vacuum_pa, "kpa"), f"{from_base(zone.dwell_us, 'ms')} a spot"]
            facts.append(f"{zone.passes} pass{'es' if zone.passes > 1 else ''}")
        case Measure():
            facts = [f"reading at {_carrier(zone.carrier_hz)}"]
        case _:
            assert_never(zone)
    return ", ".join(facts)


def _burst(zone: Burst) -> list[str]:
    side = f", {zone.polarity}" if zone.polarity else ""
    facts = [f"{from_base(zone.peak_ua, 'ma')} peak at {_carrier(zone.carrier_hz)}{side}"]
    if zone.gate_mhz:
        part = "" if zone.duty_permille == PERMILLE else f" for {_percent(zone.duty_permille)}"
        facts.append(f"gate {from_base(zone.gate_mhz, 'hz')}{part}")
    return [*facts, electric_shown(zone.dose_uc, "uc")]


def _pulses(zone: Electroporation) -> list[str]:
    words = [word for word in ("biphasic", "alternating") if getattr(zone, word)]
    number = f"{zone.pulses} pulse{'s' if zone.pulses > 1 else ''}"
    return [
        f"{number} of {from_base(zone.voltage_uv, 'v')} for {from_base(zone.width_us, 'ms')}",
        *words,
        f"one each {from_base(zone.interval_us, 's')}",
    ]


def expected(seen: ElectricZoneEstimate) -> str:
    """Return what to expect of a zone: time, charge against its limit, density, voltage, energy."""
    facts = [lasting(seen.time_us)]
    if seen.charge_uc:
        # A dose is what is programmed; of pulses only the most is known.
        most = "" if seen.compliance_uv else "at most "
        limit = f" of {charge(seen.limit_uc)}" if seen.limit_uc else ""
        facts.append(f"{most}{charge(seen.charge_uc)}{limit}")
    if seen.density_ua_cm2:
        facts.append(electric_shown(seen.density_ua_cm2, "ua_cm2"))
    if seen.compliance_uv:
        waits = f", waits at {_volts(seen.compliance_uv)}" if seen.waits else ""
        facts.append(f"about {_volts(seen.start_uv)} at the start{waits}")
    if seen.pulse_uj:
        facts.append(f"{electric_shown(seen.pulse_uj, 'uj')} a pulse into 500 ohm")
        facts.append(f"{electric_shown(seen.volt_us, 'v_us')} in all")
    return ", ".join(facts)


def charge(charge_uc: int) -> str:
    """Return a charge in mA min."""
    return electric_shown(charge_uc, "uc")


def lasting(us: int) -> str:
    """Return a time for people: ms, seconds with one decimal place, or minutes and seconds."""
    if us < 1_000_000:
        return from_base(us, "ms", digits_max=1)
    if us < 2 * US_PER_MIN:
        return from_base(us, "s", digits_max=1)
    minutes, rest_us = divmod(us, US_PER_MIN)
    return f"{minutes} min {rest_us // 1_000_000} s"


def _carrier(carrier_hz: int) -> str:
    return from_base(1_000 * carrier_hz, "khz" if carrier_hz >= 1_000 else "hz")


def _percent(permille: int) -> str:
    return from_base(permille, "percent")


def _volts(uv: int) -> str:
    return from_base(uv, "v", digits_max=1)
