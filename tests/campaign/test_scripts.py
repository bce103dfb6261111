"""What is drawn for a seed is data: the same each time, independent, kept and read back."""

from collections import Counter

import pytest

from mesodrive_testbench.campaign.catalogue import (
    BY_ID,
    CLASSES,
    GUN,
    NOT_HERE,
    PULSES,
    SLICES,
    Needs,
)
from mesodrive_testbench.campaign.drawing import classes_on, draw_script
from mesodrive_testbench.campaign.script import ACT, MS, Anchor, Injection, S, Script
from mesodrive_testbench.campaign.shrinking import RUNS_MAX, shrink
from mesodrive_testbench.campaign.streams import fork

ASKED_FOR = {
    *(f"F{n:02}" for n in range(1, 42)), "F45", "F46", "F52",
}  # fmt: skip


def test_each_fault_class_of_the_list_is_injected_or_named_as_not_modelled() -> None:
    assert not ASKED_FOR - set(BY_ID) - set(NOT_HERE)
    assert not set(BY_ID) & set(NOT_HERE)
    assert len(BY_ID) == len(CLASSES)


@pytest.mark.parametrize("has", [GUN, SLICES, PULSES])
def test_each_class_that_a_device_can_have_is_on_in_some_of_the_first_seeds(
    has: frozenset[Needs],
) -> None:
    seen = Counter(one for seed in range(500) for one in classes_on(draw_script(seed, None, has)))
    assert set(seen) == {one.id for one in CLASSES if one.needs in has}


def test_what_is_for_electrodes_moves_nothing_that_is_drawn_for_guns() -> None:
    for seed in range(50):
        drawn = draw_script(seed)
        also = draw_script(seed, None, GUN | PULSES)
        kept = tuple(one for one in also.injections if one.fault not in {"F26", "F27"})
        assert also._replace(injections=kept) == drawn


def test_a_script_is_the_same_each_time_it_is_drawn() -> None:
    assert draw_script(7) == draw_script(7)
    assert draw_script(7) != draw_script(8)


def test_a_class_that_is_left_out_does_not_move_the_others() -> None:
    whole = draw_script(12)
    some = sorted(classes_on(whole))[:2]
    part = draw_script(12, frozenset(some))
    assert part.injections == tuple(
        one for one in whole.injections if one.fault in {*some, ACT}
    )  # fmt: skip


def test_a_draw_from_one_stream_does_not_move_another() -> None:
    first, second = fork(1, "a"), fork(1, "b")
    first.random()
    assert second.random() == fork(1, "b").random()


def script_of(*faults: str) -> Script:
    injections = tuple(
        Injection(fault, Anchor.TIME, 0, at * S + 7, (at,)) for at, fault in enumerate(faults)
    )
    return Script(1, 30 * S, 2 * MS, MS, injections)


def test_shrinking_leaves_what_is_needed_to_fail_and_makes_its_times_round() -> None:
    script = script_of(*("F01" for _ in range(20)), "F15", *("F05" for _ in range(30)), "F31")

    def fails(one: Script) -> bool:
        return {"F15", "F31"} <= {injection.fault for injection in one.injections}

    small = shrink(script, fails)
    assert [one.fault for one in small.injections] == ["F15", "F31"]
    assert [one.after_ns for one in small.injections] == [20 * S, 51 * S]


def test_shrinking_keeps_a_script_that_needs_all_it_has() -> None:
    small = shrink(script_of("F01", "F02", "F03"), lambda one: len(one.injections) == 3)
    assert [one.fault for one in small.injections] == ["F01", "F02", "F03"]


def test_shrinking_finds_that_nothing_at_all_is_needed() -> None:
    assert shrink(script_of("F01", "F02"), lambda _: True).injections == ()


def test_shrinking_ends_although_it_could_go_on() -> None:
    asked = 0

    def fails(one: Script) -> bool:
        nonlocal asked
        asked += 1
        return len(one.injections) > 1 and one.injections[0].fault == "F02"

    shrink(script_of("F02", *("F01" for _ in range(2_000))), fails, runs_max=40)
    assert asked <= 40 < RUNS_MAX
