"""Opens a log to read it: a regular file or nothing, and never waiting for what else it may be."""

import mmap
import os
import stat
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from mesodrive.journal.log_lock import is_locked
from mesodrive.session.begin import LogContentError, LogUnreadableError
from mesodrive.session.format import LOG_BYTES_MAX, Buffer

_READ: Final = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)


class OpenLog(NamedTuple):
    """A log that is being read."""

    data: Buffer
    """All of it."""
    fd: int
    """Its file."""
    in_use: bool
    """Whether a session that still runs held it when it was opened."""


@contextmanager
def reading(path: Path) -> Generator[OpenLog]:
    """Open a log for as long as the context lasts; an empty file is empty bytes.

    What is found wrong with its content within the context leaves it with the file's name.

    Raises:
        LogUnreadableError: If it cannot be read, or is no regular file.
    """
    fd = open_log(path)
    try:
        try:
            in_use = is_locked(fd)
            # At its end a session cuts off what it reserved: mapped bytes that are gone would
            # end this process.
            data = _copied(fd) if in_use else _mapped(fd)
        except OSError as error:
            raise LogUnreadableError(path, error.strerror or str(error)) from error
        # What fails from here on, the output say, is not the log's fault.
        try:
            yield OpenLog(data, fd, in_use)
        except LogContentError as error:
            error.path = path
            raise
        finally:
            if isinstance(data, mmap.mmap):
                data.close()
    finally:
        os.close(fd)


def open_log(path: Path) -> int:
    """Return a descriptor of a log, for reading.

    Raises:
        LogUnreadableError: If it cannot be opened, or is no regular file.
    """
    try:
        # Looked at before it is opened as well: to open some devices does something.
        _refuse_irregular(path, path.stat())
        fd = os.open(path, _READ)
    except OSError as error:
        raise LogUnreadableError(path, error.strerror or str(error)) from error
    try:
        _refuse_irregular(path, os.fstat(fd))
    except BaseException:
        os.close(fd)
        raise
    return fd


def _refuse_irregular(path: Path, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        kind = next((name for is_kind, name in _KINDS if is_kind(found.st_mode)), "something else")
        raise LogUnreadableError(path, f"this is no regular file but {kind}")


_KINDS: Final = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def _copied(fd: int) -> bytes:
    with os.fdopen(fd, "rb", closefd=False) as file:
        return file.read(LOG_BYTES_MAX + 1)


def _mapped(fd: int) -> Buffer:
    return mmap.mmap(fd, 0, access=mmap.ACCESS_READ) if os.fstat(fd).st_size else b""
