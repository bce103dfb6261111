"""The rules on spots, readings, electrodes and whole sessions of a transdermal unit."""

import pytest

from mesodrive.limits import ElectricEnvelope, check_program, envelope_of, session_rules
from mesodrive.limits import electric_session_rules as rules
from mesodrive.limits.electric_texts import ELECTRIC_TEXTS
from mesodrive.limits.texts import LIMIT_TEXTS
from mesodrive.limits.violation import shown, violation
from mesodrive_protocol.enums import Kind, Trigger
from support.electric_envelopes import (
    NOTHING,
    READING,
    UNIT,
    Current,
    ElectricFit,
    ElectricProgram,
    Pulse,
    Spot,
    program,
)
from support.envelopes import GUN, Fit, Program, Step, ZoneRun
from support.profiles import TRANSDERMALS, transdermal

HUGE = 1 << 80
FIT = ElectricFit()
SPOT = Spot()
HERE = ("zones", 0)


def of(
    kind: Kind, step: Spot, env: ElectricEnvelope = UNIT, fit: ElectricFit = FIT
) -> list[tuple[str, object]]:
    found = check_program(env, program(kind, step), fit)
    return [(violation.code, violation.place[-1]) for violation in found]


def changed(step: Spot, field: str, value: int) -> Spot:
    return step._replace(**{field: value})  # type: ignore[arg-type]  # never the trigger


@pytest.mark.req("DOS-01")
@pytest.mark.parametrize(
    ("kind", "step", "field", "least", "most", "low", "high"),
    [
        (Kind.PASS, SPOT, "vacuum_pa", 13_000, 41_000, "vacuum-low", "vacuum-high"),
        (Kind.PASS, SPOT, "dwell_us", 0, 500_000, "", "spot-long"),
        (Kind.PASS, SPOT, "carrier_hz", 0, 0, "", "spot-carrier"),
        (Kind.PASS, SPOT, "interval_us", 300_001, None, "interval-within", ""),
        (Kind.MEASURE, READING, "carrier_hz", 10_000, 65_535, "reading-low", "reading-high"),
        (Kind.MEASURE, READING, "vacuum_pa", 0, 0, "", "reading-vacuum"),
        (Kind.MEASURE, READING, "interval_us", 100_001, None, "interval-within", ""),
    ],
)
def test_a_field_at_its_bounds_passes_and_one_beyond_is_refused(
    kind: Kind, step: Spot, field: str, least: int, most: int | None, low: str, high: str
) -> None:
    assert of(kind, changed(step, field, least)) == []
    if low:
        assert of(kind, changed(step, field, least + 1)) == []
        assert of(kind, changed(step, field, least - 1)) == [(low, field)]
    if most is not None:
        assert of(kind, changed(step, field, max(least, most - 1))) == []
        assert of(kind, changed(step, field, most)) == []
        assert of(kind, changed(step, field, most + 1)) == [(high, field)]
        assert (high, field) in of(kind, changed(step, field, HUGE))


def test_a_trigger_that_the_unit_does_not_have_is_refused() -> None:
    found = of(Kind.PASS, SPOT._replace(trigger=Trigger.SINGLE))
    assert found == [("trigger-unsupported", "trigger")]


def test_a_unit_without_a_vacuum_limit_has_no_such_refusal() -> None:
    assert of(Kind.PASS, Spot(vacuum_pa=HUGE, dwell_us=5, interval_us=6), NOTHING) == []


@pytest.mark.req("DOS-01")
@pytest.mark.parametrize("kind", [Kind.PASS, Kind.MEASURE])
def test_only_a_listed_electrode_may_be_fitted(kind: Kind) -> None:
    step = SPOT if kind is Kind.PASS else READING
    for area_mm2 in (400, 800):
        assert of(kind, step, fit=ElectricFit(area_mm2)) == []
    for area_mm2 in (399, 401, 799, 801, HUGE):
        assert of(kind, step, fit=ElectricFit(area_mm2)) == [("electrode-unknown", "area_mm2")]
    (found,) = check_program(UNIT, program(kind, step), ElectricFit(1))
    assert found.expected() == "one of pad-8cm2, pad-4cm2"


