"""`mesodrive devices`: which ports there are, and on request who is behind one."""
# ruff: noqa: PLC0415 -- heavy imports wait until they are needed

import json
from pathlib import Path

import click

from mesodrive.cli import options


@click.command()
@click.option(
    "--probe",
    "port",
    metavar="PORT",
    help="Open this port and ask who is there. Opening may reset the board behind it.",
)
@click.option(
    "--baud",
    envvar="MESODRIVE_BAUD",
    type=click.IntRange(300, 12_000_000),
    help="Rate for --probe.",
)
@options.profiles_dir
@options.as_json
def devices(port: str | None, baud: int | None, profiles_dir: Path | None, as_json: bool) -> int:  # noqa: FBT001
    """List serial ports without opening any; --probe PORT asks one who is there."""
    if port is not None:
        return _probe(port, baud, profiles_dir, as_json=as_json)
    from dataclasses import asdict

    from mesodrive.transport.discovery import list_ports

    ports = list_ports()
    if as_json:
        click.echo(json.dumps({"ports": [asdict(info) for info in ports]}))
        return 0
    if not ports:
        click.echo("No serial ports. A simulated device needs none: --port sim:nappage-gun")
    for info in ports:
        click.echo(info.device)
        for label, value in (
            ("lasting name", info.by_id),
            ("USB id", info.vid_pid),
            ("serial no.", info.serial),
            ("described as", info.description),
        ):
            if value:
                click.echo(f"  {label:<13}{value}")
    return 0


def _probe(port: str, baud: int | None, profiles_dir: Path | None, *, as_json: bool) -> int:
    from dataclasses import asdict

    from mesodrive.app.probe import probe
    from mesodrive.clock import MonotonicClock

    click.echo(f"Opening {port}; that may reset the board behind it.", err=True)
    found = probe(port, baud, MonotonicClock(), profiles_dir)
    if as_json:
        click.echo(json.dumps(asdict(found)))
        return 0
    click.echo(f"{found.vendor} {found.model}, serial {found.serial}")
    if found.simulated:
        click.echo("  SIMULATED")
    click.echo(f"  profile {', '.join(found.profiles) or 'unknown: none of ours has its limits'}")
    click.echo(f"  hash    {found.profile_hash}")
    return 0
