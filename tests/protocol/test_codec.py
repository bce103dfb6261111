"""Codec: every message to bytes and back, and what it refuses at either end."""

import hashlib
import hmac
import struct
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesodrive_protocol.codec import (
    HEADER_BYTES,
    IDS,
    FrameDecoder,
    Refused,
    Signed,
    encode,
    encode_body,
    payload_bytes,
    value_range,
    wire_fields,
)
from mesodrive_protocol.enums import Code, EventKind, Kind, Outcome
from mesodrive_protocol.fields import DECLARATIONS, Wire
from mesodrive_protocol.framing import WIRE_BYTES_MAX, frame
from mesodrive_protocol.messages import (
    Arm,
    Begin,
    Data,
    Identity,
    LimitsAre,
    Message,
    Narrow,
    Poll,
    Record,
    Status,
)

RANGES = {
    "B": (0, 2**8 - 1), "H": (0, 2**16 - 1), "I": (0, 2**32 - 1), "Q": (0, 2**64 - 1),
    "i": (-(2**31), 2**31 - 1),
}  # fmt: skip
ITEMS: dict[str, st.SearchStrategy[Any]] = {
    "Hxxi": st.tuples(st.integers(*RANGES["H"]), st.integers(*RANGES["i"])),
    "24s": st.binary(min_size=24, max_size=24),
    "i": st.integers(*RANGES["i"]),
    "ii": st.tuples(st.integers(*RANGES["i"]), st.integers(*RANGES["i"])),
}


def field_strategy(wire: Wire) -> st.SearchStrategy[Any]:
    if wire.values is not None:
        return st.integers(*value_range(wire.values))
    if wire.format == "16s":
        return st.text(st.characters(min_codepoint=1, max_codepoint=127), max_size=16).map(
            lambda text: text.encode("ascii")
        )
    if wire.format == "32s":
        return st.binary(min_size=32, max_size=32)
    return st.integers(*RANGES[wire.format])


@st.composite
def messages(draw: st.DrawFn, cls: type[Any]) -> Message:
    tail = DECLARATIONS[cls].tail
    items = draw(st.lists(ITEMS[tail.format], max_size=tail.most)) if tail else []
    values: list[Any] = []
    for name, wire in wire_fields(cls):
        counts = tail is not None and name == tail.counter
        values.append(len(items) if counts else draw(field_strategy(wire)))
    message = cls(*values, tuple(items)) if tail else cls(*values)
    if isinstance(message, Record) and message.kind != Kind.EVENT:
        message = message._replace(outcome=message.outcome % len(Outcome))
    return message  # type: ignore[no-any-return]


@pytest.mark.parametrize("cls", IDS.values(), ids=lambda cls: cls.__name__)
@given(data=st.data())
def test_every_message_comes_back_as_it_was_sent(cls: type[Any], data: st.DataObject) -> None:
    message = data.draw(messages(cls))
    wire = encode(message)
    assert len(wire) <= WIRE_BYTES_MAX
    (received,) = FrameDecoder().feed(wire)
    assert received == message
    assert type(received) is cls
    assert encode(received) == wire


def test_a_message_with_different_values_in_all_fields_keeps_them_apart(
    samples: list[Message],
) -> None:
    assert len(samples) == 29
    for message in samples:
        assert FrameDecoder().feed(encode(message)) == [message]


def test_the_payload_stands_between_header_and_crc(samples: list[Message]) -> None:
    for message in samples:
        body = encode_body(message)
        assert body[HEADER_BYTES:-4] == payload_bytes(message)
        assert body[0] == 1
        assert body[1] == 0


def mac(data: bytes) -> bytes:
    return hmac.new(b"a key", data, hashlib.sha256).digest()[:8]


def test_a_signed_message_says_that_its_mac_was_right(samples: list[Message]) -> None:
    decoder = FrameDecoder(verify=mac)
    for message in samples:
        wire = encode(message, mac)
        assert len(wire) <= WIRE_BYTES_MAX
        assert decoder.feed(wire) == [Signed(message)]


def test_an_unsigned_message_is_not_taken_for_a_signed_one(samples: list[Message]) -> None:
    for message in samples:
        assert FrameDecoder(verify=mac).feed(encode(message)) == [message]


