"""Whether a session still writes a log: its file is locked for as long as the writer lives.

The system lets go of the lock when the process ends, however it ends. Where it has no such locks
(Windows, some network folders) only the port, which one process alone may hold, keeps two
sessions from one device.
"""
# ruff: noqa: PLC0415 -- not every system has the module

import contextlib
import sys


def lock(fd: int) -> None:
    """Lock a log that was just created, until the descriptor is closed."""
    if sys.platform == "win32":
        return
    import fcntl

    with contextlib.suppress(OSError):
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)


def is_locked(fd: int) -> bool:
    """Tell whether a process that still lives holds the log.

    Args:
        fd: Of the log, opened for this question or for reading.
    """
    if sys.platform == "win32":
        return False
    import fcntl

    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    fcntl.flock(fd, fcntl.LOCK_UN)
    return False
