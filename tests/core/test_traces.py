"""The host's integrator: the samples of the device beside what its records say."""

# ruff: noqa: ANN401
import json
from typing import Any

import pytest

from mesodrive.core.ledger import CommandBook, Ledger
from mesodrive.core.outbox import Outbox
from mesodrive.core.ports import Out
from mesodrive.core.traces import LEVELS_MAX, WAITING_MAX, Traces
from mesodrive_protocol.enums import Kind, Outcome
from mesodrive_protocol.messages import Record, Trace
from support.electric_specs import SLICE_UC, current, ionto

PERIOD_US = 10_000
FRAME = 20
LEVEL_UA = 2_000
SECOND_US = 1_000_000
BOOT = 3


class Line:
    """A device's samples and records, and the driver's integrator that gets them."""

    def __init__(self, units: int = 12) -> None:
        self.outbox = Outbox()
        self.ledger = Ledger(ionto(units))
        self.traces = Traces(self.ledger, self.outbox)
        self.book: CommandBook = self.ledger.open_command(1, current(units))
        self.seq = 7
        self.us = 40 * SECOND_US
        self.boot = BOOT

    def frame(self, *levels_ua: int, **changes: Any) -> bool:
        """Send one frame; it is told whether a unit differs."""
        samples = tuple((level_ua, 12_000_000) for level_ua in levels_ua)
        plain = Trace(0, self.boot, 9, self.us, PERIOD_US, self.seq, len(samples), 0, samples)
        trace = plain._replace(**changes)
        self.seq = trace.seq + 1 & 0xFFFF
        self.us = trace.first_us + len(samples) * trace.period_us
        return self.traces.take(trace)

    def flow(self, seconds: float, level_ua: int = LEVEL_UA) -> bool:
        frames = round(seconds * SECOND_US) // (FRAME * PERIOD_US)
        found = [self.frame(*[level_ua] * FRAME) for _ in range(frames)]
        return any(found)

    def lose(self) -> None:
        self.seq = self.seq + 1 & 0xFFFF
        self.us += FRAME * PERIOD_US

    def record(
        self, unit: int, begun_us: int, took_us: int, charge_uc: int, **changes: int
    ) -> bool:
        blank = Record(
            0, BOOT, 9, unit + 1, 0, 1, begun_us, took_us, BOOT, unit, Kind.CURRENT, Outcome.DONE,
            0, 0, 1, charge_uc, charge_uc, 2_000, 12_000_000, 0, 6_000, 6_000, 0,
        )._replace(**changes)  # fmt: skip
        return self.traces.ended(self.book, blank)

    def events(self, name: str) -> list[dict[str, Any]]:
        said = [json.loads(body) for code, body in self.outbox.take() if code == Out.EVENT]
        return [one for one in said if one["event"] == name]


def seconds(count: float) -> int:
    return round(count * SECOND_US)


@pytest.mark.req("DOS-07")
@pytest.mark.parametrize(
    ("recorded_uc", "differs"),
    [(9_801, True), (9_802, False), (10_000, False), (10_202, False), (10_207, True)],
)
def test_a_record_that_is_more_than_two_percent_off_the_samples_is_found(
    recorded_uc: int, differs: bool
) -> None:
    line = Line()
    begun_us = line.us
    assert not line.flow(5)
    assert line.record(1, begun_us, seconds(5), recorded_uc) is differs
    found = line.events("charge_differs")
    assert [(one["unit"], one["traced"], one["lo"], one["hi"]) for one in found] == (
        [(1, SLICE_UC, recorded_uc, recorded_uc)] if differs else []
    )


@pytest.mark.req("DOS-07")
def test_the_way_of_the_current_does_not_matter() -> None:
    line = Line()
    begun_us = line.us
    line.flow(5, -LEVEL_UA)
    assert not line.record(1, begun_us, seconds(5), SLICE_UC)


