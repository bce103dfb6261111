"""Turns the events of a YAML parser into plain data, remembering where each value stands.

Only what a person needs to write a plan is allowed: mappings, lists and scalars. Anchors, aliases,
tags, directives and several documents are refused, as are keys that stand twice; nodes and depth
are counted while reading, so that a bomb costs no more than the bound.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple, NoReturn

from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceStartEvent,
)

from mesodrive.document_text import escaped
from mesodrive.errors import DocumentError, Problem
from mesodrive.yaml_core import Scalar, ScalarError, plain_scalar

NODES_MAX: Final = 20_000
"""A large plan has some thousand nodes; a bomb or a pasted table of points has more."""
DEPTH_MAX: Final = 16
"""Twice the depth of any document of ours."""
PROBLEMS_MAX: Final = 100
"""Nobody mends more at a time."""

_NUMBER: Final = "yaml-number"

Path = tuple[str | int, ...]


class Mark(NamedTuple):
    """A place in a text, both from 1."""

    line: int
    column: int


class Composed(NamedTuple):
    """The data of one document and the places of its nodes."""

    data: object
    values: dict[Path, Mark]
    """Where each value begins."""
    keys: dict[Path, Mark]
    """Where the key of each value in a mapping begins."""
    numbers: tuple[Problem, ...] = ()
    """Numbers that are none, such as `.nan`; None stands in their places, so that all else that is
    wrong with the document can be told beside them."""


class _Level:
    """A mapping or a list that is not yet closed."""

    __slots__ = ("data", "key", "path")

    def __init__(self, data: dict[str, object] | list[object], path: Path) -> None:
        self.data = data
        self.path = path
        self.key: str | None = None


def compose(events: Iterable[Event], file: str) -> Composed:
    """Return the data of a document.

    Args:
        events: Parser events; taken one by one, and no further than the bounds allow.
        file: Name for messages.

    Raises:
        DocumentError: With all that is refused; at once where going on has no sense.
        YAMLError: If the text is not YAML.
    """
    return _Composer(file).run(events)


class _Composer:
    """One run over the events of one document."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.levels: list[_Level] = []
        self.root: object = None
        self.values: dict[Path, Mark] = {}
        self.keys: dict[Path, Mark] = {}
        self.problems: list[Problem] = []
        self.documents = 0
        self.nodes = 0

    def run(self, events: Iterable[Event]) -> Composed:
        """Take all events and return the result."""
        for event in events:
            if isinstance(event, NodeEvent):
                self._node(event)
            elif isinstance(event, CollectionEndEvent):
                self.levels.pop()
            elif isinstance(event, DocumentStartEvent):
                self._document(event)
        if any(one.code != _NUMBER for one in self.problems):
            raise DocumentError(tuple(self.problems))
        return Composed(self.root, self.values, self.keys, tuple(self.problems))

    def _document(self, event: DocumentStartEvent) -> None:
        """Refuse directives and a second document."""
        self.documents += 1
        if event.version or event.tags:
            self._refuse(event, "a directive", "none", "remove the line with %", "yaml-directive")
        if self.documents > 1:
            self._stop(event, "a second document", "one", "keep one per file", "yaml-documents")

    def _node(self, event: NodeEvent) -> None:
        """Take a scalar, or open a mapping or list."""
        self.nodes += 1
        if self.nodes > NODES_MAX:
            self._stop(
                event,
                "a very long document",
                f"at most {NODES_MAX} values",
                "shorten it",
                "yaml-nodes",
            )
        self._refuse_extras(event)
        level = self.levels[-1] if self.levels else None
        if level is not None and isinstance(level.data, dict) and level.key is None:
            self._key(level, event)
        elif isinstance(event, ScalarEvent):
            self._attach(self._scalar(event), event)
        elif isinstance(event, MappingStartEvent):
            self._open({}, event)
        elif isinstance(event, SequenceStartEvent):
            self._open([], event)
        else:
            self._attach(None, event)

    def _refuse_extras(self, event: NodeEvent) -> None:
        """Refuse aliases, anchors and tags."""
        if isinstance(event, AliasEvent):
            self._refuse(
                event, f"the alias *{event.anchor}", "a value", "write it out", "yaml-alias"
            )
        elif event.anchor is not None:
            self._refuse(
                event, f"the anchor &{event.anchor}", "a value", "remove the anchor", "yaml-anchor"
            )
        tag: str | None = getattr(event, "tag", None)
        if tag is not None:
            self._refuse(event, f"the tag {tag}", "a value", "remove the tag", "yaml-tag")

    def _key(self, level: _Level, event: NodeEvent) -> None:
        """Take the key of the next value of a mapping."""
        if not isinstance(event, ScalarEvent):
            self._stop(event, "a list or mapping as key", "a word", "use a word", "yaml-key")
        key = self._scalar(event)
        if not isinstance(key, str):
            self._refuse(
                event,
                f"the key {event.value or 'nothing'}",
                "a word",
                "put the key in quotes",
                "yaml-key",
            )
        level.key = event.value
        path = (*level.path, event.value)
        if path in self.keys:
            self._refuse(
                event,
                f"the key {event.value} a second time (first on line {self.keys[path].line})",
                "each key once",
                "remove one of the two",
                "yaml-key-twice",
            )
        else:
            self.keys[path] = _mark(event)

    def _scalar(self, event: ScalarEvent) -> Scalar:
        """Return the meaning of a scalar; one in quotes is text."""
        if event.style in ("'", '"', "|", ">"):
            return event.value
        try:
            return plain_scalar(event.value)
        except ScalarError as error:
            self._refuse(event, event.value[:20], str(error), "check the number", _NUMBER)
            return None

    def _open(self, data: dict[str, object] | list[object], event: NodeEvent) -> None:
        """Open a mapping or list."""
        if len(self.levels) >= DEPTH_MAX:
            self._stop(
                event,
                "deep nesting",
                f"at most {DEPTH_MAX} levels",
                "use fewer levels",
                "yaml-depth",
            )
        self.levels.append(_Level(data, self._attach(data, event)))

    def _attach(self, value: object, event: NodeEvent) -> Path:
        """Put a value where it belongs, and return its path."""
        if not self.levels:
            self.root = value
            path: Path = ()
        else:
            level = self.levels[-1]
            if isinstance(level.data, dict):
                assert level.key is not None
                path = (*level.path, level.key)
                level.data[level.key] = value
                level.key = None
            else:
                path = (*level.path, len(level.data))
                level.data.append(value)
        self.values[path] = _mark(event)
        return path

    def _place(self) -> Path:
        """Return the path of the value that is read; of the mapping itself where a key is."""
        if not self.levels:
            return ()
        level = self.levels[-1]
        if isinstance(level.data, list):
            return (*level.path, len(level.data))
        return level.path if level.key is None else (*level.path, level.key)

    def _refuse(self, event: Event, value: str, limit: str, remedy: str, code: str) -> None:
        """Note a problem and go on, so that one reading finds them all."""
        line, column = _mark(event)
        found = escaped(value)
        field = escaped(dotted(self._place()))
        self.problems.append(Problem(self.file, line, column, field, found, limit, remedy, code))
        if len(self.problems) >= PROBLEMS_MAX:
            raise DocumentError(tuple(self.problems))

    def _stop(self, event: Event, value: str, limit: str, remedy: str, code: str) -> NoReturn:
        """Note a problem after which reading on has no sense.

        Raises:
            DocumentError: Always.
        """
        self._refuse(event, value, limit, remedy, code)
        raise DocumentError(tuple(self.problems))


def dotted(path: Path) -> str:
    """Return a path as people read it: `capabilities.needles[0].bore_um`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _mark(event: Event) -> Mark:
    """Return where an event begins; the parser counts from 0."""
    start = event.start_mark
    assert start is not None, "a parser of a text always knows the place"
    return Mark(start.line + 1, start.column + 1)
