"""How a session is brought to its end when nobody is left to do it: STOP, settle, end."""

import threading
from collections.abc import Callable
from typing import Final

from mesodrive.core.view import View

SETTLE_S: Final = 5.0
"""Longest wait for the device to prove the stop: the device's own bound is 2 s of motion."""

END_S: Final = 10.0
"""Longest wait for accounts to be settled and the command closed; recovery takes at most 2 s."""


class Closing:
    """Watches the views; brings a session to its end in bounded time once asked.

    Args:
        end: Hands in the wish to end the session.
        abandon: Ends the owner's loop although the session is not over.
    """

    def __init__(self, end: Callable[[], object], abandon: Callable[[], None]) -> None:
        self._end, self._abandon = end, abandon
        self._changed = threading.Condition()
        self._proven = False
        self._over = False

    def look(self, view: View) -> None:
        """Take note of a view."""
        with self._changed:
            self._proven = view.stop == "confirmed"
            self._changed.notify_all()

    def over(self) -> None:
        """Take note that the session is over."""
        with self._changed:
            self._over = True
            self._changed.notify_all()

    def run(self) -> None:
        """Wait for the proof of the stop, then for the end; each for a bounded time."""
        with self._changed:
            self._changed.wait_for(lambda: self._proven or self._over, SETTLE_S)
        self._end()
        with self._changed:
            ended = self._changed.wait_for(lambda: self._over, END_S)
        if not ended:
            self._abandon()
