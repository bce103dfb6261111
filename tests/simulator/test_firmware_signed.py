"""A keyed device: what is signed with what; an unsigned frame moves and settles nothing."""

from collections.abc import Callable
from typing import Any
from zlib import crc32

import pytest

from mesodrive_protocol.codec import IDS, encode, encode_body
from mesodrive_protocol.enums import Caps, Code, DeviceState, Kind
from mesodrive_protocol.fields import DECLARATIONS
from mesodrive_protocol.framing import frame
from mesodrive_protocol.messages import (
    Account,
    Ack,
    Answer,
    Clear,
    Fetch,
    Grant,
    Hello,
    Identity,
    Key,
    Limits,
    Message,
    Open,
    Pause,
    Poll,
    Record,
    Selftest,
    Status,
    Stop,
)
from support.firmware import SLOW, Bench, Reply
from support.signed import KEY, KEY_ID, OTHER_KEY, SignedBench, mac, session_key

QUERIES = (Poll, Limits, Account, Fetch)
HOST_IDS = [number for number in sorted(IDS) if not number & 0x8000]


def running() -> SignedBench:
    """Return a bench whose device is delivering under a signed session."""
    bench = SignedBench()
    bench.ready()
    bench.go(Kind.PRICK, [SLOW])
    bench.run(300)
    assert bench.state in (DeviceState.ARMED, DeviceState.RUNNING)
    return bench


def footprint(bench: Bench) -> tuple[Any, ...]:
    """Return what a frame could have moved or settled."""
    board, stores = bench.device.board, bench.stores
    return (
        board.state, board.session, board.nonce, board.heard_us, board.upto, board.lease_due_us,
        stores.to_bytes(), len(bench.plant.truth), tuple(board.limits.values),
    )  # fmt: skip


def any_message(bench: SignedBench, number: int) -> Reply:
    """Return a message of an id that would do something, were it signed."""
    cls = IDS[number]
    head = (bench.rid + 1, bench.boot, bench.session)
    values: dict[type[Any], tuple[Any, ...]] = {
        Grant: (bench.command, bench.unasked[-1].device_us, bench.next + 2),
        Ack: (bench.stores.next_seq - 1, 0),
        Open: (bench.next_nonce, 99, KEY_ID),
        Clear: (bench.stores.latch_no, 0),
        Pause: (bench.command,),
        Key: (7, OTHER_KEY),
    }
    if cls in values:
        return cls(*head, *values[cls])
    rest: list[Any] = [bytes(32) if name == "profile" else 0 for name in cls._fields[3:]]
    if DECLARATIONS[cls].tail is not None:
        rest[-1] = ()
    return cls(*head, *rest)


def test_identity_says_that_the_device_is_keyed_and_which_key_is_the_newest() -> None:
    assert SignedBench((4, OTHER_KEY), (5, KEY)).identity.key_id == 5
    assert SignedBench().identity.caps & Caps.KEYED
    plain = Bench()
    assert not plain.identity.caps & Caps.KEYED
    assert plain.identity.key_id == 0


@pytest.mark.req("SEC-06")
def test_a_signed_session_delivers_and_everything_said_in_it_is_signed() -> None:
    bench = SignedBench()
    bench.ready()
    opened = len(bench.heard)
    bench.go(Kind.PRICK)
    bench.run_to(lambda: len(bench.unit_records) >= 3)
    assert all(message in bench.heard_signed for message in bench.heard[opened:])
    assert {type(m) for m in bench.heard_signed} >= {Answer, Status, Record}
    assert isinstance(bench.ask(Hello), Identity)
    assert not [m for m in bench.heard_signed if isinstance(m, Identity)]


@pytest.mark.req("SEC-06")
@pytest.mark.parametrize("number", HOST_IDS, ids=lambda number: IDS[number].__name__)
def test_an_unsigned_frame_of_every_kind_moves_and_settles_nothing(number: int) -> None:
    bench = running()
    bench.granting = bench.acking = False
    bench.run(30)
    before, cls = footprint(bench), IDS[number]
    message = any_message(bench, number)
    heard = len(bench.heard)
    refused = bench.device.board.refused
    bench.simulated.receive(encode(message), bench.now_ns)
    bench.listen()
    if cls is Stop:
        assert bench.state in (DeviceState.STOPPING, DeviceState.LATCHED)
        return
    assert footprint(bench) == before
    answers = [m for m in bench.heard[heard:] if m.rid == message.rid]
    if cls in (Grant, Ack):
        assert not answers
    elif cls is Hello or cls in QUERIES:
        assert len(answers) == 1
        assert answers[0] not in bench.heard_signed
        return
    else:
        (answer,) = answers
        assert isinstance(answer, Answer)
        assert answer.code == Code.MAC
        assert answer not in bench.heard_signed
    assert bench.device.board.refused == refused + 1


