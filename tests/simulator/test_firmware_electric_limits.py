"""The device's own limits of current, pulses, passes and readings: refused, never clamped."""

from dataclasses import replace
from typing import Any

import pytest

from mesodrive_protocol.enums import Code, DeviceState, Kind, LimitField
from mesodrive_protocol.messages import Answer, Begin, Data, LimitsAre, Narrow
from mesodrive_protocol.messages import Limits as LimitsQuery
from mesodrive_protocol.steps import CurrentStep, PulseStep, SpotStep, Step, pack_step
from mesodrive_simulator.firmware.electric_limits import (
    PEAK_UV_MAX,
    ElectricLimits,
    limits_of,
    pulse_energy_uj,
)
from mesodrive_simulator.firmware.limits import DeviceLimits
from mesodrive_simulator.firmware.stores import Fit
from mesodrive_simulator.sim_profile import load_profile
from support.electric_units import BURST, DOWN, LEVEL, PULSE, READING, SPOT, ElectricBench

L = LimitField
FIT = Fit(fit_no=1, area_mm2=800)
UNIT_OF_STEP = {CurrentStep: "burst-unit", PulseStep: "pulse-unit", SpotStep: "burst-unit"}


def broken(kind: Kind, step: Step, unit: str | None = None, area_mm2: int = 800) -> tuple[int, ...]:
    """Return what is answered to a step: code, field, step, value, limit."""
    limits = ElectricLimits(load_profile(unit or UNIT_OF_STEP[type(step)]))
    ruling = limits.check_step(kind, 3, step, FIT._replace(area_mm2=area_mm2))
    return tuple(ruling[:5])


def taken(kind: Kind, step: Step, unit: str | None = None) -> bool:
    return broken(kind, step, unit)[0] == Code.OK


@pytest.mark.parametrize(
    ("changes", "code", "field", "value", "limit"),
    [
        ({"current_ua": 10_100}, Code.LIMIT, L.CURRENT_UA_MAX, 10_100, 10_000),
        ({"current_ua": -10_100}, Code.LIMIT, L.CURRENT_UA_MAX, 10_100, 10_000),
        ({"current_ua": 2_050}, Code.FIELD, L.CURRENT_UA_MAX, 2_050, 2_000),
        ({"current_ua": 4_100}, Code.LIMIT, L.CURRENT_UA_MAX, 2_050, 2_000),
        ({"duty_permille": 0}, Code.FIELD, L.CURRENT_UA_MAX, 0, 1_000),
        ({"duty_permille": 1_001}, Code.FIELD, L.CURRENT_UA_MAX, 1_001, 1_000),
        ({"slice_us": 5_000_001}, Code.LIMIT, L.RAMP_US_MIN, 5_000_001, 5_000_000),
        ({"slice_us": 9_999}, Code.LIMIT, L.RAMP_US_MIN, 9_999, 10_000),
        ({"ramp_us": 4_999_999}, Code.LIMIT, L.RAMP_US_MIN, 4_999_999, 5_000_000),
        ({"charge_uc": 0}, Code.FIELD, L.CASE_UC_MAX, 0, 1),
        ({"flags": 2}, Code.FIELD, 0, 2, 1),
        ({"carrier_hz": 49, "gate_mhz": 0, "duty_permille": 1_000}, Code.LIMIT, 0, 49, 50),
        ({"carrier_hz": 15_001}, Code.LIMIT, 0, 15_001, 15_000),
        ({"gate_mhz": 69}, Code.LIMIT, 0, 69, 70),
        ({"gate_mhz": 2_001}, Code.LIMIT, 0, 2_001, 2_000),
        ({"gate_mhz": 0}, Code.FIELD, 0, 500, 1_000),
        ({"carrier_hz": 0}, Code.FIELD, 0, 0, 1),
        ({"carrier_hz": 0, "gate_mhz": 0, "duty_permille": 1_000}, Code.FIELD, 0, 0, 1),
        ({"trigger": 1}, Code.FIELD, 0, 1, 3),
        ({"units": 0}, Code.FIELD, L.UNITS_MAX, 0, 1),
    ],
)
@pytest.mark.req("DOS-07")
def test_a_slice_outside_its_limits_is_refused_by_place_value_and_limit(
    changes: dict[str, Any], code: Code, field: int, value: int, limit: int
) -> None:
    assert taken(Kind.CURRENT, BURST)
    step = BURST._replace(**changes)
    assert broken(Kind.CURRENT, step) == (code, field, 3, value, limit)


