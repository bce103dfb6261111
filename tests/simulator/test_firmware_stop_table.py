"""Each cell of the stop table: cause x phase, for needles and trains."""

from collections.abc import Callable

import pytest

from mesodrive_protocol.enums import Code, DeviceState, Kind, Outcome, Phase, Reason
from mesodrive_protocol.messages import Clear, Pause, Stop
from mesodrive_simulator.firmware.stops import STOPPED_BY_PEOPLE, TABLE, Action
from support.firmware import SLOW, STEP_OF, Bench, bench_in, profile

S = DeviceState


def _press(bench: Bench) -> None:
    bench.send(Stop, 77, 0)


def _break(bench: Bench) -> None:
    bench.simulated.line_break(bench.now_ns)


def _key(bench: Bench) -> None:
    bench.plant.set_stop_key(bench.now_ns, pressed=True)
    bench.simulated.advance(bench.now_ns)


def _lift(bench: Bench) -> None:
    bench.plant.set_contact(bench.now_ns, 0)
    bench.simulated.advance(bench.now_ns)


def _pull_cartridge(bench: Bench) -> None:
    bench.plant.set_cartridge(bench.now_ns, present=False)
    bench.simulated.advance(bench.now_ns)


def _fail(reason: Reason) -> Callable[[Bench], None]:
    def fail(bench: Bench) -> None:
        bench.device._stops.stop(reason)
        bench.simulated.advance(bench.now_ns)

    return fail


GENTLE: dict[Reason, Callable[[Bench], None]] = {
    Reason.STOP: _press,
    Reason.BREAK: _break,
    Reason.STOP_KEY: _key,
    Reason.LEASE: _fail(Reason.LEASE),
    Reason.SUPPLY: _fail(Reason.SUPPLY),
    Reason.EMPTY: _fail(Reason.EMPTY),
}
HARSH: dict[Reason, Callable[[Bench], None]] = {
    Reason.CONTACT: _lift,
    Reason.FITTING: _pull_cartridge,
    Reason.BLOCKAGE: _fail(Reason.BLOCKAGE),
    Reason.TEMPERATURE: _fail(Reason.TEMPERATURE),
    Reason.INTERNAL: _fail(Reason.INTERNAL),
}
ALL = {**GENTLE, **HARSH}


def running(phase: Phase, kind: Kind = Kind.PRICK, left_ms: float | None = None) -> Bench:
    """A bench whose unit 0 is in a phase, or has so much of its delivery left."""
    bench = bench_in(S.IDLE)
    bench.go(kind, [SLOW if kind == Kind.PRICK else STEP_OF[kind]])
    bench.run_to_phase(phase)
    if left_ms is not None:
        bench.run(bench.plant.remaining_ns(bench.now_ns) / 1e6 - left_ms)
    else:
        bench.run(1)
    assert bench.plant.phase == phase
    return bench


def stopped(bench: Bench, reason: Reason) -> None:
    """Stop for a reason and see the device latched by it, in time."""
    number = bench.stores.latch_no
    ALL[reason](bench)
    limit_ms = 100 + bench.profile.home_us_max / 1000
    bench.run_to_state(S.LATCHED, limit_ms)
    assert bench.status.reason == reason
    assert bench.stores.latch_no == number + 1
    bench.run(50)
    assert bench.events(1)[-1].reason == reason


def test_the_table_is_that_of_the_protocol() -> None:
    gentle = [TABLE[True, phase] for phase in Phase]
    harsh = [TABLE[False, phase] for phase in Phase]
    a = Action
    assert gentle == [a.NOTHING, a.TURN_BACK, a.FINISH_OR_CUT, a.GO_HOME, a.GO_HOME]
    assert harsh == [a.NOTHING, a.TURN_BACK, a.CUT, a.GO_HOME, a.GO_HOME]
    assert set(GENTLE) == STOPPED_BY_PEOPLE


@pytest.mark.req("STP-06")
@pytest.mark.parametrize("reason", GENTLE)
def test_at_rest_nothing_begins_after_a_stop(reason: Reason) -> None:
    bench = bench_in(S.ARMED)
    stopped(bench, reason)
    bench.granting = True
    bench.hands(trigger=True)
    bench.run(500)
    assert bench.plant.truth == []
    assert bench.next == 0


