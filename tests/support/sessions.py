"""Plans in their parts, and the session that a plan becomes."""

import json
from pathlib import Path
from typing import Any

from mesodrive.plan_store import LoadedPlan, parse_plan
from mesodrive.profile.models import DeviceProfile
from mesodrive.sequencing.plan import Plan
from mesodrive.sequencing.planned import Planned
from mesodrive.sequencing.planner import Identity, make_session
from mesodrive.sequencing.refusal import PlanRefused
from support.profiles import injector

TODAY = "2026-06-01"
EXAMPLES = Path(__file__).parents[2] / "examples"

Data = dict[str, Any]


def shape(**changes: object) -> Data:
    """Return a rectangle of 45 by 35 mm: 9 by 7 points at 5 mm with a margin of 2.5 mm."""
    return {"type": "rectangle", "width_mm": 45, "height_mm": 35} | changes


def zone(**changes: object) -> Data:
    """Return a zone of 63 pricks."""
    plain = {
        "name": "Cheek",
        "shape": shape(),
        "technique": "nappage",
        "pattern": "square",
        "spacing_mm": 5,
        "margin_mm": 2.5,
        "depth_mm": 1.5,
        "dose_ul": 4,
        "flow_ul_s": 100,
        "rate_per_s": 5,
        "trigger": "held",
    }
    return _merged(plain, changes)


def needling_zone(**changes: object) -> Data:
    """Return a zone for the pen."""
    plain = {
        "name": "Forehead",
        "shape": shape(),
        "technique": "needling",
        "pattern": "square",
        "spacing_mm": 5,
        "depth_mm": 1,
        "rate_hz": 100,
        "strokes": 10,
        "rate_per_s": 4,
        "trigger": "held",
    }
    return _merged(plain, changes)


def lot(**changes: object) -> Data:
    """Return the whole of a mixture."""
    plain = {
        "lot": "L-1",
        "expiry": "2027-03-31",
        "fraction_percent": 100,
        "max_ml_per_session": 8,
    }
    return plain | changes


def plan(**changes: object) -> Data:
    """Return a plan for the nappage gun that keeps every limit; None leaves a key out."""
    plain = {
        "schema": 1,
        "treatment": "T-1",
        "profile": "nappage-gun",
        "product": {"name": "Saline", "lots": [lot()]},
        "needle": "30G-4",
        "syringe": {"name": "5mL", "fill_ml": 4},
        "prime_ul": 50,
        "zones": [zone()],
    }
    return _merged(plain, changes)


def pen_plan(**changes: object) -> Data:
    """Return a plan for the needling pen that keeps every limit."""
    bare = plan(
        profile="needling-pen",
        product=None,
        syringe=None,
        prime_ul=None,
        needle="32G-2.5",
        zones=[needling_zone()],
    )
    return _merged(bare, changes)


def _merged(plain: Data, changes: Data) -> Data:
    return {key: value for key, value in (plain | changes).items() if value is not None}


def loaded(data: Data) -> LoadedPlan:
    """Return data as a plan that was read from a file; JSON is YAML."""
    return parse_plan(json.dumps(data, indent=1), file="plan.yaml")


def planned(data: Data, *, profile: DeviceProfile | None = None, today: str = TODAY) -> Planned:
    """Return the session of an injector's plan on its own profile, or on the one given."""
    read = loaded(data)
    assert isinstance(read.plan, Plan)
    device = profile or injector(read.plan.profile)
    identity = Identity(nonce=1, case=2, first_rid=3)
    return make_session(read.plan, device, today=today, identity=identity, document=read.document)


def refusal(data: Data, *, profile: DeviceProfile | None = None, today: str = TODAY) -> PlanRefused:
    """Return the refusal of a plan.

    Raises:
        AssertionError: If it is not refused.
    """
    try:
        planned(data, profile=profile, today=today)
    except PlanRefused as refused:
        return refused
    raise AssertionError("the plan is not refused")


def refused_codes(data: Data, *, today: str = TODAY) -> list[str]:
    """Return the codes of a refusal, in the order of the document; empty if it is not refused."""
    try:
        planned(data, today=today)
    except PlanRefused as refused:
        return [found.code for found in refused.violations]
    return []
