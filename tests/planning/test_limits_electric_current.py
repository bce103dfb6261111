"""The rules on a program of current: within a limit passes, the next value is refused."""

import pytest

from mesodrive.limits import ElectricEnvelope, Violation, check_program
from mesodrive_protocol.enums import Kind, Trigger
from support.electric_envelopes import (
    BURST,
    BURSTS,
    DOWN,
    NOTHING,
    UNIT,
    Current,
    ElectricFit,
    program,
)

HUGE = 1 << 80
FIT = ElectricFit()


def of(
    *steps: Current, env: ElectricEnvelope = UNIT, fit: ElectricFit = FIT, begun: bool = False
) -> list[tuple[str, object]]:
    """Return code and last part of the place of each violation."""
    found = check_program(env, program(Kind.CURRENT, *steps), fit, begun=begun)
    return [(violation.code, violation.place[-1]) for violation in found]


def changed(step: Current, field: str, value: int) -> Current:
    return step._replace(**{field: value})  # type: ignore[arg-type]  # never trigger or zero_mean


PLAIN = Current()

BOUNDARIES: list[tuple[str, ElectricEnvelope, Current, str, int, int, str, str]] = [
    # what, unit, step, field, least, most, code below, code above
    ("charge of 2 mA in 5 s", UNIT, PLAIN, "charge_uc", 1, 10_000, "charge-low", "charge-high"),
    ("slice", UNIT, Current(units=3, charge_uc=1), "slice_us", 1_666_667, 5_000_000, "ramp-long",
     "slice-long"),
    ("ramp", UNIT, PLAIN, "ramp_us", 5_000_000, 10_000_000, "ramp-short", "ramp-long"),
    ("carrier", BURSTS, BURST._replace(gate_mhz=70), "carrier_hz", 50, 15_000, "carrier-low",
     "carrier-high"),
    ("gate", BURSTS, BURST, "gate_mhz", 70, 2_000, "gate-low", "gate-high"),
    ("duty", BURSTS, BURST._replace(charge_uc=1, current_ua=2_000), "duty_permille", 1, 1_000,
     "burst-short", ""),
]  # fmt: skip


@pytest.mark.req("DOS-01")
@pytest.mark.parametrize(
    ("env", "step", "field", "least", "most", "low", "high"),
    [case[1:] for case in BOUNDARIES],
    ids=[case[0] for case in BOUNDARIES],
)
def test_a_field_at_its_bounds_passes_and_one_beyond_is_refused(
    env: ElectricEnvelope, step: Current, field: str, least: int, most: int, low: str, high: str
) -> None:
    for value in (least, least + 1, most - 1, most):
        assert of(changed(step, field, value), env=env) == []
    below = of(changed(step, field, least - 1), env=env)
    assert low in [code for code, _ in below]
    if high:
        assert of(changed(step, field, most + 1), env=env) == [(high, field)]
        assert (high, field) in of(changed(step, field, HUGE), env=env)


@pytest.mark.req("DOS-01")
@pytest.mark.parametrize("sign", [1, -1])
def test_the_peak_is_bound_either_way(sign: int) -> None:
    env = BURSTS._replace(current_step_ua=1, mean_current_ua_max=None, density_ua_cm2_max=None)
    step = BURST._replace(zero_mean=False)
    for ua in (1, 9_999, 10_000):
        assert of(step._replace(current_ua=sign * ua, charge_uc=1), env=env) == []
    assert of(step._replace(current_ua=sign * 10_001), env=env) == [("current-high", "current_ua")]


def test_a_current_is_a_whole_multiple_of_the_units_step() -> None:
    assert of(PLAIN._replace(current_ua=2_100)) == []
    for ua in (2_099, 2_101):
        assert of(PLAIN._replace(current_ua=ua)) == [("current-step", "current_ua")]
    assert of(PLAIN._replace(current_ua=2_099), env=UNIT._replace(current_step_ua=None)) == []


def test_the_mean_is_the_peak_times_the_duty_rounded_up() -> None:
    env = BURSTS._replace(current_step_ua=1)
    assert of(BURST._replace(current_ua=4_000), env=env) == []
    (found,) = check_program(env, program(Kind.CURRENT, BURST._replace(current_ua=4_001)), FIT)
    assert (found.code, found.value, found.limit) == ("mean-current-high", 2_001, 2_000)
    assert found.found().startswith("2.001 mA")


@pytest.mark.req("DOS-01")
@pytest.mark.req("DOS-07")
def test_density_is_of_the_electrode_that_is_fitted() -> None:
    fine = UNIT._replace(current_step_ua=1)
    small = ElectricFit(area_mm2=400)
    for ua in (1_999, 2_000):
        assert of(PLAIN._replace(current_ua=ua, charge_uc=1), env=fine, fit=small) == []
    over = PLAIN._replace(current_ua=2_001)
    (found,) = check_program(fine, program(Kind.CURRENT, over), small)
    assert (found.code, found.value, found.limit) == ("density-high", 501, 500)
    assert found.sentence() == (
        "found 0.501 mA/cm2 (too much current for the electrode's area), expected at most "
        "0.5 mA/cm2; choose less current or a larger electrode; for pulses a lower cap or longer "
        "interval"
    )
    assert of(over, env=fine) == []


