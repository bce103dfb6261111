"""What is left to say when the control process has gone: what its log proves, and where it is."""

import json
from pathlib import Path
from typing import Any, Final, NamedTuple

import click

from mesodrive.cli.attend import Outcome, SessionLostError
from mesodrive.cli.failures import report
from mesodrive.cli.log import opened
from mesodrive.cli.wording import counted, go_on, interval
from mesodrive.core.driver import DriverCore
from mesodrive.errors import EXIT_OPEN_INTERVAL, MesodriveError
from mesodrive.session.account import LogAccount, account
from mesodrive.session.begin import Begin
from mesodrive.session.rebuild import driver_core
from mesodrive.session.replay import replay

LET_GO: Final = (
    "The session went on without this client and came to its end; what follows is from its log."
)


class EndByLog(NamedTuple):
    """How a session ended that this client saw only a part of."""

    outcome: Outcome
    duration_s: float


def end_by_log(error: SessionLostError) -> EndByLog | None:
    """Return how a session ended by its log; None where the log has no sealed end.

    A client that stood still for a while is let go, and the session is stopped without it. The
    log is fed to a fresh driver, which comes to the very view that the client has missed.
    """
    if not error.log:
        return None
    path = Path(error.log)
    cores: list[DriverCore] = []

    def core_of(begin: Begin) -> DriverCore:
        cores.append(driver_core(begin))
        return cores[0]

    try:
        with opened(path) as data:
            result = replay(data, core_of)
    except MesodriveError:
        return None
    found, view = result.verification, cores[0].view()
    if not (found.complete and result.equal and view.ending):
        return None
    last = {
        "type": "over",
        "exit_code": view.exit_code,
        "log": str(path),
        "log_whole": found.intact,
        "head": found.head,
    }
    return EndByLog(Outcome(view.to_json(), last), (found.last_ns - found.first_ns) / 1e9)


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
    doubt = f"; {counted(found.units_open, 'unit')} without a record" if found.units_open else ""
    click.echo(f"  Delivered  {interval(found.lo, found.hi, found.unit)}, by the log{doubt}")
    click.echo(f"  Log        {path}")
    click.echo(f"  Go on      {go_on(path)}")
