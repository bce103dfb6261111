"""Plans for the transdermal unit in their parts, and the session that each becomes."""

import json
from pathlib import Path
from typing import Any

from mesodrive.plan_store import LoadedPlan, parse_plan
from mesodrive.profile.transdermal_models import TransdermalProfile
from mesodrive.sequencing.electric_plan import TransdermalPlan
from mesodrive.sequencing.planned import ElectricPlanned
from mesodrive.sequencing.planner import Identity, make_session
from mesodrive.sequencing.refusal import PlanRefused
from support.profiles import transdermal

TODAY = "2026-06-01"
EXAMPLES = Path(__file__).parents[2] / "examples"

Data = dict[str, Any]


def pad(**changes: object) -> Data:
    """Return a rectangle of 30 by 30 mm, which holds 8 cm2."""
    return {"type": "rectangle", "width_mm": 30, "height_mm": 30} | changes


def current(**changes: object) -> Data:
    """Return 2 mA for 2 mA min: ramps of 5 s and 55 s between them."""
    return _merged(
        {
            "name": "Arm",
            "place": "forearm",
            "shape": pad(),
            "technique": "iontophoresis",
            "current_ma": 2,
            "dose_ma_min": 2,
            "polarity": "anode",
            "ramp_s": 5,
            "compliance_v": 40,
            "trigger": "held",
        },
        changes,
    )


def burst(**changes: object) -> Data:
    """Return bursts of 4 mA, half of the time, for 1 mA min."""
    return _merged(
        {
            "name": "Cheek",
            "place": "cheek",
            "shape": pad(),
            "technique": "burst",
            "peak_ma": 4,
            "dose_ma_min": 1,
            "carrier_hz": 2000,
            "gate_hz": 2,
            "duty_percent": 50,
            "ramp_s": 5,
            "compliance_v": 50,
            "trigger": "held",
        },
        changes,
    )


def pulses(**changes: object) -> Data:
    """Return six pulses of 60 V and a millisecond."""
    return _merged(
        {
            "name": "Pulses",
            "place": "forearm",
            "shape": pad(),
            "technique": "electroporation",
            "voltage_v": 60,
            "width_ms": 1,
            "pulses": 6,
            "interval_s": 2,
            "cap_ma": 600,
            "trigger": "held",
        },
        changes,
    )


def exfoliation(**changes: object) -> Data:
    """Return two passes over 25 spots."""
    return _merged(
        {
            "name": "Exfoliation",
            "place": "cheek",
            "shape": pad(),
            "technique": "exfoliate",
            "pattern": "square",
            "spacing_mm": 6,
            "margin_mm": 3,
            "vacuum_kpa": 27,
            "dwell_ms": 300,
            "passes": 2,
            "interval_ms": 700,
            "trigger": "held",
        },
        changes,
    )


def reading(**changes: object) -> Data:
    """Return one reading of the impedance."""
    return _merged(
        {
            "name": "Reading",
            "place": "cheek",
            "shape": pad(),
            "technique": "measure",
            "carrier_hz": 20000,
            "trigger": "held",
        },
        changes,
    )


def ionto_plan(*zones: Data, **changes: object) -> Data:
    """Return a plan for the unit with direct current; None leaves a key out."""
    return _plan("ionto-unit", "pad-8cm2", zones or (current(),), changes)


def burst_plan(*zones: Data, **changes: object) -> Data:
    """Return a plan for the unit with bursts and exfoliation."""
    return _plan("burst-unit", "cap-8cm2", zones or (burst(),), changes)


def pulse_plan(*zones: Data, **changes: object) -> Data:
    """Return a plan for the unit with pulses."""
    return _plan("pulse-unit", "plate-4cm2", zones or (pulses(),), changes)


def _plan(profile: str, electrode: str, zones: tuple[Data, ...], changes: Data) -> Data:
    plain = {
        "schema": 1,
        "treatment": "T-1",
        "profile": profile,
        "electrode": {"name": electrode, "lot": "L-7"},
        "skin": "intact",
        "contraindications_checked": True,
        "zones": list(zones),
    }
    return _merged(plain, changes)


def _merged(plain: Data, changes: Data) -> Data:
    return {key: value for key, value in (plain | changes).items() if value is not None}


def loaded(data: Data) -> LoadedPlan:
    """Return data as a plan that was read from a file; JSON is YAML."""
    return parse_plan(json.dumps(data, indent=1), file="plan.yaml")


def read(data: Data) -> TransdermalPlan:
    """Return data as a plan for the transdermal unit."""
    plan = loaded(data).plan
    assert isinstance(plan, TransdermalPlan)
    return plan


def planned(data: Data, *, profile: TransdermalProfile | None = None) -> ElectricPlanned:
    """Return the session of a plan on its own profile, or on the one given."""
    source = loaded(data)
    assert isinstance(source.plan, TransdermalPlan)
    return make_session(
        source.plan,
        profile or transdermal(source.plan.profile),
        today=TODAY,
        identity=Identity(nonce=1, case=2, first_rid=3),
        document=source.document,
    )


def refusal(data: Data, *, profile: TransdermalProfile | None = None) -> PlanRefused:
    """Return the refusal of a plan.

    Raises:
        AssertionError: If it is not refused.
    """
    try:
        planned(data, profile=profile)
    except PlanRefused as refused:
        return refused
    raise AssertionError("the plan is not refused")


def refused(data: Data, *, profile: TransdermalProfile | None = None) -> list[tuple[str, str]]:
    """Return code and field of each refusal, in the order of the document; empty for none."""
    try:
        planned(data, profile=profile)
    except PlanRefused as found:
        return [(problem.code, problem.field) for problem in found.problems]
    return []
