"""What the log's writer closes, seals and refuses."""

import pytest

from mesodrive.core.ports import ENTRY_BYTES_MAX
from mesodrive.session.assembler import NEVER, LogWriter
from mesodrive.session.format import (
    BEGIN_BYTES_MAX,
    BLOCK_BYTES_MAX,
    BLOCK_NS_MAX,
    BODY_BYTES_MAX,
    RecordType,
)
from mesodrive.session.walk import Walk, entries
from support.logs import BEGIN, MS, both, split


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
