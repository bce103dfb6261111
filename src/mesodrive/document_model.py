"""The base of every model that a person writes as YAML: strict, frozen, all faults at once.

A field check reports each field by itself. Rules between fields are written as a generator of
`Violation`, so that one document gets the full list of its faults and not the first only.
"""

from collections.abc import Iterable, Iterator
from typing import LiteralString, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError


class Violation(NamedTuple):
    """One broken rule between fields."""

    place: tuple[str | int, ...]
    """Keys and indexes from the model that reports it down to the field at fault."""
    code: LiteralString
    """Stable name of the rule."""
    value: object
    """What stands there."""
    limit: str
    """What is expected, as words that follow "expected": "at most 4000"."""
    remedy: str
    """What a person does about it."""


def refusal(title: str, violations: Iterable[Violation]) -> ValidationError:
    """Return one error of pydantic that carries all violations, to be raised in a validator."""
    return ValidationError.from_exception_data(
        title,
        [
            InitErrorDetails(
                type=PydanticCustomError(
                    v.code, "expected {limit}; {remedy}", {"limit": v.limit, "remedy": v.remedy}
                ),
                loc=v.place,
                input=v.value,
            )
            for v in violations
        ],
    )


class DocumentModel(BaseModel):
    """A part of a document; unknown keys and wrong types are refused, nothing is converted."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        defer_build=True,  # half of the import time of a model is its validator
        serialize_by_alias=True,
    )

    def violations(self) -> Iterator[Violation]:
        """Yield each broken rule between fields that are sound by themselves."""
        yield from ()

    @model_validator(mode="after")
    def _refuse_violations(self) -> Self:
        """Refuse the document with every violation.

        Raises:
            ValidationError: If any rule between fields is broken; pydantic adds it to the others.
        """
        found = tuple(self.violations())
        if found:
            raise refusal(type(self).__name__, found)
        return self
