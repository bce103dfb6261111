"""Person, machine and firmware carry out whole programs; the truth agrees with the record."""

import pytest

from mesodrive_protocol.enums import Code, DeviceState, Kind, Outcome, Trigger
from mesodrive_protocol.messages import Record
from mesodrive_protocol.steps import NeedleStep, Step, TrainStep
from mesodrive_simulator.operator import OperatorModel
from mesodrive_simulator.sim_profile import SimProfile
from support.firmware import Bench, profile

MINUTE_MS = 60_000


def carry_out(bench: Bench, kind: Kind, step: Step) -> list[Record]:
    """Load, arm and grant; everything else is the person's business."""
    before = len(bench.unit_records)
    assert bench.load(kind, [step]) == Code.OK
    assert bench.arm() == Code.OK
    bench.granting = True
    bench.run_to(
        lambda: (
            bench.state is DeviceState.LOADED and len(bench.unit_records) == before + step.units
        ),
        MINUTE_MS,
    )
    bench.granting = False
    bench.run(1000)
    assert bench.close() == Code.OK
    return bench.unit_records[before:]


def bedside(name: str) -> Bench:
    bench = Bench(profile(name))
    bench.simulated.operator = OperatorModel(seed=3)
    bench.open()
    assert bench.fit() == Code.OK
    bench.test()
    return bench


def pricks(machine: SimProfile, trigger: Trigger) -> NeedleStep:
    assert machine.dose_nl_min is not None
    assert machine.period_us_min is not None
    assert machine.dwell_us_max is not None
    return NeedleStep(
        units=6,
        depth_um=min(machine.depth_um_max // 2, machine.needles[0].length_um) // 500 * 500,
        dose_nl=max(5000, machine.dose_nl_min),
        period_us=max(machine.period_us_min, 200_000),
        dwell_us=min(20_000, machine.dwell_us_max),
        flow_nl_s=100_000,
        trigger=trigger,
    )


@pytest.mark.parametrize(
    ("name", "trigger"),
    [
        ("nappage-gun", Trigger.SINGLE),
        ("nappage-gun", Trigger.HELD),
        ("point-gun", Trigger.SINGLE),
        ("vacuum-stamp", Trigger.SINGLE),
        ("vacuum-stamp", Trigger.HELD),
    ],
)
def test_a_gun_is_primed_in_the_air_and_then_pricks_on_skin(name: str, trigger: Trigger) -> None:
    bench = bedside(name)
    machine = bench.profile
    (primed,) = carry_out(bench, Kind.PRIME, NeedleStep(1, 0, 50_000, 1_000_000, 0, 100_000, 1))
    assert primed.outcome == Outcome.DONE
    assert bench.plant.truth[0].prime
    assert not bench.plant.truth[0].on_skin
    records = carry_out(bench, Kind.PRICK, pricks(machine, trigger))
    assert [record.outcome for record in records] == [Outcome.DONE] * 6
    units = bench.plant.truth[1:]
    assert all(unit.on_skin and unit.strokes == 1 for unit in units)
    # what is stored under pressure after one unit leaves with the next, so the sum is what counts
    bench.plant.settle(bench.now_ns + 100_000_000_000)
    truth_nl = sum(unit.volume_nl for unit in bench.plant.truth)
    measured_nl = sum((record.lo + record.hi) / 2 for record in [primed, *records])
    step_nl = bench.plant.plunger.step_um * bench.plant.plunger.area_nl_per_um
    assert truth_nl == pytest.approx(measured_nl, abs=7 * step_nl)
    assert not bench.plant.trigger
    assert not bench.plant.skin.touched(bench.now_ns)


def test_a_pen_runs_its_trains_and_every_stroke_is_counted() -> None:
    bench = bedside("needling-pen")
    step = TrainStep(5, 1000, 18, 117_000, 300_000, Trigger.HELD)
    records = carry_out(bench, Kind.TRAIN, step)
    assert [(r.outcome, r.lo, r.hi) for r in records] == [(Outcome.DONE, 18, 18)] * 5
    assert [unit.strokes for unit in bench.plant.truth] == [18] * 5
    assert all(unit.on_skin for unit in bench.plant.truth)
