"""A paced line: bytes come no faster than its baud rate, in order, whole frames at a time."""

import pytest

from mesodrive_simulator.pacing import QUEUED_BYTES_MAX, RUN_BYTES_MAX, Pacer
from mesodrive_simulator.plant import NEVER_NS

S = 1_000_000_000
BYTE_NS = 10 * S / 115_200


def drain(line: Pacer) -> list[tuple[int, bytes]]:
    come = []
    while line.deadline_ns < NEVER_NS:
        at_ns = line.deadline_ns
        assert line.take(at_ns - 1) == b""
        come.append((at_ns, line.take(at_ns)))
    return come


def test_a_frame_comes_when_its_last_byte_would_have_come() -> None:
    line = Pacer(115_200)
    line.put(b"\0" + b"x" * 38 + b"\0", 5 * S)
    ((at_ns, data),) = drain(line)
    assert data == b"\0" + b"x" * 38 + b"\0"
    assert at_ns == pytest.approx(5 * S + 40 * BYTE_NS, abs=2)


def test_two_frames_in_one_write_come_one_after_the_other() -> None:
    line = Pacer(115_200)
    line.put(b"\0aaa\0\0bbbb\0", 0)
    first, second = drain(line)
    assert (first[1], second[1]) == (b"\0aaa\0", b"\0bbbb\0")
    assert first[0] == pytest.approx(5 * BYTE_NS, abs=2)
    assert second[0] == pytest.approx(11 * BYTE_NS, abs=3)


def test_bytes_written_while_the_line_is_busy_wait_their_turn() -> None:
    line = Pacer(115_200)
    line.put(b"x" * 100 + b"\0", 0)
    line.put(b"y\0", S // 1000)
    assert drain(line)[-1][0] == pytest.approx(103 * BYTE_NS, abs=3)


def test_rubbish_without_delimiters_comes_in_pieces() -> None:
    line = Pacer(115_200)
    line.put(b"x" * 600, 0)
    assert [len(data) for _, data in drain(line)] == [RUN_BYTES_MAX, RUN_BYTES_MAX, 88]


def test_no_byte_is_lost_or_turned_however_it_was_cut() -> None:
    text = bytes(n * 7 % 256 for n in range(3000))
    line = Pacer(9600)
    for start in range(0, 3000, 77):
        line.put(text[start : start + 77], 0)
    come = drain(line)
    assert b"".join(data for _, data in come) == text
    assert come[-1][0] == pytest.approx(3000 * 10 * S / 9600, rel=1e-6)


def test_the_room_shrinks_with_what_is_under_way_and_comes_back() -> None:
    line = Pacer(115_200)
    line.put(b"x" * QUEUED_BYTES_MAX, 0)
    assert line.room == 0
    assert len(line.take(S)) == QUEUED_BYTES_MAX
    assert line.room == QUEUED_BYTES_MAX
