"""The C header of the protocol: ids, enumerations, packed structures, proofs of their layout."""

from collections.abc import Iterable
from enum import IntEnum, IntFlag
from typing import Any, Final

from mesodrive_protocol.codec import (
    BODY_BYTES_MIN,
    CRC_BYTES,
    HEADER_BYTES,
    MAC_BYTES,
    NAMES,
    PAYLOAD_BYTES_MAX,
    PAYLOAD_BYTES_MAX_SIGNED,
    SIGNED_FLAG,
)
from mesodrive_protocol.enums import CAPS_KIND_SHIFT, PROTOCOL_VERSION
from mesodrive_protocol.framing import BODY_BYTES_MAX, MASK_BYTE, WIRE_BYTES_MAX
from mesodrive_protocol.render_layouts import (
    MESSAGES,
    Spot,
    body_bytes,
    header_spots,
    item_spots,
    payload_spots,
    step_spots,
)
from mesodrive_protocol.render_tables import ENUMS
from mesodrive_protocol.steps import STEP_BYTES
from mesodrive_protocol.times import BOUNDS

_HEAD: Final = """\
/* Mesodrive Device Protocol, version 1. Rendered from the Python declarations by
 * `python -m mesodrive_protocol.render --write`; do not edit. PROTOCOL.md says what it means.
 *
 * The structures lie in memory as the body lies on the wire: packed, little-endian. A signed body
 * goes on with MESO_MAC_BYTES of MAC; every body ends with MESO_CRC_BYTES of CRC-32. On a
 * processor that cannot read at odd addresses let the compiler see the packed type, never a
 * pointer to one of its members. */
#ifndef MESODRIVE_PROTOCOL_H
#define MESODRIVE_PROTOCOL_H

#include <stddef.h>
#include <stdint.h>

#if defined(__BYTE_ORDER__) && (__BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__)
#error "these structures need a little-endian processor"
#endif
"""
_C_TYPES: Final = {
    "u8": "uint8_t", "u16": "uint16_t", "u32": "uint32_t", "u64": "uint64_t",
    "i16": "int16_t", "i32": "int32_t",
}  # fmt: skip
_C_WORDS: Final = frozenset(
    {"case", "default", "break", "register", "signed", "switch", "volatile"}
)
"""Words of C that a field may be called; the member then ends in an underscore."""


def c_header() -> str:
    """Return the text of `mesodrive_protocol.h`."""
    parts = [_HEAD, _constants(), *map(_enum, ENUMS.values()), "#pragma pack(push, 1)\n"]
    parts.append(_struct("header", header_spots()))
    parts += map(_message, MESSAGES)
    parts += [
        _struct(_snake(name), spots) + _proofs(_snake(name), spots, STEP_BYTES)
        for name, (_, _, spots) in step_spots().items()
    ]
    parts += ["#pragma pack(pop)\n", "#endif /* MESODRIVE_PROTOCOL_H */\n"]
    return "\n".join(parts)


def _constants() -> str:
    numbers = {
        "PROTOCOL_VERSION": PROTOCOL_VERSION,
        "MASK_BYTE": MASK_BYTE,
        "SIGNED_FLAG": SIGNED_FLAG,
        "HEADER_BYTES": HEADER_BYTES,
        "MAC_BYTES": MAC_BYTES,
        "CRC_BYTES": CRC_BYTES,
        "PAYLOAD_BYTES_MAX": PAYLOAD_BYTES_MAX,
        "PAYLOAD_BYTES_MAX_SIGNED": PAYLOAD_BYTES_MAX_SIGNED,
        "BODY_BYTES_MIN": BODY_BYTES_MIN,
        "BODY_BYTES_MAX": BODY_BYTES_MAX,
        "WIRE_BYTES_MAX": WIRE_BYTES_MAX,
        "STEP_BYTES": STEP_BYTES,
        "CAPS_KIND_SHIFT": CAPS_KIND_SHIFT,
    }
    lines = [f"#define MESO_{name} {value}u" for name, value in numbers.items()]
    lines.append("")
    for cls, declared in MESSAGES.items():
        lines.append(f"#define MESO_ID_{NAMES[cls]} 0x{declared.id:04X}u")
    lines.append("")
    for cls, declared in MESSAGES.items():
        if declared.tail is not None:
            lines.append(f"#define MESO_{NAMES[cls]}_ITEMS_MAX {declared.tail.most}u")
    lines.append("")
    lines += [f"#define MESO_{bound.name.upper()} {bound.value}u" for bound in BOUNDS]
    return "\n".join(lines) + "\n"


def _enum(values: type[IntEnum] | type[IntFlag]) -> str:
    name = _snake(values.__name__)
    members = "\n".join(
        f"    MESO_{name.upper()}_{member.name} = {member.value}," for member in values
    )
    return f"enum meso_{name} {{\n{members}\n}};\n"


def _message(cls: type[Any]) -> str:
    name, size = NAMES[cls].lower(), body_bytes(cls)
    spots = payload_spots(cls)
    tail = MESSAGES[cls].tail
    items = item_spots(cls)
    before, last = "", ""
    if tail is not None and tail.names:
        item_bytes = sum(spot.size for spot in items)
        before = _struct(f"{name}_item", items) + _proofs(f"{name}_item", items, item_bytes) + "\n"
        last = f"    struct meso_{name}_item {cls._fields[-1]}[];\n"
    elif tail is not None:
        last = f"    {_member(items[0]).removesuffix(';')};\n".replace(
            items[0].name, f"{items[0].name}[]", 1
        )
    struct = _struct(name, spots, first="    struct meso_header header;\n", last=last)
    return before + struct + _proofs(name, spots, size)


def _struct(name: str, spots: Iterable[Spot], first: str = "", last: str = "") -> str:
    members = "".join(f"    {_member(spot)}\n" for spot in spots)
    return f"struct meso_{name} {{\n{first}{members}{last}}};\n"


def _proofs(name: str, spots: Iterable[Spot], size: int) -> str:
    lines = [f'_Static_assert(sizeof(struct meso_{name}) == {size}, "size of {name}");']
    lines += [
        f"_Static_assert(offsetof(struct meso_{name}, {_c_name(spot)}) == {spot.offset}, "
        f'"{name}.{_c_name(spot)}");'
        for spot in spots
    ]
    return "\n".join(lines) + "\n"


def _member(spot: Spot) -> str:
    plain = _C_TYPES.get(spot.shape)
    if plain is not None:
        return f"{plain} {_c_name(spot)};"
    letter = "char" if spot.shape.startswith("c") else "uint8_t"
    return f"{letter} {_c_name(spot)}[{spot.size}];"


def _c_name(spot: Spot) -> str:
    if not spot.name:
        return f"reserved_{spot.offset}"
    return spot.name + "_" if spot.name in _C_WORDS else spot.name


def _snake(name: str) -> str:
    return "".join("_" + c if c.isupper() and i else c for i, c in enumerate(name)).lower()
