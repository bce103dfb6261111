"""How one field of a message is laid out on the wire; the building blocks of the declaration."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, IntEnum, IntFlag
from typing import Annotated, Any, Final, NamedTuple, TypeVar

from mesodrive_protocol.enums import (
    Code,
    DeviceState,
    EventKind,
    Hold,
    How,
    Inputs,
    Kind,
    Phase,
    Reason,
    Relation,
)


@dataclass(frozen=True, slots=True)
class Wire:
    """Layout of one field: a `struct` letter, and the enumeration that bounds its value."""

    format: str
    values: type[IntEnum] | type[IntFlag] | None = None


U8 = Annotated[int, Wire("B")]
U16 = Annotated[int, Wire("H")]
U32 = Annotated[int, Wire("I")]
U64 = Annotated[int, Wire("Q")]
I16 = Annotated[int, Wire("h")]
I32 = Annotated[int, Wire("i")]
Text16 = Annotated[bytes, Wire("16s")]
"""ASCII, filled with zeros on the wire; without the zeros in a message."""
Digest = Annotated[bytes, Wire("32s")]

KindU8 = Annotated[int, Wire("B", Kind)]
PhaseU8 = Annotated[int, Wire("B", Phase)]
HoldU8 = Annotated[int, Wire("B", Hold)]
StateU8 = Annotated[int, Wire("B", DeviceState)]
ReasonU8 = Annotated[int, Wire("B", Reason)]
EventU8 = Annotated[int, Wire("B", EventKind)]
"""Outcome of a record: `EventKind` for events, `Outcome` (fewer values) for units."""
RelationU8 = Annotated[int, Wire("B", Relation)]
HowU8 = Annotated[int, Wire("B", How)]
InputsU16 = Annotated[int, Wire("H", Inputs)]
CodeU16 = Annotated[int, Wire("H", Code)]


class Sort(Enum):
    """What may be done with a message: how often it is sent, and what it changes."""

    QUERY = "q"
    REQUEST = "r"
    DURABLE = "d"
    BEAT = "b"
    ANSWER = "a"
    REPORT = "u"
    ANSWER_OR_REPORT = "a, u"


class Tail(NamedTuple):
    """A repeated part at the end of a message."""

    counter: str
    """Name of the u8 field that holds the number of items."""
    format: str
    """`struct` letters of one item, without byte order."""
    most: int
    """Largest number of items."""
    names: tuple[str, ...] = ()
    """Names of the values of an item that has several."""


class Declaration(NamedTuple):
    """What the decorator wrote down about one message class."""

    id: int
    sort: Sort
    effect: str
    zeros: dict[str, int]
    """Reserved zero bytes after the named field; under the empty name, before the first."""
    tail: Tail | None
    answer: str


DECLARATIONS: Final[dict[type[tuple[Any, ...]], Declaration]] = {}
"""Every message class in the order of declaration, filled by `message`."""

_T = TypeVar("_T")


def message(
    number: int,
    sort: Sort,
    effect: str,
    *,
    zeros: dict[str, int] | None = None,
    tail: Tail | None = None,
    answer: str = "",
) -> Callable[[type[_T]], type[_T]]:
    """Declare a `NamedTuple` as a message; its first fields are always rid, boot, session.

    Args:
        number: Message id; bit 15 is set where the device speaks.
        sort: Sort of message.
        effect: One phrase on what it does, for the rendered tables.
        zeros: Reserved bytes after the named fields.
        tail: The repeated part; the class's last field then holds a tuple of items.
        answer: What answers it, for the rendered tables.
    """

    def declare(cls: type[_T]) -> type[_T]:
        DECLARATIONS[cls] = Declaration(  # type: ignore[index]
            number, sort, effect, zeros or {}, tail, answer
        )
        return cls

    return declare
