"""The tables of PROTOCOL.md, from the declarations of messages, steps, enumerations and times."""

from collections.abc import Iterable
from enum import IntEnum, IntFlag
from typing import Any, Final

from mesodrive_protocol import enums
from mesodrive_protocol.codec import NAMES
from mesodrive_protocol.enums import CAPS_KIND_SHIFT, Caps, Kind
from mesodrive_protocol.render_layouts import (
    MESSAGES,
    Spot,
    body_bytes,
    header_spots,
    item_spots,
    payload_spots,
    step_spots,
)
from mesodrive_protocol.times import BOUNDS

ENUMS: Final[dict[str, type[IntEnum] | type[IntFlag]]] = {
    name: value
    for name, value in vars(enums).items()
    if isinstance(value, type) and value.__module__ == enums.__name__
}
"""Every enumeration of the protocol, by class name."""


def tables() -> dict[str, str]:
    """Return every rendered table by the name in its marker."""
    rendered = {
        "header": _field_table(header_spots()),
        "messages": _message_list(),
        "times": _table(
            ("name", "value", "kept by", "what it bounds"),
            ((f"`{b.name}`", f"{b.value:,}", b.kept_by, b.meaning) for b in BOUNDS),
        ),
    }
    for cls in MESSAGES:
        rendered[f"message {NAMES[cls]}"] = _message(cls)
    for name, (_, kinds, spots) in step_spots().items():
        rendered[f"step {name}"] = f"Kinds: {', '.join(kinds)}.\n\n{_field_table(spots)}"
    for name, values in ENUMS.items():
        rendered[f"enum {name}"] = _enum(values)
    return rendered


def _message_list() -> str:
    rows = (
        (
            f"`0x{declared.id:04X}`",
            NAMES[cls],
            declared.sort.value,
            declared.effect or "-",
            f"{body_bytes(cls) - 16}{_items_length(cls)}",
            declared.answer or "-",
        )
        for cls, declared in MESSAGES.items()
    )
    return _table(("id", "name", "sort", "effect", "payload bytes", "answer"), rows)


def _items_length(cls: type[Any]) -> str:
    tail = MESSAGES[cls].tail
    if tail is None:
        return ""
    return f" + {sum(spot.size for spot in item_spots(cls))} x {tail.counter}"


def _message(cls: type[Any]) -> str:
    declared = MESSAGES[cls]
    facts = f"Id `0x{declared.id:04X}`, sort {declared.sort.value}."
    if declared.effect:
        facts += f" Effect: {declared.effect}."
    if declared.answer:
        facts += f" Answer: {declared.answer}."
    parts = [facts, (cls.__doc__ or "").strip()]
    spots = payload_spots(cls)
    parts.append(_field_table(spots) if spots else "No payload.")
    if declared.tail is not None:
        parts.append(
            f"From body offset {body_bytes(cls)} stand `{declared.tail.counter}` items, at most "
            f"{declared.tail.most}, without gaps. One item:"
        )
        parts.append(_field_table(item_spots(cls)))
    return "\n\n".join(parts)


def _field_table(spots: Iterable[Spot]) -> str:
    rows = (
        (
            str(spot.offset),
            f"`{spot.name}`" if spot.name else "reserved, zero",
            spot.shape + (f", {spot.values.__name__}" if spot.values else ""),
            spot.unit or "-",
        )
        for spot in spots
    )
    return _table(("offset", "field", "type", "unit"), rows)


def _enum(values: type[IntEnum] | type[IntFlag]) -> str:
    flags = issubclass(values, IntFlag)
    rows = [(f"bit {v.bit_length() - 1}" if flags else str(v.value), v.name or "") for v in values]
    if values is Caps:
        rows += [(f"bit {CAPS_KIND_SHIFT + kind}", f"kind {kind.name}") for kind in Kind if kind]
    doc = (values.__doc__ or "").strip()
    return f"{doc}\n\n{_table(('bit' if flags else 'value', 'name'), rows)}"


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
