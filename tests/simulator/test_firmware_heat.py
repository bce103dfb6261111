"""Two sensors of heat: the higher counts, and two that disagree are a fault."""

import pytest

from mesodrive_protocol.enums import Code, DeviceState, Reason
from mesodrive_protocol.messages import Selftest
from mesodrive_simulator.firmware.selftest import SENSORS
from mesodrive_simulator.firmware.stops import DISAGREE_MC
from mesodrive_simulator.plant.thermal import OPEN_MC, Fault, broken, drifting, stuck
from support.firmware import bench_in

S = DeviceState
AMBIENT_MC = 23_000


@pytest.mark.req("DOS-10")
@pytest.mark.parametrize("which", ["first_fault", "second_fault"])
@pytest.mark.parametrize(
    "fault",
    [stuck(AMBIENT_MC + 20_000), stuck(0), drifting(0, 10_000), drifting(0, -10_000), broken],
    ids=["stuck high", "stuck low", "drifting up", "drifting down", "open"],
)
def test_two_temperatures_that_disagree_are_a_fault(which: str, fault: Fault) -> None:
    bench = bench_in(S.ARMED)
    setattr(bench.plant.thermal, which, fault)
    bench.run_to_state(S.LATCHED, 2_000)
    assert bench.stores.latch_reason == Reason.SENSOR
    assert bench.clear() == Code.LATCHED
    setattr(bench.plant.thermal, which, None)
    assert bench.clear() == Code.OK


@pytest.mark.req("DOS-10")
def test_a_small_difference_is_no_fault_and_the_higher_reading_counts() -> None:
    bench = bench_in(S.ARMED)
    true_mc = bench.plant.temperature_mc(bench.now_ns)
    bench.plant.thermal.second_fault = stuck(true_mc + DISAGREE_MC - 500)
    bench.run(250)
    assert bench.is_in(S.ARMED)
    limit_mc = bench.profile.electronics_mc_max
    bench.plant.thermal.first_fault = stuck(limit_mc - 1_000)
    bench.plant.thermal.second_fault = stuck(limit_mc + 1_000)
    bench.run_to_state(S.LATCHED, 200)
    assert bench.stores.latch_reason == Reason.TEMPERATURE


@pytest.mark.req("DOS-10")
def test_a_device_whose_sensors_disagree_is_not_armed_and_fails_its_self_test() -> None:
    bench = bench_in(S.LOADED)
    bench.plant.thermal.second_fault = broken
    assert bench.plant.thermal.second_mc(bench.now_ns) == OPEN_MC
    answer = bench.arm()
    assert answer == Code.LATCHED
    assert bench.code(Selftest) == Code.OK
    bench.run(400)
    assert bench.events(4)[-1].v1 == SENSORS
    assert bench.stores.latch_reason == Reason.SENSOR
