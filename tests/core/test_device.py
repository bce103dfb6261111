"""What a status means: fresh, old, of another boot or session, or a total that fell."""

import pytest

from mesodrive.core.device import (
    DRIFT_SAMPLES_MIN,
    FRESH_NS,
    LOST_NS,
    Device,
    Drift,
    News,
)
from mesodrive.core.link import NEVER
from mesodrive.core.outbox import Outbox
from mesodrive.core.position import PRIMES_AGAIN_MAX, Position
from mesodrive_protocol.messages import Status
from support.specs import deliver, session

MS = 1_000_000
BLANK = Status(0, 3, 9, 1_000, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 5, 0, 0, 0, 0, 0, 0, 0)


def seen(device: Device, status: Status, now_ns: int = 0) -> News:
    return device.take(status, 3, 9, now_ns)


@pytest.mark.req("CMD-11")
def test_a_status_that_is_not_later_than_the_last_is_old() -> None:
    device = Device()
    assert seen(device, BLANK, 7) is News.FRESH
    assert seen(device, BLANK) is News.OLD
    assert seen(device, BLANK._replace(device_us=999)) is News.OLD
    assert device.status == BLANK
    assert device.seen_ns == 7
    assert device.lost_ns == 7 + LOST_NS


@pytest.mark.req("LNK-05")
@pytest.mark.req("CMD-11")
@pytest.mark.parametrize(
    ("status", "news"),
    [
        (BLANK._replace(boot=4), News.REBOOTED),
        (BLANK._replace(boot=2), News.OLD),
        (BLANK._replace(session=10), News.FOREIGN),
        (BLANK._replace(session=8), News.OLD),
        (BLANK._replace(boot=4, session=0), News.REBOOTED),
    ],
)
def test_a_status_of_another_boot_or_session_is_never_acted_on(status: Status, news: News) -> None:
    device = Device()
    assert seen(device, status._replace(device_us=5_000)) is news
    assert device.status is None


def test_before_boot_and_session_are_known_any_status_is_taken() -> None:
    device = Device()
    assert device.take(BLANK._replace(boot=77, session=5), 0, 0, 1) is News.FRESH
    assert device.take(BLANK._replace(boot=78, session=6), 0, 0, 2) is News.FRESH


@pytest.mark.req("CMD-09")
@pytest.mark.parametrize("changes", [{"begun_total": 4}, {"journal_next": 4}])
def test_a_total_that_falls_within_a_boot_is_told_apart(changes: dict[str, int]) -> None:
    device = Device()
    seen(device, BLANK)
    assert seen(device, BLANK._replace(device_us=2_000)._replace(**changes)) is News.FELL_BACK
    assert device.status == BLANK


@pytest.mark.req("CMD-10")
@pytest.mark.req("CMD-11")
def test_only_an_unasked_status_can_be_fresh_enough_to_arm_on() -> None:
    device = Device()
    seen(device, BLANK, 0)
    seen(device, BLANK._replace(rid=4, device_us=200_000), 200 * MS)
    assert device.unsolicited == BLANK
    assert device.is_fresh(FRESH_NS)
    assert not device.is_fresh(FRESH_NS + 1)


def test_the_latch_number_outlives_what_is_forgotten() -> None:
    device = Device()
    assert device.latch_no is None
    seen(device, BLANK._replace(latch_no=4), 0)
    for _ in range(2):
        device.forget()
        assert device.latch_no == 4, "or an old LATCHED would look like a new one"


def test_what_is_forgotten_is_not_fresh() -> None:
    device = Device()
    seen(device, BLANK, 0)
    device.forget()
    assert device.status is None
    assert device.state is None
    assert device.simulated is None
    assert device.lost_ns == NEVER
    assert not device.is_fresh(0)
    assert seen(device, BLANK, 1) is News.OLD, "what was known then is no news now"
    assert seen(device, BLANK._replace(device_us=BLANK.device_us + 1), 1) is News.FRESH


