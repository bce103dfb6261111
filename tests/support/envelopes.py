"""A device's limits, steps and fittings in round numbers, for tests of the rules."""

from typing import NamedTuple

from mesodrive.limits.envelope import Envelope, Needle, Syringe
from mesodrive_protocol.enums import Kind, Trigger

GUN = Envelope(
    kinds=frozenset({Kind.PRICK, Kind.PRIME, Kind.DRY}),
    triggers=frozenset({Trigger.SINGLE, Trigger.HELD}),
    heads=1,
    pins=1,
    depth_step_um=1,
    dose_step_nl=1,
    steps_max=4,
    units_max=100,
    needles=(Needle("short", 4_000, 159), Needle("long", 13_000, 159)),
    syringes=(Syringe("5mL", 5_000_000, 12_060),),
    depth_um_min=300,
    depth_um_max=5_000,
    dose_nl_min=1_000,
    dose_nl_max=50_000,
    flow_nl_s_max=260_000,
    mean_flow_nl_s_max=100_000,
    window_60s_nl_max=2_000_000,
    window_10min_nl_max=5_000_000,
    session_nl_max=10_000_000,
    zone_nl_per_cm2_max=20_000,
    period_us_min=110_000,
    pressure_pa_max=138_000,
    dwell_us_max=400_000,
    spacing_um_min=1_000,
    spacing_um_max=10_000,
    session_units_max=10_000,
    session_time_s_max=3_600,
    strokes_max=None,
    rate_mhz_max=None,
    advised_depth_um_max=2_000,
    advised_session_nl_max=5_000_000,
)

PEN = GUN._replace(
    kinds=frozenset({Kind.TRAIN}),
    pins=12,
    dose_step_nl=None,
    needles=(Needle("pins", 2_500, 0),),
    syringes=(),
    depth_um_min=250,
    depth_um_max=2_500,
    dose_nl_min=None,
    dose_nl_max=None,
    flow_nl_s_max=None,
    mean_flow_nl_s_max=None,
    window_60s_nl_max=None,
    window_10min_nl_max=None,
    session_nl_max=None,
    zone_nl_per_cm2_max=None,
    pressure_pa_max=None,
    period_us_min=150_000,
    dwell_us_max=0,
    spacing_um_min=None,
    spacing_um_max=None,
    strokes_max=30,
    rate_mhz_max=180_000,
    advised_session_nl_max=None,
)


class Step(NamedTuple):
    """A step that keeps every limit of `GUN`."""

    units: int = 10
    depth_um: int = 1_500
    dose_nl: int = 5_000
    period_us: int = 1_000_000
    dwell_us: int = 0
    flow_nl_s: int = 100_000
    strokes: int = 0
    rate_mhz: int = 0
    gap_us: int = 0
    trigger: Trigger = Trigger.HELD


TRAIN = Step(dose_nl=0, period_us=0, flow_nl_s=0, strokes=10, rate_mhz=100_000, gap_us=60_000)
"""A step that keeps every limit of `PEN`."""


class Fit(NamedTuple):
    """A fitting that keeps every limit of `GUN`."""

    needle_um: int = 4_000
    needle_bore_um: int = 159
    bore_um: int = 12_060
    pins: int = 1
    head: int = 0
    content_nl: int = 2_000_000
    area_mm2: int = 0


PEN_FIT = Fit(2_500, 0, 0, 12, 0, 0)


class ZoneRun(NamedTuple):
    """So many units in a zone."""

    units: int


class Program(NamedTuple):
    """A program that keeps every limit of `GUN`."""

    kind: Kind = Kind.PRICK
    head: int = 0
    steps: tuple[Step, ...] = (Step(),)
    zones: tuple[ZoneRun, ...] = (ZoneRun(10),)
    cap_uv: int = 0
