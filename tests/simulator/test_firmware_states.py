"""Every state with every message, STOP everywhere, and queries that change nothing."""

from itertools import pairwise
from typing import Any

import pytest

from mesodrive_protocol.enums import (
    Code,
    DeviceState,
    How,
    Inputs,
    LimitField,
    Phase,
    Reason,
    Relation,
)
from mesodrive_protocol.messages import (
    Account,
    AccountIs,
    Ack,
    Answer,
    Arm,
    Begin,
    Clear,
    Close,
    Commit,
    Data,
    Fetch,
    Fit,
    Grant,
    Hello,
    Identity,
    Limits,
    LimitsAre,
    Narrow,
    Off,
    Open,
    Pause,
    Poll,
    Record,
    Selftest,
    Status,
    Update,
)
from support.firmware import CASE, Bench, bench_in

S = DeviceState
TAKEN: dict[type[Any], set[DeviceState]] = {
    Open: {S.IDLE, S.LOADING, S.LOADED, S.LATCHED},
    Narrow: {S.IDLE},
    Fit: {S.IDLE},
    Selftest: {S.IDLE, S.LOADED},
    Begin: {S.IDLE, S.LOADING},
    Data: {S.LOADING},
    Commit: {S.LOADING},
    Arm: {S.LOADED},
    Pause: {S.ARMED, S.RUNNING},
    Close: {S.IDLE, S.LOADED, S.LATCHED},
    Clear: {S.LATCHED},
    Off: {S.IDLE},
    Update: {S.IDLE},
}
"""The table of PROTOCOL.md section 10, copied by hand."""
FIELDS: dict[type[Any], tuple[Any, ...]] = {
    Open: (99, CASE, 0),
    Narrow: (0, ()),
    Fit: (2, 1, 1, 1, 0, 1, 0, 0),
    Selftest: (),
    Begin: (0, 1, 0, 1, 1, 1, 0),
    Data: (0, 0, ()),
    Commit: (0, 0),
    Arm: (0, 0, bytes(32), 0, 0),
    Pause: (0,),
    Close: (0, 0, 1),
    Clear: (0, 0),
    Off: (),
    Update: (),
}
RUNNING_STATES = [state for state in DeviceState if state != S.STARTING]


@pytest.mark.parametrize("state", RUNNING_STATES)
@pytest.mark.parametrize("request_class", TAKEN, ids=lambda cls: cls.__name__)
def test_each_request_is_taken_in_its_states_and_else_refused_with_state(
    request_class: type[Any], state: DeviceState
) -> None:
    bench = bench_in(state)
    rid = bench.send(request_class, *FIELDS[request_class])
    bench.run(5)
    answer = bench.answer(rid)
    assert isinstance(answer, Answer)
    if state in TAKEN[request_class]:
        # the fields are wrong on purpose, so it may be refused, but not for the state
        update = request_class is Update
        assert (answer.code != Code.STATE) or update
    else:
        assert answer.code == Code.STATE
        assert answer.state in (state, S.LATCHED, S.IDLE)


@pytest.mark.parametrize("message", [Hello, Poll, Selftest, Open, Grant, Ack])
def test_while_it_starts_a_device_hears_nothing_but_stop(message: type[Any]) -> None:
    bench = bench_in(S.STARTING)
    fields = {Open: (1, 1, 0), Grant: (1, 1, 1), Ack: (1, 1)}.get(message, ())
    heard = len(bench.heard)
    rid = bench.send(message, *fields)
    assert bench.answer(rid) is None
    bench.run(50)
    assert len(bench.heard) == heard
    assert bench.is_in(S.IDLE)


@pytest.mark.req("STP-01")
@pytest.mark.parametrize("state", list(DeviceState))
def test_stop_is_taken_in_every_state_without_boot_session_or_rid(state: DeviceState) -> None:
    bench = bench_in(state)
    before = bench.stores.latch_no
    stopping = state == S.STOPPING
    from_ns = bench.now_ns
    bench.send_stop_of_a_stranger()
    if state != S.UPDATE:
        bench.run_to_state(S.LATCHED, 100 + bench.profile.home_us_max / 1000)
        assert bench.now_ns - from_ns <= (100_000 + bench.profile.home_us_max) * 1000
        assert bench.plant.phase == Phase.REST
        assert bench.plant.home(bench.now_ns)
        status = bench.status
        assert status.reason == Reason.STOP
        assert status.inputs & Inputs.OUTPUTS_OFF
    assert bench.stores.latch_no == before + 1
    assert bench.state == (S.UPDATE if state == S.UPDATE else S.LATCHED)
    assert stopping == (state == S.STOPPING)


