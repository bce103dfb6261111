"""Framing: mask, COBS and delimiters, beside an independent COBS library."""

import pytest
from cobs import cobs
from hypothesis import given
from hypothesis import strategies as st

from mesodrive_protocol.framing import BODY_BYTES_MAX, WIRE_BYTES_MAX, frame, unframe

MASK = 0xA5
rich_in_zeros = st.lists(
    st.one_of(st.just(MASK), st.integers(0, 255)), min_size=1, max_size=BODY_BYTES_MAX
).map(bytes)


def masked(data: bytes) -> bytes:
    return bytes(byte ^ MASK for byte in data)


@given(rich_in_zeros)
def test_a_frame_is_what_the_independent_library_makes(body: bytes) -> None:
    assert frame(body) == b"\0" + cobs.encode(masked(body)) + b"\0"


@given(rich_in_zeros)
def test_a_frame_has_zeros_only_at_its_ends_and_gives_its_body_back(body: bytes) -> None:
    wire = frame(body)
    assert wire.count(0) == 2
    assert len(wire) <= WIRE_BYTES_MAX
    assert unframe(wire[1:-1]) == body


@given(st.lists(st.integers(1, 255), min_size=1, max_size=BODY_BYTES_MAX + 1).map(bytes))
def test_whatever_stands_between_delimiters_decodes_as_in_the_library_or_not_at_all(
    piece: bytes,
) -> None:
    try:
        expected = masked(cobs.decode(piece))
    except cobs.DecodeError:
        assert unframe(piece) is None
    else:
        assert unframe(piece) == expected


@pytest.mark.parametrize("value", [0x00, MASK, 0xFF])
@pytest.mark.parametrize("length", [1, 2, 252, 253])
def test_bodies_of_one_value_at_both_ends_of_the_allowed_length(value: int, length: int) -> None:
    body = bytes([value]) * length
    assert unframe(frame(body)[1:-1]) == body


@pytest.mark.parametrize("length", [0, 254])
def test_a_body_that_no_frame_can_carry_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match=f"not {length}"):
        frame(bytes(length))
