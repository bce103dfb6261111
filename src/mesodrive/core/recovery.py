"""From a device that was lost back to a true account of it, by its own journal and nothing else.

Order, after any loss: find the device, compare who it is, open a session that names the old one
(nothing sent before it can take effect after it), fetch the journal from the last record on, ask
what became of the open command, settle it. What nobody can know stays an interval until an
operator answers for it; until then only queries, STOP and the closing of accounts leave.
"""

from typing import Final

from mesodrive.core import loading, opening
from mesodrive.core.ledger import CommandBook
from mesodrive.core.link import NEVER
from mesodrive.core.parts import Parts, Procedure, RefusalError, Wait
from mesodrive.core.states import Happened, State
from mesodrive_protocol.enums import How, Reason, Relation
from mesodrive_protocol.messages import (
    Account,
    AccountIs,
    Answer,
    Fetch,
    Identity,
    Poll,
    Record,
    Status,
)

AGAIN_NS: Final = 1_000_000_000
"""A device that does not answer is asked anew so often, until the operator ends the session."""
SEARCH_NS: Final = 300_000_000_000
"""A device that was not found for so long is gone; what is open is resumed from the log."""
RECOVERIES_MAX: Final = 4
"""Bound of recoveries without a single record of a unit between them."""
PASSING: Final = frozenset({"no-device", "no-answer", "open-refused", "other-serial"})
"""Refusals that another try may not meet: silence, and a wrong device that may be exchanged."""
LOSSES: Final = frozenset(
    {
        "port-lost", "device-reset", "device-silent", "no-answer", "records-missing",
        "no-fresh-status",
    }
)  # fmt: skip
"""Problems that are over once the device is found again and its account is settled."""


def recover(parts: Parts) -> Procedure[None]:
    """Find the device again and settle what was open, however often that takes.

    Raises:
        RefusalError: If the device is found and cannot be gone on with.
        EndWished: If the operator ends the session.
    """
    said = ""
    until_ns = parts.now_ns + SEARCH_NS
    while True:
        parts.bond.recovering = True
        parts.link.boot = parts.link.session = 0  # no boot and no session is a surprise now
        parts.device.forget()
        found = yield Wait(lambda: parts.port_open or parts.end_wished, until_ns)
        parts.check_end()
        if not found:
            yield from _without_device(parts)
            raise RefusalError("no-device", 4)
        try:
            yield from _reach(parts)
            yield from settle(parts)
            yield from _stop_proven(parts)  # pressed meanwhile: nothing is armed before
        except RefusalError as refusal:
            if not said:  # an operator may have thought for long before
                until_ns = parts.now_ns + SEARCH_NS
            if refusal.code not in PASSING:
                raise
            if parts.now_ns >= until_ns:
                yield from _without_device(parts)
                raise
            if refusal.code != said:
                said = refusal.code
                parts.outbox.event("not_found", code=refusal.code, **refusal.facts)
            yield from _pause_before_another_try(parts)
        else:
            break
    parts.bond.recovering = False
    if parts.problem.get("code") in LOSSES:
        parts.problem, parts.refusal_exit = {}, 0


def _pause_before_another_try(parts: Parts) -> Procedure[None]:
    parts.link.abandon()
    if parts.machine.state is State.IDLE:
        fire_lost(parts)  # lost again behind OPEN: who it is has to be heard once more
    yield Wait(lambda: parts.end_wished, parts.now_ns + AGAIN_NS)
    parts.check_end()


def stands_for_good(parts: Parts) -> bool:
    """Tell whether there is a problem that no recovery mends."""
    return bool(parts.problem) and parts.problem["code"] not in LOSSES


def fire_lost(parts: Parts) -> None:
    """Say what is lost; as long as the port is open, the device's word is still listened to."""
    if parts.ledger.units_open():
        parts.alarm("delivery-uncertain")
        fact = Happened.LOST_OPEN
    else:
        fact = Happened.STATUS_LOST if parts.port_open else Happened.LOST_CERTAIN
    if fact is Happened.STATUS_LOST:
        parts.alarm("status-lost")
    if parts.machine.may(fact):
        parts.fire(fact)


def _reach(parts: Parts) -> Procedure[None]:
    """Have the device answer, be the right one, and belong to a session of ours."""
    yield from opening.identify(parts)
    # At once: records of the old session may come while a STOP is being proven.
    parts.bond.doubt = parts.bond.doubt or _fell_back(parts)
    # A device that was reset holds no session; else OPEN names the one of ours that it holds.
    held = _identity(parts).session
    parts.link.session = held if held in parts.bond.sessions else 0
    if not parts.keys.keyed:
        yield from _stop_proven(parts)
    if parts.machine.may(Happened.HEARD_AGAIN):
        parts.fire(Happened.HEARD_AGAIN)
    yield from opening.compare_limits(parts)
    yield from opening.open_session(parts)
    # Here at the latest: a keyed device that was reset can sign no proof before it has a session.
    yield from _stop_proven(parts)


