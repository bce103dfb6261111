"""The oracles notice: each deliberate defect is found by its own invariant, and only then."""

import pytest

from campaign.mutants import ELECTRIC_MUTANTS, MUTANTS, Mutant
from mesodrive_testbench.campaign.drawing import draw_script
from mesodrive_testbench.campaign.oracles.violation import TITLES
from mesodrive_testbench.campaign.seed import run_script
from mesodrive_testbench.campaign.subject import make_subject

SUBJECTS = {
    place: make_subject(*place)
    for place in sorted({(one.profile, one.plan) for one in (*MUTANTS, *ELECTRIC_MUTANTS)})
}
TRIED_MAX = 400
"""Seeds of this test; the campaign's own bound is 2,000."""


@pytest.mark.req("TRC-02")
def test_there_is_a_defect_for_each_invariant() -> None:
    assert {mutant.invariant for mutant in MUTANTS} == set(TITLES)


@pytest.mark.req("TRC-02")
@pytest.mark.parametrize("mutant", MUTANTS + ELECTRIC_MUTANTS, ids=lambda mutant: mutant.name)
def test_a_defect_is_found_by_its_own_invariant_at_a_seed_that_holds_without_it(
    mutant: Mutant,
) -> None:
    subject = SUBJECTS[mutant.profile, mutant.plan]
    for seed in range(mutant.from_seed, mutant.from_seed + TRIED_MAX):
        script = draw_script(seed, None, subject.has)
        with mutant.planted():
            finding = run_script(subject, script).finding
        if finding is not None and finding.invariant == mutant.invariant:
            without = run_script(subject, script).finding
            assert without is None, f"seed {seed} fails without the defect too: {without}"
            return
    raise AssertionError(f"{mutant.name} is not found within {TRIED_MAX} seeds")
