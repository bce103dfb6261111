"""The command `mesodrive`: its group, its exit codes, and the last line of defence.

Exit codes: 0 done, 2 usage, 3 input refused, 4 port or device, 5 stopped, 6 fault, 7 ended with an
open interval, 8 log damaged but described, 9 log unusable, 70 our own error.
"""
# ruff: noqa: PLC0415 -- heavy imports wait until they are needed

import sys
from collections.abc import Sequence
from typing import Any

import click

from mesodrive.cli.overview import COMMANDS, help_text, version_text
from mesodrive.errors import EXIT_DONE, EXIT_STOPPED, EXIT_USAGE


def _show_version(context: click.Context, _parameter: click.Parameter, value: bool) -> None:  # noqa: FBT001
    if value and not context.resilient_parsing:
        click.echo(version_text())
        context.exit()


class Commands(click.Group):
    """Commands by name; a module is imported when its command is wanted, not to list it."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- click's signature
        """Return the names, in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return a command, imported now; None for a name that is none."""
        if cmd_name not in COMMANDS:
            return None
        from importlib import import_module

        module, name, _ = COMMANDS[cmd_name]
        command = getattr(import_module(module), name)
        assert isinstance(command, click.Command), f"{module}.{name} is no command"
        return command

    def get_help(self, ctx: click.Context) -> str:  # noqa: ARG002
        """Return the help of the whole, the same that `entry` gives before all this is imported."""
        return help_text()


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
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
    """Run one command, with what the environment and mesodrive.toml say of its options."""
    from mesodrive.cli.settings import defaults

    name = context.invoked_subcommand
    command = cli.get_command(context, name) if name else None
    if name and command:
        context.default_map = {name: defaults(command)}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code. No error of any kind shows a traceback."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        result: Any = cli.main(words, prog_name="mesodrive", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return EXIT_USAGE
    except (click.Abort, KeyboardInterrupt):
        click.echo("mesodrive: stopped before anything was sent.", err=True)
        return EXIT_STOPPED
    except SystemExit:
        # click ends so when whoever read our output has seen enough; that is no error.
        return EXIT_DONE
    except Exception as error:  # noqa: BLE001  # the last line: named to the person, not thrown
        from mesodrive.cli.failures import is_of_output, report, report_output

        if is_of_output(error):
            return report_output(error)
        return report(error, as_json="--json" in words)
    return result if isinstance(result, int) else EXIT_DONE
