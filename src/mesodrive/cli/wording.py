"""How a view reads: sentences and amounts for people, from the plain data of a view."""

import shlex
from pathlib import Path
from typing import Any, Final

from mesodrive import catalogue

UC_PER_MA_MIN: Final = 60_000
"""Charge is told in mA min, as doses of iontophoresis are."""

QUESTIONS = {
    "fitted": "ask-fitted",
    "arm": "ask-arm",
    "resume": "ask-resume",
    "clear": "ask-clear",
    "resolve": "ask-resolve",
}


def is_unsigned(view: dict[str, Any]) -> bool:
    """Tell whether people must know that a device delivers on messages that nobody signs."""
    return view["link"]["signed"] is False and not view["simulated"]


def line_faults(view: dict[str, Any]) -> str:
    """Return what has gone wrong on the line so far, empty for nothing."""
    link = view["link"]
    words = {
        "damaged": "damaged",
        "refused": "refused",
        "repeated": "sent again",
        "stale": "twice or too late",
    }
    return ", ".join(f"{link[key]} {word}" for key, word in words.items() if link[key])


def amount(value: int, unit: str) -> str:
    """Return an amount in people's units."""
    if unit == "nL":
        return f"{value / 1000:,.1f} uL"
    if unit == "uC":
        return f"{value / UC_PER_MA_MIN:,.3f} mA min"
    return f"{value:,} {unit}"


def counted(number: int, what: str) -> str:
    """Return a number of things, in the plural where it is not one."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def interval(low: int, high: int, unit: str) -> str:
    """Return what was delivered: one amount, or both ends where it is not known."""
    if low == high:
        return amount(low, unit)
    return f"[{amount(low, unit)}, {amount(high, unit)}]"


def progress(view: dict[str, Any]) -> str:
    """Return delivered and remaining count and amount in one line.

    What is delivered and what is to go come from the same bounds, so that they add up to the plan:
    an open unit counts in both intervals. Once every unit is done nothing is to go, also where a
    pulse let through less than its most.
    """
    unit, planned = view["amount_unit"], view["amount_planned"]
    done, total = view["units_confirmed"], view["units_total"]
    low, high = view["amount_lo"], view["amount_hi"]
    left = interval(max(0, planned - high), max(0, planned - low), unit)
    if done == total:
        left = amount(0, unit)
    return (
        f"{done} of {total} units confirmed, {total - done} to go; "
        f"{interval(low, high, unit)} delivered, {left} to go"
    )


def output(view: dict[str, Any]) -> str:
    """Return what flows and at which voltage, empty for a device without an electrical output."""
    if view["amount_unit"] != "uC":
        return ""
    return f"{view['current_ua'] / 1000:,.2f} mA at {view['voltage_uv'] / 1e6:,.1f} V"


def question(view: dict[str, Any]) -> str:
    """Return what the operator is asked for, empty for nothing."""
    code = QUESTIONS.get(view["awaiting"])
    if code is None:
        return ""
    facts = {
        "title": view["fit_title"],
        "reason": reason(view),
        "uncertain": uncertain(view) or "what the device has done since",
    }
    asked = catalogue.text(code, **facts)
    remedy = catalogue.remedy(code)
    typed = view.get("typed") if view["awaiting"] == "resolve" else ""
    return " ".join(part for part in (asked, remedy, typed) if part)


def uncertain(view: dict[str, Any]) -> str:
    """Return what may have been delivered or not: units, zone and most of it; empty for nothing."""
    unit = view["amount_unit"]
    return ", ".join(
        f"{counted(one['units'], 'unit')} "
        f"{'in zone ' + one['zone'] if one['zone'] else 'of priming'} "
        f"(0 to {amount(one['amount_hi'], unit)})"
        for one in view["uncertain"]
    )


def reason(view: dict[str, Any]) -> str:
    """Return why the device has stopped, in words."""
    return str(view["reason"]).replace("_", " ").lower()


def stop_line(view: dict[str, Any]) -> str:
    """Return what may be said about a stop; never more than the device has proven."""
    stop = view["stop"]
    if not stop:
        return ""
    code = "stop-" + stop.replace(" ", "-")
    return f"{catalogue.text(code)} {catalogue.remedy(code)}".strip()


def alarm_lines(view: dict[str, Any]) -> list[str]:
    """Return the active alarms, one line each, with what to do."""
    lines: list[str] = []
    for alarm in view["alarms"]:
        code = _told_closer(alarm["id"], view)
        times = f" ({alarm['times']} times)" if alarm["times"] > 1 else ""
        what = f"{catalogue.text(code)} {catalogue.remedy(code)}".strip()
        lines.append(f"{str(alarm['priority']).upper()}: {what}{times}")
    return lines


def _told_closer(code: str, view: dict[str, Any]) -> str:
    """Return the code to word: a line that closed before a word came is not a lost device."""
    early = view["problem"].get("reason") == "port-closed-early"
    return "port-closed-early" if code == "port-lost" and early else code


def problem_line(view: dict[str, Any]) -> str:
    """Return why the session was refused or ended, empty where all is well."""
    problem = dict(view["problem"])
    if not problem:
        return ""
    code = str(problem.pop("code", "problem"))
    facts = ", ".join(f"{name} {value}" for name, value in problem.items())
    told = _told_closer(code, view)
    if code == "case-limit":
        problem = {name: amount(value, view["amount_unit"]) for name, value in problem.items()}
    said = f"{catalogue.text(told, **problem)} {catalogue.remedy(told)}".strip()
    return f"{said} ({code}{': ' + facts if facts else ''})"


def go_on(log: Path | str) -> str:
    """Return the command that goes on from a log."""
    return f"mesodrive run --resume {shlex.quote(str(log))} --port PORT"
