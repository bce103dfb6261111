"""What nobody can know counts in full wherever a limit looks, also behind its command."""

import pytest

from mesodrive.core import loading
from mesodrive.core.parts import Parts
from mesodrive.core.restoring import restore
from mesodrive.core.spec import ResumedCommand, ResumedUnit, ResumeSpec
from mesodrive_protocol.enums import How, Outcome
from support.profiles import injector
from support.specs import deliver, session

SECOND_NS = 1_000_000_000
HARD = injector("nappage-gun").hard_limits


def uncertain_parts(dose_nl: int) -> Parts:
    """Return parts whose one closed command may have delivered a dose, without a record."""
    parts = Parts(session(deliver(1, dose_nl=dose_nl), deliver(1, dose_nl=1_000)))
    book = parts.ledger.open_command(1, deliver(1, dose_nl=dose_nl))
    parts.ledger.grant(book, 1)
    book.answered.add(0)
    loading.book_closed(parts, book, 1, How.REST_ELSEWHERE)
    return parts


def allowed(parts: Parts, now_ns: int) -> int:
    """Return how many units of a further command of one unit would be granted."""
    book = parts.ledger.open_command(2, deliver(1, dose_nl=1_000))
    return parts.guard.allowed_upto(book, 1, now_ns)


@pytest.mark.req("DOS-02")
@pytest.mark.parametrize(("after_s", "units"), [(0, 0), (59, 0), (61, 1)])
def test_a_unit_that_was_answered_for_counts_in_the_minute_from_when_it_was_closed(
    after_s: int, units: int
) -> None:
    most = HARD.window_60s_nl_max
    assert most is not None
    assert allowed(uncertain_parts(most), after_s * SECOND_NS) == units


@pytest.mark.req("DOS-02")
@pytest.mark.parametrize(("after_s", "units"), [(0, 0), (59, 0), (61, 1)])
def test_after_a_resume_it_counts_from_the_beginning_of_the_new_session(
    after_s: int, units: int
) -> None:
    spec = session(deliver(1), deliver(1, dose_nl=1_000))
    most = HARD.window_60s_nl_max
    assert most is not None
    spec = session(deliver(1, dose_nl=most), deliver(1, dose_nl=1_000))
    command = ResumedCommand(
        command=1, stage=0, program=1, done=0, ceiling=1, begun_before=0, answered=(0,), closed=True
    )
    parts = Parts(spec)
    restore(parts, ResumeSpec(
        head="", serial="X", sessions=(1,), last_seq=0, chain=None, begun_total=0,
        commands_begun=1, stage=0, program=2, done=0, commands=(command,),
    ))  # fmt: skip
    parts.guard.begin(0)
    assert allowed(parts, after_s * SECOND_NS) == units


@pytest.mark.req("CMD-08")
@pytest.mark.req("DOS-02")
def test_an_excess_of_an_earlier_log_takes_room_in_the_session() -> None:
    most = HARD.session_nl_max
    assert most is not None
    spec = session(deliver(1, dose_nl=1_000), deliver(1, dose_nl=1_000))
    unit = ResumedUnit(
        unit=0, outcome=Outcome.DONE, lo=1_000, hi=1_000, ago_ms=3_600_000, excess=most - 1_500
    )
    command = ResumedCommand(
        command=1, stage=0, program=1, done=0, ceiling=1, begun_before=0, settled=(unit,),
        closed=True,
    )  # fmt: skip
    parts = Parts(spec)
    restore(parts, ResumeSpec(
        head="", serial="X", sessions=(1,), last_seq=0, chain=None, begun_total=0,
        commands_begun=1, stage=0, program=2, done=0, commands=(command,),
    ))  # fmt: skip
    parts.guard.begin(7_200 * SECOND_NS)
    assert parts.ledger.excess == most - 1_500
    assert allowed(parts, 7_200 * SECOND_NS) == 0
