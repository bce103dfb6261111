"""From a fitting to an armed command: FIT, SELFTEST, BEGIN, DATA, COMMIT, ARM, and CLOSE after it.

The intent is durable before BEGIN leaves, the ceiling before ARM does. A program that the guard
refuses never reaches the wire.
"""

from typing import Final
from zlib import crc32

from mesodrive.core.device import FRESH_NS
from mesodrive.core.ledger import CommandBook
from mesodrive.core.link import NEVER, Pending
from mesodrive.core.parts import Parts, Procedure, RefusalError, Wait, refused
from mesodrive.core.spec import ProgramSpec, SessionSpec
from mesodrive.core.states import Happened
from mesodrive.limits.spot_rules import READING_HZ_MIN
from mesodrive.profile.transdermal_models import TransdermalProfile
from mesodrive_protocol.codec import payload_bytes
from mesodrive_protocol.enums import Code, DeviceState, How, Inputs, Kind
from mesodrive_protocol.messages import (
    Answer,
    Arm,
    Begin,
    Close,
    Commit,
    Data,
    Fit,
    Poll,
    Selftest,
    Status,
)
from mesodrive_protocol.steps import pack_step

STEPS_PER_DATA: Final = 9
DATA_WIRE_BYTES: Final = 243
"""Wire bytes of a full DATA frame, for the device's window."""
TEST_NS: Final = 3_500_000_000
"""SELFTEST takes at most 3 s."""
CLOSE_TRIES: Final = 10
CLOSE_AGAIN_NS: Final = 100_000_000
"""CLOSE waits for acknowledgements that may have been lost; the device repeats within 400 ms."""
RECORDS_NS: Final = 2_000_000_000
"""CMD-04: within this every record of a command is here, or its units stay uncertain."""
ARM_NS: Final = 2_000_000_000
"""Bound of waiting for a fresh status before ARM; they come every 50 ms while loaded."""


def fit(parts: Parts) -> Procedure[None]:
    """Ask for the fitting, tell the device, and have it test itself with it."""
    position = parts.position
    wanted = position.fit
    yield from parts.wished("fitted")
    parts.acknowledge_alarms()
    position.fit_no = position.fit_no % 0xFFFF + 1
    yield from parts.demand(
        Fit, position.fit_no, wanted.needle_um, wanted.bore_um, wanted.pins, wanted.head,
        wanted.content_nl, wanted.area_mm2, wanted.lot, durable=True,
    )  # fmt: skip
    position.content_nl, position.low_told = wanted.content_nl, False
    parts.booking.bore_um = wanted.bore_um
    parts.outbox.event("fitted", fit_no=position.fit_no, title=wanted.title, lot=wanted.lot)
    yield from selftest(parts)
    yield from try_limits(parts)
    position.fitted = True


def selftest(parts: Parts) -> Procedure[None]:
    """Have the device test its own stop path, lease, journal and sensors (STP-08)."""
    tests_before = parts.booking.tests_reported
    yield from parts.demand(Selftest)
    yield Wait(lambda: parts.booking.tests_reported > tests_before, parts.now_ns + TEST_NS)
    status: Status = yield from parts.ask(Poll, expects=(Status,))
    passed = bool(status.inputs & Inputs.TESTED)
    parts.outbox.event("tested", passed=passed)
    if not passed:
        raise RefusalError("selftest-failed", 4)


def try_limits(parts: Parts) -> Procedure[None]:
    """Offer the device a step beyond a limit; one that takes it is not fit for use.

    STP-08. One for each kind that the stage delivers. A step goes no further than LOADING, and the
    refusal ends that. It belongs to a command number that is never committed.
    """
    first: dict[Kind, ProgramSpec] = {}
    for program in parts.position.stage.programs:
        if program.purpose == "deliver":
            first.setdefault(program.kind, program)
    for kind, program in first.items():
        field, value = _beyond(parts.spec, kind)
        step = program.steps[0].model_copy(update={"units": 1, field: value})
        command = parts.link.session << 32 | parts.commands + 1
        total, cap_uv = step.amount(kind), program.cap_uv
        yield from parts.demand(Begin, command, kind, program.head, 1, 1, total, cap_uv)
        answer: Answer = yield from parts.ask(Data, 0, 1, (pack_step(kind, step.wire(kind)),))
        refused_it = answer.code == Code.LIMIT
        parts.outbox.event("limits_tried", **{field: value}, answer=Code(answer.code).name)
        if not refused_it:
            raise RefusalError("limits-not-enforced", 4, **{field: value})


