"""The campaign of the transdermal units: three plans of at most 20 s under faults, all invariants.

Run, kept and compiled like the gun's campaign, in blocks by commit and plan.
"""

import argparse
import os
from typing import Any

import campaign_bench
import paired

from mesodrive_testbench.campaign.failure import reproduction
from mesodrive_testbench.campaign.running import Options

PLANS = {"slices": "ionto-unit", "bursts": "burst-unit", "pulses": "pulse-unit"}
"""Each plan and the profile of its device."""
GOAL_SEEDS = 50_000
EACH = 17_000
"""Seeds of each plan, so that all together are above the goal."""
QUICK_SEEDS = 50


def run_plan(plan: str, seeds: int, jobs: int) -> tuple[dict[str, Any], int]:
    """Run the seeds of one plan, print each finding; return its figures and how many were found."""
    options = Options()._replace(profile=PLANS[plan], plan=plan)
    folder = campaign_bench.ROOT / "build" / "campaign" / campaign_bench.commit() / plan
    total = campaign_bench.run_blocks(options, seeds, jobs, folder)
    for seed, found in total.findings:
        print(f"{found.invariant}: {found.message}\nagain: {reproduction(options, seed)}")
    print(
        f"{plan}: {total.seeds} seeds, {total.twice} of them twice, {len(total.findings)} findings,"
        f" {total.virtual_ns / 3.6e12:.1f} virtual hours"
    )
    return total.to_json(), len(total.findings)


def main() -> None:
    """Run the campaigns, print, and with `--json FILE` write the figures."""
    if campaign_bench.HERE not in os.environ:
        campaign_bench.become_compiled()
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=EACH, help="of each plan")
    parser.add_argument("--quick", dest="seeds", action="store_const", const=QUICK_SEEDS)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--json", metavar="FILE", help="write the figures there")
    asked = parser.parse_args()
    ran = {plan: run_plan(plan, asked.seeds, asked.jobs) for plan in PLANS}
    seeds = sum(int(figures["seeds"]) for figures, _ in ran.values())
    findings = sum(found for _, found in ran.values())
    met = seeds >= GOAL_SEEDS and not findings
    print(f"{seeds} seeds, {findings} findings; goal {GOAL_SEEDS}: {'met' if met else 'NOT met'}")
    written = {
        "name": "campaign of current and pulses under faults: three plans of at most 20 s",
        "goal": GOAL_SEEDS, "met": met,
        "figures": {"seeds": seeds, "findings": findings},
        "plans": {plan: figures for plan, (figures, _) in ran.items()},
        "options": {"seeds_of_each_plan": asked.seeds, "profiles": PLANS, **paired.machine()},
    }  # fmt: skip
    paired.write_json(asked.json, written)


if __name__ == "__main__":
    main()
