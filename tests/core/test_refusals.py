"""Every way in which a session is refused before anything moves, and by which name."""

# ruff: noqa: ANN401
from collections.abc import Callable
from typing import Any

import pytest

from mesodrive.core.loading import CLOSE_TRIES
from mesodrive.core.opening import HELD_TRIES
from mesodrive.core.ports import In
from mesodrive.profile.canonical import limits_for_wire
from mesodrive_protocol.codec import encode
from mesodrive_protocol.enums import Caps, Code, DeviceState, EventKind, Inputs, Reason, Relation
from mesodrive_protocol.messages import (
    Account,
    AccountIs,
    Arm,
    Begin,
    Clear,
    Close,
    Commit,
    Data,
    Fetch,
    Fit,
    Grant,
    Hello,
    Limits,
    LimitsAre,
    Open,
    Pause,
    Poll,
    Selftest,
    Stop,
)
from support.scripted import MS, SILENT, Scripted
from support.specs import PRIME, deliver, session

MOVING = (Arm, Grant)


def ended(device: Scripted, code: str, exit_code: int = 4) -> dict[str, Any]:
    """Run to the end and return the facts of the refusal, which must be this one."""
    device.auto |= {"end"}
    device.run(60)
    assert device.core.ended, device.events[-5:]
    view = device.core.view()
    assert view.problem.get("code") == code, view.problem
    assert device.core.exit_code == exit_code
    assert device.named("ended")[-1]["exit_code"] == exit_code
    assert device.named("refused")[0]["code"] == code
    return view.problem


def refused(code: str, exit_code: int = 4, **identity: Any) -> Scripted:
    device = Scripted(session(deliver(3)))
    device.identity = identity
    ended(device.open_port(), code, exit_code)
    assert not any(type(one) in (*MOVING, Begin, Fit) for one in device.heard)
    return device


def answering(cls: type[Any], code: Code, *, after: int = 0, **changes: Any) -> Scripted:
    """Return a device that refuses one request, from its n-th copy on."""
    device = Scripted(session(deliver(3)))

    def refuse(message: Any) -> Any:
        if len(device.sent(cls)) <= after:
            return device.react(message)
        return device.answer(message, code, **changes)

    device.on[cls] = refuse
    return device.open_port()


# Who is there


@pytest.mark.req("LNK-05")
def test_a_port_at_which_nobody_answers_is_given_up_after_five_seconds() -> None:
    device = Scripted(session(deliver(1)))
    device.on[Hello] = SILENT
    ended(device.open_port(), "no-device")
    assert 5_000 * MS <= device.now_ns <= 5_300 * MS
    assert {type(one) for one in device.heard} == {Hello}


@pytest.mark.req("LNK-05")
def test_a_device_that_starts_while_the_port_is_opened_is_waited_for() -> None:
    device = Scripted(session(deliver(1)))
    device.on[Hello] = SILENT
    device.open_port().run(3)
    del device.on[Hello]
    device.until_state("completed")


def test_another_version_of_the_protocol_is_refused() -> None:
    device = refused("protocol-version", first_version=2, last_version=3)
    assert device.core.view().problem["first"] == 2
    refused("protocol-version", first_version=0, last_version=0)


def test_another_device_than_planned_is_refused() -> None:
    assert refused("other-device", vendor=b"other").core.view().problem["found"].startswith("other")
    refused("other-device", model=b"pen")


@pytest.mark.req("DOS-13")
def test_a_device_built_to_another_profile_is_refused() -> None:
    refused("profile-differs", profile=bytes(32))


def test_another_serial_number_than_wanted_is_refused() -> None:
    spec = session(deliver(1)).model_copy(update={"serial": "HAND-2"})
    ended(Scripted(spec).open_port(), "other-serial")
    wanted = spec.model_copy(update={"serial": "HAND-1"})
    Scripted(wanted).open_port().until_state("completed")


