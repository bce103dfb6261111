"""Writes a first plan for a profile: small, commented, and well inside its limits."""

from typing import Final, NamedTuple

from mesodrive.limits.envelope import Envelope, Needle, envelope_of
from mesodrive.limits.fluid import TISSUE_PA, WATER_UPA_S, needle_pa
from mesodrive.profile.any_profile import AnyProfile
from mesodrive.profile.transdermal_models import TransdermalProfile
from mesodrive.sequencing.electric_example import electric_example_plan
from mesodrive.sequencing.fills import US_PER_S
from mesodrive.units import from_base
from mesodrive_protocol.enums import Kind, Trigger

COLUMNS: Final = 5
ROWS: Final = 4
POINTS: Final = COLUMNS * ROWS
"""Points of the example's one zone."""
SPACING_UM: Final = 8_000
"""Where the profile has no limits on spacing: the width of a pen's head."""
PRIME_NL: Final = 50_000
"""Fills a short needle and its hub: an estimate."""
UM2_PER_CM2: Final = 100_000_000
HALVINGS_MAX: Final = 20
"""A flow halved so often is a millionth of the first."""


class _Values(NamedTuple):
    """Numbers of the example, base units; those without a plunger stay 0."""

    spacing_um: int
    depth_um: int
    dose_nl: int
    period_us: int
    flow_nl_s: int


def example_plan(profile: AnyProfile) -> str:
    """Return a commented plan in YAML that a person can fill in.

    The numbers lie well inside the limits of the profile; they are no advice.
    """
    if isinstance(profile, TransdermalProfile):
        return electric_example_plan(profile)
    env = envelope_of(profile)
    needle, values = env.needles[0], _values(env)
    fluid = _fluid_part(env, values) if Kind.PRICK in env.kinds else ""
    return (
        _HEAD.format(
            profile=profile.identity.profile, title=" ".join(profile.identity.title.split())
        )
        + _needle_part(env, needle)
        + fluid
        + _zone_part(env, values)
        + _TAIL
    )