def test_only_exfoliation_goes_without_an_electrode() -> None:
    bare = ElectricFit(area_mm2=0)
    assert of(Kind.PASS, SPOT, fit=bare) == []
    assert of(Kind.MEASURE, READING, fit=bare) == [("electrode-unknown", "area_mm2")]
    for kind, step in ((Kind.CURRENT, Current()), (Kind.PULSE, Pulse())):
        found = check_program(UNIT, program(kind, step), bare)
        assert [violation.code for violation in found] == ["electrode-unknown"]


@pytest.mark.parametrize("field", ["needle_um", "needle_bore_um", "bore_um", "pins", "content_nl"])
def test_a_needle_or_syringe_on_a_transdermal_unit_is_refused(field: str) -> None:
    fit = FIT._replace(**{field: 1})
    assert of(Kind.PASS, SPOT, fit=fit) == [("needle-impossible", field)]


def test_head_kind_steps_units_and_zones_are_checked_as_for_needles() -> None:
    plain = program(Kind.PASS, SPOT)
    assert check_program(UNIT, plain, FIT._replace(head=1))[0].code == "head-unknown"
    spots = tuple(Spot(units=1) for _ in range(9))
    for wrong, codes in (
        (plain._replace(head=1), ["head-unknown"]),
        (plain._replace(zones=(ZoneRun(9),)), ["zones-count"]),
        (program(Kind.PASS, *spots[:8]), []),
        (program(Kind.PASS, *spots), ["steps-count"]),
        (program(Kind.PASS, Spot(units=1_000)), []),
        (program(Kind.PASS, Spot(units=1_001)), ["units-count"]),
    ):
        assert [violation.code for violation in check_program(UNIT, wrong, FIT)] == codes
    env = UNIT._replace(kinds=frozenset({Kind.PASS, Kind.CURRENT}))
    (found,) = check_program(env, program(Kind.MEASURE, READING), FIT)
    assert (found.code, found.value, found.limit) == (
        "kind-unsupported",
        "measure",
        "current, pass",
    )


@pytest.mark.parametrize(
    ("kind", "step"),
    [
        (Kind.CURRENT, SPOT),
        (Kind.CURRENT, Pulse()),
        (Kind.PULSE, Current()),
        (Kind.PASS, Pulse()),
        (Kind.MEASURE, Current()),
    ],
)
def test_a_step_of_another_kind_than_its_program_is_refused(
    kind: Kind, step: Current | Pulse | Spot
) -> None:
    (found,) = check_program(UNIT, program(kind, step), FIT)
    assert (found.code, found.place, found.limit) == ("step-other", ("steps",), kind.name.lower())


def test_one_familys_program_is_refused_on_the_others_device() -> None:
    on_unit = check_program(UNIT, Program(), FIT)
    assert [violation.code for violation in on_unit] == ["kind-unsupported", "step-other"]
    pricks = ElectricProgram(Kind.PRICK, (SPOT,), (ZoneRun(10),))
    assert [violation.code for violation in check_program(GUN, pricks, Fit())] == ["step-other"]
    current = check_program(GUN, program(Kind.CURRENT, Current()), Fit())
    assert [violation.code for violation in current] == ["kind-unsupported", "step-other"]
    mixed = Program(steps=(Step(),) * 2)
    assert check_program(GUN, mixed._replace(zones=(ZoneRun(20),)), Fit()) == ()


@pytest.mark.req("DOS-01")
@pytest.mark.parametrize(("exfoliated", "most_ua"), [(False, 4_000), (True, 2_000)])
def test_exfoliated_skin_takes_less_current(exfoliated: bool, most_ua: int) -> None:
    def found(mean_ua: int, env: ElectricEnvelope = UNIT) -> list[str]:
        kept = rules.skin_density(HERE, mean_ua, 800, env, exfoliated=exfoliated)
        return [violation.code for violation in kept]

    code = "density-exfoliated" if exfoliated else "density-high"
    assert found(most_ua - 1) == found(most_ua) == []
    assert found(most_ua + 1) == [code]
    strict = UNIT._replace(density_exfoliated_ua_cm2_max=None)
    assert found(1, strict) == (["exfoliated-current"] if exfoliated else [])


