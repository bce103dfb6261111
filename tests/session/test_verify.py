"""Every change of a log is found, and two readers that share no code agree about it."""

import mmap
import random
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from mesodrive.session.assembler import LogWriter, record
from mesodrive.session.format import (
    BEGIN_BYTES_MAX,
    BODY_BYTES_MAX,
    LOG_BYTES_MAX,
    Fault,
    RecordType,
)
from mesodrive.session.verify import verify
from mesodrive.session.walk import Walk, entries
from support.logs import BEGIN, LOG, MS, SECOND, Second, both, opening, split


def test_a_closed_log_is_intact() -> None:
    found = both(LOG)
    assert found.exit_code == 0
    assert found.intact
    assert found.usable
    assert found.entries == 14
    assert (found.first_ns, found.last_ns) == (5 * MS, 186 * MS)
    assert found.sealed_bytes == len(LOG)
    assert found.to_json()["damage"] is None


@pytest.mark.req("LOG-02")
def test_every_flipped_bit_is_found() -> None:
    rng = random.Random(20_261)
    ends = _seal_ends(LOG)
    for at in range(len(LOG)):
        spoiled = bytearray(LOG)
        spoiled[at] ^= 1 << rng.randrange(8)
        found = both(bytes(spoiled))
        assert found.exit_code in (8, 9), f"byte {at}"
        assert found.damage is not None
        assert found.sealed_bytes == max((end for end in ends if end <= at), default=0)


@pytest.mark.req("LOG-02")
def test_every_cut_is_found_and_leaves_the_sealed_prefix() -> None:
    ends = _seal_ends(LOG)
    for at in range(len(LOG)):
        found = both(LOG[:at])
        assert found.exit_code in (8, 9), f"cut at {at}"
        assert not found.complete
        assert found.sealed_bytes == max((end for end in ends if end <= at), default=0)
        assert found.tail_bytes == at - found.sealed_bytes
        assert verify(LOG[: found.sealed_bytes]).damage is None or found.sealed_bytes == 0


def _seal_ends(log: bytes) -> list[int]:
    ends, at = [], 0
    for one in split(log):
        at += len(one)
        if one[8] == RecordType.SEAL:
            ends.append(at)
    return ends


@pytest.mark.req("LOG-03")
def test_deleted_swapped_and_doubled_records_are_found() -> None:
    records = split(LOG)
    for i in range(len(records)):
        without = records[:i] + records[i + 1 :]
        assert both(b"".join(without)).exit_code in (8, 9)
        doubled = records[: i + 1] + records[i:]
        assert both(b"".join(doubled)).exit_code in (8, 9)
        for k in range(i):
            swapped = records.copy()
            swapped[i], swapped[k] = swapped[k], swapped[i]
            assert both(b"".join(swapped)).exit_code in (8, 9)


@pytest.mark.req("LOG-03")
def test_a_record_changed_with_its_checksum_put_right_breaks_the_seal() -> None:
    records = split(LOG)
    block = bytearray(records[2])
    block[-1] ^= 1
    records[2] = zlib.crc32(block[4:]).to_bytes(4, "little") + bytes(block[4:])
    found = both(b"".join(records))
    assert found.damage is not None
    assert found.damage.fault is Fault.SEAL
    assert found.damage.record == 3
    assert found.damage.sealed_up_to == len(records[0]) + len(records[1])


@pytest.mark.req("LOG-03")
def test_after_a_rewritten_tail_the_head_is_another() -> None:
    writer = LogWriter(BEGIN, 5 * MS)
    writer.end(6 * MS, b'{"ending":"completed"}')
    forged = both(writer.take())
    assert forged.intact
    assert forged.head != verify(LOG).head
    assert forged.head == writer.head


def test_a_cut_behind_a_seal_shows_only_in_the_missing_end() -> None:
    records = split(LOG)
    found = both(b"".join(records[:4]))
    assert found.damage is None
    assert found.tail_bytes == 0
    assert not found.complete
    assert found.exit_code == 8


def test_whole_records_behind_the_last_seal_are_counted_apart() -> None:
    records = split(LOG)
    found = both(b"".join(records[:3]))
    assert found.damage is None
    assert (found.tail_records, found.tail_bytes) == (1, len(records[2]))


def test_reserved_space_is_named() -> None:
    for zeros in (1, 16, 17, 200_000):
        found = both(LOG + bytes(zeros))
        assert found.damage is not None
        assert found.damage.fault is Fault.UNWRITTEN
        assert found.exit_code == 8
        assert found.complete
        assert str(zeros) in str(found.damage)
    late = both(LOG + bytes(200_000) + b"x")
    assert late.damage is not None
    assert late.damage.fault is Fault.CRC


@pytest.mark.parametrize(
    "data",
    [b"", b"short", bytes(100), b"%PDF-1.7" * 10, opening()[:-49][:-1], LOG[100:]],
    ids=["empty", "short", "zeros", "other", "torn", "without its head"],
)
def test_what_is_no_log_is_unusable(data: bytes) -> None:
    found = both(data)
    assert found.damage is not None
    assert found.damage.fault is Fault.NO_BEGIN
    assert found.exit_code == 9
    assert found.to_json()["usable"] is False


