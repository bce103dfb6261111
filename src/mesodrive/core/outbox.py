"""What the core wants, in order: bytes for the device, events for the log, durability."""

from collections.abc import Callable
from typing import Final

from pydantic_core import to_json

from mesodrive.core.ports import Out, Output

# Plain numbers: an enumeration's members cost more wherever they are compared or packed.
_EVENT: Final = Out.EVENT.value
_PERSIST: Final = Out.PERSIST.value


class Outbox:
    """Collects the outputs of one input and counts the marks of durability."""

    def __init__(self) -> None:
        self._outputs: list[Output] = []
        self.emit: Callable[[Output], None] = self._outputs.append
        """Takes one output; the same callable for the life of the core."""
        self.failed = False
        """The log can no longer be kept: nothing will become durable any more."""
        self.asked_mark = 0
        """Highest mark asked for."""
        self.durable_mark = 0
        """Highest mark that is on disk."""

    def event(self, event: str, /, **facts: object) -> None:
        """Say that something happened; facts are plain JSON data."""
        # three times as fast as `json`, which makes its encoder anew for each object
        self.emit((_EVENT, to_json({"event": event, **facts})))

    def persist(self, *, at_once: bool) -> int:
        """Ask for everything so far to be made durable; return the mark to wait for."""
        self.asked_mark += 1
        self.emit((_PERSIST, self.asked_mark.to_bytes(4, "little") + bytes([at_once])))
        return self.asked_mark

    def durable(self, mark: int) -> None:
        """Take word that a mark is on disk; marks never fall."""
        self.durable_mark = max(self.durable_mark, min(mark, self.asked_mark))

    def take(self) -> list[Output]:
        """Return the outputs since the last call."""
        # slices: a third of the time of `copy` and `clear`, after each input
        outputs = self._outputs[:]
        del self._outputs[:]
        return outputs
