"""The declaration of every message that a device sends; see `host_messages` for the rules."""

from typing import NamedTuple

from mesodrive_protocol.fields import (
    I32,
    U8,
    U16,
    U32,
    U64,
    CodeU16,
    Digest,
    EventU8,
    HoldU8,
    HowU8,
    InputsU16,
    KindU8,
    PhaseU8,
    ReasonU8,
    RelationU8,
    Sort,
    StateU8,
    Tail,
    Text16,
    message,
)


@message(0x8001, Sort.ANSWER, "")
class Identity(NamedTuple):
    """Who the device is, which versions it speaks, what it holds."""

    rid: U32
    boot: U32
    session: U32
    first_version: U8
    last_version: U8
    state: StateU8
    heads: U8
    vendor: Text16
    model: Text16
    serial: Text16
    hardware: U32
    firmware: U32
    profile: Digest
    calibration: U32
    last_session: U32
    journal_first: U32
    journal_next: U32
    chain: U32
    begun_total: U32
    open_command: U64
    last_command: U64
    key_id: U32
    caps: U32
    window: U16
    steps_max: U16
    slots: U16
    fit_no: U16


@message(0x8002, Sort.ANSWER_OR_REPORT, "")
class Status(NamedTuple):
    """What is; the only message that says so."""

    rid: U32
    boot: U32
    session: U32
    device_us: U64
    seq: U16
    state: StateU8
    reason: ReasonU8
    phase: PhaseU8
    hold: HoldU8
    inputs: InputsU16
    latch_no: U16
    next: U16
    upto: U16
    fit_no: U16
    lease_us: U32
    journal_next: U32
    begun_total: U32
    case_total: U32
    a: I32
    b: I32
    supply_uv: U32
    temp_mc: I32
    damaged: U16
    refused: U16


@message(0x8003, Sort.ANSWER, "", zeros={"n": 2}, tail=Tail("n", "i", 54))
class LimitsAre(NamedTuple):
    """Limits in force for one head; the value of limit field f at index f - 1."""

    rid: U32
    boot: U32
    session: U32
    head: U8
    n: U8
    values: tuple[int, ...]


@message(0x8004, Sort.ANSWER, "")
class AccountIs(NamedTuple):
    """Account of one command, from the device's journal."""

    rid: U32
    boot: U32
    session: U32
    command: U64
    last: U64
    crc: U32
    closed_by: U32
    first_seq: U32
    last_seq: U32
    lo: U32
    hi: U32
    units: U16
    next: U16
    done: U16
    partial: U16
    not_done: U16
    unknown: U16
    relation: RelationU8
    loaded: U8
    kind: KindU8
    how: HowU8


@message(0x8005, Sort.ANSWER_OR_REPORT, "", answer="ACK")
class Record(NamedTuple):
    """One journal entry: how a unit ended, or an event; the six values go by kind."""

    rid: U32
    boot: U32
    session: U32
    seq: U32
    chain: U32
    command: U64
    begun_us: U64
    took_us: U32
    at_boot: U32
    unit: U16
    kind: KindU8
    outcome: EventU8
    reason: ReasonU8
    phase: PhaseU8
    fit_no: U16
    lo: U32
    hi: U32
    v1: I32
    v2: I32
    v3: I32
    v4: I32
    v5: I32
    v6: I32


@message(0x8006, Sort.REPORT, "", tail=Tail("n", "ii", 20, ("a", "b")))
class Trace(NamedTuple):
    """Samples of the two measured values, `period_us` apart."""

    rid: U32
    boot: U32
    session: U32
    first_us: U64
    period_us: U32
    seq: U16
    n: U8
    head: U8
    samples: tuple[tuple[int, int], ...]


@message(0x8020, Sort.ANSWER, "")
class Answer(NamedTuple):
    """What became of a request; `field`, `step` (or unit), `value` and `limit` say why not."""

    rid: U32
    boot: U32
    session: U32
    code: CodeU16
    state: StateU8
    reason: ReasonU8
    field: U16
    step: U16
    value: I32
    limit: I32
    detail: U64
