"""One message of every class, each field another value, and the vectors."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from mesodrive_protocol.codec import IDS, value_range, wire_fields
from mesodrive_protocol.fields import DECLARATIONS, Wire
from mesodrive_protocol.messages import Message

FOLDER = Path(__file__).parents[2] / "firmware_protocol"


def field_value(wire: Wire, number: int) -> int | bytes:
    """Return a value that fits the field and differs from that of its neighbours."""
    if wire.values is not None:
        return number % (min(value_range(wire.values)[1], 3) + 1)
    if wire.format == "16s":
        return f"text {number}".encode()
    if wire.format == "32s":
        return bytes(range(number, number + 32))
    return -number if wire.format == "i" else number


def sample(cls: type[Any]) -> Message:
    """Return a message of a class, its repeated part of two items."""
    values: list[Any] = [
        field_value(wire, 3 + 2 * i) for i, (_, wire) in enumerate(wire_fields(cls))
    ]
    tail = DECLARATIONS[cls].tail
    if tail is None:
        return cls(*values)  # type: ignore[no-any-return]
    values[cls._fields.index(tail.counter)] = 2
    items: dict[str, tuple[Any, ...]] = {
        "Hxxi": ((2, -7), (24, 8)),
        "24s": (bytes(range(24)), bytes(range(24, 48))),
        "i": (-5, 6),
        "ii": ((1, -2), (3, -4)),
    }
    return cls(*values, items[tail.format])  # type: ignore[no-any-return]


@pytest.fixture(scope="session")
def samples() -> list[Message]:
    """Return one message of every class, by rising id."""
    return [sample(IDS[number]) for number in sorted(IDS)]


@pytest.fixture(scope="session")
def vectors() -> dict[str, Any]:
    """Return the vector files by name without ending."""
    return {
        path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))
        for path in sorted((FOLDER / "vectors").glob("*.yaml"))
    }