def _stop_proven(parts: Parts) -> Procedure[None]:
    """Wait until the device has shown that it is at rest, where STOP was pressed."""
    yield Wait(lambda: not parts.stopper.pressed or parts.end_wished, NEVER)
    parts.check_end()


def _fell_back(parts: Parts) -> str:
    """Return which of the device's numbers is below what this host has seen, or nothing."""
    identity, records = _identity(parts), parts.records
    book = parts.sequencer.book
    if identity.last_session < max(parts.bond.sessions, default=0):
        return "session-fell"
    if identity.journal_next <= records.last_seq:
        return "journal-fell"
    if identity.begun_total < parts.device.begun_seen:
        return "begun-fell"
    if book is not None and book.granted and identity.last_command < book.command:
        return "command-fell"
    newest_is_ours = identity.journal_next == records.last_seq + 1
    if newest_is_ours and records.chain is not None and identity.chain != records.chain:
        return "journal-differs"
    return ""


def settle(parts: Parts) -> Procedure[None]:
    """Settle what was open from the device's journal, its account, and an operator's word.

    Raises:
        RefusalError: If another host has gone on with the command.
    """
    if not parts.bond.doubt:
        yield from _fetch_rest(parts)
    status: Status = yield from parts.ask(Poll, expects=(Status,))
    if status.reason == Reason.STORES:
        parts.bond.doubt = parts.bond.doubt or "stores-differ"
    book = parts.sequencer.book
    asked = 0 if book is None else book.command
    account: AccountIs = yield from parts.ask(Account, asked, expects=(AccountIs,))
    parts.outbox.event(
        "recovered",
        command=asked,
        relation=Relation(account.relation).name.lower(),
        loaded=bool(account.loaded),
        next=account.next,
        doubt=parts.bond.doubt,
    )
    if book is None and _gone_on_with(parts, account, status):
        raise RefusalError("resumed-elsewhere", 6, command=account.last)
    if parts.bond.doubt:
        yield from _lock(parts)
    if book is not None:
        yield from settle_command(parts, book, account)
    else:
        if account.relation == Relation.OPEN and account.command:
            yield from opening.close_foreign(parts, account)
        yield from _answered_for(parts, None)
    if parts.sequencer.book is None and _identity(parts).fit_no != parts.position.fit_no:
        parts.position.refit()
    parts.booking.locked, parts.bond.doubt = False, ""


def _gone_on_with(parts: Parts, account: AccountIs, status: Status | None = None) -> bool:
    """Tell whether the device has had a command, or a delivery, that our log does not know.

    A command carries the session that opened it, and sessions only rise. Each is written down
    before it leaves, so that one of our own above the last one known means that the log is an older
    copy. Where the log does not even hold a session, the device's total of the treatment tells.
    """
    ours, by = parts.bond.sessions, account.last >> 32
    if by in ours and account.last & 0xFFFF_FFFF > parts.commands:
        return True
    if parts.started and by > min(ours) and by not in ours:
        return True
    never_begun = parts.started and not parts.ledger.books
    return never_begun and status is not None and status.case_total > parts.guard.before


def settle_command(parts: Parts, book: CommandBook, account: AccountIs) -> Procedure[None]:
    """Settle the open command by what the device says became of it; the table of protocol.md."""
    relation = Relation(account.relation)
    if relation is Relation.NEVER and not book.granted:
        parts.outbox.event("never_opened", command=book.command)
        parts.sequencer.close()
        if _gone_on_with(parts, account):
            raise RefusalError("resumed-elsewhere", 6, command=account.last)
        return
    ours = relation is Relation.OPEN or account.closed_by in parts.bond.sessions
    elsewhere = relation is Relation.OLDER or (relation is Relation.CLOSED and not ours)
    elsewhere = elsewhere or _gone_on_with(parts, account)
    if relation is Relation.NEVER:
        parts.bond.doubt = parts.bond.doubt or "command-unknown"
    elif not elsewhere and account.next > book.granted:
        parts.bond.doubt = parts.bond.doubt or "next-beyond-grants"
        parts.ledger.grant(book, min(account.next, book.units))
    elif not elsewhere and account.next < book.least_next:
        parts.bond.doubt = parts.bond.doubt or "next-fell"
    if not parts.bond.doubt and not elsewhere:
        parts.ledger.release(book, account.next)
        records = parts.records
        yield Wait(
            lambda: not book.open_units() and records.settled, parts.now_ns + loading.RECORDS_NS
        )
    yield from _answered_for(parts, book)
    if elsewhere:
        raise RefusalError("resumed-elsewhere", 6, command=book.command)
    yield from _go_on(parts, book, account)


