"""`mesodrive run` and `mesodrive demo`: a session, attended from first question to summary."""
# ruff: noqa: PLC0415 -- heavy imports wait until a command needs them

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from mesodrive.cli import options
from mesodrive.cli.failures import refused, silence

if TYPE_CHECKING:
    from collections.abc import Callable

    from mesodrive.app.prepare import Prepared, Wanted
    from mesodrive.app.resuming import ResumeWanted
    from mesodrive.cli.attend import Display, Outcome, SessionLostError
    from mesodrive.clock import Clock

DEMO_PLAN = "demo.yaml"
DEMO_PORT = "sim:nappage-gun"


@click.command()
@click.argument("plan", type=click.Path(path_type=Path), metavar="PLAN", required=False)
@click.option(
    "--resume",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="LOG",
    help="Go on from the log of a session that was broken off, instead of from a PLAN.",
)
@click.option(
    "--resolve-who", metavar="NAME", help="Who answers for what nobody can know; goes into the log."
)
@click.option("--resolve-why", metavar="TEXT", help="Why the session may go on all the same.")
@click.option(
    "--port",
    envvar="MESODRIVE_PORT",
    required=True,
    metavar="URL",
    help="Serial port, socket://HOST:PORT, or sim:PROFILE for a simulated device.",
)
@click.option(
    "--baud",
    envvar="MESODRIVE_BAUD",
    type=click.IntRange(300, 12_000_000),
    help="Bits per second; the profile's rate by default.",
)
@click.option("--yes", is_flag=True, help="Answer the questions for fitting and arming with yes.")
@click.option("--clear", is_flag=True, help="Unlatch a device that is found latched; once.")
@options.after
@options.treatment
@options.reasons
@options.profiles_dir
@options.logs
@options.as_json
def run(  # noqa: PLR0913, PLR0917 -- one parameter per option
    plan: Path | None,
    resume: Path | None,
    resolve_who: str | None,
    resolve_why: str | None,
    port: str,
    baud: int | None,
    yes: bool,  # noqa: FBT001
    clear: bool,  # noqa: FBT001
    after: tuple[Path, ...],
    treatment: str | None,
    reasons: dict[str, str],
    profiles_dir: Path | None,
    logs: Path | None,
    as_json: bool,  # noqa: FBT001
) -> int:
    """Run a plan on a device, from fitting to summary, or go on from the log of a session.

    Ctrl-C is STOP, p pauses, r goes on. The exit code says how it ended: see `mesodrive --help`.
    """
    from mesodrive.app.prepare import Wanted

    answers = Answers(yes=yes, clear=clear, uncertain=_answer(resolve_who, resolve_why))
    if resume is not None:
        if any((plan, treatment, reasons, profiles_dir, after)):
            raise click.UsageError(
                "--resume takes plan, profile and treatment from the log, and what came before"
            )
        from mesodrive.app.resuming import ResumeWanted

        going_on = ResumeWanted(log=resume, port=port, baud=baud, logs=logs)
        return _session(going_on, answers, as_json=as_json)[0]
    if plan is None:
        raise click.UsageError("name a PLAN, or a log with --resume")
    wanted = Wanted(
        plan=plan,
        port=port,
        baud=baud,
        treatment=treatment,
        reasons=reasons,
        profiles_dir=profiles_dir,
        logs=logs,
        after=after,
    )
    return _session(wanted, answers, as_json=as_json)[0]


def _answer(who: str | None, why: str | None) -> tuple[str, str] | None:
    if (who is None) != (why is None):
        raise click.UsageError("--resolve-who and --resolve-why belong together")
    if who is None or why is None:
        return None
    from mesodrive.control.wire import ANSWER_MAX

    if not all(text.strip() and len(text) <= ANSWER_MAX for text in (who, why)):
        raise click.UsageError(f"--resolve-who and --resolve-why: 1 to {ANSWER_MAX} characters")
    return who, why


@click.command()
@options.logs
@options.as_json
def demo(logs: Path | None, as_json: bool) -> int:  # noqa: FBT001
    """Run a session of 108 pricks on a simulated gun, then verify and replay its log."""
    from importlib.resources import as_file, files

    from mesodrive.app.prepare import Wanted

    with as_file(files("mesodrive.cli") / DEMO_PLAN) as plan:
        wanted = Wanted(plan=plan, port=DEMO_PORT, logs=logs)
        answers = Answers(yes=True, clear=False, uncertain=None)
        code, log = _session(wanted, answers, as_json=as_json)
    if not log:
        return code
    return max(code, _prove(Path(log), as_json=as_json))


class Answers(NamedTuple):
    """What was answered beforehand."""

    yes: bool
    """Fitting and arming."""
    clear: bool
    """A device that is found latched."""
    uncertain: tuple[str, str] | None
    """What nobody can know: who answers for it, and why."""


