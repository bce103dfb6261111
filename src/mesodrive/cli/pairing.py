"""`mesodrive pair` and `mesodrive keys`: signed connections to devices that demand them."""
# ruff: noqa: PLC0415 -- heavy imports wait until they are needed

import json

import click

from mesodrive.cli import options


@click.command()
@click.argument("port", metavar="PORT")
@click.option(
    "--baud",
    envvar="MESODRIVE_BAUD",
    type=click.IntRange(300, 12_000_000),
    help="Bits per second; what the protocol recommends by default.",
)
@options.as_json
def pair(port: str, baud: int | None, as_json: bool) -> int:  # noqa: FBT001
    """Give the device on PORT a key, so that it takes signed messages of this computer.

    The device must be on a cable, and a person must hold its own key meanwhile.
    """
    import secrets

    from mesodrive.app import pairing
    from mesodrive.app.keyring import KEY_BYTES, KeyFolder
    from mesodrive.app.places import places
    from mesodrive.clock import MonotonicClock
    from mesodrive.transport.registry import open_port

    def press(serial: str) -> None:
        seconds = pairing.HAND_NS // 1_000_000_000
        click.echo(
            f"{serial}: hold the device's own key until this ends (at most {seconds} s).", err=True
        )

    drawn = pairing.Drawn(
        secrets.token_bytes(KEY_BYTES), secrets.randbelow(0xFFFF_FFFF) + 1, secrets.randbits(31)
    )
    folder = KeyFolder(places().keys)
    opened = open_port(port, baud)
    try:
        paired = pairing.pair(opened, folder, MonotonicClock(), drawn, press)
    finally:
        opened.close()
    if as_json:
        click.echo(json.dumps({"serial": paired.serial, "key_id": paired.key_id}))
        return 0
    simulated = "SIMULATED " if paired.simulated else ""
    click.echo(f"{simulated}{paired.vendor} {paired.model}, serial {paired.serial}, is paired.")
    click.echo(f"  key {paired.key_id:08x}, kept in {folder.folder}; release the device's own key.")
    return 0


@click.group()
def keys() -> None:
    """Show and forget the keys of paired devices; none is ever shown itself."""


@keys.command("list")
@options.as_json
def list_keys(as_json: bool) -> int:  # noqa: FBT001
    """List the devices that this computer has keys for."""
    from mesodrive.app.keyring import KeyFolder
    from mesodrive.app.places import places

    found = KeyFolder(places().keys).load()
    if as_json:
        listed = [
            {"serial": key.serial, "key_id": key.key_id, "created": key.created} for key in found
        ]
        click.echo(json.dumps({"keys": listed}))
        return 0
    if not found:
        click.echo("No keys. `mesodrive pair PORT` gives a device one.")
    for key in found:
        click.echo(f"{key.serial:<16} key {key.key_id:08x}, of {key.created}")
    return 0


@keys.command()
@click.argument("serial")
def forget(serial: str) -> int:
    """Forget the keys of the device SERIAL; it has to be paired anew."""
    from mesodrive.app.keyring import KeyFolder
    from mesodrive.app.places import places

    if KeyFolder(places().keys).forget(serial):
        click.echo(f"The keys of {serial} are forgotten.")
    else:
        click.echo(f"There are no keys of {serial}.")
    return 0