def _go_on(parts: Parts, book: CommandBook, account: AccountIs) -> Procedure[None]:
    """Rejoin a settled command that is still loaded; close any other and plan its rest."""
    position, doubt = parts.position, parts.bond.doubt
    if account.relation == Relation.OPEN:
        status = parts.device.status
        same_fit = status is not None and status.fit_no == position.fit_no
        if account.loaded and same_fit and not doubt:
            position.fitted = True
            return
        # Durable before it leaves: another log must not be gone on from behind this CLOSE.
        yield from parts.made_durable(parts.outbox.persist(at_once=True))
        yield from loading.close_command(parts, book.command, account.next, How.REST_ELSEWHERE)
        loading.book_closed(parts, book, account.next, How.REST_ELSEWHERE)
        position.refit()
    else:
        loading.book_closed(parts, book, account.next, How(account.how))
    if account.how == How.COMPLETE:
        position.advance()
    else:
        position.rest_from(max(account.next, book.granted) if doubt else account.next)
    parts.bond.doubt = ""  # nothing of it is open any more, and the rest begins behind it


def _fetch_rest(parts: Parts) -> Procedure[None]:
    """Fetch what the journal holds behind the last record taken; the driver books what comes."""
    seq = parts.records.last_seq + 1
    for _ in range(opening.FETCH_MAX):
        answer: Record | Answer = yield from parts.ask(Fetch, seq, expects=(Record, Answer))
        if isinstance(answer, Answer):
            return
        if answer.seq > parts.records.last_seq:
            parts.bond.doubt = parts.bond.doubt or "journal-broken"
        if parts.bond.doubt:
            return
        seq = answer.seq + 1
    raise RefusalError("journal-endless", 4)


def _lock(parts: Parts) -> Procedure[None]:
    """Take the journal as it is, to be shown and acknowledged; nothing in it settles a unit."""
    identity = _identity(parts)
    parts.alarm("record-mismatch")
    parts.outbox.event("locked", doubt=parts.bond.doubt)
    parts.booking.locked = True
    is_empty = identity.journal_first == identity.journal_next
    parts.records.begin_after(identity.journal_first - 1, identity.chain if is_empty else None)
    doubt, parts.bond.doubt = parts.bond.doubt, ""
    try:
        yield from _fetch_rest(parts)
    finally:  # a device that is lost once more in between is doubted all the same
        parts.bond.doubt = doubt


def _answered_for(parts: Parts, book: CommandBook | None) -> Procedure[None]:
    """Have an operator answer for what nobody can know: who, when, why; the interval stays.

    A device that cannot be believed takes an answer also where no command is open.
    """
    units = [] if book is None else book.uncertain_units()
    if not units and not parts.bond.doubt:
        return
    parts.alarm("delivery-uncertain")
    parts.fire(Happened.LOST_OPEN)
    yield from _word_of_operator(parts, book, units)
    parts.acknowledge_alarms()
    parts.fire(Happened.ANSWERED_FOR)


def _without_device(parts: Parts) -> Procedure[None]:
    """The device is gone for good: an operator answers for what is open before the end (CMD-07)."""
    book = parts.sequencer.book
    if book is not None and book.uncertain_units():
        yield from _word_of_operator(parts, book, book.uncertain_units())


def _word_of_operator(parts: Parts, book: CommandBook | None, units: list[int]) -> Procedure[None]:
    """Write down who answers for units and why; their intervals stay."""
    interval = parts.ledger.dose
    command = 0 if book is None else book.command
    parts.outbox.event(
        "uncertain", command=command, units=units, doubt=parts.bond.doubt, lo=interval.lo,
        hi=interval.hi,
    )  # fmt: skip
    yield from parts.wished("resolve")
    facts = parts.wish_facts
    if book is not None:
        book.answered.update(units)
    parts.outbox.event(
        "resolved", command=command, units=units, doubt=parts.bond.doubt, who=facts["who"],
        why=facts["why"],
    )  # fmt: skip
    yield from parts.made_durable(parts.outbox.persist(at_once=True))


def _identity(parts: Parts) -> Identity:
    identity = parts.device.identity
    assert identity is not None, "recovery begins with who the device is"
    return identity
