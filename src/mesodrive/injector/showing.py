"""When people get to see a view: at once when something they act on changed, else at most 20 Hz.

One comes at least twice a second, so that a client can tell a quiet session from a hung owner.
"""

from collections.abc import Callable
from typing import Final

from mesodrive.core.view import View

INTERVAL_NS: Final = 50_000_000
"""20 views a second: smooth to the eye, and nothing beside the line's own traffic."""

BEAT_NS: Final = 500_000_000
"""Longest time without a view; a client calls the owner silent after twice as long."""


class Showing:
    """Decides after each turn whether to publish.

    Args:
        publish: Called with the view; must not wait.

    Attributes:
        due_ns: When the next view is due, changed or not.
    """

    def __init__(self, publish: Callable[[View], None]) -> None:
        self._publish = publish
        self._changed = True
        self._next_ns = self._beat_ns = 0
        self._key: tuple[object, ...] = ()

    def changed(self) -> None:
        """Take note that the core has reported an event."""
        self._changed = True

    @property
    def due_ns(self) -> int:
        """When `look` should be called at the latest."""
        return self._next_ns if self._changed else self._beat_ns

    def look(self, view: Callable[[], View], now_ns: int) -> None:
        """Publish if something changed that must be seen now, or if a view is due."""
        if not self._changed and now_ns < self._beat_ns:
            return
        seen = view()
        if now_ns >= self._next_ns or self._key_of(seen) != self._key:
            self.show(seen, now_ns)

    def show(self, view: View, now_ns: int) -> None:
        """Publish now."""
        self._changed = False
        self._key = self._key_of(view)
        self._next_ns = now_ns + INTERVAL_NS
        self._beat_ns = now_ns + BEAT_NS
        self._publish(view)

    @staticmethod
    def _key_of(view: View) -> tuple[object, ...]:
        return (view.state, view.awaiting, view.stop, view.alarms, view.ending)