def test_a_simulator_is_refused_where_the_session_forbids_it() -> None:
    spec = session(deliver(1)).model_copy(update={"allow_simulator": False})
    ended(Scripted(spec).open_port(), "simulator-forbidden")
    real = Scripted(spec)
    real.identity = {"caps": 1 << 9 | 1 << 15}
    real.open_port().until_state("completed")
    assert real.core.view().simulated is False


def test_a_device_that_demands_signatures_is_refused() -> None:
    refused("keyed-device", caps=Caps.KEYED | 1 << 9 | 1 << 15)


def test_a_line_that_leaves_the_machine_is_refused_since_nothing_is_signed() -> None:
    device = Scripted(session(deliver(1)))
    ended(device.open_port(loopback=False), "line-unsigned")
    assert device.heard == []


def test_a_device_without_a_kind_that_is_planned_is_refused() -> None:
    device = refused("kind-missing", caps=Caps.SIMULATED | 1 << 9)
    assert device.core.view().problem["kind"] == "prime"


@pytest.mark.req("DOS-13")
def test_a_device_with_other_limits_is_refused_and_each_is_named() -> None:
    device = Scripted(session(deliver(1)))
    ours = limits_for_wire(device.spec.profile)
    theirs = (ours[0], ours[1] + 1, *ours[2:])
    device.on[Limits] = lambda ask: LimitsAre(ask.rid, 3, 0, 0, len(theirs), theirs)
    problem = ended(device.open_port(), "limits-differ")
    assert problem["differing"] == [
        {"field": "depth_um_max", "device": ours[1] + 1, "host": ours[1]}
    ]


def test_a_device_without_limits_is_refused() -> None:
    device = Scripted(session(deliver(1)))
    device.on[Limits] = lambda ask: LimitsAre(ask.rid, 3, 0, 0, 0, ())
    ended(device.open_port(), "limits-differ")


# A session of our own


def test_a_device_that_another_host_holds_is_waited_for_until_it_is_free() -> None:
    device = Scripted(session(deliver(1)))
    device.on[Open] = lambda ask: (
        device.answer(ask, Code.HELD) if len(device.sent(Open)) < 4 else device.react(ask)
    )
    device.open_port().until_state("completed")
    assert len(device.sent(Open)) == 4


def test_a_device_that_stays_held_or_busy_is_given_up() -> None:
    for code in (Code.HELD, Code.STATE):
        device = answering(Open, code)
        ended(device, "device-held")
        assert len(device.sent(Open)) == HELD_TRIES
        assert device.now_ns < 4_000 * MS


def test_an_open_that_is_refused_for_good_is_not_tried_again() -> None:
    device = answering(Open, Code.BOOT)
    assert ended(device, "open-refused")["answer"] == "BOOT"
    assert len(device.sent(Open)) == 1


def test_a_journal_without_end_is_not_read_for_ever() -> None:
    device = Scripted(session(deliver(1)))

    def endless(fetch: Any) -> None:
        device.tell(EventKind.BOOT, rid=fetch.rid)

    device.identity = {"journal_next": 9}
    device.on[Fetch] = endless
    ended(device.open_port(), "journal-endless")


@pytest.mark.req("CMD-09")
def test_a_journal_whose_chain_does_not_join_is_refused() -> None:
    device = Scripted(session(deliver(1)))
    for _ in range(3):
        device.tell(EventKind.BOOT)
    device.journal[1] = device.journal[1]._replace(chain=1)
    assert ended(device.open_port(), "journal-broken", 6)["seq"] == 2


# What another session left open


def foreign(**changes: Any) -> Scripted:
    device = Scripted(session(deliver(1)))
    device.command = device.last_command = 8 << 32 | 4
    device.kind, device.units, device.next = 1, 10, 4  # type: ignore[assignment]
    device.session = 8
    device.tell(EventKind.BOOT)
    device.session = 0

    def account(ask: Any) -> AccountIs:
        reply = device.react(ask)
        assert isinstance(reply, AccountIs)
        return reply._replace(lo=9, hi=11, done=3, unknown=1, **changes)

    device.on[Account] = account
    return device


