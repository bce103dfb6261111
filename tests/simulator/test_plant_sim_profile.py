"""The device's own reading of profiles: shipped ones, wrong ones, and the hash on the wire."""

import datetime as dt
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

import mesodrive_profiles
from mesodrive_protocol.enums import Kind, LimitField, Trigger
from mesodrive_simulator.sim_profile import (
    PROFILE_BYTES_MAX,
    SimProfileError,
    load_profile,
    profile_names,
    read_profile,
)

GUNS = ("nappage-gun", "needling-pen", "point-gun", "vacuum-stamp")
UNITS = ("burst-unit", "ionto-unit", "pulse-unit")


def document(name: str = "nappage-gun") -> dict[str, Any]:
    folder = Path(mesodrive_profiles.__file__).parent
    loaded: dict[str, Any] = yaml.safe_load((folder / f"{name}.yaml").read_text("utf-8"))
    return loaded


def test_four_guns_and_three_transdermal_units_are_shipped() -> None:
    assert profile_names() == tuple(sorted((*GUNS, *UNITS)))


@pytest.mark.parametrize("name", GUNS)
def test_limits_on_the_wire_are_the_hard_limits_of_the_profile(name: str) -> None:
    profile, hard = load_profile(name), document(name)["hard_limits"]
    limits = profile.limits_for_wire
    assert len(limits) == len(LimitField) == 25
    assert limits[LimitField.DEPTH_UM_MAX - 1] == hard["depth_um_max"]
    assert limits[LimitField.DOSE_NL_MAX - 1] == (hard["dose_nl_max"] or 0)
    assert limits[LimitField.WINDOW_NL_MAX - 1] == (hard["window_60s_nl_max"] or 0)
    assert limits[LimitField.STROKES_MAX - 1] == (hard["strokes_max"] or 0)
    assert limits[LimitField.CURRENT_UA_MAX - 1] == 0


@pytest.mark.parametrize("name", GUNS)
def test_the_hash_covers_what_the_device_promises_and_nothing_else(name: str) -> None:
    def bare(value: object) -> object:
        if isinstance(value, dict):
            return {k: bare(v) for k, v in value.items() if k != "sources"}
        return [bare(v) for v in value] if isinstance(value, list) else value

    parts = document(name)
    kept = {
        k: bare(parts[k])
        for k in ("schema", "identity", "capabilities", "hard_limits", "interlocks", "timing")
    }
    text = json.dumps(kept, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert load_profile(name).canonical_hash == hashlib.sha256(text.encode()).digest()
    parts["simulation"]["supply_uv"] += 1
    parts["advisory_limits"]["depth_um_max"] = 1
    changed = read_profile(yaml.safe_dump(parts), name)
    assert changed.canonical_hash == load_profile(name).canonical_hash
    parts["hard_limits"]["depth_um_max"] += 1
    changed = read_profile(yaml.safe_dump(parts), name)
    assert changed.canonical_hash != load_profile(name).canonical_hash


def test_kinds_triggers_needles_and_syringes_are_read() -> None:
    profile = load_profile("nappage-gun")
    assert profile.kinds == {Kind.PRICK, Kind.PRIME, Kind.DRY}
    assert Trigger.HELD in profile.triggers
    assert profile.needles[0].length_um > 0
    assert profile.syringes[0].bore_um > 0
    assert load_profile("needling-pen").syringes == ()
    assert load_profile("needling-pen").plunger_lead_um == 0


def test_a_profile_may_be_given_by_path(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(document()), "utf-8")
    assert load_profile(str(path)).profile == "nappage-gun"


def test_an_unknown_name_is_told_which_names_there_are() -> None:
    with pytest.raises(SimProfileError, match=r"no such profile.*nappage-gun, needling-pen"):
        load_profile("napage-gun")


def test_a_path_to_nothing_and_a_path_to_rubbish_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SimProfileError, match="No such file"):
        load_profile(str(tmp_path / "none.yaml"))
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SimProfileError, match="decode"):
        load_profile(str(tmp_path / "bytes.yaml"))
    (tmp_path / "long.yaml").write_bytes(b"#" * (PROFILE_BYTES_MAX + 1))
    with pytest.raises(SimProfileError, match="above"):
        load_profile(str(tmp_path / "long.yaml"))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: [", "not YAML"),
        ("- 1", "not a mapping"),
        ("schema: 2", "schema is 2, not 1"),
    ],
)
def test_documents_of_another_kind_are_refused(text: str, problem: str) -> None:
    with pytest.raises(SimProfileError, match=problem):
        read_profile(text, "mine")