def test_another_format_is_refused_by_its_number() -> None:
    found = both(record(RecordType.BEGIN, 0, b'{"format":7,"x":1}') + LOG[60:])
    assert found.damage is not None
    assert found.damage.fault is Fault.OTHER_FORMAT
    assert "format 7" in str(found.damage)
    assert found.exit_code == 9


@pytest.mark.parametrize(
    "body",
    [b"{}", b'{"format":1}', b'{"format":"1",}', b'{"format":', b'{"format":' + b"9" * 21 + b","],
)
def test_a_begin_record_without_a_format_is_none(body: bytes) -> None:
    found = both(record(RecordType.BEGIN, 0, body))
    assert found.damage is not None
    assert found.damage.fault is Fault.NO_BEGIN


def test_an_unknown_type_is_refused_by_its_number_and_a_skippable_one_is_skipped() -> None:
    for kind in (0, 9, 127):
        found = both(opening() + record(kind, 0, b"new"))
        assert found.damage is not None
        assert found.damage.fault is Fault.UNKNOWN_TYPE
        assert f"type {kind} " in str(found.damage)
        assert found.exit_code == 9
    for kind in (5, 6, 7, 8, 128, 255):
        found = both(opening() + record(kind, 0, b"new"))
        assert found.damage is None
        assert found.tail_records == 1


def test_only_some_types_may_follow_the_end() -> None:
    for kind in (1, 2, 4, 7, 8):
        found = both(LOG + record(kind, 186 * MS, b""))
        assert found.damage is not None
        assert found.damage.fault is Fault.ORDER
    for kind in (5, 6, 200):
        assert both(LOG + record(kind, 186 * MS, b"")).damage is None
    again = both(opening() + record(1, 0, BEGIN))
    assert again.damage is not None
    assert again.damage.fault is Fault.ORDER


@pytest.mark.req("LOG-05")
def test_time_that_falls_is_a_fault() -> None:
    found = both(opening(10) + record(RecordType.NOTE, 9, b""))
    assert found.damage is not None
    assert found.damage.fault is Fault.TIME


def test_a_seal_of_another_length_is_a_fault() -> None:
    found = both(opening() + record(RecordType.SEAL, 0, bytes(31)))
    assert found.damage is not None
    assert found.damage.fault is Fault.SEAL


def entry(rel_ns: int, data: bytes) -> bytes:
    return struct.pack("<IBH", rel_ns, 1, len(data)) + data


@pytest.mark.parametrize(
    "body",
    [
        entry(5, b"abc")[:-1],
        entry(5, b"abc") + b"\0",
        entry(5, b"abc") + bytes(6),
        entry(5, b"a") + entry(4, b"b"),
    ],
    ids=["data cut", "rest", "header cut", "time falls"],
)
def test_a_block_whose_entries_do_not_fill_it_is_a_fault(body: bytes) -> None:
    data = opening() + record(RecordType.BLOCK, 0, body)
    found = both(data)
    assert found.damage is not None
    assert found.damage.fault is Fault.BLOCK
    walk = Walk(data)
    assert len(list(entries(walk))) <= 1
    assert walk.damage == found.damage


def test_an_empty_block_is_good() -> None:
    assert both(opening() + record(RecordType.BLOCK, 0, b"")).damage is None


@pytest.mark.req("LOG-02")
def test_a_length_is_bounded_before_it_is_believed() -> None:
    huge = struct.pack("<IIBQ", 0, BODY_BYTES_MAX + 1, 2, 0)
    found = both(opening() + huge + bytes(range(1, 200)))
    assert found.damage is not None
    assert found.damage.fault is Fault.LENGTH
    begin = struct.pack("<IIBQ", 0, BEGIN_BYTES_MAX + 1, 1, 0)
    assert both(begin + bytes(100)).exit_code == 9


def test_a_file_above_a_gibibyte_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.log"
    with path.open("w+b") as file:
        file.truncate(LOG_BYTES_MAX + 1)
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            found = verify(data)
            second = Second(data).read()
    assert found.damage is not None
    assert found.damage.fault is Fault.TOO_LONG
    assert found.exit_code == second.exit_code == 9


def test_a_mapped_log_reads_like_one_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(LOG)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        assert verify(data) == verify(LOG)
        assert [e.data for e in entries(Walk(data))] == [e.data for e in entries(Walk(LOG))]


def test_rubbish_never_raises() -> None:
    rng = random.Random(77)
    records = split(LOG)
    for _ in range(400):
        pieces = [rng.choice(records) for _ in range(rng.randrange(6))]
        at = rng.randrange(len(pieces) + 1)
        pieces.insert(at, rng.randbytes(rng.randrange(60)))
        both(records[0] * rng.randrange(2) + b"".join(pieces))


def test_the_second_reader_is_a_program(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(LOG)
    done = subprocess.run(
        [sys.executable, SECOND, path], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert verify(LOG).head in done.stdout
