"""Whole sessions with a keyed device in virtual time: signed, replayed without a key, attacked."""

import json
from collections.abc import Callable

import pytest

from mesodrive.core.ports import In, Out
from mesodrive.session.conversation import hear
from mesodrive.session.rebuild import driver_core
from mesodrive.session.replay import replay
from mesodrive.session.walk import Walk, entries
from mesodrive_protocol.codec import FrameDecoder, encode
from mesodrive_protocol.enums import Code, DeviceState
from mesodrive_protocol.messages import (
    Answer,
    Grant,
    Hello,
    Identity,
    Limits,
    LimitsAre,
    Message,
    Open,
    Record,
    Status,
    Stop,
)
from support.signed import KEY, KEY_ID, OTHER_KEY, keyed_gun, ring, signed_session
from support.specs import deliver, session
from support.worlds import TO_DEVICE, TO_HOST, S, Session

PLAIN_BEFORE_OPEN = (Limits, LimitsAre)
NEVER_SIGNED = (Hello, Identity, Stop)


class Tapped(Session):
    """A session whose line is overheard and can be added to."""

    frames: list[tuple[int, bytes]]

    def _push(self, time_ns: int, what: int, data: bytes) -> None:
        if what in (TO_DEVICE, TO_HOST):
            self.frames.append((what, data))
        super()._push(time_ns, what, data)

    def begin_far(self) -> None:
        """Open a port whose line crosses a network."""
        self._input(In.OPENED, b'{"name":"far","baud":460800,"loopback":false}')

    def forge(self, message: Message) -> None:
        """Send the host a frame that the device has not sent."""
        self._input(In.RECEIVED, encode(message))


def tapped(units: int = 6) -> Tapped:
    world = Tapped(session(deliver(units)), device=keyed_gun())
    world.answer_key = ring().answer
    world.frames = []
    return world


def codes_of(log: bytes) -> list[int]:
    return [entry.code for entry in entries(Walk(log))]


@pytest.mark.req("SEC-06")
def test_a_signed_session_delivers_and_its_log_replays_without_any_key() -> None:
    world = signed_session(session(deliver(12))).begin().end()
    assert (world.core.exit_code, world.core.view().units_confirmed) == (0, 12)
    assert world.named("opened") == [{"event": "opened", "session": 1, "boot": 1, "signed": True}]
    world.check_truth()
    log = bytes(world.log.data)
    assert replay(log, driver_core).equal
    assert [code for code in codes_of(log) if code in (In.KEY, Out.KEY)] == [Out.KEY, In.KEY] * 2
    assert KEY not in log
    assert KEY.hex().encode() not in log


@pytest.mark.req("SEC-06")
def test_on_the_line_all_is_signed_but_what_never_is() -> None:
    world = tapped()
    world.begin().end()
    plain: set[type[Message]] = set()
    for way in (TO_DEVICE, TO_HOST):
        decoder = FrameDecoder(lambda _: bytes(8))
        opened = False
        for found, data in world.frames:
            for one in decoder.feed(data) if found == way else []:
                # a MAC that is not eight zeros is refused, and so all that is signed
                opened = opened or getattr(one, "id", 0) in (0x20, 0x8020)
                if isinstance(one, NEVER_SIGNED) or (
                    isinstance(one, PLAIN_BEFORE_OPEN) and not opened
                ):
                    plain.add(type(one))
                else:
                    assert getattr(one, "code", None) == Code.MAC, one
    assert plain == {Hello, Identity, Limits, LimitsAre}


@pytest.mark.req("SEC-06")
def test_the_log_of_a_signed_session_can_be_read() -> None:
    world = signed_session(session(deliver(2))).begin().end()
    heard = [one.content for one in hear(bytes(world.log.data))]
    assert [one for one in heard if isinstance(one, Open)]
    assert [one for one in heard if isinstance(one, Grant)]
    assert len([one for one in heard if isinstance(one, Record)]) >= 4
    assert not [one for one in heard if isinstance(one, str)]


@pytest.mark.req("SEC-06")
def test_without_a_key_a_keyed_device_is_refused_and_hears_only_questions() -> None:
    world = Tapped(session(deliver(2)), device=keyed_gun())
    world.frames = []
    world.begin().until("refused")
    assert world.core.view().problem == {"code": "key-missing", "key_id": KEY_ID}
    world.end()
    assert world.core.exit_code == 4
    assert world.device.stores.totals.session == 0
    assert replay(bytes(world.log.data), driver_core).equal


def test_a_device_that_was_never_paired_is_refused() -> None:
    device = keyed_gun()
    device.stores.keys = []
    world = signed_session(session(deliver(2)), device).begin().until("refused")
    assert world.core.view().problem == {"code": "key-missing", "key_id": 0}


@pytest.mark.req("SEC-06")
def test_with_a_wrong_key_nothing_is_opened() -> None:
    world = signed_session(session(deliver(2)))
    world.answer_key = ring((KEY_ID, OTHER_KEY)).answer
    world.begin().until("refused")
    assert world.core.view().problem == {"code": "open-refused", "answer": "MAC"}
    assert world.device.stores.totals.session == 0


def test_an_owner_that_does_not_answer_has_no_key() -> None:
    world = signed_session(session(deliver(2)))
    world.answer_key = lambda _: b"\0wrong"
    world.begin().until("refused", 10)
    assert world.core.view().problem == {"code": "key-missing", "key_id": KEY_ID}


