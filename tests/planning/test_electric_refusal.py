"""What a transdermal plan is refused for: everything at once, each with its place."""

import pytest

from mesodrive.profile.transdermal_models import TransdermalProfile
from mesodrive.profile_store import load_profile
from mesodrive.sequencing.planner import Identity, make_session
from mesodrive.sequencing.refusal import PlanRefused
from support.electric_plans import (
    Data,
    burst,
    burst_plan,
    current,
    exfoliation,
    ionto_plan,
    loaded,
    pad,
    pulse_plan,
    pulses,
    reading,
    refusal,
    refused,
)
from support.profiles import transdermal
from support.sessions import lot
from support.sessions import plan as needle_plan

REASON = "the training asks for it"


def narrowed(name: str, **limits: object) -> TransdermalProfile:
    """Return a shipped unit with other hard limits."""
    profile = transdermal(name)
    hard = profile.hard_limits.model_copy(update=limits)
    return profile.model_copy(update={"hard_limits": hard})


def test_plans_that_keep_every_limit_are_not_refused() -> None:
    assert refused(ionto_plan()) == []
    assert refused(burst_plan()) == []
    assert refused(pulse_plan()) == []
    assert refused(burst_plan(exfoliation(), reading())) == []


@pytest.mark.req("DOS-01")
@pytest.mark.req("DOS-07")
@pytest.mark.parametrize(
    ("changes", "code", "key"),
    [
        ({"current_ma": 4.1, "dose_ma_min": 8}, "current-high", "current_ma"),
        ({"current_ma": 2.05}, "current-step", "current_ma"),
        ({"current_ma": 2.5}, "advised-density", "current_ma"),
        ({"dose_ma_min": 80.001}, "session-charge", "dose_ma_min"),
        ({"current_ma": 0.1, "dose_ma_min": 5}, "current-time", "dose_ma_min"),
        ({"ramp_s": 4.9}, "ramp-short", "ramp_s"),
        ({"compliance_v": 40.1}, "compliance-high", "compliance_v"),
        ({"trigger": "single"}, "trigger-unsupported", "trigger"),
        ({"shape": pad(width_mm=26)}, "zone-electrode", "shape"),
        ({"ramp_s": 61}, "ramp-dose", "ramp_s"),
        ({"dose_ma_min": 1000, "current_ma": 0.001}, "session-units", "dose_ma_min"),
    ],
)
def test_direct_current_is_refused_at_the_key_at_fault(
    changes: dict[str, object], code: str, key: str
) -> None:
    found = refusal(ionto_plan(current(**changes)))
    problem = next(p for p in found.problems if p.code == code)
    assert (problem.file, problem.field) == ("plan.yaml", f"zones[0].{key}")
    assert problem.line > 1
    assert problem.column > 1
    assert problem.remedy


@pytest.mark.parametrize(
    ("changes", "code", "key"),
    [
        ({"peak_ma": 10.1, "duty_percent": 10}, "current-high", "peak_ma"),
        ({"peak_ma": 4.1}, "mean-current-high", "peak_ma"),
        ({"carrier_hz": 49}, "carrier-low", "carrier_hz"),
        ({"carrier_hz": 15_001}, "carrier-high", "carrier_hz"),
        ({"gate_hz": 0.069}, "gate-low", "gate_hz"),
        ({"gate_hz": 2.001}, "gate-high", "gate_hz"),
        ({"gate_hz": 30, "carrier_hz": 60}, "waveform-aliases", "gate_hz"),
        ({"gate_hz": 2, "carrier_hz": 50, "duty_percent": 3.9}, "burst-short", "duty_percent"),
        ({"gate_hz": None}, "duty-without-gate", "duty_percent"),
        ({"compliance_v": 54.1}, "advised-voltage", "compliance_v"),
    ],
)
def test_a_burst_is_refused_at_the_key_at_fault(
    changes: dict[str, object], code: str, key: str
) -> None:
    assert (code, f"zones[0].{key}") in refused(burst_plan(burst(**changes)))


