"""A few loops of `make killtest`: real processes and every kind of blow; what the loops rely on."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mesodrive.session.account import LogAccount
from mesodrive.session.bookkeeping import CommandAccount
from support.killloop import KINDS, SYNCS_MAX, differences, draw

ROOT = Path(__file__).parents[2]
LOOPS = len(KINDS) + 1
PATIENCE_S = 240.0

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="forks the processes it kills")


@pytest.mark.req("CMD-01")
@pytest.mark.req("CMD-02")
@pytest.mark.req("CMD-07")
def test_no_blow_to_real_processes_makes_the_account_differ_from_the_truth() -> None:
    words = ("tools/killtest.py", "--loops", str(LOOPS), "--seed", "60", "--jobs", "3")
    done = subprocess.run(
        [sys.executable, *words], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_loops_in_a_row_have_every_kind_of_blow_on_both_kinds_of_port_at_every_sync() -> None:
    loops = [draw(seed) for seed in range(len(KINDS) * SYNCS_MAX)]
    assert {loop.blows[0].kind for loop in loops} == set(KINDS)
    assert {loop.place for loop in loops} == {"pty", "tcp"}
    syncs = {loop.blows[0].sync for loop in loops if loop.blows[0].kind == "sync"}
    assert syncs == set(range(1, SYNCS_MAX + 1))
    assert draw(7) == draw(7)


def prick(volume_nl: float = 5_000.0) -> dict[str, object]:
    return {"prime": False, "volume_nl": volume_nl}


def an_account(done: int, ceiling: int) -> LogAccount:
    command = CommandAccount(
        1, 0, 1, 0, 0, "deliver", "prick", [5_000] * 10, ceiling=ceiling,
        settled=dict.fromkeys(range(done), ("done", 5000, 5000)),
    )  # fmt: skip
    return LogAccount({1: command})


def test_the_comparison_sees_a_prick_too_many_one_lost_and_one_that_was_not() -> None:
    assert not differences(an_account(8, 10), [prick()] * 9)
    assert "twice" in differences(an_account(10, 10), [prick()] * 11)[0]
    assert "called begun" in differences(an_account(5, 6), [prick()] * 7)[0]
    assert "called done" in differences(an_account(8, 8), [prick()] * 7)[0]
    assert "are not in" in differences(an_account(8, 8), [prick(8_000)] * 8)[0]
    completed = an_account(8, 9)
    completed.ended = {"ending": "completed"}
    assert "accounted for" in differences(completed, [prick()] * 9)[0]