def test_a_longer_duty_is_refused_while_the_level_before_still_falls() -> None:
    high = BURST._replace(current_ua=8_000, duty_permille=250)
    low = BURST._replace(current_ua=2_000, duty_permille=1_000, charge_uc=10_000, units=20)
    assert of(low, env=BURSTS) == []
    found = of(high, low, env=BURSTS)
    assert found == [("mean-current-high", "current_ua"), ("density-high", "current_ua")]
    fall = high._replace(current_ua=0, duty_permille=1_000)
    assert ("mean-current-high", "current_ua") in of(high, fall, env=BURSTS)
    rest = high._replace(current_ua=0)
    assert of(high, rest, low, env=BURSTS) == []


@pytest.mark.req("DOS-02")
def test_the_charge_of_a_program_is_bound_by_that_of_a_session() -> None:
    step = Current(units=240, current_ua=4_000, charge_uc=20_000)
    assert of(step) == []
    assert of(step, env=UNIT._replace(session_uc_max=4_800_001)) == []
    (found,) = check_program(
        UNIT._replace(session_uc_max=4_799_999), program(Kind.CURRENT, step), FIT
    )
    assert (found.code, found.value) == ("session-charge", 4_800_000)
    assert found.found().startswith("80 mA min")
    assert "at most 79.99998 mA min" in found.expected()


def test_a_charge_is_bound_by_level_time_and_duty_rounded_up() -> None:
    env = BURSTS._replace(current_step_ua=1)
    odd = BURST._replace(current_ua=3_333, slice_us=3_333_333, duty_permille=333, units=3)
    most_uc = 3_700  # 3.333 mA x 3.333333 s x 0.333 = 3,699.6 uC
    assert of(odd._replace(charge_uc=most_uc), env=env) == []
    assert of(odd._replace(charge_uc=most_uc + 1), env=env) == [("charge-high", "charge_uc")]


def test_a_step_to_zero_has_the_charge_of_the_level_that_it_falls_from() -> None:
    for charge_uc in (0, 1, 10_000):
        assert of(PLAIN, DOWN._replace(charge_uc=charge_uc)) == []
    assert of(PLAIN, DOWN._replace(charge_uc=10_001)) == [("charge-high", "charge_uc")]
    halves = DOWN._replace(slice_us=2_500_000)
    assert of(PLAIN, halves, halves._replace(charge_uc=1_250)) == []
    assert of(DOWN._replace(charge_uc=0)) == []
    assert of(DOWN._replace(charge_uc=1)) == [("charge-high", "charge_uc")]


def test_a_ramp_may_be_as_long_as_the_joined_steps_of_its_level() -> None:
    up = Current(units=1, ramp_us=15_000_000)
    assert of(up, up, up._replace(charge_uc=1)) == []
    found = check_program(UNIT, program(Kind.CURRENT, up, up._replace(slice_us=4_999_999)), FIT)
    assert [(v.code, v.place, v.value, v.limit) for v in found if v.code == "ramp-long"] == [
        ("ramp-long", ("steps", 0, "ramp_us"), 15_000_000, 9_999_999)
    ]


def test_a_fall_to_a_lower_level_takes_longer_than_its_ramp() -> None:
    low = Current(current_ua=1_000, charge_uc=5_000, units=3)
    assert of(Current(current_ua=4_000), low) == []
    assert of(Current(current_ua=4_000), low._replace(units=2)) == [("ramp-long", "ramp_us")]


@pytest.mark.req("DOS-01")
@pytest.mark.parametrize("first", [1, -1])
def test_polarity_changes_only_by_way_of_zero(first: int) -> None:
    here = Current(current_ua=first * 2_000)
    there = Current(current_ua=-first * 2_000)
    assert of(here, DOWN, there) == []
    assert of(here, there) == [("polarity-flips", "current_ua")]
    assert of(here, here) == []
    found = check_program(UNIT, program(Kind.CURRENT, here, DOWN, there, here), FIT)
    assert [violation.place for violation in found] == [("steps", 3, "current_ua")]


def test_a_carrier_about_zero_has_no_polarity_and_one_beside_it_has() -> None:
    there = BURST._replace(current_ua=-4_000)
    assert of(BURST, there, env=BURSTS) == []
    here, there = (step._replace(zero_mean=False) for step in (BURST, there))
    assert of(here, there, env=BURSTS) == [("polarity-flips", "current_ua")]


@pytest.mark.parametrize(
    ("env", "step", "code", "field"),
    [
        (UNIT, PLAIN._replace(zero_mean=True), "zero-mean-direct", "zero_mean"),
        (UNIT, PLAIN._replace(gate_mhz=1), "gate-without-carrier", "gate_mhz"),
        (UNIT, PLAIN._replace(carrier_hz=1_000), "carrier-impossible", "carrier_hz"),
        (BURSTS, BURST._replace(carrier_hz=0, gate_mhz=0, duty_permille=1_000, zero_mean=False,
                                current_ua=2_000), "carrier-missing", "carrier_hz"),
        (BURSTS, BURST._replace(gate_mhz=0), "duty-without-gate", "duty_permille"),
        (BURSTS._replace(gate_mhz_min=None, gate_mhz_max=None), BURST, "gate-impossible",
         "gate_mhz"),
    ],
)  # fmt: skip
def test_a_waveform_that_contradicts_itself_or_the_unit_is_refused(
    env: ElectricEnvelope, step: Current, code: str, field: str
) -> None:
    assert of(step, env=env) == [(code, field)]


