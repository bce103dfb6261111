"""What a plan for the transdermal unit may say: numbers, words, and values that belong together."""

import json

import pytest

from mesodrive.errors import DocumentError, Problem
from mesodrive.plan_store import parse_plan
from mesodrive.sequencing.electric_zone import Burst, Electroporation, Iontophoresis
from mesodrive.sequencing.plan import Plan
from support.electric_plans import (
    Data,
    burst,
    burst_plan,
    current,
    exfoliation,
    ionto_plan,
    pulse_plan,
    pulses,
    read,
    reading,
)
from support.sessions import plan as needle_plan


def problems(data: Data) -> list[Problem]:
    """Return what is wrong with a plan before any device is asked."""
    with pytest.raises(DocumentError) as caught:
        parse_plan(json.dumps(data, indent=1), file="plan.yaml")
    return list(caught.value.problems)


def test_numbers_become_whole_base_units() -> None:
    (zone,) = read(ionto_plan(current(current_ma=2.5, dose_ma_min=0.101, ramp_s=5.5))).zones
    assert isinstance(zone, Iontophoresis)
    assert (zone.current_ua, zone.dose_uc, zone.ramp_us) == (2_500, 6_060, 5_500_000)
    assert zone.compliance_uv == 40_000_000


def test_what_is_not_said_has_its_usual_value() -> None:
    (zone,) = read(ionto_plan(current(ramp_s=None))).zones
    assert isinstance(zone, Iontophoresis)
    assert zone.ramp_us == 30_000_000
    (zone,) = read(burst_plan(burst(gate_hz=None, duty_percent=None))).zones
    assert isinstance(zone, Burst)
    assert (zone.gate_mhz, zone.duty_permille, zone.zero_mean) == (None, 1_000, True)
    (zone,) = read(pulse_plan()).zones
    assert isinstance(zone, Electroporation)
    assert (zone.biphasic, zone.alternating) == (True, False)


def test_polarity_is_the_sign_of_the_current() -> None:
    zones = [current(), current(name="b", polarity="cathode")]
    signs = [zone.drive.current_ua for zone in read(ionto_plan(*zones)).zones
             if isinstance(zone, Iontophoresis)]  # fmt: skip
    assert signs == [2_000, -2_000]
    sides = [burst(zero_mean=False, polarity=side, name=side) for side in ("anode", "cathode")]
    signs = [zone.drive.current_ua for zone in read(burst_plan(*sides)).zones
             if isinstance(zone, Burst)]  # fmt: skip
    assert signs == [4_000, -4_000]


@pytest.mark.req("USE-01")
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("current_ma", "4 A"),
        ("current_ma", "2"),
        ("current_ma", True),
        ("current_ma", -2),
        ("current_ma", 0),
        ("current_ma", 0.0005),
        ("current_ma", 32.768),
        ("dose_ma_min", "2 mA min"),
        ("dose_ma_min", True),
        ("dose_ma_min", -1),
        ("dose_ma_min", 0),
        ("dose_ma_min", 0.0001),
        ("dose_ma_min", 1e300),
        ("dose_ma_min", 1001),
        ("ramp_s", -5),
        ("ramp_s", 120.1),
        ("ramp_s", [5]),
        ("compliance_v", 0),
        ("compliance_v", 2001),
        ("polarity", "plus"),
        ("trigger", "always"),
        ("place", "elbow"),
    ],
)
def test_a_value_that_is_none_is_refused_at_its_place(key: str, value: object) -> None:
    (found,) = problems(ionto_plan(current(**{key: value})))
    assert found.field == f"zones[0].{key}"
    assert found.line > 1
    assert found.column > 1
    assert found.remedy


@pytest.mark.parametrize("number", [".nan", ".inf", "-.inf"])
@pytest.mark.parametrize("key", ["dose_ma_min", "current_ma", "compliance_v"])
def test_a_number_without_an_end_is_placed_at_its_field(number: str, key: str) -> None:
    text = json.dumps(ionto_plan(current(**{key: 777.5})), indent=1).replace("777.5", number)
    with pytest.raises(DocumentError) as caught:
        parse_plan(text, file="plan.yaml")
    (found,) = caught.value.problems
    assert found.field == f"zones[0].{key}"


def test_a_number_without_an_end_is_told_together_with_all_else_that_is_wrong() -> None:
    wrong = current(current_ma=777.5, dose_ma_min=-1, polarity="up", width_ms=3)
    text = json.dumps(ionto_plan(wrong), indent=1).replace("777.5", ".nan")
    with pytest.raises(DocumentError) as caught:
        parse_plan(text, file="plan.yaml")
    fields = {one.field.removeprefix("zones[0].") for one in caught.value.problems}
    assert fields == {"current_ma", "dose_ma_min", "polarity", "width_ms"}


def test_a_key_of_another_technique_is_not_said_to_be_meant() -> None:
    (found,) = problems(ionto_plan(current(width_ms=3)))
    assert found.field == "zones[0].width_ms"
    assert "width_ms" not in found.remedy
    assert "width_ms" not in found.limit