def test_an_open_command_of_another_session_is_shown_closed_and_never_continued() -> None:
    device = foreign().open_port().until_state("completed")
    (shown,) = device.named("foreign")
    assert (shown["next"], shown["lo"], shown["hi"], shown["unknown"]) == (4, 9, 11, 1)
    first = device.sent(Close)[0]
    assert (first.command, first.next, first.how) == (8 << 32 | 4, 4, 3)
    assert device.core.view().amount_hi == 5_000, "what another session delivered is not ours"


def test_a_foreign_command_that_cannot_be_closed_ends_the_session() -> None:
    device = foreign()
    device.on[Close] = lambda close: device.answer(close, Code.JOURNAL)
    assert ended(device.open_port(), "device-refused")["answer"] == "JOURNAL"
    assert len(device.sent(Close)) == CLOSE_TRIES + 1


def test_a_foreign_command_is_not_closed_where_the_log_has_failed() -> None:
    device = foreign()
    device.auto |= {"clear"}
    device.disk = False
    device.open_port()
    assert device.named("foreign")
    device.input(In.JOURNAL_FAILED, b'{"reason":"full"}')
    ended(device, "journal-failed", 6)
    assert device.sent(Close) == []


def test_a_device_found_latched_is_cleared_by_the_operator_and_then_used() -> None:
    device = Scripted(session(deliver(1)))
    device.latch(Reason.STOP_KEY)
    device.open_port().run(3)
    assert device.core.view().awaiting == "clear"
    assert device.core.view().state == "stopped"
    device.wish("clear")
    device.until_state("completed")
    assert device.sent(Clear)[0].latch_no == 1


@pytest.mark.req("STP-03")
def test_while_its_cause_stands_a_latch_stays_and_the_operator_is_asked_again() -> None:
    device = Scripted(session(deliver(1)))
    device.latch(Reason.STOP_KEY)
    device.on[Clear] = lambda clear: (
        device.answer(clear, Code.LATCHED, reason=Reason.STOP_KEY)
        if len(device.sent(Clear)) < 3
        else device.react(clear)
    )
    device.auto |= {"clear"}
    device.open_port().until_state("completed")
    told = device.named("clear_refused")
    assert [one["reason"] for one in told] == ["stop_key", "stop_key"]


def test_a_clear_that_is_refused_for_another_reason_ends_the_session() -> None:
    device = Scripted(session(deliver(1)))
    device.latch(Reason.STOP_KEY)
    device.on[Clear] = lambda clear: device.answer(clear, Code.STATE)
    device.auto |= {"clear"}
    assert ended(device.open_port(), "device-refused")["message"] == "CLEAR"


# Loading


@pytest.mark.req("STP-08")
def test_a_failed_selftest_ends_the_session() -> None:
    device = Scripted(session(deliver(1)))

    def fail(test: Any) -> Any:
        device.tell(EventKind.TESTED)
        return device.answer(test)

    device.on[Selftest] = fail
    ended(device.open_port(), "selftest-failed")
    assert device.named("tested")[-1]["passed"] is False


def test_a_selftest_that_never_reports_is_not_waited_for_for_ever() -> None:
    device = Scripted(session(deliver(1)))
    device.on[Selftest] = device.answer
    ended(device.open_port(), "selftest-failed")
    assert device.now_ns < 5_000 * MS


@pytest.mark.parametrize("cls", [Fit, Selftest, Begin, Data, Commit, Arm])
def test_a_request_that_the_device_refuses_ends_the_session_with_its_reasons(
    cls: type[Any],
) -> None:
    device = answering(cls, Code.LIMIT, field=4, value=7, limit=5, step=1)
    problem = ended(device, "device-refused")
    assert problem["message"] == cls.__name__.upper()
    assert (problem["answer"], problem["field"]) == ("LIMIT", "dose_nl_max")
    assert (problem["value"], problem["limit"], problem["step"]) == (7, 5, 1)
    assert device.sent(Grant) == []


