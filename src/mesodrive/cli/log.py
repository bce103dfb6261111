"""`mesodrive log`: is it whole, what happened, and does the driver do the same again."""
# ruff: noqa: PLC0415 -- heavy imports wait until they are needed

import json
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from mesodrive.cli import options
from mesodrive.cli.wording import counted, interval
from mesodrive.errors import EXIT_LOG_DAMAGED

if TYPE_CHECKING:
    from mesodrive.session.account import LogAccount
    from mesodrive.session.course import CourseLog
    from mesodrive.session.format import Buffer
    from mesodrive.session.replay import ReplayResult
    from mesodrive.session.verify import Verification

SORTS: Final = ("frame", "event", "wish", "other")
"""What a line may be about; the words of `session.rendering.Sort`."""

LOG: Final = click.argument("path", type=click.Path(path_type=Path), metavar="LOG")


@contextmanager
def opened(path: Path) -> Generator["Buffer"]:
    """Open a log to read it, whether or not somebody still writes it.

    Raises:
        LogUnreadableError: If it cannot be read.
    """
    from mesodrive.journal.log_reading import reading

    with reading(path) as log:
        yield log.data


@click.group()
def log() -> None:
    """Read session logs: prove one whole, show it, replay it; add up those of a treatment."""


@log.command()
@LOG
@options.as_json
def verify(path: Path, as_json: bool) -> int:  # noqa: FBT001
    """Check every CRC and seal: exit 0 whole, 8 damaged or not closed, 9 unusable."""
    from mesodrive.journal.log_reading import reading
    from mesodrive.session.verify import verify as check

    with reading(path) as log:
        found = check(log.data)
    holding = log.in_use and not found.intact
    by = _going_on(path, found) if holding else None
    if as_json:
        said = {"being_written": holding and by is None, "resumed_by": by and str(by)}
        click.echo(json.dumps({**found.to_json(), **said}))
        return found.exit_code
    lines = verification_lines(path, found)
    if by is not None:
        lines.append(f"  a session that still runs goes on from it, in {by}")
    elif holding:
        lines = being_written_lines(path, found)
    for line in lines:
        click.echo(line)
    return found.exit_code


def _going_on(path: Path, found: "Verification") -> Path | None:
    """Return the log that goes on from one: its session holds both, and writes the later one."""
    from mesodrive.app.closed_logs import resumed_by
    from mesodrive.app.places import places

    return resumed_by(path, found.head, places().logs) if found.seals else None


def being_written_lines(path: Path, found: "Verification") -> list[str]:
    """Return what a verification found of a log that grows, for people."""
    from mesodrive.session.format import Fault

    lines = [f"{path}: STILL BEING WRITTEN, by a session that runs; verify it when that has ended"]
    # Behind what is written lies what is reserved, and the record that is on its way.
    if found.damage is not None and found.damage.fault not in (Fault.UNWRITTEN, Fault.CUT):
        lines.append(f"  {found.damage}")
    return [*lines, f"  as written up to byte {found.sealed_bytes} so far"]


def verification_lines(path: Path, found: "Verification") -> list[str]:
    """Return what a verification found, for people."""
    if found.intact:
        return [
            f"{path}: whole; {found.records} records, {found.entries} entries, {found.seals} seals",
            f"  head {found.head}",
        ]
    lines = [f"{path}: {'NOT whole' if found.usable else 'UNUSABLE'}"]
    if found.damage is not None:
        lines.append(f"  {found.damage}")
    if not found.complete:
        lines.append("  the session was never closed: its end is missing")
    lines.append(
        f"  as written up to byte {found.sealed_bytes}; {found.tail_bytes} bytes after that, with "
        f"{found.tail_records} readable records that no seal covers"
    )
    return lines


