"""What earlier sessions of a treatment gave, in plain words, beside a plan that counts them."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

import click

from mesodrive.app.handover import Handover
from mesodrive.app.prepare import Checked
from mesodrive.cli.wording import amount, counted, interval
from mesodrive.document_text import escaped
from mesodrive.profile.limits_models import HardLimits
from mesodrive.sequencing.earlier import EarlierSession, from_json, together
from mesodrive.sequencing.planned import AnyPlanned, Planned


def earlier_json(earlier: Iterable[EarlierSession]) -> list[dict[str, Any]]:
    """Return earlier sessions for `--json`, with the names of their files."""
    return [{"log": one.name, **one.to_json()} for one in earlier]


def with_earlier(checked: Checked) -> list[str]:
    """Return each earlier session, and what all come to with the plan; nothing where it is alone.

    Args:
        checked: The plan and those before it.
    """
    if not checked.earlier:
        return []
    return [*map(_line, checked.earlier), *_common(checked)]


def _line(one: EarlierSession) -> str:
    doubt = f", {counted(one.units_open, 'unit')} open" if one.units_open else ""
    ended = escaped(one.ending) or "no end"
    return f"after {escaped(one.name)}: {ended}, {interval(one.lo, one.hi, one.unit)}{doubt}"


def _common(checked: Checked) -> Iterator[str]:
    """Yield what plan and earlier sessions come to at most, for each unit."""
    unit, planned = _planned(checked.planned)
    sums = together(checked.earlier)
    sums.setdefault(unit, (0, 0))
    hard = checked.profile.profile.hard_limits
    limit = hard.session_nl_max if isinstance(hard, HardLimits) else hard.session_uc_max
    for each, (_, hi) in sums.items():
        own = each == unit
        most = f" of at most {amount(limit, unit)}" if own and limit and unit != "strokes" else ""
        yield f"together at most {amount(hi + (planned if own else 0), each)}{most}"


def _planned(planned: AnyPlanned) -> tuple[str, int]:
    """Return unit and amount that a plan adds."""
    if not isinstance(planned, Planned):
        return "uC", planned.estimates.charge_uc
    if planned.plan.delivers:
        return "nL", planned.estimates.volume_nl
    units = [zone.units for zone in planned.estimates.zones]
    runs = zip(planned.plan.zones, units, strict=True)
    return "strokes", sum(zone.strokes * number for zone, number in runs)


def show_earlier(handover: Handover, *, as_json: bool) -> None:
    """Print what was counted before a session begins."""
    found = [from_json(one) for one in handover.earlier]
    sums = together(found)
    if as_json:
        facts = {unit: {"lo": lo, "hi": hi} for unit, (lo, hi) in sums.items()}
        click.echo(json.dumps({"type": "earlier", "sessions": handover.earlier, "totals": facts}))
        return
    said = ", ".join(interval(lo, hi, unit) for unit, (lo, hi) in sums.items())
    count = counted(len(found), "earlier session")
    click.echo(f"After {count} of treatment {handover.spec['treatment_id']}: {said}.")
