"""`mesodrive-sim`: a device to connect to, for people and scripts.

Heavy imports are inside the commands, so that `--help` answers at once.
"""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from mesodrive_testbench.campaign_cli import campaign

if TYPE_CHECKING:
    from mesodrive_simulator.serve import Serving

BAUD_MIN: Final = 300
BAUD_MAX: Final = 12_000_000
"""From the slowest line in use to the fastest USB adapter."""
SERIAL_BYTES_MAX: Final = 16
"""The field of IDENTITY."""
EXIT_INPUT: Final = 3
KEYS_HELP: Final = "keys: t trigger, c contact, k stop key, q quit"


def read_place(
    context: click.Context, option: click.Parameter, value: str | None
) -> tuple[str, int] | None:
    """Return host and port of `HOST:PORT`, or of `PORT` alone for loopback.

    Raises:
        click.BadParameter: If it is neither.
    """
    if value is None:
        return None
    host, _, port = value.rpartition(":")
    if not (port.isascii() and port.isdigit() and len(port) < 6 and int(port) < 1 << 16):
        raise click.BadParameter(f"{value!r} is no HOST:PORT, as 127.0.0.1:7000", context, option)
    return host or "127.0.0.1", int(port)


def read_serial(context: click.Context, option: click.Parameter, value: str) -> str:
    """Return a serial number that IDENTITY can carry.

    Raises:
        click.BadParameter: If it cannot.
    """
    if not (value.isascii() and 0 < len(value) <= SERIAL_BYTES_MAX):
        message = f"{value!r} is not 1 to {SERIAL_BYTES_MAX} ASCII letters"
        raise click.BadParameter(message, context, option)
    return value


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Simulated devices that speak the wire protocol, in real time or in a campaign."""


main.add_command(campaign)


@main.command()
@click.argument("profile")
@click.option(
    "--pty", type=click.Path(path_type=Path), metavar="LINK",
    help="Serve on a pseudo-terminal; LINK is its name.",
)  # fmt: skip
@click.option(
    "--tcp",
    callback=read_place,
    metavar="HOST:PORT",
    help="Serve on TCP; port 0 is any. An address that others reach only with --keyed.",
)
@click.option("--baud", type=click.IntRange(BAUD_MIN, BAUD_MAX), help="Pace the line to this rate.")
@click.option(
    "--store", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Keep the device's durable memory here.",
)  # fmt: skip
@click.option(
    "--operator", type=click.Choice(["auto", "keys", "none"]), default="auto", show_default=True,
    help="Who holds the gun: a model, you at the keyboard, nobody.",
)  # fmt: skip
@click.option(
    "--seed", type=click.IntRange(0), default=1, show_default=True,
    help="Of all that differs from run to run.",
)  # fmt: skip
@click.option("--serial", callback=read_serial, default="SIM-0001", show_default=True)
@click.option(
    "--trace", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Write what the device receives here: monotonic nanoseconds and name, a line a frame.",
)  # fmt: skip
@click.option(
    "--truth", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Append what the machine really did here, at the end; for tests.",
)  # fmt: skip
@click.option("--keyed", is_flag=True, help="Demand signed messages; see `mesodrive pair`.")
@click.option(
    "--service-key", is_flag=True,
    help="Hold the device's own key: with --keyed, let it be paired. Not beyond this machine.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON instead of words.")
def serve(  # noqa: PLR0913 -- one parameter per option
    profile: str,
    *,
    pty: Path | None,
    tcp: tuple[str, int] | None,
    baud: int | None,
    store: Path | None,
    operator: str,
    seed: int,
    serial: str,
    trace: Path | None,
    truth: Path | None,
    keyed: bool,
    service_key: bool,
    as_json: bool,
) -> None:
    """Serve the device PROFILE (a shipped name, or a path to a YAML file) until Ctrl-C."""
    if (pty is None) is (tcp is None):
        raise click.UsageError("name one place: --pty LINK or --tcp HOST:PORT")
    from mesodrive_simulator.serve import ServeOptions, keep_what_is_loaded  # noqa: PLC0415
    from mesodrive_simulator.serve import serve as serve_device  # noqa: PLC0415
    from mesodrive_simulator.serve_errors import ServeError  # noqa: PLC0415
    from mesodrive_simulator.sim_profile import SimProfileError  # noqa: PLC0415

    options = ServeOptions(
        profile=profile, pty=pty, tcp=tcp, baud=baud, store=store, operator=operator,
        seed=seed, serial=serial, trace=trace, truth=truth, keyed=keyed,
        service_key=service_key,
    )  # fmt: skip

    def announce(serving: "Serving") -> None:
        keep_what_is_loaded()
        click.echo(_as_json(serving) if as_json else _in_words(serving))
        if operator == "keys":
            click.echo(KEYS_HELP, err=True)

    try:
        serve_device(options, announce)
    except SimProfileError as error:
        _refuse(str(error), EXIT_INPUT)
    except ServeError as error:
        _refuse(str(error), error.exit_code)


def _in_words(serving: "Serving") -> str:
    return (
        f"SIMULATED {serving.profile}, serial {serving.serial}, on {serving.port}"
        f" (Ctrl-C ends); connect with: mesodrive run PLAN --port {serving.port}"
    )


def _as_json(serving: "Serving") -> str:
    return json.dumps(
        {
            "simulated": True,
            "profile": serving.profile,
            "serial": serving.serial,
            "transport": serving.transport,
            "port": serving.port,
        }
    )


def _refuse(message: str, exit_code: int) -> None:
    click.echo(f"mesodrive-sim: {message}", err=True)
    sys.exit(exit_code)
