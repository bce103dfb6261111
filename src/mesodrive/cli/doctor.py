"""`mesodrive doctor` and `mesodrive paths`: what this machine is like, and where things are."""
# ruff: noqa: PLC0415 -- heavy imports wait until they are needed

import json
import re
from typing import Final

import click

from mesodrive.cli import options
from mesodrive.errors import EXIT_DEVICE

USB_ID: Final = re.compile(r"([0-9A-Fa-f]{4}):([0-9A-Fa-f]{4})")


@click.command()
@options.as_json
def paths(as_json: bool) -> int:  # noqa: FBT001
    """Show the folders for logs, settings, diagnostics and sockets."""
    from mesodrive.app.places import places

    found = places().to_json()
    if as_json:
        click.echo(json.dumps(found))
        return 0
    for name, folder in found.items():
        click.echo(f"{name:<12} {folder}")
    return 0


@click.command()
@click.option(
    "--udev-rule",
    "usb_id",
    metavar="VID:PID",
    help="Print the udev rule for an adapter; `mesodrive devices` shows VID:PID.",
)
@options.as_json
def doctor(usb_id: str | None, as_json: bool) -> int:  # noqa: FBT001
    """Look whether this machine can run sessions; exit 4 if something stands in the way."""
    from dataclasses import asdict

    from mesodrive.app.checkup import checkup, udev_rule
    from mesodrive.app.places import places
    from mesodrive.clock import MonotonicClock

    if usb_id is not None:
        match = USB_ID.fullmatch(usb_id)
        if match is None:
            raise click.UsageError(f"{usb_id!r} is no VID:PID such as 1A2B:3C4D")
        click.echo(udev_rule(match[1], match[2]), nl=False)
        return 0
    checks = list(checkup(places(), MonotonicClock()))
    if as_json:
        click.echo(json.dumps({"checks": [asdict(check) for check in checks]}))
    else:
        for check in checks:
            click.echo(f"{check.verdict:<5} {check.name:<16} {check.found}")
            if check.remedy:
                click.echo(f"{'':<22} {check.remedy}")
    return EXIT_DEVICE if any(check.verdict == "bad" for check in checks) else 0
