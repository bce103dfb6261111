"""From a fitting to a closed command: what the device may refuse, and what that leads to."""

# ruff: noqa: ANN401
from collections.abc import Callable
from typing import Any

import pytest

from mesodrive.core.ports import In
from mesodrive.core.recovery import SEARCH_NS
from mesodrive_protocol.codec import encode
from mesodrive_protocol.enums import Code, EventKind, How, Relation
from mesodrive_protocol.messages import (
    Account,
    Arm,
    Begin,
    Close,
    Commit,
    Data,
    Fetch,
    Fit,
    Grant,
    Limits,
    Open,
    Poll,
    Selftest,
    Stop,
)
from support.scripted import MS, SILENT, S, Scripted
from support.scripted_sessions import answering, ended
from support.specs import PRIME, deliver, session

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
@pytest.mark.parametrize("cls", [Limits, Open, Fetch, Poll, Account, Fit, Begin, Data, Commit])
def test_a_question_that_is_never_answered_ends_the_session(cls: type[Any]) -> None:
    device = Scripted(session(deliver(1)))
    device.on[cls] = SILENT
    problem = ended(device.open_port(), "no-answer", within_s=SEARCH_NS / S + 60)
    assert problem["message"] == cls.__name__.upper()
    assert len({encode(one) for one in device.sent(cls) if one.rid}) >= 1
    assert device.sent(Grant) == []


@pytest.mark.req("CMD-04")
def test_an_arm_without_an_answer_has_the_device_and_then_the_operator_asked() -> None:
    device = Scripted(session(deliver(1)))
    device.auto -= {"resume"}
    device.on[Arm] = SILENT
    device.open_port().run(20, lambda: device.core.view().awaiting == "resume")
    assert device.named("recovered")[-1]["relation"] == "open"
    assert device.core.view().problem == {}
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
    assert [one["purpose"] for one in device.named("intent")] == ["prime"]


@pytest.mark.req("CMD-01")
def test_a_log_that_fails_while_a_program_is_loaded_ends_the_session() -> None:
    device = Scripted(session(deliver(1)))
    device.auto -= {"fitted"}
    device.open_port().run(1)
    device.disk = False
    device.wish("fitted")
    device.input(In.JOURNAL_FAILED, b'{"reason":"full"}')
    device.auto |= {"clear"}
    ended(device, "journal-failed", 6)
    assert device.sent(Commit) == []


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


def test_a_command_that_another_host_went_on_with_is_not_continued() -> None:
    ended(after_stop(Relation.OLDER), "resumed-elsewhere", 6)
    ended(after_stop(Relation.CLOSED, closed_by=77), "resumed-elsewhere", 6)


@pytest.mark.req("CMD-02")
def test_a_command_whose_program_the_device_lost_is_closed_and_its_rest_is_a_new_one() -> None:
    device = after_stop(Relation.OPEN, loaded=0)
    device.run(1, lambda: len(device.sent(Close)) == 2)
    device.on.pop(Account)
    device.loaded = False
    device.until_state("completed")
    rests = [one for one in device.named("intent") if one["purpose"] == "deliver"]
    assert [(one["done"], one["units"]) for one in rests] == [(0, 5), (2, 3)]
    assert device.sent(Close)[1].how == How.REST_ELSEWHERE
    assert device.core.view().units_confirmed == 5


def test_a_stop_before_the_command_was_opened_begins_it_anew_under_a_new_id() -> None:
    device = Scripted(session(deliver(5)))
    device.auto |= {"clear"}
    device.on[Commit] = SILENT
    device.open_port().run(20, lambda: bool(device.sent(Commit)))
    device.wish("stop", cause=0)
    device.on.pop(Commit)
    device.until_state("completed")
    assert len(device.named("never_opened")) == 1
    assert [one["command"] & 0xFF for one in device.named("intent")] == [1, 2, 3]


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