@pytest.mark.req("STP-01")
@pytest.mark.parametrize("state", [S.ARMED, S.RUNNING])
def test_nothing_is_delivered_later_than_100_ms_after_a_stop(state: DeviceState) -> None:
    bench = bench_in(state)
    bench.stop()
    bench.run(100)
    moved = bench.plant.plunger_moved_um(bench.now_ns)
    units = len(bench.plant.truth)
    bench.granting = True
    bench.run(1000)
    assert bench.plant.plunger_moved_um(bench.now_ns) <= moved
    assert len(bench.plant.truth) == units


QUERIES: list[tuple[type[Any], tuple[int, ...], type[Any]]] = [
    (Hello, (), Identity),
    (Poll, (), Status),
    (Limits, (0,), LimitsAre),
    (Limits, (9,), Answer),
    (Account, (0,), AccountIs),
    (Account, (1 << 32,), AccountIs),
    (Account, (1 << 40,), AccountIs),
    (Fetch, (1,), Record),
    (Fetch, (9999,), Answer),
]


def everything(bench: Bench) -> tuple[Any, ...]:
    """What a device remembers and what stands in its registers, link counters apart."""
    board = bench.device.board
    names = ("state", "session", "nonce", "hold", "upto", "lease_due_us", "pause", "primed")
    registers = tuple(getattr(board, name) for name in names)
    link = bench.device._link
    kept = (tuple(link.book.kept), link.book.highest, tuple(board.seen_us))
    delivery = (bench.device._delivery.grant_rid, board.tested_until_us, tuple(board.limits.values))
    stored = (bench.stores.to_bytes(), bench.stores.next_seq)
    return *stored, registers, kept, delivery


@pytest.mark.req("CMD-05")
@pytest.mark.parametrize("state", RUNNING_STATES)
@pytest.mark.parametrize("query", QUERIES, ids=lambda q: f"{q[0].__name__}{q[1]}")
def test_a_query_is_answered_in_every_state_and_changes_nothing(
    query: tuple[type[Any], tuple[int, ...], type[Any]], state: DeviceState
) -> None:
    bench = bench_in(state)
    before = everything(bench)
    cls, fields, answered = query
    rid = bench.send(cls, *fields, boot=77, session=78)
    assert isinstance(bench.answer(rid), answered)
    assert everything(bench) == before


def test_identity_says_what_the_device_is_and_holds() -> None:
    bench = bench_in(S.LOADED)
    identity = bench.identity
    assert (identity.model, identity.serial) == (b"nappage-gun", b"SIM-0001")
    assert identity.profile == bench.profile.canonical_hash
    assert identity.open_command == identity.last_command == bench.command
    assert identity.journal_next == bench.stores.next_seq
    assert identity.chain == bench.stores.records[-1].chain
    assert identity.caps & 1
    assert identity.caps & (1 << 9)
    assert not identity.caps & (1 << 10)
    assert Bench().device.simulated


def test_limits_are_those_in_force() -> None:
    bench = bench_in(S.IDLE)
    limits = bench.ask_now(Limits, 0)
    assert limits.values == bench.profile.limits_for_wire
    assert bench.code(Narrow, 1, ((LimitField.DOSE_NL_MAX, 9000),)) == Code.OK
    assert bench.ask_now(Limits, 0).values[LimitField.DOSE_NL_MAX - 1] == 9000


@pytest.mark.parametrize(
    ("state", "period_ms"), [(S.IDLE, 500), (S.LOADING, 500), (S.LOADED, 50), (S.ARMED, 50)]
)
def test_status_comes_by_the_clock_of_its_state_and_is_counted(
    state: DeviceState, period_ms: int
) -> None:
    bench = bench_in(state)
    bench.granting = True
    bench.run(600)
    bench.heard.clear()
    bench.run(1000)
    times = [status.device_us for status in bench.unasked]
    assert {b - a for a, b in pairwise(times)} == {period_ms * 1000}
    counts = [status.seq for status in bench.unasked]
    assert counts == list(range(counts[0], counts[0] + len(counts)))


def test_without_a_session_nothing_is_said_unasked_but_after_a_stop_for_2_s() -> None:
    bench = Bench()
    bench.run(5000)
    assert bench.heard == []
    bench.stop()
    bench.run(3000)
    assert len(bench.unasked) == 40
    assert bench.unasked[-1].device_us - bench.unasked[0].device_us == 39 * 50_000
    assert {status.session for status in bench.unasked} == {0}