@pytest.mark.req("DOS-09")
@pytest.mark.parametrize(
    ("changes", "code", "key"),
    [
        ({"voltage_v": 200.1, "width_ms": 0.1}, "voltage-high", "voltage_v"),
        ({"voltage_v": 200, "width_ms": 10}, "energy-together", "voltage_v"),
        ({"width_ms": 10.002}, "pulse-long", "width_ms"),
        ({"width_ms": 0.098}, "pulse-short", "width_ms"),
        ({"width_ms": 1.001}, "pulse-odd", "width_ms"),
        ({"pulses": 11}, "pulses-count", "pulses"),
        ({"interval_s": 0.9}, "interval-short", "interval_s"),
        ({"interval_s": 11}, "train-time", "pulses"),
        ({"cap_ma": 1200.001}, "cap-high", "cap_ma"),
        ({"voltage_v": 100.1}, "advised-voltage", "voltage_v"),
        ({"pulses": 7}, "advised-volt-time", "pulses"),
    ],
)
def test_a_train_of_pulses_is_refused_at_the_key_at_fault(
    changes: dict[str, object], code: str, key: str
) -> None:
    assert (code, f"zones[0].{key}") in refused(pulse_plan(pulses(**changes)))


@pytest.mark.parametrize(
    ("plan", "value", "limit"),
    [
        (ionto_plan(current(ramp_s=3)), "3 s ", "at least 5 s"),
        (pulse_plan(pulses(interval_s=0.5)), "0.5 s ", "at least 1 s"),
        (burst_plan(burst(gate_hz=None)), "50 % ", "100 %"),
        (pulse_plan(pulses(width_ms=10.002, pulses=1)), "10.002 ms ", "at most 10 ms"),
    ],
)
def test_a_fault_is_told_in_the_unit_of_its_key(plan: Data, value: str, limit: str) -> None:
    found = refusal(plan).problems[0]
    assert found.value.startswith(value)
    assert found.limit == limit


def test_two_limits_that_a_pulse_keeps_do_not_excuse_its_energy() -> None:
    both = pulses(voltage_v=200, width_ms=10, pulses=1)
    found = next(p for p in refusal(pulse_plan(both)).problems if p.code == "energy-together")
    assert found.value.startswith("800 mJ")
    assert found.limit == "at most 300 mJ"
    assert "energy" not in {code.split("-")[0] for code, _ in refused(pulse_plan())}


@pytest.mark.parametrize(
    ("changes", "code", "key"),
    [
        ({"vacuum_kpa": 12.9}, "vacuum-low", "vacuum_kpa"),
        ({"vacuum_kpa": 41.1}, "vacuum-high", "vacuum_kpa"),
        ({"dwell_ms": 500.1}, "spot-long", "dwell_ms"),
        ({"interval_ms": 300}, "interval-within", "interval_ms"),
        ({"passes": 5}, "passes-count", "passes"),
        ({"margin_mm": 20}, "count-none", "shape"),
        ({"shape": pad(width_mm=0.5, height_mm=0.5)}, "zone-small", "shape"),
        ({"spacing_mm": 0.05}, "layout-large", "spacing_mm"),
        ({"spacing_mm": 0.1}, "session-units", "spacing_mm"),
    ],
)
def test_exfoliation_is_refused_at_the_key_at_fault(
    changes: dict[str, object], code: str, key: str
) -> None:
    assert (code, f"zones[0].{key}") in refused(burst_plan(exfoliation(**changes)))


def test_an_outline_that_crosses_itself_is_refused() -> None:
    crossed = {"type": "polygon", "points_mm": [[0, 0], [40, 40], [40, 0], [0, 40]]}
    assert ("outline-crossing", "zones[0].shape.points_mm") in refused(
        burst_plan(exfoliation(shape=crossed))
    )


