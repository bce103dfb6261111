"""The canonical hash changes with everything that host and device must agree on, and only then."""

import hashlib
import json
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel

from mesodrive.profile.any_profile import AnyProfile
from mesodrive.profile.canonical import (
    HASHED,
    canonical_bytes,
    canonical_hash,
    limits_for_wire,
)
from mesodrive.profile.models import DeviceProfile
from mesodrive.profile_store import list_profiles, load_profile
from mesodrive_protocol.enums import LimitField
from support.profiles import INJECTORS, TRANSDERMALS, injector, transdermal

SHIPPED = Path(__file__).parents[2] / "device_profiles" / "mesodrive_profiles"

GOLDEN = {
    "burst-unit": (1, "d03d8003380db58708399b941d60edf933b070b2d23729362419a4f5a344928e"),
    "ionto-unit": (1, "d86171badae4044c0adc55db095551f13616175206e8a2e4468c9a49a565cf10"),
    "nappage-gun": (1, "b75e4e6d18feb62674f4a7df4797481cc028adf8cba594053113b54f6e8c088e"),
    "needling-pen": (1, "fe080afba82c97022aba0e92872d625b40094b41534ad1715f7e775d1886c306"),
    "point-gun": (1, "2d5fcba02ca0e71e7bc840c67c41dd76b164d74f130464ad08dfb5bea45540a1"),
    "pulse-unit": (1, "998f12a5b32adc93e2736008f7914ac4bd32a3ce66b36dd798a90249ce455994"),
    "vacuum-stamp": (1, "ce67c455f09ec15dac2e8235c88d9b074b55c5ecdd3e420251426cca24f32552"),
}
"""Revision and hash of each shipped profile; a changed hash needs a new revision."""


