"""A profile that contradicts itself is refused, with every contradiction named."""

import json
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from mesodrive.profile.models import DeviceProfile
from mesodrive.profile_store import list_profiles, load_profile
from support.profiles import INJECTORS, injector

Raw = dict[str, Any]
Change = Callable[[Raw], object]


def raw(name: str) -> Raw:
    """Return a shipped profile as plain data that a test may change."""
    text = load_profile(name).profile.model_dump_json()
    data: Raw = json.loads(text)
    return data


def faults(data: Raw) -> set[tuple[str, str]]:
    """Return place and kind of each fault."""
    with pytest.raises(ValidationError) as caught:
        DeviceProfile.model_validate(data)
    return {(".".join(map(str, e["loc"])), e["type"]) for e in caught.value.errors()}


def limit(name: str, value: object, note: str = "estimate: test") -> Change:
    def change(data: Raw) -> None:
        section = data["hard_limits"]
        section[name] = value
        section["sources"].pop(name, None)
        if value is not None:
            section["sources"][name] = note

    return change


def put(section: str, name: str, value: object) -> Change:
    def change(data: Raw) -> None:
        data[section][name] = value
        data[section]["sources"].pop(name, None)
        if type(value) is int:
            data[section]["sources"][name] = "estimate: test"

    return change


@pytest.mark.parametrize("name", list_profiles())
def test_a_shipped_profile_survives_json_and_pickle(name: str) -> None:
    profile = load_profile(name).profile
    assert type(profile).model_validate_json(profile.model_dump_json()) == profile
    assert pickle.loads(pickle.dumps(profile)) == profile


def test_a_profile_cannot_be_changed() -> None:
    profile = injector("nappage-gun")
    with pytest.raises(ValidationError, match="frozen"):
        profile.hard_limits.depth_um_max = 9_000  # type: ignore[misc]


def test_every_field_of_a_shipped_profile_is_written_even_where_it_is_null() -> None:
    for name in list_profiles():
        profile = load_profile(name).profile
        unwritten: list[str] = []
        for section in (profile, *(v for _, v in profile if isinstance(v, BaseModel))):
            unwritten += set(type(section).model_fields) - section.model_fields_set
        assert unwritten == []


GUN_CASES: list[tuple[str, Change, str, str]] = [
    ("least depth above most", limit("depth_um_min", 4_100), "depth_um_min", "out-of-order"),
    ("least dose above most", limit("dose_nl_min", 60_000), "dose_nl_min", "out-of-order"),
    ("least spacing above most", limit("spacing_um_min", 10_001), "spacing_um_min", "out-of-order"),
    ("mean above in-stroke", limit("flow_nl_s_max", 99_999), "mean_flow_nl_s_max", "out-of-order"),
    ("dose above window", limit("window_60s_nl_max", 49_999), "dose_nl_max", "out-of-order"),
    ("window", limit("window_10min_nl_max", 1_999_999), "window_60s_nl_max", "out-of-order"),
    ("session", limit("session_nl_max", 4_999_999), "window_10min_nl_max", "out-of-order"),
    ("mean flow", limit("mean_flow_nl_s_max", 9_009), "mean_flow_nl_s_max", "mean-flow-too-low"),
    ("needle too short", limit("depth_um_max", 4_100), "depth_um_max", "needle-too-short"),
    ("depth off the step", limit("depth_um_max", 3_950), "depth_um_max", "limit-off-step"),
    ("dose off the step", limit("dose_nl_min", 1_050), "dose_nl_min", "limit-off-step"),
    ("no dose limit", limit("dose_nl_max", None), "dose_nl_max", "number-missing"),
    ("strokes on a gun", limit("strokes_max", 5), "strokes_max", "number-extra"),
    ("vacuum on a force gun", limit("vacuum_pa_max", 5), "vacuum_pa_max", "number-extra"),
    ("depth of zero", limit("depth_um_min", 0), "depth_um_min", "greater_than_equal"),
    ("depth beyond the wire", limit("depth_um_max", 65_536), "depth_um_max", "less_than_equal"),
    ("dose beyond the wire", limit("dose_nl_max", 1 << 31), "dose_nl_max", "less_than_equal"),
    ("a boolean", limit("dose_nl_max", value=True), "dose_nl_max", "int_type"),
    ("a float", limit("dose_nl_max", 50_000.0), "dose_nl_max", "int_type"),
    ("text", limit("dose_nl_max", "50000"), "dose_nl_max", "int_type"),
]


@pytest.mark.req("DOS-01")
@pytest.mark.parametrize(
    ("change", "field", "kind"), [c[1:] for c in GUN_CASES], ids=[c[0] for c in GUN_CASES]
)
def test_a_limit_that_cannot_be_right_is_refused(change: Change, field: str, kind: str) -> None:
    data = raw("nappage-gun")
    change(data)
    assert (f"hard_limits.{field}", kind) in faults(data)