def test_passes_over_the_same_skin_count_together() -> None:
    apart = exfoliation(name="b", passes=3, shape=pad(at_mm=[40, 0]))
    assert refused(burst_plan(exfoliation(), apart)) == []
    over = apart | {"shape": pad(at_mm=[20, 0])}
    found = refusal(burst_plan(exfoliation(), over)).problems
    assert [(p.code, p.field) for p in found] == [("passes-count", "zones[1].passes")]
    assert found[0].value.startswith("5 passes")


def test_a_reading_needs_a_carrier_that_passes_rested_skin() -> None:
    assert refused(burst_plan(reading(carrier_hz=9_999))) == [
        ("reading-low", "zones[0].carrier_hz")
    ]


def test_everything_that_is_wrong_is_told_at_once_and_once() -> None:
    first = current(current_ma=6.05, dose_ma_min=200, ramp_s=30.5, compliance_v=60)
    product = {"name": "Saline", "lots": [lot(expiry="2020-01-01")]}
    found = refused(ionto_plan(first, current(name="b", ramp_s=3), product=product))
    assert found == [
        ("current-high", "zones[0].current_ma"),
        ("current-step", "zones[0].current_ma"),
        ("mean-current-high", "zones[0].current_ma"),
        ("density-high", "zones[0].current_ma"),
        ("advised-density", "zones[0].current_ma"),
        ("session-charge", "zones[0].dose_ma_min"),
        ("compliance-high", "zones[0].compliance_v"),
        ("ramp-short", "zones[1].ramp_s"),
        ("lot-expired", "product.lots[0].expiry"),
    ]


def test_too_many_units_do_not_hide_what_else_is_wrong() -> None:
    wrong = exfoliation(spacing_mm=0.01, vacuum_kpa=90)
    codes = {code for code, _ in refused(burst_plan(wrong))}
    assert {"session-units", "layout-large", "vacuum-high"} <= codes


def test_an_electrode_that_the_profile_does_not_have_is_refused_with_those_that_it_has() -> None:
    (found,) = refusal(ionto_plan(electrode={"name": "pad-3cm2", "lot": "1"})).problems
    assert (found.code, found.field) == ("electrode-unknown", "electrode.name")
    assert "pad-16cm2" in found.limit


@pytest.mark.req("DOS-07")
def test_an_electrode_too_small_for_the_density_is_refused() -> None:
    small = {"name": "cap-4cm2", "lot": "1"}
    codes = [code for code, _ in refused(burst_plan(burst(peak_ma=4), electrode=small))]
    assert codes == ["advised-density"]
    codes = [code for code, _ in refused(burst_plan(burst(peak_ma=4.1), electrode=small))]
    assert "density-high" in codes


def test_doses_of_all_zones_count_together_where_each_alone_would_do() -> None:
    half = {"current_ma": 4, "dose_ma_min": 40.2, "ramp_s": 30}
    zones = [current(**half), current(**half, name="b")]
    large = {"electrode": {"name": "pad-16cm2", "lot": "1"}}
    zones = [zone | {"shape": pad(width_mm=60)} for zone in zones]
    found = refused(ionto_plan(*zones, **large))
    assert found == [("session-charge", "zones")]
    zones = [zone | {"dose_ma_min": 39.9} for zone in zones]
    assert refused(ionto_plan(*zones, **large)) == []


def test_a_session_that_takes_too_long_is_refused() -> None:
    short = narrowed("ionto-unit", session_time_s_max=144)
    assert refused(ionto_plan(), profile=short) == [("session-time", "zones")]
    assert refused(ionto_plan(), profile=narrowed("ionto-unit", session_time_s_max=145)) == []


def test_a_reason_lets_an_advised_limit_pass_and_only_that() -> None:
    strong = burst(peak_ma=4, compliance_v=60)
    plan = burst_plan(strong, electrode={"name": "cap-4cm2", "lot": "1"})
    assert [code for code, _ in refused(plan)] == ["advised-density", "advised-voltage"]
    one = plan | {"reasons": {"density": REASON}}
    assert [code for code, _ in refused(one)] == ["advised-voltage"]
    assert refused(plan | {"reasons": {"density": REASON, "voltage": REASON}}) == []
    long = pulse_plan(pulses(pulses=7), reasons={"volt_time": REASON})
    assert refused(long) == []


