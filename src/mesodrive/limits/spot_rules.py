"""Rules on spots of exfoliation and on readings of the impedance."""

from collections.abc import Iterator, Sequence
from typing import Final

from mesodrive.limits.bounds import above, below, trigger_known
from mesodrive.limits.electric_envelope import ElectricEnvelope
from mesodrive.limits.shapes import SpotStepLike
from mesodrive.limits.violation import Place, Places, Violation
from mesodrive_protocol.enums import Kind

READING_HZ_MIN: Final = 10_000
"""Lowest carrier of a reading: below it rested skin reads as an open circuit."""
READING_HZ_MAX: Final = 0xFFFF
"""Highest carrier that a step can hold; readings are sound up to 100 kHz."""


def check_spots(
    kind: Kind, steps: Sequence[SpotStepLike], env: ElectricEnvelope
) -> Iterator[Violation]:
    """Yield every limit that a program of spots (PASS) or readings (MEASURE) breaks."""
    for index, step in enumerate(steps):

        def place(field: str, index: int = index) -> Place:
            return ("steps", index, field)

        yield from trigger_known(place("trigger"), step.trigger, env.triggers)
        least_us = step.dwell_us + 1
        yield from below("interval-within", place("interval_us"), step.interval_us, least_us, "us")
        if kind is Kind.PASS:
            yield from _spot(place, step, env)
        else:
            yield from _reading(place, step)


def _spot(place: Places, step: SpotStepLike, env: ElectricEnvelope) -> Iterator[Violation]:
    """Yield what is wrong with a spot of exfoliation."""
    vacuum, dwell = place("vacuum_pa"), place("dwell_us")
    yield from below("vacuum-low", vacuum, step.vacuum_pa, env.vacuum_pa_min, "pa")
    yield from above("vacuum-high", vacuum, step.vacuum_pa, env.vacuum_pa_max, "pa")
    yield from above("spot-long", dwell, step.dwell_us, env.dwell_us_max, "us")
    yield from above("spot-carrier", place("carrier_hz"), step.carrier_hz, 0, "hz")


def _reading(place: Places, step: SpotStepLike) -> Iterator[Violation]:
    """Yield what is wrong with a reading of the impedance."""
    carrier = place("carrier_hz")
    yield from above("reading-vacuum", place("vacuum_pa"), step.vacuum_pa, 0, "pa")
    yield from below("reading-low", carrier, step.carrier_hz, READING_HZ_MIN, "hz")
    yield from above("reading-high", carrier, step.carrier_hz, READING_HZ_MAX, "hz")
