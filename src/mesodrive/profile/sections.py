"""The base of a profile's sections: every number needs a note on where it comes from."""

from collections.abc import Iterator

from mesodrive.document_model import DocumentModel, Violation
from mesodrive.profile.quantities import Notes


class SourcedSection(DocumentModel):
    """A section whose `sources` name exactly its numbers.

    A number inside a list of parts is named by its column: `needles.bore_um`.
    """

    sources: Notes

    def numbers(self) -> tuple[str, ...]:
        """Return the names of all fields that hold a number, in the order of the model."""
        names: list[str] = []
        for name in type(self).model_fields:
            value = getattr(self, name)
            if type(value) is int:
                names.append(name)
            elif isinstance(value, tuple):
                names += _columns(name, value)
        return tuple(names)

    def violations(self) -> Iterator[Violation]:
        """Yield each number without a note and each note without a number."""
        yield from super().violations()
        numbers = self.numbers()
        for name in numbers:
            if name not in self.sources:
                yield Violation(
                    ("sources", name),
                    "source-missing",
                    None,
                    f"a note on where {name} comes from",
                    f"add '{name}: <source, or estimate: why>' under sources",
                )
        for name in self.sources:
            if name not in numbers:
                yield Violation(
                    ("sources", name),
                    "source-extra",
                    self.sources[name],
                    "notes for the numbers of this section only",
                    f"remove the note, or give {name} a number",
                )


def _columns(name: str, parts: tuple[object, ...]) -> list[str]:
    """Return `name.column` for each number in a list of parts, each column once."""
    columns: dict[str, None] = {}
    for part in parts:
        if isinstance(part, DocumentModel):
            for column in type(part).model_fields:
                if type(getattr(part, column)) is int:
                    columns[f"{name}.{column}"] = None
    return list(columns)


def ordered(section: DocumentModel, low: str, high: str) -> Iterator[Violation]:
    """Yield a violation if both fields hold a number and the first is above the second."""
    low_value, high_value = getattr(section, low), getattr(section, high)
    if low_value is not None and high_value is not None and low_value > high_value:
        yield Violation(
            (low,),
            "out-of-order",
            low_value,
            f"at most {high} = {high_value}",
            f"lower {low} or raise {high}",
        )


def all_or_none(
    section: DocumentModel, names: tuple[str, ...], *, wanted: bool, why: str
) -> Iterator[Violation]:
    """Yield each field that is null although wanted, or given although not wanted."""
    for name in names:
        value = getattr(section, name)
        if wanted and value is None:
            yield Violation((name,), "number-missing", None, f"a number: {why}", f"give {name}")
        elif not wanted and value is not None:
            yield Violation((name,), "number-extra", value, f"null: {why}", f"set {name} to null")
