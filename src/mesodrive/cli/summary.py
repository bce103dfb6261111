"""What a person takes away from a session: counts, amounts, duration, the log."""

import json
from pathlib import Path
from typing import Any, Final

import click

from mesodrive import catalogue
from mesodrive.cli import wording
from mesodrive.cli.attend import Outcome
from mesodrive.cli.log import opened
from mesodrive.errors import MesodriveError
from mesodrive.session.account import log_events
from mesodrive.session.walk import Walk


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
        "clears_used_up": _clears_used_up(facts, last.get("log", "")),
        "duration_s": round(duration_s, 3),
        "log": last.get("log", ""),
        "log_whole": last.get("log_whole", False),
        "log_head": last.get("head", ""),
    }


def _clears_used_up(facts: dict[str, Any], log: str) -> bool:
    """Tell whether a fault stays because it was cleared as often as it may be; the log says so."""
    if facts["ending"] != "faulted" or not log:
        return False
    try:
        with opened(Path(log)) as data:
            events = [event.facts for event in log_events(Walk(data))]
    except MesodriveError:
        return False
    # A clear that the device itself refused, since its cause still stands, has counted nothing.
    return any(event.get("event") == "clear_refused" and event.get("times") for event in events)


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
        text = catalogue.text("left-latched", reason=wording.reason(facts))
        remedy = USED_UP if facts["clears_used_up"] else catalogue.remedy("left-latched")
        lines.append(f"  {text} {remedy}")
    if facts["units_total"]:
        uncertain, short = _uncertain_doses(facts), _missing(facts)
        doubt = f", {uncertain} uncertain" if uncertain else ""
        if facts["ending"] == "completed" and short:
            doubt += f", {short} ended short of their dose"
        lines.append(f"  Units      {facts['units_confirmed']} of {facts['units_total']}{doubt}")
        if facts["uncertain"]:
            waste = "; what primes take is waste" if _uncertain_primes(facts) else ""
            lines.append(f"  Uncertain  {wording.uncertain(facts)}{waste}")
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
    elsewhere = (facts["problem"] or {}).get("code") == ELSEWHERE
    if facts["ending"] != "completed" and _missing(facts) and not elsewhere:
        lines.append(f"  Go on      {wording.go_on(facts['log'])}")
    return lines


def _missing(facts: dict[str, Any]) -> int:
    """Return how many units are neither delivered wholly nor uncertain."""
    return int(facts["units_total"] - facts["units_confirmed"]) - _uncertain_doses(facts)


def _uncertain_doses(facts: dict[str, Any]) -> int:
    """Return how many of the planned units are uncertain."""
    return int(facts["units_uncertain"]) - _uncertain_primes(facts)


def _uncertain_primes(facts: dict[str, Any]) -> int:
    """Return how many uncertain units are of priming, which no planned unit is."""
    return sum(int(one["units"]) for one in facts["uncertain"] or () if not one["zone"])


ELSEWHERE: Final = "resumed-elsewhere"
"""Another log is to be gone on from then, not this one."""

USED_UP: Final = (
    "Remove the cause. Three clears of the same fault in ten minutes are used up: run again with "
    "--clear no sooner than ten minutes after the first of them."
)
"""What to do where one more clear is refused (STP-07)."""

_BESIDE: Final = {
    "amount_excess": "Excess     {} measured above what was programmed",
    "amount_waste": "Primed     {} at most",
}
"""Amounts that are told where there are any."""


def _stop(facts: dict[str, Any]) -> str:
    if facts["stop"] == "confirmed":
        return f"confirmed by the device after {facts['stop_latency_ns'] / 1e6:.0f} ms"
    return f"{catalogue.text('stop-not-confirmed')} {catalogue.HARDWARE_SWITCH}"
