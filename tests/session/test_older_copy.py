"""An older copy of a log is gone on from, whose device has done more since: nothing twice."""

import pytest

from mesodrive.session.resume_errors import LogCompletedError
from mesodrive.session.walk import Walk
from support.killing import kill, pricks, resumed
from support.specs import deliver, session
from support.worlds import Session

UNITS = 8
COPIES = 24
MS = 1_000_000
TRIES = 3


def treated(until_ms: int) -> tuple[Session, bytes]:
    """Return a treatment in two programs whose host was killed, and its log."""
    plan = session(deliver(UNITS // 2, dose_nl=2_000), deliver(UNITS // 2, dose_nl=2_000))
    world = Session(plan).begin()
    world.run(until_ms * MS)
    return world, kill(world)


def older_copy(log: bytes, share: float) -> bytes:
    """Return what a copy had at a seal after a share of them."""
    walk = Walk(log)
    seals = sorted({walk.sealed_bytes for _ in walk} - {0})
    return log[: seals[int(share * (len(seals) - 1))]]


@pytest.mark.req("CMD-02")
@pytest.mark.parametrize("killed_ms", [1_900, 2_600, 3_100])
@pytest.mark.parametrize("share", [n / COPIES for n in range(COPIES + 1)])
def test_from_an_older_copy_of_a_log_nothing_is_delivered_twice(
    share: float, killed_ms: int
) -> None:
    world, log = treated(killed_ms)
    before = pricks(world)
    assert before
    log = older_copy(log, share)
    for number in range(1, TRIES + 1):
        try:
            world = resumed(world, log, number=number).begin().lasting(60)
        except LogCompletedError:
            break
        view = world.core.view()
        assert pricks(world) <= UNITS, (view.problem, before)
        if view.ending == "completed":
            world.check_truth()
        log = kill(world)
    assert pricks(world) <= UNITS
