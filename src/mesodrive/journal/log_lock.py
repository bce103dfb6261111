"""Whether a session still holds a log: its file is locked for as long as the session lives.

A session holds the log that it writes and, where it goes on from another, that one too: of two
that want to go on from the same log only one can. The system lets go of a lock when the process
ends, however it ends. Where it has no such locks (Windows, some network folders) only the port,
which one process alone may hold, keeps two sessions from one device.
"""
# ruff: noqa: PLC0415 -- not every system has the module

import sys
import threading
from typing import Final

TRIES_MAX: Final = 20
TRY_S: Final = 0.01
"""Who only asks whether a log is locked holds it for microseconds: that is no session."""


def lock(fd: int) -> bool:
    """Lock a log until the descriptor is closed.

    Returns:
        False where somebody else holds it; True also where the system has no such locks.
    """
    if sys.platform == "win32":
        return True
    import fcntl

    for _ in range(TRIES_MAX):
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _pause()
        except OSError:
            return True
        else:
            return True
    return False


def _pause() -> None:
    threading.Event().wait(TRY_S)


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