@pytest.mark.req("LNK-02")
@pytest.mark.parametrize("cls", [Limits, Open, Fetch, Poll, Account, Fit, Begin, Data, Commit, Arm])
def test_a_question_that_is_never_answered_ends_the_session(cls: type[Any]) -> None:
    device = Scripted(session(deliver(1)))
    device.on[cls] = SILENT
    problem = ended(device.open_port(), "no-answer")
    assert problem["message"] == cls.__name__.upper()
    assert len({encode(one) for one in device.sent(cls) if one.rid}) >= 1
    assert device.sent(Grant) == []


def test_a_close_that_the_device_refuses_is_said_and_ends_the_session() -> None:
    device = answering(Close, Code.NEXT)
    assert ended(device, "device-refused")["message"] == "CLOSE"


def test_a_close_waits_for_acknowledgements_that_were_lost() -> None:
    device = Scripted(session(deliver(1)))
    device.on[Close] = lambda close: (
        device.answer(close, Code.JOURNAL) if len(device.sent(Close)) < 4 else device.react(close)
    )
    device.open_port().until_state("completed")


def test_a_close_in_vain_after_a_refusal_keeps_the_first_refusal() -> None:
    device = answering(Arm, Code.UNPRIMED)
    device.on[Close] = lambda close: device.answer(close, Code.NEXT)
    assert ended(device, "device-refused")["message"] == "ARM"
    assert [one["message"] for one in device.named("refused")] == ["ARM", "CLOSE"]


def test_many_steps_go_out_as_many_at_once_as_the_window_takes() -> None:
    steps = tuple(deliver(1).steps[0] for _ in range(40))
    program = deliver(1).model_copy(
        update={"steps": steps, "zones": (deliver(40).zones[0],)}
    )  # fmt: skip
    device = Scripted(session(program))
    device.identity = {"window": 512}
    held: list[Any] = []
    device.on[Data] = lambda data: (
        device.react(data) if device.command == 0 and not device.closed[0] else held.append(data)
    )
    device.open_port().run(2, lambda: bool(held))
    assert [data.first for data in held] == [0, 9], "no more than the window takes"
    device.on.pop(Data)
    for data in held:
        assert data.n == 9
        device.say(device.answer(data))
    device.until_state("completed")
    assert {data.first for data in device.sent(Data)} == {0, 9, 18, 27, 36}


def test_a_refused_step_ends_a_load_that_is_under_way() -> None:
    steps = tuple(deliver(1).steps[0] for _ in range(40))
    program = deliver(1).model_copy(update={"steps": steps, "zones": (deliver(40).zones[0],)})
    device = Scripted(session(program))
    device.identity = {"window": 512}
    device.on[Data] = lambda data: (
        device.answer(data, Code.LIMIT, step=3) if data.first == 9 else device.react(data)
    )
    assert ended(device.open_port(), "device-refused")["message"] == "DATA"


@pytest.mark.req("DOS-01")
@pytest.mark.req("DOS-11")
def test_a_program_that_breaks_a_limit_never_reaches_the_wire() -> None:
    device = Scripted(session(deliver(3, dose_nl=50_100)))
    problem = ended(device.open_port(), "limits", 3)
    assert problem["program"] == 1
    assert problem["violations"][0]["code"] == "dose-high"
    assert len(device.sent(Begin)) == 1, "only the prime's"


def test_a_log_that_fails_while_a_program_is_loaded_ends_the_session() -> None:
    device = Scripted(session(deliver(1)))
    device.auto -= {"fitted"}
    device.open_port().run(1)
    device.disk = False
    device.wish("fitted")
    device.input(In.JOURNAL_FAILED, b'{"reason":"full"}')
    device.auto |= {"clear"}
    ended(device, "journal-failed", 6)
    assert device.sent(Begin) == []


# Arming


