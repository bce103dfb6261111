"""The whole session as procedures: the way through, the way after a stop, the way out.

One procedure runs at a time. STOP, a fault and a lost port replace it at any point, so each can be
entered from anywhere: what they need to know is in the position, the ledger and the device's own
word, never in where the old procedure stood.
"""

from typing import Final

from mesodrive.core import loading, opening, recovery
from mesodrive.core.alarms import BY_REASON
from mesodrive.core.ledger import CommandBook
from mesodrive.core.link import NEVER
from mesodrive.core.parts import Parts, Procedure, RefusalError, Wait
from mesodrive.core.quality import REFUSE_PERMILLE
from mesodrive.core.states import Happened, State
from mesodrive_protocol.enums import DeviceState, How, Inputs, Kind, Reason
from mesodrive_protocol.messages import Account, AccountIs, Status

RECOVER_NS: Final = 2_000_000_000
"""CMD-04: within this a silent device is either heard again or lost."""
SAME_CAUSE_MAX: Final = 3
"""STP-07: the same cause cleared so often ..."""
SAME_CAUSE_NS: Final = 600_000_000_000
"""... within 10 min cannot be cleared once more in this session."""
END_NS: Final = 2_000_000_000
"""Bound of waiting for the log when a session ends."""


def whole_session(parts: Parts) -> Procedure[None]:
    """From the open port to the end of the last program."""
    yield from opening.identify(parts)
    yield from opening.compare_limits(parts)
    yield from opening.open_session(parts)
    yield from deliver_rest(parts)


def resumed_session(parts: Parts) -> Procedure[None]:
    """From the open port over what an earlier log left open, to the end of the last program."""
    parts.guard.begin(parts.now_ns)
    parts.alarms.begin(parts.now_ns)
    yield from recovery.recover(parts)
    yield from _stand_up(parts, parts.device.status)
    yield from deliver_rest(parts)


def deliver_rest(parts: Parts) -> Procedure[None]:
    """Run what is left of the session, from wherever it stands."""
    position, sequencer = parts.position, parts.sequencer
    if not parts.started:
        yield from opening.take_stock(parts)
        yield from parts.wished("start")
        parts.started = True
    while not position.over:
        parts.check_end()
        if not position.fitted:
            yield from loading.fit(parts)
        elif not _is_tested(parts) and sequencer.book is None:
            yield from loading.selftest(parts)
        book = sequencer.book
        if book is None:
            if position.program.kind is Kind.PRICK and not _shows(parts, Inputs.PRIMED):
                position.prime_again()
            book = yield from loading.load(parts, position.program)
        yield from _run(parts, book)
        yield from loading.close(parts, book, How.COMPLETE)
        parts.fire(Happened.PROGRAM_CLOSED)
        position.advance()
    parts.fire(Happened.FINISHED)
    yield from finish(parts, "completed")


def _is_tested(parts: Parts) -> bool:
    return _shows(parts, Inputs.TESTED)


def _shows(parts: Parts, what: Inputs) -> bool:
    status = parts.device.status
    return status is not None and bool(status.inputs & what)


def _run(parts: Parts, book: CommandBook) -> Procedure[None]:
    """Arm and follow one command until its last unit, through every pause."""
    position, sequencer = parts.position, parts.sequencer
    while not _is_over(parts, book):
        parts.check_end()
        if parts.machine.state is State.PAUSED or parts.pause_wished:
            parts.pause_wished = False
            yield from parts.wished("resume")
            parts.acknowledge_alarms()
        elif not position.armed_once:
            yield from parts.wished("arm")
            parts.acknowledge_alarms()
        if not _is_tested(parts):
            yield from loading.selftest(parts)
        while parts.quality.permille >= REFUSE_PERMILLE:
            parts.outbox.event("arm_refused", code="link-poor", permille=parts.quality.permille)
            yield from parts.wished("arm", "resume")
        position.armed_once = yield from loading.arm(parts, book)
        if not position.armed_once:
            continue
        yield Wait(lambda: not sequencer.armed, NEVER)
        if not _is_over(parts, book):
            status = parts.device.status
            if status is not None and status.state == DeviceState.LOADED:
                # No grant counts any more: what the device has not begun, it will not begin.
                parts.ledger.release(book, status.next)
            parts.pause_wished = False
            parts.fire(Happened.DISARMED)


