"""Kill drivers and devices at every point, go on from their logs, and compare with the truth.

    python tools/killtest.py [--loops 200] [--seed 1] [--jobs 4] [--evidence]

Each loop is a treatment of ten pricks: a simulated gun and the driver's control process, both real
processes, on a pseudo-terminal or TCP in turn. Blows fall on them: SIGKILL at a time or at a sync
of the log, SIGSTOP and SIGCONT, a restart of the device, STOP and then SIGKILL. A new process goes
on from the log until the session is completed. Then the account of the log is held against what the
machine really did: no prick twice, none lost, the interval holds the volume, each log replays.

Exit code 1 and the seeds to run again where anything differs. With `--evidence` the figures are
kept in docs/evidence/killtest.json; an interrupted run goes on where it ended.
"""

import argparse
import datetime as dt
import json
import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path += [str(ROOT / "tests"), str(ROOT / "tools")]
EVIDENCE = ROOT / "docs" / "evidence" / "killtest.json"
GOAL = 1_000
"""Loops that shall have run and been green."""
BLOCK = 100
"""Loops after which figures are kept."""


def one_loop(seed: int) -> dict[str, Any]:
    """Run one loop in a folder of its own; a worker has no threads, so that it may fork."""
    killing: Any = import_module("support.killloop")  # heavy, and for workers only
    loop = killing.draw(seed)
    folder = Path(tempfile.mkdtemp(prefix="mdkill-"))
    places = {"HOME": "", "XDG_DATA_HOME": "data", "XDG_STATE_HOME": "state",
              "XDG_CONFIG_HOME": "config", "XDG_RUNTIME_DIR": "run"}  # fmt: skip
    for key, part in places.items():
        (folder / part).mkdir(exist_ok=True)
        os.environ[key] = str(folder / part)
    try:
        killing.Run(loop, folder).to_the_end()
    except Exception as error:  # noqa: BLE001 -- the loop's own finding
        loop.problems.append(f"{type(error).__name__}: {error}")
    if loop.problems:
        loop.problems.append(f"what is left of it is in {folder}")
    else:
        shutil.rmtree(folder)
    result: dict[str, Any] = loop.to_json()
    return result


def run(seeds: Sequence[int], jobs: int) -> list[dict[str, Any]]:
    """Run loops, so many at a time; return what came of each, in order."""
    found: list[dict[str, Any]] = []
    # A worker begins as a process of its own, so that it inherits no thread.
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        for done in as_completed([pool.submit(one_loop, seed) for seed in seeds]):
            loop = done.result()
            found.append(loop)
            if loop["problems"]:
                print(f"seed {loop['seed']}: {'; '.join(loop['problems'])}")
    return sorted(found, key=lambda loop: loop["seed"])


def figures(loops: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the counts of some loops."""
    blows = Counter(blow["kind"] for loop in loops for blow in loop["blows"])
    return {
        "loops": len(loops),
        "failed": [loop["seed"] for loop in loops if loop["problems"]],
        "blows": dict(sorted(blows.items())),
        "places": dict(sorted(Counter(loop["place"] for loop in loops).items())),
        "rounds": sum(loop["rounds"] for loop in loops),
        "pricks": sum(loop["pricks"] for loop in loops),
        "uncertain": sum(loop["uncertain"] for loop in loops),
        "seconds": round(sum(loop["seconds"] for loop in loops), 1),
    }


def added(before: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """Return the sum of two sets of figures."""
    total = dict(before)
    for name, value in more.items():
        if isinstance(value, dict):
            total[name] = dict(Counter(before.get(name, {})) + Counter(value))
        else:
            total[name] = before.get(name, type(value)()) + value
    return total


def keep(options: argparse.Namespace) -> dict[str, Any]:
    """Run in blocks, keeping the figures after each; go on where an interrupted run ended."""
    from evidence import measured_commit  # noqa: PLC0415 -- needs a checkout

    commit = measured_commit()
    asked = {"seed": options.seed}
    today = dt.datetime.now(tz=dt.UTC).date().isoformat()  # noqa: TID251 -- for people
    before = json.loads(EVIDENCE.read_text(encoding="utf-8")) if EVIDENCE.exists() else {}
    same = before.get("commit") == commit and before.get("options") == asked
    total: dict[str, Any] = before.get("figures", {}) if same else {}
    while total.get("loops", 0) < options.loops:
        begin = options.seed + total.get("loops", 0)
        count = min(BLOCK, options.loops - total.get("loops", 0))
        total = added(total, figures(run(range(begin, begin + count), options.jobs)))
        kept = {
            "name": "killtest", "goal": f"{GOAL} loops without a failure",
            "met": total["loops"] >= GOAL and not total["failed"], "options": asked,
            "commit": commit, "date": today,
            "figures": total,
        }  # fmt: skip
        EVIDENCE.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")
        print(f"{total['loops']} of {options.loops} loops, {len(total['failed'])} failed")
    return total


def main(arguments: Sequence[str] | None = None) -> int:
    """Run as the options say; return 1 where a loop failed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--loops", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=4, help="loops at a time; they mostly wait")
    parser.add_argument("--evidence", action="store_true", help="keep the figures")
    parser.add_argument("--json", type=Path, help="write every loop here")
    options = parser.parse_args(arguments)
    if options.evidence:
        total = keep(options)
    else:
        loops = run(range(options.seed, options.seed + options.loops), options.jobs)
        total = figures(loops)
        if options.json:
            options.json.write_text(json.dumps(loops, indent=1), encoding="utf-8")
    print(json.dumps(total))
    for seed in total["failed"]:
        print(f"again: python tools/killtest.py --loops 1 --seed {seed}")
    return 1 if total["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
