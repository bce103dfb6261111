"""Every change of a log is found, and two readers that share no code agree about it."""

import mmap
import random
import runpy
import struct
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import pytest

from mesodrive.core.ports import ENTRY_BYTES_MAX, In, Out
from mesodrive.session.assembler import NEVER, LogWriter, record
from mesodrive.session.format import (
    BEGIN_BYTES_MAX,
    BLOCK_BYTES_MAX,
    BLOCK_NS_MAX,
    BODY_BYTES_MAX,
    LOG_BYTES_MAX,
    Fault,
    RecordType,
)
from mesodrive.session.verify import Verification, verify
from mesodrive.session.walk import Walk, entries

SECOND = Path(__file__).with_name("second_reader.py")
Second: Any = runpy.run_path(str(SECOND))["Reader"]
BEGIN = b'{"format":1,"mesodrive":"test"}'
MS = 1_000_000


def reference_log() -> bytes:
    """A short log with blocks of several entries, seals and an end."""
    writer = LogWriter(BEGIN, 5 * MS)
    now = 5 * MS
    for turn in range(6):
        now += 30 * MS
        if now >= writer.seal_due_ns:
            writer.seal(now)
        writer.add(now, In.RECEIVED, bytes([turn, 0, 255]) * turn)
        writer.add(now, Out.EVENT, b'{"event":"state"}')
    writer.add(now, Out.PERSIST, struct.pack("<IB", 1, 1))
    writer.seal(now)
    writer.add(now + MS, In.TICK, b"")
    writer.end(now + MS, b'{"ending":"completed"}')
    return writer.take()


LOG = reference_log()


def split(log: bytes) -> list[bytes]:
    records: list[bytes] = []
    while log:
        (length,) = struct.unpack_from("<I", log, 4)
        records.append(log[: 17 + length])
        log = log[17 + length :]
    return records


def opening(now_ns: int = 0) -> bytes:
    return LogWriter(BEGIN, now_ns).take()


def both(data: bytes) -> Verification:
    """Verify with both readers and demand that they agree in everything that both report."""
    first, second = verify(data), Second(data).read()
    damage = first.damage
    assert tuple(second) == (
        first.exit_code,
        damage.fault.value if damage else "",
        damage.offset if damage else -1,
        first.records,
        first.entries,
        first.seals,
        first.sealed_bytes,
        first.complete,
        first.head,
    )
    return first


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


def test_entries_come_back_as_they_were_added() -> None:
    writer = LogWriter(BEGIN, 7)
    added = [(7 + n * 40 * MS, n % 256, bytes([n % 256]) * n) for n in range(300)]
    for now, code, data in added:
        writer.add(now, code, data)
    writer.end(added[-1][0], b"{}")
    log = writer.take()
    assert both(log).intact
    assert [(e.time_ns, e.code, e.data) for e in entries(Walk(log))] == added


def test_a_block_is_closed_when_full_and_after_100_ms() -> None:
    writer = LogWriter(BEGIN, 0)
    writer.take()
    assert writer.seal_due_ns == NEVER
    writer.add(0, 1, b"")
    assert writer.seal_due_ns == BLOCK_NS_MAX
    writer.add(BLOCK_NS_MAX - 1, 1, b"")
    assert writer.take() == b""
    writer.add(BLOCK_NS_MAX, 1, b"")
    assert writer.seal_due_ns == 2 * BLOCK_NS_MAX
    first = writer.take()
    assert [one[8] for one in split(first)] == [RecordType.BLOCK, RecordType.SEAL]
    for _ in range(5):
        writer.add(BLOCK_NS_MAX, 1, bytes(20_000))
    writer.add(BLOCK_NS_MAX, 1, bytes(ENTRY_BYTES_MAX))
    writer.seal(BLOCK_NS_MAX)
    blocks = [one for one in split(writer.take()) if one[8] == RecordType.BLOCK]
    assert len(blocks) == 3
    assert all(len(one) <= BLOCK_BYTES_MAX + 17 for one in blocks[:2])


def test_sealing_nothing_writes_nothing() -> None:
    writer = LogWriter(BEGIN, 0)
    assert len(split(writer.take())) == 2
    writer.seal(5)
    assert writer.take() == b""


def test_the_writer_refuses_what_no_reader_would_take() -> None:
    with pytest.raises(ValueError, match="starts with"):
        LogWriter(b'{"format":2,"x":1}', 0)
    with pytest.raises(ValueError, match="at most"):
        LogWriter(BEGIN + bytes(BEGIN_BYTES_MAX), 0)
    writer = LogWriter(BEGIN, 10)
    with pytest.raises(ValueError, match="time fell"):
        writer.add(9, 1, b"")
    with pytest.raises(ValueError, match="at most 65535"):
        writer.add(10, 1, bytes(ENTRY_BYTES_MAX + 1))
    writer.add(20, 1, b"")
    with pytest.raises(ValueError, match="time fell"):
        writer.add(19, 1, b"")
    with pytest.raises(ValueError, match="time fell"):
        writer.seal(19)
    with pytest.raises(ValueError, match="ends once"):
        writer.end(20, bytes(BODY_BYTES_MAX + 1))
    writer.end(20, b"{}")
    with pytest.raises(ValueError, match="ends once"):
        writer.end(20, b"{}")
    with pytest.raises(ValueError, match="before the end"):
        writer.add(20, 1, b"")
    assert both(writer.take()).intact
