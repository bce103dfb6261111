"""What goes into the core and what comes out of it: the codes that the session log stores.

Every input is `(code, data, now_ns)`, every output `(code, data)`. The log holds them as they are,
so replay is: feed the inputs, compare the outputs, byte for byte.
"""

from enum import IntEnum
from typing import Final


class In(IntEnum):
    """Inputs of the core; below 0x80."""

    RECEIVED = 1
    """Raw bytes from the device, as read."""
    TICK = 2
    """The core's deadline has come; no data."""
    WISH = 3
    """A wish of the operator or of the owner, JSON: `{"wish": NAME, ...}`."""
    DURABLE = 4
    """All entries up to a mark are on disk; data is the mark, u32 little-endian."""
    OPENED = 5
    """The port is open, JSON: `{"name": ..., "baud": N or null, "loopback": bool}`."""
    LOST = 6
    """The port is gone, JSON: `{"reason": ...}`."""
    JOURNAL_FAILED = 7
    """A write or sync of the log failed for good, JSON: `{"reason": ...}`."""
    HOST = 8
    """The owner was late or the machine slept, JSON: `{"late_ns": N, "asleep_ns": N}`."""
    KEY = 9
    """The owner's answer to `Out.KEY`: the purpose, then 8 or 32 bytes; none without such a key."""


class Out(IntEnum):
    """Outputs of the core; from 0x80 on."""

    SEND = 0x81
    """Bytes for the device, in order, after what is still unsent."""
    STOP = 0x82
    """A STOP frame: unsent bytes are discarded and this goes first."""
    EVENT = 0x83
    """Something that happened, JSON: `{"event": NAME, ...}`."""
    PERSIST = 0x84
    """Make all entries so far durable and say so: mark u32, then 1 if at once, 0 within 50 ms."""
    KEY = 0x85
    """Asks the owner to use a pairing key: purpose u8 (0 the MAC of an OPEN, 1 the key of a
    session), serial c16, key id u32, then what HMAC-SHA-256 is to be taken of."""


Output = tuple[int, bytes]

ENTRY_BYTES_MAX: Final = 65_535
"""Bound of one input or output, from the u16 length of a log entry."""
