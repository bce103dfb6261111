"""Fuzz data as a row of decisions; when the data is used up, each decision is the first one."""

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Choices:
    """Reads decisions from the front of some bytes: a small change of them is a small change."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def __bool__(self) -> bool:
        """Whether there is anything left to decide by."""
        return self._at < len(self._data)

    def take(self, count: int) -> bytes:
        """Return so many bytes, or what is left."""
        taken = self._data[self._at : self._at + count]
        self._at += len(taken)
        return taken

    def rest(self) -> bytes:
        return self.take(len(self._data))

    def number(self, width: int = 1) -> int:
        """Return a number of so many bytes."""
        return int.from_bytes(self.take(width), "little")

    def below(self, bound: int) -> int:
        return self.number(1 if bound <= 1 << 8 else 4) % bound

    def one(self, options: Sequence[T]) -> T:
        return options[self.below(len(options))]

    def blob(self) -> bytes:
        """Return 0 to 255 bytes."""
        return self.take(self.number())