@pytest.mark.req("DOS-07")
def test_slices_that_join_are_told_apart_by_time_also_within_a_sample() -> None:
    line = Line()
    begun_us = line.us
    line.flow(15)
    cut_us = 4_996_000
    charge_uc = LEVEL_UA * cut_us // SECOND_US
    for unit in (1, 2):
        assert not line.record(unit, begun_us, cut_us, charge_uc)
        begun_us += cut_us
    assert line.record(3, begun_us, cut_us, 9_700)


def test_a_record_that_comes_before_its_last_samples_waits_for_them() -> None:
    line = Line()
    begun_us = line.us
    line.flow(4.8)
    assert not line.record(1, begun_us, seconds(5), 9_000)
    assert line.events("charge_differs") == []
    assert line.flow(0.2)


def test_a_last_sample_that_never_comes_is_taken_for_the_one_before_it_or_for_none() -> None:
    line = Line()
    begun_us = line.us
    line.flow(0.2)
    assert not line.record(1, begun_us, 209_000, 418)
    assert line.record(2, begun_us + 209_000, 1, 50) is False, "not a sample of it is here"
    other = Line()
    begun_us = other.us
    other.flow(0.2)
    assert other.record(1, begun_us, 209_000, 430)


def test_a_unit_may_begin_a_sample_before_the_first_one() -> None:
    line = Line()
    begun_us = line.us - 9_000
    line.flow(1)
    assert not line.record(1, begun_us, seconds(1), 2_000)
    early = Line()
    begun_us = early.us - 10_001
    early.flow(1)
    assert not early.record(1, begun_us, seconds(1), 1), "nothing is known of its beginning"
    assert early.events("charge_differs") == []


@pytest.mark.req("DOS-07")
def test_a_stretch_with_a_lost_frame_compares_nothing_and_the_next_one_compares_again() -> None:
    line = Line()
    begun_us = line.us
    line.flow(2)
    line.lose()
    line.flow(2.8)
    assert not line.record(1, begun_us, seconds(5), 1)
    begun_us = line.us
    assert not line.flow(5)
    assert line.record(2, begun_us, seconds(5), 1)
    assert [one["unit"] for one in line.events("charge_differs")] == [2]


def test_a_unit_that_waits_when_a_frame_is_lost_is_not_compared() -> None:
    line = Line()
    begun_us = line.us
    line.flow(1)
    assert not line.record(1, begun_us, seconds(2), 1)
    line.lose()
    assert not line.flow(3)
    assert line.events("charge_differs") == []


@pytest.mark.parametrize(
    "change", [{"seq": 9}, {"first_us": 41 * SECOND_US + 1}, {"period_us": 5_000}, {"boot": 4}]
)
def test_a_gap_in_number_or_time_another_period_and_another_boot_begin_a_stretch(
    change: dict[str, int],
) -> None:
    line = Line()
    begun_us = line.us
    line.flow(1)
    line.frame(*[LEVEL_UA] * FRAME, **change)
    assert not line.record(1, begun_us, seconds(1.2), 1)


def test_a_copy_of_a_frame_changes_nothing() -> None:
    line = Line()
    begun_us = line.us
    line.flow(0.8)
    seq, us = line.seq, line.us
    line.flow(0.2)
    line.seq, line.us = seq, us
    line.flow(0.2)
    assert not line.record(1, begun_us, seconds(1), 2_000)
    assert not line.record(2, begun_us + seconds(1), 1, 0)


@pytest.mark.parametrize("change", [{"n": 0, "samples": ()}, {"period_us": 0}])
def test_a_frame_that_says_nothing_changes_nothing(change: dict[str, Any]) -> None:
    line = Line()
    begun_us = line.us
    line.flow(1)
    seq, us = line.seq, line.us
    line.frame(*[9_999] * FRAME, **change)
    line.seq, line.us = seq, us
    line.flow(1)
    assert not line.record(1, begun_us, seconds(2), 4_000)