@pytest.mark.req("SEC-06")
def test_a_wrong_mac_and_a_mac_without_a_key_are_refused(samples: list[Message]) -> None:
    message = samples[0]
    refused = [Refused(message.rid, message.boot, message.session, 1, Code.MAC)]
    assert FrameDecoder(verify=mac).feed(encode(message, lambda _: b"8 bytes.")) == refused
    assert FrameDecoder().feed(encode(message, mac)) == refused


@pytest.mark.parametrize(
    ("message", "problem"),
    [
        (Arm(1, 2, 3, 4, 5, b"\1" * 31, 6, 7), "a digest has 32 bytes"),
        (Arm(1, 2, 3, 4, 5, b"\1" * 33, 6, 7), "a digest has 32 bytes"),
        (Narrow(1, 2, 3, 2, ((1, 1),)), "n is 2 for 1 items"),
        (Narrow(1, 2, 3, 17, ((1, 1),) * 17), "at most 16 fit"),
        (Data(1, 2, 3, 0, 1, (bytes(23),)), "a step has 24 bytes"),
        (LimitsAre(1, 2, 3, 0, 55, (0,) * 55), "at most 54 fit"),
    ],
)
def test_what_struct_would_cut_or_fill_in_silence_is_refused(
    message: Message, problem: str
) -> None:
    with pytest.raises(ValueError, match=problem):
        encode(message)


@pytest.mark.parametrize("text", [b"seventeen letters", b"a\0b", "gün".encode()])
def test_a_text_that_would_not_come_back_is_refused(samples: list[Message], text: bytes) -> None:
    identity = next(message for message in samples if isinstance(message, Identity))
    with pytest.raises(ValueError, match="0 to 16 ASCII bytes"):
        encode(identity._replace(model=text))


def test_a_number_that_does_not_fit_its_field_is_refused() -> None:
    with pytest.raises(struct.error):
        encode(Poll(2**32, 0, 0))


def test_every_value_outside_an_enumeration_is_refused(samples: list[Message]) -> None:
    for message in samples:
        cls: type[Any] = type(message)
        for name, wire in wire_fields(cls):
            if wire.values is None:
                continue
            over: Any = {name: value_range(wire.values)[1] + 1}
            (got,) = FrameDecoder().feed(encode(message._replace(**over)))
            assert isinstance(got, Refused), f"{cls.__name__}: {over}"
            assert got.code is Code.FIELD


def test_a_unit_has_no_outcome_that_only_an_event_has(samples: list[Message]) -> None:
    record = next(message for message in samples if isinstance(message, Record))
    event = record._replace(kind=Kind.EVENT, outcome=EventKind.OPENED)
    assert FrameDecoder().feed(encode(event)) == [event]
    unit = record._replace(kind=Kind.PRICK, outcome=EventKind.OPENED)
    (got,) = FrameDecoder().feed(encode(unit))
    assert isinstance(got, Refused)
    assert got.code is Code.FIELD


def test_a_decoder_remembers_a_bounded_number_of_good_patterns(samples: list[Message]) -> None:
    status = next(message for message in samples if isinstance(message, Status))
    decoder = FrameDecoder()
    for inputs in range(4_096):
        for phase in (0, 1):
            message = status._replace(inputs=inputs, phase=phase)
            assert decoder.feed(encode(message)) == [message]


def test_commit_can_take_its_crc_from_the_payload_of_begin() -> None:
    begin = Begin(7, 9, 31, (31 << 32) | 4, 1, 0, 2, 108, 830_000, 0)
    assert len(payload_bytes(begin)) == 24


def test_a_reserved_byte_of_a_message_with_a_tail_must_be_zero() -> None:
    body = bytearray(encode_body(LimitsAre(1, 2, 3, 0, 1, (7,)))[:-4])
    body[HEADER_BYTES + 2] = 1  # the first reserved byte, after head and n
    whole = bytes(body) + zlib.crc32(body).to_bytes(4, "little")
    (refused,) = FrameDecoder().feed(frame(whole))
    assert refused == Refused(1, 2, 3, 0x8003, Code.FIELD)
