"""The rules on a train of pulses: within a limit passes, the next value is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesodrive.limits import ElectricEnvelope, check_program
from mesodrive.limits.pulse_rules import energy_of, volt_us_of
from mesodrive_protocol.enums import Kind, Trigger
from support.electric_envelopes import NOTHING, UNIT, ElectricFit, Pulse, program

HUGE = 1 << 80
FIT = ElectricFit()
PLAIN = Pulse()
ONE = Pulse(units=1, voltage_uv=1_000_000, cap_ua=1_000, energy_uj=300_000, biphasic=False)


def of(
    *steps: Pulse, env: ElectricEnvelope = UNIT, fit: ElectricFit = FIT
) -> list[tuple[str, object]]:
    """Return code and last part of the place of each violation."""
    found = check_program(env, program(Kind.PULSE, *steps), fit)
    return [(violation.code, violation.place[-1]) for violation in found]


def changed(step: Pulse, field: str, value: int) -> Pulse:
    return step._replace(**{field: value})  # type: ignore[arg-type]  # never trigger or biphasic


def test_a_pulse_within_all_limits_passes() -> None:
    assert of(PLAIN) == of(ONE) == []


@pytest.mark.req("DOS-01")
@pytest.mark.parametrize(
    ("step", "field", "least", "most", "low", "high"),
    [
        (ONE, "width_us", 100, 10_000, "pulse-short", "pulse-long"),
        (ONE, "interval_us", 1_000_000, None, "interval-short", ""),
        (ONE, "energy_uj", 2, 300_000, "energy-bound-low", "energy-bound-high"),
        (ONE._replace(width_us=100), "voltage_uv", 1, 200_000_000, "voltage-none", "voltage-high"),
        (ONE._replace(width_us=100), "cap_ua", 1, 10_000, "", "cap-high"),
        (PLAIN, "units", 1, 10, "", "pulses-count"),
    ],
)
def test_a_field_at_its_bounds_passes_and_one_beyond_is_refused(
    step: Pulse, field: str, least: int, most: int | None, low: str, high: str
) -> None:
    place = "steps" if field == "units" else field
    assert of(changed(step, field, least)) == of(changed(step, field, least + 1)) == []
    if low:
        assert of(changed(step, field, least - 1)) == [(low, place)]
    if most is not None:
        assert of(changed(step, field, most - 1)) == of(changed(step, field, most)) == []
        assert (high, place) in of(changed(step, field, most + 1))
        assert (high, place) in of(changed(step, field, HUGE))


@pytest.mark.req("DOS-01")
def test_a_negative_pulse_has_the_limits_of_a_positive_one() -> None:
    step = ONE._replace(width_us=100)
    assert of(step._replace(voltage_uv=-200_000_000)) == []
    assert ("voltage-high", "voltage_uv") in of(step._replace(voltage_uv=-200_000_001))


@pytest.mark.req("DOS-01")
def test_two_hundred_volts_for_ten_milliseconds_are_each_allowed_but_not_together() -> None:
    step = ONE._replace(voltage_uv=200_000_000, width_us=10_000)
    (found, own) = check_program(UNIT, program(Kind.PULSE, step), FIT)
    assert (found.code, found.place) == ("energy-together", ("steps", 0, "voltage_uv"))
    assert found.sentence() == (
        "found 800 mJ (voltage and width are each within their limit, but together they give "
        "one pulse into 500 ohm too much energy), expected at most 300 mJ; "
        "choose a lower voltage or a narrower pulse"
    )
    assert (own.code, own.value, own.limit) == ("energy-bound-low", 300_000, 800_000)


@pytest.mark.parametrize(
    "beyond", [{"voltage_uv": 200_000_001, "width_us": 10_000}, {"width_us": 10_001}]
)
def test_a_pulse_beyond_a_single_limit_is_not_told_that_it_is_within(
    beyond: dict[str, int],
) -> None:
    step = ONE._replace(**{"voltage_uv": 200_000_000, **beyond})  # type: ignore[arg-type]
    codes = [code for code, _ in of(step)]
    assert "energy-high" in codes
    assert "energy-together" not in codes


@pytest.mark.req("DOS-01")
def test_energy_at_its_limit_passes_and_one_microsecond_more_does_not() -> None:
    step = ONE._replace(voltage_uv=200_000_000, width_us=3_750)
    assert energy_of(200_000_000, 3_750) == 300_000
    assert of(step) == []
    assert of(step._replace(width_us=3_751))[0] == ("energy-together", "voltage_uv")


@given(st.integers(1, 500_000_000), st.integers(1, 60_000))
def test_energy_is_never_rounded_down(voltage_uv: int, width_us: int) -> None:
    energy_uj = energy_of(voltage_uv, width_us)
    exact = voltage_uv**2 * width_us
    assert (energy_uj - 1) * 500 * 10**12 < exact <= energy_uj * 500 * 10**12
    assert energy_of(-voltage_uv, width_us) == energy_uj


def test_a_biphasic_pulse_has_two_equal_halves() -> None:
    assert of(PLAIN._replace(width_us=998)) == []
    assert of(PLAIN._replace(width_us=999)) == [("pulse-odd", "width_us")]
    assert of(PLAIN._replace(width_us=999, biphasic=False)) == []


def test_a_pulse_is_over_before_the_next_begins() -> None:
    env = UNIT._replace(pulse_interval_us_min=None, density_ua_cm2_max=None)
    assert of(ONE._replace(interval_us=1_001), env=env) == []
    for interval_us in (1_000, 999):
        found = of(ONE._replace(interval_us=interval_us), env=env)
        assert found == [("interval-within", "interval_us")]


@pytest.mark.req("DOS-01")
def test_a_mean_is_bound_as_if_every_pulse_had_the_most_that_its_cap_lets_through() -> None:
    env = UNIT._replace(current_ua_max=None, mean_current_ua_max=4_000, density_ua_cm2_max=None)
    step = ONE._replace(cap_ua=4_000_000)
    assert of(step, env=env) == []
    assert of(step._replace(cap_ua=4_000_001), env=env) == [("mean-current-high", "cap_ua")]
    env = env._replace(density_ua_cm2_max=500, mean_current_ua_max=None)
    assert of(step, env=env) == []
    assert of(step._replace(cap_ua=4_000_001), env=env) == [("density-high", "cap_ua")]
    assert of(step, env=env, fit=ElectricFit(area_mm2=400)) == [("density-high", "cap_ua")]


def test_pulses_of_all_steps_count_as_one_train() -> None:
    half = PLAIN._replace(units=5)
    assert of(half, half) == []
    assert of(half, half, PLAIN._replace(units=1)) == [("pulses-count", "steps")]


def test_a_train_ends_in_time() -> None:
    step = PLAIN._replace(interval_us=6_000_000)
    assert of(step) == []
    assert of(step._replace(interval_us=6_000_001)) == [("train-time", "steps")]


@pytest.mark.req("DOS-02")
def test_voltage_times_width_is_bound_over_the_train_whatever_its_direction() -> None:
    env = UNIT._replace(volt_us_max=1_000_000)
    assert of(PLAIN, env=env) == []
    (found,) = check_program(
        env, program(Kind.PULSE, PLAIN._replace(voltage_uv=-100_000_001, energy_uj=30_000)), FIT
    )
    assert (found.code, found.value, found.limit) == ("volt-time", 1_000_001, 1_000_000)
    assert found.found().startswith("1.000001 V s")
    assert volt_us_of(1, 1, 1) == 1


@pytest.mark.req("DOS-02")
def test_the_charge_that_a_train_may_bring_is_bound_by_that_of_a_session() -> None:
    assert of(PLAIN, env=UNIT._replace(session_uc_max=40)) == []
    assert of(PLAIN, env=UNIT._replace(session_uc_max=39)) == [("session-charge", "steps")]


def test_a_trigger_that_the_unit_does_not_have_is_refused() -> None:
    assert of(PLAIN._replace(trigger=Trigger.SINGLE)) == [("trigger-unsupported", "trigger")]


def test_a_unit_without_limits_still_refuses_what_contradicts_itself() -> None:
    wild = Pulse(HUGE, HUGE, HUGE, HUGE + 1, HUGE, HUGE**4)
    found = of(wild, env=NOTHING)
    assert [code for code, _ in found] == ["units-count"]


def test_every_violation_comes_at_once() -> None:
    wrong = Pulse(
        units=20, width_us=99, voltage_uv=-300_000_000, interval_us=50, cap_ua=900_000_000,
        energy_uj=400_000, trigger=Trigger.SINGLE,
    )  # fmt: skip
    assert [code for code, _ in of(wrong)] == [
        "trigger-unsupported", "voltage-high", "pulse-short", "pulse-odd", "interval-short",
        "interval-within", "energy-bound-high", "cap-high", "mean-current-high", "density-high",
        "pulses-count",
    ]  # fmt: skip