def test_a_unit_of_a_later_boot_waits_for_samples_of_that_boot() -> None:
    line = Line()
    line.flow(1)
    begun_us = 5 * SECOND_US
    assert not line.record(1, begun_us, seconds(1), 1, at_boot=BOOT + 1)
    line.boot, line.us = BOOT + 1, begun_us
    assert line.flow(1)


def test_a_unit_of_an_earlier_boot_is_not_compared_with_samples_of_a_later_one() -> None:
    line = Line()
    begun_us = line.us
    line.flow(1)
    assert not line.record(1, begun_us, seconds(1), 1, at_boot=BOOT - 1)


@pytest.mark.req("CMD-08")
def test_what_flowed_above_the_programmed_charge_stands_beside_the_interval_and_counts() -> None:
    line = Line()
    begun_us = line.us
    line.flow(5, 2_300)
    line.ledger.settle(line.book, 1, Outcome.DONE, SLICE_UC, SLICE_UC)
    assert line.record(1, begun_us, seconds(5), SLICE_UC)
    assert line.ledger.excess == 1_500
    assert line.ledger.dose == (SLICE_UC, SLICE_UC + SLICE_UC // 2), "unit 0 is open"
    assert line.ledger.zone_hi(0) == SLICE_UC + SLICE_UC // 2 + 1_500
    said = line.events("excess")
    assert [(one["measured"], one["programmed"]) for one in said] == [(11_500, SLICE_UC)]


def test_more_than_was_recorded_and_no_more_than_was_programmed_is_no_excess() -> None:
    line = Line()
    begun_us = line.us
    line.flow(5, 1_900)
    assert line.record(1, begun_us, seconds(5), 9_000)
    assert line.ledger.excess == 0


def test_a_record_with_an_interval_is_compared_with_both_of_its_ends() -> None:
    line = Line()
    begun_us = line.us
    line.flow(5)
    assert not line.record(1, begun_us, seconds(5), 9_000, hi=9_900)
    other = Line()
    begun_us = other.us
    other.flow(5)
    assert other.record(1, begun_us, seconds(5), 10_300, hi=10_400)


def test_a_unit_that_never_began_is_no_difference() -> None:
    line = Line()
    begun_us = line.us
    line.flow(1)
    assert not line.record(1, begun_us, 0, 0, outcome=Outcome.NOT_DONE)
    assert not line.record(2, line.us, 0, 0, outcome=Outcome.NOT_DONE)
    assert not line.record(3, line.us + seconds(1), 0, 0, outcome=Outcome.NOT_DONE)


def test_a_record_of_less_than_a_sample_before_the_first_one_is_no_difference() -> None:
    line = Line()
    begun_us = line.us - PERIOD_US
    line.flow(1)
    assert not line.record(1, begun_us, 0, 0)


def test_what_was_compared_is_forgotten_and_the_next_unit_goes_on_from_there() -> None:
    line = Line()
    begun_us = line.us
    line.flow(1)
    assert not line.record(1, begun_us, seconds(1) + 9_000, 2_018)
    assert not line.record(2, begun_us + seconds(1) + 9_000, 991_000, 1_982)
    assert line.flow(1) is False
    assert line.record(3, begun_us, seconds(1), 1) is False, "its samples are gone"
    assert line.record(4, begun_us + seconds(1), seconds(1), 1) is False


def test_samples_and_waiting_records_are_bounded() -> None:
    line = Line()
    begun_us = line.us
    line.flow(LEVELS_MAX * PERIOD_US / SECOND_US + 1)
    assert not line.record(1, begun_us, seconds(1), 1), "the oldest samples are gone"
    later_us = line.us + seconds(100)
    for at in range(WAITING_MAX + 1):
        assert not line.record(2, later_us + at * seconds(0.2), seconds(0.2), 1)
    line.us = later_us
    assert line.flow(3)
    assert len(line.events("charge_differs")) == WAITING_MAX