def _is_over(parts: Parts, book: CommandBook) -> bool:
    status = parts.device.status
    return (
        status is not None
        and status.state == DeviceState.LOADED
        and status.next >= book.units
        and book.granted >= book.units
    )


def after_latch(parts: Parts) -> Procedure[None]:
    """After STOP or a fault: prove rest, collect the records, and ask how to go on."""
    device = parts.device
    parts.position.armed_once = False
    heard = yield Wait(lambda: _at_rest(parts), parts.now_ns + RECOVER_NS)
    if not heard and not parts.problem:
        note_refusal(parts, RefusalError("device-silent", 4))
        yield from after_loss(parts)
        return
    if not heard:
        recovery.fire_lost(parts)
        parts.offer("end")
        yield Wait(lambda: _at_rest(parts) or parts.end_wished, NEVER)
        parts.awaiting = ()
        parts.check_end()
    status = device.status
    assert status is not None, "rest was proven by a status"
    book = parts.sequencer.book
    if book is not None:
        parts.ledger.release(book, status.next)
        yield Wait(
            lambda: not book.open_units() and parts.records.settled,
            parts.now_ns + loading.RECORDS_NS,
        )
        if not parts.problem:
            yield from _reconcile(parts, book)
    # By the status that proved rest: a later one that says otherwise is none of a latched device.
    yield from _stand_up(parts, status)
    yield from deliver_rest(parts)


def _stand_up(parts: Parts, status: Status | None) -> Procedure[None]:
    """From a settled account to where the operator can go on: cleared where it was latched."""
    assert status is not None, "an account is settled with a status"
    if status.state == DeviceState.LATCHED:
        by_stop = status.reason in _STOP_REASONS
        parts.fire(Happened.LATCHED_STOP if by_stop else Happened.LATCHED_FAULT)
        reason = Reason(status.reason)
        parts.outbox.event("at_rest", reason=reason.name.lower(), next=status.next)
        alarm_id = BY_REASON.get(reason, "")
        if alarm_id and not parts.alarms.is_active(alarm_id):
            parts.alarm(alarm_id)  # withdrawn by an answer for a unit, and still latched
        yield from _cleared(parts, reason)
    elif parts.sequencer.book is not None:
        parts.fire(Happened.REJOINED)


_STOP_REASONS: Final = frozenset({Reason.STOP, Reason.BREAK, Reason.STOP_KEY})


def _at_rest(parts: Parts) -> bool:
    return parts.device.state is DeviceState.LATCHED and not parts.stopper.pressed


def _cleared(parts: Parts, reason: Reason) -> Procedure[None]:
    """Wait for the operator to clear; the same cause again and again cannot be cleared."""
    times = [at for at in parts.alarms.clears.get(reason, []) if parts.now_ns - at < SAME_CAUSE_NS]
    if parts.problem:
        yield from parts.wished("end")
    if reason not in _STOP_REASONS and len(times) >= SAME_CAUSE_MAX:
        parts.outbox.event("clear_refused", reason=reason.name.lower(), times=len(times))
        yield from parts.wished("end")
    yield from opening.clear_latch(parts)
    if reason not in _STOP_REASONS:
        parts.alarms.clears[reason] = [*times, parts.now_ns]
        parts.outbox.event("fault_cleared", reason=reason.name.lower(), times=len(times) + 1)


def _reconcile(parts: Parts, book: CommandBook) -> Procedure[None]:
    """Ask the device what became of the command; one it never opened begins anew under a new id."""
    account: AccountIs = yield from parts.ask(Account, book.command, expects=(AccountIs,))
    yield from recovery.settle_command(parts, book, account)


