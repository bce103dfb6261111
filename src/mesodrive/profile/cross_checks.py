"""Rules between the sections of a profile; each yields every contradiction that it finds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from mesodrive.document_model import Violation
from mesodrive.profile.sections import all_or_none

if TYPE_CHECKING:
    from mesodrive.profile.models import Capabilities, DeviceProfile

_FLUID: Final = (
    "dose_nl_min",
    "dose_nl_max",
    "flow_nl_s_max",
    "mean_flow_nl_s_max",
    "window_60s_nl_max",
    "window_10min_nl_max",
    "session_nl_max",
    "zone_nl_per_cm2_max",
    "pressure_pa_max",
    "spacing_um_min",
    "spacing_um_max",
)
"""Limits that only a device with a plunger has, and must have."""
_STROKES: Final = ("strokes_max", "rate_mhz_max")
"""Limits that only a device with timed runs has, and must have."""


def newer_schema(number: int, known: int) -> Violation:
    """Return the refusal of a file that a newer version wrote."""
    return Violation(
        ("schema",),
        "schema-newer",
        number,
        f"schema {known}: the file is written for a newer mesodrive",
        "update mesodrive, or ask for the file in the older schema",
    )


def unique(field: str, names: tuple[str, ...]) -> Iterator[Violation]:
    """Yield each name that stands twice in a list."""
    for index, name in enumerate(names):
        if name in names[:index]:
            yield Violation(
                (field, index), "name-twice", name, "each name once", "remove or rename one of them"
            )


def kinds(names: tuple[str, ...]) -> Iterator[Violation]:
    """Yield a mixture of single strokes and timed runs, or neither."""
    if ("prick" in names) == ("train" in names):
        yield Violation(
            ("kinds",),
            "kinds-unclear",
            ", ".join(names),
            "either prick or train",
            "name prick for a device that delivers, train for a pen",
        )
    if "train" in names and "prime" in names:
        yield Violation(
            ("kinds",),
            "prime-without-plunger",
            "prime",
            "no prime: a pen has no plunger",
            "remove prime",
        )


def fluid_parts(capabilities: Capabilities) -> Iterator[Violation]:
    """Yield syringes or a dose step on a pen, or their absence on a device that delivers."""
    fluid = capabilities.delivers_fluid
    why = "the device delivers a dose" if fluid else "the device delivers no dose"
    yield from all_or_none(capabilities, ("dose_step_nl",), wanted=fluid, why=why)
    if fluid != bool(capabilities.syringes):
        yield Violation(
            ("syringes",),
            "syringes-unclear",
            len(capabilities.syringes),
            f"{'at least one syringe' if fluid else 'an empty list'}: {why}",
            "list the syringes that may be fitted" if fluid else "write []",
        )
    for index, needle in enumerate(capabilities.needles):
        if fluid and needle.bore_um == 0:
            yield Violation(
                ("needles", index, "bore_um"),
                "needle-solid",
                0,
                f"more than 0: {why}",
                "give the inner diameter",
            )


def steps(profile: DeviceProfile) -> Iterator[Violation]:
    """Yield each limit that no commanded value can reach, since it is off the step."""
    capabilities, limits = profile.capabilities, profile.hard_limits
    rows = (
        ("depth_um_min", limits.depth_um_min, "depth_step_um", capabilities.depth_step_um),
        ("depth_um_max", limits.depth_um_max, "depth_step_um", capabilities.depth_step_um),
        ("dose_nl_min", limits.dose_nl_min, "dose_step_nl", capabilities.dose_step_nl),
        ("dose_nl_max", limits.dose_nl_max, "dose_step_nl", capabilities.dose_step_nl),
    )
    for name, value, step_name, step in rows:
        if value is not None and step is not None and value % step:
            yield Violation(
                ("hard_limits", name),
                "limit-off-step",
                value,
                f"a whole multiple of {step_name} = {step}",
                f"write {value - value % step} or {value - value % step + step}",
            )


def needle_length(profile: DeviceProfile) -> Iterator[Violation]:
    """Yield a deepest stroke that is longer than every needle."""
    longest_um = max(needle.length_um for needle in profile.capabilities.needles)
    if profile.hard_limits.depth_um_max > longest_um:
        yield Violation(
            ("hard_limits", "depth_um_max"),
            "needle-too-short",
            profile.hard_limits.depth_um_max,
            f"at most {longest_um}, the longest needle",
            "lower depth_um_max or list a longer needle",
        )


def fluid_limits(profile: DeviceProfile) -> Iterator[Violation]:
    """Yield each limit on fluid that is missing, or has no meaning on this device."""
    fluid = profile.capabilities.delivers_fluid
    why = "the device delivers a dose" if fluid else "the device delivers no dose"
    for found in all_or_none(profile.hard_limits, _FLUID, wanted=fluid, why=why):
        yield found._replace(place=("hard_limits", *found.place))


def stroke_limits(profile: DeviceProfile) -> Iterator[Violation]:
    """Yield each limit on timed runs that is missing, or has no meaning on this device."""
    train = "train" in profile.capabilities.kinds
    why = "the device carries out timed runs" if train else "the device has no timed runs"
    for found in all_or_none(profile.hard_limits, _STROKES, wanted=train, why=why):
        yield found._replace(place=("hard_limits", *found.place))


def vacuum(profile: DeviceProfile) -> Iterator[Violation]:
    """Yield a vacuum limit without a vacuum, its absence, or one below the interlock."""
    interlocks, limits = profile.interlocks, profile.hard_limits
    why = f"contact is {interlocks.contact}"
    wanted = interlocks.contact == "vacuum"
    for found in all_or_none(limits, ("vacuum_pa_max",), wanted=wanted, why=why):
        yield found._replace(place=("hard_limits", *found.place))
    least_pa, most_pa = interlocks.vacuum_pa_min, limits.vacuum_pa_max
    if least_pa is not None and most_pa is not None and least_pa >= most_pa:
        yield Violation(
            ("interlocks", "vacuum_pa_min"),
            "vacuum-out-of-order",
            least_pa,
            f"less than hard_limits.vacuum_pa_max = {most_pa}",
            "lower vacuum_pa_min or raise vacuum_pa_max",
        )


def advice(profile: DeviceProfile) -> Iterator[Violation]:
    """Yield each advisory limit that can never be passed, since the hard limit stands before it."""
    for name in ("depth_um_max", "session_nl_max"):
        advised: int | None = getattr(profile.advisory_limits, name)
        hard: int | None = getattr(profile.hard_limits, name)
        if advised is not None and (hard is None or advised > hard):
            yield Violation(
                ("advisory_limits", name),
                "advice-above-limit",
                advised,
                "null: there is no hard limit" if hard is None else f"at most {hard}",
                f"lower it, or set advisory_limits.{name} to null",
            )
