"""Logs that nobody writes any more: opened, and looked for the one that goes on from another."""

import json
import mmap
import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Final

from mesodrive.journal.log_lock import is_locked
from mesodrive.session.begin import LogUnreadableError, LogUnusableError, read_begin
from mesodrive.session.format import Buffer
from mesodrive.session.resume_errors import LogInUseError
from mesodrive.session.verify import verify

SUFFIX: Final = ".mdlog"
LOGS_MAX: Final = 10_000
"""Bound of the logs whose beginning is read to see whether one goes on from this."""


@contextmanager
def opened(path: Path) -> Generator[Buffer]:
    """Map a log that nobody writes any more.

    Raises:
        LogInUseError: If its session still runs.
        LogUnreadableError: If it cannot be read.
    """
    try:
        if is_locked(path):
            raise LogInUseError(path)
        with path.open("rb") as file:
            # The device lets go of what is acknowledged: the log must outlive a power cut now.
            os.fsync(file.fileno())
            size = path.stat().st_size
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if size else b""
    except OSError as error:
        raise LogUnreadableError(path, error.strerror or str(error)) from error
    try:
        yield data
    finally:
        if isinstance(data, mmap.mmap):
            data.close()


def resumed_by(path: Path, head: str, logs: Path | None) -> Path | None:
    """Return the log that goes on from one, if it lies beside it or where it would.

    Args:
        path: The log.
        head: Digest of its last seal, 64 hex digits.
        logs: Folder of new logs; None for that of `path`.
    """
    folders = {path.resolve().parent, *([logs.resolve()] if logs else [])}
    for folder in sorted(folders):
        for other in islice(_logs(folder), LOGS_MAX):
            if other.resolve() != path.resolve() and _goes_on_from(other, head):
                return other
    return None


def _logs(folder: Path) -> Iterator[Path]:
    """Yield the logs of a folder, newest names first."""
    return iter(sorted(folder.glob(f"*{SUFFIX}"), reverse=True) if folder.is_dir() else ())


def _goes_on_from(other: Path, head: str) -> bool:
    needle = json.dumps(head).encode()
    try:
        with other.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            # Most logs do not name it at all: found out without reading their beginning as JSON.
            if data.find(needle) < 0:
                return False
            resume = read_begin(data).spec.get("resume")
            if not verify(data).seals:
                return False  # a crash took it before it was on disk: nothing was delivered by it
    except (OSError, ValueError, LogUnusableError):
        return False
    return isinstance(resume, dict) and resume.get("head") == head