@pytest.mark.req("CMD-11")
def test_a_device_whose_statuses_stay_away_is_not_armed() -> None:
    device = Scripted(session(deliver(1)))
    device.auto -= {"arm"}
    device.open_port().until_state("loaded")
    device.speaks = False
    device.run(1)
    device.wish("arm")
    ended(device, "no-fresh-status")
    assert device.sent(Arm) == []


@pytest.mark.req("CMD-11")
@pytest.mark.parametrize("field", ["state", "reason", "phase", "hold", "inputs"])
@pytest.mark.parametrize("value", [99, 255])
def test_a_status_with_an_unknown_value_never_arms(field: str, value: int) -> None:
    device = Scripted(session(deliver(1)))
    device.auto -= {"arm"}
    device.open_port().until_state("loaded")
    device.run(1)
    value = value << 8 if field == "inputs" else value
    whole = device.status
    device.status = lambda rid=0, **more: (  # type: ignore[method-assign]
        whole(rid, **({field: value} if not rid else {}), **more)
    )
    device.run(1)
    device.wish("arm")
    ended(device, "no-fresh-status")
    assert device.sent(Arm) == []
    assert device.core.view().link.refused > 0


@pytest.mark.req("CMD-10")
def test_arm_names_the_status_that_the_operator_acted_on() -> None:
    device = Scripted(session(deliver(1)))
    device.auto -= {"arm"}
    device.disk = True
    device.open_port().until_state("loaded")
    device.run(1)
    device.disk = False
    seen = device.core._parts.device.unsolicited
    assert seen is not None
    known = seen.device_us
    device.wish("arm")
    device.run(0.1)
    device.input(In.DURABLE, (99).to_bytes(4, "little"))
    device.disk = True
    device.until_state("armed")
    assert device.sent(Arm)[0].seen_us == known
    assert device.us > known


@pytest.mark.req("CMD-11")
def test_a_status_that_the_operator_acted_on_long_ago_is_not_named() -> None:
    device = Scripted(session(deliver(1)))
    device.auto -= {"arm"}
    device.open_port().until_state("loaded")
    device.run(1)
    device.disk = False
    seen = device.core._parts.device.unsolicited
    assert seen is not None
    known = seen.device_us
    device.wish("arm")
    device.run(0.4)
    device.disk = True
    device.input(In.DURABLE, (99).to_bytes(4, "little"))
    device.until_state("armed")
    assert device.sent(Arm)[0].seen_us > known + 250_000


@pytest.mark.req("CMD-10")
@pytest.mark.parametrize("state", ["loaded", "paused"])
def test_an_arm_that_came_too_late_asks_the_operator_once_more(state: str) -> None:
    device = Scripted(session(deliver(5)))
    device.auto -= {"resume"}
    if state == "loaded":
        device.auto -= {"arm"}
        device.open_port().until_state("loaded")
    else:
        device.open_port().run(20, lambda: len(device.named("unit")) == 4)
        device.wish("pause")
        device.until_state("paused")
    device.run(0.2)
    asked = "arm" if state == "loaded" else "resume"
    device.on[Arm] = lambda arm: device.answer(arm, Code.FRESH, value=600_000)
    device.wish(asked)
    assert [one["age_us"] for one in device.named("armed_late")] == [600_000]
    device.run(2)
    assert device.core.view().awaiting == asked
    assert device.state is DeviceState.LOADED
    del device.on[Arm]
    device.wish(asked)
    device.auto |= {"arm", "resume"}
    device.until_state("completed")


@pytest.mark.req("CMD-09")
def test_a_device_that_stands_below_a_unit_with_a_record_is_not_armed() -> None:
    device = Scripted(session(deliver(5)))
    device.auto -= {"resume"}
    device.open_port().run(20, lambda: len(device.named("unit")) == 4)
    device.wish("pause")
    device.until_state("paused")
    device.next = 0
    device.run(0.3)
    device.wish("resume")
    ended(device, "next-fell", 6)