@pytest.mark.req("DOS-07")
def test_density_counts_the_mean_current_on_the_electrode_that_is_fitted() -> None:
    step = LEVEL._replace(current_ua=4_000)
    assert broken(Kind.CURRENT, step, "ionto-unit", 800)[0] == Code.OK
    assert broken(Kind.CURRENT, step, "ionto-unit", 799) == (
        Code.LIMIT, L.DENSITY_UA_CM2_MAX, 3, 501, 500,
    )  # fmt: skip
    # half of the time: twice the current
    assert broken(Kind.CURRENT, BURST._replace(current_ua=4_000), area_mm2=400)[0] == Code.OK
    assert broken(Kind.CURRENT, step, "ionto-unit", 0)[0] == Code.FITTING


def test_a_unit_for_direct_current_takes_no_carrier() -> None:
    assert taken(Kind.CURRENT, LEVEL, "ionto-unit")
    assert not taken(Kind.CURRENT, LEVEL._replace(carrier_hz=1_000), "ionto-unit")


def test_a_gate_that_is_no_slower_than_half_its_carrier_is_refused() -> None:
    profile = replace(load_profile("burst-unit"), carrier_hz_min=1, gate_mhz_max=50_000)
    limits = ElectricLimits(profile)
    step = BURST._replace(carrier_hz=50, gate_mhz=25_000)
    ruling = limits.check_step(Kind.CURRENT, 0, step, FIT)
    assert (ruling.code, ruling.value, ruling.limit) == (Code.FIELD, 25_000, 24_999)
    assert limits.check_step(Kind.CURRENT, 0, step._replace(gate_mhz=24_999), FIT).code == Code.OK


@pytest.mark.req("DOS-09")
@pytest.mark.parametrize(
    ("changes", "code", "field", "value", "limit"),
    [
        ({"width_us": 99}, Code.LIMIT, L.PULSE_US_MAX, 99, 100),
        ({"width_us": 10_001}, Code.LIMIT, L.PULSE_US_MAX, 10_001, 10_000),
        ({"voltage_uv": 200_000_001}, Code.LIMIT, L.VOLTAGE_UV_MAX, 200_000_001, 200_000_000),
        ({"voltage_uv": -200_000_001}, Code.LIMIT, L.VOLTAGE_UV_MAX, 200_000_001, 200_000_000),
        ({"voltage_uv": 0}, Code.FIELD, L.VOLTAGE_UV_MAX, 0, 1),
        ({"cap_ua": 1_200_001}, Code.LIMIT, L.CURRENT_UA_MAX, 1_200_001, 1_200_000),
        ({"cap_ua": 0}, Code.FIELD, L.CURRENT_UA_MAX, 0, 1),
        ({"interval_us": 999_999}, Code.LIMIT, L.PERIOD_US_MIN, 999_999, 1_000_000),
        ({"energy_uj": 300_001}, Code.LIMIT, L.ENERGY_UJ_MAX, 300_001, 300_000),
        ({"energy_uj": 19_999}, Code.LIMIT, L.ENERGY_UJ_MAX, 20_000, 19_999),
        ({"flags": 4}, Code.FIELD, 0, 4, 3),
        # 200 V and 10 ms are each within their limits, and 800 mJ together
        (
            {"voltage_uv": 200_000_000, "width_us": 10_000, "energy_uj": 300_000},
            Code.LIMIT, L.ENERGY_UJ_MAX, 800_000, 300_000,
        ),
    ],
)  # fmt: skip
def test_a_pulse_outside_its_limits_is_refused_by_place_value_and_limit(
    changes: dict[str, Any], code: Code, field: int, value: int, limit: int
) -> None:
    assert taken(Kind.PULSE, PULSE)
    assert broken(Kind.PULSE, PULSE._replace(**changes)) == (code, field, 3, value, limit)


@pytest.mark.req("DOS-09")
def test_no_profile_gets_a_pulse_beyond_500_v_or_300_mj() -> None:
    wild = replace(
        load_profile("pulse-unit"),
        voltage_uv_max=1_000_000_000, energy_uj_max=2_000_000, pulse_interval_us_min=0,
    )  # fmt: skip
    limits = ElectricLimits(wild)
    high = PULSE._replace(voltage_uv=PEAK_UV_MAX + 1, width_us=100, energy_uj=2_000_000)
    strong = PULSE._replace(voltage_uv=400_000_000, width_us=1_000, energy_uj=2_000_000)
    for step in (high, strong):
        assert limits.check_step(Kind.PULSE, 0, step, FIT).code == Code.LIMIT
    close = PULSE._replace(width_us=5_000, interval_us=5_000)
    assert limits.check_step(Kind.PULSE, 0, close, FIT).code == Code.FIELD


