"""Reads YAML documents that people write, and checks them against a model.

Every fault is reported at once, each with file, line, column, field, what was found, what is
expected and what to do.
"""

from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Final, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from mesodrive.document_messages import explain, shown
from mesodrive.document_text import escaped
from mesodrive.errors import DocumentError, Problem
from mesodrive.yaml_composer import Composed, Mark, Path, compose, dotted

PROFILE_BYTES_MAX: Final = 1 << 20
"""A profile has some ten thousand bytes."""
PLAN_BYTES_MAX: Final = 4 << 20
"""A plan with measured outlines of zones is larger than a profile."""

_LOADER: Final[type[yaml.SafeLoader]] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The parser in C where PyYAML was built with it; only its events are used."""

ModelT = TypeVar("ModelT", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Document:
    """A document that was read: its data, its text, and where everything stands."""

    file: str
    text: str
    data: object
    composed: Composed

    @property
    def raw(self) -> bytes:
        """The bytes of the file, as they were read."""
        return self.text.encode()

    def place(self, loc: Path, *, key: bool = False) -> tuple[int, int]:
        """Return line and column of a value, both from 1.

        Args:
            loc: Keys and indexes from the top; parts that the document does not have are skipped,
                so that a missing value is placed at what would hold it.
            key: Whether the place of the value's key is wanted, where it has one.
        """
        path = self.resolve(loc)
        marks = self.composed.keys if key and path in self.composed.keys else self.composed.values
        return marks.get(path, Mark(1, 1))

    def resolve(self, loc: Path) -> Path:
        """Return the part of a path that the document has."""
        path: Path = ()
        for part in loc:
            if (*path, part) in self.composed.values:
                path = (*path, part)
        return path


def read_document(path: FilePath, *, bytes_max: int) -> Document:
    """Return the document in a file.

    Args:
        path: The file.
        bytes_max: Largest size; no more is read.

    Raises:
        DocumentError: If the file cannot be read, is not UTF-8, or is refused by `load_document`.
    """
    file = str(path)
    try:
        if path.exists() and not path.is_file():
            found = "a folder" if path.is_dir() else "something that is not a file"
            raise _whole(file, found, "a file", "give the path of a file", "file-kind")
        with path.open("rb") as stream:
            data = stream.read(bytes_max + 1)
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        words = getattr(error, "strerror", None) or str(error)
        raise _whole(
            file, f"no way to read it ({words})", "a readable file", "check the path", "file-unread"
        ) from error
    try:
        return load_document(data.decode(), file=file, bytes_max=bytes_max)
    except UnicodeDecodeError as error:
        if len(data) > bytes_max:
            raise _too_large(file, bytes_max) from error
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        raise DocumentError(
            (
                Problem(
                    file,
                    line,
                    column,
                    "",
                    f"the byte 0x{data[error.start]:02x}",
                    "UTF-8 text",
                    "save the file as UTF-8",
                    "file-encoding",
                ),
            )
        ) from error


def load_document(text: str, *, file: str, bytes_max: int) -> Document:
    """Return the document in a text.

    Args:
        text: YAML 1.2 with the scalars of the core schema.
        file: Name for messages.
        bytes_max: Largest size as UTF-8.

    Raises:
        DocumentError: If the text is too large, empty, not YAML, or uses what is refused.
    """
    if len(text) > bytes_max or len(text.encode(errors="replace")) > bytes_max:
        raise _too_large(file, bytes_max)
    try:
        composed = compose(yaml.parse(text.removeprefix("\ufeff"), Loader=_LOADER), file)
    except (yaml.YAMLError, UnicodeEncodeError) as error:
        raise DocumentError((_syntax(error, file),)) from error
    if composed.data is None:
        raise _whole(file, "no content", "a document", "write it, or give another file", "empty")
    return Document(file, text, composed.data, composed)


def validate(document: Document, model: type[ModelT]) -> ModelT:
    """Return the document as a model.

    Raises:
        DocumentError: With every fault, in the order of the document.
    """
    numbers = document.composed.numbers
    told = {one.field for one in numbers}
    try:
        made = model.model_validate(document.data)
    except ValidationError as error:
        found = [_problem(document, model, details) for details in error.errors()]
        problems = [*numbers, *(one for one in found if one.field not in told)]
        in_order = sorted(problems, key=lambda one: (one.line, one.column))
        raise DocumentError(tuple(in_order)) from error
    if numbers:
        raise DocumentError(numbers)
    return made


def _problem(document: Document, model: type[BaseModel], details: ErrorDetails) -> Problem:
    """Return a fault that pydantic found, with its place in the file."""
    loc = details["loc"]
    path = document.resolve(loc)
    absent = bool(loc) and path[-1:] != loc[-1:]
    explained = explain(details, model)
    on_key = absent or details["type"] == "extra_forbidden"
    line, column = document.place(path, key=on_key)
    return Problem(
        document.file,
        line,
        column,
        escaped(dotted((*path, loc[-1]) if absent and explained.names_absent else path)),
        shown(explained.value),
        explained.limit,
        explained.remedy,
        explained.code,
    )


def _syntax(error: yaml.YAMLError | UnicodeEncodeError, file: str) -> Problem:
    """Return the fault that made the text unreadable as YAML."""
    mark: yaml.Mark | None = getattr(error, "problem_mark", None)
    words: str = getattr(error, "problem", None) or getattr(error, "reason", "") or str(error)
    return Problem(
        file,
        mark.line + 1 if mark else 0,
        mark.column + 1 if mark else 0,
        "",
        f"text that is not YAML ({words})",
        "keys, colons and values",
        "look at indentation, colons and quotes here and on the line before",
        "yaml-syntax",
    )


def _too_large(file: str, bytes_max: int) -> DocumentError:
    """Return the refusal of a file that is too large."""
    return _whole(
        file, "a larger file", f"at most {bytes_max} bytes", "shorten it", "file-too-large"
    )


def _whole(file: str, value: str, limit: str, remedy: str, code: str) -> DocumentError:
    """Return the refusal of a file as a whole."""
    return DocumentError((Problem(file, 0, 0, "", value, limit, remedy, code),))