def test_a_session_that_is_silent_for_2_s_is_no_longer_spoken_to_until_it_is_heard() -> None:
    bench = bench_in(S.IDLE)
    bench.run(2600)
    bench.heard.clear()
    bench.run(3000)
    assert bench.heard == []
    bench.send(Poll)
    bench.run(1)
    assert len(bench.unasked) == 1


def test_status_is_that_of_the_machine() -> None:
    bench = bench_in(S.IDLE)
    bench.hands(trigger=True)
    bench.plant.stop_key = False
    status = bench.status
    assert status.inputs & Inputs.TRIGGER
    assert status.inputs & Inputs.CONTACT
    assert status.b == bench.profile.contact_mn
    bench.plant.set_cartridge(bench.now_ns, present=False)
    bench.plant.head = False
    bench.simulated.advance(bench.now_ns)
    status = bench.status
    assert not status.inputs & (Inputs.CARTRIDGE | Inputs.HEAD | Inputs.PRIMED)


def test_the_stop_key_latches_in_any_state_and_clear_waits_until_it_is_up() -> None:
    bench = bench_in(S.IDLE)
    bench.plant.set_stop_key(bench.now_ns, pressed=True)
    bench.run(1)
    assert bench.is_in(S.LATCHED)
    assert bench.status.inputs & Inputs.STOP_KEY
    answer = bench.ask(Clear, bench.stores.latch_no, 0)
    assert (answer.code, answer.reason) == (Code.LATCHED, Reason.STOP_KEY)
    bench.plant.set_stop_key(bench.now_ns, pressed=False)
    assert bench.clear() == Code.OK
    assert bench.is_in(S.IDLE)


def test_off_answers_and_then_the_device_is_silent() -> None:
    bench = bench_in(S.IDLE)
    rid = bench.send(Off)
    bench.run(10)
    assert bench.answer(rid).code == Code.OK
    bench.heard.clear()
    bench.send(Hello)
    bench.simulated.line_break(bench.now_ns)
    bench.run(5000)
    assert bench.heard == []
    bench.device.power_on(bench.now_ns)
    bench.simulated.advance(bench.now_ns)
    bench.run(100)
    assert bench.identity.boot == 2


def test_update_needs_the_key_that_a_person_holds() -> None:
    bench = bench_in(S.IDLE)
    assert bench.code(Update) == Code.STATE
    bench.device.hold_service_key(held=True)
    assert bench.code(Update) == Code.OK
    assert bench.is_in(S.UPDATE)


@pytest.mark.parametrize("request_class", [Off, Update])
def test_power_and_firmware_stay_while_a_command_is_open(request_class: type[Any]) -> None:
    bench = bench_in(S.LOADED)
    bench.reset()
    bench.open()
    bench.device.hold_service_key(held=True)
    answer = bench.ask(request_class)
    assert (answer.code, answer.detail) == (Code.OTHER_OPEN, bench.command)


def test_an_account_is_told_apart_by_what_is_known_of_it() -> None:
    bench = bench_in(S.LOADED)
    bench.run(100)
    first = bench.command
    assert bench.account().relation == Relation.OPEN
    assert bench.account(first).loaded == 1
    assert bench.close() == Code.OK
    closed = bench.account()
    assert (closed.relation, closed.command, closed.closed_by) == (Relation.CLOSED, first, 1)
    assert bench.load() == Code.OK
    bench.run(100)
    assert bench.account(first).relation == Relation.CLOSED
    assert bench.account(bench.command + 1).relation == Relation.NEVER
    assert bench.close() == Code.OK
    older = bench.account(first)
    assert (older.relation, older.command, older.units) == (Relation.OLDER, first, 0)
    assert older.last == bench.command


def test_close_names_next_and_how() -> None:
    bench = bench_in(S.LOADED)
    bench.run(100)
    for fields, code in (
        ((bench.command + 1, 0, How.GIVEN_UP), Code.COMMAND),
        ((bench.command, 1, How.GIVEN_UP), Code.NEXT),
        ((bench.command, 0, How.COMPLETE), Code.NEXT),
        ((bench.command, 0, How.OPEN), Code.FIELD),
        ((bench.command, 0, 4), Code.FIELD),
        ((bench.command, 0, How.GIVEN_UP), Code.OK),
        ((bench.command, 0, How.GIVEN_UP), Code.COMMAND),
    ):
        assert bench.code(Close, *fields) == code