@log.command()
@LOG
@click.option(
    "--only",
    multiple=True,
    type=click.Choice(SORTS),
    help="Show only these sorts of lines; may be given again.",
)
@click.option("--raw", is_flag=True, help="Show bytes in hex as well.")
@options.as_json
def show(path: Path, only: tuple[str, ...], raw: bool, as_json: bool) -> int:  # noqa: FBT001
    """Show a log as lines: time, direction, what was said or done; and what was delivered."""
    from dataclasses import asdict

    from mesodrive.session.account import account
    from mesodrive.session.begin import read_begin
    from mesodrive.session.rendering import Sort
    from mesodrive.session.show import ALL
    from mesodrive.session.show import show as render
    from mesodrive.session.verify import verify as check

    with opened(path) as data:
        if as_json:
            facts = {"begin": asdict(read_begin(data)), "account": account(data).to_json()}
            click.echo(json.dumps({**facts, "verification": check(data).to_json()}))
        else:
            sorts = {Sort(name) for name in only} or ALL
            for line in render(data, sorts, raw=raw):
                click.echo(line)
            click.echo(account_line(account(data)))
        return check(data).exit_code


@log.command()
@click.argument("paths", type=click.Path(path_type=Path), metavar="LOG...", nargs=-1, required=True)
@options.as_json
def totals(paths: tuple[Path, ...], as_json: bool) -> int:  # noqa: FBT001
    """Add up the sessions of one treatment: a line for each, and what all of them gave."""
    from mesodrive.cli.totals import course_of, totals_json, totals_lines
    from mesodrive.session.course import course_log

    if len(paths) > options.AFTER_MAX + 1:
        raise click.UsageError(f"{len(paths)} logs; at most {options.AFTER_MAX + 1}")
    read: list[CourseLog] = []
    for path in paths:
        with opened(path) as data:
            read.append(course_log(data, path.name))
    found = course_of(read, paths)
    if as_json:
        click.echo(json.dumps(totals_json(read, found)))
    else:
        for line in totals_lines(read, found):
            click.echo(line)
    return max(int(one.verification.exit_code) for one in read)


def account_line(found: "LogAccount") -> str:
    """Return what a log says was delivered."""
    from mesodrive.document_text import escaped

    delivered = interval(found.lo, found.hi, found.unit)
    doubt = f"; {counted(found.units_open, 'unit')} without a record" if found.units_open else ""
    if found.units_unknown:
        doubt += f"; {found.units_unknown} that nobody can know"
    said = "SIMULATED; " if found.simulated else ""
    return f"{said}{escaped(found.ending) or 'no end'}; {delivered} delivered{doubt}"


@log.command()
@LOG
@options.as_json
def replay(path: Path, as_json: bool) -> int:  # noqa: FBT001
    """Feed a log's inputs to a fresh driver and demand the same outputs, byte for byte."""
    from dataclasses import asdict

    result = replayed(path)
    code = replay_exit_code(result)
    if as_json:
        facts = {
            "equal": result.equal,
            "inputs": result.inputs,
            "outputs": result.outputs,
            "divergence": result.divergence and asdict(result.divergence),
            "verification": result.verification.to_json(),
        }
        click.echo(json.dumps(facts))
        return code
    click.echo(replay_line(result))
    if not result.verification.intact:
        for line in verification_lines(path, result.verification):
            click.echo(line)
    return code


def replayed(path: Path) -> "ReplayResult":
    """Replay a log through this version's driver.

    Raises:
        LogUnreadableError: If it cannot be read.
        LogUnusableError: If nothing in it can be used.
    """
    from mesodrive.session.rebuild import driver_core
    from mesodrive.session.replay import replay as feed

    with opened(path) as data:
        return feed(data, driver_core)


def replay_line(result: "ReplayResult") -> str:
    """Return the outcome of a replay in one line."""
    if result.equal:
        return f"identical: {result.inputs} inputs gave the same {result.outputs} outputs"
    return f"DIFFERENT at {result.divergence}"


def replay_exit_code(result: "ReplayResult") -> int:
    """Return 0 for an equal replay of a whole log, 8 for a difference, else what verify says."""
    return int(result.verification.exit_code) if result.equal else EXIT_LOG_DAMAGED
