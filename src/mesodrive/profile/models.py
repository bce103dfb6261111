"""Device profile, schema 1: one frozen model per section of the YAML file.

All numbers are integers in base units, named last in the key: um, nL, us, Pa, mN, mHz, uV, mc
(0.001 C). A null says that the device has no such limit.
"""

from collections.abc import Iterator
from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from mesodrive.document_model import DocumentModel, Violation, refusal
from mesodrive.profile import cross_checks, family
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
from mesodrive.profile.limits_models import AdvisoryLimits, HardLimits
from mesodrive.profile.machine_models import Interlocks, Simulation, Temperature, Timing
from mesodrive.profile.quantities import (
    U8_MAX,
    Bore,
    Count,
    Length,
    Name,
    PartName,
    Title,
    Wire16,
)
from mesodrive.profile.sections import SourcedSection

__all__ = [
    "SCHEMA",
    "AdvisoryLimits",
    "Capabilities",
    "DeviceProfile",
    "HardLimits",
    "Identity",
    "Interlocks",
    "Needle",
    "Simulation",
    "Syringe",
    "Temperature",
    "Timing",
]

SCHEMA: Final = 1
"""The schema number that this version reads and writes."""

KindName = Literal["prick", "train", "prime", "dry"]


class Identity(DocumentModel):
    """Which device this profile is for."""

    profile: Name = Field(description="Name of the profile; the same as the file's name.")
    title: Title = Field(description="Name that people read.")
    family: Literal["injector"] = Field(description="Kind of device.")
    vendor: Wire16 = Field(description="Compared with IDENTITY; at most 16 ASCII characters.")
    model: Wire16 = Field(description="Compared with IDENTITY; at most 16 ASCII characters.")
    revision: Count = Field(description="Raised with each change of this profile.")


class Needle(DocumentModel):
    """A needle that may be fitted."""

    name: PartName = Field(description="Short name that plans use, such as 30G-4.")
    gauge: Annotated[int, Field(ge=1, le=40)] = Field(description="Needle gauge.")
    length_um: Length = Field(description="Length of the needle, um.")
    bore_um: Bore = Field(description="Inner diameter, um; 0 for a solid needle.")


class Syringe(DocumentModel):
    """A syringe that may be fitted."""

    name: PartName = Field(description="Short name that plans use, such as 5mL.")
    content_nl_max: Count = Field(description="Largest filling, nL.")
    bore_um: Length = Field(description="Inner diameter of the barrel, um.")


class Capabilities(SourcedSection):
    """What the device can do."""

    kinds: Annotated[tuple[KindName, ...], Field(strict=False, min_length=1, max_length=8)] = Field(
        description="Kinds of program that the device carries out."
    )
    triggers: Triggers
    heads: Heads
    pins: Annotated[int, Field(ge=1, le=U8_MAX)] = Field(description="Needles on one head.")
    depth_step_um: Length = Field(description="A commanded depth is a whole multiple of it, um.")
    dose_step_nl: Count | None = Field(
        default=None, description="A commanded dose is a whole multiple of it, nL."
    )
    steps_max: StepsMax
    units_max: UnitsMax
    slots: Slots
    window_bytes: WindowBytes
    baud: Baud
    line_break: LineBreak
    signed_frames: SignedFrames
    needles: Annotated[tuple[Needle, ...], Field(strict=False, min_length=1, max_length=64)] = (
        Field(description="Needles that may be fitted.")
    )
    syringes: Annotated[tuple[Syringe, ...], Field(strict=False, max_length=64)] = Field(
        description="Syringes that may be fitted; an empty list for a device without a dose."
    )

    @property
    def delivers_fluid(self) -> bool:
        """Whether the device pushes a dose; a pen only moves its needles."""
        return "prick" in self.kinds

    def violations(self) -> Iterator[Violation]:
        """Yield doubled names, and parts that do not fit the kinds of program."""
        yield from super().violations()
        yield from cross_checks.unique("kinds", self.kinds)
        yield from cross_checks.unique("triggers", self.triggers)
        yield from cross_checks.unique("needles", tuple(n.name for n in self.needles))
        yield from cross_checks.unique("syringes", tuple(s.name for s in self.syringes))
        yield from cross_checks.kinds(self.kinds)
        yield from cross_checks.fluid_parts(self)


class DeviceProfile(DocumentModel):
    """Everything the host knows about one type of device before it meets one."""

    schema_number: Annotated[int, Field(ge=1, le=SCHEMA)] = Field(
        alias="schema", description="Schema of this file: 1."
    )
    identity: Identity
    capabilities: Capabilities
    hard_limits: HardLimits
    advisory_limits: AdvisoryLimits
    interlocks: Interlocks
    timing: Timing
    temperature: Temperature
    simulation: Simulation

    @model_validator(mode="before")
    @classmethod
    def _refuse_foreign(cls, data: object) -> object:
        """Refuse a newer schema or another family by itself: each further fault would mislead.

        Raises:
            ValidationError: If the schema number is above `SCHEMA`, or the document is not of an
                injector.
        """
        number: object = data.get("schema") if isinstance(data, dict) else None
        if type(number) is int and number > SCHEMA:
            raise refusal(cls.__name__, [cross_checks.newer_schema(number, SCHEMA)])
        return family.refused_if_other(cls.__name__, data, family.INJECTOR)

    def violations(self) -> Iterator[Violation]:
        """Yield each contradiction between sections."""
        yield from super().violations()
        yield from cross_checks.steps(self)
        yield from cross_checks.needle_length(self)
        yield from cross_checks.fluid_limits(self)
        yield from cross_checks.stroke_limits(self)
        yield from cross_checks.vacuum(self)
        yield from cross_checks.advice(self)
