"""A transdermal profile that contradicts itself is refused, with every contradiction named."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from mesodrive.errors import DocumentError, Problem
from mesodrive.limits.current_rules import density_of
from mesodrive.limits.pulse_rules import energy_of
from mesodrive.profile.any_profile import AnyProfile, model_for
from mesodrive.profile.family import family_of
from mesodrive.profile.models import DeviceProfile
from mesodrive.profile.transdermal_models import TransdermalProfile
from mesodrive.profile_store import load_profile
from support.profiles import INJECTORS, TRANSDERMALS, injector, transdermal

Raw = dict[str, Any]
Change = Callable[[Raw], object]
SHIPPED = Path(__file__).parents[2] / "device_profiles" / "mesodrive_profiles"
UNIT = (SHIPPED / "ionto-unit.yaml").read_text(encoding="utf-8")
GUN = (SHIPPED / "nappage-gun.yaml").read_text(encoding="utf-8")


def raw(name: str) -> Raw:
    data: Raw = json.loads(load_profile(name).profile.model_dump_json())
    return data


def faults(data: Raw) -> set[tuple[str, str]]:
    """Return place and kind of each fault; empty for a sound profile."""
    try:
        TransdermalProfile.model_validate(data)
    except ValidationError as error:
        return {(".".join(map(str, e["loc"])), e["type"]) for e in error.errors()}
    return set()


def put(section: str, **values: object) -> Change:
    def change(data: Raw) -> None:
        for name, value in values.items():
            data[section][name] = value
            data[section]["sources"].pop(name, None)
            if type(value) is int:
                data[section]["sources"][name] = "estimate: test"

    return change


def limit(**values: object) -> Change:
    return put("hard_limits", **values)


def able(**values: object) -> Change:
    return put("capabilities", **values)


@pytest.mark.parametrize("name", TRANSDERMALS)
def test_every_number_of_a_shipped_profile_has_a_note(name: str) -> None:
    profile = transdermal(name)
    for _, section in profile:
        if isinstance(section, BaseModel) and hasattr(section, "sources"):
            assert all(len(note) > 10 for note in section.sources.values())


@pytest.mark.req("DOS-01")
def test_the_three_units_have_the_envelopes_that_they_were_designed_with() -> None:
    ionto, burst, pulse = (transdermal(n) for n in ("ionto-unit", "burst-unit", "pulse-unit"))
    assert ionto.capabilities.kinds == ("current", "measure")
    assert ionto.hard_limits.current_ua_max == 4_000
    assert ionto.hard_limits.session_uc_max == 80 * 60_000
    eight, sixteen = ionto.capabilities.electrodes
    assert (eight.name, eight.area_mm2, sixteen.name) == ("pad-8cm2", 800, "pad-16cm2")
    assert density_of(4_000, eight.area_mm2) == ionto.hard_limits.density_ua_cm2_max
    assert ionto.hard_limits.density_exfoliated_ua_cm2_max is None
    assert burst.capabilities.kinds == ("current", "pass", "measure")
    assert burst.hard_limits.density_exfoliated_ua_cm2_max == 250
    assert burst.hard_limits.voltage_uv_max == 100_000_000
    assert pulse.capabilities.kinds == ("pulse", "measure")
    assert pulse.hard_limits.energy_uj_max == 300_000
    assert energy_of(200_000_000, 10_000) > 300_000 > energy_of(200_000_000, 3_000)
    for unit in (ionto, burst, pulse):
        assert unit.capabilities.triggers == ("held", "none")
        assert unit.timing.home_us_max <= 500_000


BETWEEN_SECTIONS: list[tuple[str, Change, str, str]] = [
    ("ionto-unit", limit(mean_current_ua_max=4_001), "hard_limits.mean_current_ua_max",
     "out-of-order"),
    ("ionto-unit", limit(current_time_s_max=3_601), "hard_limits.current_time_s_max",
     "out-of-order"),
    ("burst-unit", limit(density_exfoliated_ua_cm2_max=501),
     "hard_limits.density_exfoliated_ua_cm2_max", "out-of-order"),
    ("burst-unit", limit(carrier_hz_min=15_001), "hard_limits.carrier_hz_min", "out-of-order"),
    ("burst-unit", limit(gate_mhz_min=2_001), "hard_limits.gate_mhz_min", "out-of-order"),
    ("burst-unit", limit(vacuum_pa_min=41_001), "hard_limits.vacuum_pa_min", "out-of-order"),
    ("pulse-unit", limit(pulse_us_min=10_001), "hard_limits.pulse_us_min", "out-of-order"),
    ("pulse-unit", limit(pulse_interval_us_min=9_999), "hard_limits.pulse_us_max", "out-of-order"),
    ("pulse-unit", limit(train_time_s_max=3_601), "hard_limits.train_time_s_max", "out-of-order"),
    ("ionto-unit", able(kinds=["measure"]), "capabilities.kinds", "kinds-unclear"),
    ("ionto-unit", able(kinds=["current", "current"]), "capabilities.kinds.1", "name-twice"),
    ("ionto-unit", able(triggers=["single"]), "capabilities.triggers", "slices-single"),
    ("ionto-unit", able(current_step_ua=None), "capabilities.current_step_ua", "number-missing"),
    ("pulse-unit", able(current_step_ua=1), "capabilities.current_step_ua", "number-extra"),
    ("ionto-unit", limit(ramp_us_min=None), "hard_limits.ramp_us_min", "number-missing"),
    ("ionto-unit", limit(density_ua_cm2_max=None), "hard_limits.density_ua_cm2_max",
     "number-missing"),
    ("ionto-unit", limit(pulses_max=5), "hard_limits.pulses_max", "number-extra"),
    ("ionto-unit", limit(vacuum_pa_max=5), "hard_limits.vacuum_pa_max", "number-extra"),
    ("burst-unit", limit(passes_max=None), "hard_limits.passes_max", "number-missing"),
    ("pulse-unit", limit(energy_uj_max=None), "hard_limits.energy_uj_max", "number-missing"),
    ("pulse-unit", limit(carrier_hz_max=50), "hard_limits.carrier_hz_max", "number-extra"),
    ("burst-unit", limit(carrier_hz_min=None), "hard_limits.carrier_hz_min", "number-missing"),
    ("burst-unit", limit(gate_mhz_max=None), "hard_limits.gate_mhz_max", "number-missing"),
    ("ionto-unit", limit(gate_mhz_min=1, gate_mhz_max=2), "hard_limits.gate_mhz_min",
     "number-extra"),
    ("ionto-unit", limit(current_ua_max=32_800), "hard_limits.current_ua_max",
     "current-beyond-wire"),
    ("ionto-unit", limit(current_ua_max=4_050), "hard_limits.current_ua_max", "limit-off-step"),
    ("ionto-unit", put("advisory_limits", density_ua_cm2_max=501),
     "advisory_limits.density_ua_cm2_max", "advice-above-limit"),
    ("ionto-unit", put("advisory_limits", volt_us_max=5), "advisory_limits.volt_us_max",
     "advice-above-limit"),
    ("ionto-unit", put("interlocks", load_ohm_min=5_001), "interlocks.load_ohm_min",
     "out-of-order"),
    ("ionto-unit", put("interlocks", contact_ohm_max=400_001), "interlocks.contact_ohm_max",
     "out-of-order"),
    ("ionto-unit", put("interlocks", contact="force"), "interlocks.contact", "literal_error"),
    ("ionto-unit", put("timing", home_us_max=500_001), "timing.home_us_max", "less_than_equal"),
    ("ionto-unit", limit(slice_us_max=5_000_001), "hard_limits.slice_us_max", "less_than_equal"),
]  # fmt: skip


@pytest.mark.req("DOS-01")
@pytest.mark.parametrize(("name", "change", "place", "kind"), BETWEEN_SECTIONS)
def test_a_profile_that_contradicts_itself_is_refused(
    name: str, change: Change, place: str, kind: str
) -> None:
    data = raw(name)
    assert faults(data) == set()
    change(data)
    assert (place, kind) in faults(data)


OUT_OF_REACH: list[tuple[str, Change, Change, str, str]] = [
    # profile, the last value that is sound, the first that is not, place, code
    ("ionto-unit", limit(density_ua_cm2_max=300), limit(density_ua_cm2_max=249),
     "hard_limits.mean_current_ua_max", "electrode-too-small"),
    ("ionto-unit", limit(voltage_uv_max=40_000_000), limit(voltage_uv_max=39_999_900),
     "interlocks.load_ohm_max", "open-untold"),
    ("ionto-unit", put("interlocks", load_ohm_max=400_000),
     put("interlocks", load_ohm_max=400_001), "interlocks.load_ohm_max", "open-untold"),
    ("ionto-unit", put("interlocks", load_ohm_min=5_000, contact_ohm_max=20_000),
     put("interlocks", load_ohm_min=10_001, contact_ohm_max=20_000),
     "hard_limits.voltage_uv_max", "compliance-too-low"),
    ("ionto-unit", put("interlocks", load_ohm_min=10_000, contact_ohm_max=20_000),
     put("interlocks", load_ohm_min=10_001, contact_ohm_max=20_000),
     "hard_limits.voltage_uv_max", "compliance-too-low"),
    ("ionto-unit", limit(current_time_s_max=10), limit(current_time_s_max=9),
     "hard_limits.current_time_s_max", "time-within-ramps"),
    ("pulse-unit", limit(pulses_max=60), limit(pulses_max=61), "hard_limits.pulses_max",
     "train-too-short"),
    ("pulse-unit", limit(energy_uj_max=8_000), limit(energy_uj_max=7_999),
     "hard_limits.voltage_uv_max", "voltage-out-of-reach"),
    ("pulse-unit", limit(current_ua_max=400_000), limit(current_ua_max=399_999),
     "hard_limits.voltage_uv_max", "voltage-out-of-reach"),
    ("pulse-unit", limit(volt_us_max=400_000, pulse_us_min=2_000, energy_uj_max=500_000),
     limit(volt_us_max=399_999, pulse_us_min=2_000, energy_uj_max=500_000),
     "hard_limits.voltage_uv_max", "voltage-out-of-reach"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "sound", "wrong", "place", "code"), OUT_OF_REACH)
def test_a_limit_that_another_keeps_out_of_reach_is_refused(
    name: str, sound: Change, wrong: Change, place: str, code: str
) -> None:
    data = raw(name)
    sound(data)
    assert faults(data) == set()
    data = raw(name)
    wrong(data)
    assert (place, code) in faults(data)


def test_an_electrode_too_small_for_one_step_of_current_is_named() -> None:
    for area_mm2, found in ((20, set()), (19, {("capabilities.electrodes.0.area_mm2",
                                                "electrode-useless")})):  # fmt: skip
        data = raw("ionto-unit")
        data["capabilities"]["electrodes"][0]["area_mm2"] = area_mm2
        assert faults(data) == found


def test_no_density_on_exfoliated_skin_without_one_on_sound_skin() -> None:
    data = raw("burst-unit")
    limit(density_ua_cm2_max=None)(data)
    assert (
        "hard_limits.density_exfoliated_ua_cm2_max",
        "number-extra",
    ) in faults(data)


def test_a_unit_that_only_exfoliates_needs_no_electrical_limit() -> None:
    data = raw("burst-unit")
    able(kinds=["pass"], current_step_ua=None)(data)
    for name in (
        "current_ua_max", "mean_current_ua_max", "density_ua_cm2_max", "session_uc_max",
        "density_exfoliated_ua_cm2_max", "voltage_uv_max", "carrier_hz_min", "carrier_hz_max",
        "gate_mhz_min", "gate_mhz_max", "ramp_us_min", "slice_us_max", "current_time_s_max",
    ):  # fmt: skip
        limit(**{name: None})(data)
    put("advisory_limits", density_ua_cm2_max=None, voltage_uv_max=None)(data)
    assert faults(data) == set()


def test_half_a_set_of_limits_gives_only_what_is_missing() -> None:
    for name in ("pulses_max", "pulse_us_min"):
        data = raw("pulse-unit")
        limit(**{name: None})(data)
        assert faults(data) == {(f"hard_limits.{name}", "number-missing")}
    data = raw("ionto-unit")
    limit(mean_current_ua_max=None, voltage_uv_max=None, ramp_us_min=None)(data)
    assert {kind for _, kind in faults(data)} == {"number-missing"}


def problems_of(tmp_path: Path, text: str, name: str) -> tuple[Problem, ...]:
    path = tmp_path / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DocumentError) as caught:
        load_profile(str(path))
    return caught.value.problems


def test_an_injectors_profile_of_family_transdermal_is_refused_in_one_line(tmp_path: Path) -> None:
    text = GUN.replace("family: injector", "family: transdermal")
    (problem,) = problems_of(tmp_path, text, "nappage-gun")
    assert (problem.code, problem.line, problem.field) == ("family-mismatch", 8, "identity.family")
    assert str(problem).endswith(
        "identity.family: found 'transdermal', expected injector, since capabilities.needles is "
        "there; write family: injector, or start from a shipped profile of family transdermal"
    )


def test_a_transdermal_profile_of_family_injector_is_refused_in_one_line(tmp_path: Path) -> None:
    text = UNIT.replace("family: transdermal", "family: injector")
    (problem,) = problems_of(tmp_path, text, "ionto-unit")
    assert problem.code == "family-mismatch"
    assert "expected transdermal, since capabilities.electrodes is there" in str(problem)


@pytest.mark.parametrize("text", [GUN, UNIT])
def test_an_unknown_family_is_refused_by_itself(tmp_path: Path, text: str) -> None:
    name = "nappage-gun" if text is GUN else "ionto-unit"
    for family in ("injector", "transdermal"):
        text = text.replace(f"family: {family}", "family: laser")
    (problem,) = problems_of(tmp_path, text, name)
    assert problem.code == "family-unknown"
    assert "found 'laser', expected injector or transdermal" in str(problem)


@pytest.mark.parametrize(
    ("change", "family", "codes"),
    [
        (lambda data: data["identity"].pop("family"), "transdermal", {"missing"}),
        (lambda data: data["identity"].update(family=7), "transdermal", {"literal_error"}),
        (lambda data: data.pop("identity"), "transdermal", {"missing"}),
        (lambda data: data.update(identity=[]), "transdermal", {"model_type"}),
        (lambda data: data.update(capabilities=[]), "transdermal", {"model_type"}),
        (lambda data: data["capabilities"].update(needles=[]), "transdermal", {"extra_forbidden"}),
        (lambda data: data["capabilities"].pop("electrodes"), "transdermal", {"missing"}),
        (lambda data: (data.pop("capabilities"), data.pop("identity")), "injector", None),
        (lambda data: data.update(schema=2), "transdermal", {"schema-newer"}),
    ],
)
def test_what_is_not_told_of_the_family_is_taken_from_the_shape(
    change: Change, family: str, codes: set[str] | None
) -> None:
    data = raw("ionto-unit")
    change(data)
    assert family_of(data) == family
    if codes is not None:
        with pytest.raises(ValidationError) as caught:
            model_for(data).model_validate(data)
        assert {error["type"] for error in caught.value.errors()} == codes


def test_a_model_refuses_the_other_familys_profile() -> None:
    with pytest.raises(ValidationError, match="give a profile of family injector"):
        DeviceProfile.model_validate(raw("ionto-unit"))
    with pytest.raises(ValidationError, match="give a profile of family transdermal"):
        TransdermalProfile.model_validate(raw("nappage-gun"))


def test_a_field_of_either_family_tells_only_the_faults_of_the_one_that_is_meant() -> None:
    either: TypeAdapter[AnyProfile] = TypeAdapter(AnyProfile)
    for name in (*INJECTORS, *TRANSDERMALS):
        profile = load_profile(name).profile
        assert either.validate_json(either.dump_json(profile, by_alias=True)) == profile
        assert either.validate_python(profile) is profile
    assert type(either.validate_python(raw("point-gun"))) is type(injector("point-gun"))
    data = raw("burst-unit")
    data["hard_limits"]["vacuum_pa_max"] = "much"
    with pytest.raises(ValidationError) as caught:
        either.validate_python(data)
    (error,) = caught.value.errors()
    assert error["loc"] == ("transdermal", "hard_limits", "vacuum_pa_max")
    nothings: tuple[object, ...] = (None, 7, [])
    for nothing in nothings:
        with pytest.raises(ValidationError):
            either.validate_python(nothing)
