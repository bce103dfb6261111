"""What a session is to do, complete and checked: the core's only configuration.

The planner makes it from plan and profile, the log's begin record holds it, replay builds a fresh
core from it. All numbers are whole base units.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from mesodrive.profile.models import DeviceProfile
from mesodrive_protocol.enums import Kind, Trigger
from mesodrive_protocol.steps import NeedleStep, Step, TrainStep

Count = Annotated[int, Field(ge=0, le=0xFFFF)]
U32 = Annotated[int, Field(ge=0, le=0xFFFF_FFFF)]
U64 = Annotated[int, Field(ge=0, le=0xFFFF_FFFF_FFFF_FFFF)]


class _Spec(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class StepSpec(_Spec):
    """Equal units in a row; the fields of the other kinds stay 0."""

    units: Annotated[int, Field(ge=1, le=0xFFFF)]
    depth_um: Count
    dose_nl: U32 = 0
    period_us: U32 = 0
    dwell_us: U32 = 0
    flow_nl_s: U32 = 0
    strokes: Count = 0
    rate_mhz: U32 = 0
    gap_us: U32 = 0
    trigger: Trigger

    def wire(self, kind: Kind) -> Step:
        """Return the step as DATA carries it for a needle kind or a train."""
        if kind is Kind.TRAIN:
            return TrainStep(
                self.units, self.depth_um, self.strokes, self.rate_mhz, self.gap_us, self.trigger
            )
        return NeedleStep(
            self.units,
            self.depth_um,
            self.dose_nl,
            self.period_us,
            self.dwell_us,
            self.flow_nl_s,
            self.trigger,
        )


class ZoneRun(_Spec):
    """So many units in a row lie in one zone."""

    zone: Count
    units: Annotated[int, Field(ge=1, le=0xFFFF)]


class ProgramSpec(_Spec):
    """One command on the wire: BEGIN, DATA, COMMIT, ARM, GRANT ..., CLOSE."""

    purpose: Literal["prime", "deliver"]
    kind: Kind
    head: Annotated[int, Field(ge=0, le=255)] = 0
    steps: tuple[StepSpec, ...] = Field(min_length=1)
    zones: tuple[ZoneRun, ...] = ()
    """Where the units lie, in order; empty for a prime."""


class FitSpec(_Spec):
    """What a person fits before a stage."""

    title: str
    """For people: needle, syringe, fill number."""
    needle_um: Count
    """Needle length."""
    needle_bore_um: Count
    bore_um: Count
    """Bore of the syringe; 0 where there is none."""
    pins: Annotated[int, Field(ge=0, le=255)]
    head: Annotated[int, Field(ge=0, le=255)] = 0
    content_nl: U32
    """Content of the syringe when fitted."""
    lot: U32
    """CRC-32 of the lot's text."""


class StageSpec(_Spec):
    """Fit something, then run programs with it; every fill of a syringe is a stage."""

    fit: FitSpec
    programs: tuple[ProgramSpec, ...] = Field(min_length=1)


class ZoneSpec(_Spec):
    """One zone of the plan and what may go into it."""

    name: str
    area_mm2: U32
    limit_nl: U32
    """Hard limit of the zone; 0 where the device doses nothing."""


class SessionSpec(_Spec):
    """One session: a profile, what to deliver, and the numbers drawn for it."""

    spec: Literal[1] = 1
    treatment_id: str
    """Opaque; never a name."""
    nonce: U64
    """Random, new for each session: names this host to the device."""
    case: U64
    """Totals on the device belong to it; kept on resuming."""
    first_rid: U32
    """Random begin of the request ids before OPEN."""
    profile: DeviceProfile
    profile_hash: str
    """Canonical SHA-256, 64 hex digits."""
    allow_simulator: bool = True
    serial: str | None = None
    """Only this device, where given."""
    product: str
    product_limit_nl: U32
    """Most of the product in one session; 0 where nothing is dosed."""
    viscosity_upa_s: U32 = 1_000
    """Viscosity of the product; water by default."""
    zones: tuple[ZoneSpec, ...]
    stages: tuple[StageSpec, ...] = Field(min_length=1)