def after_loss(parts: Parts) -> Procedure[None]:
    """The device is gone, or not the one we left: find it, settle, let the operator go on.

    After a problem that no recovery mends, or before a session was ever opened, only ending is
    offered.
    """
    recovery.fire_lost(parts)
    parts.position.armed_once = False
    bond, records = parts.bond, sum(len(book.settled) for book in parts.ledger.books.values())
    bond.recoveries = bond.recoveries + 1 if records == bond.records else 1
    bond.records = records
    too_often = bond.recoveries > recovery.RECOVERIES_MAX
    if recovery.stands_for_good(parts) or not bond.sessions or too_often:
        yield from parts.wished("end")
    yield from recovery.recover(parts)
    yield from _stand_up(parts, parts.device.status)
    yield from deliver_rest(parts)


def after_taken(parts: Parts) -> Procedure[None]:
    """Another host has the device: what is open stays an interval, only ending is left."""
    recovery.fire_lost(parts)
    yield from parts.wished("end")


def after_refusal(parts: Parts, refusal: RefusalError) -> Procedure[None]:
    """A missing answer proves nothing: ask the device what is. Any other refusal leads out."""
    mends = refusal.code in recovery.LOSSES and parts.link.session and not parts.bond.recovering
    first = not (parts.problem or parts.end_wished or parts.ending)
    note_refusal(parts, refusal)
    if not (mends and first):
        return way_out(parts)
    parts.alarm("status-lost")
    parts.sequencer.disarm()
    parts.link.abandon()
    return after_loss(parts)


def after_break(parts: Parts) -> Procedure[None]:
    """After a defect of our own: only ending is offered; STOP is repeated until proven."""
    yield from parts.wished("end")


def way_out(parts: Parts) -> Procedure[None]:
    """End the session on the operator's wish: close what can be closed, keep what cannot."""
    book, device = parts.sequencer.book, parts.device
    state = parts.machine.state
    closable = state is State.LOADED or device.state in (DeviceState.LOADED, DeviceState.LATCHED)
    if book is not None and closable and state not in _LOST:
        try:
            yield from loading.close(parts, book, How.GIVEN_UP)
        except RefusalError as refusal:
            note_refusal(parts, refusal)
    if state is State.FAULTED:
        ending = "faulted"
    elif parts.problem or state in _LOST:
        ending = "abandoned"
    else:
        ending = "stopped"
    yield from finish(parts, ending)


_LOST: Final = frozenset({State.UNCERTAIN, State.DISCONNECTED, State.RECOVERING})


def note_refusal(parts: Parts, refusal: RefusalError) -> None:
    """Say each refusal, and keep what the session ends with: the first that no recovery mends."""
    parts.outbox.event("refused", code=refusal.code, **refusal.facts)
    graver = not recovery.stands_for_good(parts) and refusal.code not in recovery.LOSSES
    if not parts.problem or graver:
        parts.problem = {"code": refusal.code, **refusal.facts}
        parts.refusal_exit = refusal.exit_code


def finish(parts: Parts, ending: str) -> Procedure[None]:
    """Write the account down and end; nothing is sent after it."""
    ledger = parts.ledger
    parts.ending = ending
    parts.outbox.event(
        "ended",
        ending=ending,
        exit_code=exit_code(parts),
        lo=ledger.dose.lo,
        hi=ledger.dose.hi,
        excess=ledger.excess,
        waste_lo=ledger.waste.lo,
        waste_hi=ledger.waste.hi,
        units_settled=sum(len(book.settled) for book in ledger.books.values()),
        units_open=ledger.units_open(),
        units_unknown=ledger.units_unknown(),
        zones=[ledger.zone_hi(at) for at in range(len(parts.spec.zones))],
    )
    mark = parts.outbox.persist(at_once=True)
    yield Wait(
        lambda: parts.outbox.durable_mark >= mark or parts.outbox.failed, parts.now_ns + END_NS
    )
    parts.ended = True


def exit_code(parts: Parts) -> int:
    """Return how the session ended as a process tells it."""
    if parts.ledger.units_open() or parts.ledger.units_unknown():
        return 7
    if parts.refusal_exit:
        return parts.refusal_exit
    return {"completed": 0, "stopped": 5, "faulted": 6, "abandoned": 4}.get(parts.ending, 70)
