"""The rules on a whole session: at the limit passes, one more is refused."""

from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesodrive.limits import Rolling, Violation
from mesodrive.limits import session_rules as rules
from mesodrive.limits.envelope import POINTS_MAX
from mesodrive.limits.texts import LIMIT_TEXTS
from mesodrive.limits.violation import path, shown, violation
from support.envelopes import GUN, PEN

HERE = ("zones", 0)

Rule = Callable[[int], Iterator[Violation]]


@pytest.mark.req("DOS-01")
@pytest.mark.req("DOS-02")
@pytest.mark.parametrize(
    ("code", "limit", "rule"),
    [
        ("depth-zone", 1_000, lambda n: rules.zone_depth(HERE, n, 1_000)),
        ("spacing-high", 10_000, lambda n: rules.spacing(HERE, n, GUN)),
        ("count-high", 10_000, lambda n: rules.count(HERE, n, GUN)),
        ("zone-volume", 100_000, lambda n: rules.zone_volume(HERE, n, 500, GUN)),
        ("zone-density", 5_000, lambda n: rules.density(HERE, n, 25_000_000, GUN)),
        ("zone-overlap", 20_000, lambda n: rules.overlap(HERE, n, GUN)),
        ("session-volume", 10_000_000, lambda n: rules.session_volume(HERE, n, GUN)),
        ("advised-depth", 2_000, lambda n: rules.advised_depth(HERE, n, GUN)),
        ("advised-volume", 5_000_000, lambda n: rules.advised_volume(HERE, n, GUN)),
        ("product-volume", 700, lambda n: rules.product_volume(HERE, n, 700)),
        ("lot-volume", 700, lambda n: rules.lot_volume(HERE, n, 700)),
        ("content-short", 700, lambda n: rules.content(HERE, n, 700)),
        ("fills-count", 20, lambda n: rules.fills(HERE, n)),
        ("session-time", 3_600_000_000, lambda n: rules.session_time(HERE, n, GUN)),
    ],
)
def test_a_session_at_its_limit_passes_and_one_more_is_refused(
    code: str, limit: int, rule: Rule
) -> None:
    assert [*rule(limit - 1)] == []
    assert [*rule(limit)] == []
    (found,) = rule(limit + 1)
    assert (found.code, found.place) == (code, HERE)
    assert found.remedy


def test_what_has_a_least_value_is_refused_below_it() -> None:
    assert [*rules.spacing(HERE, 1_000, GUN)] == []
    assert [v.code for v in rules.spacing(HERE, 999, GUN)] == ["spacing-low"]
    assert [*rules.zone_area(HERE, 1)] == []
    assert [v.code for v in rules.zone_area(HERE, 0)] == ["zone-small"]


def test_a_limit_that_the_device_does_not_have_refuses_nothing() -> None:
    huge = 1 << 80
    assert [*rules.zone_depth(HERE, huge, None)] == []
    assert [*rules.spacing(HERE, huge, PEN)] == []
    assert [*rules.spacing(HERE, 0, PEN)] == []
    assert [*rules.zone_volume(HERE, huge, 1, PEN)] == []
    assert [*rules.density(HERE, huge, 1, PEN)] == []
    assert [*rules.overlap(HERE, huge, PEN)] == []
    assert [*rules.session_volume(HERE, huge, PEN)] == []
    assert [*rules.advised_volume(HERE, huge, PEN)] == []
    assert [*rules.product_volume(HERE, huge, None)] == []
    assert [*rules.windows([(0, huge, HERE)], PEN)] == []
    assert [*rules.advised_depth(HERE, huge, GUN._replace(advised_depth_um_max=None))] == []


def test_no_device_may_have_more_points_than_the_plan_can_hold() -> None:
    assert rules.units_max(GUN._replace(session_units_max=10**9)) == POINTS_MAX


def test_a_lot_may_be_used_on_its_last_day_and_not_after() -> None:
    assert [*rules.expired(HERE, "2027-03-31", "2027-03-31")] == []
    (found,) = rules.expired(HERE, "2027-03-31", "2027-04-01")
    assert found.expected() == "a last day of use on 2027-04-01 or later"


def test_a_zone_has_its_limit_from_whole_square_millimetres() -> None:
    assert rules.zone_limit_nl(150, GUN) == 30_000
    assert rules.zone_limit_nl(150, PEN) == 0


@pytest.mark.req("DOS-02")
@pytest.mark.parametrize(
    ("code", "dose_nl", "gap_us", "number"),
    [("window-60s", 50_000, 1_500_000, 40), ("window-10min", 50_000, 6_000_000, 100)],
)
def test_a_window_takes_its_limit_and_not_one_prick_more(
    code: str, dose_nl: int, gap_us: int, number: int
) -> None:
    """Pricks so far apart that exactly `number` lie within the window: its limit is full."""

    def timeline(gap_us: int) -> list[rules.TimedDose]:
        return [(index * gap_us, dose_nl, ("zones", index)) for index in range(number + 20)]

    assert [*rules.windows(timeline(gap_us), GUN)] == []
    (found,) = rules.windows(timeline(gap_us - 1), GUN)
    assert found.code == code
    assert found.place == ("zones", number)
    assert found.value == (number + 1) * dose_nl


def test_a_window_that_is_full_of_fast_pricks_tells_its_peak() -> None:
    timeline = [(0, 1_999_999, HERE), (1, 1, HERE), (2, 0, HERE), (3, 500, HERE), (4, 500, HERE)]
    (found,) = rules.windows(timeline, GUN)
    assert (found.code, found.value, found.limit) == ("window-60s", 2_001_000, 2_000_000)


def test_numbers_are_shown_in_the_units_that_people_use() -> None:
    assert shown(1_500, "um") == "1.5 mm"
    assert shown(138_000, "pa") == "138 kPa"
    assert shown(20_001, "points") == "20001 points"
    assert shown("held", "") == "held"
    assert path(("zones", 1, "shape", "points_mm", 0)) == "zones[1].shape.points_mm[0]"


def test_a_violation_says_what_was_found_what_is_expected_and_what_to_do() -> None:
    found = violation("depth-high", HERE, 4_200, 4_000, "um")
    assert found.sentence() == (
        "found 4.2 mm (too deep), expected at most 4 mm; choose a smaller depth"
    )


@pytest.mark.parametrize("code", LIMIT_TEXTS)
def test_every_code_has_words_that_make_a_sentence(code: str) -> None:
    text = LIMIT_TEXTS[code]
    assert text.title
    assert text.remedy
    assert "{}" in text.expected
    assert violation(code, HERE, 1, 2, "um").sentence().isascii()


@pytest.mark.req("DOS-02")
@given(
    st.lists(st.tuples(st.integers(0, 30_000_000), st.integers(0, 900_000)), max_size=60),
)
def test_the_plan_and_the_guard_count_the_same_windows(steps: list[tuple[int, int]]) -> None:
    """The plan counts a whole session at once, the guard one unit after the other."""
    time_us, timeline = 0, []
    rolling = {"window-60s": Rolling(60_000_000, 2_000_000),
               "window-10min": Rolling(600_000_000, 5_000_000)}  # fmt: skip
    peaks = dict.fromkeys(rolling, 0)
    for step_us, dose_nl in steps:
        time_us += step_us
        timeline.append((time_us, dose_nl, HERE))
        for code, window in rolling.items():
            window.add(time_us, dose_nl)
            peaks[code] = max(peaks[code], window.total(time_us))
    beyond = {code: peak for code, peak in peaks.items() if peak > rolling[code].limit_nl}
    assert {found.code: found.value for found in rules.windows(timeline, GUN)} == beyond
