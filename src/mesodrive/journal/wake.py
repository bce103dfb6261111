"""Wakes a thread that waits in a selector, from any other thread."""

import socket
from typing import Final

_DRAIN_BYTES: Final = 4096
"""Read at a time; the selector comes back for the rest."""


class Wake:
    """A pair of sockets, because a selector on Windows takes nothing else."""

    def __init__(self) -> None:
        self._mine, self._theirs = socket.socketpair()
        self._mine.settimeout(0)
        self._theirs.settimeout(0)

    def fileno(self) -> int:
        """Return the descriptor that becomes readable."""
        return self._mine.fileno()

    def set(self) -> None:
        """Wake whoever waits; harmless if that has been done, or if nobody is left to wake."""
        try:
            self._theirs.send(b"\0")
        except OSError:
            return  # full: it is awake already; closed: it has gone

    def clear(self) -> None:
        """Take the waking back; call before looking for what there is to do."""
        try:
            self._mine.recv(_DRAIN_BYTES)
        except BlockingIOError:
            return

    def close(self) -> None:
        """Close both ends."""
        self._mine.close()
        self._theirs.close()