def test_the_mean_flow_may_just_carry_the_smallest_dose_at_the_shortest_period() -> None:
    data = raw("nappage-gun")
    limit("mean_flow_nl_s_max", 9_010)(data)
    assert DeviceProfile.model_validate(data) is not None


SECTION_CASES: list[tuple[str, str, Change, str, str]] = [
    (
        "nappage-gun",
        "contact force needed",
        put("interlocks", "contact_mn_min", None),
        "interlocks.contact_mn_min",
        "number-missing",
    ),
    (
        "nappage-gun",
        "vacuum without vacuum contact",
        put("interlocks", "vacuum_pa_min", 20_000),
        "interlocks.vacuum_pa_min",
        "number-extra",
    ),
    (
        "nappage-gun",
        "force out of order",
        put("interlocks", "contact_mn_min", 10_001),
        "interlocks.contact_mn_min",
        "out-of-order",
    ),
    (
        "vacuum-stamp",
        "abort above start",
        put("interlocks", "vacuum_pa_abort", 20_001),
        "interlocks.vacuum_pa_abort",
        "out-of-order",
    ),
    (
        "vacuum-stamp",
        "start not below the limit",
        put("interlocks", "vacuum_pa_min", 80_000),
        "interlocks.vacuum_pa_min",
        "vacuum-out-of-order",
    ),
    (
        "vacuum-stamp",
        "no vacuum limit",
        limit("vacuum_pa_max", None),
        "hard_limits.vacuum_pa_max",
        "number-missing",
    ),
    (
        "nappage-gun",
        "trigger release below 30 ms",
        put("interlocks", "trigger_release_us", 29_999),
        "interlocks.trigger_release_us",
        "greater_than_equal",
    ),
    (
        "nappage-gun",
        "lease looser than the protocol",
        put("timing", "lease_us", 200_001),
        "timing.lease_us",
        "less_than_equal",
    ),
    (
        "nappage-gun",
        "home time above 1.5 x retract",
        put("timing", "home_us_max", 60_001),
        "timing.home_us_max",
        "home-time-too-long",
    ),
    (
        "nappage-gun",
        "home time above 500 ms",
        put("timing", "home_us_max", 500_001),
        "timing.home_us_max",
        "less_than_equal",
    ),
    (
        "nappage-gun",
        "home time below retract",
        put("timing", "home_us_max", 39_999),
        "timing.retract_us",
        "out-of-order",
    ),
    (
        "nappage-gun",
        "advice above the hard limit",
        put("advisory_limits", "depth_um_max", 4_001),
        "advisory_limits.depth_um_max",
        "advice-above-limit",
    ),
    (
        "needling-pen",
        "advice on a volume without one",
        put("advisory_limits", "session_nl_max", 1),
        "advisory_limits.session_nl_max",
        "advice-above-limit",
    ),
    (
        "needling-pen",
        "dose on a pen",
        limit("dose_nl_max", 5_000),
        "hard_limits.dose_nl_max",
        "number-extra",
    ),
    (
        "needling-pen",
        "no strokes on a pen",
        limit("strokes_max", None),
        "hard_limits.strokes_max",
        "number-missing",
    ),
    (
        "needling-pen",
        "dose step on a pen",
        put("capabilities", "dose_step_nl", 100),
        "capabilities.dose_step_nl",
        "number-extra",
    ),
    (
        "needling-pen",
        "prime on a pen",
        put("capabilities", "kinds", ["train", "prime"]),
        "capabilities.kinds",
        "prime-without-plunger",
    ),
    (
        "nappage-gun",
        "strokes and runs",
        put("capabilities", "kinds", ["prick", "train"]),
        "capabilities.kinds",
        "kinds-unclear",
    ),
    (
        "nappage-gun",
        "neither strokes nor runs",
        put("capabilities", "kinds", ["dry"]),
        "capabilities.kinds",
        "kinds-unclear",
    ),
    (
        "nappage-gun",
        "a kind of a later device",
        put("capabilities", "kinds", ["prick", "pulse"]),
        "capabilities.kinds.1",
        "literal_error",
    ),
    (
        "nappage-gun",
        "a kind twice",
        put("capabilities", "kinds", ["prick", "dry", "dry"]),
        "capabilities.kinds.2",
        "name-twice",
    ),
    (
        "nappage-gun",
        "no needle",
        put("capabilities", "needles", []),
        "capabilities.needles",
        "too_short",
    ),
    (
        "nappage-gun",
        "no syringe",
        put("capabilities", "syringes", []),
        "capabilities.syringes",
        "syringes-unclear",
    ),
    (
        "nappage-gun",
        "fewer steps than the protocol asks",
        put("capabilities", "steps_max", 63),
        "capabilities.steps_max",
        "greater_than_equal",
    ),
]


