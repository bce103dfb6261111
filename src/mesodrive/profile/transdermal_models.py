"""Profile of a transdermal unit, schema 1: the sections of an injector's, with its own fields.

All numbers are integers in base units, named last in the key: uA, uC, uV, uJ, us, Pa, ohm, mHz,
mm2. A null says that the device has no such function, or no such limit.
"""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, model_validator

from mesodrive.document_model import DocumentModel, Violation, refusal
from mesodrive.profile import cross_checks, electric_checks, family
from mesodrive.profile.board_types import (
    Baud,
    Heads,
    LineBreak,
    SignedFrames,
    Slots,
    StepsMax,
    Triggers,
    UnitsMax,
    WindowBytes,
)
from mesodrive.profile.machine_models import Temperature
from mesodrive.profile.models import SCHEMA
from mesodrive.profile.quantities import U16_MAX, Count, Name, PartName, Title, Wire16
from mesodrive.profile.sections import SourcedSection
from mesodrive.profile.transdermal_limits import ElectricAdvisoryLimits, ElectricHardLimits
from mesodrive.profile.transdermal_machine import (
    ElectricInterlocks,
    ElectricSimulation,
    ElectricTiming,
)

__all__ = [
    "ElectricAdvisoryLimits",
    "ElectricCapabilities",
    "ElectricHardLimits",
    "ElectricIdentity",
    "ElectricInterlocks",
    "ElectricSimulation",
    "ElectricTiming",
    "Electrode",
    "TransdermalProfile",
]

ElectricKindName = Literal["current", "pulse", "pass", "measure"]


class ElectricIdentity(DocumentModel):
    """Which device this profile is for."""

    profile: Name = Field(description="Name of the profile; the same as the file's name.")
    title: Title = Field(description="Name that people read.")
    family: Literal["transdermal"] = Field(description="Kind of device.")
    vendor: Wire16 = Field(description="Compared with IDENTITY; at most 16 ASCII characters.")
    model: Wire16 = Field(description="Compared with IDENTITY; at most 16 ASCII characters.")
    revision: Count = Field(description="Raised with each change of this profile.")


class Electrode(DocumentModel):
    """An electrode that may be fitted."""

    name: PartName = Field(description="Short name that plans use, such as pad-8cm2.")
    area_mm2: Annotated[int, Field(ge=1, le=100_000)] = Field(
        description="Effective area, where current enters the skin, mm2."
    )
    uses_max: Annotated[int, Field(ge=1, le=U16_MAX)] = Field(
        description="Sessions that one electrode may be used in."
    )


class ElectricCapabilities(SourcedSection):
    """What the device can do."""

    kinds: Annotated[
        tuple[ElectricKindName, ...], Field(strict=False, min_length=1, max_length=4)
    ] = Field(description="Kinds of program that the device carries out.")
    triggers: Triggers
    heads: Heads
    electrodes: Annotated[
        tuple[Electrode, ...], Field(strict=False, min_length=1, max_length=64)
    ] = Field(description="Electrodes that may be fitted.")
    current_step_ua: Annotated[int, Field(ge=1, le=0x7FFF)] | None = Field(
        default=None, description="A commanded current is a whole multiple of it, uA."
    )
    steps_max: StepsMax
    units_max: UnitsMax
    slots: Slots
    window_bytes: WindowBytes
    baud: Baud
    line_break: LineBreak
    signed_frames: SignedFrames

    def violations(self) -> Iterator[Violation]:
        """Yield doubled names, and kinds without what they need."""
        yield from super().violations()
        yield from cross_checks.unique("kinds", self.kinds)
        yield from cross_checks.unique("triggers", self.triggers)
        yield from cross_checks.unique("electrodes", tuple(e.name for e in self.electrodes))
        yield from electric_checks.capabilities(self)


class TransdermalProfile(DocumentModel):
    """Everything the host knows about one type of transdermal unit before it meets one."""

    schema_number: Annotated[int, Field(ge=1, le=SCHEMA)] = Field(
        alias="schema", description="Schema of this file: 1."
    )
    identity: ElectricIdentity
    capabilities: ElectricCapabilities
    hard_limits: ElectricHardLimits
    advisory_limits: ElectricAdvisoryLimits
    interlocks: ElectricInterlocks
    timing: ElectricTiming
    temperature: Temperature
    simulation: ElectricSimulation

    @model_validator(mode="before")
    @classmethod
    def _refuse_foreign(cls, data: object) -> object:
        """Refuse a newer schema or another family by itself: each further fault would mislead.

        Raises:
            ValidationError: If the schema number is above `SCHEMA`, or the document is not of a
                transdermal unit.
        """
        number: object = data.get("schema") if isinstance(data, dict) else None
        if type(number) is int and number > SCHEMA:
            raise refusal(cls.__name__, [cross_checks.newer_schema(number, SCHEMA)])
        return family.refused_if_other(cls.__name__, data, family.TRANSDERMAL)

    def violations(self) -> Iterator[Violation]:
        """Yield each contradiction between sections."""
        yield from super().violations()
        yield from electric_checks.of_profile(self)
