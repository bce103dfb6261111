"""The comparisons that all rules are made of; each yields at most one violation."""

from collections.abc import Iterator

from mesodrive.limits.violation import Place, Violation, violation
from mesodrive_protocol.enums import Trigger


def above(code: str, place: Place, value: int, limit: int | None, unit: str) -> Iterator[Violation]:
    """Yield a value above its limit; None is no limit."""
    if limit is not None and value > limit:
        yield violation(code, place, value, limit, unit)


def below(code: str, place: Place, value: int, limit: int | None, unit: str) -> Iterator[Violation]:
    """Yield a value below its limit; None is no limit."""
    if limit is not None and value < limit:
        yield violation(code, place, value, limit, unit)


def off_step(code: str, place: Place, value: int, step: int, unit: str) -> Iterator[Violation]:
    """Yield a value that is not a whole multiple of a step, which is more than 0."""
    if value % step:
        yield violation(code, place, value, step, unit)


def trigger_known(place: Place, trigger: Trigger, known: frozenset[int]) -> Iterator[Violation]:
    """Yield a trigger mode that the device does not have."""
    if trigger not in known:
        names = ", ".join(Trigger(number).name.lower() for number in sorted(known))
        yield violation("trigger-unsupported", place, trigger.name.lower(), names, "")


def rounded_up(value: int, divisor: int) -> int:
    """Return value / divisor rounded up; 0 for a divisor of 0, which has its own refusal."""
    return -(-value // divisor) if divisor else 0
