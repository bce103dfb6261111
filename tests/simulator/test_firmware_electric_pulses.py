"""Pulses that are not what was programmed: too wide, twice, an arc, into nothing."""

import pytest

from mesodrive_protocol.enums import DeviceState, Kind, Outcome, Reason
from support.electric_units import PULSE, ElectricBench, latched, running


@pytest.mark.req("DOS-09")
@pytest.mark.parametrize("width_us", [100, 1_000, 10_000])
def test_a_switch_that_sticks_is_opened_within_100_us_of_the_tenth_and_latches(
    width_us: int,
) -> None:
    bench = ElectricBench("pulse-unit")
    bench.ready()
    bench.break_(switch_stuck=True)
    step = PULSE._replace(width_us=width_us, voltage_uv=50_000_000)
    bench.go(Kind.PULSE, [step])
    bench.run(2_000)
    record = latched(bench, Reason.PULSE)
    assert record is not None
    assert (record.outcome, record.reason) == (Outcome.PARTIAL, Reason.PULSE)
    assert bench.truth[-1].width_us <= width_us * 1.1 + 100
    assert len(bench.truth) == 1


@pytest.mark.req("DOS-09")
@pytest.mark.parametrize("fault", ["double_pulse", "arc", "wide"])
def test_a_pulse_that_is_not_what_was_programmed_latches_before_the_next(fault: str) -> None:
    bench = ElectricBench("pulse-unit")
    bench.ready()
    if fault == "wide":
        bench.break_(width_permille=1_120)
    else:
        bench.break_(**{fault: True})
    bench.go(Kind.PULSE)
    bench.run(4_000)
    record = latched(bench, Reason.PULSE)
    assert record is not None
    assert record.reason == Reason.PULSE
    assert record.outcome == Outcome.PARTIAL
    assert len(bench.truth) == 1
    assert bench.truth[0].width_us <= 1_200


def test_a_pulse_within_its_tenth_is_one() -> None:
    bench = ElectricBench("pulse-unit")
    bench.ready()
    bench.break_(width_permille=1_090)
    bench.go(Kind.PULSE)
    bench.run(4_000)
    assert [record.v6 for record in bench.unit_records] == [1_090] * 3
    assert bench.stores.latch_reason == 0


@pytest.mark.req("DOS-06")
def test_a_pulse_without_current_stops() -> None:
    bench = running(Kind.PULSE)
    bench.run_to_state(DeviceState.RUNNING)
    bench.break_(open_electrode=True)
    bench.run(100)
    latched(bench, Reason.OPEN)
