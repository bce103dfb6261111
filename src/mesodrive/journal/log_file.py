"""The file under a session log: created once, only appended to, space reserved ahead.

Space is reserved so that a disk that fills up is noticed while there is still room to record the
safe stop. Until the clean end the file is therefore longer than what was written; what follows
is zeros, which a reader names as unwritten.

A file that somebody deletes or cuts takes every byte all the same, so it is looked at with each
write and sync: a log that nobody will find has failed like one that cannot be written.
"""

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

from mesodrive.journal.errors import LogExistsError, LogFolderError, LogSpaceError
from mesodrive.journal.log_lock import lock

FREE_BYTES_MIN: Final = 64 << 20
"""Below this no session begins: a disk that full has other troubles coming."""
RESERVE_BYTES: Final = 4 << 20
"""Reserved at a time; twenty minutes of a busy session."""
AHEAD_BYTES: Final = 1 << 20
"""When less than this is left of the reserve, the next piece is reserved."""
_NEW_FILE: Final = (
    os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
)
_NO_RESERVE: Final = frozenset({errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS, errno.ENODEV})
"""What file systems say that cannot reserve; writing goes on without."""


class Disk(Protocol):
    """What the journal thread asks of a file; every method may raise `OSError`."""

    @property
    def low(self) -> OSError | None:
        """Why no more space could be reserved; what is reserved can still be written."""
        ...

    def write(self, data: bytes) -> None:
        """Append all of the bytes."""
        ...

    def sync(self) -> None:
        """Return when everything written is durable."""
        ...

    def finish(self) -> None:
        """Give back what was reserved, make that durable."""
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...


class LogFile:
    """A new file on a real disk.

    Not guaranteed: that a drive tells the truth about its cache. On macOS `fsync` does not empty
    it, so durability there means a crash of the program or the system, not of the power supply.
    """

    def __init__(self, path: Path, reserve_bytes: int = RESERVE_BYTES) -> None:
        """Create the file, reserve space, make its name durable.

        Args:
            path: Must not exist; its folder must.
            reserve_bytes: Reserved at once; twice the worst case of the session is good.

        Raises:
            LogExistsError: If there is a file of this name.
            LogFolderError: If the folder cannot be used.
            LogSpaceError: If too little space is free, or it could not be reserved.
        """
        self._written = 0
        self._reserved = 0
        self._reserving = _fallocate is not None
        self.low: OSError | None = None
        needed = max(FREE_BYTES_MIN, reserve_bytes)
        try:
            free = shutil.disk_usage(path.parent).free
            if free < needed:
                raise LogSpaceError(path, free, needed)
            self._fd = os.open(path, _NEW_FILE, 0o600)
        except FileExistsError as error:
            raise LogExistsError(path) from error
        except OSError as error:
            raise LogFolderError(path, error.strerror or str(error)) from error
        lock(self._fd)
        self._reserve(reserve_bytes)
        if self.low is not None:
            self.close()
            path.unlink()
            raise LogSpaceError(path, free, needed) from self.low
        os.fsync(self._fd)
        _sync_folder(path.parent)

    def write(self, data: bytes) -> None:
        """Append all of the bytes, reserving further space when little is left.

        Raises:
            OSError: If the system took less than all of them, or the file is not what it was.
        """
        # A write behind the end of a file that was cut would hide that it was.
        self._look()
        if self._reserving and self.low is None:
            ahead = self._written + len(data) + AHEAD_BYTES
            if ahead > self._reserved:
                self._reserve(ahead - self._reserved + RESERVE_BYTES)
        rest = memoryview(data)
        while rest:
            taken = os.write(self._fd, rest)
            self._written += taken
            rest = rest[taken:]

    def sync(self) -> None:
        """Return when everything written is durable.

        Raises:
            OSError: If the system could not, or the file is not what it was; what was written
                since the last call is then lost.
        """
        _sync_data(self._fd)
        self._look()

    def finish(self) -> None:
        """Cut off the reserve, so that the file ends where the log ends.

        Raises:
            OSError: If that failed, though the log is whole; or if the file is not what it was.
        """
        self._look()
        os.ftruncate(self._fd, self._written)
        os.fsync(self._fd)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._fd)

    def _look(self) -> None:
        """Refuse a file that somebody has deleted or cut while it is written.

        Raises:
            OSError: If it has no name any more, or is shorter than what was written or reserved.
        """
        found = os.fstat(self._fd)
        if found.st_nlink == 0:
            raise OSError(errno.ENOENT, "somebody deleted the file; no copy of it can be recovered")
        least = max(self._written, self._reserved)
        if found.st_size < least:
            cut = f"somebody cut the file to {found.st_size} of {least} bytes"
            raise OSError(errno.EIO, f"{cut}; what is missing cannot be recovered")

    def _reserve(self, more_bytes: int) -> None:
        if _fallocate is None:
            return
        try:
            _fallocate(self._fd, self._reserved, more_bytes)
            self._reserved += more_bytes
        except OSError as error:
            if error.errno in _NO_RESERVE:
                self._reserving = False
            else:
                self.low = error


_fallocate: Final[Callable[[int, int, int], None] | None] = getattr(os, "posix_fallocate", None)
_sync_data: Final[Callable[[int], None]] = getattr(os, "fdatasync", os.fsync)


def _sync_folder(folder: Path) -> None:
    """Make a new name durable; systems that cannot open a folder do so by themselves."""
    if os.name == "posix":
        fd = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
