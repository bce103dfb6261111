"""Puts a session's entries together into the bytes of its log; touches no file.

Invariants: bytes once taken are never changed; each block is followed by its seal; a block spans
less than 100 ms; time never falls, neither between entries nor between records.
"""

from collections.abc import Iterable
from hashlib import sha256
from typing import Final
from zlib import crc32

from mesodrive.core.ports import ENTRY_BYTES_MAX
from mesodrive.session.format import (
    BEGIN_BYTES_MAX,
    BEGIN_START,
    BLOCK_BYTES_MAX,
    BLOCK_NS_MAX,
    BODY_BYTES_MAX,
    CRC_BYTES,
    DIGEST_BYTES,
    ENTRY,
    ENTRY_BYTES,
    GENESIS,
    TAIL,
    RecordType,
)

NEVER: Final = (1 << 62) - 1
"""A deadline that does not come."""
_CLOSED: Final = -1
"""End of the block under way when there is none: every entry then opens a new one."""

_pack_entry: Final = ENTRY.pack
_pack_tail: Final = TAIL.pack
# Plain numbers: an enumeration's attribute and its packing cost more than the rest of a header.
_BLOCK: Final = RecordType.BLOCK.value
_SEAL: Final = RecordType.SEAL.value


def record(kind: int, mono_ns: int, body: bytes) -> bytes:
    """Return one whole record: header with its CRC, then the body."""
    rest = _pack_tail(len(body), kind, mono_ns) + body
    return crc32(rest).to_bytes(CRC_BYTES, "little") + rest


