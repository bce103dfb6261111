"""Where each field stands: the view of the declarations that tables and C header share."""

import re
from enum import IntEnum, IntFlag
from struct import calcsize
from typing import Any, Final, NamedTuple

from mesodrive_protocol.codec import HEADER_BYTES, wire_fields
from mesodrive_protocol.fields import DECLARATIONS, Wire
from mesodrive_protocol.steps import LAYOUTS

UNITS: Final = {
    "um": "um", "nl": "nL", "nl_s": "nL/s", "us": "us", "ua": "uA", "uv": "uV", "uc": "uC",
    "pa": "Pa", "mhz": "mHz", "hz": "Hz", "mm2": "mm2", "mc": "0.001 degC", "uj": "uJ",
    "permille": "1/1000",
}  # fmt: skip
"""Unit by the last words of a field's name."""
TYPES: Final = {
    "B": "u8", "H": "u16", "I": "u32", "Q": "u64", "h": "i16", "i": "i32", "16s": "c16",
    "32s": "b32", "24s": "b24",
}  # fmt: skip
"""Type as PROTOCOL.md writes it, by `struct` letter."""

MESSAGES: Final = dict(sorted(DECLARATIONS.items(), key=lambda item: item[1].id))
"""Every message class with its declaration, by rising id."""


class Spot(NamedTuple):
    """One field at its place in the body; without a name it is reserved and zero."""

    offset: int
    name: str
    shape: str
    """As in `TYPES`; `zN` is N reserved bytes."""
    size: int
    values: type[IntEnum] | type[IntFlag] | None = None

    @property
    def unit(self) -> str:
        """Unit in the last words of the name, or nothing."""
        words = self.name.split("_")
        return UNITS.get("_".join(words[-2:]), UNITS.get(words[-1], "")) if words[1:] else ""


def _spot(offset: int, name: str, wire: Wire) -> Spot:
    return Spot(offset, name, TYPES[wire.format], calcsize("<" + wire.format), wire.values)


def _reserved(offset: int, length: int) -> Spot:
    return Spot(offset, "", f"z{length}", length)


def header_spots() -> list[Spot]:
    """Return the fields that every frame begins with."""
    head = [Spot(0, "version", "u8", 1), Spot(1, "flags", "u8", 1), Spot(2, "id", "u16", 2)]
    cls = next(iter(MESSAGES))
    return head + [
        _spot(4 + 4 * index, name, wire) for index, (name, wire) in enumerate(wire_fields(cls)[:3])
    ]


def payload_spots(cls: type[Any]) -> list[Spot]:
    """Return the fields of a message after the header, without its repeated part."""
    spots: list[Spot] = []
    offset = HEADER_BYTES
    for name, wire in wire_fields(cls)[3:]:
        spots.append(_spot(offset, name, wire))
        offset += spots[-1].size
        if zeros := MESSAGES[cls].zeros.get(name, 0):
            spots.append(_reserved(offset, zeros))
            offset += zeros
    return spots


def body_bytes(cls: type[Any]) -> int:
    """Return the length of header and fixed payload, without items, MAC and CRC."""
    return HEADER_BYTES + sum(spot.size for spot in payload_spots(cls))


def item_spots(cls: type[Any]) -> list[Spot]:
    """Return the fields of one item of a message's repeated part, from the item's first byte."""
    tail = MESSAGES[cls].tail
    if tail is None:
        return []
    names = tail.names or (cls._fields[-1],)
    return _struct_spots(tail.format, names)


def step_spots() -> dict[str, tuple[type[Any], list[str], list[Spot]]]:
    """Return by class name: the step's class, its kinds, its fields from its first byte."""
    found: dict[str, tuple[type[Any], list[str], list[Spot]]] = {}
    for kind, (layout, cls, _) in LAYOUTS.items():
        entry = found.setdefault(
            cls.__name__, (cls, [], _struct_spots(layout.format.lstrip("<"), cls._fields))
        )
        entry[1].append(kind.name)
    return found


def _struct_spots(letters: str, names: tuple[str, ...]) -> list[Spot]:
    spots: list[Spot] = []
    left = list(names)
    offset = 0
    for count, letter in re.findall(r"(\d*)([a-zA-Z])", _grouped(letters)):
        for _ in range(1 if letter in "sx" else int(count or 1)):
            size = calcsize(f"<{count if letter in 'sx' else ''}{letter}")
            if letter == "x":
                spots.append(_reserved(offset, size))
            else:
                shape = TYPES[f"{count}s" if letter == "s" else letter]
                spots.append(Spot(offset, left.pop(0), shape, size))
            offset += size
    return spots


def _grouped(letters: str) -> str:
    """Write runs of pad letters as one counted pad: `Hxxi` is `H2xi`."""
    return re.sub(r"x{2,}", lambda match: f"{len(match[0])}x", letters)
