"""Session specifications for tests of the core, made from a shipped profile."""

from mesodrive.core.spec import (
    FitSpec,
    ProgramSpec,
    SessionSpec,
    StageSpec,
    StepSpec,
    ZoneRun,
    ZoneSpec,
)
from mesodrive.profile_store import load_profile
from mesodrive_protocol.enums import Kind, Trigger
from support.profiles import injector


def step(
    units: int, *, dose_nl: int = 5_000, period_us: int = 125_000, depth_um: int = 1_500
) -> StepSpec:
    return StepSpec(
        units=units,
        depth_um=depth_um,
        dose_nl=dose_nl,
        period_us=period_us,
        dwell_us=0,
        flow_nl_s=200_000,
        trigger=Trigger.HELD,
    )


def deliver(units: int, **options: int) -> ProgramSpec:
    return ProgramSpec(
        purpose="deliver",
        kind=Kind.PRICK,
        steps=(step(units, **options),),
        zones=(ZoneRun(zone=0, units=units),),
    )


PRIME = ProgramSpec(
    purpose="prime",
    kind=Kind.PRIME,
    steps=(
        StepSpec(
            units=2,
            depth_um=0,
            dose_nl=20_000,
            period_us=500_000,
            dwell_us=0,
            flow_nl_s=100_000,
            trigger=Trigger.HELD,
        ),
    ),
)


def session(
    *programs: ProgramSpec, stages: int = 1, zone_limit_nl: int = 0, product_limit_nl: int = 0
) -> SessionSpec:
    """Return a session of the nappage gun: in each stage a prime, then the programs."""
    loaded = load_profile("nappage-gun")
    able = injector("nappage-gun").capabilities
    needle = next(n for n in able.needles if n.name == "30G-4")
    syringe = able.syringes[0]
    fit = FitSpec(
        title="30G 4 mm, syringe 1",
        needle_um=needle.length_um,
        needle_bore_um=needle.bore_um,
        bore_um=syringe.bore_um,
        pins=1,
        content_nl=2_000_000,
        lot=0x1234,
    )
    return SessionSpec(
        treatment_id="T-1",
        nonce=0x1122_3344_5566_7788,
        case=77,
        first_rid=1_000,
        profile=loaded.profile,
        profile_hash=loaded.canonical_hash.hex(),
        product="water",
        product_limit_nl=product_limit_nl,
        zones=(ZoneSpec(name="cheek", area_mm2=4_000, limit_nl=zone_limit_nl),),
        stages=tuple(StageSpec(fit=fit, programs=(PRIME, *programs)) for _ in range(stages)),
    )


def pen_session(units: int = 3, *, strokes: int = 10) -> SessionSpec:
    """Return a session of the needling pen: trains of strokes, no syringe, no prime."""
    loaded = load_profile("needling-pen")
    able = injector("needling-pen").capabilities
    needle = able.needles[0]
    train = ProgramSpec(
        purpose="deliver",
        kind=Kind.TRAIN,
        steps=(
            StepSpec(
                units=units,
                depth_um=1_000,
                strokes=strokes,
                rate_mhz=100_000,
                gap_us=100_000,
                trigger=Trigger.HELD,
            ),
        ),
        zones=(ZoneRun(zone=0, units=units),),
    )
    fit = FitSpec(
        title="12 pins",
        needle_um=needle.length_um,
        needle_bore_um=needle.bore_um,
        bore_um=0,
        pins=able.pins,
        content_nl=0,
        lot=0,
    )
    return SessionSpec(
        treatment_id="T-2",
        nonce=0x2233_4455_6677_8899,
        case=78,
        first_rid=2_000,
        profile=loaded.profile,
        profile_hash=loaded.canonical_hash.hex(),
        product="none",
        product_limit_nl=0,
        zones=(ZoneSpec(name="brow", area_mm2=2_000, limit_nl=0),),
        stages=(StageSpec(fit=fit, programs=(train,)),),
    )
