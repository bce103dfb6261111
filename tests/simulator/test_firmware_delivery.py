"""Units as they run: their period, pauses, every kind, whole sessions with an operator."""

from dataclasses import replace
from itertools import pairwise

import pytest

from mesodrive_protocol.enums import Code, DeviceState, Kind
from mesodrive_protocol.messages import Fit, Pause
from mesodrive_protocol.steps import Step
from mesodrive_simulator.operator import OperatorModel
from mesodrive_simulator.sim_profile import load_profile
from mesodrive_simulator.simulated import SimulatedDevice
from support.firmware import MS, PRICK, Bench, bench_in, profile

S = DeviceState


@pytest.mark.req("DOS-03")
def test_units_begin_exactly_a_period_apart_and_pause_resumes_at_the_next_index() -> None:
    bench = bench_in(S.IDLE)
    bench.go()
    bench.run_to(lambda: bench.next == 4)
    assert bench.code(Pause, 1) == Code.COMMAND
    assert bench.code(Pause, bench.command) == Code.OK
    bench.run(1000)
    assert (bench.state, bench.next) == (S.LOADED, 4)
    bench.start()
    bench.run(2000)
    assert (bench.state, bench.next) == (S.LOADED, 10)
    begun = [record.begun_us for record in bench.unit_records]
    gaps = [b - a for a, b in pairwise(begun)]
    assert gaps[:3] == [200_000] * 3
    assert gaps[4:] == [200_000] * 5
    assert [record.unit for record in bench.unit_records] == list(range(10))
    assert bench.arm() == Code.NEXT


def test_pause_at_rest_is_met_at_once() -> None:
    bench = bench_in(S.ARMED)
    assert bench.code(Pause, bench.command) == Code.OK
    assert bench.is_in(S.LOADED)
    assert not bench.stores.armed


def test_a_pause_not_yet_met_dies_with_its_arm() -> None:
    bench = bench_in(S.RUNNING)
    bench.code(Pause, bench.command)
    bench.stop()
    bench.run(500)
    bench.granting = False
    assert bench.clear() == Code.OK
    bench.start()
    bench.run(1500)
    assert bench.next > 2


def test_a_pen_runs_its_trains_a_gap_apart_and_counts_strokes() -> None:
    bench = Bench(profile("needling-pen"))
    bench.ready()
    bench.device.board.primed = False
    bench.go(Kind.TRAIN)
    bench.run(5000)
    assert bench.next == 10
    assert {(record.lo, record.hi) for record in bench.unit_records} == {(20, 20)}
    begun = [record.begun_us for record in bench.unit_records]
    assert {b - a for a, b in pairwise(begun)} == {300_000}
    assert bench.status.case_total == 200
    assert sum(unit.strokes for unit in bench.plant.truth) == 200


def test_dry_strokes_deliver_nothing() -> None:
    bench = bench_in(S.IDLE)
    bench.go(Kind.DRY)
    bench.run(3000)
    assert bench.next == 10
    assert {(r.lo, r.hi, r.outcome) for r in bench.unit_records} == {(0, 0, 0)}
    assert sum(unit.volume_nl for unit in bench.plant.truth) == 0


def test_a_whole_session_with_an_operator_runs_by_itself() -> None:
    for name in ("nappage-gun", "vacuum-stamp", "needling-pen", "point-gun"):
        chosen = load_profile(name)
        bench = Bench(chosen)
        bench.simulated = SimulatedDevice(chosen, seed=4, operator=OperatorModel(seed=4))
        bench.device, bench.plant = bench.simulated.device, bench.simulated.plant
        bench.stores = bench.simulated.stores
        bench.simulated.advance(bench.now_ns)
        bench.run(100)
        bench.ready()
        bench.granting = True
        kind = Kind.TRAIN if name == "needling-pen" else Kind.PRICK
        trigger = 1 if name == "point-gun" else 2
        prick = PRICK._replace(
            units=3, depth_um=2000, dose_nl=10_000, period_us=1_000_000, trigger=trigger
        )
        steps: list[Step] | None = [prick] if kind == Kind.PRICK else None
        assert bench.load(kind, steps) == Code.OK
        assert bench.arm() == Code.OK
        bench.run(15_000)
        assert (bench.state, bench.next) == (S.LOADED, bench.units)
        assert all(record.outcome == 0 for record in bench.unit_records)


def test_people_fit_what_the_host_says() -> None:
    bench = Bench()
    bench.open()
    fit = (1, 4000, 12060, 1, 0, 3_000_000, 0, 0)
    assert bench.code(Fit, *fit) == Code.OK
    assert bench.plant.plunger.content_nl == 3_000_000
    assert replace(bench.profile) == bench.profile


def test_a_late_call_finds_each_timer_expired_at_its_own_time() -> None:
    bench = bench_in(S.LOADED)
    seq = bench.status.seq
    bench.simulated.advance(bench.now_ns + 1000 * MS)
    bench.now_ns += 1000 * MS
    heard = len(bench.unasked)
    bench.listen()
    times = [status.device_us for status in bench.unasked[heard:]]
    assert len(times) == 20
    assert {b - a for a, b in pairwise(times)} == {50_000}
    assert bench.unasked[-1].seq == seq + 20
