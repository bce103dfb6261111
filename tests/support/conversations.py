"""Whole sessions as text, one line per frame: what host and device say to each other.

`python -P tests/support/conversations.py` writes `tests/conversations/` anew; a test compares.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from mesodrive.session.conversation import hear, write
from support.specs import deliver, session
from support.worlds import S, Session

FOLDER: Final = Path(__file__).parents[1] / "conversations"
HEAD: Final = """\
# {title}
# Seconds since the log's begin; > to the device, ! STOP ahead of everything, < from the device,
# ? a wish or another input, * an event. Written by: python -P tests/support/conversations.py
"""


def completed() -> Session:
    """A short session that completes: prime, then three pricks."""
    return Session(session(deliver(3))).begin().end()


def stopped_and_resumed() -> Session:
    """STOP within a stroke, proof of rest, clear, and on from the device's next index."""
    run = Session(session(deliver(4))).begin()
    run.run(2_100_000_000)
    run.wish("stop", cause=0)
    return run.end()


def lost_port() -> Session:
    """The port is lost between two strokes: what was granted stays an interval."""
    run = Session(session(deliver(6))).begin()
    run.run(2_250_000_000)
    run.lose_port()
    run.wish("end")
    return run.end()


def latched_before() -> Session:
    """A device that an earlier session left latched with an open command."""
    first = Session(session(deliver(6))).begin()
    first.run(2_250_000_000)
    first.lose_port()
    first.wish("end")
    first.end()
    spec = session(deliver(2)).model_copy(update={"nonce": 5, "case": 78})
    return Session(spec, device=first.device, begin_ns=first.now_ns + 3 * S).begin().end()


SESSIONS: Final[dict[str, Callable[[], Session]]] = {
    "completed": completed,
    "stopped_and_resumed": stopped_and_resumed,
    "lost_port": lost_port,
    "latched_before": latched_before,
}


def text_of(name: str) -> str:
    """Run a session and return its conversation."""
    make = SESSIONS[name]
    return HEAD.format(title=make.__doc__) + write(hear(bytes(make().log.data)))


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for each in SESSIONS:
        (FOLDER / f"{each}.txt").write_text(text_of(each), encoding="utf-8")
