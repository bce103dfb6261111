"""Run the benchmarks and keep what they found, with what a reader must know to believe it.

    python tools/evidence.py [--again] [NAME ...]     long; writes docs/evidence/NAME.json
    python tools/evidence.py --quick [NAME ...]       short; prints a table, writes nothing

A benchmark is a script `benchmarks/NAME_bench.py` that takes `--json FILE` and writes figures there
(name, goal, met, options and its measures); one that takes `--quick` as well has a short form.
Every run is a process of its own, so that one cannot warm up the other.

Evidence belongs to the last commit that changed what is measured. A result of that commit is not
measured again unless asked: an interrupted run goes on where it ended. With uncommitted changes in
measured files no evidence is written, since nobody could come back to what was measured.
"""

import argparse
import datetime as dt
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
BENCHMARKS = ROOT / "benchmarks"
EVIDENCE = ROOT / "docs" / "evidence"
SUFFIX = "_bench"

MEASURED = (
    "src", "firmware_protocol", "simulator", "device_profiles", "benchmarks", "examples",
    "requirements", "pyproject.toml",
)  # fmt: skip
"""What a figure depends on; a change anywhere else leaves evidence valid."""

QUICK_TIMEOUT_S = 300
LONG_TIMEOUT_S = 5 * 3600
"""The longest benchmark simulates four hours, at worst in real time."""
KEPT_KEYS = ("name", "goal", "met", "options")


class EvidenceError(Exception):
    """A figure cannot be had or kept; the message says why."""


def git(*arguments: str) -> str:
    """Return what git says about this checkout.

    Raises:
        EvidenceError: If git is missing or this is no checkout.
    """
    try:
        return subprocess.run(
            ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError) as error:
        raise EvidenceError(f"evidence needs a git checkout: {error}") from error


def measured_commit() -> str:
    """Return the last commit that changed a measured file.

    Raises:
        EvidenceError: If measured files have changes that are in no commit.
    """
    changed = git("status", "--porcelain", "--", *MEASURED)
    if changed:
        raise EvidenceError(f"commit these first, or use --quick:\n{changed}")
    return git("log", "-1", "--format=%H", "--", *MEASURED)


def benchmark_names() -> list[str]:
    """Return the names of all benchmarks, sorted."""
    return sorted(path.stem.removesuffix(SUFFIX) for path in BENCHMARKS.glob(f"*{SUFFIX}.py"))


def run(name: str, *, quick: bool) -> dict[str, Any]:
    """Run one benchmark in a process of its own; return the figures that it wrote.

    Raises:
        EvidenceError: If it fails, takes too long or writes no figures.
    """
    script = BENCHMARKS / f"{name}{SUFFIX}.py"
    short = ["--quick"] if quick and "quick" in script.read_text(encoding="utf-8") else []
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder, "figures.json")
        command = [sys.executable, str(script), "--json", str(output), *short]
        # Benchmarks share modules of their folder; the checkout itself stays off the path.
        paths = {**os.environ, "PYTHONSAFEPATH": "1", "PYTHONPATH": str(BENCHMARKS)}
        timeout_s = QUICK_TIMEOUT_S if quick else LONG_TIMEOUT_S
        try:
            done = subprocess.run(command, cwd=ROOT, check=False, timeout=timeout_s, env=paths,
                                  capture_output=quick, text=True)  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise EvidenceError(f"{name}: not done after {timeout_s} s") from error
        # A benchmark may end with an error to say that its goal is missed; figures decide.
        if not output.exists():
            tail = (done.stderr or "").strip().splitlines()[-1:]
            raise EvidenceError(f"{name}: no figures, exit code {done.returncode} {tail or ''}")
        figures = json.loads(output.read_text(encoding="utf-8"))
    if not isinstance(figures, dict):
        raise EvidenceError(f"{name}: figures must be one JSON object")
    return figures


def machine() -> dict[str, Any]:
    """Return the class of machine: enough to judge a figure, nothing that names one machine."""
    return {
        "cores": os.cpu_count(),
        "architecture": platform.machine(),
        "system": platform.system(),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
    }


def keep(name: str, commit: str, figures: dict[str, Any]) -> None:
    """Write the evidence of one benchmark in one step, so that no half of a file is ever kept."""
    today = dt.datetime.now(tz=dt.UTC).date().isoformat()  # noqa: TID251 -- for people
    evidence = {**figures, "commit": commit, "date": today, "machine": machine()}
    EVIDENCE.mkdir(parents=True, exist_ok=True)
    fresh = EVIDENCE / f"{name}.json.new"
    fresh.write_text(json.dumps(evidence, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    fresh.replace(EVIDENCE / f"{name}.json")


def kept(name: str, commit: str) -> dict[str, Any]:
    """Return the evidence of one benchmark where it belongs to this commit, otherwise nothing."""
    try:
        evidence = json.loads((EVIDENCE / f"{name}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return evidence if isinstance(evidence, dict) and evidence.get("commit") == commit else {}


def verdict(figures: dict[str, Any]) -> str:
    """Return whether the goal was met, in a word."""
    met = figures.get("met")
    return {True: "met", False: "NOT MET"}.get(met, "no goal") if isinstance(met, bool) else "-"


def row(name: str, figures: dict[str, Any]) -> str:
    """Return one line of the table: verdict, goal, and every plain figure."""
    numbers = {k: v for k, v in figures.items() if k not in KEPT_KEYS}
    numbers |= nested if isinstance(nested := numbers.pop("figures", None), dict) else {}
    shown = ", ".join(
        f"{key}={value:.4g}" if isinstance(value, float) else f"{key}={value}"
        for key, value in numbers.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    )
    return f"{name:<16} {verdict(figures):<8} goal {figures.get('goal', '-')!s:<10} {shown}"


def measure(names: Sequence[str], *, quick: bool, again: bool) -> int:
    """Run benchmarks one after the other and print a table; return the number that failed.

    Raises:
        EvidenceError: If evidence is wanted and measured files have uncommitted changes.
    """
    commit = "" if quick else measured_commit()
    rows, failures = [], 0
    for name in names:
        figures = {} if quick or again else kept(name, commit)
        try:
            if not figures:
                print(f"{name} ...", file=sys.stderr, flush=True)
                figures = run(name, quick=quick)
                if not quick:
                    keep(name, commit, figures)
        except EvidenceError as error:
            failures += 1
            rows.append(f"{name:<16} FAILED   {error}")
        else:
            rows.append(row(name, figures))
    print("\n".join(rows))
    return failures


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what was asked for; return 0, 1 where a benchmark failed, 2 for a wrong request."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="all benchmarks if none is named")
    parser.add_argument("--quick", action="store_true", help="short runs, a table, no files")
    parser.add_argument("--again", action="store_true", help="measure even what is known")
    options = parser.parse_args(arguments)
    there = benchmark_names()
    unknown = sorted(set(options.names) - set(there))
    if unknown:
        print(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(there)}",
              file=sys.stderr)  # fmt: skip
        return 2
    try:
        failures = measure(options.names or there, quick=options.quick, again=options.again)
    except EvidenceError as error:
        print(error, file=sys.stderr)
        return 2
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
