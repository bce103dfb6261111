"""The guard: what is settled, what is open and what is new, together within every limit."""

from typing import Any

import pytest

from mesodrive.core.guard import Guard
from mesodrive.core.ledger import CommandBook, Ledger
from mesodrive.core.spec import ProgramSpec, SessionSpec, StepSpec, ZoneRun, ZoneSpec
from mesodrive_protocol.enums import Kind, Outcome, Trigger
from support.specs import PRIME, deliver, session, step

S = 1_000_000_000
UNIT_NL = 5_000


class Desk:
    """A guard and the ledger it watches, with one command of ten units of 5 uL."""

    def __init__(self, spec: SessionSpec, program: ProgramSpec | None = None) -> None:
        self.ledger = Ledger(spec)
        self.guard = Guard(spec, self.ledger)
        self.book = self.open(program or deliver(10))

    def open(self, program: ProgramSpec) -> CommandBook:
        return self.ledger.open_command(len(self.ledger.books) + 1, program)

    def done(self, unit: int, now_ns: int = 0, hi: int = UNIT_NL) -> None:
        self.ledger.settle(self.book, unit, Outcome.DONE, hi, hi)
        self.guard.settled(self.book, hi, now_ns)

    def allowed(self, now_ns: int = 0) -> int:
        return self.guard.allowed_upto(self.book, self.book.units, now_ns)


def limited(what: str, limit_nl: int) -> SessionSpec:
    """Return a session whose only tight limit is this one."""
    if what == "product":
        return session(deliver(10), product_limit_nl=limit_nl)
    if what == "zone":
        return session(deliver(10), zone_limit_nl=limit_nl)
    spec = session(deliver(10))
    hard = spec.profile.hard_limits.model_copy(update={what: limit_nl})
    return spec.model_copy(
        update={"profile": spec.profile.model_copy(update={"hard_limits": hard})}
    )


TOTALS = ["product", "zone", "session_nl_max", "window_60s_nl_max", "window_10min_nl_max"]


@pytest.mark.req("DOS-02")
@pytest.mark.parametrize("what", TOTALS)
@pytest.mark.parametrize(("limit_nl", "units"), [(24_999, 4), (25_000, 5), (25_001, 5)])
def test_units_are_held_from_the_first_that_would_pass_a_total(
    what: str, limit_nl: int, units: int
) -> None:
    assert Desk(limited(what, limit_nl)).allowed() == units


@pytest.mark.req("DOS-02")
@pytest.mark.parametrize("what", TOTALS)
def test_open_units_count_in_full_until_they_are_settled(what: str) -> None:
    desk = Desk(limited(what, 25_000))
    desk.ledger.grant(desk.book, 3)
    assert desk.allowed() == 5
    desk.done(0, hi=0)
    assert desk.allowed() == 6
    desk.done(1)
    assert desk.allowed() == 6
    desk.ledger.grant(desk.book, 6)
    assert desk.allowed() == 6


@pytest.mark.req("DOS-02")
@pytest.mark.parametrize("what", TOTALS)
def test_the_commands_before_count_as_well(what: str) -> None:
    desk = Desk(limited(what, 25_000))
    desk.ledger.grant(desk.book, 4)
    for unit in range(4):
        desk.done(unit)
    desk.book = desk.open(deliver(10))
    assert desk.allowed() == 1


@pytest.mark.req("DOS-02")
@pytest.mark.parametrize(
    ("what", "span_s"), [("window_60s_nl_max", 60), ("window_10min_nl_max", 600)]
)
def test_a_window_gives_room_again_when_its_time_is_over(what: str, span_s: int) -> None:
    desk = Desk(limited(what, 25_000))
    desk.done(0, now_ns=S)
    desk.done(1, now_ns=2 * S)
    assert desk.allowed(3 * S) == 5
    assert desk.allowed((span_s + 1) * S - 1_000) == 5
    assert desk.allowed((span_s + 1) * S) == 6
    assert desk.allowed((span_s + 2) * S) == 7


@pytest.mark.req("DOS-02")
def test_each_zone_has_room_of_its_own() -> None:
    zones = (
        ZoneSpec(name="a", area_mm2=100, limit_nl=10_000),
        ZoneSpec(name="b", area_mm2=100, limit_nl=5_000),
    )
    program = ProgramSpec(
        purpose="deliver", kind=Kind.PRICK, steps=(step(5),),
        zones=(ZoneRun(zone=0, units=2), ZoneRun(zone=1, units=3)),
    )  # fmt: skip
    spec = session(program).model_copy(update={"zones": zones})
    assert Desk(spec, program).allowed() == 3


def test_without_limits_everything_is_allowed_and_nothing_below_what_is_granted() -> None:
    desk = Desk(session(deliver(10)))
    assert desk.allowed() == 10
    desk.ledger.grant(desk.book, 4)
    assert desk.guard.allowed_upto(desk.book, 4, 0) == 4


def test_a_prime_is_bounded_by_the_content_and_not_by_totals() -> None:
    desk = Desk(limited("product", 1), PRIME)
    assert desk.allowed() == 2
    desk.done(0, hi=20_000)
    desk.book = desk.open(deliver(10))
    assert desk.allowed() == 0


def test_trains_dose_nothing() -> None:
    train = ProgramSpec(
        purpose="deliver",
        kind=Kind.TRAIN,
        steps=(
            StepSpec(units=3, depth_um=500, strokes=10, rate_mhz=100_000, trigger=Trigger.HELD),
        ),
        zones=(ZoneRun(zone=0, units=3),),
    )
    desk = Desk(limited("product", 1), train)
    assert desk.allowed() == 3
    desk.done(0, hi=10)
    desk.book = desk.open(deliver(10))
    assert desk.allowed() == 0, "the window is as empty as before, the product limit stands"


@pytest.mark.req("DOS-01")
def test_a_program_is_checked_whole_and_never_clamped() -> None:
    spec = session(deliver(2))
    desk = Desk(spec)
    fit = spec.stages[0].fit
    assert desk.guard.check_program(deliver(2), fit, 100_000) == ()
    wrong: Any = deliver(2, dose_nl=50_100, depth_um=4_100, period_us=110_999)
    found = {violation.code for violation in desk.guard.check_program(wrong, fit, 2_000_000)}
    assert len(found) >= 3
    short = desk.guard.check_program(deliver(2), fit, 10_999)
    assert [violation.code for violation in short] == ["content-short"]
