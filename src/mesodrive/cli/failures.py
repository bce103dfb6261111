"""How an error reaches a person: one message with its remedy, one exit code, no traceback."""
# ruff: noqa: PLC0415 -- heavy imports wait until they are needed

import json
import os
import sys
from pathlib import Path
from typing import Any

import click

from mesodrive.errors import EXIT_OWN_ERROR


def report(error: Exception, *, as_json: bool) -> int:
    """Show an error; return the exit code.

    An error raised on purpose has a code, an exit code and mostly a remedy, whatever its class.
    Any other is ours: it goes to the diagnostic log with its traceback, and the file is named.
    """
    code: str | None = getattr(error, "code", None)
    exit_code = getattr(error, "exit_code", None)
    if not isinstance(code, str) or not isinstance(exit_code, int):
        return _report_ours(error, as_json=as_json)
    facts: dict[str, Any] = {"code": code, "text": str(error), "remedy": _remedy(error)}
    problems = getattr(error, "problems", ())
    if problems:
        facts["problems"] = [problem._asdict() for problem in problems]
    _show(facts, exit_code, as_json=as_json)
    return exit_code


def refused(facts: dict[str, Any], *, as_json: bool) -> int:
    """Show what the control process refused; return the exit code."""
    _show(facts, facts["exit_code"], as_json=as_json)
    return int(facts["exit_code"])


def _remedy(error: Exception) -> str:
    remedy = getattr(error, "remedy", "")
    # Several sentences of ours end with the remedy; it is not said twice.
    return "" if not remedy or remedy in str(error) else str(remedy)


def _show(facts: dict[str, Any], exit_code: int, *, as_json: bool) -> None:
    try:
        if as_json:
            click.echo(json.dumps({"error": {**facts, "exit_code": exit_code}}))
            return
        click.echo(f"mesodrive: {facts['text']}", err=True)
        if facts.get("remedy"):
            click.echo(f"  {facts['remedy']}", err=True)
    except OSError:
        # Nobody listens any more; the exit code still tells. Nor may the interpreter's last flush
        # of what could not be said change that code.
        with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
            for stream in (sys.stdout, sys.stderr):
                os.dup2(nowhere.fileno(), stream.fileno())


def _report_ours(error: Exception, *, as_json: bool) -> int:
    import logging

    from mesodrive.app.diagnostics import write_diagnostics
    from mesodrive.app.places import places

    try:
        where = str(write_diagnostics(places().diagnostics))
    except OSError as second:
        where = f"nowhere ({second})"
    logging.getLogger(__name__).error("not expected", exc_info=error)
    text = f"an error of ours: {type(error).__name__}. The details are in {where}"
    remedy = "Report it with that file; it holds no patient data."
    _show({"code": "internal", "text": text, "remedy": remedy}, EXIT_OWN_ERROR, as_json=as_json)
    return EXIT_OWN_ERROR