def test_while_nobody_knows_the_boot_a_status_of_an_earlier_one_is_no_news() -> None:
    device = Device()
    seen(device, BLANK, 0)
    device.forget()
    later = BLANK._replace(boot=BLANK.boot - 1, device_us=BLANK.device_us + 1_000)
    assert device.take(later, 0, 0, 1) is News.OLD
    assert device.take(later, later.boot, 0, 1) is News.FRESH, "it has said that this is its boot"


def drift_after(seconds: int, share: float, *, late_ms: int = 0) -> Drift:
    """Return what is found when the device's clock runs off by a share of the time."""
    device = Device()
    for n in range(seconds * 20):
        now_ns = n * 50 * MS
        delay_ns = late_ms * MS if n % 3 else 0
        device_us = 1 + int(now_ns * (1 + share)) // 1_000
        seen(device, BLANK._replace(device_us=device_us), now_ns + delay_ns)
    return device.drift


@pytest.mark.parametrize(
    ("share", "drift"),
    [
        (0.0, Drift.FINE),
        (0.009, Drift.FINE),
        (-0.009, Drift.FINE),
        (0.012, Drift.WARN),
        (-0.012, Drift.WARN),
        (0.049, Drift.WARN),
        (0.052, Drift.UNUSABLE),
        (-0.052, Drift.UNUSABLE),
    ],
)
def test_the_clocks_are_compared_over_a_second(share: float, drift: Drift) -> None:
    assert drift_after(4, share) is drift


def test_statuses_that_come_late_are_no_drift() -> None:
    assert drift_after(6, 0.0, late_ms=40) is Drift.FINE


def test_a_few_readings_prove_nothing() -> None:
    device = Device()
    for n in range(2 * DRIFT_SAMPLES_MIN - 1):
        seen(device, BLANK._replace(device_us=2_000 + n * 300_000), n * 200 * MS)
    assert device.drift is Drift.FINE


def test_the_position_goes_through_programs_and_stages_and_forgets_the_fitting() -> None:
    spec = session(deliver(1), stages=2)
    position = Position(spec)
    position.fitted = position.armed_once = True
    assert position.program is spec.stages[0].programs[0]
    position.advance()
    assert (position.stage_at, position.program_at, position.fitted) == (0, 1, True)
    position.advance()
    assert (position.stage_at, position.program_at, position.fitted) == (1, 0, False)
    assert not position.armed_once
    position.advance()
    assert not position.over
    position.advance()
    assert position.over
    assert position.stage is spec.stages[1], "people still see the last one"
    assert position.program is spec.stages[1].programs[0]
    assert position.fit is spec.stages[1].fit


def test_a_prime_can_be_put_in_front_of_the_present_program_a_few_times() -> None:
    position = Position(session(deliver(1)))
    prime, program = position.stage.programs
    position.advance()
    for _ in range(PRIMES_AGAIN_MAX):
        position.prime_again()
        assert position.program is prime
        position.advance()
        assert position.program is program
    position.prime_again()
    assert position.program is program
    position.advance()
    assert position.over


def test_the_content_never_falls_below_nothing() -> None:
    position = Position(session(deliver(1)))
    position.content_nl = 10
    position.took(4)
    assert position.content_nl == 6
    position.took(7)
    assert position.content_nl == 0


def test_marks_of_durability_never_fall_and_never_pass_what_was_asked() -> None:
    outbox = Outbox()
    assert outbox.persist(at_once=True) == 1
    assert outbox.persist(at_once=False) == 2
    outbox.durable(9)
    assert outbox.durable_mark == 2
    outbox.durable(1)
    assert outbox.durable_mark == 2
    outbox.event("umlaut", text="ä")
    persisted = [(0x84, b"\1\0\0\0\1"), (0x84, b"\2\0\0\0\0")]
    assert outbox.take() == [*persisted, (0x83, '{"event":"umlaut","text":"ä"}'.encode())]
    assert outbox.take() == []
