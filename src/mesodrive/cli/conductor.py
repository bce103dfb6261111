"""What a client answers when the session asks: decisions only, no terminal and no socket."""

from typing import Any, Final

from mesodrive.cli.answering import Answering
from mesodrive.control.wire import RESOLVE

ENTER: Final = "enter"

# A device that is found latched may be cleared once; latching again is a fault to look at.
CLEARS_MAX: Final = 1

REPEATED: Final = ("fitted", "arm", "resume")

# An automatic answer is given anew where the same question still stands after so many views, one
# second or so: what it led to may have failed, on a poor line say. After so many it is given up.
VIEWS_BETWEEN: Final = 10
REPEATS_MAX: Final = 20

# Where nobody is there to end it, a session whose device is lost is ended after so many views, ten
# seconds or more: its log is enough to go on from.
LOST_VIEWS_MAX: Final = 20
LOST: Final = ("disconnected", "recovering", "uncertain")

Wish = str | dict[str, str]


class Conductor:
    """Turns views and keys into wishes.

    Args:
        answer_yes: Answer the questions for fitting and arming without asking.
        interactive: A person is there to press keys.
        clear: Unlatch a device that is found latched at the beginning.
        resuming: The session goes on from a log: until its device is armed, what is found is
            the beginning too.
        answer: Who answers for what nobody can know, and why; None where a person must type it.
    """

    def __init__(
        self,
        *,
        answer_yes: bool,
        interactive: bool,
        clear: bool,
        resuming: bool = False,
        answer: tuple[str, str] | None = None,
    ) -> None:
        self._yes, self._interactive = answer_yes, interactive
        self._clears_left = CLEARS_MAX if clear else 0
        self._resuming, self._given = resuming, answer
        self._answering = Answering()
        self._armed = False
        self._asked: tuple[Any, ...] = ("",)
        self._said: Wish | None = None
        self._views = 0
        """Since the question that stands was put."""
        self._awaiting = ""
        self.stopping = False

    @property
    def typed(self) -> str:
        """What a person has typed of an answer; empty where none is asked for, or nobody can."""
        asked = self._interactive and self._awaiting == RESOLVE and self._given is None
        return self._answering.typed if asked else ""

    def on_view(self, view: dict[str, Any]) -> Wish | None:
        """Return the wish that answers a question; None when a person must, or none is asked."""
        self._awaiting = view["awaiting"]
        self._armed = self._armed or view["state"] in ("armed", "running")
        asked = (self._awaiting, view["stage"], view["program"], view["state"], self.stopping)
        if asked == self._asked:
            return self._again()
        self._asked, self._views = asked, 0
        self._said = self._answer(view)
        return self._said

    def _again(self) -> Wish | None:
        """Repeat an answer that nobody has to give, within bounds; then end."""
        self._views += 1
        if not self._interactive and self._asked[3] in LOST and not self._awaiting:
            return "end" if self._views % LOST_VIEWS_MAX == 0 else None
        if self._said not in REPEATED or self._views % VIEWS_BETWEEN:
            return None
        return self._said if self._views < VIEWS_BETWEEN * REPEATS_MAX else "end"

    def on_key(self, key: str) -> Wish | None:
        """Return the wish that a key stands for just now; None for a key without meaning."""
        if self.stopping:
            return None
        if self._awaiting == RESOLVE:
            if key == ENTER:
                return self._answering.on_enter()
            self._answering.on_key(key)
            return None
        return self._short(key.lower())

    def _short(self, key: str) -> str | None:
        if key == ENTER and self._awaiting in ("fitted", "arm"):
            return self._awaiting
        if key in (ENTER, "c") and self._awaiting == "clear":
            return "clear"
        if key == "r" and self._awaiting == "resume":
            return "resume"
        if key == "p" and not self._awaiting:
            return "pause"
        return None

    def _answer(self, view: dict[str, Any]) -> Wish | None:
        if self._awaiting == "end":
            return "end"
        if self._awaiting == "clear":
            return self._clear(view)
        if self.stopping:
            return None
        if self._awaiting == "start":
            return "start"
        if self._awaiting == RESOLVE:
            return self._resolve()
        if self._awaiting in ("fitted", "arm") and self._yes:
            return self._awaiting
        if self._awaiting == "resume" and not self._interactive:
            # Nobody is there to go on; what was delivered is settled, the rest stays.
            return "resume" if self._yes and self._resuming and not self._armed else "end"
        return None

    def _clear(self, view: dict[str, Any]) -> str | None:
        found = not self._armed if self._resuming else not view["units_confirmed"]
        if self._clears_left and not self.stopping and found:
            self._clears_left -= 1
            return "clear"
        # A person at the keys may look first and then clear; nobody else can.
        by_person = self._interactive and not self._yes and not self.stopping
        return None if by_person else "end"

    def _resolve(self) -> Wish | None:
        if self._given is not None:
            who, why = self._given
            return {"wish": RESOLVE, "who": who, "why": why}
        return None if self._interactive else "end"