@pytest.mark.parametrize(
    ("volt", "width_us", "energy_uj"),
    [(100, 1_000, 20_000), (200, 1_000, 80_000), (500, 600, 300_000), (-100, 150_000, 3_000_000)],
)
def test_energy_is_that_of_the_table_of_devices(volt: int, width_us: int, energy_uj: int) -> None:
    step = PULSE._replace(voltage_uv=volt * 1_000_000, width_us=width_us)
    assert pulse_energy_uj(step) == energy_uj
    assert pulse_energy_uj(step._replace(voltage_uv=1, width_us=1)) == 1, "rounded up"


@pytest.mark.parametrize(
    ("kind", "step", "code", "field", "value", "limit"),
    [
        (Kind.PASS, SPOT._replace(vacuum_pa=12_999), Code.LIMIT, L.VACUUM_PA_MAX, 12_999, 13_000),
        (Kind.PASS, SPOT._replace(vacuum_pa=41_001), Code.LIMIT, L.VACUUM_PA_MAX, 41_001, 41_000),
        (Kind.PASS, SPOT._replace(dwell_us=500_001), Code.LIMIT, L.DWELL_US_MAX, 500_001, 500_000),
        (Kind.PASS, SPOT._replace(dwell_us=0), Code.FIELD, L.DWELL_US_MAX, 0, 1),
        (Kind.PASS, SPOT._replace(carrier_hz=20_000), Code.FIELD, 0, 20_000, 0),
        (Kind.PASS, SPOT._replace(interval_us=1), Code.FIELD, L.PERIOD_US_MIN, 1, 200_001),
        (Kind.MEASURE, READING._replace(carrier_hz=9_999), Code.LIMIT, 0, 9_999, 10_000),
        (Kind.MEASURE, READING._replace(carrier_hz=0), Code.LIMIT, 0, 0, 10_000),
        (Kind.MEASURE, READING._replace(vacuum_pa=1), Code.FIELD, L.VACUUM_PA_MAX, 1, 0),
        (
            Kind.MEASURE, READING._replace(dwell_us=2_000_001),
            Code.LIMIT, L.DWELL_US_MAX, 2_000_001, 2_000_000,
        ),
        (Kind.MEASURE, READING._replace(dwell_us=0), Code.FIELD, L.DWELL_US_MAX, 0, 1),
    ],
)  # fmt: skip
def test_a_spot_outside_its_limits_is_refused_by_place_value_and_limit(
    kind: Kind, step: SpotStep, code: Code, field: int, value: int, limit: int
) -> None:
    assert taken(Kind.PASS, SPOT)
    assert taken(Kind.MEASURE, READING)
    assert broken(kind, step) == (code, field, 3, value, limit)


def test_an_over_limit_step_ends_loading_and_changes_nothing() -> None:
    bench = ElectricBench()
    bench.ready()
    begin = bench.begin(Kind.CURRENT, [LEVEL])
    assert bench.code(Begin, *begin[3:]) == Code.OK
    step = LEVEL._replace(current_ua=4_100)
    answer: Answer = bench.ask(Data, 0, 1, (pack_step(Kind.CURRENT, step),))
    assert (answer.code, answer.field) == (Code.LIMIT, L.CURRENT_UA_MAX)
    assert (answer.step, answer.value, answer.limit) == (0, 4_100, 4_000)
    assert bench.is_in(DeviceState.IDLE)


