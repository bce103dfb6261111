"""A short log, its records apart, and two readers at once that share no code."""

import runpy
import struct
from pathlib import Path
from typing import Any

from mesodrive.core.ports import In, Out
from mesodrive.session.assembler import LogWriter
from mesodrive.session.verify import Verification, verify

SECOND = Path(__file__).parents[1] / "session" / "second_reader.py"
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
    ), f"{second} beside {first}"
    return first
