"""A device whose word cannot be taken: its journal settles nothing, an operator answers for it."""

# ruff: noqa: ANN401
from collections.abc import Callable
from typing import Any

import pytest

from mesodrive.core import opening
from mesodrive.core.ports import In
from mesodrive_protocol.enums import DeviceState, EventKind, How, Reason, Relation
from mesodrive_protocol.messages import Account, Close, Fetch
from support.scripted import Scripted
from support.scripted_sessions import alarms, end, gun

LOST = b'{"reason":"unplugged"}'


def lost() -> Scripted:
    """Lose the port of a session with three units done and two granted, at rest since."""
    device = gun("running")
    device.works = False
    device.run(0.2)
    device.input(In.LOST, LOST)
    device.state = DeviceState.LOADED
    return device


def fell(**identity: int) -> Callable[[Scripted], None]:
    def change(device: Scripted) -> None:
        device.identity = identity

    return change


def stores_differ(device: Scripted) -> None:
    device.latch(Reason.STORES)


def chain_broken(device: Scripted) -> None:
    device.tell(EventKind.BOOT)
    device.journal[-1] = device.journal[-1]._replace(chain=1)


def too_much(device: Scripted) -> None:
    device.record(unit=device.next, lo=0, hi=5_001)


def accounts(**changes: int) -> Callable[[Scripted], None]:
    def change(device: Scripted) -> None:
        whole = device.react
        device.on[Account] = lambda ask: whole(ask)._replace(**changes)

    return change


DOUBTS: dict[str, Callable[[Scripted], None]] = {
    "session-fell": fell(last_session=8),
    "journal-fell": fell(journal_next=3),
    "begun-fell": fell(begun_total=1),
    "command-fell": fell(last_command=0),
    "journal-differs": fell(chain=1),
    "journal-broken": chain_broken,
    "record-mismatch": too_much,
    "stores-differ": stores_differ,
    "command-unknown": accounts(relation=Relation.NEVER),
    "next-beyond-grants": accounts(next=7),
}


@pytest.mark.req("CMD-09")
@pytest.mark.req("CMD-07")
@pytest.mark.parametrize("doubt", DOUBTS)
def test_what_is_doubted_settles_nothing_until_an_operator_answers(doubt: str) -> None:
    device = lost()
    DOUBTS[doubt](device)
    before = device.core.view()
    device.open_port().run(10, lambda: device.core.view().awaiting == "resolve")
    view = device.core.view()
    assert (view.state, view.awaiting) == ("uncertain", "resolve")
    assert device.named("uncertain")[-1]["doubt"] == doubt
    assert "delivery-uncertain" in alarms(device)
    assert view.units_uncertain >= before.units_uncertain > 0
    assert view.amount_hi >= before.amount_hi
    assert len(device.sent(Close)) == 1, "only that of the prime, before the loss"
    device.auto -= {"arm"}
    device.wish("resolve", who="A. Operator", why="looked at the skin")
    device.run(1)
    assert device.named("resolved")[-1]["who"] == "A. Operator"
    after = device.core.view()
    assert after.state != "uncertain"
    assert after.amount_hi == view.amount_hi
    assert after.units_uncertain == view.units_uncertain
    end(device, 7, "faulted" if after.state == "faulted" else "stopped")


@pytest.mark.req("CMD-09")
def test_the_journal_of_a_locked_device_is_shown_and_its_rest_begins_behind_the_grants() -> None:
    device = lost()
    granted, shown = device.core.view().upto, len(device.named("unit"))
    device.identity = {"begun_total": 1}
    device.open_port().run(10, lambda: device.core.view().awaiting == "resolve")
    assert device.named("locked") == [{"event": "locked", "doubt": "begun-fell"}]
    assert "record-mismatch" in alarms(device)
    assert len(device.named("unit")) > shown
    assert not any(one["known"] for one in device.named("unit")[shown:])
    device.wish("resolve", who="A. Operator", why="looked")
    device.works = True
    device.run(9, lambda: len(device.named("intent")) == 4)
    assert device.sent(Close)[1].how == How.REST_ELSEWHERE
    rests = [(one["purpose"], one["done"]) for one in device.named("intent")[2:]]
    assert rests == [("prime", 0), ("deliver", granted)]


@pytest.mark.req("CMD-09")
def test_a_doubted_device_is_answered_for_also_where_no_command_is_open() -> None:
    device = gun("idle")
    device.input(In.LOST, LOST)
    stores_differ(device)
    device.open_port().run(10, lambda: device.core.view().awaiting == "resolve")
    asked = device.named("uncertain")[-1]
    assert (asked["command"], asked["units"], asked["doubt"]) == (0, [], "stores-differ")
    device.wish("resolve", who="A. Operator", why="looked")
    device.run(1)
    assert device.named("resolved")[-1]["command"] == 0
    assert device.core.view().awaiting == "clear"
    end(device, 6, "faulted")


@pytest.mark.req("CMD-09")
def test_a_locked_device_with_an_empty_journal_is_taken_from_its_next_entry() -> None:
    device = lost()
    device.journal.clear()
    device.open_port().run(10, lambda: device.core.view().awaiting == "resolve")
    assert device.named("recovered")[-1]["doubt"] == "journal-fell"


def test_a_journal_that_repeats_itself_is_not_read_for_ever() -> None:
    device = lost()
    first = device.journal[0]

    def again(fetch: Any) -> Any:
        return first._replace(rid=fetch.rid, boot=device.boot, session=device.session)

    device.on[Fetch] = again
    fetched = len(device.sent(Fetch))
    device.open_port().run(10, lambda: device.core.ended)
    assert device.named("refused")[-1]["code"] == "journal-endless"
    assert len(device.sent(Fetch)) - fetched == opening.FETCH_MAX
    assert device.core.exit_code == 7
