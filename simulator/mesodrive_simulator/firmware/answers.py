"""What a request is answered with, and which answers are given again.

Invariants: a request is executed at most once; `rid` rises; the answers of the last 16 requests
are given again word for word; any other `rid` not above the highest executed is STALE.
"""

from collections import deque
from typing import Final, NamedTuple

from mesodrive_protocol.enums import Code, Reason
from mesodrive_protocol.messages import Answer

ANSWERS_KEPT: Final = 16
REFUSALS_PER_S: Final = 20
"""Answers to frames that cannot be taken, so that noise never fills the way back."""
_SECOND_US: Final = 1_000_000


class Ruling(NamedTuple):
    """What became of a request; everything but OK means that nothing was changed."""

    code: Code
    field: int = 0
    step: int = 0
    value: int = 0
    limit: int = 0
    detail: int = 0
    reason: Reason = Reason.NONE
    """What stands in the way; NONE: the reason of the present latch, if any."""


OK: Final = Ruling(Code.OK)


class AnswerBook:
    """Answers of one session, by rid."""

    __slots__ = ("highest", "kept")

    def __init__(self) -> None:
        self.highest = 0
        self.kept: dict[int, Answer] = {}

    def clear(self) -> None:
        """Forget everything: a new session counts anew."""
        self.highest = 0
        self.kept.clear()

    def keep(self, answer: Answer) -> None:
        """Keep an answer, dropping the oldest beyond 16."""
        self.kept[answer.rid] = answer
        self.highest = max(self.highest, answer.rid)
        if len(self.kept) > ANSWERS_KEPT:
            del self.kept[next(iter(self.kept))]


class RefusalBudget:
    """At most 20 answers to refused frames in any second."""

    __slots__ = ("times_us",)

    def __init__(self) -> None:
        self.times_us: deque[int] = deque(maxlen=REFUSALS_PER_S)

    def allows(self, us: int) -> bool:
        """Tell whether one more may be sent now, and count it if so."""
        times = self.times_us
        if len(times) == REFUSALS_PER_S and us - times[0] < _SECOND_US:
            return False
        times.append(us)
        return True


def clip_i32(value: int) -> int:
    """Return a number that fits the answer's fields; beyond them the nearest that does."""
    return max(-(1 << 31), min((1 << 31) - 1, value))