@pytest.mark.parametrize(
    ("name", "change", "place", "kind"),
    [(c[0], *c[2:]) for c in SECTION_CASES],
    ids=[c[1] for c in SECTION_CASES],
)
def test_a_section_that_contradicts_itself_or_another_is_refused(
    name: str, change: Change, place: str, kind: str
) -> None:
    data = raw(name)
    change(data)
    assert (place, kind) in faults(data)


def test_a_solid_needle_cannot_be_fitted_to_a_gun() -> None:
    data = raw("nappage-gun")
    data["capabilities"]["needles"][1]["bore_um"] = 0
    assert faults(data) == {("capabilities.needles.1.bore_um", "needle-solid")}


def test_a_pen_takes_no_syringe() -> None:
    data = raw("needling-pen")
    data["capabilities"]["syringes"] = raw("nappage-gun")["capabilities"]["syringes"]
    assert ("capabilities.syringes", "syringes-unclear") in faults(data)


def test_each_number_needs_a_note_and_each_note_a_number() -> None:
    data = raw("nappage-gun")
    del data["timing"]["sources"]["lease_us"]
    del data["capabilities"]["sources"]["needles.bore_um"]
    data["hard_limits"]["sources"]["strokes_max"] = "estimate: there is no such limit"
    data["interlocks"]["sources"]["home_switch"] = "estimate: not a number"
    assert faults(data) == {
        ("timing.sources.lease_us", "source-missing"),
        ("capabilities.sources.needles.bore_um", "source-missing"),
        ("hard_limits.sources.strokes_max", "source-extra"),
        ("interlocks.sources.home_switch", "source-extra"),
    }


def test_an_empty_note_is_no_note() -> None:
    data = raw("nappage-gun")
    data["timing"]["sources"]["lease_us"] = ""
    assert faults(data) == {("timing.sources.lease_us", "string_too_short")}


def test_a_newer_schema_is_one_clear_fault_and_not_many() -> None:
    data = raw("nappage-gun")
    data["schema"] = 2
    data["capabilities"]["telepathy"] = True
    assert faults(data) == {("schema", "schema-newer")}


@pytest.mark.parametrize("number", [0, -1, "1", True, None])
def test_an_odd_schema_number_is_refused(number: object) -> None:
    data = raw("nappage-gun")
    data["schema"] = number
    assert {place for place, _ in faults(data)} == {"schema"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("vendor", "seventeen letters"),
        ("vendor", ""),
        ("model", "gün"),
        ("model", " gun"),
        ("profile", "../gun"),
        ("profile", "Gun"),
        ("family", "transdermal"),
        ("revision", 0),
    ],
)
def test_an_identity_that_the_wire_or_a_folder_cannot_carry_is_refused(
    field: str, value: object
) -> None:
    data = raw("nappage-gun")
    data["identity"][field] = value
    assert {place for place, _ in faults(data)} == {f"identity.{field}"}


@pytest.mark.req("DOS-03")
def test_the_nappage_gun_can_prick_nine_times_a_second() -> None:
    """Out, dose, dwell and back, and two durable writes, end within a ninth of a second."""
    profile = injector("nappage-gun")
    assert profile.hard_limits.period_us_min <= 1_000_000 // 9
    depth_m, dose_ul, flow_ul_s = 1.5e-3, 10, 250
    one_way_s = 2 * (depth_m / (profile.simulation.needle_accel_um_s2 * 1e-6)) ** 0.5
    writes_s = 2 * profile.simulation.store_write_us * 1e-6
    assert 2 * one_way_s + dose_ul / flow_ul_s + 0.010 + writes_s < 1 / 9
    needle_kpa = 25 * flow_ul_s / 100
    tissue_kpa = profile.simulation.tissue_pressure_pa / 1_000
    assert profile.hard_limits.pressure_pa_max is not None
    assert needle_kpa + tissue_kpa < profile.hard_limits.pressure_pa_max / 1_000


@pytest.mark.req("DOS-05")
@pytest.mark.parametrize("name", INJECTORS)
def test_the_simulated_needle_is_home_within_the_profile_time(name: str) -> None:
    profile = injector(name)
    speed = profile.simulation.needle_speed_um_s
    accel = profile.simulation.needle_accel_um_s2
    depth = profile.hard_limits.depth_um_max
    if depth <= speed * speed / accel:
        seconds = 2 * (depth / accel) ** 0.5
    else:
        seconds = depth / speed + speed / accel
    assert seconds * 1e6 <= profile.timing.retract_us