@pytest.mark.req("DOS-07")
def test_a_command_that_would_take_the_case_above_its_charge_is_refused() -> None:
    bench = ElectricBench()
    bench.ready()
    assert bench.load(Kind.CURRENT, [LEVEL], total=4_800_001) == Code.LIMIT
    bench.go(Kind.CURRENT, [LEVEL._replace(units=7)])
    bench.run_to_state(DeviceState.LOADED, 20_000)
    bench.run(500)
    assert bench.close() == Code.OK
    had_uc = bench.status.case_total
    assert had_uc > 0
    begin = bench.begin(Kind.CURRENT, [LEVEL], total=4_800_000 - had_uc + 1)
    answer: Answer = bench.ask(Begin, *begin[3:])
    assert (answer.code, answer.field) == (Code.LIMIT, L.CASE_UC_MAX)
    assert (answer.value, answer.limit) == (4_800_001, 4_800_000)
    bench.run(2_500)
    assert bench.open(9, case=6).code == Code.OK
    assert bench.status.case_total == 0


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"cap_uv": 0}, Code.FIELD),
        ({"cap_uv": 40_000_001}, Code.LIMIT),
        ({"units": 10_001}, Code.LIMIT),
        ({"steps": 65}, Code.LIMIT),
        ({"steps": 0}, Code.LIMIT),
        ({"head": 1}, Code.FIELD),
    ],
)
def test_begin_is_held_against_compliance_and_counts(changes: dict[str, Any], code: Code) -> None:
    bench = ElectricBench()
    bench.ready()
    begin = bench.begin(Kind.CURRENT, [LEVEL], **changes)
    assert bench.code(Begin, *begin[3:]) == code


@pytest.mark.req("DOS-09")
def test_more_pulses_than_a_train_may_have_are_refused() -> None:
    bench = ElectricBench("pulse-unit")
    bench.ready()
    assert bench.load(Kind.PULSE, [PULSE._replace(units=11)]) == Code.LIMIT
    assert bench.load(Kind.PULSE, [PULSE._replace(units=10)]) == Code.OK


@pytest.mark.parametrize(
    ("kind", "steps"),
    [
        # polarity that flips without a way through zero
        (Kind.CURRENT, [LEVEL, LEVEL._replace(current_ua=-500)]),
        # more charge than can flow
        (Kind.CURRENT, [LEVEL._replace(charge_uc=501)]),
        (Kind.CURRENT, [LEVEL, DOWN._replace(charge_uc=501)]),
        (Kind.CURRENT, [DOWN._replace(charge_uc=4_001)]),
        # longer than a current may flow
        (Kind.CURRENT, [LEVEL._replace(units=2_401)]),
    ],
)
def test_steps_that_are_wrong_only_together_are_refused_at_commit(
    kind: Kind, steps: list[Step]
) -> None:
    bench = ElectricBench()
    bench.ready()
    assert bench.load(kind, steps) in (Code.FIELD, Code.LIMIT)
    assert bench.is_in(DeviceState.IDLE)
    assert bench.load(kind, [LEVEL, DOWN, LEVEL._replace(current_ua=-500)]) == Code.OK


@pytest.mark.req("DOS-09")
def test_a_train_has_a_limit_of_volts_times_time_and_of_time() -> None:
    limits = limits_of(replace(load_profile("pulse-unit"), volt_us_max=300_000))
    assert limits.check_program([PULSE]).code == Code.OK
    ruling = limits.check_program([PULSE, PULSE._replace(units=1)])
    assert (ruling.code, ruling.value, ruling.limit) == (Code.LIMIT, 400_000, 300_000)
    slow = PULSE._replace(units=3, interval_us=30_000_000)
    assert limits.check_program([slow]).code == Code.LIMIT
    assert limits.check_program([slow._replace(units=2)]).code == Code.OK
    assert limits.check_program([SPOT]).code == Code.OK


def test_narrowed_limits_hold_for_what_is_loaded_after() -> None:
    bench = ElectricBench()
    bench.ready()
    narrow = ((L.CURRENT_UA_MAX, 400), (L.RAMP_US_MIN, 10_000_000))
    assert bench.code(Narrow, len(narrow), narrow) == Code.OK
    answer: LimitsAre = bench.ask(LimitsQuery, 0)
    assert answer.values[L.CURRENT_UA_MAX - 1] == 400
    assert bench.load() == Code.LIMIT
    slower = LEVEL._replace(current_ua=400, charge_uc=400)
    assert bench.load(Kind.CURRENT, [slower]) == Code.LIMIT
    assert bench.load(Kind.CURRENT, [slower._replace(ramp_us=10_000_000)]) == Code.OK
    wider = ((L.CURRENT_UA_MAX, 500),)
    assert bench.close() == Code.OK
    assert bench.code(Narrow, 1, wider) == Code.LIMIT


def test_a_gun_has_the_limits_of_a_gun() -> None:
    assert type(limits_of(load_profile("nappage-gun"))) is DeviceLimits
    assert type(limits_of(load_profile("ionto-unit")).copy()) is ElectricLimits
