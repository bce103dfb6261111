"""What a session is to do, complete and checked: the core's only configuration.

The planner makes it from plan and profile, the log's begin record holds it, replay builds a fresh
core from it. All numbers are whole base units.
"""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from mesodrive.profile.any_profile import AnyProfile
from mesodrive_protocol.enums import Kind, Outcome, Reason, Trigger
from mesodrive_protocol.steps import (
    CurrentStep,
    NeedleStep,
    PulseStep,
    SpotStep,
    Step,
    TrainStep,
)

MHZ_US: Final = 1_000_000_000
"""One cycle at 1 mHz, us."""
ELECTRICAL: Final = frozenset({Kind.CURRENT, Kind.PULSE, Kind.PASS, Kind.MEASURE})
"""Kinds of the transdermal unit."""

Count = Annotated[int, Field(ge=0, le=0xFFFF)]
U32 = Annotated[int, Field(ge=0, le=0xFFFF_FFFF)]
U64 = Annotated[int, Field(ge=0, le=0xFFFF_FFFF_FFFF_FFFF)]


class _Spec(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class StepSpec(_Spec):
    """Equal units of a needle in a row; the fields of the other needle kinds stay 0."""

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

    def amount(self, kind: Kind) -> int:
        """Return the programmed amount of one unit: nL, or strokes of a train."""
        return self.strokes if kind is Kind.TRAIN else self.dose_nl

    def least_us(self, kind: Kind) -> int:
        """Return the shortest time between the starts of two units."""
        if kind is Kind.TRAIN:
            return self.strokes * MHZ_US // max(self.rate_mhz, 1) + self.gap_us
        return self.period_us

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


class CurrentStepSpec(_Spec):
    """Slices of current that join without a gap; direct, or bursts of a carrier under a gate."""

    units: Annotated[int, Field(ge=1, le=0xFFFF)]
    current_ua: Annotated[int, Field(ge=-0x8000, le=0x7FFF)]
    """Level that the output goes to, a carrier's peak; signed as the polarity; 0 ramps down."""
    charge_uc: U32
    """Most charge of one slice, of a carrier rectified."""
    slice_us: Annotated[int, Field(ge=1, le=5_000_000)]
    ramp_us: U32
    """Time in which the output goes from zero to `current_ua`; where that is 0, back to zero from
    the level of the step before."""
    carrier_hz: Count = 0
    """0 for direct current."""
    gate_mhz: Count = 0
    """Bursts each 1,000 seconds; 0 for a carrier without a gate."""
    duty_permille: Annotated[int, Field(ge=1, le=1_000)] = 1_000
    """Share of the time in which the gate is open."""
    zero_mean: bool = False
    trigger: Trigger

    def amount(self, kind: Kind) -> int:  # noqa: ARG002 -- the same question for every step
        """Return the most charge of one slice, uC."""
        return self.charge_uc

    def least_us(self, kind: Kind) -> int:  # noqa: ARG002
        """Return the time of one slice."""
        return self.slice_us

    def wire(self, kind: Kind) -> Step:  # noqa: ARG002
        """Return the step as DATA carries it."""
        return CurrentStep(
            self.units, self.current_ua, self.charge_uc, self.slice_us, self.ramp_us,
            self.carrier_hz, self.gate_mhz, self.duty_permille, self.trigger, int(self.zero_mean),
        )  # fmt: skip


class PulseStepSpec(_Spec):
    """High-voltage pulses."""

    units: Annotated[int, Field(ge=1, le=0xFFFF)]
    width_us: Annotated[int, Field(ge=1, le=0xFFFF)]
    """Whole width; a biphasic pulse has half of it in each direction."""
    voltage_uv: Annotated[int, Field(ge=-0x8000_0000, le=0x7FFF_FFFF)]
    interval_us: Annotated[int, Field(ge=1, le=0xFFFF_FFFF)]
    """From the start of a pulse to that of the next."""
    cap_ua: Annotated[int, Field(ge=1, le=0xFFFF_FFFF)]
    """The output is cut where the current passes it: an arc."""
    energy_uj: Annotated[int, Field(ge=1, le=0xFFFF_FFFF)]
    """Most energy of one pulse."""
    biphasic: bool = False
    alternating: bool = False
    trigger: Trigger

    def amount(self, kind: Kind) -> int:  # noqa: ARG002
        """Return the most charge of one pulse, rectified, rounded up, uC."""
        return -(-self.cap_ua * self.width_us // 1_000_000)

    def least_us(self, kind: Kind) -> int:  # noqa: ARG002
        """Return the time from pulse to pulse."""
        return self.interval_us

    def wire(self, kind: Kind) -> Step:  # noqa: ARG002
        """Return the step as DATA carries it."""
        return PulseStep(
            self.units, self.width_us, self.voltage_uv, self.interval_us, self.cap_ua,
            self.energy_uj, self.trigger, int(self.biphasic) | int(self.alternating) << 1,
        )  # fmt: skip


class SpotStepSpec(_Spec):
    """Spots of an exfoliation pass, or readings of the impedance; nothing is dosed."""

    units: Annotated[int, Field(ge=1, le=0xFFFF)]
    vacuum_pa: U32 = 0
    dwell_us: U32
    interval_us: Annotated[int, Field(ge=1, le=0xFFFF_FFFF)]
    carrier_hz: Count = 0
    """Of a reading; 0 for a pass."""
    trigger: Trigger

    def amount(self, kind: Kind) -> int:  # noqa: ARG002
        """Return 0: a spot has no dose."""
        return 0

    def least_us(self, kind: Kind) -> int:  # noqa: ARG002
        """Return the time from spot to spot."""
        return self.interval_us

    def wire(self, kind: Kind) -> Step:  # noqa: ARG002
        """Return the step as DATA carries it."""
        return SpotStep(
            self.units, self.vacuum_pa, self.dwell_us, self.interval_us, self.carrier_hz,
            self.trigger,
        )  # fmt: skip


AnyStep = StepSpec | CurrentStepSpec | PulseStepSpec | SpotStepSpec


class ZoneRun(_Spec):
    """So many units in a row lie in one zone."""

    zone: Count
    units: Annotated[int, Field(ge=1, le=0xFFFF)]


class ProgramSpec(_Spec):
    """One command on the wire: BEGIN, DATA, COMMIT, ARM, GRANT ..., CLOSE."""

    purpose: Literal["prime", "deliver"]
    kind: Kind
    head: Annotated[int, Field(ge=0, le=255)] = 0
    steps: tuple[AnyStep, ...] = Field(min_length=1)
    zones: tuple[ZoneRun, ...] = ()
    """Where the units lie, in order; empty for a prime."""
    cap_uv: U32 = 0
    """Compliance: highest voltage of the output while a current is driven; 0 for needles."""

    @property
    def amount_unit(self) -> str:
        """Unit of the programmed amounts: `nL`, `strokes` or `uC`."""
        if self.kind is Kind.TRAIN:
            return "strokes"
        return "uC" if self.kind in ELECTRICAL else "nL"


def rest_of(program: ProgramSpec, done: int) -> ProgramSpec:
    """Return what is left of a program after its first `done` units.

    Raises:
        ValueError: If nothing is left.
    """
    if not done:
        return program
    steps: list[AnyStep] = []
    skip = done
    for step in program.steps:
        if skip < step.units:
            steps.append(step.model_copy(update={"units": step.units - skip}))
        skip = max(0, skip - step.units)
    zones: list[ZoneRun] = []
    skip = done
    for run in program.zones:
        if skip < run.units:
            zones.append(ZoneRun(zone=run.zone, units=run.units - skip))
        skip = max(0, skip - run.units)
    if not steps:
        raise ValueError(f"nothing is left of a program after {done} units")
    return program.model_copy(update={"steps": tuple(steps), "zones": tuple(zones)})


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
    reserve_nl: U32 = 0
    """What stays in the syringe; below twice this it is called low. 0 where there is none."""
    lot: U32
    """CRC-32 of the lot's text."""
    area_mm2: U32 = 0
    """Effective area of the electrode; 0 where there is none."""


class StageSpec(_Spec):
    """Fit something, then run programs with it; every fill of a syringe is a stage."""

    fit: FitSpec
    programs: tuple[ProgramSpec, ...] = Field(min_length=1)


class ZoneSpec(_Spec):
    """One zone of the plan and what may go into it."""

    name: str
    area_mm2: U32
    limit_nl: U32
    """Hard limit of the zone; 0 where the device doses no volume."""
    limit_uc: U32 = 0
    """Hard limit of the charge in the zone; 0 where no charge flows."""


class ResumedUnit(_Spec):
    """One unit that an earlier log has the device's record of."""

    unit: Count
    outcome: Outcome
    lo: U32
    hi: U32
    ago_ms: U32
    """How long before the end of that log it was booked, at least."""
    excess: U32 = 0
    """Measured above what was programmed."""


class ResumedCommand(_Spec):
    """One command of an earlier log, as that log leaves it."""

    command: U64
    stage: Count
    program: Count
    """Index of the program within the stage; of the prime itself for a prime begun anew."""
    done: Count
    """Units of the program that earlier commands account for."""
    ceiling: Count
    """Units of the command below it may have been delivered."""
    begun_before: U32
    """Units that the device had begun ever, when the command was written down."""
    settled: tuple[ResumedUnit, ...] = ()
    answered: tuple[Count, ...] = ()
    """Uncertain units that an operator has answered for; their intervals stay."""
    closed: bool = False


class ResumedClear(_Spec):
    """One fault that was cleared in an earlier log (STP-07)."""

    reason: Reason
    ago_ms: U32
    """How long before the end of that log it was cleared, at least."""


class ResumeSpec(_Spec):
    """What an earlier log proves of the session that is to go on (JOURNAL.md)."""

    head: str
    """Digest of the last seal of that log, 64 hex digits."""
    serial: str
    """The device; another one is refused."""
    sessions: tuple[U32, ...]
    """Numbers of the sessions that the log and those before it held on the device."""
    last_seq: U32
    chain: U32 | None
    """Of the last journal record taken; None where there was none."""
    begun_total: U32
    """Units that the device had begun ever, at least."""
    before_nl: U32 = 0
    """What the treatment had had before the first of its logs, by the device's totals; nL or uC."""
    commands_begun: Count
    fit_no: Count = 0
    content_nl: U32 = 0
    """What the syringe still held at least, were nothing but closed commands taken from it."""
    stage: Count
    program: Count
    done: Count
    """Where the plan goes on: units of that program that closed commands account for."""
    commands: tuple[ResumedCommand, ...]
    clears: tuple[ResumedClear, ...] = ()
    """Faults cleared within the last ten minutes of it, the oldest first."""


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
    profile: AnyProfile
    profile_hash: str
    """Canonical SHA-256, 64 hex digits."""
    allow_simulator: bool = True
    serial: str | None = None
    """Only this device, where given."""
    resume: ResumeSpec | None = None
    """What an earlier log of this treatment left open; None for a session from the beginning."""
    product: str
    product_limit_nl: U32
    """Most of the product in one session; 0 where nothing is dosed."""
    viscosity_upa_s: U32 = 1_000
    """Viscosity of the product; water by default."""
    zones: tuple[ZoneSpec, ...]
    stages: tuple[StageSpec, ...] = Field(min_length=1)
