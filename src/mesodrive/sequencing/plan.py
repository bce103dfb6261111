"""A plan as a person writes it, schema 1: what is to be done, on which device, with what.

Attributes hold whole base units; the keys of the document have people's units. Rules here need
the plan alone; what a device allows is the business of `mesodrive.limits`.
"""

from calendar import monthrange
from collections.abc import Iterator, Mapping
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from mesodrive.document_model import DocumentModel, Violation, refusal
from mesodrive.document_text import VISIBLE
from mesodrive.profile.quantities import Name, PartName, Title
from mesodrive.sequencing.quantities import (
    AtLeast,
    Concentration,
    Percent,
    Viscosity,
    VolumeMl,
    VolumeUl,
)
from mesodrive.sequencing.zone import Zone

SCHEMA: Final = 1
"""The schema number that this version reads and writes."""
ZONES_MAX: Final = 64
"""Zones of one plan; a whole body has fewer names."""
LOTS_MAX: Final = 16
"""Lots of one mixture."""
WHOLE_PERMILLE: Final = 1_000
"""All of a mixture."""


def _real_day(text: str) -> str:
    """Return a day as written if the calendar has it."""
    year, month, day = (int(part) for part in text.split("-"))
    if not (year and 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]):
        raise PydanticCustomError(
            "day-unknown",
            "expected {limit}; {remedy}",
            {"limit": "a day of the calendar", "remedy": "write year-month-day, as 2027-03-31"},
        )
    return text


Day = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), AfterValidator(_real_day)]
"""A day as year-month-day; later days are greater as text."""
TreatmentId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
"""An opaque number from the clinic's own books; it has no room for a name with a space."""
Reason = Annotated[str, Field(min_length=10, max_length=200), VISIBLE]
AdvisedLimit = Literal["depth", "volume"]


class Lot(DocumentModel):
    """One bottle or ampoule of a mixture."""

    lot: Annotated[str, Field(min_length=1, max_length=40), VISIBLE] = Field(
        description="Lot number as printed on the package."
    )
    expiry: Day = Field(description="Last day of use, year-month-day.")
    fraction_permille: Percent = Field(alias="fraction_percent", description="Part of the mixture.")
    session_nl_max: VolumeMl = Field(
        alias="max_ml_per_session", description="Most of this lot in one session."
    )
    concentration_ug_ml: Concentration | None = Field(
        default=None, alias="concentration_mg_ml", description="Active substance, for the record."
    )


class Product(DocumentModel):
    """What is in the syringe: one lot, or a mixture."""

    name: Title = Field(description="Name that people read.")
    viscosity_upa_s: Viscosity = Field(
        default=1_000, alias="viscosity_mpa_s", description="Viscosity; water by default."
    )
    session_nl_max: VolumeMl | None = Field(
        default=None, alias="max_ml_per_session", description="Most of the mixture in one session."
    )
    lots: Annotated[tuple[Lot, ...], Field(strict=False, max_length=LOTS_MAX), AtLeast(1)]

    def violations(self) -> Iterator[Violation]:
        """Yield parts that are not a whole, and a lot that stands twice."""
        total = sum(lot.fraction_permille for lot in self.lots)
        if total != WHOLE_PERMILLE:
            yield Violation(
                ("lots",),
                "fractions-not-whole",
                f"parts of {total / 10:g} % in all",
                "parts of 100 % in all",
                "correct fraction_percent of the lots",
            )
        names = [lot.lot for lot in self.lots]
        for index, name in enumerate(names):
            if name in names[:index]:
                yield Violation(
                    ("lots", index, "lot"), "name-twice", name, "each lot once", "add the parts"
                )


class Filling(DocumentModel):
    """The syringe, and how it is filled each time."""

    name: PartName = Field(description="A syringe of the profile.")
    fill_nl: VolumeMl = Field(alias="fill_ml", description="Content after each filling.")
    dead_nl: VolumeUl | None = Field(
        default=None,
        alias="dead_ul",
        description="What stays in syringe and needle and is never planned; 50 uL by default.",
    )


def refused_if_newer(title: str, data: object) -> object:
    """Return the data of a document that is to become a plan of this schema.

    Raises:
        ValidationError: If the schema number is above `SCHEMA`.
    """
    number: object = data.get("schema") if isinstance(data, dict) else None
    if type(number) is int and number > SCHEMA:
        found = Violation(
            ("schema",),
            "schema-newer",
            number,
            f"schema {SCHEMA}: the plan is written for a newer mesodrive",
            "update mesodrive, or write the plan in the older schema",
        )
        raise refusal(title, [found])
    return data


class Plan(DocumentModel):
    """One treatment, as a person writes it."""

    schema_number: Literal[1] = Field(alias="schema", description="Schema of this file: 1.")
    treatment: TreatmentId = Field(description="Opaque number of the treatment; never a name.")
    profile: Name = Field(description="Device profile that this plan is for.")
    product: Product | None = Field(default=None, description="Where the device delivers.")
    needle: PartName = Field(description="A needle of the profile.")
    syringe: Filling | None = Field(default=None, description="Where the device delivers.")
    prime_nl: VolumeUl | None = Field(
        default=None, alias="prime_ul", description="Volume that fills the needle; it is waste."
    )
    zones: Annotated[tuple[Zone, ...], Field(strict=False, max_length=ZONES_MAX), AtLeast(1)]
    reasons: Mapping[AdvisedLimit, Reason] = Field(
        default={}, description="Why an advised limit is passed; the record keeps it."
    )

    @model_validator(mode="before")
    @classmethod
    def _refuse_newer_schema(cls, data: object) -> object:
        """Refuse a newer schema by itself: its unknown keys are not mistakes of the writer.

        Raises:
            ValidationError: If the schema number is above `SCHEMA`.
        """
        return refused_if_newer(cls.__name__, data)

    @property
    def delivers(self) -> bool:
        """Whether any zone gets a dose."""
        return any(zone.technique != "needling" for zone in self.zones)

    def violations(self) -> Iterator[Violation]:
        """Yield names that stand twice, and a product without a use or a use without a product."""
        names = [zone.name for zone in self.zones]
        for index, name in enumerate(names):
            if name in names[:index]:
                yield Violation(
                    ("zones", index, "name"), "name-twice", name, "each name once", "rename it"
                )
        for key, value in (
            ("product", self.product),
            ("syringe", self.syringe),
            ("prime_ul", self.prime_nl),
        ):
            if self.delivers and value is None:
                yield Violation(
                    (key,), "key-missing", None, f"{key}, since a dose is delivered", f"add {key}"
                )
            elif not self.delivers and value is not None:
                yield Violation(
                    (key,), "key-extra", "a value", f"no {key}, since no dose is delivered",
                    f"remove {key}",
                )  # fmt: skip
