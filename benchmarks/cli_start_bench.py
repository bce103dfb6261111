"""How much longer `mesodrive --help` and `--version` take than an empty interpreter.

Whole processes in turn, medians; the goal is at most 60 ms over empty.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time

ROUNDS = 15
GOAL_MS = 60

PROGRAMS = {
    "empty": [sys.executable, "-P", "-c", "pass"],
    "--help": [sys.executable, "-P", "-m", "mesodrive", "--help"],
    "--version": [sys.executable, "-P", "-m", "mesodrive", "--version"],
}


def run_ms(command: list[str]) -> float:
    begun = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - begun) * 1e3


def measure(rounds: int = ROUNDS) -> dict[str, float]:
    """Return the median of each program, ms; the programs take turns so that noise hits all."""
    taken: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    for command in PROGRAMS.values():
        run_ms(command)
    for _ in range(rounds):
        for name, command in PROGRAMS.items():
            taken[name].append(run_ms(command))
    return {name: statistics.median(times) for name, times in taken.items()}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = measure(options.rounds)
    over = {name: round(ms - found["empty"], 1) for name, ms in found.items() if name != "empty"}
    if options.json:
        print(
            json.dumps({"empty_ms": round(found["empty"], 1), "over_ms": over, "goal_ms": GOAL_MS})
        )
    else:
        print(f"empty interpreter {found['empty']:.1f} ms")
        for name, ms in over.items():
            print(f"mesodrive {name}: {ms:.1f} ms over it (goal: at most {GOAL_MS})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