@pytest.mark.req("DOS-02")
def test_charge_and_passes_are_bound_over_a_session() -> None:
    assert list(rules.session_charge(HERE, 4_800_000, UNIT)) == []
    (found,) = rules.session_charge(HERE, 4_800_001, UNIT)
    assert found.code == "session-charge"
    assert list(rules.passes(HERE, 4, UNIT)) == []
    (found,) = rules.passes(HERE, 5, UNIT)
    assert found.sentence() == (
        "found 5 passes (too many passes over one zone), expected at most 4 passes; "
        "choose fewer passes"
    )
    assert list(session_rules.count(HERE, 5_000, UNIT)) == []
    assert [v.code for v in session_rules.count(HERE, 5_001, UNIT)] == ["count-high"]
    assert list(session_rules.session_time(HERE, 3_600_000_000, UNIT)) == []
    assert [v.code for v in session_rules.session_time(HERE, 3_600_000_001, UNIT)] == [
        "session-time"
    ]


def test_what_is_above_advice_needs_a_reason() -> None:
    assert list(rules.advised_density(HERE, 2_400, 800, UNIT)) == []
    assert [v.code for v in rules.advised_density(HERE, 2_401, 800, UNIT)] == ["advised-density"]
    for sign in (1, -1):
        assert list(rules.advised_voltage(HERE, sign * 100_000_000, UNIT)) == []
        (found,) = rules.advised_voltage(HERE, sign * 100_000_001, UNIT)
        assert found.found().startswith("100.000001 V")
    assert list(rules.advised_volt_time(HERE, 400_000, UNIT)) == []
    assert [v.code for v in rules.advised_volt_time(HERE, 400_001, UNIT)] == ["advised-volt-time"]
    silent = UNIT._replace(advised_density_ua_cm2_max=None, advised_voltage_uv_max=None)
    assert list(rules.advised_density(HERE, HUGE, 800, silent)) == []
    assert list(rules.advised_voltage(HERE, HUGE, silent)) == []


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (60_000, "uc", "1 mA min"),
        (0, "uc", "0 mA min"),
        (1, "uc", "0.00002 mA min"),
        (2_400_000, "uc", "40 mA min"),
        (90_000, "uc", "1.5 mA min"),
        (800_000, "uj", "800 mJ"),
        (1, "uj", "0.001 mJ"),
        (250, "ua_cm2", "0.25 mA/cm2"),
        (20_000_000, "v_us", "20 V s"),
        (15_000, "hz", "15000 Hz"),
        (70, "mhz", "0.07 Hz"),
        (4_000, "ua", "4 mA"),
        (-100, "ua", "-0.1 mA"),
        (40_000_000, "uv", "40 V"),
        (50, "ohm", "50 ohm"),
        ("pad", "uc", "pad uc"),
    ],
)
def test_electrical_numbers_are_shown_in_the_units_that_people_use(
    value: int | str, unit: str, text: str
) -> None:
    assert shown(value, unit) == text


def test_neighbouring_charges_are_never_shown_alike() -> None:
    texts = {shown(charge_uc, "uc") for charge_uc in range(4_799_000, 4_801_000)}
    assert len(texts) == 2_000


@pytest.mark.parametrize("code", ELECTRIC_TEXTS)
def test_every_electrical_code_is_among_all_and_makes_a_sentence(code: str) -> None:
    assert LIMIT_TEXTS[code] is ELECTRIC_TEXTS[code]
    assert violation(code, HERE, 1, 2, "ua").sentence().isascii()


@pytest.mark.parametrize("name", TRANSDERMALS)
def test_a_profile_and_its_envelope_give_the_same_answer(name: str) -> None:
    profile = transdermal(name)
    env = envelope_of(profile)
    assert isinstance(env, ElectricEnvelope)
    for field in ElectricEnvelope._fields:
        section = profile.hard_limits
        if hasattr(section, field):
            assert getattr(env, field) == getattr(section, field), field
    assert env.advised_voltage_uv_max == profile.advisory_limits.voltage_uv_max
    wanted = program(Kind.MEASURE, READING._replace(trigger=Trigger.NONE))
    fit = ElectricFit(area_mm2=800)
    assert check_program(profile, wanted, fit) == check_program(env, wanted, fit) == ()
