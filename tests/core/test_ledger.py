"""The ledger: intervals that always hold the truth, and one settlement per unit."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mesodrive.core.ledger import CommandBook, Interval, Ledger
from mesodrive_protocol.enums import Outcome
from support.specs import PRIME, deliver, session


def book_of(units: int = 10) -> tuple[Ledger, CommandBook]:
    ledger = Ledger(session(deliver(units)))
    return ledger, ledger.open_command(1 << 32 | 1, deliver(units))


@pytest.mark.req("DOS-02")
def test_a_grant_books_every_unit_at_its_full_amount_before_it_leaves() -> None:
    ledger, book = book_of()
    ledger.grant(book, 3)
    assert ledger.dose == Interval(0, 15_000)
    assert ledger.zone_hi(0) == 15_000
    assert book.open_units() == [0, 1, 2]


@pytest.mark.req("CMD-08")
def test_a_unit_is_settled_once_and_a_second_record_changes_nothing() -> None:
    ledger, book = book_of()
    ledger.grant(book, 2)
    assert ledger.settle(book, 0, Outcome.PARTIAL, 1_000, 2_000)
    assert not ledger.settle(book, 0, Outcome.DONE, 5_000, 5_000)
    assert ledger.dose == Interval(1_000, 7_000)
    assert ledger.units_open() == 1


@pytest.mark.req("CMD-08")
def test_an_interval_above_the_programmed_amount_is_never_booked() -> None:
    ledger, book = book_of()
    with pytest.raises(AssertionError, match="outside the programmed"):
        ledger.settle(book, 0, Outcome.DONE, 5_000, 5_001)


@pytest.mark.req("CMD-04")
@pytest.mark.req("CMD-06")
def test_only_a_record_closes_an_interval_and_release_only_takes_back_what_never_began() -> None:
    ledger, book = book_of()
    ledger.grant(book, 5)
    ledger.settle(book, 0, Outcome.DONE, 5_000, 5_000)
    ledger.release(book, 3)
    assert ledger.dose == Interval(5_000, 15_000)
    assert book.open_units() == [1, 2]
    ledger.release(book, 0)
    assert ledger.dose == Interval(5_000, 5_000)
    assert book.granted == 1


def test_a_record_beyond_the_grants_is_booked_all_the_same() -> None:
    ledger, book = book_of()
    assert ledger.settle(book, 1, Outcome.DONE, 5_000, 5_000)
    assert ledger.dose == Interval(5_000, 10_000)


def test_a_prime_is_waste_and_no_dose() -> None:
    ledger = Ledger(session(deliver(1)))
    book = ledger.open_command(7, PRIME)
    ledger.grant(book, 2)
    ledger.settle(book, 0, Outcome.DONE, 20_000, 20_000)
    assert ledger.dose == Interval(0, 0)
    assert ledger.waste == Interval(20_000, 40_000)


@pytest.mark.req("CMD-02")
def test_a_command_id_is_never_used_twice() -> None:
    ledger, book = book_of()
    with pytest.raises(AssertionError, match="used twice"):
        ledger.open_command(book.command, deliver(1))


def test_a_unit_that_the_device_cannot_account_for_stays_an_unknown_unit() -> None:
    ledger, book = book_of()
    ledger.settle(book, 0, Outcome.UNKNOWN, 0, 5_000)
    assert ledger.units_unknown() == 1


@pytest.mark.req("DOS-02")
@pytest.mark.req("CMD-08")
@settings(max_examples=60, deadline=None)
@given(st.data())
def test_totals_equal_a_slow_recompute_after_any_order_of_events(data: st.DataObject) -> None:
    ledger, book = book_of(12)
    for _ in range(data.draw(st.integers(1, 20))):
        what = data.draw(st.sampled_from(["grant", "settle", "release"]))
        if what == "grant":
            ledger.grant(book, data.draw(st.integers(book.granted, book.units)))
        elif what == "settle":
            hi = data.draw(st.integers(0, 5_000))
            unit = data.draw(st.integers(0, book.units - 1))
            ledger.settle(book, unit, Outcome.PARTIAL, data.draw(st.integers(0, hi)), hi)
        else:
            ledger.release(book, data.draw(st.integers(0, book.units)))
        lo = sum(one.lo for one in book.settled.values())
        hi = sum(book.settled[u].hi if u in book.settled else 5_000 for u in range(book.granted))
        assert ledger.dose == Interval(lo, hi)
        assert ledger.zone_hi(0) == hi
        assert book.open_hi == 5_000 * len(book.open_units())
        assert set(book.settled) <= set(range(book.granted))


@pytest.mark.req("CMD-08")
@pytest.mark.parametrize("waste", [False, True])
def test_a_measured_excess_counts_beside_the_interval_and_in_its_zone_if_it_has_one(
    waste: bool,
) -> None:
    ledger = Ledger(session(deliver(1)))
    book = ledger.open_command(1, PRIME if waste else deliver(1))
    ledger.settle(book, 0, Outcome.DONE, book.programmed[0], book.programmed[0])
    before = ledger.dose
    zone_before = ledger.zone_hi(0)
    ledger.exceed(book, 0, 700)
    assert ledger.excess == 700
    assert ledger.dose == before
    assert ledger.zone_hi(0) - zone_before == (0 if waste else 700)
