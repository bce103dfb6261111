"""What the log of a session that goes on proves, in plain words, before anything is sent."""

import json
from collections.abc import Iterator
from itertools import groupby
from typing import Final

import click

from mesodrive.cli.wording import amount, counted, interval
from mesodrive.session.evidence import Evidence, UncertainUnit

_WORDS: Final = {"nL": "prick", "strokes": "train", "uC": "unit"}
"""What a unit is called, by the unit of its amount."""
NUMBERS_MAX: Final = 12
"""More numbers of pricks than this in one line say less than how many there are."""


def show_evidence(found: Evidence, *, as_json: bool) -> None:
    """Print what is certain, what is not, and what will be offered."""
    if as_json:
        click.echo(json.dumps({"type": "evidence", **found.to_json()}))
        return
    for line in _lines(found):
        click.echo(line)


def _lines(found: Evidence) -> Iterator[str]:
    unit = found.unit
    device = f" on {found.serial}" if found.serial else ""
    yield f"Going on with treatment {found.treatment_id}{device}, from its log."
    done = f"{found.units_done} of {found.units_total} units delivered wholly"
    short = f", {found.units_short} ended short of their dose" if found.units_short else ""
    yield (
        f"  Certain    {done}{short}; {interval(found.amount_lo, found.amount_hi, unit)} "
        f"of {amount(found.amount_planned, unit)} planned"
    )
    if found.uncertain:
        for zone, units in groupby(found.uncertain, lambda one: one.zone):
            yield f"  Uncertain  {_uncertain(zone, list(units), unit)}"
        yield "             The device's own journal is asked first."
    else:
        yield "  Uncertain  nothing"
    left = counted(found.units_left, "unit")
    yield f"  Left       {left} certainly not begun"
    yield "  Offered    to finish what is left, or to close the session with Ctrl-C."
    if found.uncertain:
        yield (
            "             What stays uncertain is skipped and never repeated; somebody has to "
            "answer for it."
        )


def _uncertain(zone: str, units: list[UncertainUnit], unit: str) -> str:
    numbers = ", ".join(str(one.number) for one in units[:NUMBERS_MAX])
    more = f" and {len(units) - NUMBERS_MAX} more" if len(units) > NUMBERS_MAX else ""
    least, most = sum(one.lo for one in units), sum(one.hi for one in units)
    what = _WORDS[unit]
    plural = "s" if len(units) > 1 else ""
    return f"{what}{plural} {numbers}{more} of zone {zone}: {interval(least, most, unit)}"
