"""The quality of a line: counted in both directions, over ten seconds, with counters that wrap."""

import pytest

from mesodrive.core.link import Link
from mesodrive.core.quality import LinkQuality
from mesodrive_protocol.messages import Status

STATUS = Status(0, 1, 1, 1, 0, 3, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 5_000_000, 0, 0, 0)
SECOND_NS = 1_000_000_000


class Line:
    """A link whose counters rise as if frames came and went."""

    def __init__(self, seq: int = 0) -> None:
        self.link = Link(1, lambda _output: None)
        self.quality = LinkQuality(self.link)
        self.seq = seq
        self.damaged = 0
        self.now_ns = 0

    def run(self, seconds: int, *, lose_each: int = 0) -> None:
        """Twenty statuses a second, each answered; lose one in so many."""
        for number in range(20 * seconds):
            self.now_ns += SECOND_NS // 20
            self.seq = (self.seq + 1) & 0xFFFF
            if lose_each and number % lose_each == 0:
                continue
            self.link.received += 1
            self.link.sent += 1
            self.quality.take(
                STATUS._replace(seq=self.seq, damaged=self.damaged & 0xFFFF), self.now_ns
            )


@pytest.mark.req("LNK-02")
def test_a_whole_line_loses_nothing_even_where_its_counters_wrap() -> None:
    line = Line(seq=0xFFF0)
    line.damaged = 0xFFFF
    line.run(12)
    assert line.quality.permille == 0


@pytest.mark.req("LNK-02")
@pytest.mark.parametrize(("lose_each", "low", "high"), [(50, 10, 14), (10, 50, 60)])
def test_lost_statuses_are_a_share_of_all_frames(lose_each: int, low: int, high: int) -> None:
    line = Line()
    line.run(30, lose_each=lose_each)
    assert low <= line.quality.permille <= high


@pytest.mark.req("LNK-02")
def test_damage_that_only_the_device_sees_counts_as_well() -> None:
    line = Line()
    line.run(5)
    line.damaged = 30
    line.run(2)
    assert line.quality.permille > 50


@pytest.mark.req("LNK-02")
def test_what_is_older_than_ten_seconds_is_forgotten() -> None:
    line = Line()
    line.run(5, lose_each=5)
    assert line.quality.permille > 50
    line.run(12)
    assert line.quality.permille == 0


def test_a_few_frames_prove_nothing() -> None:
    line = Line()
    line.run(1, lose_each=2)
    assert line.quality.permille == 0


def test_a_status_of_before_does_not_look_like_sixty_thousand_lost_ones() -> None:
    line = Line(seq=100)
    line.run(5)
    line.seq = 99
    line.run(3)
    assert line.quality.permille == 0


def test_a_sample_is_forgotten_after_ten_seconds_however_seldom_the_device_speaks() -> None:
    line = Line()
    line.run(3, lose_each=2)
    assert line.quality.permille > 0
    line.now_ns += 60 * SECOND_NS
    line.link.received += 100
    line.run(1)
    assert line.quality.permille == 0
