"""Typing an answer for what nobody can know: who answers, then why; keys in, a wish out."""

from typing import Final

from mesodrive.control.wire import ANSWER_MAX, RESOLVE

_ERASE: Final = frozenset({"\x7f", "\b"})
_FIELDS: Final = ("who", "why")


class Answering:
    """One answer as it is typed, key by key."""

    def __init__(self) -> None:
        self._said: dict[str, str] = {}
        self._line = ""

    @property
    def typed(self) -> str:
        """What is typed so far, for the screen."""
        before = "".join(f"{name}: {text}  " for name, text in self._said.items())
        return f"{before}{self._field}: {self._line}_"

    @property
    def _field(self) -> str:
        return _FIELDS[len(self._said)]

    def on_enter(self) -> dict[str, str] | None:
        """Take a line; return the wish once both are there. An empty line is no answer."""
        line = self._line.strip()
        if not line:
            return None
        said = {**self._said, self._field: line}
        self._line = ""
        if len(said) < len(_FIELDS):
            self._said = said
            return None
        self._said = {}
        return {"wish": RESOLVE, **said}

    def on_key(self, key: str) -> None:
        """Take a character, or erase one."""
        if key in _ERASE:
            self._line = self._line[:-1]
        elif key.isprintable() and len(self._line) < ANSWER_MAX:
            self._line += key
