"""Defects of current and pulses, in driver and device: each a burn or a shock in the making."""

from typing import Final

from mutants.planting import Mutant

_CORE: Final = "mesodrive.core"
_LIMITS: Final = "mesodrive.limits"
_FIRMWARE: Final = "mesodrive_simulator.firmware"

ELECTRIC_MUTANTS: Final = (
    Mutant(
        "density-of-no-area",
        "The driver takes any current for any electrode.",
        f"{_LIMITS}.current_rules:density_of",
        "mean_ua * MM2_PER_CM2",
        "mean_ua",
    ),
    Mutant(
        "device-density-of-no-area",
        "The device takes any current for any electrode.",
        f"{_FIRMWARE}.electric_limits:ElectricLimits._check_level",
        "mean_ua * 100",
        "mean_ua",
    ),
    Mutant(
        "charge-ends-nothing",
        "A slice goes on to its time though it has its charge.",
        f"{_FIRMWARE}.slices:SliceUnit._aim",
        "reaches_ns < _NEVER_NS",
        "reaches_ns < 0",
    ),
    Mutant(
        "host-integrator-believes",
        "The driver's own integrator never differs from the device's record.",
        f"{_CORE}.traces:Traces._differs",
        "if not too_much",
        "if True or not too_much",
    ),
    Mutant(
        "ramp-is-a-step",
        "The output jumps to its level.",
        f"{_FIRMWARE}.slices:SliceUnit._drive",
        "ramp_us = max(1, step.ramp_us)",
        "ramp_us = 1",
    ),
    Mutant(
        "open-circuit-is-fine",
        "An electrode that has come off goes unseen.",
        f"{_FIRMWARE}.load_watch:LoadWatch.look",
        "ohm > self._ohm_max",
        "False",
    ),
    Mutant(
        "short-circuit-is-fine",
        "A shorted output goes unseen.",
        f"{_FIRMWARE}.load_watch:LoadWatch.look",
        "ohm < self._ohm_min",
        "False",
    ),
    Mutant(
        "too-much-current-is-fine",
        "More current than was asked for goes unseen.",
        f"{_FIRMWARE}.load_watch:LoadWatch.look",
        "if not -self.most_ua <= current_ua <= self.most_ua",
        "if False",
    ),
    Mutant(
        "no-time-for-the-level",
        "A level that is never reached is waited for without an end.",
        f"{_FIRMWARE}.load_watch:LoadWatch.look",
        "us > self._reached_us + self._late_us",
        "False",
    ),
    Mutant(
        "fault-is-no-hurry",
        "A fault lets a current come down as slowly as a stop by people does.",
        f"{_FIRMWARE}.electric_stops:ElectricStops._act",
        "plant.cut(now_ns)",
        "plant.ramp_off(now_ns, STOP_RAMP_NS)",
    ),
    Mutant(
        "wide-pulse-is-fine",
        "A pulse that was too wide is recorded and the next one follows.",
        f"{_FIRMWARE}.electric_unit:ElectricUnit._end_pulse",
        "width_us * 10 > step.width_us * 11",
        "False",
    ),
    Mutant(
        "no-one-shot-timer",
        "The timer of the power stage opens a switch that sticks a second too late.",
        "mesodrive_simulator.plant.pulse_limb:build",
        "order.width_ns // 10 + ONE_SHOT_NS",
        "1000000000",
    ),
)
