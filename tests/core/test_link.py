"""The link: one answer to one question, repeated for a bounded time, in the very same bytes."""

# ruff: noqa: ANN401
from typing import Any

import pytest

from mesodrive.core.link import (
    DURABLE_TIMEOUT_NS,
    FIRST_TIMEOUT_NS,
    NEVER,
    PENDING_MAX,
    TRIES_MAX,
    Link,
)
from mesodrive.core.ports import Out
from mesodrive_protocol.codec import FrameDecoder, encode
from mesodrive_protocol.messages import (
    Answer,
    Close,
    Hello,
    Identity,
    Poll,
    Selftest,
    Status,
    Stop,
)

MS = 1_000_000
OK = Answer(0, 3, 9, 0, 1, 0, 0, 0, 0, 0, 0)


class Wire:
    def __init__(self, first_rid: int = 1_000) -> None:
        self.sent: list[tuple[int, bytes]] = []
        self.link = Link(first_rid, self.sent.append)
        self.link.boot = 3
        self.link.begin_session(9)

    def ask(self, now_ns: int = 0, **options: Any) -> Any:
        return self.link.ask(Selftest, (), (Answer,), now_ns, **options)

    def messages(self) -> list[Any]:
        return [message for _, frame in self.sent for message in FrameDecoder().feed(frame)]


def rid_of(wire: Wire) -> int:
    return int(wire.messages()[-1].rid)


def times_sent(timeout_ns: int, baud: int | None) -> list[int]:
    """Let a question go unanswered, and return when it was sent and when it was given up."""
    wire = Wire()
    wire.link.set_baud(baud)
    pending = wire.ask(timeout_ns=timeout_ns)
    times = [0]
    while not pending.over:
        now_ns = wire.link.deadline_ns
        wire.link.tick(now_ns - 1)
        assert len(wire.sent) == min(len(times), TRIES_MAX), "sent again before its time"
        wire.link.tick(now_ns)
        times.append(now_ns)
    assert len({frame for _, frame in wire.sent}) == 1, "a repeat is the very same bytes"
    assert pending.answer is None
    assert wire.link.given_up == 1
    assert wire.link.repeated == TRIES_MAX - 1
    assert wire.link.deadline_ns == NEVER
    return times


@pytest.mark.req("LNK-02")
def test_a_query_is_sent_five_times_with_doubled_time_outs() -> None:
    times = times_sent(FIRST_TIMEOUT_NS, None)
    assert times == [0, 50 * MS, 150 * MS, 350 * MS, 750 * MS, 1_150 * MS]


@pytest.mark.req("LNK-02")
def test_a_durable_request_is_given_up_within_two_seconds() -> None:
    times = times_sent(DURABLE_TIMEOUT_NS, None)
    assert times == [0, 150 * MS, 450 * MS, 850 * MS, 1_250 * MS, 1_650 * MS]
    assert times_sent(DURABLE_TIMEOUT_NS, 115_200)[-1] <= 2_000 * MS


@pytest.mark.req("LNK-02")
def test_the_wire_time_of_all_bytes_ahead_is_added_to_a_time_out() -> None:
    wire = Wire()
    wire.link.set_baud(115_200)
    first, second = wire.ask(), wire.ask()
    byte_ns = 10 * 1_000_000_000 // 115_200
    assert first.deadline_ns == len(first.frame) * byte_ns + FIRST_TIMEOUT_NS
    assert second.deadline_ns == first.deadline_ns + len(second.frame) * byte_ns


def test_request_ids_rise_with_each_frame_and_from_session_to_session() -> None:
    wire = Wire(first_rid=0xFFFF_FFFF)
    wire.ask()
    wire.link.beat(Stop(wire.link.take_rid(), 3, 9, 1, 0), Out.STOP)
    wire.ask()
    first = 1 << 31
    assert [message.rid for message in wire.messages()] == [first, first + 1, first + 2]
    wire.link.begin_session(10)
    wire.ask()
    assert rid_of(wire) == first + 3
    assert wire.sent[1][0] == Out.STOP


def test_before_a_session_request_ids_begin_where_the_session_was_told_to() -> None:
    sent: list[tuple[int, bytes]] = []
    link = Link((1 << 31) + 4, sent.append)
    assert link.take_rid() == 5


@pytest.mark.parametrize(
    "wrong",
    [
        OK._replace(rid=77),
        OK._replace(boot=2),
        OK._replace(session=8),
        Poll(0, 3, 9),
    ],
    ids=["rid", "boot", "session", "class"],
)
@pytest.mark.req("CMD-03")
def test_only_what_answers_this_very_question_is_its_answer(wrong: Any) -> None:
    wire = Wire()
    pending = wire.ask()
    rid = rid_of(wire)
    message = wrong if wrong.rid else wrong._replace(rid=rid)
    assert not wire.link.take_answer(message)
    assert not pending.over
    assert wire.link.take_answer(OK._replace(rid=rid))
    assert pending.over
    assert pending.answer == OK._replace(rid=rid)
    assert wire.link.deadline_ns == NEVER


@pytest.mark.req("CMD-03")
def test_a_second_copy_of_an_answer_answers_nothing() -> None:
    wire = Wire()
    wire.ask()
    answer = OK._replace(rid=rid_of(wire))
    assert wire.link.take_answer(answer)
    assert not wire.link.take_answer(answer)


def test_hello_and_open_are_answered_whatever_boot_and_session_the_answer_carries() -> None:
    wire = Wire()
    pending = wire.link.ask(Hello, (), (Identity, Answer), 0, free=True)
    assert wire.link.take_answer(OK._replace(rid=rid_of(wire), boot=77, session=0))
    assert pending.over


def test_questions_that_are_given_up_take_no_answer_any_more() -> None:
    wire = Wire()
    pending = wire.link.ask(Close, (5, 0, 1), (Answer,), 0)
    assert wire.link.unanswered_bytes == len(pending.frame)
    wire.link.abandon()
    assert pending.over
    assert wire.link.unanswered_bytes == 0
    assert not wire.link.take_answer(OK._replace(rid=rid_of(wire)))
    assert pending.answer is None


def test_the_number_of_questions_under_way_is_bounded() -> None:
    wire = Wire()
    for _ in range(PENDING_MAX):
        wire.ask()
    with pytest.raises(AssertionError, match="more questions"):
        wire.ask()


def test_what_is_only_said_waits_for_nothing_and_is_never_repeated() -> None:
    wire = Wire()
    wire.link.say(Poll)
    wire.link.tick(10_000 * MS)
    assert wire.messages() == [Poll(1_001, 3, 9)]
    assert wire.link.deadline_ns == NEVER


def test_frames_come_out_of_pieces_and_damage_is_counted() -> None:
    wire = Wire()
    frame = encode(OK)
    assert wire.link.feed(frame[:7]) == []
    assert wire.link.feed(frame[7:]) == [OK]
    broken = bytearray(frame)
    broken[9] ^= 1
    assert wire.link.feed(bytes(broken)) == []
    assert wire.link.damaged == 1


def test_a_status_answers_a_poll_alone() -> None:
    wire = Wire()
    pending = wire.link.ask(Poll, (), (Status,), 0)
    assert not wire.link.take_answer(OK._replace(rid=rid_of(wire)))
    assert not pending.over
