"""What a transdermal unit, its electrode and a typical skin are made of, and what may be wrong."""

from dataclasses import dataclass, fields
from typing import Final

from mesodrive_simulator.sim_profile import SimProfile

OPEN_OHM: Final = 10_000_000
"""What every measurement shows where nothing conducts: the end of its scale."""
SHORT_OHM: Final = 5
"""A pair of electrodes that touch each other, leads included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ElectricModel:
    """The numbers of a profile that the plant needs; by default a bare output on typical skin."""

    skin_rs_ohm_cm2: int = 150
    skin_rp_ohm_cm2: int = 100_000
    skin_cp_nf_cm2: int = 20
    electrode_ohm: int = 0
    vacuum_rise_us: int = 0
    ambient_mc: int = 23_000
    electronics_rise_mc: int = 0
    thermal_tau_us: int = 0
    supply_uv: int = 12_000_000


def electric_model(profile: SimProfile) -> ElectricModel:
    """Take from a profile what the plant needs; a null is 0.

    Args:
        profile: Of the family of transdermal units.
    """
    return ElectricModel(
        **{item.name: getattr(profile, item.name) or 0 for item in fields(ElectricModel)}
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ElectricFaults:
    """What is broken; the default is a machine and an electrode in good order."""

    open_electrode: bool = False
    """A lead is torn off: nothing conducts."""
    shorted: bool = False
    """The electrodes touch: `SHORT_OHM` whatever lies between."""
    area_permille: int = 0
    """Part of the electrode's area that has come off the skin; 1000 is all of it."""
    intermittent_us: int = 0
    """A lead that breaks once in every such time, counted from 0 of the plant's clock; 0: never."""
    intermittent_open_us: int = 0
    """How long each such break lasts."""
    dry_ohm_s: int = 0
    """How much the series resistance grows in a second, from the instant when this is set."""
    switch_stuck: bool = False
    """The pulse switch does not open: only the one-shot behind it ends the pulse."""
    width_permille: int = 1000
    """Real width of a pulse in parts of the commanded one."""
    double_pulse: bool = False
    """Each pulse is followed by another one that nobody commanded."""
    arc: bool = False
    """The next pulses strike through air along the skin."""
    leak_ua: int = 0
    """What flows through a switched-off output on skin."""
    vacuum_leak_permille: int = 0
    """Part of the vacuum that a worn seal lets in."""
    sensor_stuck_ua: int | None = None
    """What the current sensor shows for ever; None for a good sensor."""
    integrator_permille: int = 1000
    """What the device's charge integrator counts of each thousand that flowed."""
