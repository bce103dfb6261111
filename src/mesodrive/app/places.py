"""Where things live on this system: logs, settings, diagnostics, sockets."""
# ruff: noqa: PLC0415 -- heavy imports wait until they are needed

import os
import tempfile
from pathlib import Path
from typing import Final, NamedTuple

NAME: Final = "mesodrive"

SOCKET_PATH_MAX: Final = 100
"""A socket's path has room for 108 bytes on Linux, 104 on macOS."""

SOCKET_NAME_ROOM: Final = 30
"""Room for the folder and the file of one session below the runtime folder."""


class Places(NamedTuple):
    """Folders of this user; none of them needs to exist yet."""

    logs: Path
    """Session logs: data, never deleted by the program."""
    keys: Path
    """Pairing keys of devices: secret, never deleted by the program unasked."""
    settings: Path
    """`mesodrive.toml`, where the working folder has none."""
    diagnostics: Path
    """Rotating diagnostic logs: may be deleted."""
    runtime: Path
    """Folders with sockets, one for each session."""

    def to_json(self) -> dict[str, str]:
        """Return the folders as text."""
        return {name: str(path) for name, path in self._asdict().items()}


def places() -> Places:
    """Return the folders by the rules of this system."""
    import platformdirs

    return Places(
        logs=Path(platformdirs.user_data_dir(NAME, appauthor=False)) / "logs",
        keys=Path(platformdirs.user_data_dir(NAME, appauthor=False)) / "keys",
        settings=Path(platformdirs.user_config_dir(NAME, appauthor=False)),
        diagnostics=Path(platformdirs.user_log_dir(NAME, appauthor=False)),
        runtime=_runtime(),
    )


def _runtime() -> Path:
    """Return the user's runtime folder; without a usable one, the system's for temporary files.

    Sockets get a folder of their own in it, so that one which all users share is as good.
    """
    given = os.environ.get("XDG_RUNTIME_DIR", "")
    if given and Path(given).is_dir() and len(given) + SOCKET_NAME_ROOM <= SOCKET_PATH_MAX:
        return Path(given)
    return Path(tempfile.gettempdir())
