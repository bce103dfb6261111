"""A session goes on from a log, wherever the log stops: nothing twice, nothing lost."""

import json
import runpy
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import pytest

from mesodrive.core.ports import In, Out
from mesodrive.core.spec import ResumeSpec
from mesodrive.session.account import account
from mesodrive.session.assembler import record
from mesodrive.session.begin import LogUnusableError, read_begin
from mesodrive.session.format import RecordType
from mesodrive.session.rebuild import driver_core
from mesodrive.session.replay import replay
from mesodrive.session.resume import check_version, resume_spec
from mesodrive.session.resume_errors import (
    LogCompletedError,
    LogDamagedError,
    LogVersionError,
)
from mesodrive_protocol.enums import Reason
from support.killing import kill, pricks, resumed
from support.logs import both, split
from support.specs import deliver, session
from support.worlds import Session

second: Callable[[bytes, int], tuple[int, int]] = runpy.run_path(
    str(Path(__file__).with_name("second_account.py"))
)["account"]
UNITS = 12
DOSE_NL = 2_000
MS = 1_000_000


def fresh(**options: int) -> Session:
    return Session(session(deliver(UNITS, dose_nl=DOSE_NL, **options))).begin()


def proof(log: bytes) -> ResumeSpec:
    found = resume_spec(log, nonce=1, first_rid=2).resume
    assert found is not None
    return found


def most_delivered(found: ResumeSpec) -> int:
    """Return up to where the treated program may have run, by what the log proves."""
    return max([found.done, *(one.done + one.ceiling for one in found.commands if one.program)])


def check_whole(world: Session) -> None:
    """Every prick exactly once or, where nobody can know, at most once; the account says which."""
    view = world.core.view()
    assert view.ending == "completed", view
    world.check_truth()
    assert pricks(world) <= UNITS
    assert pricks(world) >= view.units_confirmed
    assert replay(bytes(world.log.data), driver_core).equal


@pytest.mark.req("CMD-01")
@pytest.mark.parametrize("killed_ms", range(200, 3_400, 110))
def test_a_killed_host_goes_on_from_its_log_and_repeats_nothing(killed_ms: int) -> None:
    world = fresh()
    world.run(killed_ms * MS)
    log = kill(world)
    delivered = pricks(world)
    found = proof(log)
    assert most_delivered(found) >= delivered
    after = resumed(world, log).begin().end()
    check_whole(after)
    assert pricks(after) == UNITS


