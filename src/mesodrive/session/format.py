"""Layout and bounds of the session log; JOURNAL.md says the same in words.

Record: `crc32 u32 | length u32 | type u8 | mono_ns u64 | body`, little-endian; the CRC covers
length, type, time and body. A block's body is entries `rel_ns u32 | code u8 | length u16 | data`.
"""

from enum import IntEnum, StrEnum
from mmap import mmap
from struct import Struct
from typing import Final

FORMAT: Final = 1
"""Format of this package; a reader refuses every other number by name."""
BEGIN_PREFIX: Final = b'{"format":'
BEGIN_START: Final = b'{"format":1,'
"""What the first record's body begins with: names file and format without a JSON parser."""


class RecordType(IntEnum):
    """Type of a record; 128 and above may be skipped by a reader that does not know them."""

    BEGIN = 1
    BLOCK = 2
    SEAL = 3
    END = 4
    SIGNATURE = 5
    KEY = 6
    NOTE = 7
    ACCOUNT = 8


BLOCK: Final = RecordType.BLOCK.value
"""As a plain number, for loops over records."""
SKIPPABLE_FROM: Final = 128
AFTER_END: Final = frozenset({RecordType.SEAL, RecordType.SIGNATURE, RecordType.KEY})
"""Known types that may follow END; skippable ones may too."""

HEADER: Final = Struct("<IIBQ")
"""CRC, length of the body, type, time: the 17 bytes before each body."""
TAIL: Final = Struct("<IBQ")
"""The part of the header that the CRC covers."""
ENTRY: Final = Struct("<IBH")
"""Time from the block's begin, code of `core.ports`, length: before the data of each entry."""
HEADER_BYTES: Final = 17
CRC_BYTES: Final = 4
ENTRY_BYTES: Final = 7
DIGEST_BYTES: Final = 32
GENESIS: Final = bytes(DIGEST_BYTES)
"""Stands for the digest before the first seal."""

BEGIN_BYTES_MAX: Final = 16 << 20
"""Begin records hold a whole plan; the largest plan (20,000 points) is far below."""
BODY_BYTES_MAX: Final = 1 << 20
"""Every other body; the writer's largest block is 16 times smaller."""
LOG_BYTES_MAX: Final = 1 << 30
"""A four-hour session has about 50 MB; a reader does not take more than this."""
BLOCK_BYTES_MAX: Final = 60 << 10
"""Entries of a block together, unless one entry alone is longer."""
BLOCK_NS_MAX: Final = 100_000_000
"""Longest time from a block's first entry to its seal: what a power cut may leave unsealed."""

Buffer = bytes | mmap
"""A whole log, in memory or mapped."""


class Fault(StrEnum):
    """What is wrong at the place where a walk had to stop."""

    NO_BEGIN = "no-begin"
    OTHER_FORMAT = "other-format"
    UNKNOWN_TYPE = "unknown-type"
    TOO_LONG = "too-long"
    UNWRITTEN = "unwritten"
    CUT = "cut"
    LENGTH = "length"
    CRC = "crc"
    ORDER = "order"
    TIME = "time"
    BLOCK = "block"
    SEAL = "seal"
    END = "end"


REFUSED: Final = frozenset({Fault.OTHER_FORMAT, Fault.UNKNOWN_TYPE, Fault.TOO_LONG})
"""Faults that are no damage: the log needs another reader."""
