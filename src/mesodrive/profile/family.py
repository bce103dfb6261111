"""Which family of devices a profile is for, told before its fields are looked at.

A document with the family of one and the fields of another would get a fault for each field; here
it gets one that says what is wrong.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from mesodrive.document_model import Violation, refusal

INJECTOR: Final = "injector"
TRANSDERMAL: Final = "transdermal"
_PARTS: Final = MappingProxyType({INJECTOR: "needles", TRANSDERMAL: "electrodes"})
"""By family: the list in `capabilities` that only its profiles have."""
FAMILIES: Final = tuple(_PARTS)


def family_of(data: object) -> str:
    """Return the family of a profile, given as a document or as a model.

    Where the document names none that is known, its shape decides: electrodes, or else needles.
    """
    if not isinstance(data, Mapping):
        return str(getattr(getattr(data, "identity", None), "family", INJECTOR))
    written = _written(data)
    return str(written) if written in FAMILIES else _shape(data) or INJECTOR


def refused_if_other(title: str, data: object, family: str) -> object:
    """Return the data of a document that is to become a profile of this family.

    Raises:
        ValidationError: If the document names another family or one that is not known, or has
            the fields of another. Data that is no document is left to its own refusal.
    """
    if isinstance(data, Mapping):
        found = _mismatch(_written(data), _shape(data), family)
        if found is not None:
            raise refusal(title, [found])
    return data


def _mismatch(written: object, shape: str | None, family: str) -> Violation | None:
    """Return what is wrong with the family that stands in a document, if anything."""
    place = ("identity", "family")
    if not isinstance(written, str):
        return None
    if written not in FAMILIES:
        return Violation(
            place, "family-unknown", written, " or ".join(FAMILIES), "use one of these words"
        )
    if shape is not None and shape != written:
        return Violation(
            place,
            "family-mismatch",
            written,
            f"{shape}, since capabilities.{_PARTS[shape]} is there",
            f"write family: {shape}, or start from a shipped profile of family {written}",
        )
    if written != family:
        return Violation(
            place, "family-other", written, family, f"give a profile of family {family}"
        )
    return None


def _written(data: Mapping[object, object]) -> object:
    """Return the family that a document names; None where it names none."""
    identity = data.get("identity")
    return identity.get("family") if isinstance(identity, Mapping) else None


def _shape(data: Mapping[object, object]) -> str | None:
    """Return the family whose parts a document lists; None where it lists both or neither."""
    able = data.get("capabilities")
    if not isinstance(able, Mapping):
        return None
    shapes = [family for family, parts in _PARTS.items() if parts in able]
    return shapes[0] if len(shapes) == 1 else None