class LogWriter:
    """Takes inputs and outputs of the core in causal order, gives bytes to append to a file.

    The owner adds each input and then its outputs, calls `seal` when `seal_due_ns` has come and
    whenever the core asks to persist, and appends what `take` returns. Nothing is durable before
    the owner has made it so.
    """

    __slots__ = (
        "_begun_ns",
        "_digest",
        "_ended",
        "_ends_ns",
        "_last_ns",
        "_out",
        "_parts",
        "_room",
        "_seal",
        "seal_due_ns",
    )

    def __init__(self, begin: bytes, now_ns: int) -> None:
        """Open a log with its begin record, sealed at once.

        Args:
            begin: Body of the begin record, JSON; see `begin.Begin`.
            now_ns: Monotonic time, nanoseconds, 0 or more.

        Raises:
            ValueError: If the body does not begin with `{"format":1,` or is above 16 MiB.
        """
        if not begin.startswith(BEGIN_START) or len(begin) > BEGIN_BYTES_MAX:
            raise ValueError(
                f"a begin record starts with {BEGIN_START.decode()} and has at most "
                f"{BEGIN_BYTES_MAX} bytes; this one has {len(begin)}"
            )
        self._digest = GENESIS
        self._seal = b""
        self._out: list[bytes] = []
        self._parts: list[bytes] = []
        self._begun_ns = self._last_ns = now_ns
        self._ends_ns = _CLOSED
        self._room = 0
        self._ended = False
        self.seal_due_ns = NEVER
        """When `seal` must be called at the latest; `NEVER` when nothing is pending."""
        self._seal_record(record(RecordType.BEGIN, now_ns, begin), now_ns)

    def add(self, now_ns: int, code: int, data: bytes) -> None:
        """Add one input or output of the core.

        Args:
            now_ns: Time of the input that it is or belongs to; never less than before.
            code: Code of `core.ports`.
            data: At most 65,535 bytes.

        Raises:
            ValueError: If time fell, the data are too long, or the log has ended.
        """
        size = len(data)
        if not self._last_ns <= now_ns < self._ends_ns or size > self._room:
            self._open_block(now_ns, size)
        self._last_ns = now_ns
        self._room -= size + ENTRY_BYTES
        self._parts += (_pack_entry(now_ns - self._begun_ns, code, size), data)

    def add_step(
        self, now_ns: int, code: int, data: bytes, outputs: Iterable[tuple[int, bytes]]
    ) -> None:
        """Add an input of the core and all its outputs, as by `add` one after the other.

        Args:
            now_ns: Time of the input; never less than before.
            code: Code of the input.
            data: Its data, at most 65,535 bytes.
            outputs: Code and data of each output, in order.

        Raises:
            ValueError: If time fell, the data are too long, or the log has ended.
        """
        size = len(data)
        if not self._last_ns <= now_ns < self._ends_ns or size > self._room:
            self._open_block(now_ns, size)
        self._last_ns = now_ns
        parts, rel_ns = self._parts, now_ns - self._begun_ns
        room = self._room - size - ENTRY_BYTES
        # `+=` puts two parts at once, for less than the call of one `append`
        parts += (_pack_entry(rel_ns, code, size), data)
        for out_code, out in outputs:
            size = len(out)
            if size > room:
                self._open_block(now_ns, size)
                parts, rel_ns, room = self._parts, 0, self._room
            room -= size + ENTRY_BYTES
            parts += (_pack_entry(rel_ns, out_code, size), out)
        self._room = room

    def seal(self, now_ns: int) -> None:
        """Close the block under way and seal it; nothing happens where there is none.

        Raises:
            ValueError: If time fell.
        """
        parts = self._parts
        if not parts:
            return
        if now_ns < self._last_ns:
            raise self._time_fell(now_ns)
        body = b"".join(parts)
        rest = _pack_tail(len(body), _BLOCK, self._begun_ns) + body
        block = crc32(rest).to_bytes(CRC_BYTES, "little") + rest
        self._parts = []
        self._ends_ns = _CLOSED
        self.seal_due_ns = NEVER
        self._seal_record(block, now_ns)

    def end(self, now_ns: int, body: bytes) -> None:
        """Close the log: what is pending, the end record, the last seal. Nothing may follow.

        Args:
            now_ns: Time; never less than before.
            body: What the session came to, JSON, at most 1 MiB.

        Raises:
            ValueError: If time fell, the body is too long, or the log has ended before.
        """
        if now_ns < self._last_ns:
            raise self._time_fell(now_ns)
        if self._ended or len(body) > BODY_BYTES_MAX:
            raise ValueError(
                f"a log ends once, with at most {BODY_BYTES_MAX} bytes, not {len(body)}"
            )
        self.seal(now_ns)
        self._seal_record(record(RecordType.END, now_ns, body), now_ns)
        self._ended = True

    def take(self) -> bytes:
        """Return the bytes to append to the file since the last call; whole records only."""
        out, self._out = self._out, []
        return b"".join(out)

    @property
    def head(self) -> str:
        """Digest of the last seal, 64 hex digits: fixes everything before it."""
        return self._digest.hex()

    def _open_block(self, now_ns: int, size: int) -> None:
        if now_ns < self._last_ns:
            raise self._time_fell(now_ns)
        if self._ended or size > ENTRY_BYTES_MAX:
            raise ValueError(
                f"an entry has at most {ENTRY_BYTES_MAX} bytes and lies before the end; "
                f"bytes={size}, ended={self._ended}"
            )
        if self._parts:
            self.seal(now_ns)
        self._begun_ns = now_ns
        self._ends_ns = self.seal_due_ns = now_ns + BLOCK_NS_MAX
        self._room = BLOCK_BYTES_MAX - ENTRY_BYTES

    def _time_fell(self, now_ns: int) -> ValueError:
        return ValueError(f"time fell from {self._last_ns} to {now_ns} ns")

    def _seal_record(self, sealed: bytes, now_ns: int) -> None:
        """Put out a record and the seal over it and the seal before."""
        self._digest = sha256(self._digest + self._seal + sealed).digest()
        # `record`, without its call: a seal follows each block
        rest = _pack_tail(DIGEST_BYTES, _SEAL, now_ns) + self._digest
        self._seal = crc32(rest).to_bytes(CRC_BYTES, "little") + rest
        self._last_ns = now_ns
        self._out += (sealed, self._seal)
