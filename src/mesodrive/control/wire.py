"""What goes over the local socket: JSON objects, bounded, and never pickles."""

import json
import sys
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    if sys.platform == "win32":
        from multiprocessing.connection import PipeConnection

        Line = Connection[Any, Any] | PipeConnection[Any, Any]
    else:
        Line = Connection[Any, Any]

MESSAGE_BYTES_MAX: Final = 65_536
"""Bound of a message to a client: a view has about 1 KB."""

WISH_BYTES_MAX: Final = 4_096
"""Bound of a message from a client: a wish has about 20 bytes, one with a reason some hundred."""

PLAIN_WISHES: Final = frozenset(
    {"start", "fitted", "arm", "pause", "resume", "stop", "clear", "end"}
)
"""What a client may wish for; a stop's cause is not the client's to say."""

RESOLVE: Final = "resolve"
"""The wish that answers for what nobody can know; it says who answers, and why so."""

ANSWER_MAX: Final = 200
"""Longest name or reason of an answer, characters."""


class WireError(Exception):
    """The other side sent something that is no message."""


def send(connection: "Line", message: dict[str, Any]) -> None:
    """Send one message; waits while the other side's buffer is full.

    Raises:
        OSError: If the other side has gone.
    """
    connection.send_bytes(json.dumps(message).encode())


def receive(connection: "Line", bytes_max: int) -> dict[str, Any]:
    """Wait for one message.

    Raises:
        EOFError: If the other side has closed.
        OSError: If the connection broke, or the message is above the bound.
        WireError: If it is not a JSON object.
    """
    data = connection.recv_bytes(bytes_max)
    try:
        message = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise WireError("not JSON") from error
    if not isinstance(message, dict):
        raise WireError("not an object")
    return message


def wish_of(message: dict[str, Any]) -> dict[str, str]:
    """Return a client's wish: its name, and for `resolve` who answers and why.

    Raises:
        WireError: If it is none that a client may have.
    """
    name = message.get("wish")
    if not isinstance(name, str) or not all(map(_is_text, message.values())):
        raise WireError("not a wish")
    keys = {"wish", "who", "why"} if name == RESOLVE else {"wish"}
    if set(message) != keys or name not in PLAIN_WISHES | {RESOLVE}:
        raise WireError("not a wish")
    return message


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip()) and len(value) <= ANSWER_MAX