def leaves(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    if isinstance(value, dict):
        return [p for k, v in value.items() for p in leaves(v, (*path, k))]
    if isinstance(value, list) and value:
        return [p for i, v in enumerate(value) for p in leaves(v, (*path, i))]
    return [path]


def changed(profile: AnyProfile, path: tuple[str | int, ...]) -> AnyProfile:
    """Return a copy with one value changed, not validated: the hash must not depend on rules."""
    key, *rest = path
    if not rest:
        value = getattr(profile, str(key))
        return profile.model_copy(update={str(key): _other(value)})
    return profile.model_copy(update={str(key): _changed(getattr(profile, str(key)), rest)})


def _changed(part: object, path: list[str | int]) -> object:
    key, *rest = path
    if isinstance(part, dict):
        return {**part, str(key): _other(part[str(key)])}
    if isinstance(part, tuple):
        assert isinstance(key, int)
        inner = _changed(part[key], rest) if rest else _other(part[key])
        return (*part[:key], inner, *part[key + 1 :])
    inner = _changed(getattr(part, str(key)), rest) if rest else _other(getattr(part, str(key)))
    assert isinstance(part, BaseModel)
    return part.model_copy(update={str(key): inner})


def _other(value: object) -> object:
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case str():
            return value + "x"
        case _:
            return 7


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
@pytest.mark.req("DOS-13")
@pytest.mark.parametrize("name", list_profiles())
def test_the_hash_changes_with_each_field_that_both_sides_must_agree_on(name: str) -> None:
    profile = load_profile(name).profile
    before = canonical_hash(profile)
    data = json.loads(profile.model_dump_json())
    for path in leaves(data):
        real = ("schema_number", *path[1:]) if path[0] == "schema" else path
        agreed = path[0] in HASHED and "sources" not in path
        assert (canonical_hash(changed(profile, real)) != before) == agreed, path


@pytest.mark.req("DOS-13")
def test_shipped_profiles_keep_their_hash_within_a_revision() -> None:
    found = {
        name: (loaded.profile.identity.revision, loaded.canonical_hash.hex())
        for name, loaded in ((name, load_profile(name)) for name in list_profiles())
    }
    assert found == GOLDEN


@pytest.mark.parametrize("name", list_profiles())
def test_another_program_gets_the_same_hash_from_the_plain_file(name: str) -> None:
    """By the rule of the README, without the models."""
    data = yaml.safe_load((SHIPPED / f"{name}.yaml").read_text(encoding="utf-8"))
    kept = {key: data[key] for key in HASHED}
    for section in kept.values():
        if isinstance(section, dict):
            section.pop("sources", None)
    text = json.dumps(kept, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    loaded = load_profile(name)
    assert hashlib.sha256(text.encode()).digest() == loaded.canonical_hash
    assert canonical_bytes(loaded.profile) == text.encode()


def test_an_absent_optional_field_hashes_as_null() -> None:
    profile = injector("needling-pen")
    data = json.loads(profile.model_dump_json())
    del data["hard_limits"]["dose_nl_max"]
    assert canonical_hash(DeviceProfile.model_validate(data)) == canonical_hash(profile)


@pytest.mark.parametrize("name", INJECTORS)
def test_limits_stand_on_the_wire_where_the_protocol_numbers_them(name: str) -> None:
    profile = injector(name)
    wire = limits_for_wire(profile)
    assert len(wire) == len(LimitField)
    limits, other = profile.hard_limits, profile.capabilities
    expected = {
        LimitField.DEPTH_UM_MIN: limits.depth_um_min,
        LimitField.DEPTH_UM_MAX: limits.depth_um_max,
        LimitField.DOSE_NL_MIN: limits.dose_nl_min,
        LimitField.DOSE_NL_MAX: limits.dose_nl_max,
        LimitField.FLOW_NL_S_MAX: limits.flow_nl_s_max,
        LimitField.MEAN_NL_S_MAX: limits.mean_flow_nl_s_max,
        LimitField.WINDOW_NL_MAX: limits.window_60s_nl_max,
        LimitField.CASE_NL_MAX: limits.session_nl_max,
        LimitField.PERIOD_US_MIN: limits.period_us_min,
        LimitField.UNITS_MAX: other.units_max,
        LimitField.STEPS_MAX: other.steps_max,
        LimitField.PRESSURE_PA_MAX: limits.pressure_pa_max,
        LimitField.STROKES_MAX: limits.strokes_max,
        LimitField.RATE_MHZ_MAX: limits.rate_mhz_max,
        LimitField.VACUUM_PA_MAX: limits.vacuum_pa_max,
        LimitField.DWELL_US_MAX: limits.dwell_us_max,
        LimitField.CONTACT_MN_MIN: profile.interlocks.contact_mn_min,
        LimitField.HOME_US_MAX: profile.timing.home_us_max,
    }
    for field in LimitField:
        assert wire[field - 1] == (expected.get(field) or 0), field.name


@pytest.mark.parametrize("name", TRANSDERMALS)
def test_electrical_limits_stand_on_the_wire_where_the_protocol_numbers_them(name: str) -> None:
    profile = transdermal(name)
    wire = limits_for_wire(profile)
    assert len(wire) == len(LimitField)
    limits, other = profile.hard_limits, profile.capabilities
    expected = {
        LimitField.PERIOD_US_MIN: limits.pulse_interval_us_min,
        LimitField.UNITS_MAX: other.units_max,
        LimitField.STEPS_MAX: other.steps_max,
        LimitField.CURRENT_UA_MAX: limits.current_ua_max,
        LimitField.DENSITY_UA_CM2_MAX: limits.density_ua_cm2_max,
        LimitField.CASE_UC_MAX: limits.session_uc_max,
        LimitField.VOLTAGE_UV_MAX: limits.voltage_uv_max,
        LimitField.PULSE_US_MAX: limits.pulse_us_max,
        LimitField.ENERGY_UJ_MAX: limits.energy_uj_max,
        LimitField.RAMP_US_MIN: limits.ramp_us_min,
        LimitField.VACUUM_PA_MAX: limits.vacuum_pa_max,
        LimitField.DWELL_US_MAX: limits.dwell_us_max,
        LimitField.HOME_US_MAX: profile.timing.home_us_max,
    }
    for field in LimitField:
        assert wire[field - 1] == (expected.get(field) or 0), field.name
