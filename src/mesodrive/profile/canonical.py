"""The canonical bytes of a profile, their hash, and its limits as the wire carries them.

IDENTITY and ARM carry the hash, so host and device agree on identity, capabilities, hard limits,
interlocks and timing before anything moves. Notes on sources, advice, temperatures and what the
simulator assumes are not in it: correcting a note must not lock a device out.
"""

import hashlib
import json
from typing import Final

from mesodrive.profile.any_profile import AnyProfile
from mesodrive.profile.models import DeviceProfile
from mesodrive.profile.transdermal_models import TransdermalProfile

HASHED: Final = ("schema", "identity", "capabilities", "hard_limits", "interlocks", "timing")
"""The top-level keys that the canonical bytes hold."""


def canonical_bytes(profile: AnyProfile) -> bytes:
    """Return the bytes that are hashed: compact JSON in UTF-8, keys sorted, without sources."""
    document = profile.model_dump(mode="json", by_alias=True, include=_included())
    for section in document.values():
        if isinstance(section, dict):
            section.pop("sources", None)
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def canonical_hash(profile: AnyProfile) -> bytes:
    """Return the SHA-256 of the canonical bytes, 32 bytes, as IDENTITY and ARM carry it."""
    return hashlib.sha256(canonical_bytes(profile)).digest()


def _included() -> set[str]:
    """Return the model's names of the hashed keys."""
    return {"schema_number" if key == "schema" else key for key in HASHED}


def limits_for_wire(profile: AnyProfile) -> tuple[int, ...]:
    """Return the limits in the order of `LimitField`, 25 values, 0 where there is no limit.

    Units are those of the field names in the protocol. The electrical limits of an injector are 0,
    and so are the limits on needles and volume of a transdermal unit.
    """
    if isinstance(profile, TransdermalProfile):
        values = _transdermal(profile)
    else:
        values = _injector(profile)
    return tuple(value or 0 for value in values)


def _injector(profile: DeviceProfile) -> tuple[int | None, ...]:
    limits, capabilities = profile.hard_limits, profile.capabilities
    return (
        limits.depth_um_min,
        limits.depth_um_max,
        limits.dose_nl_min,
        limits.dose_nl_max,
        limits.flow_nl_s_max,
        limits.mean_flow_nl_s_max,
        limits.window_60s_nl_max,
        limits.session_nl_max,
        limits.period_us_min,
        capabilities.units_max,
        capabilities.steps_max,
        limits.pressure_pa_max,
        limits.strokes_max,
        limits.rate_mhz_max,
        *_NO_ELECTRICAL_LIMITS,
        limits.vacuum_pa_max,
        limits.dwell_us_max,
        profile.interlocks.contact_mn_min,
        profile.timing.home_us_max,
    )


def _transdermal(profile: TransdermalProfile) -> tuple[int | None, ...]:
    limits, capabilities = profile.hard_limits, profile.capabilities
    return (
        *_NO_LIMITS_ON_VOLUME,
        limits.pulse_interval_us_min,
        capabilities.units_max,
        capabilities.steps_max,
        *_NO_LIMITS_ON_STROKES,
        limits.current_ua_max,
        limits.density_ua_cm2_max,
        limits.session_uc_max,
        limits.voltage_uv_max,
        limits.pulse_us_max,
        limits.energy_uj_max,
        limits.ramp_us_min,
        limits.vacuum_pa_max,
        limits.dwell_us_max,
        None,  # contact is proven by the load, not by a force
        profile.timing.home_us_max,
    )


_NO_ELECTRICAL_LIMITS: Final = (0,) * 7
"""CURRENT_UA_MAX to RAMP_US_MIN."""
_NO_LIMITS_ON_VOLUME: Final = (0,) * 8
"""DEPTH_UM_MIN to CASE_NL_MAX."""
_NO_LIMITS_ON_STROKES: Final = (0,) * 3
"""PRESSURE_PA_MAX to RATE_MHZ_MAX."""