@pytest.mark.req("STP-06")
@pytest.mark.parametrize("reason", ALL)
def test_a_needle_going_out_turns_back_and_delivers_nothing(reason: Reason) -> None:
    bench = running(Phase.OUT)
    stopped(bench, reason)
    (record,) = bench.unit_records
    assert (record.outcome, record.lo, record.hi) == (Outcome.NOT_DONE, 0, 0)
    assert (record.reason, record.phase) == (reason, Phase.OUT)
    assert bench.plant.truth[-1].volume_nl == 0


@pytest.mark.req("STP-06")
@pytest.mark.parametrize("reason", GENTLE)
def test_a_delivery_with_100_ms_or_less_left_is_finished_on_a_stop(reason: Reason) -> None:
    bench = running(Phase.DELIVER, left_ms=99)
    stopped(bench, reason)
    (record,) = bench.unit_records
    assert (record.outcome, record.lo, record.hi) == (Outcome.DONE, 20_000, 20_000)
    assert record.reason == reason
    # no dwell: 99 ms and the way home
    assert record.took_us < 250_000


@pytest.mark.req("STP-06")
@pytest.mark.req("CMD-08")
@pytest.mark.parametrize("reason", GENTLE)
def test_a_delivery_with_more_left_is_cut_and_its_amount_measured(reason: Reason) -> None:
    bench = running(Phase.DELIVER, left_ms=101)
    stopped(bench, reason)
    (record,) = bench.unit_records
    assert record.outcome == Outcome.PARTIAL
    assert 0 < record.lo < record.hi < 20_000
    assert record.lo <= bench.plant.truth[-1].volume_nl <= record.hi
    assert record.phase == Phase.DELIVER


@pytest.mark.req("STP-06")
@pytest.mark.parametrize("left_ms", [3, 99, 150])
@pytest.mark.parametrize("reason", HARSH)
def test_a_fault_cuts_a_delivery_at_once_and_relieves_it(reason: Reason, left_ms: float) -> None:
    bench = running(Phase.DELIVER, left_ms=left_ms)
    stopped(bench, reason)
    (record,) = bench.unit_records
    assert record.outcome == Outcome.PARTIAL
    assert record.lo <= bench.plant.truth[-1].volume_nl <= record.hi
    assert bench.plant.pressure_pa(bench.now_ns) == 0


@pytest.mark.req("STP-06")
@pytest.mark.parametrize("phase", [Phase.DWELL, Phase.BACK])
@pytest.mark.parametrize("reason", ALL)
def test_after_the_delivery_a_stop_sends_the_needle_home_at_once(
    reason: Reason, phase: Phase
) -> None:
    bench = running(phase)
    from_ns = bench.now_ns
    stopped(bench, reason)
    assert bench.plant.truth[-1].ended_ns is not None
    assert bench.plant.truth[-1].ended_ns - from_ns < 30_000_000
    (record,) = bench.unit_records
    assert (record.outcome, record.lo, record.hi) == (Outcome.DONE, 20_000, 20_000)


@pytest.mark.req("STP-06")
@pytest.mark.parametrize("reason", [Reason.STOP, Reason.LEASE, Reason.STOP_KEY])
def test_a_train_ends_after_its_stroke_on_a_stop(reason: Reason) -> None:
    bench = Bench(profile("needling-pen"))
    bench.ready()
    bench.go(Kind.TRAIN)
    bench.run_to_phase(Phase.DELIVER)
    bench.run(63)
    stopped(bench, reason)
    (record,) = bench.unit_records
    assert (record.outcome, record.lo, record.hi) == (Outcome.PARTIAL, 7, 7)
    assert bench.plant.truth[-1].strokes == 7


def _pause(bench: Bench) -> None:
    assert bench.code(Pause, bench.command) == Code.OK


def _let_go(bench: Bench) -> None:
    bench.hands(trigger=False)


def _stop_granting(bench: Bench) -> None:
    upto = bench.next

    def keep(_: object) -> None:
        if bench.state in (S.ARMED, S.RUNNING):
            bench.grant(upto=upto)

    bench.granting = False
    bench.grant(upto=upto)
    bench.watch = keep


