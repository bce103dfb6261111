"""The 24 bytes of one program step, by kind, as DATA carries them."""

from struct import Struct
from typing import Final, NamedTuple

from mesodrive_protocol.enums import Kind

STEP_BYTES: Final = 24


class NeedleStep(NamedTuple):
    """Strokes of a needle; prime has depth 0, dry has dose 0."""

    units: int
    depth_um: int
    dose_nl: int
    period_us: int
    dwell_us: int
    flow_nl_s: int
    trigger: int


class TrainStep(NamedTuple):
    """Timed runs of a pen; one unit is `strokes` strokes within 200 ms."""

    units: int
    depth_um: int
    strokes: int
    rate_mhz: int
    gap_us: int
    trigger: int


class CurrentStep(NamedTuple):
    """Slices of direct current."""

    units: int
    current_ua: int
    charge_uc: int
    slice_us: int
    ramp_us: int
    carrier_hz: int
    gate_mhz: int
    duty_permille: int
    trigger: int
    flags: int


class PulseStep(NamedTuple):
    """High-voltage pulses."""

    units: int
    width_us: int
    voltage_uv: int
    interval_us: int
    cap_ua: int
    energy_uj: int
    trigger: int
    flags: int


class SpotStep(NamedTuple):
    """Exfoliation passes or impedance measurements."""

    units: int
    vacuum_pa: int
    dwell_us: int
    interval_us: int
    carrier_hz: int
    trigger: int


Step = NeedleStep | TrainStep | CurrentStep | PulseStep | SpotStep

_NEEDLE: Final = (Struct("<HHIIIIB3x"), NeedleStep, ((21, 3),))
_TRAIN: Final = (Struct("<HHH2xII4xB3x"), TrainStep, ((6, 2), (16, 4), (21, 3)))
_CURRENT: Final = (Struct("<HhIIIHHHBB"), CurrentStep, ())
_PULSE: Final = (Struct("<HHiIIIBB2x"), PulseStep, ((22, 2),))
_SPOT: Final = (Struct("<H2xIIIH2xB3x"), SpotStep, ((2, 2), (18, 2), (21, 3)))

LAYOUTS: Final[dict[Kind, tuple[Struct, type[Step], tuple[tuple[int, int], ...]]]] = {
    Kind.PRICK: _NEEDLE,
    Kind.PRIME: _NEEDLE,
    Kind.DRY: _NEEDLE,
    Kind.TRAIN: _TRAIN,
    Kind.CURRENT: _CURRENT,
    Kind.PULSE: _PULSE,
    Kind.PASS: _SPOT,
    Kind.MEASURE: _SPOT,
}
"""By kind: layout, class, and where the reserved zero bytes stand as (offset, length)."""


def pack_step(kind: Kind, step: Step) -> bytes:
    """Return the 24 bytes of a step.

    Raises:
        TypeError: If the step's class is not the one of its kind.
        struct.error: If a value does not fit its field.
    """
    layout, cls, _ = LAYOUTS[kind]
    if not isinstance(step, cls):
        raise TypeError(f"a step of kind {kind.name} is a {cls.__name__}, not {step!r}")
    return layout.pack(*step)


def unpack_step(kind: Kind, data: bytes) -> Step | None:
    """Return the step in 24 bytes, or None where a reserved byte is not zero."""
    layout, cls, zeros = LAYOUTS[kind]
    for offset, length in zeros:
        if any(data[offset : offset + length]):
            return None
    return cls(*layout.unpack(data))
