"""The first 500 seeds of the campaign: every invariant holds, and each seed gives one trace."""

import pytest

from mesodrive_testbench.campaign.drawing import draw_script
from mesodrive_testbench.campaign.seed import run_script
from mesodrive_testbench.campaign.subject import make_subject

SUBJECT = make_subject()
SEEDS, SLICE = 500, 25


@pytest.mark.req("CMD-02")
@pytest.mark.req("CMD-04")
@pytest.mark.req("LNK-03")
@pytest.mark.req("STP-01")
@pytest.mark.req("STP-05")
@pytest.mark.req("CMD-07")
@pytest.mark.req("LOG-01")
@pytest.mark.req("RPL-01")
@pytest.mark.parametrize("first", range(0, SEEDS, SLICE))
def test_all_invariants_hold_whatever_goes_wrong_and_each_seed_run_twice_gives_equal_traces(
    first: int,
) -> None:
    for seed in range(first, first + SLICE):
        script = draw_script(seed)
        once = run_script(SUBJECT, script)
        assert once.finding is None, f"mesodrive-sim campaign --seeds {seed}..{seed}"
        again = run_script(SUBJECT, script, check_logs=False)
        assert again.trace == once.trace, f"seed {seed} is not the same twice"
