"""Where an option's value comes from: flag, environment, `mesodrive.toml`, default; in this order.

`click` does the order; here the file becomes its map of defaults.
"""
# ruff: noqa: PLC0415 -- heavy imports wait until they are needed

from pathlib import Path
from typing import Any, Final

import click

FILE_NAME: Final = "mesodrive.toml"

FILE_BYTES_MAX: Final = 65_536
"""A handful of settings; more is another file."""

NAMES: Final = ("port", "baud", "logs", "profiles_dir", "treatment")
"""Options that a file may set: those that describe the place, never those that answer questions."""


def defaults(command: click.Command) -> dict[str, Any]:
    """Return the map of defaults for a command, from the first settings file there is.

    Raises:
        click.UsageError: If the file is no TOML or holds what is no setting.
    """
    path = Path(FILE_NAME)
    if not path.is_file():
        path = _user_file()
        if not path.is_file():
            return {}
    return _for_command(command, _read(path))


def _user_file() -> Path:
    from mesodrive.app.places import places

    return places().settings / FILE_NAME


def _read(path: Path) -> dict[str, Any]:
    import tomllib

    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            raise click.UsageError(f"{path}: more than {FILE_BYTES_MAX} bytes")
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise click.UsageError(f"{path}: {error}") from error
    unknown = sorted(set(values) - set(NAMES))
    if unknown:
        known = ", ".join(NAMES)
        raise click.UsageError(f"{path}: unknown {', '.join(unknown)}; known are {known}")
    return values


def _for_command(command: click.Command, values: dict[str, Any]) -> dict[str, Any]:
    if isinstance(command, click.Group):
        return {name: _for_command(inner, values) for name, inner in command.commands.items()}
    taken = {parameter.name for parameter in command.params}
    return {key: value for key, value in values.items() if key in taken}
