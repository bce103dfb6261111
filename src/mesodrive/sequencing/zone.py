"""One zone of a plan: where it is, and what each of its points gets."""

from collections.abc import Iterator
from typing import Annotated, Final, Literal, Protocol, get_args

from pydantic import Field

from mesodrive.document_model import DocumentModel, Violation
from mesodrive.profile.quantities import Title
from mesodrive.sequencing.quantities import (
    AngleDeg,
    AtLeast,
    DepthMm,
    FlowUlS,
    LengthMm,
    MarginMm,
    PeriodMs,
    PointMm,
    RateHz,
    RatePerS,
    TimeMs,
    VolumeUl,
)
from mesodrive_protocol.enums import Kind, Trigger

CORNERS_MAX = 500
"""Corners of one outline; a traced outline has some fifty."""

Technique = Literal["nappage", "point_by_point", "stamp", "needling"]
PatternName = Literal["square", "hexagonal", "line"]
TriggerName = Literal["single", "held", "none"]

NEEDLE_TECHNIQUES: Final = frozenset(get_args(Technique))
"""What `technique` says of a zone in a plan for an injector."""

MHZ_US = 1_000_000_000
"""One cycle at 1 mHz, us."""


class _Shape(DocumentModel):
    """Where a shape stands on the plan's map; x goes right, y goes up."""

    at_um: PointMm = Field(default=(0, 0), alias="at_mm", description="Place of its origin.")
    rotate_mdeg: AngleDeg = Field(
        default=0, alias="rotate_deg", description="Turned about its origin, counter-clockwise."
    )


class Rectangle(_Shape):
    """A rectangle; its origin is its middle."""

    type: Literal["rectangle"]
    width_um: LengthMm = Field(alias="width_mm", description="Along x.")
    height_um: LengthMm = Field(alias="height_mm", description="Along y.")


class Ellipse(_Shape):
    """An ellipse; its origin is its middle."""

    type: Literal["ellipse"]
    width_um: LengthMm = Field(alias="width_mm", description="Whole width along x.")
    height_um: LengthMm = Field(alias="height_mm", description="Whole height along y.")


class Polygon(_Shape):
    """An outline by its corners, which are written from its origin."""

    type: Literal["polygon"]
    points_um: Annotated[
        tuple[PointMm, ...], Field(strict=False, max_length=CORNERS_MAX), AtLeast(3)
    ] = Field(alias="points_mm", description="Corners in order, [x, y]; the last joins the first.")


Shape = Annotated[Rectangle | Ellipse | Polygon, Field(discriminator="type")]


class Outlined(Protocol):
    """Whatever has a place on the plan's map."""

    @property
    def shape(self) -> Rectangle | Ellipse | Polygon: ...  # noqa: D102
    @property
    def margin_um(self) -> int: ...  # noqa: D102


class Patterned(Outlined, Protocol):
    """Whatever is gone over point by point."""

    @property
    def pattern(self) -> PatternName: ...  # noqa: D102
    @property
    def spacing_um(self) -> int: ...  # noqa: D102


