"""What a person takes away from a session: counts, amounts, duration, the log."""

import json
from typing import Any, Final

import click

from mesodrive import catalogue
from mesodrive.cli import wording
from mesodrive.cli.attend import Outcome


def summary(outcome: Outcome, duration_s: float) -> dict[str, Any]:
    """Return the facts of a session that has ended."""
    view, last = outcome.view or {}, outcome.last
    facts = {
        name: view.get(name)
        for name in (
            "ending",
            "simulated",
            "model",
            "serial",
            "units_total",
            "units_confirmed",
            "units_uncertain",
            "uncertain",
            "amount_unit",
            "amount_lo",
            "amount_hi",
            "amount_excess",
            "amount_planned",
            "amount_waste",
            "stop",
            "stop_latency_ns",
            "problem",
            "device_state",
            "reason",
        )
    }
    return {
        "type": "summary",
        "exit_code": last["exit_code"],
        **facts,
        "duration_s": round(duration_s, 3),
        "log": last.get("log", ""),
        "log_whole": last.get("log_whole", False),
        "log_head": last.get("head", ""),
    }


def show_summary(facts: dict[str, Any], *, as_json: bool) -> None:
    """Print the facts: as one JSON line, or as a short paragraph."""
    if as_json:
        click.echo(json.dumps(facts))
        return
    for line in _lines(facts):
        click.echo(line)


def _lines(facts: dict[str, Any]) -> list[str]:
    unit = facts["amount_unit"] or ""
    lines = ["", f"Session {facts['ending'] or 'ended without a device'}."]
    if facts["simulated"]:
        lines.append(f"  {catalogue.text('simulated')}")
    if facts["problem"]:
        lines.append(f"  {wording.problem_line(facts)}")
    if facts["device_state"] == "latched":
        reason = wording.reason(facts)
        said = f"{catalogue.text('left-latched', reason=reason)} {catalogue.remedy('left-latched')}"
        lines.append(f"  {said}")
    if facts["units_total"]:
        uncertain, short = facts["units_uncertain"], _missing(facts)
        doubt = f", {uncertain} uncertain" if uncertain else ""
        if facts["ending"] == "completed" and short:
            doubt += f", {short} ended short of their dose"
        lines.append(f"  Units      {facts['units_confirmed']} of {facts['units_total']}{doubt}")
        if facts["uncertain"]:
            lines.append(f"  Uncertain  {wording.uncertain(facts)}")
        delivered = wording.interval(facts["amount_lo"], facts["amount_hi"], unit)
        planned = wording.amount(facts["amount_planned"], unit)
        lines.append(f"  Delivered  {delivered} of {planned} planned")
        for name, said in _BESIDE.items():
            if facts[name]:
                lines.append(f"  {said.format(wording.amount(facts[name], unit))}")
    lines.append(f"  Duration   {facts['duration_s']:.1f} s")
    if facts["stop"]:
        lines.append(f"  Stop       {_stop(facts)}")
    return lines + _where(facts)


def _where(facts: dict[str, Any]) -> list[str]:
    """Say where the log is, and how to go on from it where something is left."""
    if not facts["log"]:
        return []
    lines = [f"  Log        {facts['log']}{'' if facts['log_whole'] else ' (NOT wholly on disk)'}"]
    if facts["ending"] != "completed" and _missing(facts):
        lines.append(f"  Go on      {wording.go_on(facts['log'])}")
    return lines


def _missing(facts: dict[str, Any]) -> int:
    """Return how many units are neither delivered wholly nor uncertain."""
    return int(facts["units_total"] - facts["units_confirmed"] - facts["units_uncertain"])


_BESIDE: Final = {
    "amount_excess": "Excess     {} measured above what was programmed",
    "amount_waste": "Primed     {} at most",
}
"""Amounts that are told where there are any."""


def _stop(facts: dict[str, Any]) -> str:
    if facts["stop"] == "confirmed":
        return f"confirmed by the device after {facts['stop_latency_ns'] / 1e6:.0f} ms"
    return f"{catalogue.text('stop-not-confirmed')} {catalogue.HARDWARE_SWITCH}"
