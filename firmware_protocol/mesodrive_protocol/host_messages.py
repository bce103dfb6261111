"""The declaration of every message that a host sends: the one place that says what it is.

Each message is a tuple of `rid`, `boot`, `session` (the header), then its payload in wire order.
Units stand in the field names; integers are unsigned but for `I16` and `I32`. Reserved zero
bytes are in `zeros`.
"""

from typing import NamedTuple

from mesodrive_protocol.fields import (
    U8,
    U16,
    U32,
    U64,
    Digest,
    KindU8,
    Sort,
    Tail,
    message,
)


@message(0x0001, Sort.QUERY, "harmless", answer="IDENTITY")
class Hello(NamedTuple):
    """Ask who is there; the same in every version."""

    rid: U32
    boot: U32
    session: U32


@message(0x0002, Sort.QUERY, "harmless", answer="STATUS")
class Poll(NamedTuple):
    """Ask for one STATUS."""

    rid: U32
    boot: U32
    session: U32


@message(0x0003, Sort.QUERY, "harmless", zeros={"head": 3}, answer="LIMITS_ARE")
class Limits(NamedTuple):
    """Ask for the limits in force for one head."""

    rid: U32
    boot: U32
    session: U32
    head: U8


@message(0x0004, Sort.QUERY, "harmless", answer="ACCOUNT_IS")
class Account(NamedTuple):
    """Ask for the account of a command; 0 means the open one, else the last."""

    rid: U32
    boot: U32
    session: U32
    command: U64


@message(0x0005, Sort.QUERY, "harmless", answer="RECORD, or ANSWER with GONE")
class Fetch(NamedTuple):
    """Ask for the first record kept at or above `seq`."""

    rid: U32
    boot: U32
    session: U32
    seq: U32


@message(0x0010, Sort.BEAT, "stops", zeros={"cause": 3})
class Stop(NamedTuple):
    """Stop; `press` is new for each press, copies of a press change nothing."""

    rid: U32
    boot: U32
    session: U32
    press: U32
    cause: U8


@message(0x0011, Sort.BEAT, "**delivers**", zeros={"upto": 2})
class Grant(NamedTuple):
    """Let units below `upto` begin until 200 ms after `seen_us`."""

    rid: U32
    boot: U32
    session: U32
    command: U64
    seen_us: U64
    upto: U16


@message(0x0012, Sort.BEAT, "frees records")
class Ack(NamedTuple):
    """All records up to `seq` are durable at the host; void if `chain` is not that record's."""

    rid: U32
    boot: U32
    session: U32
    seq: U32
    chain: U32


@message(0x0020, Sort.DURABLE, "harmless", zeros={"key_id": 4}, answer="ANSWER")
class Open(NamedTuple):
    """Open a session; the same nonce as the current session's gives the same answer."""

    rid: U32
    boot: U32
    session: U32
    nonce: U64
    case: U64
    key_id: U32


@message(
    0x0021,
    Sort.REQUEST,
    "harmless",
    zeros={"n": 3},
    tail=Tail("n", "Hxxi", 16, ("field", "value")),
    answer="ANSWER",
)
class Narrow(NamedTuple):
    """Lower limits, in IDLE; `limits` holds n pairs of (limit field, value)."""

    rid: U32
    boot: U32
    session: U32
    n: U8
    limits: tuple[tuple[int, int], ...]


@message(0x0022, Sort.DURABLE, "harmless", answer="ANSWER")
class Fit(NamedTuple):
    """Say what is fitted: needle, syringe (bore and content) or electrode, and its lot."""

    rid: U32
    boot: U32
    session: U32
    fit_no: U16
    needle_um: U16
    bore_um: U16
    pins: U8
    head: U8
    content_nl: U32
    area_mm2: U32
    lot: U32


@message(0x0023, Sort.REQUEST, "nothing leaves the housing", answer="ANSWER; then RECORD *tested*")
class Selftest(NamedTuple):
    """Test the device's own stop path, inner lease, journal and sensors."""

    rid: U32
    boot: U32
    session: U32


@message(0x0024, Sort.REQUEST, "harmless", zeros={"units": 2}, answer="ANSWER")
class Begin(NamedTuple):
    """Begin to load a program; `total` is in nL, strokes or uC by kind."""

    rid: U32
    boot: U32
    session: U32
    command: U64
    kind: KindU8
    head: U8
    steps: U16
    units: U16
    total: U32
    cap_uv: U32


@message(
    0x0025, Sort.REQUEST, "harmless", zeros={"n": 1}, tail=Tail("n", "24s", 9), answer="ANSWER"
)
class Data(NamedTuple):
    """Steps from index `first` on; each item is one packed step of 24 bytes."""

    rid: U32
    boot: U32
    session: U32
    first: U16
    n: U8
    steps: tuple[bytes, ...]


@message(0x0026, Sort.DURABLE, "opens the command", answer="ANSWER")
class Commit(NamedTuple):
    """Open the command; `crc` is CRC-32 over BEGIN's payload and all steps."""

    rid: U32
    boot: U32
    session: U32
    command: U64
    crc: U32


@message(0x0027, Sort.DURABLE, "**enables**", answer="ANSWER")
class Arm(NamedTuple):
    """Enable outputs; `seen_us` names a STATUS at most 500 ms old, `next` is the device's own."""

    rid: U32
    boot: U32
    session: U32
    command: U64
    seen_us: U64
    profile: Digest
    next: U16
    fit_no: U16


@message(0x0028, Sort.REQUEST, "ends delivery", answer="ANSWER")
class Pause(NamedTuple):
    """Begin nothing more; a unit under way is finished."""

    rid: U32
    boot: U32
    session: U32
    command: U64


@message(0x0029, Sort.DURABLE, "harmless", zeros={"how": 1}, answer="ANSWER")
class Close(NamedTuple):
    """Close the command; every record of it must have been acknowledged."""

    rid: U32
    boot: U32
    session: U32
    command: U64
    next: U16
    how: U8


@message(0x002A, Sort.DURABLE, "unlatches", zeros={"reason": 1}, answer="ANSWER")
class Clear(NamedTuple):
    """Unlatch; `latch_no` must be the one in STATUS."""

    rid: U32
    boot: U32
    session: U32
    latch_no: U16
    reason: U8


@message(0x002B, Sort.DURABLE, "power down", answer="ANSWER")
class Off(NamedTuple):
    """Power down; no command may be open."""

    rid: U32
    boot: U32
    session: U32


@message(0x002C, Sort.DURABLE, "boot loader", answer="ANSWER")
class Update(NamedTuple):
    """Enter the boot loader; only while the device's own key is held."""

    rid: U32
    boot: U32
    session: U32


@message(0x7000, Sort.DURABLE, "replaces a pairing key", answer="ANSWER; then a start")
class Key(NamedTuple):
    """Give the boot loader a pairing key; only while the device's own key is held."""

    rid: U32
    boot: U32
    session: U32
    key_id: U32
    key: Digest
