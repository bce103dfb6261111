"""The options of `mesodrive-sim campaign`; what it does is loaded when it is asked for."""

import re
import signal
import sys
from pathlib import Path
from typing import Final

import click

SEEDS: Final = re.compile(r"([0-9]{1,12})\.\.([0-9]{1,12})", re.ASCII)
SEEDS_MAX: Final = 10_000_000
"""Bound of one campaign; longer ones are several."""
JOBS_MAX: Final = 64
EXIT_INTERRUPTED: Final = 128 + signal.SIGINT


def read_seeds(context: click.Context, option: click.Parameter, value: str) -> range:
    """Return the seeds of `A..B`, both ends included.

    Raises:
        click.BadParameter: If it is no such range, or too long.
    """
    match = SEEDS.fullmatch(value)
    first, last = (int(match[1]), int(match[2])) if match else (1, 0)
    if not first <= last < first + SEEDS_MAX:
        message = f"{value!r} is no range A..B with A <= B and at most {SEEDS_MAX} seeds"
        raise click.BadParameter(message, context, option)
    return range(first, last + 1)


@click.command()
@click.option(
    "--seeds", callback=read_seeds, default="0..499", show_default=True, metavar="A..B",
    help="Which seeds, both ends included.",
)  # fmt: skip
@click.option("--profile", default="nappage-gun", show_default=True, help="Device profile.")
@click.option(
    "--plan", default="forty-pricks", show_default=True,
    help="Plan: forty-pricks, slices, bursts, pulses, or a path to a YAML file.",
)  # fmt: skip
@click.option("--jobs", type=click.IntRange(1, JOBS_MAX), default=1, show_default=True,
              help="Processes.")  # fmt: skip
@click.option(
    "--twice-every", type=click.IntRange(0), default=20, show_default=True,
    help="Run each n-th seed twice and compare the traces; 0 for none.",
)  # fmt: skip
@click.option("--only", multiple=True, metavar="F01", help="Only these fault classes.")
@click.option(
    "--json", "file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Write all figures there.",
)  # fmt: skip
@click.option(
    "--failures", "folder", type=click.Path(path_type=Path, file_okay=False, exists=True),
    default=".", metavar="FOLDER", help="Where the file of a failed seed is written.",
)  # fmt: skip
@click.option(
    "--again", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Run the failure of this file again, and nothing else.",
)  # fmt: skip
def campaign(  # noqa: PLR0913 -- one parameter per option
    *,
    seeds: range,
    profile: str,
    plan: str,
    jobs: int,
    twice_every: int,
    only: tuple[str, ...],
    file: Path | None,
    folder: Path,
    again: Path | None,
) -> None:
    """Run seeded sessions under faults in virtual time and check the invariants I1 to I15.

    Ends with 1 and a line that runs it again where a seed fails; Ctrl-C ends it early, with
    130 and what has come together so far.
    """
    try:
        from mesodrive_testbench.campaign import command  # noqa: PLC0415
        from mesodrive_testbench.campaign.running import Options  # noqa: PLC0415

        if again is not None:
            command.again(again)
            return
        options = Options(profile, plan, only, twice_every)
        command.run(options, seeds, jobs=jobs, file=file, folder=folder)
    except KeyboardInterrupt:  # before the first seed; 1 would be a seed that failed
        sys.exit(EXIT_INTERRUPTED)
