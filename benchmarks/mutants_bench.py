"""The campaign's oracles: which seed first shows each deliberate defect, by its own invariant."""

import argparse
import sys
from pathlib import Path
from typing import Any

import paired

from mesodrive_testbench.campaign.drawing import draw_script
from mesodrive_testbench.campaign.seed import run_script
from mesodrive_testbench.campaign.subject import Subject, make_subject

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from campaign.mutants import ELECTRIC_MUTANTS, MUTANTS, Mutant

GOAL_SEEDS = 2_000
QUICK_SEEDS = 40


def killed_at(mutant: Mutant, subject: Subject, seeds: int) -> dict[str, Any]:
    """Return the first seed at which a defect's own invariant fires and which holds without it."""
    for seed in range(seeds):
        script = draw_script(seed, None, subject.has)
        with mutant.planted():
            found = run_script(subject, script).finding
        if found is None or found.invariant != mutant.invariant:
            continue
        if run_script(subject, script).finding is None:
            return {"seed": seed, "message": found.message, "at_s": found.at_ns / 1e9}
    return {"seed": None}


def main() -> None:
    """Try every mutant, print a table, and with `--json FILE` write it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=GOAL_SEEDS)
    parser.add_argument("--quick", dest="seeds", action="store_const", const=QUICK_SEEDS)
    parser.add_argument("--json", metavar="FILE", help="write the table there")
    asked = parser.parse_args()
    every = (*MUTANTS, *ELECTRIC_MUTANTS)
    places = {(mutant.profile, mutant.plan) for mutant in every}
    subjects = {place: make_subject(*place) for place in places}
    rows = []
    for mutant in every:
        subject = subjects[mutant.profile, mutant.plan]
        row = {"mutant": mutant.name, "invariant": mutant.invariant, "breaks": mutant.breaks,
               **killed_at(mutant, subject, asked.seeds)}  # fmt: skip
        rows.append(row)
        print(f"{mutant.invariant:<4} {mutant.name:<22} seed {row['seed']}", flush=True)
    killed = sum(row["seed"] is not None for row in rows)
    met = killed == len(rows)
    print(f"{killed} of {len(rows)} defects found: {'met' if met else 'NOT met'}")
    written = {
        "name": "campaign's oracles: each deliberate defect found by its own invariant",
        "goal": len(rows),
        "met": met,
        "figures": {"killed": killed, "mutants": len(rows)},
        "mutants": rows,
        "options": {"seeds": asked.seeds, **paired.machine()},
    }
    paired.write_json(asked.json, written)


if __name__ == "__main__":
    main()
