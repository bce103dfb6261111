"""What to expect of each zone of a transdermal plan: time, density, voltage, energy, charge."""

from math import hypot, pi
from typing import Final

from mesodrive.limits import ElectricEnvelope, Electrode
from mesodrive.limits.current_rules import density_of
from mesodrive.limits.pulse_rules import energy_of, volt_us_of
from mesodrive.profile.transdermal_models import ElectricSimulation
from mesodrive.sequencing import electric_programs, extent
from mesodrive.sequencing.electric_zone import (
    Burst,
    Drive,
    DrivenZone,
    ElectricZone,
    Electroporation,
    Exfoliate,
    Iontophoresis,
)
from mesodrive.sequencing.planned import ElectricZoneEstimate

MM2_PER_CM2: Final = 100


def start_uv(drive: Drive, area_mm2: int, skin: ElectricSimulation) -> int:
    """Return the voltage that a current needs on rested skin, an estimate.

    A sine through a resistance in series with a leaking capacitor, all for the electrode's area.

    Args:
        drive: The current.
        area_mm2: Area through which it goes.
        skin: What the profile assumes of skin.
    """
    turns = 2 * pi * drive.carrier_hz * skin.skin_rp_ohm_cm2 * skin.skin_cp_nf_cm2 / 1e9
    leaking = skin.skin_rp_ohm_cm2 / (1 + turns * turns)
    ohm_cm2 = hypot(skin.skin_rs_ohm_cm2 + leaking, leaking * turns)
    ohm = ohm_cm2 * MM2_PER_CM2 / area_mm2 + skin.electrode_ohm
    return round(abs(drive.current_ua) * ohm)


def zone_estimate(
    zone: ElectricZone,
    spots: int,
    env: ElectricEnvelope,
    electrode: Electrode,
    skin: ElectricSimulation,
) -> ElectricZoneEstimate:
    """Return what to expect of one zone.

    Args:
        zone: The zone.
        spots: Spots of its pattern, of no matter where the electrode stays.
        env: The device.
        electrode: What is fitted.
        skin: What the profile assumes of skin.
    """
    plain = ElectricZoneEstimate(
        name=zone.name,
        technique=zone.technique,
        units=electric_programs.units_of(zone, spots, env),
        time_us=electric_programs.READING_US,
        area_mm2=electrode.area_mm2,
        charge_uc=0,
        limit_uc=0,
        peak_ua=0,
        density_ua_cm2=0,
        start_uv=0,
        compliance_uv=0,
        pulse_uj=0,
        volt_us=0,
    )
    match zone:
        case Iontophoresis() | Burst():
            return _driven(plain, zone, env, skin)
        case Electroporation():
            return _pulsed(plain, zone, env)
        case Exfoliate():
            area_mm2, time_us = extent.area_mm2(zone), plain.units * zone.interval_us
            return plain._replace(area_mm2=area_mm2, time_us=time_us)
        case _:
            return plain


def _driven(
    plain: ElectricZoneEstimate, zone: DrivenZone, env: ElectricEnvelope, skin: ElectricSimulation
) -> ElectricZoneEstimate:
    drive = zone.drive
    level_us = electric_programs.slices_of(zone, env).level_us
    return plain._replace(
        time_us=2 * drive.ramp_us + level_us,
        charge_uc=drive.dose_uc,
        limit_uc=env.session_uc_max or 0,
        peak_ua=abs(drive.current_ua),
        density_ua_cm2=density_of(drive.mean_ua, plain.area_mm2),
        start_uv=start_uv(drive, plain.area_mm2, skin),
        compliance_uv=drive.compliance_uv,
    )


def _pulsed(
    plain: ElectricZoneEstimate, zone: Electroporation, env: ElectricEnvelope
) -> ElectricZoneEstimate:
    each_uc = -(-zone.cap_ua * zone.width_us // 1_000_000)
    return plain._replace(
        time_us=(zone.pulses - 1) * zone.interval_us + zone.width_us,
        charge_uc=zone.pulses * each_uc,
        limit_uc=env.session_uc_max or 0,
        pulse_uj=energy_of(zone.voltage_uv, zone.width_us),
        volt_us=volt_us_of(zone.voltage_uv, zone.width_us, zone.pulses),
    )