def _session(
    wanted: "Wanted | ResumeWanted", answers: Answers, *, as_json: bool
) -> tuple[int, str]:
    """Prepare and attend a session; return exit code and log, empty where none was begun."""
    from mesodrive.app.launch import remove_address
    from mesodrive.cli.attend import SessionLostError, attend
    from mesodrive.cli.conductor import Conductor
    from mesodrive.clock import MonotonicClock

    terminal = sys.stdin.isatty() and sys.stdout.isatty() and not as_json
    if not (terminal or answers.yes):
        raise click.UsageError("there is no terminal to ask on; --yes answers the questions")
    clock = MonotonicClock()
    prepared, resuming, preface = _prepare(wanted, clock, as_json=as_json)
    conductor = Conductor(
        answer_yes=answers.yes,
        interactive=terminal,
        clear=answers.clear,
        resuming=resuming,
        answer=answers.uncertain,
    )
    begun_ns = clock.now_ns()
    try:
        display = _display(as_json=as_json, terminal=terminal)
        outcome = attend(prepared.handover, prepared.folder, conductor, display, preface)
    except SessionLostError as error:
        return _lost(error, as_json=as_json)
    except BaseException:
        # Ctrl-C before there is a session, say.
        remove_address(prepared.folder)
        raise
    if outcome.last["type"] == "refused":
        return refused(outcome.last, as_json=as_json), ""
    return _tell(outcome, (clock.now_ns() - begun_ns) / 1e9, as_json=as_json)


def _lost(error: "SessionLostError", *, as_json: bool) -> tuple[int, str]:
    """Tell how a session ended that let go of this client; return exit code and log."""
    from mesodrive.cli.lost import LET_GO, end_by_log, report_lost

    found = end_by_log(error)
    if found is None:
        return report_lost(error, as_json=as_json), ""
    return _tell(found.outcome, found.duration_s, as_json=as_json, first=LET_GO)


def _tell(
    outcome: "Outcome", duration_s: float, *, as_json: bool, first: str = ""
) -> tuple[int, str]:
    """Show what a person takes away; return exit code and log."""
    from mesodrive.cli.kept import show_loss, without_a_lost_log
    from mesodrive.cli.summary import show_summary, summary

    facts = without_a_lost_log(summary(outcome, duration_s))
    try:
        if first:
            click.echo(first, err=True)
        show_summary(facts, as_json=as_json)
        if not as_json:
            show_loss(facts)
    except OSError:
        # How the session ended counts, not who listens.
        silence(sys.stdout)
    return int(outcome.last["exit_code"]), outcome.last["log"]


class _Begun(NamedTuple):
    """What is to be run."""

    prepared: "Prepared"
    resuming: bool
    """Whether it goes on from a log."""
    preface: "Callable[[], None]"
    """Says what came before. Not before the port is open: else it reads as if it went on."""


def _prepare(wanted: "Wanted | ResumeWanted", clock: "Clock", *, as_json: bool) -> _Begun:
    from mesodrive.app.prepare import Wanted, prepare

    if isinstance(wanted, Wanted):
        prepared = prepare(wanted, clock)
        if not wanted.after:
            return _Begun(prepared, resuming=False, preface=lambda: None)
        from mesodrive.cli.course import show_earlier

        earlier = partial(show_earlier, prepared.handover, as_json=as_json)
        return _Begun(prepared, resuming=False, preface=earlier)
    from mesodrive.app.resuming import prepare_resume
    from mesodrive.cli.evidence import show_evidence

    resumed = prepare_resume(wanted)
    evidence = partial(show_evidence, resumed.evidence, as_json=as_json)
    return _Begun(resumed.prepared, resuming=True, preface=evidence)


def _display(*, as_json: bool, terminal: bool) -> "Display":
    if as_json:
        from mesodrive.cli.lines import JsonLines

        return JsonLines()
    if terminal:
        from mesodrive.cli.screen import Screen, can_draw

        if can_draw():
            return Screen()
    from mesodrive.cli.lines import PlainLines

    return PlainLines()


def _prove(log: Path, *, as_json: bool) -> int:
    """Verify and replay a log in one pass, and say so."""
    import json

    from mesodrive.cli.log import replay_exit_code, replay_line, replayed, verification_lines

    result = replayed(log)
    if as_json:
        facts = {"intact": result.verification.intact, "identical": result.equal}
        click.echo(json.dumps({"type": "proof", **facts}))
    else:
        chain = "chain verified" if result.verification.intact else "chain NOT whole"
        click.echo(f"  Proof      {chain}; replay {replay_line(result)}")
        if not result.verification.intact:
            for line in verification_lines(log, result.verification):
                click.echo(line)
    return replay_exit_code(result)
