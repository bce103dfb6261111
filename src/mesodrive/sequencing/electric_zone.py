"""One zone of a plan for the transdermal unit: where it is, and what is done there."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Final, Literal, NamedTuple

from pydantic import AfterValidator, Field

from mesodrive.document_model import DocumentModel, Violation
from mesodrive.limits.bounds import rounded_up
from mesodrive.limits.current_rules import mean_current_ua
from mesodrive.profile.quantities import Title
from mesodrive.sequencing.electric_quantities import (
    CapMa,
    CarrierHz,
    CurrentMa,
    DoseMaMin,
    GateHz,
    IntervalMs,
    IntervalS,
    PassCount,
    PulseCount,
    RampS,
    VacuumKpa,
    VoltageV,
    WidthMs,
)
from mesodrive.sequencing.quantities import LengthMm, MarginMm, Percent, TimeMs, refused
from mesodrive.sequencing.zone import PatternName, Shape, TriggerName
from mesodrive_protocol.enums import Kind, Trigger

EXCLUDED: Final = ("temple", "orbit", "neck_front", "chest")
"""Places that no current and no vacuum may reach on any device: eyes, brain, throat and heart."""
RAMP_US: Final = 30_000_000
"""Ramp where the plan says nothing else: half a minute is hardly felt."""
MEAN_NA_MIN: Final = 1_000
"""A slice of five seconds then has five uC at least, so that whole uC can share a dose."""
PERMILLE: Final = 1_000
"""All of the time."""

PlaceName = Literal[
    "forehead", "cheek", "chin", "nose", "temple", "orbit", "scalp", "neck_front", "neck_back",
    "chest", "abdomen", "flank", "back", "buttock", "shoulder", "arm", "forearm", "hand", "thigh",
    "knee", "leg", "foot",
]  # fmt: skip
Polarity = Literal["anode", "cathode"]


def _allowed(place: str) -> str:
    """Return a place as written if current and vacuum may be used there."""
    if place in EXCLUDED:
        raise refused(
            "place-excluded",
            f"a place other than {', '.join(EXCLUDED)}",
            "leave the zone out: neither current nor vacuum may be used there",
        )
    return place


class Drive(NamedTuple):
    """A current that rises, stays and falls."""

    current_ua: int
    """Of a carrier its peak; the sign is the polarity."""
    dose_uc: int
    """Whole charge with both ramps, of a carrier rectified."""
    ramp_us: int
    compliance_uv: int
    carrier_hz: int = 0
    gate_mhz: int = 0
    duty_permille: int = PERMILLE
    zero_mean: bool = False

    @property
    def mean_na(self) -> int:
        """Rectified mean while it stays, nA."""
        return abs(self.current_ua) * self.duty_permille

    @property
    def mean_ua(self) -> int:
        """The same in uA, as the rules count it: rounded up."""
        return mean_current_ua(self.current_ua, self.duty_permille)


class _Zone(DocumentModel):
    """What every zone says."""

    name: Title = Field(description="Name that people read.")
    place: Annotated[PlaceName, AfterValidator(_allowed)] = Field(
        description="Part of the body; some are excluded."
    )
    trigger: TriggerName = Field(description="What lets a unit begin.")

    @property
    def trigger_mode(self) -> Trigger:
        """The trigger as the protocol numbers it."""
        return Trigger[self.trigger.upper()]


class _ElectrodeZone(_Zone):
    """A zone in which the electrode stays where it is."""

    shape: Shape = Field(description="Where the electrode lies on the plan's map.")

    @property
    def margin_um(self) -> int:
        """No rim: an electrode lies on all of its zone."""
        return 0


class Iontophoresis(_ElectrodeZone):
    """Direct current under an electrode."""

    current_key: ClassVar[str] = "current_ma"
    """Key of the current in a plan."""

    technique: Literal["iontophoresis"]
    current_ua: CurrentMa = Field(alias="current_ma", description="Current once the ramp is up.")
    dose_uc: DoseMaMin = Field(
        alias="dose_ma_min", description="Whole charge with both ramps; it is never exceeded."
    )
    polarity: Polarity = Field(description="What the electrode is against the return electrode.")
    ramp_us: RampS = Field(default=RAMP_US, alias="ramp_s", description="Time up, and time down.")
    compliance_uv: VoltageV = Field(
        alias="compliance_v", description="Highest voltage; above it the current waits."
    )

    @property
    def kind(self) -> Kind:
        """The kind of program that carries it out."""
        return Kind.CURRENT

    @property
    def drive(self) -> Drive:
        """The current of the zone."""
        sign = 1 if self.polarity == "anode" else -1
        return Drive(sign * self.current_ua, self.dose_uc, self.ramp_us, self.compliance_uv)


class Burst(_ElectrodeZone):
    """Bursts of a carrier under an electrode."""

    current_key: ClassVar[str] = "peak_ma"
    """Key of the current in a plan."""

    technique: Literal["burst"]
    peak_ua: CurrentMa = Field(alias="peak_ma", description="Peak once the ramp is up.")
    dose_uc: DoseMaMin = Field(
        alias="dose_ma_min", description="Whole rectified charge with both ramps."
    )
    carrier_hz: CarrierHz = Field(description="Frequency of the carrier.")
    gate_mhz: GateHz | None = Field(
        default=None, alias="gate_hz", description="Bursts each second; a lasting carrier without."
    )
    duty_permille: Percent = Field(
        default=PERMILLE, alias="duty_percent", description="Share of the time within a burst."
    )
    zero_mean: bool = Field(default=True, description="The carrier swings about zero.")
    polarity: Polarity | None = Field(
        default=None, description="Side on which it swings; only with zero_mean: false."
    )
    ramp_us: RampS = Field(default=RAMP_US, alias="ramp_s", description="Time up, and time down.")
    compliance_uv: VoltageV = Field(alias="compliance_v", description="Highest voltage.")

    @property
    def kind(self) -> Kind:
        """The kind of program that carries it out."""
        return Kind.CURRENT

    @property
    def drive(self) -> Drive:
        """The current of the zone."""
        return Drive(
            -self.peak_ua if self.polarity == "cathode" else self.peak_ua,
            self.dose_uc,
            self.ramp_us,
            self.compliance_uv,
            self.carrier_hz,
            self.gate_mhz or 0,
            self.duty_permille,
            self.zero_mean,
        )

    def violations(self) -> Iterator[Violation]:
        """Yield a polarity that contradicts the waveform, and a current of nearly nothing."""
        if self.zero_mean and self.polarity is not None:
            yield Violation(
                ("polarity",), "polarity-contradicts", self.polarity,
                "no polarity for a carrier that swings about zero",
                "remove polarity, or write zero_mean: false",
            )  # fmt: skip
        if not self.zero_mean and self.polarity is None:
            yield Violation(
                ("polarity",), "key-missing", None, "polarity, since zero_mean is false",
                "add polarity: anode or cathode",
            )  # fmt: skip
        if self.drive.mean_na < MEAN_NA_MIN:
            yield Violation(
                ("duty_percent",), "mean-low", "a mean current below 1 uA",
                "a mean current of at least 1 uA", "choose a longer duty or a higher peak",
            )  # fmt: skip


class Electroporation(_ElectrodeZone):
    """High-voltage pulses between the electrodes."""

    technique: Literal["electroporation"]
    voltage_uv: VoltageV = Field(alias="voltage_v", description="Height of a pulse.")
    width_us: WidthMs = Field(
        alias="width_ms", description="Whole width; a biphasic pulse has half each way."
    )
    pulses: PulseCount = Field(description="Number of pulses.")
    interval_us: IntervalS = Field(
        alias="interval_s", description="From the start of a pulse to that of the next."
    )
    biphasic: bool = Field(default=True, description="Half of each pulse goes the other way.")
    alternating: bool = Field(default=False, description="Every other pulse goes the other way.")
    cap_ua: CapMa = Field(alias="cap_ma", description="Current at which a pulse is cut: an arc.")

    @property
    def kind(self) -> Kind:
        """The kind of program that carries it out."""
        return Kind.PULSE

    @property
    def mean_ua(self) -> int:
        """Mean of a train in which every pulse has the most it may have, rounded up."""
        return rounded_up(self.cap_ua * self.width_us, self.interval_us)


class Measure(_ElectrodeZone):
    """One reading of the impedance with a small carrier."""

    technique: Literal["measure"]
    carrier_hz: CarrierHz = Field(description="Frequency of the reading.")

    @property
    def kind(self) -> Kind:
        """The kind of program that carries it out."""
        return Kind.MEASURE


class Exfoliate(_Zone):
    """Passes of the exfoliating tip, spot by spot."""

    technique: Literal["exfoliate"]
    shape: Shape = Field(description="Outline on the plan's map.")
    pattern: PatternName = Field(description="How spots are laid out.")
    spacing_um: LengthMm = Field(alias="spacing_mm", description="Distance of neighbours.")
    margin_um: MarginMm = Field(
        default=0, alias="margin_mm", description="Rim of the shape that stays free."
    )
    vacuum_pa: VacuumKpa = Field(alias="vacuum_kpa", description="Below the air's pressure.")
    dwell_us: TimeMs = Field(alias="dwell_ms", description="Stay on one spot.")
    passes: PassCount = Field(description="How often the whole zone is gone over.")
    interval_us: IntervalMs = Field(alias="interval_ms", description="Time from spot to spot.")

    @property
    def kind(self) -> Kind:
        """The kind of program that carries it out."""
        return Kind.PASS


DrivenZone = Iontophoresis | Burst
"""Zones that get a charge slice by slice."""
ElectricZone = Annotated[
    Iontophoresis | Burst | Electroporation | Measure | Exfoliate, Field(discriminator="technique")
]
TECHNIQUES: Final = frozenset({"iontophoresis", "burst", "electroporation", "measure", "exfoliate"})
"""What `technique` says of a zone in a plan for the transdermal unit."""
