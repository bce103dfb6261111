"""The first seeds of each campaign: every invariant holds, and each seed gives one trace."""

from pathlib import Path

import pytest

from mesodrive.plan_store import load_plan
from mesodrive_testbench.campaign.drawing import draw_script
from mesodrive_testbench.campaign.seed import run_script
from mesodrive_testbench.campaign.subject import make_subject

SUBJECT = make_subject()
SEEDS, SLICE = 500, 25
ELECTRIC = {
    plan: make_subject(profile, plan)
    for profile, plan in (
        ("ionto-unit", "slices"), ("burst-unit", "bursts"), ("pulse-unit", "pulses"),
    )
}  # fmt: skip
ELECTRIC_SEEDS = 100
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


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


@pytest.mark.req("DOS-07")
@pytest.mark.req("DOS-08")
@pytest.mark.req("DOS-09")
@pytest.mark.parametrize("plan", ELECTRIC)
@pytest.mark.parametrize("first", range(0, ELECTRIC_SEEDS, SLICE))
def test_all_invariants_hold_for_current_bursts_and_pulses_too(first: int, plan: str) -> None:
    subject = ELECTRIC[plan]
    for seed in range(first, first + SLICE):
        script = draw_script(seed, None, subject.has)
        once = run_script(subject, script)
        assert once.finding is None, f"--profile {subject.profile} --plan {plan}, seed {seed}"
        again = run_script(subject, script, check_logs=False)
        assert again.trace == once.trace, f"seed {seed} is not the same twice"


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*.yaml")), ids=lambda file: file.stem)
def test_all_invariants_hold_for_each_example_with_its_own_syringes_and_electrodes(
    file: Path,
) -> None:
    profile = load_plan(file).plan.profile
    subject = make_subject(profile, str(file))
    for seed in range(2):
        found = run_script(subject, draw_script(seed, None, subject.has)).finding
        assert found is None, f"--profile {profile} --plan {file.name} --seeds {seed}..{seed}"