@pytest.mark.req("STP-06")
@pytest.mark.parametrize("phase", [Phase.OUT, Phase.DELIVER, Phase.DWELL, Phase.BACK])
@pytest.mark.parametrize("end", [_pause, _let_go, _stop_granting])
def test_an_orderly_end_finishes_the_unit_and_does_not_latch(
    end: Callable[[Bench], None], phase: Phase
) -> None:
    bench = running(phase)
    end(bench)
    bench.run(2000)
    assert bench.stores.latch_no == 0
    assert bench.state == (S.LOADED if end is _pause else S.ARMED)
    (record,) = bench.unit_records
    assert (record.outcome, record.hi) == (Outcome.DONE, 20_000)


def test_a_fault_while_a_stop_lets_the_delivery_end_cuts_it_after_all() -> None:
    bench = running(Phase.DELIVER, left_ms=90)
    bench.stop()
    bench.run(20)
    assert bench.plant.phase == Phase.DELIVER
    _lift(bench)
    assert bench.plant.phase == Phase.BACK
    bench.run_to_state(S.LATCHED, 300)
    assert bench.status.reason == Reason.STOP
    bench.run(50)
    assert bench.unit_records[0].outcome == Outcome.PARTIAL


@pytest.mark.req("STP-03")
def test_the_first_reason_is_kept_and_each_new_cause_raises_the_number() -> None:
    bench = bench_in(S.LATCHED)
    number = bench.stores.latch_no
    _break(bench)
    _break(bench)
    _key(bench)
    _fail(Reason.TEMPERATURE)(bench)
    _fail(Reason.TEMPERATURE)(bench)
    assert bench.stores.latch_no == number + 4
    assert bench.status.reason == Reason.STOP
    bench.reset()
    assert bench.status.reason == Reason.STOP
    assert bench.is_in(S.LATCHED)


@pytest.mark.req("STP-03")
def test_a_clear_that_crosses_a_new_stop_clears_nothing() -> None:
    bench = bench_in(S.LATCHED)
    seen = bench.stores.latch_no
    rid = bench.send(Clear, seen, 0)
    bench.run(1)
    assert bench.answer(rid) is None, "it is still being written"
    bench.stop(press=2)
    bench.run(5)
    answer = bench.answer(rid)
    assert (answer.code, answer.value) == (Code.LATCHED, seen + 1)
    assert bench.is_in(S.LATCHED)
    assert bench.clear() == Code.OK


def test_a_stop_while_a_unit_waits_for_home_goes_on_waiting() -> None:
    bench = running(Phase.DELIVER)
    bench.plant.home_stuck = False
    bench.run_to_phase(Phase.REST)
    bench.run(10)
    bench.stop()
    bench.run(500)
    assert bench.is_in(S.STOPPING)
    bench.plant.home_stuck = None
    bench.run(100)
    assert bench.is_in(S.LATCHED)
    assert bench.unit_records[0].outcome == Outcome.DONE


@pytest.mark.req("CMD-08")
def test_a_stop_while_the_mark_is_written_makes_the_unit_certainly_not_done() -> None:
    bench = bench_in(S.IDLE)
    bench.go(Kind.PRICK, [SLOW])
    bench.run_to_state(S.RUNNING)
    assert bench.plant.phase == Phase.REST
    bench.stop()
    bench.run_to_state(S.LATCHED, 50)
    bench.run(50)
    (record,) = bench.unit_records
    assert (record.outcome, record.lo, record.hi, record.unit) == (Outcome.NOT_DONE, 0, 0, 0)
    assert bench.plant.truth == []
    assert bench.next == 1
    assert bench.status.case_total == 0


def test_a_lease_that_ends_while_the_mark_is_written_begins_nothing() -> None:
    bench = bench_in(S.IDLE)
    bench.go(Kind.PRICK, [SLOW])
    bench.run_to_state(S.RUNNING)
    bench.device.board.lease_due_us = bench.device.board.us + 1
    bench.granting = False
    bench.run_to_state(S.LATCHED, 50)
    bench.run(50)
    assert bench.unit_records[0].outcome == Outcome.NOT_DONE
    assert bench.stores.latch_reason == Reason.LEASE
