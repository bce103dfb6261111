"""Reads plans from files; the only place where a plan meets the file system."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

from mesodrive.documents import PLAN_BYTES_MAX, Document, load_document, read_document, validate
from mesodrive.sequencing.electric_plan import TransdermalPlan
from mesodrive.sequencing.electric_zone import TECHNIQUES
from mesodrive.sequencing.plan import Plan
from mesodrive.sequencing.planned import AnyPlan
from mesodrive.sequencing.zone import NEEDLE_TECHNIQUES

_ONLY_TRANSDERMAL: Final = "electrode"


class LoadedPlan(NamedTuple):
    """A plan with the document that it came from."""

    plan: AnyPlan
    document: Document

    @property
    def text(self) -> str:
        """The document as it was read, without what was given beside it."""
        return self.document.text

    @property
    def file_hash(self) -> bytes:
        """SHA-256 of the document's bytes."""
        return hashlib.sha256(self.document.raw).digest()


def load_plan(
    path: str | Path, *, treatment: str | None = None, reasons: Mapping[str, str] | None = None
) -> LoadedPlan:
    """Return the plan in a file.

    Args:
        path: The file.
        treatment: Id of the treatment in place of the plan's.
        reasons: Reasons for advised limits beside those of the plan, which they replace.

    Raises:
        DocumentError: If the file cannot be read or is no plan, with every fault and its place.
    """
    document = read_document(Path(path), bytes_max=PLAN_BYTES_MAX)
    return _loaded(document, treatment, reasons or {})


def parse_plan(
    text: str,
    *,
    file: str = "plan",
    treatment: str | None = None,
    reasons: Mapping[str, str] | None = None,
) -> LoadedPlan:
    """Return the plan in a text.

    Args:
        text: The plan as YAML.
        file: Name for messages.
        treatment: As in `load_plan`.
        reasons: As in `load_plan`.

    Raises:
        DocumentError: If it is no plan, with every fault and its place.
    """
    document = load_document(text, file=file, bytes_max=PLAN_BYTES_MAX)
    return _loaded(document, treatment, reasons or {})


def _loaded(document: Document, treatment: str | None, reasons: Mapping[str, str]) -> LoadedPlan:
    """Return the plan of a document, with what was given beside it."""
    data = document.data
    if isinstance(data, dict):
        own = data.get("reasons", {})
        if treatment is not None:
            data = {**data, "treatment": treatment}
        if reasons and isinstance(own, dict):
            data = {**data, "reasons": {**own, **reasons}}
    asked = replace(document, data=data)
    if _is_transdermal(data):
        return LoadedPlan(validate(asked, TransdermalPlan), document)
    return LoadedPlan(validate(asked, Plan), document)


def _is_transdermal(data: object) -> bool:
    """Tell for which family of devices a document is meant: by the technique of its first zone.

    Where that is missing or misspelt, by the key that only one of them has.
    """
    if not isinstance(data, dict):
        return False
    zones = data.get("zones")
    first = zones[0] if isinstance(zones, list) and zones else None
    technique = first.get("technique") if isinstance(first, dict) else None
    if isinstance(technique, str) and technique in TECHNIQUES | NEEDLE_TECHNIQUES:
        return technique in TECHNIQUES
    return _ONLY_TRANSDERMAL in data