def _beyond(spec: SessionSpec, kind: Kind) -> tuple[str, int]:
    """Return a field of a step of this kind, and the first value beyond the limit on it."""
    if not isinstance(spec.profile, TransdermalProfile):
        return "depth_um", spec.profile.hard_limits.depth_um_max + 1
    hard = spec.profile.hard_limits
    if kind is Kind.CURRENT:
        return "current_ua", (hard.current_ua_max or 0) + 1
    if kind is Kind.PULSE:
        return "voltage_uv", (hard.voltage_uv_max or 0) + 1
    if kind is Kind.PASS:
        return "vacuum_pa", (hard.vacuum_pa_max or 0) + 1
    # A step can say no carrier of a reading that is too fast.
    return "carrier_hz", READING_HZ_MIN - 1


def load(parts: Parts, program: ProgramSpec) -> Procedure[CommandBook]:
    """Check a program, write the intent down, and open it as a command on the device."""
    position = parts.position
    _check(parts, program)
    parts.commands += 1
    command = parts.link.session << 32 | parts.commands
    book = parts.ledger.open_command(command, program)
    begin = _begin(parts, book)
    status = parts.device.status
    begun_before = status.begun_total if status is not None else 0
    steps = [pack_step(program.kind, step.wire(program.kind)) for step in program.steps]
    parts.outbox.event(
        "intent",
        command=command,
        stage=position.stage_at,
        program=position.program_index,
        done=position.done_before,
        purpose=program.purpose,
        kind=program.kind.name.lower(),
        units=book.units,
        total=begin.total,
        begun_before=begun_before,
    )
    yield from parts.made_durable(parts.outbox.persist(at_once=True))
    yield from parts.demand(Begin, *begin[3:])
    yield from _send_steps(parts, steps)
    crc = crc32(b"".join([payload_bytes(begin), *steps]))
    # Before COMMIT leaves: after a STOP in between, the device's account tells what became of it.
    parts.sequencer.open(book, begun_before)
    yield from parts.demand(Commit, command, crc, durable=True)
    parts.sequencer.loaded_ns = parts.now_ns
    parts.fire(Happened.PROGRAM_LOADED)
    return book


def _check(parts: Parts, program: ProgramSpec) -> None:
    position = parts.position
    violations = parts.guard.check_program(
        program, position.fit, position.content_nl, begun=position.done_before > 0
    )
    if violations:
        raise RefusalError(
            "limits",
            3,
            stage=position.stage_at,
            program=position.program_at,
            violations=[violation._asdict() for violation in violations],
        )


def _begin(parts: Parts, book: CommandBook) -> Begin:
    program = book.program
    return Begin(
        0,
        parts.link.boot,
        parts.link.session,
        book.command,
        program.kind,
        program.head,
        len(program.steps),
        book.units,
        sum(book.programmed),
        program.cap_uv,
    )


def _send_steps(parts: Parts, steps: list[bytes]) -> Procedure[None]:
    """Send the steps, as many frames ahead as the device's window takes."""
    identity = parts.device.identity
    assert identity is not None, "loading comes after identifying"
    link = parts.link
    under_way: list[Pending] = []
    for first in range(0, len(steps), STEPS_PER_DATA):
        some = tuple(steps[first : first + STEPS_PER_DATA])
        room = identity.window - DATA_WIRE_BYTES
        yield Wait(lambda room=room: link.unanswered_bytes <= max(room, 0), NEVER)  # type: ignore[misc]
        _raise_refused(under_way)
        under_way.append(parts.put(Data, first, len(some), some))
    yield Wait(lambda: all(pending.over for pending in under_way), NEVER)
    _raise_refused(under_way)


def _raise_refused(under_way: list[Pending]) -> None:
    for pending in under_way:
        if pending.over and not isinstance(pending.answer, Answer):
            raise RefusalError("no-answer", 4, message="DATA")
        if isinstance(pending.answer, Answer) and pending.answer.code != Code.OK:
            raise refused("DATA", pending.answer)


