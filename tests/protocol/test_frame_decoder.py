"""The stream decoder: pieces of any size, noise, damage, and the bound on what it keeps."""

import itertools
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesodrive_protocol.codec import FrameDecoder, Received, Refused, encode
from mesodrive_protocol.framing import WIRE_BYTES_MAX
from mesodrive_protocol.messages import Grant, Message, Poll, Stop

SEED = 20_261_122
"""Of every random choice in this file; named where a test fails."""

GRANT = Grant(2_200, 9, 31, (31 << 32) | 4, 1_234_567_890_123, 59)
STOP = Stop(0, 0, 0, 7, 1)
POLL = Poll(12, 9, 31)


def feed_in_pieces(data: bytes, cuts: list[int]) -> tuple[list[Received], int]:
    decoder = FrameDecoder()
    received: list[Received] = []
    for begin, end in itertools.pairwise([0, *sorted(cuts), len(data)]):
        received += decoder.feed(data[begin:end])
    return received, decoder.damaged


def test_whole_or_byte_by_byte_makes_no_difference(samples: list[Message]) -> None:
    stream = b"".join(map(encode, samples))
    assert feed_in_pieces(stream, []) == (samples, 0)
    assert feed_in_pieces(stream, list(range(1, len(stream)))) == (samples, 0)


@given(data=st.data())
def test_splits_make_no_difference_with_noise_between_the_frames(
    samples: list[Message], data: st.DataObject
) -> None:
    noise = st.binary(max_size=600)
    stream = data.draw(noise)
    for message in samples:
        stream += encode(message) + data.draw(noise)
    stream += b"\0"
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=40))
    whole, damaged = feed_in_pieces(stream, [])
    assert feed_in_pieces(stream, cuts) == (whole, damaged)
    assert [one for one in whole if not isinstance(one, Refused)] == samples


@given(st.lists(st.binary(max_size=400), max_size=20))
def test_no_bytes_raise_and_none_are_kept_beyond_one_frame(pieces: list[bytes]) -> None:
    decoder = FrameDecoder()
    for piece in pieces:
        decoder.feed(piece)
        assert len(decoder._rest) <= WIRE_BYTES_MAX


def test_empty_frames_are_not_counted_as_damage() -> None:
    decoder = FrameDecoder()
    assert decoder.feed(bytes(50) + encode(POLL) + bytes(50)) == [POLL]
    assert decoder.damaged == 0


@pytest.mark.parametrize("step", [1, 7, 256, 257, 100_000])
def test_an_endless_frame_is_counted_once_and_costs_nothing_after_it(step: int) -> None:
    stream = b"\0" + b"\x55" * 100_000 + encode(POLL)
    received, damaged = feed_in_pieces(stream, list(range(step, len(stream), step)))
    assert received == [POLL]
    assert damaged == 1


def test_a_cut_frame_costs_exactly_itself(samples: list[Message]) -> None:
    for message in samples:
        wire = encode(message)
        for length in range(2, len(wire) - 1):
            decoder = FrameDecoder()
            assert decoder.feed(encode(POLL) + wire[:length] + encode(GRANT)) == [POLL, GRANT]
            assert decoder.damaged == 1


def test_a_frame_that_lost_its_end_alone_is_still_whole(samples: list[Message]) -> None:
    decoder = FrameDecoder()
    assert decoder.feed(encode(GRANT)[:-1] + encode(STOP)) == [GRANT, STOP]
    assert decoder.damaged == 0


@pytest.mark.req("LNK-01")
@pytest.mark.parametrize("message", [POLL, STOP, GRANT], ids=["poll", "stop", "grant"])
def test_no_single_or_double_bit_flip_gives_a_frame_that_was_not_sent(message: Message) -> None:
    wire = encode(message)
    bits = len(wire) * 8
    number = int.from_bytes(wire, "little")
    decoder = FrameDecoder()
    for first in range(bits):
        for second in range(first, bits, 1 if message is POLL else 5):
            flipped = number ^ (1 << first) ^ (1 << second if second != first else 0)
            for got in decoder.feed(flipped.to_bytes(len(wire), "little") + b"\0\0"):
                assert got == message, f"bits {first} and {second}: {got}"


def mutate(choose: random.Random, wire: bytes) -> bytes:
    data = bytearray(wire)
    for _ in range(choose.randint(1, 4)):
        at = choose.randrange(len(data))
        match choose.randrange(4):
            case 0:
                data[at] = choose.randrange(256)
            case 1:
                del data[at]
            case 2:
                data.insert(at, choose.randrange(256))
            case _:
                data[at:at] = data[choose.randrange(len(data)) :][:8]
    return bytes(data) or b"\0"


@pytest.mark.req("LNK-01")
def test_mutated_bytes_give_no_frame_that_was_not_sent(samples: list[Message]) -> None:
    choose = random.Random(SEED)
    sent = {encode(message): message for message in samples}
    decoder = FrameDecoder()
    wires = list(sent)
    for _ in range(20_000):
        stream = mutate(choose, choose.choice(wires)) + mutate(choose, choose.choice(wires))
        for got in decoder.feed(stream):
            assert not isinstance(got, Refused), (
                f"seed {SEED}, a sound frame that nobody sent: {got}"
            )
            assert got in samples, f"seed {SEED}"
    assert decoder.damaged > 10_000


def test_random_bytes_are_only_ever_damage() -> None:
    choose = random.Random(SEED)
    decoder = FrameDecoder()
    for _ in range(500):
        assert decoder.feed(choose.randbytes(choose.randint(1, 1_000))) == [], f"seed {SEED}"
    assert decoder.damaged > 100


def test_a_decoder_may_be_given_its_key_later() -> None:
    def mac(data: bytes) -> bytes:
        return bytes([sum(data) & 0xFF]) * 8

    decoder = FrameDecoder()
    wire = encode(POLL, mac)
    assert isinstance(decoder.feed(wire)[0], Refused)
    decoder.verify = mac
    signed: Any = decoder.feed(wire)[0]
    assert signed.message == POLL