def test_a_device_that_loses_its_selftest_is_tested_again_before_it_is_armed() -> None:
    device = Scripted(session(deliver(5)))
    device.auto -= {"resume"}
    device.open_port().run(20, lambda: len(device.named("unit")) == 4)
    device.wish("pause")
    device.until_state("paused")
    tests = len(device.sent(Selftest))
    device.inputs &= ~Inputs.TESTED
    device.run(0.2)
    device.wish("resume")
    device.until_state("completed")
    assert len(device.sent(Selftest)) == tests + 1
    assert device.sent(Pause)[0].command == device.sent(Arm)[-1].command


def test_between_programs_a_lapsed_selftest_is_made_again() -> None:
    device = Scripted(session(deliver(1)))

    def close_and_lapse(close: Any) -> Any:
        device.inputs &= ~Inputs.TESTED
        device.say(device.status())
        return device.react(close)

    device.on[Close] = close_and_lapse
    device.open_port().until_state("completed")
    assert len(device.sent(Selftest)) == 2


def test_records_that_never_come_leave_the_session_with_an_open_interval() -> None:
    device = Scripted(session(deliver(2)))
    device.open_port().until_state("running")

    def lose() -> None:
        while device.next < device.units:
            device.next += 1
        device.state = DeviceState.LOADED

    device.run(20, lambda: device.core.view().next >= 2 and device.core.view().program == 2)
    device.works = False
    device.run(20, lambda: device.upto == 2 and device.command & 0xFF == 2)
    lose()
    problem = ended(device, "records-missing", 7)
    assert problem["units"]
    view = device.core.view()
    assert (view.amount_lo, view.amount_hi) == (0, 10_000)
    assert view.units_uncertain == 2


# The device's account after a stop


def after_stop(relation: Relation, **changes: Any) -> Scripted:
    device = Scripted(session(deliver(5)))
    device.auto |= {"clear"}
    device.open_port().run(20, lambda: len(device.named("unit")) == 4)
    account = device.react

    def other(ask: Any) -> Any:
        reply = account(ask)
        return reply._replace(relation=relation, **changes) if ask.command else reply

    device.on[Account] = other
    device.wish("stop", cause=0)
    return device


def test_a_command_that_the_device_has_no_program_of_any_more_is_not_continued() -> None:
    ended(after_stop(Relation.OPEN, loaded=0), "command-unloaded", 6)
    ended(after_stop(Relation.OLDER), "command-unloaded", 6)
    ended(after_stop(Relation.CLOSED, closed_by=77), "command-unloaded", 6)


def test_a_stop_before_the_command_was_opened_begins_it_anew_under_a_new_id() -> None:
    device = Scripted(session(deliver(5)))
    device.auto |= {"clear"}
    device.on[Commit] = SILENT
    device.open_port().run(20, lambda: bool(device.sent(Commit)))
    device.wish("stop", cause=0)
    device.on.pop(Commit)
    device.until_state("completed")
    assert len(device.named("never_opened")) == 1
    assert [one.command & 0xFF for one in device.sent(Begin)] == [1, 2, 3]


@pytest.mark.parametrize("how", ["before", "after"])
def test_a_stop_that_crosses_close_is_settled_from_the_devices_account(how: str) -> None:
    device = Scripted(session(deliver(2)))
    device.auto |= {"clear"}
    closes: list[Callable[[], None]] = []

    def cross(close: Any) -> Any:
        if how == "after":
            device.react(close)
        closes.append(lambda: device.wish("stop", cause=0))
        device.on.pop(Close)

    device.on[Close] = cross
    device.open_port().run(20, lambda: bool(closes))
    closes[0]()
    device.until_state("completed")
    assert [one["next"] for one in device.named("closed")] == [2, 2]
    assert device.core.view().units_confirmed == 2
    assert {one.command & 0xFF for one in device.sent(Begin)} == {1, 2}
    assert len(device.sent(Stop)) >= 1
    assert PRIME.steps[0].units == 2