@pytest.mark.req("SEC-06")
def test_unsigned_queries_do_not_hold_a_session() -> None:
    bench = SignedBench()
    bench.open()
    for _ in range(50):
        bench.unsigned(Poll)
        bench.run(60)
    assert not bench.device.board.held


def test_a_signed_query_is_answered_signed_and_holds_the_session() -> None:
    bench = SignedBench()
    bench.open()
    bench.run(1_900)
    assert bench.ask(Poll) in bench.heard_signed
    bench.run(1_900)
    assert bench.device.board.held


def cut(whole: bytes, at: int) -> bytes:
    return whole[:at] + b"\0"


def flipped(whole: bytes, at: int) -> bytes:
    return whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]


def missing(whole: bytes, at: int) -> bytes:
    return whole[:at] + whole[at + 1 :]


@pytest.mark.req("SEC-06")
@pytest.mark.parametrize("spoil", [cut, flipped, missing])
def test_a_signed_grant_that_is_spoilt_at_any_byte_grants_nothing(
    spoil: Callable[[bytes, int], bytes],
) -> None:
    bench = running()
    bench.granting = bench.acking = False
    bench.run(30)
    grant = any_message(bench, 0x11)
    whole = encode(grant, lambda data: mac(bench.key, data))
    upto = bench.device.board.upto
    lease_us = bench.device.board.lease_due_us
    for at in range(1, len(whole) - 1):
        bench.simulated.receive(b"\0" + spoil(whole, at) + b"\0", bench.now_ns)
        assert (bench.device.board.upto, bench.device.board.lease_due_us) == (upto, lease_us), at


@pytest.mark.req("SEC-06")
def test_a_frame_spliced_of_two_signed_ones_is_refused_at_every_byte() -> None:
    """The checksum is made right after each splice: only the MAC stands in the way."""
    bench = running()
    bench.granting = bench.acking = False
    bench.run(30)

    def signed(message: Message) -> bytes:
        return encode_body(message, lambda data: mac(bench.key, data))[:-4]

    old = signed(any_message(bench, 0x11)._replace(rid=900, upto=1, seen_us=1))
    new = signed(any_message(bench, 0x11)._replace(rid=901, upto=500))
    before = footprint(bench)
    for at in range(len(old) + 1):
        body = old[:at] + new[at:]
        if body in (old, new):
            continue
        body += crc32(body).to_bytes(4, "little")
        bench.simulated.receive(frame(body), bench.now_ns)
        assert footprint(bench) == before, at
    # and a MAC that is put under another message
    poll = signed(Poll(77, bench.boot, bench.session))
    forged = signed(Pause(78, bench.boot, bench.session, bench.command))[:-8] + poll[-8:]
    bench.simulated.receive(frame(forged + crc32(forged).to_bytes(4, "little")), bench.now_ns)
    assert footprint(bench) == before


@pytest.mark.req("SEC-06")
def test_nothing_that_was_sent_in_a_session_has_an_effect_in_a_later_one() -> None:
    bench = SignedBench()
    bench.ready()
    bench.go(Kind.PRICK)
    bench.run_to(lambda: len(bench.unit_records) >= 3)
    bench.granting = False
    recorded = list(bench.sent)
    bench.send(Pause, bench.command)
    bench.run_to_state(DeviceState.LOADED)
    bench.close()
    bench.open()
    bench.acking = False
    bench.run(60)
    before, units = footprint(bench), len(bench.plant.truth)
    for old in recorded:
        bench.simulated.receive(old, bench.now_ns)
        assert footprint(bench) == before
    bench.run(500)
    assert len(bench.plant.truth) == units


@pytest.mark.req("SEC-06")
def test_frames_of_the_same_session_that_come_again_deliver_nothing_more() -> None:
    bench = SignedBench()
    bench.ready()
    bench.go(Kind.PRICK)
    bench.run_to(lambda: len(bench.unit_records) >= 3)
    bench.send(Pause, bench.command)
    bench.granting = False
    bench.run_to_state(DeviceState.LOADED)
    units = len(bench.plant.truth)
    for old in list(bench.sent):
        bench.simulated.receive(old, bench.now_ns)
        bench.run(5)
    bench.run(500)
    assert len(bench.plant.truth) == units
    assert not bench.is_in(DeviceState.ARMED)


