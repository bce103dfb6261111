"""`mesodrive-sim campaign`: many seeds, a table, and a reproduction line for what fails."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile
from types import FrameType
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
from mesodrive_testbench.campaign.script import Script
from mesodrive_testbench.campaign.seed import run_script
from mesodrive_testbench.campaign.shrinking import shrink
from mesodrive_testbench.campaign.subject import make_subject

EXIT_FAILED: Final = 1
EXIT_INPUT: Final = 3
EXIT_SIGNAL: Final = 128
"""And the number of the signal, as shells have it: 130 for Ctrl-C, 143 for SIGTERM."""
EXIT_UNWRITTEN: Final = 4
"""Every seed held, but not all that was asked for could be written."""
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
        reasons = [f"{one or repr(one)} ({_why_not(one)})" for one in unknown]
        refuse(f"cannot inject {'; '.join(reasons)}. There are: {', '.join(there)}")


def _why_not(fault: str) -> str:
    if not fault:
        return "an empty name; leave --only out for all classes"
    if fault in BY_ID:
        return LACKING[BY_ID[fault].needs]
    return NOT_HERE.get(fault, "no such class")


def check_places(file: Path | None, folder: Path) -> None:
    """Refuse places that cannot be written to, all at once, before hours are spent on seeds."""
    reasons = [
        f"{option} {path}: cannot be written ({error.strerror}); name another {kind}"
        for option, path, kind in (("--json", file, "file"), ("--failures", folder, "folder"))
        if path is not None and (error := _try_to_write(path)) is not None
    ]
    if reasons:
        refuse("\n".join(reasons))


def _try_to_write(path: Path) -> OSError | None:
    """Return what is in the way of writing a file, or into a folder; leaves no trace."""
    try:
        if path.is_file():
            path.open("ab").close()
        elif path.is_dir() or not path.exists():
            # not by permission bits: they say nothing of read-only media, nor to the superuser
            TemporaryFile(dir=path if path.is_dir() else path.resolve().parent).close()
    except OSError as error:
        return error
    return None


class Interruption:
    """Whether a campaign was told to end before its time."""

    number = 0
    """Of the signal that came."""

    def came(self) -> bool:
        """Return whether a signal came."""
        return bool(self.number)

    @contextmanager
    def watched(self) -> Generator[None]:
        """Note SIGINT and SIGTERM; a second signal ends the process at once."""
        if threading.current_thread() is not threading.main_thread():
            yield  # only a main thread has signals
            return
        numbers = (signal.SIGINT, signal.SIGTERM)

        def note(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 -- wherever it is
            self.number = number
            for one in numbers:
                signal.signal(one, signal.SIG_DFL)

        before = [signal.signal(number, note) for number in numbers]
        try:
            yield
        finally:
            for number, handler in zip(numbers, before, strict=True):
                signal.signal(number, handler)


class Report:
    """What a campaign says and writes at its end: what cannot be written does not stop the rest."""

    def __init__(self) -> None:
        self.whole = True
        """Everything was written so far."""

    def say(self, text: str) -> None:
        """Say something to people."""
        try:
            click.echo(text)
        except OSError as error:
            self._missing("the report", error)
            # Python tries again at its end, and would complain in words of its own.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def write(self, path: Path, data: dict[str, Any]) -> bool:
        """Write a file; return whether it is there."""
        try:
            path.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
        except OSError as error:
            self._missing(str(path), error)
            return False
        return True

    def _missing(self, what: str, error: OSError) -> None:
        self.whole = False
        with suppress(OSError):  # nothing is left to say it on
            said = (
                f"{what} could not be written ({error.strerror}); make room or name another place"
            )
            click.echo(f"mesodrive-sim campaign: {said}", err=True)


def run(options: Options, seeds: range, *, jobs: int, file: Path | None, folder: Path) -> None:
    """Run a campaign and report; end with 1 where something failed."""
    try:
        subject = make_subject(options.profile, options.plan)
    except (MesodriveError, SimProfileError, OSError) as error:
        refuse(str(error))
        return
    check_faults(options.only, subject.has)
    check_places(file, folder)
    interruption = Interruption()
    report = Report()
    with interruption.watched():
        begun_s = time.perf_counter()
        summary = run_campaign(options, seeds, jobs, _progress(len(seeds)), interruption.came)
        summary.has = subject.has  # a summary of no seed at all does not know
        wall_s = time.perf_counter() - begun_s
        report.say(table(summary, subject.units, wall_s, jobs))
        report.say(verdict(summary, len(seeds), interrupted=interruption.came()))
        if file is not None:
            first_last = [seeds.start, seeds.stop - 1]
            report.write(file, {
                "options": {**options._asdict(), "seeds": first_last, "jobs": jobs},
                "interrupted": interruption.came(),
                "wall_s": round(wall_s, 3), "commit": commit(), **summary.to_json(),
            })  # fmt: skip
        if summary.findings:
            _report_failure(options, summary, folder, report, interruption)
    if interruption.came():
        sys.exit(EXIT_SIGNAL + interruption.number)
    if summary.findings:
        sys.exit(EXIT_FAILED)
    if not report.whole:
        sys.exit(EXIT_UNWRITTEN)


def _progress(asked: int) -> Callable[[Summary], None]:
    """Return what shows on a terminal, now and then, how far a campaign is."""
    begun_s = time.perf_counter()
    shown_s = 0.0

    def show(summary: Summary) -> None:
        nonlocal shown_s
        now_s = time.perf_counter()
        if sys.stderr.isatty() and now_s - shown_s > SHOWN_EVERY_S:
            shown_s = now_s
            rate = summary.seeds / (now_s - begun_s)
            click.echo(f"\r{summary.seeds}/{asked} seeds, {rate:.0f}/s", err=True, nl=False)

    return show


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
    report = Report()
    for one in sorted(failure.script.injections, key=lambda one: one.after_ns):
        report.say(f"  {one.fault} {one.anchor} {one.nth} +{one.after_ns / 1e9:.6f} s {one.args}")
    found = result.finding
    if found is None:
        report.say("holds now")
        sys.exit(0 if report.whole else EXIT_UNWRITTEN)
    report.say(f"{found.invariant} at {found.at_ns / 1e9:.6f} s: {found.message}")
    sys.exit(EXIT_FAILED)


def counted(count: int, what: str) -> str:
    """Return a number of things in words, as `1 seed` or `2 seeds`."""
    return f"{count} {what}" if count == 1 else f"{count} {what}{'es' if what[-1] == 's' else 's'}"


def table(summary: Summary, units: int, wall_s: float, jobs: int) -> str:
    """Return what a campaign came to, for people."""
    ran = (
        f"{counted(summary.seeds, 'seed')} of {counted(units, 'unit')}, {summary.twice} of them "
        f"twice: {summary.virtual_ns / 3.6e12:.2f} h of virtual time, "
        f"{counted(summary.steps, 'step')}, in {wall_s:.1f} s with {counted(jobs, 'process')}"
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
    return "\n".join(rows)


def verdict(summary: Summary, asked: int, *, interrupted: bool) -> str:
    """Return whether all held, and of how many seeds that is known where not all could run."""
    failed = len(summary.findings)
    if not interrupted:
        return f"{counted(failed, 'seed')} FAILED" if failed else "all held"
    ran = f"INTERRUPTED: {summary.seeds} of {counted(asked, 'seed')} ran"
    return f"{ran}, {summary.seeds - failed} held, {failed} FAILED"


_COUNTED_TITLES: Final = {
    "F50": "two faults within a second",
    "F51": "a fault in the recovery from another",
}


def _report_failure(
    options: Options, summary: Summary, folder: Path, report: Report, interruption: Interruption
) -> None:
    for seed, found in summary.findings:
        report.say(f"seed {seed}: {found.invariant} at {found.at_ns / 1e9:.6f} s: {found.message}")
    seed, found = summary.findings[0]
    subject = make_subject(options.profile, options.plan)
    script = draw_script(seed, frozenset(options.only) or None, subject.has)
    result = run_script(subject, script)
    if result.finding is not None:
        name = result.finding.invariant

        def fails(one: Script) -> bool:
            """Say no once interrupted, which ends the search with the least found so far."""
            if interruption.came():
                return False
            found = run_script(subject, one).finding
            return found is not None and found.invariant == name

        shrunk = shrink(script, fails)
        path = folder / f"campaign-failure-{seed}.json"
        if report.write(path, failure_json(options, script, result, commit(), shrunk)):
            left = counted(len(shrunk.injections), "injection")
            report.say(f"seed {seed} shrunk to {left}, in {path}")
            report.say(f"again, shrunk: mesodrive-sim campaign --again {path}")
    report.say(f"again: {reproduction(options, seed)}")


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
