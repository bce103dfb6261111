"""The requirements as `docs/requirements.yaml` holds them, and the tests that are marked with them.

Read strictly: an unknown key, a number for a text or a missing field is refused with its line.
"""

import ast
import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, Literal

from pydantic import Field

from mesodrive.document_model import DocumentModel
from mesodrive.documents import read_document, validate

ROOT: Final = Path(__file__).resolve().parents[1]
FILE: Final = "docs/requirements.yaml"
BYTES_MAX: Final = 1 << 20
"""Sixty requirements take a tenth of it."""
MUTANT_FAMILIES: Final = frozenset({"DOS", "CMD", "LNK", "STP"})
"""Families of which each requirement names a defect that its tests must notice."""


class Work(DocumentModel):
    """Work to come that some requirement waits for."""

    name: str
    brings: str


class Waiting(DocumentModel):
    """What of a requirement is not there yet, and the work that will bring it."""

    what: str
    work: str


class Kill(DocumentModel):
    """A deliberate defect, and the marked tests of which one must fail with it."""

    name: str
    killed_by: list[str]


class Requirement(DocumentModel):
    """One requirement with its chain from hazard to test."""

    id: str
    hazard: str
    requirement: str
    control: str = ""
    places: list[str] = Field(default_factory=list[str])
    """`path` or `path::name`, where the control is in the code."""
    status: Literal["met", "partly", "open"]
    waiting: list[Waiting] = Field(default_factory=list[Waiting])
    mutants: list[Kill] = Field(default_factory=list[Kill])
    reviewed: str = ""
    """`fingerprint` of the texts when somebody last held them against code and tests."""

    @property
    def family(self) -> str:
        """The letters before the number."""
        return self.id.partition("-")[0]

    @property
    def fingerprint(self) -> str:
        """What changes with hazard, requirement or control, however they are wrapped."""
        texts = (self.hazard, self.requirement, self.control)
        plain = "\n".join(" ".join(text.split()) for text in texts)
        return hashlib.sha256(plain.encode()).hexdigest()[:12]


class Requirements(DocumentModel):
    """All requirements, in the order of their document."""

    works: list[Work]
    requirements: list[Requirement]


def load(file: Path) -> Requirements:
    """Return what a file holds.

    Raises:
        DocumentError: With every fault of its form.
    """
    return validate(read_document(file, bytes_max=BYTES_MAX), Requirements)


def marked_tests(root: Path) -> dict[str, list[str]]:
    """Return the marked tests by requirement, as `path::name`, in the order of files.

    Raises:
        ValueError: If a mark stands elsewhere than on a test, or its id is no literal.
    """
    found: dict[str, list[str]] = {}
    for path in sorted((root / "tests").rglob("*.py")):
        name = path.relative_to(root).as_posix()
        for requirement, function in _marks(path, name):
            found.setdefault(requirement, []).append(f"{name}::{function}")
    return found


def _marks(path: Path, name: str) -> Iterator[tuple[str, str]]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    placed: set[ast.AST] = set()
    for node in tree.body if path.name.startswith("test_") else []:
        test, places = _test(node)
        for mark in filter(_is_mark, places):
            match mark:
                case ast.Call(args=[ast.Constant(value=str(requirement))]):
                    placed.add(mark)
                    yield requirement, test
                case _:
                    pass
    for call in filter(_is_mark, ast.walk(tree)):
        if call not in placed:
            line = getattr(call, "lineno", 0)
            raise ValueError(f"{name}:{line}: a mark stands on a test, with its id as it is")


def _test(node: ast.stmt) -> tuple[str, Iterable[ast.AST]]:
    """Return the name of the test that a statement defines, and where its marks may stand."""
    match node:
        case ast.FunctionDef(name=name) if name.startswith("test_"):
            return name, node.decorator_list
        case ast.ClassDef(name=name) if name.startswith("Test"):
            return name, node.decorator_list
        case ast.Assign(targets=[ast.Name(id=name)]) if name.startswith("Test"):
            return name, ast.walk(node.value)
        case _:
            return "", ()


def _is_mark(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.req"