@pytest.mark.req("SEC-06")
@pytest.mark.parametrize("keyed", [True, False])
def test_over_a_network_a_session_is_signed_or_is_not(keyed: bool) -> None:
    world = tapped(3) if keyed else Tapped(session(deliver(3)))
    world.frames = []
    world.begin_far()
    if keyed:
        assert world.end().core.exit_code == 0
        return
    world.until("refused")
    assert world.core.view().problem["code"] == "line-unsigned"
    assert world.device.stores.totals.session == 0


def test_a_session_that_another_host_opened_meanwhile_is_no_obstacle() -> None:
    world = signed_session(session(deliver(2)))
    said = world.on_event
    assert said is not None

    def opened_elsewhere(event: bytes, at_ns: int) -> None:
        said(event, at_ns)
        if json.loads(event)["event"] == "identified":
            stores = world.device.stores
            stores.write_totals(stores.totals._replace(session=stores.totals.session + 1))

    world.on_event = opened_elsewhere
    assert world.begin().end().core.exit_code == 0
    assert world.named("opened")[0]["session"] == 2


FORGED: dict[str, Callable[[Status, Record, Answer], Message]] = {
    "latched": lambda status, _record, _answer: status._replace(
        rid=0, state=DeviceState.LATCHED, device_us=status.device_us + 10, latch_no=9
    ),
    "further on": lambda status, _record, _answer: status._replace(
        rid=0, next=5, begun_total=9, device_us=status.device_us + 10
    ),
    "another boot": lambda status, _record, _answer: status._replace(rid=0, boot=2),
    "record": lambda _status, record, _answer: record._replace(rid=0, seq=record.seq + 1),
    "answer": lambda _status, _record, answer: answer._replace(rid=1, code=Code.OK),
}


@pytest.mark.req("SEC-06")
@pytest.mark.parametrize("name", FORGED)
def test_what_a_stranger_says_for_the_device_is_counted_and_changes_nothing(name: str) -> None:
    world = tapped(30)
    world.begin().until("running").lasting(1.0)
    heard = [one.content for one in hear(bytes(world.log.data))]
    status = next(one for one in reversed(heard) if isinstance(one, Status))
    record = next(one for one in reversed(heard) if isinstance(one, Record))
    answer = next(one for one in reversed(heard) if isinstance(one, Answer))
    before, events = world.core.view(), len(world.events)
    world.forge(FORGED[name](status, record, answer))
    after = world.core.view()
    assert after._replace(link=before.link) == before
    assert after.link.refused == before.link.refused + 1
    assert len(world.events) == events
    assert world.end().core.exit_code == 0
    world.check_truth()


@pytest.mark.req("SEC-06")
def test_a_stop_is_proven_only_by_a_status_that_is_signed() -> None:
    world = tapped(30)
    world.begin().until("running").lasting(1.0)
    status = next(
        one.content
        for one in reversed(list(hear(bytes(world.log.data))))
        if isinstance(one.content, Status)
    )
    world.wish("stop")
    world.forge(status._replace(rid=0, state=DeviceState.LATCHED, latch_no=status.latch_no + 1))
    assert not world.named("stopped")
    world.until("stopped", 1)
    assert world.device.device.board.state in (DeviceState.STOPPING, DeviceState.LATCHED)


@pytest.mark.req("SEC-06")
def test_after_a_lost_port_the_session_goes_on_under_a_new_key() -> None:
    world = tapped(20)
    world.begin().until("running").lasting(1.0)
    world.lose_port()
    world.lasting(1.0)
    world.cut = False
    world.open_port()
    assert world.end().core.exit_code == 0
    assert [one["session"] for one in world.named("opened")] == [1, 2]
    assert world.core.view().units_confirmed == 20
    world.check_truth()
    log = bytes(world.log.data)
    said = [entry.data for entry in entries(Walk(log)) if entry.code == In.KEY]
    assert [data[0] for data in said] == [0, 1, 0, 1]
    assert said[1] != said[3]
    assert replay(log, driver_core).equal


@pytest.mark.req("SEC-06")
def test_after_a_start_of_the_device_the_session_is_opened_and_signed_anew() -> None:
    world = tapped(20)
    world.begin().until("running").lasting(1.0)
    world.device.reset(world.now_ns)
    assert world.end(180).core.exit_code in (0, 7)
    assert [one["boot"] for one in world.named("opened")] == [1, 2]
    world.check_truth()
    assert replay(bytes(world.log.data), driver_core).equal


@pytest.mark.req("SEC-06")
def test_a_device_that_was_keyed_is_not_taken_unsigned_after_a_loss() -> None:
    world = tapped(20)
    world.begin().until("running").lasting(1.0)
    world.lose_port()
    world.device.device.keyed = False
    world.device.reset(world.now_ns)
    world.lasting(1.0)
    world.cut = False
    world.open_port()
    world.lasting(3.0)
    assert "line-unsigned" in str(world.core.view().problem) + str(world.events)
    assert len(world.named("opened")) == 1


def test_time_for_a_signed_session_is_that_of_an_unsigned_one() -> None:
    signed, plain = signed_session(session(deliver(12))), Session(session(deliver(12)))
    signed.begin().end()
    plain.begin().end()
    assert signed.now_ns - plain.now_ns < S // 10


def test_an_open_that_is_never_answered_ends_the_session() -> None:
    world = signed_session(session(deliver(2)))
    answer = world.answer_key

    def last_word(asked: bytes) -> bytes:
        world.cut = asked[0] == 1
        return answer(asked)

    world.answer_key = last_word
    world.begin().until("refused")
    assert world.named("refused")[0]["code"] == "no-answer"
    assert world.named("refused")[0]["message"] == "OPEN"
