"""One message as one line of text and back, without loss: `GRANT rid=7 boot=2 ... upto=5`.

Values stand as people read them: enumerations and flags by name, digests in hex, texts in
quotes, repeated parts in brackets. The type of each field comes from the message's declaration,
so that nothing in a line is ambiguous. A value that its enumeration does not know stands as a
number.
"""

import json
import re
from enum import IntEnum, IntFlag
from typing import Any, Final, cast

from mesodrive_protocol.codec import IDS, NAMES, wire_fields
from mesodrive_protocol.enums import EventKind, Kind, Outcome
from mesodrive_protocol.fields import DECLARATIONS, Wire
from mesodrive_protocol.messages import Message, Record

_FIELDS: Final[dict[type[Any], list[tuple[str, Wire | None]]]] = {
    cls: [
        *wire_fields(cls),
        *([(cls._fields[-1], None)] if DECLARATIONS[cls].tail is not None else []),
    ]
    for cls in IDS.values()
}
"""Name and layout of each field of each class; no layout for the repeated part."""
_BY_NUMBER: Final[dict[type[Any], dict[int, str]]] = {
    names: {value: name for name, value in names.__members__.items()}
    for names in (
        EventKind,
        Outcome,
        *(wire.values for fields in _FIELDS.values() for _, wire in fields if wire and wire.values),
    )
}
_CLASSES: Final[dict[str, Any]] = {NAMES[cls]: cls for cls in IDS.values()}
Item = int | bytes | tuple[int, ...]
"""One item of a repeated part."""
Value = int | bytes | tuple[Item, ...]
"""What a field of a message holds."""
Names = type[IntEnum] | type[IntFlag] | None
"""The enumeration that names a field's values, where there is one."""
_PAIR: Final = re.compile(r'([a-z0-9_]+)=("(?:[^"\\]|\\.)*"|\S+)(?: |$)')


class TextError(ValueError):
    """A line that is no message.

    Args:
        text: The line.
        detail: What is wrong with it.
    """

    def __init__(self, text: str, detail: str) -> None:
        super().__init__(text, detail)
        self.text, self.detail = text, detail

    def __str__(self) -> str:
        return f"{self.detail}: {self.text}"


def message_text(message: Message) -> str:
    """Return a message as text."""
    cls = type(message)
    parts = [NAMES[cls]]
    values = cast("tuple[Value, ...]", message)
    for (name, wire), value in zip(_FIELDS[cls], values, strict=True):
        parts.append(f"{name}={_value_text(_values_of(message, name, wire), wire, value)}")
    return " ".join(parts)


def parse_message(text: str) -> Message:
    """Return the message in a text that `message_text` made.

    Raises:
        TextError: If the name, a field or a value is unknown, missing or out of place.
    """
    name, _, rest = text.partition(" ")
    cls = _CLASSES.get(name)
    if cls is None:
        raise TextError(text, "no message has this name")
    pairs = _PAIR.findall(rest)
    if [pair[0] for pair in pairs] != [field for field, _ in _FIELDS[cls]]:
        expected = " ".join(field for field, _ in _FIELDS[cls])
        raise TextError(text, f"the fields are not: {expected}")
    try:
        values: list[Value] = []
        for (field, wire), (_, written) in zip(_FIELDS[cls], pairs, strict=True):
            enumeration = None if wire is None else wire.values
            if name == NAMES[Record] and field == "outcome":
                enumeration = EventKind if values[-1] == Kind.EVENT else Outcome
            values.append(_parse_value(enumeration, wire, written))
    except (ValueError, KeyError) as error:
        raise TextError(text, f"a value cannot be read ({error})") from error
    made: Message = cls(*values)
    return made


def _values_of(message: Message, name: str, wire: Wire | None) -> Names:
    if isinstance(message, Record) and name == "outcome":
        return EventKind if message.kind == Kind.EVENT else Outcome
    return None if wire is None else wire.values


def _value_text(names: Names, wire: Wire | None, value: Value) -> str:
    if isinstance(value, tuple):
        return f"[{','.join(_item_text(item) for item in value)}]"
    if isinstance(value, bytes):
        return json.dumps(value.decode("ascii")) if _is_text(wire) else value.hex()
    if names is None:
        return str(value)
    if issubclass(names, IntFlag):
        return _flags_text(names, value)
    return _BY_NUMBER[names].get(value) or str(value)


def _flags_text(names: type[IntFlag], value: int) -> str:
    known = [flag for flag in names if value & flag]
    if sum(known) != value or not known:
        return str(value)
    return "|".join(flag.name or "" for flag in known)


def _item_text(item: Item) -> str:
    if isinstance(item, bytes):
        return item.hex()
    return ":".join(map(str, item)) if isinstance(item, tuple) else str(item)


def _is_text(wire: Wire | None) -> bool:
    return wire is not None and wire.format == "16s"


def _parse_value(names: Names, wire: Wire | None, written: str) -> Value:
    if wire is None:
        if not (written.startswith("[") and written.endswith("]")):
            raise ValueError("a repeated part stands in brackets")
        return tuple(_parse_item(item) for item in written[1:-1].split(",") if item)
    if _is_text(wire):
        return cast("str", json.loads(written)).encode("ascii")
    if wire.format == "32s":
        return bytes.fromhex(written)
    if names is None or written.isdigit():
        return int(written)
    return int(sum(names[name] for name in written.split("|")))


def _parse_item(written: str) -> Item:
    if ":" in written:
        return tuple(int(part) for part in written.split(":"))
    return bytes.fromhex(written) if len(written) == _STEP_DIGITS else int(written)


_STEP_DIGITS: Final = 48
"""Hex digits of a packed step; no integer of the protocol has so many."""
