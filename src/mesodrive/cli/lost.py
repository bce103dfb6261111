"""What is left to say when the control process has gone: what its log proves, and where it is."""

import json
from pathlib import Path
from typing import Any

import click

from mesodrive.cli.attend import SessionLostError
from mesodrive.cli.failures import report
from mesodrive.cli.log import opened
from mesodrive.cli.wording import go_on, interval
from mesodrive.errors import EXIT_OPEN_INTERVAL, MesodriveError
from mesodrive.session.account import LogAccount, account


def report_lost(error: SessionLostError, *, as_json: bool) -> int:
    """Show the loss and what the log says was delivered.

    Returns:
        7 where something may have been delivered and is not proven, else 70.
    """
    code = report(error, as_json=as_json)
    if not error.log:
        return code
    path = Path(error.log)
    try:
        with opened(path) as data:
            found = account(data)
    except MesodriveError as unreadable:
        # Nothing can be said of what was delivered, so it must not count as known.
        report(unreadable, as_json=as_json)
        return EXIT_OPEN_INTERVAL
    is_open = found.units_open > 0 or found.lo != found.hi
    _show(found, path, as_json=as_json)
    return EXIT_OPEN_INTERVAL if is_open else code


def _show(found: LogAccount, path: Path, *, as_json: bool) -> None:
    if as_json:
        facts: dict[str, Any] = {"type": "lost", "log": str(path), "account": found.to_json()}
        click.echo(json.dumps(facts))
        return
    doubt = f"; {found.units_open} units without a record" if found.units_open else ""
    click.echo(f"  Delivered  {interval(found.lo, found.hi, found.unit)}, by the log{doubt}")
    click.echo(f"  Log        {path}")
    click.echo(f"  Go on      {go_on(path)}")
