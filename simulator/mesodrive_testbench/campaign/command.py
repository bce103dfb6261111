"""`mesodrive-sim campaign`: many seeds, a table, and a reproduction line for what fails."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

import click

from mesodrive.errors import MesodriveError
from mesodrive_simulator.sim_profile import SimProfileError
from mesodrive_testbench.campaign.catalogue import BY_ID, CLASSES, LACKING, NOT_HERE, Needs
from mesodrive_testbench.campaign.drawing import classes_on, draw_script
from mesodrive_testbench.campaign.failure import (
    FailureFileError,
    failure_json,
    read_failure,
    reproduction,
)
from mesodrive_testbench.campaign.oracles.violation import TITLES
from mesodrive_testbench.campaign.running import Options, Summary, run_campaign
from mesodrive_testbench.campaign.seed import run_script
from mesodrive_testbench.campaign.shrinking import shrink
from mesodrive_testbench.campaign.subject import make_subject

EXIT_FAILED: Final = 1
EXIT_INPUT: Final = 3
SHOWN_EVERY_S: Final = 2.0


def refuse(message: str) -> None:
    """Say what is wrong with the request, and end."""
    click.echo(f"mesodrive-sim campaign: {message}", err=True)
    sys.exit(EXIT_INPUT)


def check_faults(only: tuple[str, ...], has: frozenset[Needs]) -> None:
    """Refuse fault classes that do not exist on a device, all at once."""
    there = [one.id for one in CLASSES if one.needs in has]
    unknown = sorted(set(only) - set(there))
    if unknown:
        reasons = [f"{one} ({_why_not(one)})" for one in unknown]
        refuse(f"cannot inject {'; '.join(reasons)}. There are: {', '.join(there)}")


def _why_not(fault: str) -> str:
    if fault in BY_ID:
        return LACKING[BY_ID[fault].needs]
    return NOT_HERE.get(fault, "no such class")


def run(options: Options, seeds: range, *, jobs: int, file: Path | None, folder: Path) -> None:
    """Run a campaign and report; end with 1 where something failed."""
    try:
        subject = make_subject(options.profile, options.plan)
    except (MesodriveError, SimProfileError, OSError) as error:
        refuse(str(error))
        return
    check_faults(options.only, subject.has)
    begun_s = time.perf_counter()
    shown_s = 0.0

    def progress(summary: Summary) -> None:
        nonlocal shown_s
        now_s = time.perf_counter()
        if sys.stderr.isatty() and now_s - shown_s > SHOWN_EVERY_S:
            shown_s = now_s
            rate = summary.seeds / (now_s - begun_s)
            click.echo(f"\r{summary.seeds}/{len(seeds)} seeds, {rate:.0f}/s", err=True, nl=False)

    summary = run_campaign(options, seeds, jobs, progress)
    wall_s = time.perf_counter() - begun_s
    click.echo(table(summary, subject.units, wall_s, jobs))
    if file is not None:
        figures = {
            "options": {**options._asdict(), "seeds": [seeds.start, seeds.stop - 1], "jobs": jobs},
            "wall_s": round(wall_s, 3), "commit": commit(), **summary.to_json(),
        }  # fmt: skip
        file.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    if summary.findings:
        _report_failure(options, summary, folder)
        sys.exit(EXIT_FAILED)


def again(path: Path) -> None:
    """Run the script of a failure file again."""
    try:
        failure = read_failure(path)
        subject = make_subject(failure.options.profile, failure.options.plan)
    except (FailureFileError, MesodriveError, SimProfileError, OSError) as error:
        refuse(str(error))
        return
    check_faults(tuple(classes_on(failure.script)), subject.has)
    result = run_script(subject, failure.script)
    for one in sorted(failure.script.injections, key=lambda one: one.after_ns):
        click.echo(f"  {one.fault} {one.anchor} {one.nth} +{one.after_ns / 1e9:.6f} s {one.args}")
    if result.finding is None:
        click.echo("holds now")
        return
    found = result.finding
    click.echo(f"{found.invariant} at {found.at_ns / 1e9:.6f} s: {found.message}")
    sys.exit(EXIT_FAILED)


def table(summary: Summary, units: int, wall_s: float, jobs: int) -> str:
    """Return what a campaign came to, for people."""
    ran = (
        f"{summary.seeds} seeds of {units} units, {summary.twice} of them twice: "
        f"{summary.virtual_ns / 3.6e12:.2f} h of virtual time, {summary.steps} steps, in "
        f"{wall_s:.1f} s with {jobs} process{'es' if jobs > 1 else ''}"
    )
    speed = (
        f"{summary.seeds / max(wall_s, 1e-9):.1f} seeds/s; "
        f"{summary.seeds / max(summary.cpu_s, 1e-9):.1f} seeds/s of one core"
    )
    rows = [ran, speed, "", "faults injected"]
    for fault, count in summary.faults.items():
        title = BY_ID[fault].title if fault in BY_ID else _COUNTED_TITLES[fault]
        rows.append(f"  {fault:<5}{count:>9}  {title}")
    rows += ["", "reached"]
    rows += [f"  {count:>9}  {name}" for name, count in summary.reached.items()]
    rows += ["", f"invariants checked after each step: {', '.join(TITLES)}"]
    rows.append("all held" if not summary.findings else f"{len(summary.findings)} seeds FAILED")
    return "\n".join(rows)


_COUNTED_TITLES: Final = {
    "F50": "two faults within a second",
    "F51": "a fault in the recovery from another",
}


def _report_failure(options: Options, summary: Summary, folder: Path) -> None:
    for seed, found in summary.findings:
        click.echo(f"seed {seed}: {found.invariant} at {found.at_ns / 1e9:.6f} s: {found.message}")
    seed, found = summary.findings[0]
    subject = make_subject(options.profile, options.plan)
    script = draw_script(seed, frozenset(options.only) or None, subject.has)
    result = run_script(subject, script)
    shrunk = None
    if result.finding is not None:
        name = result.finding.invariant
        shrunk = shrink(
            script,
            lambda one: (
                (found := run_script(subject, one).finding) is not None and found.invariant == name
            ),
        )
        data: dict[str, Any] = failure_json(options, script, result, commit(), shrunk)
        path = folder / f"campaign-failure-{seed}.json"
        path.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
        click.echo(f"seed {seed} shrunk to {len(shrunk.injections)} injections, in {path}")
        click.echo(f"again, shrunk: mesodrive-sim campaign --again {path}")
    click.echo(f"again: {reproduction(options, seed)}")


def commit() -> str:
    """Return the commit of this checkout; empty where there is none."""
    try:
        done = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=os.fspath(Path(__file__).parent),  # noqa: S607
            capture_output=True, text=True, check=True,
        )  # fmt: skip
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()
