"""`mesodrive log`: is it whole, what happened, and does the driver do the same again."""
# ruff: noqa: PLC0415 -- heavy imports wait until they are needed

import json
import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from mesodrive.cli import options
from mesodrive.errors import EXIT_LOG_DAMAGED, EXIT_LOG_UNUSABLE, MesodriveError

if TYPE_CHECKING:
    from mesodrive.session.rendering import Line
    from mesodrive.session.replay import ReplayResult
    from mesodrive.session.verify import Verification

LOG: Final = click.argument("path", type=click.Path(path_type=Path), metavar="LOG")


class LogFileError(MesodriveError):
    """The log cannot be read at all."""

    code = "log-unreadable"
    exit_code = EXIT_LOG_UNUSABLE

    def __init__(self, path: Path, detail: str) -> None:
        super().__init__(path, detail)
        self.path, self.detail = path, detail

    @property
    def remedy(self) -> str:
        """What a person can do about it."""
        return "name a log; `mesodrive paths` shows where they are"

    def __str__(self) -> str:
        return f"{self.path}: {self.detail}"


@contextmanager
def opened(path: Path) -> Iterator[bytes | mmap.mmap]:
    """Map a log into memory; an empty file is empty bytes.

    Raises:
        LogFileError: If it cannot be read.
    """
    try:
        with path.open("rb") as file:
            if path.stat().st_size == 0:
                yield b""
                return
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                yield data
    except OSError as error:
        raise LogFileError(path, error.strerror or str(error)) from error


@click.group()
def log() -> None:
    """Read session logs: prove one whole, show it, run it through the driver again."""


@log.command()
@LOG
@options.as_json
def verify(path: Path, as_json: bool) -> int:  # noqa: FBT001
    """Check every CRC and seal: exit 0 whole, 8 damaged or not closed, 9 unusable."""
    from mesodrive.session.verify import verify as check

    with opened(path) as data:
        found = check(data)
    if as_json:
        click.echo(json.dumps(found.to_json()))
        return found.exit_code
    for line in verification_lines(path, found):
        click.echo(line)
    return found.exit_code


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
@click.option("--raw", is_flag=True, help="Show bytes in hex as well.")
@options.as_json
def show(path: Path, raw: bool, as_json: bool) -> int:  # noqa: FBT001
    """Show a log as lines: time, direction, what was said or done."""
    from mesodrive.session.begin import read_begin
    from mesodrive.session.rendering import Renderer
    from mesodrive.session.walk import Walk, entries

    with opened(path) as data:
        begin = read_begin(data)
        if as_json:
            click.echo(json.dumps({"begin": asdict(begin)}))
        else:
            click.echo(f"mesodrive {begin.mesodrive}, {begin.started_utc}, port {begin.port}")
        walk = Walk(data)
        renderer = Renderer(raw=raw)
        since_ns = -1
        for entry in entries(walk):
            since_ns = entry.time_ns if since_ns < 0 else since_ns
            for line in renderer.lines(entry):
                click.echo(json.dumps(_plain(line)) if as_json else line.shown(since_ns))
        if walk.damage is not None:
            click.echo(f"here it ends: {walk.damage}", err=True)
            return EXIT_LOG_DAMAGED
    return 0


@log.command()
@LOG
@options.as_json
def replay(path: Path, as_json: bool) -> int:  # noqa: FBT001
    """Feed a log's inputs to a fresh driver and demand the same outputs, byte for byte."""
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
        LogFileError: If it cannot be read.
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


def _plain(line: "Line") -> dict[str, Any]:
    return {**line._asdict(), "sort": line.sort.value}
