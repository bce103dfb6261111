"""The campaign: seeds under faults with all invariants, in blocks; and its speed on one core.

The packages that it runs are compiled from the same sources (`tools/compiled.py`); how fast plain
Python is stands beside it, and so does a yardstick that does not change with our code: how long
twenty million additions of the interpreter take. Each finished block is kept under
`build/campaign`, by commit, so that an interrupted run goes on where it ended. A block with a
finding ends the run, with the line that runs the seed again.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import paired

from mesodrive_testbench.campaign.failure import reproduction
from mesodrive_testbench.campaign.running import Options, Summary, run_campaign, run_seeds
from mesodrive_testbench.campaign.seed import Finding
from mesodrive_testbench.campaign.subject import make_subject

ROOT = Path(__file__).resolve().parents[1]
COMPILED = ROOT / "tools" / "compiled.py"
HERE = "MESODRIVE_COMPILED"
"""Set in the process whose packages are compiled."""
GOAL_SEEDS = 200_000
QUICK_SEEDS = 200
BLOCK = 1_000
GOAL_PER_S = 50.0
"""Seeds per second on one core, each run once."""
GOAL_TWICE_PER_S = 25.0
"""The same, each run twice."""
SPEED_SEEDS = range(100)
SPEED_ROUNDS = 5
MUST_HAPPEN_MIN = 100
"""A campaign of the full length sees each of these at least so often."""
MUST_HAPPEN = (
    "resolved as delivered", "resolved as not delivered", "reboot while uncertain",
    "stop while uncertain", "settle on fault", "tail cut on recovery",
)  # fmt: skip


def commit() -> str:
    """Return the commit that is tried, as the folder of its blocks."""
    done = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or "none"


def block(options: Options, seeds: range, jobs: int, folder: Path) -> dict[str, Any]:
    """Return the figures of a block, from its file where it was run before."""
    file = folder / f"{seeds.start}-{seeds.stop - 1}.json"
    if file.exists():
        kept: dict[str, Any] = json.loads(file.read_text())
        return kept
    figures = run_campaign(options, seeds, jobs, lambda _: None).to_json()
    folder.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(".new")
    fresh.write_text(json.dumps(figures))
    fresh.replace(file)
    return figures


def run_blocks(options: Options, count: int, jobs: int, folder: Path) -> Summary:
    """Run seeds from 0 on in blocks, up to the first block with a finding."""
    total = Summary()
    for first in range(0, count, BLOCK):
        seeds = range(first, min(first + BLOCK, count))
        total.add(summary_of(block(options, seeds, jobs, folder)))
        if total.findings:
            break
    return total


def summary_of(figures: dict[str, Any]) -> Summary:
    """Return a block's figures as they add up."""
    summary = Summary(
        seeds=figures["seeds"], twice=figures["seeds_run_twice"],
        virtual_ns=int(figures["virtual_hours"] * 3.6e12), steps=figures["steps"],
        inputs=figures["core_inputs"], cpu_s=figures["cpu_s"],
    )  # fmt: skip
    summary.tally.update(figures["faults"])
    summary.tally.update(figures["reached"])
    for one in figures["findings"]:
        finding = Finding(one["invariant"], one["message"], one["at_ns"])
        summary.findings.append((one["seed"], finding))
    return summary


def speed(options: Options) -> tuple[float, float]:
    """Return seeds per second on one core, each run once, and each run twice: medians."""
    subject = make_subject(options.profile, options.plan)
    once: list[float] = []
    twice: list[float] = []
    for _ in range(SPEED_ROUNDS):
        for rates, twice_every in ((once, 0), (twice, 1)):
            before_s = time.process_time()
            run_seeds(subject, options._replace(twice_every=twice_every), SPEED_SEEDS)
            rates.append(len(SPEED_SEEDS) / (time.process_time() - before_s))
    return statistics.median(once), statistics.median(twice)


def plain_speed() -> float:
    """Return seeds per second on one core in plain Python, each run once."""
    done = subprocess.run(
        [sys.executable, __file__, "--speed"],
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        | {"PYTHONPATH": str(Path(__file__).parent), HERE: "no"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return float(done.stdout)


def yardstick() -> float:
    """Return seconds that twenty million additions take, the least of three."""
    taken = []
    for _ in range(3):
        begun_s = time.process_time()
        total = 0
        for number in range(20_000_000):
            total += number
        taken.append(time.process_time() - begun_s)
    return min(taken)


def become_compiled() -> None:
    """Run this script anew with compiled packages, in the place of this process."""
    place = subprocess.run(
        [sys.executable, str(COMPILED)], capture_output=True, text=True, check=True
    ).stdout.strip()
    paths = os.pathsep.join((place, str(Path(__file__).parent)))
    os.execve(sys.executable, [sys.executable, *sys.argv],
              {**os.environ, "PYTHONPATH": paths, HERE: "yes"})  # fmt: skip


def main() -> None:
    """Run the campaign, print, and with `--json FILE` write the figures."""
    if HERE not in os.environ:
        become_compiled()
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=GOAL_SEEDS)
    parser.add_argument("--quick", dest="seeds", action="store_const", const=QUICK_SEEDS)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--json", metavar="FILE", help="write the figures there")
    parser.add_argument("--speed", action="store_true", help="print seeds per second, no more")
    asked = parser.parse_args()
    options = Options()
    if asked.speed:
        print(speed(options)[0])
        return
    total = run_blocks(options, asked.seeds, asked.jobs, ROOT / "build" / "campaign" / commit())
    once, twice = speed(options)
    for seed, found in total.findings:
        print(f"{found.invariant}: {found.message}\nagain: {reproduction(options, seed)}")
    missed = {name: n for name in MUST_HAPPEN if (n := total.tally[name]) < MUST_HAPPEN_MIN}
    missed |= {name: n for name, n in total.faults.items() if n < MUST_HAPPEN_MIN}
    whole = total.seeds >= GOAL_SEEDS
    fast = once >= GOAL_PER_S and twice >= GOAL_TWICE_PER_S
    met = whole and not total.findings and not missed and fast
    print(
        f"{total.seeds} seeds, {total.twice} of them twice, {len(total.findings)} findings, "
        f"{total.virtual_ns / 3.6e12:.1f} virtual hours; {once:.1f} seeds/s on one core, "
        f"{twice:.1f} with each run twice; too seldom: {missed or 'nothing'}; goal "
        f"{GOAL_SEEDS} seeds, {GOAL_PER_S:.0f} and {GOAL_TWICE_PER_S:.0f} seeds/s: "
        f"{'met' if met else 'NOT met'}"
    )
    figures = total.to_json()
    written = {
        "name": "campaign: 40 pricks at 2/s under faults, status 20 Hz, I1 to I15 at each step",
        "goal": GOAL_SEEDS, "met": met,
        "figures": {
            "seeds_per_s_once": once, "seeds_per_s_twice": twice,
            "seeds_per_s_once_plain": plain_speed(), "additions_20m_s": yardstick(),
            **{name: n for name, n in figures.items() if isinstance(n, int | float)},
        },
        "faults": figures["faults"], "reached": figures["reached"],
        "invariants": figures["invariants"], "findings": figures["findings"],
        "too_seldom": missed,
        "options": {**options._asdict(), "seeds": asked.seeds, **paired.machine()},
    }  # fmt: skip
    paired.write_json(asked.json, written)


if __name__ == "__main__":
    main()