@pytest.mark.parametrize(
    ("zone", "key"),
    [
        (burst(carrier_hz=0), "carrier_hz"),
        (burst(carrier_hz=1500.5), "carrier_hz"),
        (burst(carrier_hz=70_000), "carrier_hz"),
        (burst(gate_hz=0), "gate_hz"),
        (burst(duty_percent=0), "duty_percent"),
        (burst(duty_percent=100.1), "duty_percent"),
        (burst(zero_mean="no"), "zero_mean"),
        (pulses(pulses=0), "pulses"),
        (pulses(width_ms=65.536), "width_ms"),
        (pulses(interval_s=0), "interval_s"),
        (pulses(cap_ma=None), "cap_ma"),
        (exfoliation(vacuum_kpa=-20), "vacuum_kpa"),
        (exfoliation(passes=1.5), "passes"),
        (reading(carrier_hz="20 kHz"), "carrier_hz"),
    ],
)
def test_each_technique_has_its_own_numbers(zone: Data, key: str) -> None:
    (found,) = problems(burst_plan(zone))
    assert found.field == f"zones[0].{key}"


def test_everything_that_is_wrong_is_told_at_once() -> None:
    wrong = current(current_ma="4 A", dose_ma_min=None, ramp_s=-1, place="chest", polarity="?")
    found = problems(
        ionto_plan(wrong, current(name="b", compliance_v=0), skin="rough",
                   contraindications_checked=False)
    )  # fmt: skip
    assert [problem.field for problem in found] == [
        "skin",
        "contraindications_checked",
        "zones[0].dose_ma_min",
        "zones[0].place",
        "zones[0].current_ma",
        "zones[0].polarity",
        "zones[0].ramp_s",
        "zones[1].compliance_v",
    ]


@pytest.mark.parametrize("place", ["temple", "orbit", "neck_front", "chest"])
@pytest.mark.parametrize("zone", [current, burst, pulses, exfoliation, reading])
def test_places_where_neither_current_nor_vacuum_may_be_used_are_refused(
    place: str, zone: object
) -> None:
    assert callable(zone)
    (found,) = problems(ionto_plan(zone(place=place)))
    assert (found.code, found.field) == ("place-excluded", "zones[0].place")
    assert place in found.limit


@pytest.mark.parametrize("said", [False, None, "yes"])
def test_a_person_has_to_have_checked_the_contraindications(said: object) -> None:
    (found,) = problems(ionto_plan(contraindications_checked=said))
    assert found.field == "contraindications_checked"


def test_a_polarity_contradicts_a_carrier_about_zero_and_belongs_to_any_other() -> None:
    (found,) = problems(burst_plan(burst(polarity="anode")))
    assert (found.code, found.field) == ("polarity-contradicts", "zones[0].polarity")
    (found,) = problems(burst_plan(burst(zero_mean=False)))
    assert (found.code, found.field) == ("key-missing", "zones[0].polarity")


def test_a_mean_current_of_nearly_nothing_is_refused() -> None:
    (found,) = problems(burst_plan(burst(peak_ma=0.9, duty_percent=0.1)))
    assert (found.code, found.field) == ("mean-low", "zones[0].duty_percent")


def test_zones_have_different_names() -> None:
    (found,) = problems(ionto_plan(current(), current()))
    assert (found.code, found.field) == ("name-twice", "zones[1].name")


def test_a_key_of_another_technique_or_of_none_is_refused() -> None:
    (found,) = problems(ionto_plan(current(peak_ma=3)))
    assert (found.code, found.field) == ("key-unknown", "zones[0].peak_ma")
    (found,) = problems(ionto_plan(needle="30G-4"))
    assert (found.code, found.field) == ("key-unknown", "needle")


def test_a_newer_schema_is_refused_by_itself() -> None:
    (found,) = problems(ionto_plan(schema=2, novelty=1))
    assert found.code == "schema-newer"


def test_a_plan_has_a_zone_and_not_a_thousand() -> None:
    (found,) = problems(ionto_plan(zones=[]))
    assert found.field == "zones"
    for number, code in ((65, "too-long"), (1_000, "yaml-nodes")):
        many = [current(name=f"zone {index}") for index in range(number)]
        (found,) = problems(ionto_plan(*many))
        assert found.code == code


def test_the_first_zone_tells_for_which_family_a_plan_is() -> None:
    assert isinstance(parse_plan(json.dumps(needle_plan())).plan, Plan)
    (found,) = problems(ionto_plan(current(), needle_plan()["zones"][0] | {"name": "Prick"}))
    assert found.field == "zones[1]"
    (found,) = problems(needle_plan(zones=[*needle_plan()["zones"], current()]))[:1]
    assert found.field.startswith("zones[1]")


@pytest.mark.parametrize("technique", ["iontophoresi", 7, None])
def test_a_misspelt_technique_is_told_with_those_of_the_family(technique: object) -> None:
    (found,) = problems(ionto_plan(current(technique=technique)))
    assert found.field.startswith("zones[0]")


@pytest.mark.parametrize("text", ["7", "[]", "zones: 7\nelectrode: 1", "zones: [7]", "a: b"])
def test_what_is_no_plan_at_all_is_refused(text: str) -> None:
    with pytest.raises(DocumentError):
        parse_plan(text)