def _values(env: Envelope) -> _Values:
    """Return numbers well within the limits."""
    needle = env.needles[0]
    spacing_um = SPACING_UM
    if env.spacing_um_min is not None and env.spacing_um_max is not None:
        middle_um = (env.spacing_um_min + env.spacing_um_max) // 2
        spacing_um = max(env.spacing_um_min, middle_um - middle_um % 1_000)
    deepest_um = min(env.advised_depth_um_max or env.depth_um_max, needle.length_um)
    depth_um = max(env.depth_um_min, deepest_um // 2 // env.depth_step_um * env.depth_step_um)
    period_us = 2 * env.period_us_min
    if Kind.PRICK not in env.kinds:
        return _Values(spacing_um, depth_um, 0, period_us, 0)
    dose_nl = _dose_nl(env, spacing_um)
    flow_nl_s = _flow(env, needle, dose_nl, period_us)
    deliver_us = -(-dose_nl * US_PER_S // max(1, flow_nl_s))
    period_us = max(period_us, 2 * -(-deliver_us // 1_000) * 1_000)
    return _Values(spacing_um, depth_um, dose_nl, period_us, flow_nl_s)


def _dose_nl(env: Envelope, spacing_um: int) -> int:
    """Return a dose that area, window and the device's own range allow."""
    step_nl, least_nl = env.dose_step_nl or 1, env.dose_nl_min or 1
    by_area_nl = (env.zone_nl_per_cm2_max or 0) * spacing_um**2 // UM2_PER_CM2 // 2
    by_window_nl = (env.window_60s_nl_max or 0) // POINTS // 2
    most_nl = min(by_area_nl, by_window_nl, (env.dose_nl_max or 0) // 4)
    return max(least_nl, most_nl // step_nl * step_nl)


def _flow(env: Envelope, needle: Needle, dose_nl: int, period_us: int) -> int:
    """Return a flow that delivers within a quarter of the period, or less if pressure says so."""
    wanted_nl_s = -(-dose_nl * US_PER_S * 4 // period_us)
    flow_nl_s = min(-(-wanted_nl_s // 1_000) * 1_000, env.flow_nl_s_max or wanted_nl_s)
    for _ in range(HALVINGS_MAX):
        each_nl_s = -(-flow_nl_s // env.pins)
        peak_pa = TISSUE_PA + needle_pa(each_nl_s, needle.length_um, needle.bore_um, WATER_UPA_S)
        if peak_pa <= (env.pressure_pa_max or peak_pa):
            break
        flow_nl_s //= 2
    return flow_nl_s


def _number(base: int, suffix: str) -> str:
    """Return base units as a number in people's units, without the unit."""
    return from_base(base, suffix).split()[0]


def _needle_part(env: Envelope, needle: Needle) -> str:
    known = ", ".join(known.name for known in env.needles)
    return f"\nneedle: {needle.name}    # one of {known}\n"


def _fluid_part(env: Envelope, values: _Values) -> str:
    """Return product, syringe and prime."""
    syringe = env.syringes[0]
    known = ", ".join(known.name for known in env.syringes)
    step_nl = env.dose_step_nl or 1
    most_nl = min(PRIME_NL, env.dose_nl_max or PRIME_NL)
    prime_nl = max(env.dose_nl_min or 0, most_nl // step_nl * step_nl)
    return _FLUID.format(
        session_ml=_number(2 * POINTS * values.dose_nl, "ml"),
        syringe=syringe.name,
        syringes=known,
        fill_ml=_number(syringe.content_nl_max, "ml"),
        prime_ul=_number(prime_nl, "ul"),
    )


def _zone_part(env: Envelope, values: _Values) -> str:
    """Return the one zone."""
    trigger = Trigger.HELD if Trigger.HELD in env.triggers else Trigger(min(env.triggers))
    lines = _ZONE.format(
        width_mm=_number(COLUMNS * values.spacing_um, "mm"),
        height_mm=_number(ROWS * values.spacing_um, "mm"),
        technique=_technique(env),
        spacing_mm=_number(values.spacing_um, "mm"),
        margin_mm=_number(values.spacing_um // 2, "mm"),
        depth_mm=_number(values.depth_um, "mm"),
        deepest_mm=_number(env.depth_um_max, "mm"),
        period_ms=_number(values.period_us, "ms"),
        trigger=trigger.name.lower(),
        triggers=", ".join(Trigger(known).name.lower() for known in sorted(env.triggers)),
    )
    if values.dose_nl:
        dose, flow = _number(values.dose_nl, "ul"), _number(values.flow_nl_s, "ul_s")
        return lines + _DOSE.format(dose_ul=dose, flow_ul_s=flow)
    return lines + _STROKES.format(rate_hz=_number((env.rate_mhz_max or 0) // 2, "hz"))


def _technique(env: Envelope) -> str:
    """Return the technique that a device of this make is for."""
    if Kind.TRAIN in env.kinds:
        return "needling"
    if env.pins > 1:
        return "stamp"
    return "nappage" if Trigger.HELD in env.triggers else "point_by_point"


_HEAD: Final = """\
# A plan for: {title}.
# Numbers are in the unit that their key ends with. They are a beginning and no advice.
# `mesodrive plan check FILE` tells what is wrong, `mesodrive plan show FILE` draws the points.
schema: 1
treatment: T-0001    # number from your own books: letters, digits, - and _; never a name
profile: {profile}
"""

_FLUID: Final = """
product:
  name: "Name of the product"
  viscosity_mpa_s: 1    # water is 1; a thick product needs more pressure
  lots:                 # one lot, or a mixture whose parts are 100 % in all
    - lot: "LOT-1"
      expiry: 2099-12-31    # last day of use as printed on the package
      fraction_percent: 100
      max_ml_per_session: {session_ml}
      # concentration_mg_ml: 10    # optional, for the record

syringe:
  name: {syringe}    # one of {syringes}
  fill_ml: {fill_ml}
  # dead_ul: 50    # what stays in syringe and needle
prime_ul: {prime_ul}    # fills the needle before each filling is used; it is waste
"""

_ZONE: Final = """
# The map is in millimetres: x to the right, y up. Zones may lie anywhere on it.
zones:
  - name: "First zone"
    shape:    # rectangle or ellipse by width_mm and height_mm, polygon by points_mm
      type: rectangle
      width_mm: {width_mm}
      height_mm: {height_mm}
      at_mm: [0, 0]    # where its middle is
      # rotate_deg: 15
    technique: {technique}
    pattern: square    # square, hexagonal or line
    spacing_mm: {spacing_mm}
    margin_mm: {margin_mm}    # rim that stays free
    depth_mm: {depth_mm}    # at most {deepest_mm} on this device
    # depth_max_mm: {depth_mm}    # deepest that this zone allows
    period_ms: {period_ms}    # from point to point; or rate_per_s
    trigger: {trigger}    # one of {triggers}
"""

_DOSE: Final = """\
    dose_ul: {dose_ul}    # for each point
    flow_ul_s: {flow_ul_s}    # while the needle is in
    # dwell_ms: 50    # stay at depth after the dose
"""

_STROKES: Final = """\
    rate_hz: {rate_hz}    # strokes each second
    strokes: 5    # in each run; or run_ms, at most 200
"""

_TAIL: Final = """
# Where an advised limit is passed on purpose, say why; the record keeps it.
# reasons:
#   depth: "..."
#   volume: "..."
"""
