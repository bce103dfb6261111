"""A copy of a log is gone on from on another machine; then the first one is tried as well."""

import pytest

from mesodrive.session.resume import resume_spec
from support.killing import kill, pricks, resumed
from support.specs import deliver, session
from support.worlds import Session

UNITS = 12
MS = 1_000_000


@pytest.mark.req("CMD-02")
@pytest.mark.parametrize("killed_ms", [100, 300, 800, 2_400])
@pytest.mark.parametrize("other_s", [2.5, 60])
def test_a_treatment_that_another_host_went_on_with_is_not_gone_on_with_again(
    killed_ms: int, other_s: float
) -> None:
    world = Session(session(deliver(UNITS, dose_nl=2_000))).begin()
    world.run(killed_ms * MS)
    log = kill(world)
    other = resumed(world, log).begin().lasting(other_s)
    kill(other)
    delivered = pricks(other)
    assert delivered
    last = resumed(other, log, number=2).begin().lasting(5)
    if last.core.view().awaiting == "resolve":
        last.wish("resolve", who="A. Nurse", why="the other log has them")
    last.lasting(60)
    assert last.core.view().problem.get("code") == "resumed-elsewhere"
    assert pricks(last) == delivered


@pytest.mark.req("CMD-02")
def test_where_a_log_stops_before_its_session_the_device_s_total_of_the_treatment_tells() -> None:
    world = Session(session(deliver(UNITS, dose_nl=2_000))).begin()
    world.run(100 * MS)
    log = kill(world)
    other = resumed(world, log).begin().lasting(60)
    assert pricks(other) == UNITS
    spec = resume_spec(log, nonce=3, first_rid=4)
    assert spec.resume is not None
    unopened = spec.model_copy(update={"resume": spec.resume.model_copy(update={"sessions": ()})})
    kill(other)
    last = Session(unopened, device=other.device, begin_ns=other.now_ns).begin()
    last.lasting(10)
    assert last.core.view().problem.get("code") == "resumed-elsewhere"
    assert pricks(last) == UNITS