@pytest.mark.req("SEC-06")
def test_an_open_is_good_for_one_session_only_so_that_no_case_begins_anew() -> None:
    bench = SignedBench()
    bench.open(case=1)
    old = bench.open_frame
    bench.run(3_000)
    bench.open(case=2)
    bench.run(3_000)
    session, case = bench.session, bench.stores.totals.case
    bench.simulated.receive(old, bench.now_ns)
    bench.run(20)
    assert (bench.device.board.session, bench.stores.totals.case) == (session, case)
    bench.reset()
    bench.simulated.receive(old, bench.now_ns)
    bench.run(20)
    assert bench.device.board.session == 0


def test_the_same_open_again_gets_the_same_answer_signed() -> None:
    bench = SignedBench()
    bench.open()
    heard = len(bench.heard_signed)
    bench.send_bytes(bench.open_frame)
    (answer,) = [m for m in bench.heard_signed[heard:] if isinstance(m, Answer)]
    assert (answer.code, answer.session) == (Code.OK, bench.session)


@pytest.mark.req("SEC-06")
def test_a_wrong_key_an_unknown_key_and_a_stale_number_open_nothing() -> None:
    bench = SignedBench()
    bench.pairing_key = OTHER_KEY
    assert bench.open().code == Code.MAC
    bench.pairing_key, bench.key_id = KEY, 6
    assert bench.open().code == Code.MAC
    bench.key_id = KEY_ID
    assert bench.open(nonce=7).code == Code.SESSION
    assert bench.open(nonce=bench.next_nonce + (1 << 32)).code == Code.SESSION
    assert bench.device.board.session == 0
    assert bench.stores.totals.session == 0
    assert bench.open().code == Code.OK


@pytest.mark.req("SEC-06")
def test_a_key_of_another_session_boot_or_nonce_signs_nothing() -> None:
    bench = SignedBench()
    nonce = bench.next_nonce
    bench.open()
    bench.run(60)
    right = bench.key
    for wrong in (
        session_key(KEY, nonce, bench.session + 1, bench.boot),
        session_key(KEY, nonce, bench.session, bench.boot + 1),
        session_key(KEY, nonce + 1, bench.session, bench.boot),
        session_key(OTHER_KEY, nonce, bench.session, bench.boot),
        KEY,
    ):
        bench.key = wrong
        assert bench.code(Selftest) == Code.MAC
    bench.key = right
    assert bench.fit() == Code.OK


def test_a_signed_open_that_is_too_short_for_its_key_names_none() -> None:
    bench = SignedBench()
    body = encode_body(Hello(9, 1, 0), lambda data: mac(KEY, data))[:-4]
    body = body[:2] + b"\x20\x00" + body[4:]
    bench.send_bytes(frame(body + crc32(body).to_bytes(4, "little")))
    answer: Reply = bench.answer(9)
    assert answer.code == Code.MAC


def test_a_device_that_has_started_anew_has_no_session_key() -> None:
    bench = SignedBench()
    bench.open()
    bench.reset()
    assert bench.code(Selftest) == Code.MAC


def test_a_stop_needs_no_signature_and_no_session() -> None:
    bench = running()
    bench.send_stop_of_a_stranger()
    bench.run_to_state(DeviceState.LATCHED)


def test_frames_of_the_device_that_come_back_to_it_are_counted_and_never_answered() -> None:
    bench = SignedBench()
    bench.open()
    bench.run(60)
    bench.ask(Poll)
    (status,) = bench.heard_signed[-1:]
    heard, refused = len(bench.heard), bench.device.board.refused
    bench.send_bytes(encode(status, lambda data: mac(bench.key, data)))
    assert len(bench.heard) == heard
    assert bench.device.board.refused == refused + 1


def test_a_signed_hello_is_answered_with_an_unsigned_identity() -> None:
    bench = SignedBench()
    bench.open()
    rid = bench.rid + 1
    hello = Hello(rid, bench.boot, bench.session)
    bench.send_bytes(encode(hello, lambda data: mac(bench.key, data)))
    answer = bench.answer(rid)
    assert isinstance(answer, Identity)
    assert answer not in bench.heard_signed


def test_a_device_that_is_held_refuses_an_open_without_a_signature() -> None:
    bench = SignedBench()
    bench.open()
    bench.session = 0
    answer = bench.open(nonce=bench.next_nonce)
    assert answer.code == Code.HELD
    assert answer not in bench.heard_signed
