"""Whole sessions against the simulated device: whatever happens, the interval holds the truth."""

import pytest

from mesodrive_protocol.enums import DeviceState, Reason
from mesodrive_simulator.operator import place
from mesodrive_testbench import world
from support.specs import deliver, pen_session, session
from support.worlds import S, Session

UNITS = 8
WHOLE_NS = 2_950_000_000
"""A session of eight units lasts so long when nothing happens."""
INSTANTS = [1_000_000 + n * WHOLE_NS // 60 + n * n * 7_919 for n in range(60)]
"""Spread over a session, and never in step with statuses or units."""


def whole(seed: int = 1) -> Session:
    return Session(session(deliver(UNITS)), seed=seed).begin()


def running(units: int = UNITS) -> Session:
    """Bring a session to its first unit that goes into skin."""
    return Session(session(deliver(units))).begin().until("running").until("running")


def test_a_session_completes_and_the_ledger_equals_the_truth() -> None:
    run = whole().end()
    view = run.core.view()
    assert (view.ending, run.core.exit_code) == ("completed", 0)
    assert view.amount_lo == view.amount_hi == 5_000 * UNITS
    assert view.units_confirmed == UNITS
    assert abs(run.now_ns - WHOLE_NS) < S // 2, "the instants below are spread over a session"
    run.check_truth()


def test_trains_are_counted_in_strokes_and_equal_the_truth() -> None:
    run = Session(pen_session(units=4, strokes=10)).begin().end()
    assert run.core.exit_code == 0
    assert run.core.view().amount_hi == 40
    assert sum(unit.strokes for unit in run.device.plant.truth) == 40


def test_several_stages_ask_for_each_fitting() -> None:
    run = Session(session(deliver(3), stages=3)).begin().end()
    assert run.core.exit_code == 0
    assert len(run.named("fitted")) == 3
    assert run.core.view().units_confirmed == 9
    run.check_truth()


@pytest.mark.req("STP-02")
@pytest.mark.req("CMD-08")
@pytest.mark.parametrize("at_ns", INSTANTS)
def test_stop_at_any_instant_is_proven_settled_and_can_be_left(at_ns: int) -> None:
    run = whole()
    run.run(at_ns)
    if run.core.ended:
        return
    run.auto_wishes = False
    pressed_ns, begun = run.now_ns, len(run.device.plant.truth)
    run.wish("stop", cause=1)
    run.lasting(1.0)
    if run.core.ended:  # pressed before the session was open, or after the last word
        assert run.core.exit_code in (0, 5)
        run.check_truth()
        return
    view = run.core.view()
    assert (view.state, view.stop, view.device_state) == ("stopped", "confirmed", "latched")
    assert view.stop_latency_ns < S // 5
    assert view.units_uncertain == 0
    assert len(run.device.plant.truth) <= begun + 1, "at most the unit that was about to begin"
    assert all(unit.ended_ns is not None for unit in run.device.plant.truth)
    assert all(unit.begun_ns <= pressed_ns + S // 10 for unit in run.device.plant.truth)
    run.wish("end")
    run.end(10)
    assert (run.core.view().ending, run.core.exit_code) == ("stopped", 5)
    run.check_truth()


@pytest.mark.req("STP-03")
@pytest.mark.req("CMD-08")
@pytest.mark.parametrize("at_ns", INSTANTS[5::6])
def test_stop_at_any_instant_clear_and_resume_delivers_each_unit_once(at_ns: int) -> None:
    run = whole()
    run.run(at_ns)
    run.wish("stop")
    run.end()
    if run.core.view().ending == "stopped":
        assert at_ns < S // 10, "only before the session was open"
        return
    view = run.core.view()
    assert (view.ending, run.core.exit_code) == ("completed", 0)
    assert view.units_total == UNITS
    units = [one for one in run.named("unit") if one["zone"] == 0]
    assert [one["unit"] for one in units] == list(range(UNITS))
    assert view.amount_lo == sum(one["lo"] for one in units)
    run.check_truth()


def test_a_prime_that_a_stop_cut_short_is_made_again_and_nothing_goes_on_unasked() -> None:
    run = whole()
    run.run(1_433_493_212)
    run.auto_wishes = False
    run.wish("stop")
    run.until("at_rest")
    run.wish("clear")
    run.until("loaded").lasting(20)
    view = run.core.view()
    assert (view.purpose, view.awaiting, view.device_state) == ("prime", "arm", "loaded")
    run.auto_wishes = True
    run.wish("arm")
    run.end()
    assert run.core.exit_code == 0
    assert run.core.view().amount_hi == 5_000 * UNITS
    assert [one["purpose"] for one in run.named("intent")] == ["prime", "prime", "deliver"]


@pytest.mark.parametrize("after_s", [0.0, 0.031, 0.17, 0.45])
def test_pause_and_resume_lose_and_repeat_nothing(after_s: float) -> None:
    run = running().lasting(after_s)
    run.auto_wishes = False
    run.wish("pause")
    run.until("paused").lasting(30)
    view = run.core.view()
    assert (view.awaiting, view.units_uncertain) == ("resume", 0)
    run.check_truth()
    run.auto_wishes = True
    run.wish("resume")
    run.end()
    assert run.core.exit_code == 0
    assert run.core.view().amount_hi == 5_000 * UNITS
    run.check_truth()


@pytest.mark.req("CMD-10")
def test_a_pause_during_the_last_unit_of_a_program_holds_before_the_next_one() -> None:
    run = whole().until("running")
    while run.core.view().next < 2:  # the second and last unit of the prime has begun
        run.lasting(0.01)
    run.wish("pause")
    run.auto_wishes = False
    run.lasting(2)
    view = run.core.view()
    assert (view.awaiting, view.purpose) == ("resume", "deliver")
    run.lasting(30)
    assert run.core.view().amount_hi == 0
    run.auto_wishes = True
    run.wish("resume")
    run.end()
    assert run.core.exit_code == 0


@pytest.mark.req("DOS-02")
def test_what_a_treatment_had_before_counts_against_the_limit_of_a_session() -> None:
    first = whole().end()
    spec = session(deliver(4)).model_copy(update={"nonce": 5})
    again = Session(spec, device=first.device, begin_ns=first.now_ns + 3 * S).begin().end()
    assert again.core.view().amount_before == first.core.view().amount_hi
    much = session(deliver(200, dose_nl=50_000, period_us=500_000))
    third = Session(
        much.model_copy(update={"nonce": 6}), device=first.device, begin_ns=again.now_ns + 3 * S
    )
    third.begin().end()
    assert third.core.exit_code == 3
    assert third.core.view().problem["code"] == "case-limit"


def test_people_may_think_for_minutes_at_every_question(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world, "CLIENT_NS", 90 * S)
    run = whole().end(600)
    assert run.core.exit_code == 0
    assert run.now_ns > 240 * S


def test_a_selftest_that_lapsed_while_people_were_away_is_made_again() -> None:
    run = running()
    run.auto_wishes = False
    run.wish("pause")
    run.until("paused").lasting(700)
    tests = len(run.named("tested"))
    run.wish("resume")
    run.end()
    assert run.core.exit_code == 0
    assert len(run.named("tested")) == tests + 1


@pytest.mark.req("STP-03")
def test_lost_contact_holds_and_a_trigger_let_go_holds() -> None:
    run = running()
    plant = run.device.plant
    plant.set_trigger(run.now_ns, pressed=False)
    run.device.advance(run.now_ns)
    run.lasting(1.0)
    assert run.core.view().hold == "trigger"
    done = run.core.view().units_confirmed
    place(run.now_ns, plant, 0, on_skin=False)
    run.device.advance(run.now_ns)
    run.lasting(1.0)
    assert run.core.view().units_confirmed == done
    assert run.core.view().hold in ("trigger", "contact")
    run.check_truth()


@pytest.mark.req("STP-05")
def test_a_minute_without_a_unit_disarms_the_device_and_pauses_the_session() -> None:
    run = running()
    run.auto_wishes = False
    run.device.plant.set_trigger(run.now_ns, pressed=False)
    run.device.advance(run.now_ns)
    run.lasting(70)
    assert run.core.view().awaiting == "resume"
    assert run.core.view().device_state == "loaded"


@pytest.mark.req("LNK-05")
@pytest.mark.parametrize("after_s", [0.0, 0.013, 0.05, 0.11, 0.3])
def test_after_a_reset_of_the_device_the_rest_is_delivered_and_no_prick_twice(
    after_s: float,
) -> None:
    run = running().lasting(after_s)
    units = run.core.view().units_total
    run.device.reset(run.now_ns)
    run.end()
    view = run.core.view()
    unknown = view.units_uncertain
    assert view.ending == "completed"
    assert run.core.exit_code == (7 if unknown else 0)
    assert unknown <= 1
    assert view.units_confirmed + unknown == units
    begun = [unit for unit in run.device.plant.truth if not unit.prime]
    assert len(begun) <= units, "never twice"
    if unknown:
        (resolved,) = run.named("resolved")
        assert (resolved["who"], len(resolved["units"])) == ("tester", 1)
    run.check_truth()


@pytest.mark.req("LNK-03")
@pytest.mark.req("CMD-06")
@pytest.mark.parametrize("after_s", [round(n * 0.0231, 4) for n in range(20)])
def test_a_silent_line_ends_in_the_devices_lease_and_an_interval_that_holds_the_truth(
    after_s: float,
) -> None:
    run = running(40).lasting(after_s)
    run.auto_wishes = False
    run.cut = True
    cut_ns = run.now_ns
    run.lasting(5)
    view = run.core.view()
    assert view.state == "uncertain"
    assert view.stop == "not confirmed"
    assert view.units_uncertain > 0
    assert run.device.device.board.state == DeviceState.LATCHED
    assert run.device.stores.latch_reason == Reason.LEASE
    assert all(unit.begun_ns <= cut_ns + S // 5 for unit in run.device.plant.truth)
    run.check_truth()
    run.wish("end")
    run.end(5)
    assert run.core.exit_code == 7


@pytest.mark.req("LNK-03")
@pytest.mark.parametrize("period_us", [125_000, 127_303, 127_440, 152_922, 153_059])
def test_a_lease_may_end_within_a_unit_and_while_its_record_is_written(period_us: int) -> None:
    run = Session(session(deliver(40, period_us=period_us))).begin()
    run.until("running").until("running").lasting(0.6)
    run.auto_wishes = False
    run.cut = True
    run.lasting(0.6)
    assert run.device.stores.latch_reason == Reason.LEASE
    run.check_truth()


@pytest.mark.req("CMD-04")
def test_a_line_that_comes_back_settles_everything_from_the_devices_journal() -> None:
    run = running(20).lasting(0.1)
    run.auto_wishes = False
    run.cut = True
    run.lasting(4)
    assert run.core.view().state == "uncertain"
    run.cut = False
    run.until("at_rest").lasting(0.1)
    assert run.core.view().units_uncertain == 0
    run.auto_wishes = True
    run.wish("clear")
    run.end()
    assert run.core.exit_code == 0
    units = [one["unit"] for one in run.named("unit") if one["zone"] == 0]
    assert units == list(range(20))
    run.check_truth()


@pytest.mark.req("CMD-03")
def test_a_lost_port_mid_way_leaves_an_interval_that_holds_the_truth() -> None:
    run = running(40).lasting(0.2)
    run.lose_port()
    run.device.advance(run.now_ns + S)
    run.wish("end")
    run.end()
    assert run.core.exit_code == 7
    run.check_truth()


def test_a_new_session_closes_what_another_left_open_and_never_continues_it() -> None:
    first = running(40).lasting(0.3)
    first.lose_port()
    first.wish("end")
    first.end()
    spec = session(deliver(4)).model_copy(update={"nonce": 5, "case": 78})
    second = Session(spec, device=first.device, begin_ns=first.now_ns + 3 * S).begin().end()
    assert second.core.exit_code == 0
    (shown,) = second.named("foreign")
    assert shown["next"] >= 1
    assert second.core.view().amount_hi == 20_000, "the other session's units are not ours"
    assert second.named("clear_refused") == []


@pytest.mark.req("STP-03")
def test_a_device_that_was_latched_before_is_cleared_by_the_operator_first() -> None:
    first = running(40)
    first.wish("stop")
    first.auto_wishes = False
    first.until("stopped")
    first.wish("end")
    first.end()
    spec = session(deliver(2)).model_copy(update={"nonce": 6})
    second = Session(spec, device=first.device, begin_ns=first.now_ns + 3 * S)
    second.auto_wishes = False
    second.begin().lasting(1)
    assert second.core.view().awaiting == "clear"
    second.auto_wishes = True
    second.wish("clear")
    second.end()
    assert second.core.exit_code == 0


@pytest.mark.req("STP-07")
def test_the_stop_key_held_down_cannot_be_cleared_and_released_it_can() -> None:
    run = running()
    run.auto_wishes = False
    run.device.plant.set_stop_key(run.now_ns, pressed=True)
    run.device.advance(run.now_ns)
    run.until("stopped")
    run.wish("clear")
    run.lasting(1)
    assert run.core.view().awaiting == "clear"
    assert run.named("clear_refused")[-1]["reason"] == "stop_key"
    run.device.plant.set_stop_key(run.now_ns, pressed=False)
    run.device.advance(run.now_ns)
    run.lasting(0.2)
    run.auto_wishes = True
    run.wish("clear")
    run.end()
    assert run.core.exit_code == 0


@pytest.mark.req("STP-01")
def test_a_break_on_the_line_stops_like_a_stop() -> None:
    run = running()
    run.auto_wishes = False
    run.device.line_break(run.now_ns)
    run.until("stopped")
    assert run.core.view().reason == "break"
    assert [alarm.id for alarm in run.core.view().alarms] == ["stopped-by-break"]
