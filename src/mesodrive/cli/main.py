"""The command `mesodrive`: its group, its exit codes, and the last line of defence.

Exit codes: 0 done, 2 usage, 3 input refused, 4 port or device, 5 stopped, 6 fault, 7 ended with an
open interval, 8 log damaged but described, 9 log unusable, 70 our own error.
"""
# ruff: noqa: PLC0415 -- heavy imports wait until they are needed

import os
import sys
from collections.abc import Sequence
from typing import Any

import click

from mesodrive.cli.devices import devices
from mesodrive.cli.doctor import doctor, paths
from mesodrive.cli.failures import report
from mesodrive.cli.log import log
from mesodrive.cli.plan import plan
from mesodrive.cli.profiles import profiles
from mesodrive.cli.run import demo, run
from mesodrive.cli.settings import defaults
from mesodrive.errors import EXIT_STOPPED, EXIT_USAGE


def _show_version(context: click.Context, _parameter: click.Parameter, value: bool) -> None:  # noqa: FBT001
    if value and not context.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"mesodrive {version('mesodrive')}")
        context.exit()


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 done, 2 usage, 3 input refused, 4 port or device, 5 stopped, 6 fault, "
    "7 ended with an open interval, 8 log damaged but described, 9 log unusable, 70 our own error.",
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the version and exit.",
)
@click.pass_context
def cli(context: click.Context) -> None:
    """Control a mesotherapy injector: check a plan, run it, and prove what was delivered.

    Start with `mesodrive demo`: a session on a simulated device.

    This is engineering software. It makes no profile safe on a person.

    Options may also stand in the environment (MESODRIVE_PORT, MESODRIVE_LOGS, ...) and in
    mesodrive.toml, in the working folder or in the settings folder that `mesodrive paths` shows.
    """
    context.default_map = defaults(cli)


for _command in (demo, devices, profiles, plan, run, log, paths, doctor):
    cli.add_command(_command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code. No error of any kind shows a traceback."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        result: Any = cli.main(words, prog_name="mesodrive", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return EXIT_USAGE
    except (click.Abort, KeyboardInterrupt):
        click.echo("Aborted; nothing was under way.", err=True)
        return EXIT_STOPPED
    except BrokenPipeError:
        # Whoever read our output has seen enough; the interpreter must not complain at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001  # the last line: named to the person, not thrown
        return report(error, as_json="--json" in words)
    return result if isinstance(result, int) else 0


if __name__ == "__main__":
    sys.exit(main())
