"""Reads plans from files; the only place where a plan meets the file system."""

import hashlib
from pathlib import Path
from typing import NamedTuple

from mesodrive.documents import PLAN_BYTES_MAX, Document, load_document, read_document, validate
from mesodrive.sequencing.plan import Plan


class LoadedPlan(NamedTuple):
    """A plan with the file that it came from."""

    plan: Plan
    document: Document

    @property
    def file_hash(self) -> bytes:
        """SHA-256 of the file's bytes."""
        return hashlib.sha256(self.document.raw).digest()


def load_plan(path: str | Path) -> LoadedPlan:
    """Return the plan in a file.

    Raises:
        DocumentError: If the file cannot be read or is no plan, with every fault and its place.
    """
    document = read_document(Path(path), bytes_max=PLAN_BYTES_MAX)
    return LoadedPlan(validate(document, Plan), document)


def parse_plan(text: str, *, file: str = "plan") -> LoadedPlan:
    """Return the plan in a text.

    Args:
        text: The plan as YAML.
        file: Name for messages.

    Raises:
        DocumentError: If it is no plan, with every fault and its place.
    """
    document = load_document(text, file=file, bytes_max=PLAN_BYTES_MAX)
    return LoadedPlan(validate(document, Plan), document)