def test_all_faults_are_named_at_once() -> None:
    parts = document()
    del parts["timing"]
    parts["hard_limits"]["depth_um_max"] = "deep"
    parts["hard_limits"].pop("dose_nl_max")
    parts["capabilities"]["pins"] = True
    parts["capabilities"]["kinds"] = ["stab"]
    with pytest.raises(SimProfileError) as caught:
        read_profile(yaml.safe_dump(parts), "mine")
    text = str(caught.value)
    for piece in (
        "timing.lease_us is missing",
        "hard_limits.depth_um_max is 'deep'",
        "capabilities.pins is True",
        "STAB",
    ):
        assert piece in text
    assert "dose_nl_max" not in text, "an absent limit is no limit"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("schema: 1\nidentity: [a, list]\n", "is missing"),
        ("schema: 1\nidentity: text\n", "is missing"),
        ("schema: 1\nidentity: 5\n", "is missing"),
        ("schema: 1\ndate: 2026-13-45\n", "not YAML"),
        ("schema: 1\nname: \udce4\n", "not YAML"),
    ],
)
def test_a_document_of_another_shape_is_refused_like_any_other(text: str, problem: str) -> None:
    with pytest.raises(SimProfileError, match=problem):
        read_profile(text, "fuzzed.yaml")


@pytest.mark.parametrize("name", UNITS)
def test_limits_of_a_transdermal_unit_stand_on_the_wire_where_the_protocol_has_a_field(
    name: str,
) -> None:
    profile, hard = load_profile(name), document(name)["hard_limits"]
    limits = profile.limits_for_wire
    for field, key in (
        (LimitField.CURRENT_UA_MAX, "current_ua_max"),
        (LimitField.DENSITY_UA_CM2_MAX, "density_ua_cm2_max"),
        (LimitField.CASE_UC_MAX, "session_uc_max"),
        (LimitField.VOLTAGE_UV_MAX, "voltage_uv_max"),
        (LimitField.PULSE_US_MAX, "pulse_us_max"),
        (LimitField.ENERGY_UJ_MAX, "energy_uj_max"),
        (LimitField.RAMP_US_MIN, "ramp_us_min"),
        (LimitField.VACUUM_PA_MAX, "vacuum_pa_max"),
        (LimitField.DWELL_US_MAX, "dwell_us_max"),
        (LimitField.PERIOD_US_MIN, "pulse_interval_us_min"),
    ):
        assert limits[field - 1] == (hard[key] or 0), key
    assert limits[LimitField.DEPTH_UM_MAX - 1] == limits[LimitField.DOSE_NL_MAX - 1] == 0


def test_what_only_a_needle_has_is_not_asked_of_a_transdermal_unit() -> None:
    profile = load_profile("burst-unit")
    assert (profile.needles, profile.syringes, profile.pins) == ((), (), 0)
    assert (profile.depth_um_max, profile.retract_us, profile.spring_return) == (0, 0, False)
    assert [(e.name, e.area_mm2, e.uses_max) for e in profile.electrodes] == [
        ("cap-4cm2", 400, 1),
        ("cap-8cm2", 800, 1),
    ]
    assert (profile.pass_pa_min, profile.vacuum_pa_max) == (13_000, 41_000)
    assert profile.kinds == {Kind.CURRENT, Kind.PASS, Kind.MEASURE}


def test_a_value_that_a_transdermal_unit_needs_and_lacks_is_named() -> None:
    parts = document("ionto-unit")
    del parts["timing"]["lease_us"]
    parts["hard_limits"]["current_ua_max"] = "4 mA"
    with pytest.raises(SimProfileError) as caught:
        read_profile(yaml.safe_dump(parts), "mine")
    assert "timing.lease_us is missing" in str(caught.value)
    assert "hard_limits.current_ua_max is '4 mA'" in str(caught.value)


def test_a_family_that_nobody_knows_is_refused() -> None:
    parts = document("ionto-unit")
    parts["identity"]["family"] = "laser"
    with pytest.raises(SimProfileError, match="identity"):
        read_profile(yaml.safe_dump(parts), "mine")


def test_a_date_in_a_profile_is_refused_and_does_not_break_the_hash() -> None:
    parts = document()
    parts["identity"]["since"] = dt.date(2026, 1, 1)
    with pytest.raises(SimProfileError, match="no plain value"):
        read_profile(yaml.safe_dump(parts), "dated")
