"""Logs that nobody writes any more: opened, held, and which of them goes on from another."""

import json
import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Final

from mesodrive.journal.log_lock import lock
from mesodrive.journal.log_reading import open_log, reading
from mesodrive.session.begin import LogUnreadableError, LogUnusableError, read_begin
from mesodrive.session.format import Buffer
from mesodrive.session.resume_errors import LogInUseError, LogResumedError
from mesodrive.session.verify import verify

SUFFIX: Final = ".mdlog"
LOGS_MAX: Final = 10_000
"""Bound of the logs whose beginning is read to see whether one goes on from this."""


@contextmanager
def opened(path: Path) -> Generator[Buffer]:
    """Open a log that nobody writes any more.

    Raises:
        LogInUseError: If its session still runs.
        LogUnreadableError: If it cannot be read.
    """
    with reading(path) as log:
        if log.in_use:
            raise LogInUseError(path)
        try:
            # The device lets go of what is acknowledged: the log must outlive a power cut now.
            os.fsync(log.fd)
        except OSError as error:
            raise LogUnreadableError(path, error.strerror or str(error)) from error
        yield log.data


def hold(path: Path, head: str, logs: Path) -> int:
    """Hold a log for the one session that goes on from it.

    Args:
        path: The log.
        head: Digest of its last seal, 64 hex digits.
        logs: Folder of new logs.

    Returns:
        A descriptor: the log is held until it is closed, or this process ends.

    Raises:
        LogInUseError: If a session that still runs writes it, or goes on from it.
        LogResumedError: If another log goes on from it already.
        LogUnreadableError: If it cannot be read.
    """
    fd = open_log(path)
    try:
        _lock(fd, path)
        # Whoever prepared this has looked as well, but only from here on can no other come first.
        refuse_resumed(path, head, logs)
    except BaseException:
        os.close(fd)
        raise
    return fd


def _lock(fd: int, path: Path) -> None:
    if not lock(fd):
        raise LogInUseError(path)


def refuse_resumed(path: Path, head: str, logs: Path | None) -> None:
    """Refuse a log that another one goes on from; for the arguments see `resumed_by`.

    Raises:
        LogResumedError: If there is one.
    """
    other = resumed_by(path, head, logs)
    if other is not None:
        raise LogResumedError(path, other)


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
        with reading(other) as log:
            # Most logs do not name it at all: found out without reading their beginning as JSON.
            if log.data.find(needle) < 0:
                return False
            resume = read_begin(log.data).spec.get("resume")
            if not verify(log.data).seals:
                return False  # a crash took it before it was on disk: nothing was delivered by it
    except (LogUnreadableError, LogUnusableError):
        return False
    return isinstance(resume, dict) and resume.get("head") == head
