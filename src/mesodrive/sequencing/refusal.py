"""A plan that is refused: every limit it breaks, each with its place in the file."""

from collections.abc import Iterable

from mesodrive.documents import Document
from mesodrive.errors import DocumentError, Problem
from mesodrive.limits.violation import Violation, path


class PlanRefused(DocumentError):  # noqa: N818  (a refusal is a right answer, not an error)
    """A plan that a device must not carry out; nothing was sent."""

    code = "plan-refused"

    def __init__(self, problems: tuple[Problem, ...], violations: tuple[Violation, ...]) -> None:
        """Keep the problems for people and the violations for programs, in the same order."""
        super().__init__(problems)
        self.args = (problems, violations)
        self.violations = violations


def refused(violations: Iterable[Violation], document: Document | None) -> PlanRefused:
    """Return the refusal of a plan, in the order of its document.

    Args:
        violations: One at least; their places are those of the plan's document.
        document: Where the plan was read from; None if it never was a file.
    """
    located = [(_place(document, found), found) for found in dict.fromkeys(violations)]
    located.sort(key=lambda entry: entry[0])
    file = document.file if document else "plan"
    return PlanRefused(
        tuple(_problem(file, line, column, found) for (line, column), found in located),
        tuple(found for _, found in located),
    )


def _place(document: Document | None, found: Violation) -> tuple[int, int]:
    return document.place(found.place) if document else (0, 0)


def _problem(file: str, line: int, column: int, found: Violation) -> Problem:
    return Problem(
        file,
        line,
        column,
        path(found.place),
        found.found(),
        found.expected(),
        found.remedy,
        found.code,
    )