class Zone(DocumentModel):
    """A zone and what each of its points gets."""

    name: Title = Field(description="Name that people read.")
    shape: Shape = Field(description="Outline on the plan's map.")
    technique: Technique = Field(description="What one point gets.")
    pattern: PatternName = Field(description="How points are laid out.")
    spacing_um: LengthMm = Field(alias="spacing_mm", description="Distance of neighbours.")
    margin_um: MarginMm = Field(
        default=0, alias="margin_mm", description="Rim of the shape that stays free."
    )
    depth_um: DepthMm = Field(alias="depth_mm", description="Commanded stroke.")
    depth_um_max: DepthMm | None = Field(
        default=None, alias="depth_max_mm", description="Deepest stroke that this zone allows."
    )
    dose_nl: VolumeUl | None = Field(default=None, alias="dose_ul", description="For each point.")
    flow_nl_s: FlowUlS | None = Field(
        default=None, alias="flow_ul_s", description="Flow while the needle is in."
    )
    dwell_us: TimeMs | None = Field(
        default=None, alias="dwell_ms", description="Stay at depth after the dose; 0 by default."
    )
    rate_mhz: RatePerS | None = Field(
        default=None, alias="rate_per_s", description="Points each second, or give period_ms."
    )
    given_period_us: PeriodMs | None = Field(
        default=None, alias="period_ms", description="Time from point to point, or give rate_per_s."
    )
    trigger: TriggerName = Field(description="What lets a point begin.")
    given_strokes: Annotated[int, Field(ge=1, le=0xFFFF)] | None = Field(
        default=None, alias="strokes", description="Needling: strokes of one run, or give run_ms."
    )
    stroke_rate_mhz: RateHz | None = Field(
        default=None, alias="rate_hz", description="Needling: strokes each second."
    )
    run_us: PeriodMs | None = Field(
        default=None, alias="run_ms", description="Needling: time of one run, or give strokes."
    )

    @property
    def kind(self) -> Kind:
        """The kind of program that carries out the technique."""
        return Kind.TRAIN if self.technique == "needling" else Kind.PRICK

    @property
    def trigger_mode(self) -> Trigger:
        """The trigger as the protocol numbers it."""
        return Trigger[self.trigger.upper()]

    @property
    def period_us(self) -> int:
        """Time from point to point, us; a rate that does not divide evenly gets the slower one."""
        if self.given_period_us is not None:
            return self.given_period_us
        return -(-MHZ_US // self.rate_mhz) if self.rate_mhz else 0

    @property
    def strokes(self) -> int:
        """Strokes of one run; 0 for a technique without runs."""
        if self.given_strokes is not None:
            return self.given_strokes
        return (self.run_us or 0) * (self.stroke_rate_mhz or 0) // MHZ_US

    @property
    def gap_us(self) -> int:
        """Rest between the end of a run and the next, us; below 0 where the run is too long."""
        rate_mhz = self.stroke_rate_mhz
        return self.period_us - -(-self.strokes * MHZ_US // rate_mhz) if rate_mhz else 0

    def violations(self) -> Iterator[Violation]:
        """Yield values that this technique needs or does not have, and pairs that contradict."""
        needling = self.technique == "needling"
        for key, value in (("dose_ul", self.dose_nl), ("flow_ul_s", self.flow_nl_s)):
            yield from self._wanted(key, value, wanted=not needling)
        yield from self._wanted("rate_hz", self.stroke_rate_mhz, wanted=needling)
        yield from self._one_of("rate_per_s", self.rate_mhz, "period_ms", self.given_period_us)
        if needling:
            yield from self._wanted("dwell_ms", self.dwell_us, wanted=False)
            yield from self._one_of("strokes", self.given_strokes, "run_ms", self.run_us)
            yield from self._whole_strokes()
        else:
            yield from self._wanted("strokes", self.given_strokes, wanted=False)
            yield from self._wanted("run_ms", self.run_us, wanted=False)

    def _wanted(self, key: str, value: int | None, *, wanted: bool) -> Iterator[Violation]:
        if wanted and value is None:
            yield Violation(
                (key,), "key-missing", None, f"{key} for {self.technique}", f"add {key}"
            )
        elif not wanted and value is not None:
            yield Violation(
                (key,), "key-extra", "a value", f"no {key} for {self.technique}", f"remove {key}"
            )

    def _one_of(
        self, key: str, value: int | None, other: str, other_value: int | None
    ) -> Iterator[Violation]:
        if (value is None) == (other_value is None):
            found = None if value is None else "both"
            limit, remedy = f"either {key} or {other}", f"give one of {key} and {other}"
            yield Violation((key,), "key-choice", found, limit, remedy)

    def _whole_strokes(self) -> Iterator[Violation]:
        """Yield a run that is not a whole number of strokes, and one longer than its period."""
        rate_mhz = self.stroke_rate_mhz
        if rate_mhz is None:
            return
        if self.run_us is not None and self.run_us * rate_mhz % MHZ_US:
            yield Violation(
                ("run_ms",),
                "strokes-not-whole",
                "a run that ends within a stroke",
                "a whole number of strokes",
                "give strokes instead of run_ms",
            )
        if self.period_us and self.gap_us < 0:
            key = "rate_per_s" if self.rate_mhz else "period_ms"
            yield Violation(
                (key,), "run-longer-than-period", "runs that overlap", "time for each run",
                "choose a lower rate, or fewer strokes",
            )  # fmt: skip
