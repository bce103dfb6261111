"""A plan for the transdermal unit as a person writes it, schema 1.

As in `plan`, attributes hold whole base units, and rules here need the plan alone.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from mesodrive.document_model import DocumentModel, Violation
from mesodrive.document_text import VISIBLE
from mesodrive.profile.quantities import Name, PartName
from mesodrive.sequencing.electric_zone import ElectricZone
from mesodrive.sequencing.plan import (
    ZONES_MAX,
    Product,
    Reason,
    TreatmentId,
    refused_if_newer,
)
from mesodrive.sequencing.quantities import AtLeast, refused

Skin = Literal["intact", "exfoliated", "exfoliated_now"]
ElectricAdvice = Literal["density", "voltage", "volt_time"]


def _checked(said: bool) -> bool:  # noqa: FBT001 -- a validator takes the value alone
    """Return true; a person has to have looked."""
    if not said:
        raise refused(
            "contraindications-unchecked",
            "true: a person has asked for implants, broken skin and the like",
            "check the contraindications, then write true",
        )
    return said


class FittedElectrode(DocumentModel):
    """The electrode that is fitted, for the whole session."""

    name: PartName = Field(description="An electrode of the profile.")
    lot: Annotated[str, Field(min_length=1, max_length=40), VISIBLE] = Field(
        description="Lot number as printed on the package."
    )


class TransdermalPlan(DocumentModel):
    """One treatment with the transdermal unit, as a person writes it."""

    schema_number: Literal[1] = Field(alias="schema", description="Schema of this file: 1.")
    treatment: TreatmentId = Field(description="Opaque number of the treatment; never a name.")
    profile: Name = Field(description="Device profile that this plan is for.")
    product: Product | None = Field(default=None, description="What the current is to carry.")
    electrode: FittedElectrode
    skin: Skin = Field(description="State of the skin when current flows.")
    contraindications_checked: Annotated[bool, AfterValidator(_checked)] = Field(
        description="A person has asked for implants, broken skin, and what else forbids it."
    )
    zones: Annotated[
        tuple[ElectricZone, ...], Field(strict=False, max_length=ZONES_MAX), AtLeast(1)
    ]
    reasons: Mapping[ElectricAdvice, Reason] = Field(
        default={}, description="Why an advised limit is passed; the record keeps it."
    )

    @model_validator(mode="before")
    @classmethod
    def _refuse_newer_schema(cls, data: object) -> object:
        """Refuse a newer schema by itself: its unknown keys are not mistakes of the writer.

        Raises:
            ValidationError: If the schema number is above that of `plan`.
        """
        return refused_if_newer(cls.__name__, data)

    def violations(self) -> Iterator[Violation]:
        """Yield names that stand twice."""
        names = [zone.name for zone in self.zones]
        for index, name in enumerate(names):
            if name in names[:index]:
                yield Violation(
                    ("zones", index, "name"), "name-twice", name, "each name once", "rename it"
                )
