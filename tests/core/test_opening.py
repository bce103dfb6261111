"""From an open port to a session of our own: every refusal before anything moves, by its name."""

# ruff: noqa: ANN401
from typing import Any

import pytest

from mesodrive.core.loading import CLOSE_TRIES
from mesodrive.core.opening import HELD_TRIES
from mesodrive.core.ports import In
from mesodrive.profile.canonical import limits_for_wire
from mesodrive_protocol.enums import Caps, Code, EventKind, Reason
from mesodrive_protocol.messages import (
    Account,
    AccountIs,
    Clear,
    Close,
    Fetch,
    Hello,
    Limits,
    LimitsAre,
    Open,
)
from support.scripted import MS, SILENT, Scripted
from support.scripted_sessions import answering, ended, refused
from support.specs import deliver, session

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


@pytest.mark.req("USE-02")
def test_a_simulator_is_refused_where_the_session_forbids_it() -> None:
    spec = session(deliver(1)).model_copy(update={"allow_simulator": False})
    ended(Scripted(spec).open_port(), "simulator-forbidden")
    real = Scripted(spec)
    real.identity = {"caps": 1 << 9 | 1 << 15}
    real.open_port().until_state("completed")
    assert real.core.view().simulated is False


@pytest.mark.req("SEC-06")
def test_a_device_that_demands_signatures_and_has_no_key_is_refused() -> None:
    refused("key-missing", caps=Caps.KEYED | 1 << 9 | 1 << 15, key_id=0)


@pytest.mark.req("SEC-06")
def test_a_line_that_leaves_the_machine_is_refused_where_nothing_is_signed() -> None:
    device = Scripted(session(deliver(1)))
    ended(device.open_port(loopback=False), "line-unsigned")
    assert {type(message) for message in device.heard} == {Hello}


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


@pytest.mark.req("SEC-05")
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
