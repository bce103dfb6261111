"""How an error reaches a person: one message with its remedy, one exit code, no traceback."""
# ruff: noqa: PLC0415 -- heavy imports wait until they are needed

import contextlib
import errno
import json
import os
import sys
from pathlib import Path
from typing import Any, Final, TextIO

import click

from mesodrive.errors import EXIT_DONE, EXIT_OWN_ERROR, EXIT_USAGE


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
    remedy = facts.get("remedy", "")
    once = {**facts, "remedy": "" if remedy in facts["text"] else remedy}
    _show(once, facts["exit_code"], as_json=as_json)
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
        # Nobody listens any more; the exit code still tells.
        silence(sys.stdout, sys.stderr)


def silence(*streams: TextIO) -> None:
    """Lead streams that cannot be written to nowhere.

    Else the interpreter's last flush of what could not be said changes the exit code.
    """
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        for stream in streams:
            with contextlib.suppress(OSError, ValueError):
                os.dup2(nowhere.fileno(), stream.fileno())


OUTPUT_ERRORS: Final = (errno.ENOSPC, errno.EIO, errno.EBADF, errno.EFBIG, errno.EPIPE)
"""What writing to a stream can fail with; a file of ours that fails so has its name with it."""


def is_of_output(error: Exception) -> bool:
    """Tell whether an error comes from writing to standard output."""
    return (
        isinstance(error, OSError)
        and error.errno in OUTPUT_ERRORS
        and error.filename is None
        and not hasattr(error, "code")
    )


def report_output(error: Exception) -> int:
    """Say that the output cannot be written; a reader who has seen enough needs no word."""
    silence(sys.stdout)
    if isinstance(error, BrokenPipeError):
        return EXIT_DONE
    try:
        said = getattr(error, "strerror", "") or str(error)
        click.echo(f"mesodrive: output cannot be written: {said}", err=True)
    except OSError:
        silence(sys.stderr)
    return EXIT_USAGE


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
