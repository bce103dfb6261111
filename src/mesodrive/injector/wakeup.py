"""A descriptor that wakes a selector from another thread or a signal handler."""

import contextlib
import socket
from typing import Final

READ_BYTES: Final = 4096


class Wakeup:
    """A socket pair, the same on every system; waking twice before a look counts once."""

    def __init__(self) -> None:
        self._inner, self._outer = socket.socketpair()
        self._inner.setblocking(False)  # noqa: FBT003 -- the standard library wants it so
        self._outer.setblocking(False)  # noqa: FBT003 -- the standard library wants it so

    def fileno(self) -> int:
        """Return the descriptor to wait for."""
        return self._inner.fileno()

    def signal_fd(self) -> int:
        """Return the descriptor that `signal.set_wakeup_fd` may write to."""
        return self._outer.fileno()

    def wake(self) -> None:
        """Wake the selector; never waits."""
        # Full: the selector has enough to wake up for. Closed: nobody waits any more.
        with contextlib.suppress(OSError):
            self._outer.send(b"\0")

    def drain(self) -> bytes:
        """Forget the wake-ups so far; return their bytes, which name signals."""
        try:
            return self._inner.recv(READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return b""

    def close(self) -> None:
        """Close both ends."""
        self._inner.close()
        self._outer.close()
