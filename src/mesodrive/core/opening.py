"""From an open port to a session of our own: identity first, before anything else is sent.

Nothing here can deliver. Whatever does not fit refuses the session by name.
"""

from typing import Final

from mesodrive.core.loading import close_command
from mesodrive.core.parts import Parts, Procedure, RefusalError, Wait, refused
from mesodrive.core.signed_opening import ask_open
from mesodrive.core.states import Happened
from mesodrive.profile.canonical import limits_for_wire
from mesodrive_protocol.enums import (
    CAPS_KIND_SHIFT,
    PROTOCOL_VERSION,
    Caps,
    ClearReason,
    Code,
    DeviceState,
    How,
    LimitField,
    Reason,
    Relation,
)
from mesodrive_protocol.messages import (
    Account,
    AccountIs,
    Answer,
    Clear,
    Fetch,
    Hello,
    Identity,
    Limits,
    LimitsAre,
    Poll,
    Record,
    Status,
)

HELLO_NS: Final = 250_000_000
"""A port just opened may have reset the device: ask again so often."""
HELLO_TRIES: Final = 20
"""LNK-05: wait at most 5 s for the device's first word."""
FETCH_MAX: Final = 4_096
"""Bound of journal entries taken at the beginning; far above the slots of any device."""
HELD_TRIES: Final = 12
"""OPEN is tried again while another host's session times out (2 s), and no longer."""
HELD_NS: Final = 250_000_000
STARTING_NS: Final = 3_500_000_000
"""A device that was just reset answers within 3 s and then is at rest, or latched."""


def identify(parts: Parts) -> Procedure[None]:
    """Ask who is there and compare it with what the session was planned for."""
    for _ in range(HELLO_TRIES):
        parts.link.abandon()
        pending = parts.put(Hello, expects=(Identity,), free=True)
        yield Wait(
            lambda one=pending: one.answer is not None or parts.end_wished,  # type: ignore[misc]
            parts.now_ns + HELLO_NS,
        )
        parts.check_end()
        if isinstance(pending.answer, Identity):
            break
    else:
        raise RefusalError("no-device", 4)
    identity = pending.answer
    _check_serial(parts, identity)
    parts.bond.met = True
    parts.link.boot = identity.boot
    if not parts.bond.sessions:
        is_empty = identity.journal_first == identity.journal_next
        parts.records.begin_after(identity.journal_first - 1, identity.chain if is_empty else None)
    parts.device.identity = identity
    parts.outbox.event(
        "identified",
        vendor=identity.vendor.decode(),
        model=identity.model.decode(),
        serial=identity.serial.decode(),
        firmware=identity.firmware,
        boot=identity.boot,
        profile=identity.profile.hex(),
        simulated=parts.device.simulated,
    )
    _compare_identity(parts, identity)


def _check_serial(parts: Parts, identity: Identity) -> None:
    """Bind the session to the device that was asked for, or to the first one seen.

    Raises:
        RefusalError: If this is another one; nothing of it is taken.
    """
    found = identity.serial.decode()
    if parts.bond.serial and found != parts.bond.serial:
        raise RefusalError("other-serial", 4, found=found, planned=parts.bond.serial)


def _compare_identity(parts: Parts, identity: Identity) -> None:
    spec = parts.spec
    expected = spec.profile.identity
    if not identity.first_version <= PROTOCOL_VERSION <= identity.last_version:
        raise RefusalError(
            "protocol-version", 4, ours=PROTOCOL_VERSION, first=identity.first_version,
            last=identity.last_version,
        )  # fmt: skip
    found = (identity.vendor.decode(), identity.model.decode())
    if found != (expected.vendor, expected.model):
        raise RefusalError(
            "other-device", 4, found=" ".join(found), planned=f"{expected.vendor} {expected.model}"
        )
    if identity.profile.hex() != spec.profile_hash:
        raise RefusalError(
            "profile-differs", 4, device=identity.profile.hex(), host=spec.profile_hash
        )
    if identity.caps & Caps.SIMULATED and not spec.allow_simulator:
        raise RefusalError("simulator-forbidden", 4)
    if identity.caps & Caps.KEYED:
        parts.keys.meet(identity)
    elif parts.keys.keyed or not parts.loopback:
        raise RefusalError("line-unsigned", 4)
    kinds = {program.kind for stage in spec.stages for program in stage.programs}
    for kind in sorted(kinds):
        if not identity.caps >> (CAPS_KIND_SHIFT + kind) & 1:
            raise RefusalError("kind-missing", 4, kind=kind.name.lower())


def compare_limits(parts: Parts) -> Procedure[None]:
    """Compare the limits in force on the device with the profile's, field by field."""
    heads = sorted({program.head for stage in parts.spec.stages for program in stage.programs})
    for head in heads:
        answer: LimitsAre = yield from parts.ask(Limits, head, expects=(LimitsAre,), free=True)
        ours = limits_for_wire(parts.spec.profile)
        if answer.values != ours:
            names = {field.value: field.name.lower() for field in LimitField}
            differing = [
                {"field": names[at + 1], "device": theirs, "host": mine}
                for at, (theirs, mine) in enumerate(zip(answer.values, ours, strict=False))
                if theirs != mine
            ]
            raise RefusalError("limits-differ", 4, head=head, differing=differing)


