"""The device's durable stores in a file: whole or not at all, whatever happens meanwhile."""

import os
from pathlib import Path
from typing import Final

from mesodrive_simulator.serve_errors import StoreFileError

STORE_BYTES_MAX: Final = 1 << 20
"""A journal ring and its totals take some kilobytes; more is another file."""


def load_store(path: Path) -> bytes | None:
    """Return what was saved, or None where nothing was yet.

    Raises:
        StoreFileError: If the file cannot be read, or cannot be a store.
    """
    try:
        with path.open("rb") as file:
            data = file.read(STORE_BYTES_MAX + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreFileError(str(path), str(error.strerror), "Check path and rights.") from error
    if len(data) > STORE_BYTES_MAX:
        raise StoreFileError(str(path), "too long for a store", "Name another file.")
    return data


def save_store(path: Path, data: bytes) -> None:
    """Put new contents in place of the old ones, durably.

    Raises:
        StoreFileError: If the disk refuses; the old contents are then still there.
    """
    fresh = path.with_name(path.name + ".new")
    try:
        with fresh.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        if os.name == "posix":
            # the new name itself must survive a loss of power
            folder = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
    except OSError as error:
        raise StoreFileError(
            str(path), str(error.strerror), "Choose a folder that can be written."
        ) from error
