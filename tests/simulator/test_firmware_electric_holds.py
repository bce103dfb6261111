"""What keeps a slice from beginning or from being followed, and what is rare about slices."""

import pytest

from mesodrive_protocol.enums import DeviceState, Hold, Kind, Outcome, Phase, Reason
from support.electric_units import LEVEL, ElectricBench, latched, running

S = DeviceState


def at_level() -> ElectricBench:
    bench = running(Kind.CURRENT, [LEVEL._replace(units=60)])
    bench.run(8_500)
    assert bench.current_ua == 500
    return bench


def test_a_full_journal_brings_current_down_in_good_order_and_drops_no_record() -> None:
    bench = at_level()
    bench.acking = False
    bench.run_to(lambda: bench.electric.phase == Phase.BACK, 40_000)
    bench.run_to_phase(Phase.REST)
    bench.run(100)
    assert (bench.state, bench.status.hold) == (S.ARMED, Hold.JOURNAL)
    assert bench.stores.latch_reason == 0
    bench.acking = True
    bench.run(2_000)
    assert bench.is_in(S.RUNNING)
    assert 0 < bench.current_ua < 250
    units = [record.unit for record in bench.unit_records]
    assert units == list(range(len(units)))


def test_where_the_case_has_no_more_room_current_comes_down_and_waits() -> None:
    bench = at_level()
    totals = bench.stores.totals
    bench.stores.write_totals(totals._replace(case_total=4_799_000))
    bench.run_to_phase(Phase.REST)
    bench.run(100)
    assert (bench.state, bench.status.hold) == (S.ARMED, Hold.WINDOW)
    assert bench.status.case_total <= 4_800_000


def test_outputs_that_are_not_proven_off_let_no_slice_begin() -> None:
    bench = at_level()
    bench.hands(trigger=False)
    bench.run_to_state(S.ARMED)
    bench.electric.home_stuck = False
    bench.hands(trigger=True)
    bench.run(500)
    assert bench.stores.latch_reason == Reason.HOME
    assert bench.current_ua == 0


@pytest.mark.req("DOS-07")
@pytest.mark.parametrize("is_marked", [True, False])
def test_more_charge_than_a_sample_above_the_programmed_one_stops(is_marked: bool) -> None:
    bench = at_level()
    bench.run_to(lambda: (bench.stores.mark_before is not None) is is_marked)
    if not is_marked:
        bench.run(500)
    bench.break_(integrator_permille=3_000)
    bench.run(50)
    record = latched(bench, Reason.TOO_MUCH)
    assert record is not None
    wrong = [r for r in bench.unit_records if r.reason == Reason.TOO_MUCH]
    assert wrong[0].lo == wrong[0].hi == 500
    # nothing is clamped away: the case has all that was counted
    assert bench.status.case_total > sum(r.hi for r in bench.unit_records)


@pytest.mark.req("CMD-08")
def test_a_slice_whose_mark_was_being_written_when_current_ended_is_not_done() -> None:
    bench = at_level()
    unit = bench.next
    bench.run_to(lambda: bench.slices.marking)
    bench.break_(open_electrode=True)
    latched(bench, Reason.OPEN)
    last, marked = bench.unit_records[-2:]
    assert (last.unit, last.outcome) == (unit - 1, Outcome.PARTIAL)
    assert (marked.unit, marked.outcome, marked.phase) == (unit, Outcome.NOT_DONE, Phase.REST)


def test_slices_that_are_shorter_than_their_marks_go_on_and_hold_their_charge() -> None:
    short = LEVEL._replace(units=2, charge_uc=1)
    bench = running(Kind.CURRENT, [LEVEL._replace(units=6), short, LEVEL._replace(units=6)])
    bench.run(9_000)
    assert bench.current_ua == 500
    for record, true in zip(bench.unit_records[6:8], bench.truth[6:8], strict=True):
        assert record.outcome == Outcome.DONE
        assert record.took_us <= 10_000
        assert true.charge_nc <= 6_000, "a sample above 1 uC at most"


def test_a_trigger_that_is_pressed_again_on_the_way_down_lets_current_rise_again() -> None:
    bench = at_level()
    bench.hands(trigger=False)
    bench.run(400)
    low_ua = bench.current_ua
    assert low_ua < 480
    bench.hands(trigger=True)
    bench.run(10)
    assert bench.current_ua >= low_ua - 10
    bench.run(1_500)
    assert bench.current_ua == 500
    assert max(unit.slew_ua_s for unit in bench.truth) <= 100.1


def test_a_pause_is_not_taken_back_by_a_trigger_that_stays_pressed() -> None:
    bench = at_level()
    bench.device.board.pause = True
    bench.run_to_state(S.LOADED, 10_000)
    assert bench.current_ua == 0
