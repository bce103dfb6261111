"""What pydantic found, in words that a person who writes a document understands."""

import difflib
import re
from collections.abc import Iterator
from typing import Final, NamedTuple, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from mesodrive.document_text import escaped

VALUE_CHARACTERS_MAX: Final = 60
"""A message stays on a line or two."""

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "int_type": ("a whole number", "write digits only, without quotes, fraction or exponent"),
    "decimal_type": ("a number", "write digits, without quotes"),
    "string_type": ("text", "put it in quotes"),
    "bool_type": ("true or false", "write true or false"),
    "model_type": ("keys with values", "write 'key: value' lines below, indented"),
    "dict_type": ("keys with values", "write 'key: value' lines below, indented"),
    "mapping_type": ("keys with values", "write 'key: value' lines below, indented"),
    "tuple_type": ("a list", "write it in square brackets"),
    "list_type": ("a list", "write it in square brackets"),
    "greater_than_equal": ("at least {ge}", "write a value within the bounds"),
    "greater_than": ("more than {gt}", "write a value within the bounds"),
    "less_than_equal": ("at most {le}", "write a value within the bounds"),
    "less_than": ("less than {lt}", "write a value within the bounds"),
    "literal_error": ("{expected}", "use one of these words"),
    "enum": ("{expected}", "use one of these words"),
    "union_tag_invalid": ("{expected_tags} as {discriminator}", "use one of these words"),
    "union_tag_not_found": ("the key {discriminator}", "add the key"),
    "string_pattern_mismatch": ("text of the form {pattern}", "use only the allowed characters"),
    "string_too_short": ("at least {min_length} characters", "write more"),
    "string_too_long": ("at most {max_length} characters", "shorten it"),
    "too_short": ("at least {min_length} entries", "add what is missing"),
    "too_long": ("at most {max_length} entries", "shorten the list"),
}
"""By error type of pydantic: what is expected, and what to do; braces are its own facts."""


class Explained(NamedTuple):
    """A fault in words."""

    value: object
    """What was found."""
    limit: str
    """What is expected."""
    remedy: str
    code: str
    names_absent: bool
    """Whether the last part of the place names something that is not there, but should be."""


def explain(details: ErrorDetails, model: type[BaseModel]) -> Explained:
    """Return a fault in words.

    Args:
        details: One entry of `ValidationError.errors()`.
        model: The model of the whole document, which knows the keys that may be meant.
    """
    kind, loc, facts = details["type"], details["loc"], details.get("ctx", {})
    if kind == "missing":
        remedy = f"add the key {loc[-1]}"
        return Explained(None, "a value", remedy, "key-missing", names_absent=True)
    if kind == "extra_forbidden":
        limit, remedy = _unknown_key(str(loc[-1]), loc, model)
        return Explained(_Key(str(loc[-1])), limit, remedy, "key-unknown", names_absent=False)
    if "limit" in facts and "remedy" in facts:
        limit, remedy = str(facts["limit"]), str(facts["remedy"])
        return Explained(details["input"], limit, remedy, kind, names_absent=True)
    limit, remedy = _WORDS.get(kind, (_plain(details["msg"]), "correct the value"))
    if kind in _WORDS:
        limit = limit.format_map(facts)
    return Explained(details["input"], limit, remedy, kind.replace("_", "-"), names_absent=False)


def shown(value: object) -> str:
    """Return a value as people see it in a message, at most `VALUE_CHARACTERS_MAX` long."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case _Key():
            text = f"the unknown key {escaped(value.name)}"
        case str():
            text = repr(value)
        case dict():
            return "keys with values"
        case list() | tuple():
            return f"a list of {len(value)}"
        case _:
            text = str(value)
    if len(text) > VALUE_CHARACTERS_MAX:
        text = text[: VALUE_CHARACTERS_MAX - 3] + "..."
    return text


class _Key(NamedTuple):
    """An unknown key, which is shown as such and not as a value."""

    name: str


def _unknown_key(key: str, loc: tuple[str | int, ...], model: type[BaseModel]) -> tuple[str, str]:
    """Return what is expected in place of an unknown key, and what to do."""
    known = sorted(_keys_at(loc[:-1], model))
    close = difflib.get_close_matches(key, known, n=1)
    if close:
        return "a key that belongs here", f"did you mean {close[0]}?"
    return f"one of {', '.join(known)}" if known else "no key", "remove the key or correct it"


def _keys_at(loc: tuple[str | int, ...], model: type[BaseModel]) -> set[str]:
    """Return the keys that may stand at a place of a document."""
    models: set[type[BaseModel]] = {model}
    for part in loc:
        found = {
            inner
            for outer in models
            for name, field in outer.model_fields.items()
            if part in (name, field.alias)
            for inner in _models_in(field.annotation)
        }
        tagged = {
            one
            for one in models
            if any(part in get_args(field.annotation) for field in one.model_fields.values())
        }
        models = found or tagged or models  # an index stays at the same models
    return {field.alias or name for outer in models for name, field in outer.model_fields.items()}


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    """Yield each model that an annotation holds, such as in `tuple[Needle, ...] | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)


def _plain(message: str) -> str:
    """Return a message of pydantic as words that follow "expected"."""
    return re.sub(r"^(Input|Value) (should be|error,) ?", "", message)
