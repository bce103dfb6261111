"""Options that several commands share."""

import re
from pathlib import Path
from typing import Final

import click

ADVISED: Final = ("depth", "volume", "density", "voltage", "volt_time")
"""Limits that a reason lets a plan pass."""

REASON_MIN: Final = 10
REASON_MAX: Final = 200

AFTER_MAX: Final = 16
"""Earlier sessions of one treatment; as `session.course` bounds them."""

TREATMENT: Final = re.compile(r"[A-Za-z0-9_-]{1,40}")

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")

profiles_dir = click.option(
    "--profiles-dir",
    envvar="MESODRIVE_PROFILES_DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder with further device profiles.",
)

logs = click.option(
    "--logs",
    envvar="MESODRIVE_LOGS",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for session logs; `mesodrive paths` shows the default.",
)


def _parse_reasons(
    _context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]
) -> dict[str, str]:
    reasons: dict[str, str] = {}
    for text in given:
        limit, _, reason = text.partition("=")
        if limit not in ADVISED or not REASON_MIN <= len(reason.strip()) <= REASON_MAX:
            raise click.BadParameter(
                f"{text!r}: write {' or '.join(f'{name}=TEXT' for name in ADVISED)}, "
                f"with {REASON_MIN} to {REASON_MAX} characters of text"
            )
        reasons[limit] = reason.strip()
    return reasons


def _parse_treatment(
    _context: click.Context, _parameter: click.Parameter, given: str | None
) -> str | None:
    if given is not None and not TREATMENT.fullmatch(given):
        raise click.BadParameter("1 to 40 letters, digits, - and _; an opaque number, no name")
    return given


reasons = click.option(
    "--reason",
    "reasons",
    multiple=True,
    metavar="LIMIT=TEXT",
    callback=_parse_reasons,
    help=f"Why the plan passes an advised limit ({', '.join(ADVISED)}); goes into the log.",
)

treatment = click.option(
    "--treatment",
    envvar="MESODRIVE_TREATMENT",
    metavar="ID",
    callback=_parse_treatment,
    help="Opaque id of the treatment for the log, instead of the plan's; never a name.",
)


def _parse_after(
    _context: click.Context, _parameter: click.Parameter, given: tuple[Path, ...]
) -> tuple[Path, ...]:
    if len(given) > AFTER_MAX:
        raise click.BadParameter(f"{len(given)} logs; a plan is checked with at most {AFTER_MAX}")
    return given


after = click.option(
    "--after",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="LOG",
    callback=_parse_after,
    help="Log of an earlier session of the same treatment, whose totals count; up to 16 times.",
)