@pytest.mark.req("CMD-01")
@pytest.mark.parametrize("killed_ms", range(1_500, 3_400, 190))
def test_a_resumed_session_that_is_killed_as_well_holds_the_account_of_both(killed_ms: int) -> None:
    world = fresh()
    world.run(killed_ms * MS)
    first = kill(world)
    again = resumed(world, first).begin()
    again.run(again.now_ns + killed_ms // 4 * MS)
    second = kill(again)
    last = resumed(again, second, number=2).begin().end()
    check_whole(last)
    assert pricks(last) == UNITS
    found = account(bytes(last.log.data))
    assert found.booked == (last.core.view().amount_lo, last.core.view().amount_hi)
    assert len(found.commands) >= len(account(first).commands)


@pytest.mark.req("CMD-01")
@pytest.mark.parametrize("killed_ms", range(1_900, 3_300, 170))
def test_a_device_that_was_reset_meanwhile_is_gone_on_with_by_its_own_journal(
    killed_ms: int,
) -> None:
    world = fresh()
    world.run(killed_ms * MS)
    world.device.reset(world.now_ns)
    log = kill(world)
    after = resumed(world, log).begin()
    after.lasting(10)
    if after.core.view().awaiting == "resolve":
        after.wish("resolve", who="A. Nurse", why="looked at the skin")
    after.end()
    check_whole(after)
    assert pricks(after) >= UNITS - 1
    assert pricks(after) + after.core.view().units_uncertain >= UNITS


@cache
def stopped_log() -> bytes:
    """A session with a STOP in the middle, a prime begun anew, and an end by the operator."""
    world = fresh()
    world.run(2_600 * MS)
    world.wish("stop")
    world.lasting(1.1)
    return bytes(world.log.data)


@cache
def rejoined_log() -> bytes:
    """A session that lost its host and, resumed, its port."""
    world = fresh()
    world.run(2_400 * MS)
    after = resumed(world, kill(world)).begin()
    after.lasting(0.8)
    return kill(after)


def prefixes(log: bytes) -> list[bytes]:
    """Cut at every record's end, and at many other bytes."""
    ends, at = [], 0
    for one in split(log):
        at += len(one)
        ends.append(at)
    first = ends[1]  # nothing can have been sent before the first seal
    return [log[:end] for end in sorted({*ends[1:], *range(first, len(log), 1_511)})]


@pytest.mark.req("CMD-01")
@pytest.mark.parametrize("make", [stopped_log, rejoined_log])
def test_every_prefix_of_a_log_gives_a_session_whose_account_only_grows_sharper(
    make: Callable[[], bytes],
) -> None:
    log = make()
    for prefix in prefixes(log):
        found = proof(prefix)
        books = account(prefix)
        told = {one.command: one for one in found.commands}
        for one in books.commands.values():
            if not one.sealed:
                continue
            assert told[one.command].ceiling == one.ceiling
            assert len(told[one.command].settled) == len(one.settled)
        assert sum(not one.closed for one in found.commands) <= 1
        assert books.booked[0] <= books.booked[1]
        assert second(prefix, both(prefix).sealed_bytes) == (books.lo, books.hi)
        again = driver_core(read_begin(resumed_begin(prefix)))
        view = again.view()
        assert (view.amount_lo, view.amount_hi) == books.booked


def resumed_begin(log: bytes) -> bytes:
    """Return the beginning of the log of a session that goes on from another."""
    spec = resume_spec(log, nonce=1, first_rid=2)
    return bytes(Session(spec).log.data) or Session(spec).writer.take()  # type: ignore[union-attr]


def test_a_prime_begun_anew_moves_nothing_of_the_plan() -> None:
    world = fresh()
    world.run(2_600 * MS)
    world.wish("stop")
    world.lasting(0.2)
    log = kill(world)
    found = proof(log)
    assert found.stage == 0
    assert found.program == 1
    after = resumed(world, log).begin().end()
    check_whole(after)
    assert pricks(after) == UNITS


def test_a_completed_session_has_nothing_left() -> None:
    log = bytes(fresh().end().log.data)
    with pytest.raises(LogCompletedError, match="nothing is left") as caught:
        proof(log)
    assert "without --resume" in caught.value.remedy


def test_a_session_that_was_stopped_for_good_can_be_gone_on_with() -> None:
    world = fresh()
    world.run(2_600 * MS)
    world.auto_wishes = False
    world.wish("end")
    world.end(10)
    assert world.core.view().ending == "stopped"
    after = resumed(world, bytes(world.log.data)).begin().end()
    check_whole(after)
    assert pricks(after) == UNITS


def test_damage_before_the_tail_is_refused_and_a_torn_tail_is_not() -> None:
    log = stopped_log()
    middle = len(log) // 2
    flipped = log[:middle] + bytes([log[middle] ^ 1]) + log[middle + 1 :]
    with pytest.raises(LogDamagedError, match="more than a crash") as caught:
        proof(flipped)
    assert "another copy" in caught.value.remedy
    for tail in (b"", b"\0" * 5_000, log[40:90], b"\xff" * 3_000):
        assert proof(log[:middle] + tail).head == proof(log[:middle]).head
    changed = split(log)
    changed[-1] = record(RecordType.SEAL, 1 << 50, bytes(32))
    with pytest.raises(LogDamagedError):
        proof(b"".join(changed))


def test_a_log_that_was_never_sealed_or_is_none_is_refused() -> None:
    first = split(stopped_log())[0]
    with pytest.raises(LogUnusableError, match="never sealed"):
        proof(first)
    with pytest.raises(LogUnusableError, match="no session log"):
        proof(b"not a log at all")


def test_a_log_of_another_version_is_refused_by_its_number() -> None:
    begin = read_begin(stopped_log())
    with pytest.raises(LogVersionError, match="mesodrive 0 wrote") as caught:
        check_version(begin)
    assert caught.value.remedy == "Resume with mesodrive 0."


@pytest.mark.req("CMD-01")
@pytest.mark.parametrize("after_ms", range(6))
def test_a_record_that_the_dead_host_had_is_acknowledged_by_the_next_one(after_ms: int) -> None:
    world = fresh()
    while len(world.named("unit")) < UNITS + 2:
        world.run(world.now_ns + MS)
    world.run(world.now_ns + after_ms * MS)
    after = resumed(world, kill(world)).begin().end()
    check_whole(after)
    assert pricks(after) == UNITS


def crafted(*events: Mapping[str, object]) -> ResumeSpec:
    """Return what a log of these events proves; command 1 is the prime, command 2 the pricks."""
    spec = session(deliver(5, dose_nl=DOSE_NL), stages=2)
    writer = Session(spec).writer
    assert writer is not None
    writer.add(1, In.TICK, b"")
    for event in events:
        writer.add(1, Out.EVENT, json.dumps(event).encode())
    writer.seal(2)
    return proof(writer.take())


def intent(command: int, program: int, units: int, **facts: object) -> dict[str, object]:
    purpose, kind = ("deliver", "prick") if program else ("prime", "prime")
    return {
        "event": "intent", "command": command, "stage": 0, "program": program, "done": 0,
        "purpose": purpose, "kind": kind, "units": units, "begun_before": 40, **facts,
    }  # fmt: skip


def closed(command: int, next_unit: int, how: str) -> dict[str, object]:
    return {"event": "closed", "command": command, "next": next_unit, "how": how}


def place(found: ResumeSpec) -> tuple[int, int, int]:
    return found.stage, found.program, found.done


def test_the_plan_goes_on_behind_what_a_closed_command_may_have_delivered() -> None:
    pricks_begun = (intent(2, 1, 5), {"event": "ceiling", "command": 2, "upto": 4})
    assert place(crafted(*pricks_begun, closed(2, 3, "rest_elsewhere"))) == (0, 1, 3)
    doubted = {"event": "resolved", "command": 2, "units": [0, 1, 2, 3], "who": "N", "why": "x"}
    found = crafted(*pricks_begun, doubted, closed(2, 0, "rest_elsewhere"))
    assert place(found) == (0, 1, 4)
    assert (found.commands[0].ceiling, found.commands[0].answered) == (4, (0, 1, 2, 3))
    assert place(crafted(*pricks_begun, closed(2, 5, "given_up"))) == (1, 0, 0)
    assert place(crafted(*pricks_begun, closed(2, 5, "complete"))) == (1, 0, 0)
    assert place(crafted(intent(2, 1, 5), {"event": "never_opened", "command": 2})) == (0, 1, 0)


def test_a_prime_that_was_not_completed_is_begun_anew_as_a_whole() -> None:
    primed = (intent(1, 0, 2), {"event": "ceiling", "command": 1, "upto": 2})
    assert place(crafted(*primed, closed(1, 2, "rest_elsewhere"))) == (0, 0, 0)
    assert place(crafted(*primed, closed(1, 2, "complete"))) == (0, 1, 0)
    again = (*primed, closed(1, 2, "complete"), intent(2, 1, 5), closed(2, 2, "rest_elsewhere"))
    assert place(crafted(*again, intent(3, 0, 2), closed(3, 2, "complete"))) == (0, 1, 2)


def test_what_the_treatment_had_and_the_device_counted_goes_over() -> None:
    found = crafted(
        {"event": "identified", "serial": "A", "simulated": True},
        {"event": "opened", "session": 9, "boot": 1},
        {"event": "identified", "serial": "B", "simulated": True},
        {"event": "case", "before": 700, "planned": 1},
        {"event": "fitted", "fit_no": 4, "title": "", "lot": 0},
        intent((9 << 32) + 7, 1, 5),
    )
    assert (found.serial, found.sessions, found.before_nl) == ("A", (9,), 700)
    assert (found.begun_total, found.commands_begun, found.fit_no) == (40, 7, 4)
    assert found.content_nl == 2_000_000
    locked = {"event": "locked", "doubt": "begun-fell"}
    assert crafted(intent(2, 1, 5), locked).begun_total == 0


def block(world: Session) -> None:
    """Have the needle block until the device latches, and free it."""
    world.lasting(0.5)
    world.auto_wishes = False
    world.device.plant.blocked_permille = 1_000
    world.until("faulted")
    world.device.plant.blocked_permille = 0


def block_and_clear(world: Session) -> None:
    """Do the same, and have the operator clear the fault."""
    block(world)
    world.wish("clear")
    world.until("paused").lasting(0.1)


@pytest.mark.req("STP-07")
def test_a_new_process_does_not_begin_to_count_anew_how_often_a_fault_was_cleared() -> None:
    world = Session(session(deliver(60))).begin().until("running")
    for _ in range(2):
        block_and_clear(world)
        world.wish("resume")
        world.until("running")
    world = resumed(world, kill(world)).begin().until("running")
    block_and_clear(world)
    assert world.named("fault_cleared")[-1] == {
        "event": "fault_cleared", "reason": "blockage", "times": 3,
    }  # fmt: skip
    world.wish("resume")
    world.until("running")
    world = resumed(world, kill(world), number=2).begin().until("running")
    block(world)
    assert world.core.view().awaiting == "end"
    assert world.named("clear_refused")[-1]["times"] == 3
    world.wish("end")
    world.end()
    assert world.core.exit_code == 6
    assert replay(bytes(world.log.data), driver_core).equal


@pytest.mark.req("STP-07")
def test_a_log_remembers_cleared_faults_for_ten_minutes_and_stops_by_hand_not_at_all() -> None:
    world = Session(session(deliver(60))).begin().until("running")
    block_and_clear(world)
    world.lasting(300)
    world.wish("stop")
    world.until("awaiting").wish("clear")
    world.until("paused")
    remembered = proof(bytes(world.log.data)).clears
    assert [one.reason for one in remembered] == [Reason.BLOCKAGE]
    assert 300_000 <= remembered[0].ago_ms < 310_000
    world.lasting(301)
    assert proof(bytes(world.log.data)).clears == ()
