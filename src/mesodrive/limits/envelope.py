"""A profile's limits as one flat, hashable value: what the rules read."""

from typing import Final, NamedTuple, overload

from mesodrive.limits.electric_envelope import ElectricEnvelope, electric_envelope_of
from mesodrive.profile.any_profile import AnyProfile
from mesodrive.profile.models import DeviceProfile
from mesodrive.profile.transdermal_models import TransdermalProfile
from mesodrive_protocol.enums import Kind, Trigger

POINTS_MAX: Final = 20_000
"""Points of one plan on any device: ten sessions of two thousand pricks, far above any treatment;
it bounds memory and the time that a mistyped spacing can cost."""

RUN_US_MAX: Final = 200_000
"""Longest run of a pen in one unit: the lease, so that a lost host stops the pen within it."""


class Needle(NamedTuple):
    """A needle that may be fitted."""

    name: str
    length_um: int
    bore_um: int


class Syringe(NamedTuple):
    """A syringe that may be fitted."""

    name: str
    content_nl_max: int
    bore_um: int


class Envelope(NamedTuple):
    """Everything that limits one device; None where it has no such limit."""

    kinds: frozenset[int]
    triggers: frozenset[int]
    heads: int
    pins: int
    depth_step_um: int
    dose_step_nl: int | None
    steps_max: int
    units_max: int
    needles: tuple[Needle, ...]
    syringes: tuple[Syringe, ...]
    depth_um_min: int
    depth_um_max: int
    dose_nl_min: int | None
    dose_nl_max: int | None
    flow_nl_s_max: int | None
    mean_flow_nl_s_max: int | None
    window_60s_nl_max: int | None
    window_10min_nl_max: int | None
    session_nl_max: int | None
    zone_nl_per_cm2_max: int | None
    period_us_min: int
    pressure_pa_max: int | None
    dwell_us_max: int
    spacing_um_min: int | None
    spacing_um_max: int | None
    session_units_max: int
    session_time_s_max: int
    strokes_max: int | None
    rate_mhz_max: int | None
    advised_depth_um_max: int | None
    advised_session_nl_max: int | None


@overload
def envelope_of(profile: DeviceProfile) -> Envelope: ...
@overload
def envelope_of(profile: TransdermalProfile) -> ElectricEnvelope: ...
@overload
def envelope_of(profile: AnyProfile) -> Envelope | ElectricEnvelope: ...
def envelope_of(profile: AnyProfile) -> Envelope | ElectricEnvelope:
    """Return the limits of a profile; worth keeping, since it touches every field once."""
    if isinstance(profile, TransdermalProfile):
        return electric_envelope_of(profile)
    able, hard, advised = profile.capabilities, profile.hard_limits, profile.advisory_limits
    return Envelope(
        kinds=frozenset(Kind[name.upper()] for name in able.kinds),
        triggers=frozenset(Trigger[name.upper()] for name in able.triggers),
        heads=able.heads,
        pins=able.pins,
        depth_step_um=able.depth_step_um,
        dose_step_nl=able.dose_step_nl,
        steps_max=able.steps_max,
        units_max=able.units_max,
        needles=tuple(Needle(n.name, n.length_um, n.bore_um) for n in able.needles),
        syringes=tuple(Syringe(s.name, s.content_nl_max, s.bore_um) for s in able.syringes),
        depth_um_min=hard.depth_um_min,
        depth_um_max=hard.depth_um_max,
        dose_nl_min=hard.dose_nl_min,
        dose_nl_max=hard.dose_nl_max,
        flow_nl_s_max=hard.flow_nl_s_max,
        mean_flow_nl_s_max=hard.mean_flow_nl_s_max,
        window_60s_nl_max=hard.window_60s_nl_max,
        window_10min_nl_max=hard.window_10min_nl_max,
        session_nl_max=hard.session_nl_max,
        zone_nl_per_cm2_max=hard.zone_nl_per_cm2_max,
        period_us_min=hard.period_us_min,
        pressure_pa_max=hard.pressure_pa_max,
        dwell_us_max=hard.dwell_us_max,
        spacing_um_min=hard.spacing_um_min,
        spacing_um_max=hard.spacing_um_max,
        session_units_max=hard.session_units_max,
        session_time_s_max=hard.session_time_s_max,
        strokes_max=hard.strokes_max,
        rate_mhz_max=hard.rate_mhz_max,
        advised_depth_um_max=advised.depth_um_max,
        advised_session_nl_max=advised.session_nl_max,
    )