def arm(parts: Parts, book: CommandBook) -> Procedure[bool]:
    """Enable the device for the rest of the command, on a status that is fresh.

    Returns:
        False if it came too late: then the operator has to say so once more.

    The status named is one of this very program, at most 250 ms old (CMD-11). Where the operator
    has just acted, it is the one that the host had then (CMD-10): an ARM that was held up on its
    way names an old time, and the device refuses it.
    """
    sequencer = parts.sequencer
    yield from parts.made_durable(sequencer.raise_ceiling(_least_next(book)))
    sequencer.durable()
    ready = yield Wait(lambda: _fresh_status(parts) is not None, parts.now_ns + ARM_NS)
    status, parts.acted_on = _fresh_status(parts), None
    if not ready or status is None:
        raise RefusalError("no-fresh-status", 4)
    if status.next < _least_next(book):
        raise RefusalError("next-fell", 6, device=status.next, host=_least_next(book))
    answer: Answer = yield from parts.ask(
        Arm, book.command, status.device_us, bytes.fromhex(parts.spec.profile_hash), status.next,
        parts.position.fit_no, durable=True,
    )  # fmt: skip
    if answer.code == Code.FRESH:
        parts.outbox.event("armed_late", command=book.command, age_us=answer.value)
        return False
    if answer.code != Code.OK:
        raise refused("ARM", answer)
    parts.fire(Happened.ARMED)
    sequencer.arm(parts.now_ns)
    parts.outbox.event("armed", command=book.command, next=status.next)
    return True


def _fresh_status(parts: Parts) -> Status | None:
    """Return the status to name in ARM, or None while there is none."""
    device = parts.device
    newest = device.unsolicited
    if newest is None or newest.state != DeviceState.LOADED:
        return None
    if not device.is_fresh(parts.now_ns) or device.unsolicited_ns <= parts.sequencer.loaded_ns:
        return None
    seen = parts.acted_on
    acted = seen is not None and seen.state == DeviceState.LOADED and seen.boot == newest.boot
    if not acted or seen is None or newest.device_us - seen.device_us > FRESH_NS // 1_000:
        return newest
    return seen


def _least_next(book: CommandBook) -> int:
    """Return the least index the device may stand at: above every unit that has a record."""
    return max(book.settled, default=-1) + 1


def close(parts: Parts, book: CommandBook, how: How) -> Procedure[None]:
    """Settle what the device's journal holds of the command, then close it."""
    status: Status = yield from parts.ask(Poll, expects=(Status,))
    next_unit = status.next
    if status.state in _AT_REST:  # else a unit may still begin: it seemed to be over, and is not
        parts.ledger.release(book, next_unit)
        yield Wait(
            lambda: not book.open_units() and parts.records.settled, parts.now_ns + RECORDS_NS
        )
    if book.open_units():
        parts.alarm("delivery-uncertain")
        raise RefusalError("records-missing", 7, units=book.open_units())
    begun = status.begun_total - parts.sequencer.begun_before
    if begun != len(book.settled) and not book.answered:
        parts.alarm("record-mismatch")
        raise RefusalError("totals-differ", 6, device=begun, records=len(book.settled))
    yield from close_command(parts, book.command, next_unit, how)
    book_closed(parts, book, next_unit, how)


def close_command(parts: Parts, command: int, next_unit: int, how: How) -> Procedure[None]:
    """Close a command on the device, which first wants an acknowledgement of every record."""
    answer: Answer = yield from parts.ask(Close, command, next_unit, how, durable=True)
    for _ in range(CLOSE_TRIES):
        if answer.code != Code.JOURNAL:
            break
        yield Wait(lambda: False, parts.now_ns + CLOSE_AGAIN_NS)
        answer = yield from parts.ask(Close, command, next_unit, how, durable=True)
    if answer.code != Code.OK:
        raise refused("CLOSE", answer)


def book_closed(parts: Parts, book: CommandBook, next_unit: int, how: How) -> None:
    """Say that a command of ours is closed, and forget it."""
    parts.outbox.event("closed", command=book.command, next=next_unit, how=how.name.lower())
    if book.is_volume:
        parts.position.took(book.settled_hi + book.open_hi)
        if book.open_hi:  # what nobody can know was delivered just now at the latest
            parts.guard.settled(book, book.open_hi, parts.now_ns)
    parts.sequencer.close()


_AT_REST: Final = frozenset({DeviceState.LOADED, DeviceState.LATCHED, DeviceState.IDLE})
"""States in which the device's `next` is that of the open command."""
