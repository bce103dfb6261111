"""How much longer `mesodrive --help` and `--version` take than an empty interpreter.

Whole processes in turn, medians; the goal is at most 60 ms over empty.
"""

import statistics
import subprocess
import sys
import time

import reporting

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


def main() -> None:
    options = reporting.arguments(__doc__, rounds=ROUNDS, quick=5)
    found = measure(options.rounds)
    over = {name: ms - found["empty"] for name, ms in found.items() if name != "empty"}
    reporting.report(
        options,
        f"--help {over['--help']:.1f} ms and --version {over['--version']:.1f} ms over an empty "
        f"interpreter ({found['empty']:.1f} ms); goal {GOAL_MS} ms",
        name="start of the command line over an empty interpreter",
        goal=GOAL_MS,
        met=max(over.values()) <= GOAL_MS,
        figures={
            "empty_ms": found["empty"],
            "help_ms": over["--help"],
            "version_ms": over["--version"],
        },
    )


if __name__ == "__main__":
    main()
