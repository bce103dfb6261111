"""What a client answers when the session asks: decisions only, no terminal and no socket."""

from typing import Any, Final

ENTER: Final = "enter"

# A device that is found latched may be cleared once; latching again is a fault to look at.
CLEARS_MAX: Final = 1


class Conductor:
    """Turns views and keys into wishes.

    Args:
        answer_yes: Answer the questions for fitting and arming without asking.
        interactive: A person is there to press keys.
        clear: Unlatch a device that is found latched at the beginning.
    """

    def __init__(self, *, answer_yes: bool, interactive: bool, clear: bool) -> None:
        self._yes, self._interactive = answer_yes, interactive
        self._clears_left = CLEARS_MAX if clear else 0
        self._asked: tuple[Any, ...] = ("",)
        self._awaiting = ""
        self.stopping = False

    def on_view(self, view: dict[str, Any]) -> str | None:
        """Return the wish that answers a question; None when a person must, or none is asked."""
        self._awaiting = view["awaiting"]
        asked = (self._awaiting, view["stage"], view["program"], view["state"], self.stopping)
        if asked == self._asked:
            return None
        self._asked = asked
        return self._answer(view)

    def on_key(self, key: str) -> str | None:
        """Return the wish that a key stands for just now; None for a key without meaning."""
        if self.stopping:
            return None
        if key == ENTER and self._awaiting in ("fitted", "arm"):
            return self._awaiting
        if key in (ENTER, "c") and self._awaiting == "clear":
            return "clear"
        if key == "r" and self._awaiting == "resume":
            return "resume"
        if key == "p" and not self._awaiting:
            return "pause"
        return None

    def _answer(self, view: dict[str, Any]) -> str | None:
        if self._awaiting == "end":
            return "end"
        if self._awaiting == "clear":
            if self._clears_left and not self.stopping and not view["units_confirmed"]:
                self._clears_left -= 1
                return "clear"
            # A person at the keys may look first and then clear; nobody else can.
            by_person = self._interactive and not self._yes and not self.stopping
            return None if by_person else "end"
        if self.stopping:
            return None
        if self._awaiting == "start":
            return "start"
        if self._awaiting in ("fitted", "arm") and self._yes:
            return self._awaiting
        if self._awaiting == "resume" and not self._interactive:
            # Nobody is there to go on; what was delivered is settled, the rest stays.
            return "end"
        return None
