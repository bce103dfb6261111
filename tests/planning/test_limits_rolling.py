"""Volume in a moving window, against a sum that is worked out anew each time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesodrive.limits import Rolling
from mesodrive.limits.rolling import ENTRIES_MAX

AMOUNTS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 1_000)), max_size=60)
"""Steps of time and amounts."""


@pytest.mark.req("DOS-02")
@given(AMOUNTS, st.integers(1, 100), st.integers(0, 5_000), st.integers(0, 150))
def test_the_window_is_the_sum_of_what_is_younger_than_its_span(
    amounts: list[tuple[int, int]], span_us: int, limit_nl: int, later_us: int
) -> None:
    window = Rolling(span_us, limit_nl)
    booked: list[tuple[int, int]] = []
    now_us = 0
    for step_us, nl in amounts:
        now_us += step_us
        window.add(now_us, nl)
        booked.append((now_us, nl))
        slow = sum(nl for time_us, nl in booked if now_us - time_us < span_us)
        assert window.total(now_us) == slow
        assert window.room(now_us) == limit_nl - slow
    now_us += later_us
    slow = sum(nl for time_us, nl in booked if now_us - time_us < span_us)
    assert window.room(now_us) == limit_nl - slow


def test_an_amount_leaves_exactly_when_its_span_is_over() -> None:
    window = Rolling(60, 10)
    window.add(100, 7)
    assert window.room(159) == 3
    assert window.room(160) == 10


def test_a_time_that_runs_back_counts_the_amount_longer_and_never_shorter() -> None:
    window = Rolling(60, 10)
    window.add(100, 1)
    window.add(50, 2)
    assert window.total(0) == 3
    assert window.total(159) == 3
    assert window.total(160) == 0


def test_a_full_window_keeps_every_amount_and_forgets_none_too_early() -> None:
    window = Rolling(10 * ENTRIES_MAX, 0)
    for time_us in range(2 * ENTRIES_MAX):
        window.add(time_us, 1)
    last_us = 2 * ENTRIES_MAX - 1
    assert window.total(last_us) == 2 * ENTRIES_MAX
    assert len(window._entries) == ENTRIES_MAX
    assert window.total(last_us + 10 * ENTRIES_MAX) == 0