def open_session(parts: Parts) -> Procedure[None]:
    """Open a session; wait out another host's for as long as it may hold the device."""
    spec = parts.spec
    # Each recovery opens a session of its own, so that nothing sent before it counts any more; an
    # OPEN that was not answered is repeated with the number that it had.
    nonce = (spec.nonce + len(parts.bond.sessions)) % (1 << 64)
    for _ in range(HELD_TRIES):
        answer = yield from ask_open(parts, nonce)
        if answer.code == Code.OK:
            break
        if answer.code not in (Code.HELD, Code.STATE):
            raise RefusalError("open-refused", 4, answer=Code(answer.code).name)
        yield Wait(lambda: False, parts.now_ns + HELD_NS)
    else:
        raise RefusalError("device-held", 4)
    parts.link.boot = answer.boot
    parts.link.begin_session(answer.session)
    assert parts.device.identity is not None, "a session is opened with a device that is known"
    parts.bond.serial = parts.device.identity.serial.decode()
    parts.bond.sessions.append(answer.session)
    signed = {"signed": True} if parts.keys.keyed else {}
    parts.outbox.event("opened", session=answer.session, boot=answer.boot, **signed)
    if parts.keys.keyed:
        yield from compare_limits(parts)  # once more: what was said before was not signed
    parts.fire(Happened.SESSION_OPENED)


def take_stock(parts: Parts) -> Procedure[None]:
    """Take the device's journal and state as found; settle what another session left open."""
    identity = parts.device.identity
    assert identity is not None, "take_stock comes after identify"
    yield from _fetch_journal(parts, identity.journal_first)
    status: Status = yield from parts.ask(Poll, expects=(Status,))
    account: AccountIs = yield from parts.ask(Account, 0, expects=(AccountIs,))
    if account.relation == Relation.OPEN and account.command:
        yield from close_foreign(parts, account)
        status = yield from parts.ask(Poll, expects=(Status,))
    _take_case(parts, status.case_total)
    if status.state == DeviceState.LATCHED:
        parts.fire(Happened.LATCHED_STOP)
        yield from clear_latch(parts)


def _take_case(parts: Parts, before: int) -> None:
    """Count what this treatment has had before, from the device's own totals.

    Raises:
        RefusalError: If that and the plan together pass the limit of a session.
    """
    if not before or parts.position.amount_unit == "strokes":
        return
    limit = parts.guard.take_case(before)
    parts.outbox.event("case", before=before, planned=parts.position.amount_planned)
    if before + parts.position.amount_planned > limit:
        raise RefusalError(
            "case-limit", 3, before=before, planned=parts.position.amount_planned, limit=limit
        )


def clear_latch(parts: Parts) -> Procedure[None]:
    """Unlatch by the operator's wish, as often as he asks while the cause still stands.

    Leads to loaded or to empty, as the device says.
    """
    while True:
        yield from parts.wished("clear")
        latch_no = parts.device.latch_no
        assert latch_no is not None, "nothing was seen that could be cleared"
        answer: Answer = yield from parts.ask(Clear, latch_no, ClearReason.CAUSE_GONE, durable=True)
        if answer.code != Code.LATCHED:
            break
        parts.outbox.event("clear_refused", reason=Reason(answer.reason).name.lower(), times=0)
    if answer.code != Code.OK:
        raise refused("CLEAR", answer)
    parts.acknowledge_alarms()
    status: Status = yield from parts.ask(Poll, expects=(Status,))
    loaded = status.state == DeviceState.LOADED
    parts.fire(Happened.CLEARED_LOADED if loaded else Happened.CLEARED_EMPTY)


def _fetch_journal(parts: Parts, first: int) -> Procedure[None]:
    """Fetch what the device has kept, oldest first; the driver books what comes."""
    seq = first
    for _ in range(FETCH_MAX):
        answer = yield from parts.ask(Fetch, seq, expects=(Record, Answer))
        if isinstance(answer, Answer):
            return
        if answer.seq > parts.records.last_seq:
            raise RefusalError("journal-broken", 6, seq=answer.seq)
        seq = answer.seq + 1
    raise RefusalError("journal-endless", 4)


def close_foreign(parts: Parts, account: AccountIs) -> Procedure[None]:
    """Close a command that this session did not open: shown as found, never continued."""
    parts.outbox.event(
        "foreign",
        command=account.command,
        lo=account.lo,
        hi=account.hi,
        units=account.units,
        next=account.next,
        done=account.done,
        partial=account.partial,
        unknown=account.unknown,
    )
    mark = parts.outbox.persist(at_once=True)
    yield from parts.made_durable(mark)
    yield Wait(lambda: parts.records.settled, parts.now_ns + STARTING_NS)
    yield from close_command(parts, account.command, account.next, How.GIVEN_UP)