@pytest.mark.parametrize("duty_permille", [999, 500, 1])
def test_a_duty_without_a_gate_is_refused(duty_permille: int) -> None:
    step = PLAIN._replace(duty_permille=duty_permille, charge_uc=1)
    assert of(step) == [("duty-without-gate", "duty_permille")]


def test_a_gate_is_slower_than_half_its_carrier() -> None:
    env = BURSTS._replace(gate_mhz_max=60_000)
    slow = BURST._replace(carrier_hz=50, duty_permille=1_000, current_ua=2_000)
    assert of(slow._replace(gate_mhz=24_999), env=env) == []
    for gate_mhz in (25_000, 25_001):
        (found,) = check_program(env, program(Kind.CURRENT, slow._replace(gate_mhz=gate_mhz)), FIT)
        assert (found.code, found.limit) == ("waveform-aliases", 25_000)
    assert found.expected() == "less than half the carrier, 25 Hz"


def test_a_burst_holds_a_whole_cycle_of_its_carrier() -> None:
    slow = BURST._replace(carrier_hz=50, gate_mhz=2_000, charge_uc=1)
    assert of(slow._replace(duty_permille=40), env=BURSTS) == []
    found = of(slow._replace(duty_permille=39), env=BURSTS)
    assert found == [("burst-short", "duty_permille")]


def test_current_flows_no_longer_than_the_unit_may_drive_it() -> None:
    step = Current(units=480, charge_uc=1)
    assert of(step) == []
    assert of(step, Current(units=1, slice_us=1, charge_uc=1)) == [("current-time", "steps")]


def test_a_trigger_that_the_unit_does_not_have_is_refused() -> None:
    (found,) = check_program(
        UNIT, program(Kind.CURRENT, PLAIN._replace(trigger=Trigger.SINGLE)), FIT
    )
    assert (found.code, found.value, found.limit) == (
        "trigger-unsupported", "single", "held, none"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("cap_uv", "codes"),
    [
        (0, ["compliance-none"]),
        (1, []),
        (199_999_999, []),
        (200_000_000, []),
        (200_000_001, ["compliance-high"]),
    ],
)
def test_a_current_needs_a_compliance_that_the_unit_can_give(cap_uv: int, codes: list[str]) -> None:
    wanted = program(Kind.CURRENT, PLAIN)._replace(cap_uv=cap_uv)
    assert [violation.code for violation in check_program(UNIT, wanted, FIT)] == codes


def test_the_rest_of_a_program_may_begin_within_a_ramp() -> None:
    rest = Current(units=1, ramp_us=30_000_000)
    assert of(rest) == [("ramp-long", "ramp_us")]
    assert of(rest, begun=True) == []
    later = rest._replace(current_ua=3_000)
    assert of(rest, later, begun=True) == [("ramp-long", "ramp_us")]


def test_the_rest_of_a_program_may_be_its_way_down() -> None:
    rest = DOWN._replace(charge_uc=50_000)
    assert of(rest, begun=True) == []
    assert of(rest._replace(charge_uc=50_001), begun=True) == [("charge-high", "charge_uc")]
    assert of(rest, begun=True, env=NOTHING) == [("charge-high", "charge_uc")]


def test_a_unit_without_limits_still_refuses_what_contradicts_itself() -> None:
    wild = Current(current_ua=30_001, slice_us=HUGE, charge_uc=1_000, ramp_us=0)
    assert of(wild, env=NOTHING) == []
    assert of(wild._replace(charge_uc=0), env=NOTHING) == [("charge-low", "charge_uc")]


@pytest.mark.req("DOS-01")
def test_every_violation_comes_at_once_with_place_value_limit_and_remedy() -> None:
    wrong = Current(
        units=2_000, current_ua=12_050, charge_uc=100_000, slice_us=6_000_000, ramp_us=1,
        gate_mhz=5, duty_permille=900, zero_mean=True, trigger=Trigger.SINGLE,
    )  # fmt: skip
    found: tuple[Violation, ...] = check_program(
        UNIT, program(Kind.CURRENT, wrong)._replace(cap_uv=0), ElectricFit(area_mm2=799)
    )
    assert [violation.code for violation in found] == [
        "electrode-unknown", "units-count", "compliance-none", "trigger-unsupported",
        "current-high", "current-step", "mean-current-high", "density-high", "charge-high",
        "slice-long", "ramp-short", "gate-without-carrier", "zero-mean-direct",
        "session-charge", "current-time",
    ]  # fmt: skip
    for violation in found:
        assert violation.place
        assert violation.remedy
        assert violation.sentence().isascii()