def cheek(**changes: object) -> Data:
    return burst(peak_ma=3, **changes)


@pytest.mark.req("DOS-07")
def test_current_after_exfoliation_needs_the_state_of_the_skin_and_a_reading() -> None:
    zones = [exfoliation(), reading(), cheek()]
    assert refused(burst_plan(*zones, skin="exfoliated_now")) == []
    assert refused(burst_plan(*zones)) == [("skin-state", "skin")]
    assert refused(burst_plan(*zones, skin="exfoliated")) == [("skin-state", "skin")]
    assert refused(burst_plan(exfoliation(), cheek(), skin="exfoliated_now")) == [
        ("reading-missing", "zones[1].technique")
    ]
    early = [reading(), exfoliation(), cheek()]
    assert refused(burst_plan(*early, skin="exfoliated_now")) == [
        ("reading-missing", "zones[2].technique")
    ]
    elsewhere = [exfoliation(), reading(place="chin"), cheek()]
    assert refused(burst_plan(*elsewhere, skin="exfoliated_now")) == [
        ("reading-missing", "zones[2].technique")
    ]


def test_exfoliation_after_current_or_at_another_place_leaves_its_skin_intact() -> None:
    assert refused(burst_plan(burst(), exfoliation())) == []
    assert refused(burst_plan(exfoliation(place="chin"), burst())) == []


def test_skin_that_no_zone_exfoliates_is_not_exfoliated_now() -> None:
    plan = burst_plan(reading(), cheek(), skin="exfoliated_now")
    assert refused(plan) == [("skin-state", "skin")]
    assert refused(plan | {"skin": "exfoliated"}) == []


@pytest.mark.req("DOS-07")
def test_exfoliated_skin_takes_half_the_density() -> None:
    plan = burst_plan(reading(), burst(peak_ma=4), skin="exfoliated")
    assert refused(plan) == []
    found = refused(burst_plan(reading(), burst(peak_ma=4.1), skin="exfoliated"))
    assert ("density-exfoliated", "zones[1].peak_ma") in found


@pytest.mark.parametrize(
    ("plan", "key"),
    [
        (ionto_plan(reading(place="forearm"), current(), skin="exfoliated"), "current_ma"),
        (pulse_plan(reading(place="forearm"), pulses(), skin="exfoliated"), "cap_ma"),
    ],
)
def test_a_unit_without_a_limit_for_exfoliated_skin_drives_no_current_there(
    plan: Data, key: str
) -> None:
    assert refused(plan) == [("exfoliated-current", f"zones[1].{key}")]


def test_a_technique_that_the_unit_does_not_have_is_refused_by_name() -> None:
    assert ("kind-unsupported", "zones[0].technique") in refused(ionto_plan(pulses()))
    found = refused(burst_plan(current(place="cheek", compliance_v=50)))
    assert ("carrier-missing", "zones[0].technique") in found


def test_a_plan_for_a_device_of_the_other_family_is_refused_zone_by_zone() -> None:
    for data, name in ((ionto_plan(), "nappage-gun"), (needle_plan(), "ionto-unit")):
        source = loaded(data | {"profile": name})
        with pytest.raises(PlanRefused) as caught:
            make_session(
                source.plan,
                load_profile(name).profile,
                today="2026-06-01",
                identity=Identity(1, 2, 3),
                document=source.document,
            )
        assert [(p.code, p.field) for p in caught.value.problems] == [
            ("kind-unsupported", "zones[0].technique")
        ]


def test_a_plan_for_another_unit_is_refused() -> None:
    assert ("profile-other", "profile") in refused(ionto_plan(), profile=transdermal("pulse-unit"))


def test_a_unit_with_very_short_slices_gets_no_program_of_a_million_steps() -> None:
    tiny = narrowed("ionto-unit", slice_us_max=1)
    found = refused(ionto_plan(), profile=tiny)
    assert ("slice-long", "zones[0].dose_ma_min") in found
