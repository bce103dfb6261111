"""Pairing keys of this user's devices: files that only the user may read, and what they sign.

A device has at most two keys, and so has its file here mostly: the one in use and the one that a
pairing is about to give it. The core asks for single MACs and never sees a key.
"""

import contextlib
import hashlib
import hmac
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from mesodrive.core.keys import ASKED, SESSION_KEY
from mesodrive.errors import EXIT_REFUSED, MesodriveError
from mesodrive_protocol.codec import MAC_BYTES

KEY_BYTES: Final = 32
DEVICES_MAX: Final = 1_000
"""Files that are read; nobody has more devices."""
KEYS_MAX: Final = 4
"""Keys kept of one device: those of pairings that did not come to their end go first."""
FILE_BYTES_MAX: Final = 4_096
_SUFFIX: Final = ".json"


class PairingKey(NamedTuple):
    """One key of one device."""

    serial: str
    key_id: int
    key: bytes
    created: str
    """UTC, ISO 8601."""


class KeyFileError(MesodriveError):
    """A file of pairing keys cannot be read or written."""

    code = "key-file"
    exit_code = EXIT_REFUSED

    def __init__(self, path: Path, detail: str) -> None:
        super().__init__(path, detail)
        self.path, self.detail = path, detail

    @property
    def remedy(self) -> str:
        """What a person can do about it."""
        return "Look at the file and its rights; `mesodrive pair` makes a new key."

    def __str__(self) -> str:
        return f"The key file {self.path} cannot be used: {self.detail}"


class KeyRing:
    """Keys in memory; answers what the core asks (`Out.KEY`)."""

    def __init__(self, keys: Iterable[PairingKey]) -> None:
        self._keys = {(one.serial, one.key_id): one.key for one in keys}

    def answer(self, asked: bytes) -> bytes:
        """Return purpose and MAC, or purpose and session key; the purpose alone without a key."""
        purpose, serial, key_id = ASKED.unpack_from(asked)
        name = serial.rstrip(b"\0").decode("ascii", "replace")
        key = self._keys.get((name, key_id))
        if key is None:
            return asked[:1]
        digest = hmac.digest(key, asked[ASKED.size :], hashlib.sha256)
        return asked[:1] + (digest if purpose == SESSION_KEY else digest[:MAC_BYTES])


class KeyFolder:
    """A folder with a file of keys for each device; it need not exist yet."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def load(self) -> list[PairingKey]:
        """Return every key, by serial number, oldest first.

        Raises:
            KeyFileError: If a file cannot be read or is none of ours.
        """
        if not self.folder.is_dir():
            return []
        paths = sorted(self.folder.glob(f"*{_SUFFIX}"))[:DEVICES_MAX]
        return [key for path in paths for key in _read(path)]

    def add(self, key: PairingKey) -> None:
        """Keep one more key of a device, durably, before the device has it.

        Raises:
            KeyFileError: If the file cannot be read or written.
        """
        others = [one for one in self.keys_of(key.serial) if one.key_id != key.key_id]
        self._write(key.serial, [*others[1 - KEYS_MAX :], key])

    def keep_only(self, key: PairingKey) -> None:
        """Forget every other key of the device: it has taken this one.

        Raises:
            KeyFileError: If the file cannot be written.
        """
        self._write(key.serial, [key])

    def forget(self, serial: str) -> bool:
        """Remove a device's keys; tell whether there were any.

        Raises:
            KeyFileError: If the file cannot be removed.
        """
        path = self._path(serial)
        try:
            path.unlink()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise KeyFileError(path, error.strerror or str(error)) from error
        return True

    def keys_of(self, serial: str) -> list[PairingKey]:
        """Return the keys of one device, oldest first.

        Raises:
            KeyFileError: If the file cannot be read or is none of ours.
        """
        path = self._path(serial)
        return _read(path) if path.exists() else []

    def _path(self, serial: str) -> Path:
        # Quoted, so that no serial number is a path.
        return self.folder / f"{quote(serial, safe='')}{_SUFFIX}"

    def _write(self, serial: str, keys: list[PairingKey]) -> None:
        path = self._path(serial)
        fresh = path.with_name(path.name + ".new")
        text = json.dumps(
            {
                "serial": serial,
                "keys": [
                    {"key_id": one.key_id, "key": one.key.hex(), "created": one.created}
                    for one in keys
                ],
            }
        )
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with contextlib.suppress(FileNotFoundError):
                fresh.unlink()
            descriptor = os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(path)
            _sync_folder(self.folder)
        except OSError as error:
            raise KeyFileError(path, error.strerror or str(error)) from error


def _sync_folder(folder: Path) -> None:
    """Make a new name durable; a system where folders cannot be opened does so by itself."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(path: Path) -> list[PairingKey]:
    try:
        with path.open("rb") as file:
            text = file.read(FILE_BYTES_MAX)
        facts: dict[str, Any] = json.loads(text)
        serial = str(facts["serial"])
        keys = [
            PairingKey(serial, int(one["key_id"]), bytes.fromhex(one["key"]), str(one["created"]))
            for one in facts["keys"]
        ]
    except OSError as error:
        raise KeyFileError(path, error.strerror or str(error)) from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        # Not what was found: a message must never hold a part of a key.
        raise KeyFileError(path, "it is not a file of keys") from error
    if any(len(one.key) != KEY_BYTES for one in keys):
        raise KeyFileError(path, "a key in it has the wrong length")
    return keys
