"""Rules between the sections of a transdermal unit's profile: what each kind needs, and advice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from mesodrive.document_model import Violation
from mesodrive.profile import electric_reach
from mesodrive.profile.sections import all_or_none

if TYPE_CHECKING:
    from mesodrive.profile.transdermal_models import ElectricCapabilities, TransdermalProfile

I16_MAX: Final = 0x7FFF
"""Steps carry the current of a slice as i16."""
_NEEDED: Final = (
    (
        ("current",),
        ("mean_current_ua_max", "ramp_us_min", "slice_us_max", "current_time_s_max"),
    ),
    (
        ("current", "pulse"),
        ("current_ua_max", "density_ua_cm2_max", "session_uc_max", "voltage_uv_max"),
    ),
    (
        ("pulse",),
        (
            "pulse_us_min",
            "pulse_us_max",
            "pulses_max",
            "pulse_interval_us_min",
            "energy_uj_max",
            "volt_us_max",
            "train_time_s_max",
        ),
    ),
    (("pass",), ("vacuum_pa_min", "vacuum_pa_max", "passes_max", "dwell_us_max")),
)
"""Kinds, and the limits that a unit with one of them must have and no other may have."""
_ADVICE: Final = ("density_ua_cm2_max", "voltage_uv_max", "volt_us_max")


def capabilities(able: ElectricCapabilities) -> Iterator[Violation]:
    """Yield kinds that treat nothing, and what does not go with a current or its absence."""
    kinds, current = ", ".join(able.kinds), "current" in able.kinds
    if set(able.kinds) == {"measure"}:
        yield Violation(
            ("kinds",),
            "kinds-unclear",
            kinds,
            "current, pulse or pass, with or without measure",
            "name what the device does besides readings",
        )
    why = "the device drives current" if current else "the device drives no current"
    yield from all_or_none(able, ("current_step_ua",), wanted=current, why=why)
    if current and "single" in able.triggers:
        yield Violation(
            ("triggers",),
            "slices-single",
            "single",
            "held or none: slices of current join without a gap",
            "remove single",
        )


def of_profile(profile: TransdermalProfile) -> Iterator[Violation]:
    """Yield each contradiction between the sections."""
    yield from _needed(profile)
    yield from _waveform(profile)
    yield from _current_on_wire(profile)
    yield from electric_reach.of_profile(profile)
    yield from _advice(profile)


def _needed(profile: TransdermalProfile) -> Iterator[Violation]:
    """Yield each limit that is missing, or has no meaning on this unit."""
    for kinds, names in _NEEDED:
        wanted = not set(kinds).isdisjoint(profile.capabilities.kinds)
        words = " or ".join(kinds)
        why = f"the device has programs of {words}" if wanted else f"the device has no {words}"
        for found in all_or_none(profile.hard_limits, names, wanted=wanted, why=why):
            yield found._replace(place=("hard_limits", *found.place))


def _waveform(profile: TransdermalProfile) -> Iterator[Violation]:
    """Yield half a range, a carrier without current, a gate without carrier, and skin's limit."""
    limits, kinds = profile.hard_limits, profile.capabilities.kinds
    rows = (
        ("carrier_hz_min", "carrier_hz_max", "current" in kinds, "the device has no current"),
        ("gate_mhz_min", "gate_mhz_max", limits.carrier_hz_max, "the device has no carrier"),
    )
    for low, high, possible, why in rows:
        given = [name for name in (low, high) if getattr(limits, name) is not None]
        if given and not possible:
            for found in all_or_none(limits, (low, high), wanted=False, why=why):
                yield found._replace(place=("hard_limits", *found.place))
        elif len(given) == 1:
            half = f"{given[0]} is given"
            for found in all_or_none(limits, (low, high), wanted=True, why=half):
                yield found._replace(place=("hard_limits", *found.place))
    if limits.density_ua_cm2_max is None:
        name = "density_exfoliated_ua_cm2_max"
        why = "there is no density_ua_cm2_max"
        for found in all_or_none(limits, (name,), wanted=False, why=why):
            yield found._replace(place=("hard_limits", *found.place))


def _current_on_wire(profile: TransdermalProfile) -> Iterator[Violation]:
    """Yield a highest current that no step can hold or that is off the unit's step."""
    most_ua, step_ua = profile.hard_limits.current_ua_max, profile.capabilities.current_step_ua
    if most_ua is None or step_ua is None:
        return
    place = ("hard_limits", "current_ua_max")
    if most_ua > I16_MAX:
        yield Violation(
            place, "current-beyond-wire", most_ua, f"at most {I16_MAX}", "lower current_ua_max"
        )
    if most_ua % step_ua:
        yield Violation(
            place,
            "limit-off-step",
            most_ua,
            f"a whole multiple of current_step_ua = {step_ua}",
            f"write {most_ua - most_ua % step_ua} or {most_ua - most_ua % step_ua + step_ua}",
        )


def _advice(profile: TransdermalProfile) -> Iterator[Violation]:
    """Yield each advisory limit that can never be passed, since the hard limit stands before it."""
    for name in _ADVICE:
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
