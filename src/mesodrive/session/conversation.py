"""A session as a text that people read and programs read back: one line per frame, wish or event.

    0.003000000 > HELLO rid=17 boot=0 session=0
    0.004100000 < IDENTITY rid=17 boot=3 ...
    0.010000000 ? {"wish":"start"}
    0.010000000 * {"event":"opened","session":8}

Times are seconds from the log's begin. `>` goes to the device, `!` is a STOP that overtook, `<`
comes from the device, `?` is an input and `*` an output that is JSON. What could not be decoded
stands in parentheses. Empty lines and lines that begin with `#` are remarks.
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

from mesodrive.core.ports import In, Out
from mesodrive.session.format import Buffer
from mesodrive.session.message_text import TextError, message_text, parse_message
from mesodrive.session.rendering import Renderer, Sort, seconds
from mesodrive.session.walk import Walk, entries
from mesodrive_protocol.messages import Message

_LINE: Final = re.compile(r"\s*(\d{1,9})\.(\d{9}) ([<>!?*]) (.+)")
_FRAMES: Final = "<>!"


class Spoken(NamedTuple):
    """One line of a conversation."""

    time_ns: int
    """Since the log's begin."""
    direction: str
    content: Message | dict[str, Any] | str
    """A frame's message, JSON, or in words what could not be decoded."""

    def __str__(self) -> str:
        return f"{seconds(self.time_ns)} {self.direction} {_content_text(self.content)}"


def hear(data: Buffer) -> Iterator[Spoken]:
    """Yield the conversation in a log, up to its first damage; ticks and marks are left out."""
    walk = Walk(data)
    renderer = Renderer()
    for entry in entries(walk):
        time_ns = entry.time_ns - walk.first_ns
        if entry.code in _JSON:
            direction = "*" if entry.code == Out.EVENT else "?"
            yield Spoken(time_ns, direction, _facts(entry.data))
            continue
        for line in renderer.lines(entry):
            if line.sort is Sort.FRAME:
                yield Spoken(time_ns, line.direction, _read(line.direction, line.text))


def write(spoken: Iterable[Spoken]) -> str:
    """Return a conversation as text that `parse` reads back."""
    return "".join(f"{one}\n" for one in spoken)


def parse(text: str) -> list[Spoken]:
    """Return the conversation in a text.

    Raises:
        TextError: If a line is no remark and no line of a conversation.
    """
    spoken: list[Spoken] = []
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        found = _LINE.fullmatch(line)
        if found is None:
            raise TextError(line, "no time, direction and content")
        whole, rest, direction, content = found.groups()
        time_ns = int(whole) * 1_000_000_000 + int(rest)
        spoken.append(Spoken(time_ns, direction, _read(direction, content)))
    return spoken


def _read(direction: str, content: str) -> Message | dict[str, Any] | str:
    if content.startswith("("):
        return content
    return parse_message(content) if direction in _FRAMES else _facts(content)


def _facts(data: bytes | str) -> dict[str, Any] | str:
    try:
        facts = json.loads(data)
    except (ValueError, RecursionError):
        facts = None
    if not isinstance(facts, dict):
        raise TextError(repr(data), "no JSON object")
    return facts


def _content_text(content: Message | dict[str, Any] | str) -> str:
    if isinstance(content, str):
        return content
    if isinstance(content, dict):
        return json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return message_text(content)


_JSON: Final = frozenset({In.WISH, In.OPENED, In.LOST, In.JOURNAL_FAILED, In.HOST, Out.EVENT})
