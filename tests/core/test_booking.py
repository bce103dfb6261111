"""What the host thinks of a record: the second look at what the device has measured."""

import pytest

from mesodrive.core.booking import Booking, Verdict
from mesodrive.core.guard import Guard
from mesodrive.core.ledger import Ledger
from mesodrive.core.link import Link
from mesodrive.core.outbox import Outbox
from mesodrive.core.ports import Out
from mesodrive.core.records import Records, chain_of
from mesodrive_protocol.enums import EventKind, Kind, Outcome
from mesodrive_protocol.messages import Record
from support.specs import deliver, session

COMMAND = 1 << 32 | 1
DOSE_NL = 5_000
BORE_UM = 8_660
DOSE_UM = 85
"""What the plunger moves for one dose: 58.9 nL for each um."""


class Journal:
    """A device's journal as far as its records go, and the host's books beside it."""

    def __init__(self) -> None:
        spec = session(deliver(9, dose_nl=DOSE_NL))
        self.outbox = Outbox()
        link = Link(1, self.outbox.emit)
        self.ledger = Ledger(spec)
        self.ledger.open_command(COMMAND, deliver(9, dose_nl=DOSE_NL))
        records = Records(link, self.outbox)
        records.begin_after(0, 0)
        self.booking = Booking(records, self.ledger, Guard(spec, self.ledger), self.outbox)
        self.booking.bore_um = BORE_UM
        self.seq = 0
        self.chain = 0

    def tell(
        self, unit: int, *, hi: int = DOSE_NL, moved_um: int = DOSE_UM, **other: int
    ) -> Verdict:
        self.seq += 1
        blank = Record(
            0, 1, 1, self.seq, 0, COMMAND, 1, 1, 1, unit, Kind.PRICK, Outcome.DONE, 0, 0, 1,
            hi, hi, 1_500, 20_000, 9_000, 5_000, moved_um, 200_000,
        )._replace(**other)  # fmt: skip
        self.chain = chain_of(blank, self.chain)
        return self.booking.take(blank._replace(chain=self.chain), 1_000)


def test_a_unit_that_measured_what_was_commanded_is_sound() -> None:
    journal = Journal()
    assert journal.tell(0) is Verdict.SOUND
    assert journal.ledger.dose == (DOSE_NL, DOSE_NL)


@pytest.mark.req("CMD-06")
def test_what_is_booked_is_what_the_device_has_measured_and_not_what_it_was_asked_for() -> None:
    journal = Journal()
    journal.tell(0, lo=4_200, hi=4_300, outcome=Outcome.PARTIAL)
    assert journal.ledger.dose == (4_200, 4_300)


@pytest.mark.req("DOS-06")
@pytest.mark.parametrize(
    ("moved_um", "verdict"), [(94, Verdict.SOUND), (95, Verdict.TOO_MUCH), (400, Verdict.TOO_MUCH)]
)
def test_more_than_a_tenth_too_much_is_seen_by_the_host_as_well(
    moved_um: int, verdict: Verdict
) -> None:
    journal = Journal()
    assert journal.tell(0, moved_um=moved_um) is verdict
    said = [body for code, body in journal.outbox.take() if code == Out.EVENT]
    assert any(b'"excess"' in body for body in said) == (verdict is Verdict.TOO_MUCH)


@pytest.mark.req("CMD-08")
def test_what_was_too_much_is_said_beside_the_interval_and_never_clamped_into_it() -> None:
    journal = Journal()
    journal.tell(0, moved_um=400)
    assert journal.ledger.dose == (DOSE_NL, DOSE_NL)


@pytest.mark.req("DOS-06")
def test_two_units_running_below_four_fifths_stop_the_session_and_one_does_not() -> None:
    journal = Journal()
    assert journal.tell(0, hi=3_999) is Verdict.SOUND
    assert journal.tell(1) is Verdict.SOUND
    assert journal.tell(2, hi=3_999) is Verdict.SOUND
    assert journal.tell(3, hi=3_999) is Verdict.TOO_LITTLE
    assert journal.tell(4, hi=4_000) is Verdict.SOUND


def test_a_unit_that_was_cut_is_not_called_too_little() -> None:
    journal = Journal()
    for unit in range(3):
        assert journal.tell(unit, hi=100, outcome=Outcome.PARTIAL) is Verdict.SOUND


@pytest.mark.req("CMD-08")
def test_a_record_of_more_than_was_programmed_and_a_second_one_are_false() -> None:
    journal = Journal()
    assert journal.tell(0, hi=DOSE_NL + 1) is Verdict.FALSE
    assert journal.tell(1) is Verdict.SOUND
    assert journal.tell(1) is Verdict.FALSE


def test_events_and_units_of_other_commands_are_noted_and_not_booked() -> None:
    journal = Journal()
    assert journal.tell(0, kind=Kind.EVENT, outcome=EventKind.TESTED) is Verdict.SOUND
    assert journal.booking.tests_reported == 1
    assert journal.tell(0, command=9) is Verdict.SOUND
    assert journal.tell(9) is Verdict.SOUND
    assert journal.ledger.dose == (0, 0)


@pytest.mark.req("CMD-01")
def test_a_unit_is_confirmed_only_when_its_record_is_durable() -> None:
    journal = Journal()
    journal.tell(0)
    assert journal.booking.units_confirmed == 0
    journal.outbox.durable(journal.outbox.asked_mark)
    journal.booking.durable()
    assert journal.booking.units_confirmed == 1


@pytest.mark.req("CMD-08")
def test_what_was_measured_above_a_dose_is_booked_beside_it_and_takes_room_in_its_zone() -> None:
    journal = Journal()
    assert journal.tell(0, moved_um=2 * DOSE_UM) is Verdict.TOO_MUCH
    ledger = journal.ledger
    above = ledger.excess
    assert DOSE_NL * 0.9 < above < DOSE_NL * 1.1
    assert ledger.dose == (DOSE_NL, DOSE_NL), "the interval never passes what was programmed"
    assert ledger.zone_hi(0) == DOSE_NL + above
