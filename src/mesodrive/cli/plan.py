"""`mesodrive plan`: check a plan, look at it, begin a new one."""
# ruff: noqa: PLC0415 -- heavy imports wait until they are needed

import json
from pathlib import Path

import click

from mesodrive.cli import options


@click.group()
def plan() -> None:
    """Check, show and begin plans."""


@plan.command()
@click.argument("path", type=click.Path(path_type=Path), metavar="PLAN")
@options.reasons
@options.profiles_dir
@options.as_json
def check(path: Path, reasons: dict[str, str], profiles_dir: Path | None, as_json: bool) -> int:  # noqa: FBT001
    """Check a plan against its device profile; every violation is told at once."""
    from mesodrive.app.prepare import Wanted
    from mesodrive.app.prepare import check as check_plan
    from mesodrive.clock import MonotonicClock

    wanted = Wanted(plan=path, reasons=reasons, profiles_dir=profiles_dir)
    checked = check_plan(wanted, MonotonicClock())
    if as_json:
        click.echo(json.dumps({"plan": str(path), **checked.planned.estimates.to_json()}))
        return 0
    return 0
