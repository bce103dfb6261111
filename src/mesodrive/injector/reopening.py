"""Opens a lost port again, on a thread of its own: opening may wait, the owner must not."""

import logging
import threading
from collections.abc import Callable
from typing import Final

from mesodrive.transport.base import Transport
from mesodrive.transport.errors import PortError

FIRST_S: Final = 0.5
"""Before the first try: a board that was reset is not there at once."""

LAST_S: Final = 4.0
"""Longest wait between tries; each failed one doubles the wait up to this."""

diagnostics = logging.getLogger(__name__)


class Reopening:
    """Tries until a port is open or nobody wants it any more; the session bounds how long.

    Args:
        open_again: Opens the port, under whatever name it has by now.
        wake: Called from the thread when there is a port to take.
        first_s: Before the first try.
    """

    def __init__(
        self,
        open_again: Callable[[], Transport],
        wake: Callable[[], None],
        first_s: float = FIRST_S,
    ) -> None:
        self._open_again, self._wake = open_again, wake
        self._first_s = self._wait_s = first_s
        self._changed = threading.Condition()
        self._ended = False
        self._found: Transport | None = None

    def begin(self) -> None:
        """Begin to try; the port that was lost is closed by now."""
        threading.Thread(target=self._run, name="reopening", daemon=True).start()

    def take(self) -> Transport | None:
        """Return the port once it is open, else None; its owner closes it from here on."""
        with self._changed:
            found, self._found = self._found, None
        return found

    def heard(self) -> None:
        """Take note that the device was heard: the next loss is a new one."""
        self._wait_s = self._first_s

    def end(self) -> None:
        """Try no more; a port that nobody took is closed."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        found = self.take()
        if found is not None:
            found.close()

    def _run(self) -> None:
        while not self._waited():
            try:
                port = self._open_again()
            except PortError as error:
                diagnostics.info("not there yet: %s", error)
                continue
            with self._changed:
                if not self._ended:
                    self._found = port
                    self._wake()
                    return
            port.close()

    def _waited(self) -> bool:
        """Wait for the next try; tell whether it is over instead."""
        with self._changed:
            self._changed.wait_for(lambda: self._ended, self._wait_s)
            self._wait_s = min(self._wait_s * 2, LAST_S)
            return self._ended
