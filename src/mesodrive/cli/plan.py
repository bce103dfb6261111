"""`mesodrive plan`: check a plan, look at it, begin a new one."""
# ruff: noqa: PLC0415 -- heavy imports wait until they are needed

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from mesodrive.cli import options
from mesodrive.cli.wording import amount
from mesodrive.errors import EXIT_REFUSED, MesodriveError

if TYPE_CHECKING:
    from mesodrive.app.prepare import Checked
    from mesodrive.sequencing.planned import AnyPlanned, ElectricPlanned, Planned

COLUMNS: Final = 80
LINES: Final = 30
"""Size of a sketch where there is no terminal to ask."""


class FileError(MesodriveError):
    """A file could not be written."""

    code = "file-write"
    exit_code = EXIT_REFUSED

    def __init__(self, path: Path, detail: str) -> None:
        super().__init__(path, detail)
        self.path, self.detail = path, detail

    @property
    def remedy(self) -> str:
        """What a person can do about it."""
        return "choose another name or folder; nothing is written over"

    def __str__(self) -> str:
        return f"{self.path} cannot be written: {self.detail}"


@click.group()
def plan() -> None:
    """Check, show and begin plans."""


_PLAN: Final = click.argument("path", type=click.Path(path_type=Path), metavar="PLAN")


@plan.command()
@_PLAN
@options.after
@options.reasons
@options.profiles_dir
@options.as_json
def check(
    path: Path,
    after: tuple[Path, ...],
    reasons: dict[str, str],
    profiles_dir: Path | None,
    as_json: bool,  # noqa: FBT001
) -> int:
    """Check a plan against its device profile; every violation is told at once."""
    from mesodrive.cli import course

    checked = _checked(path, after, reasons, profiles_dir)
    estimates = checked.planned.estimates
    if as_json:
        earlier = {"earlier": course.earlier_json(checked.earlier)} if after else {}
        click.echo(json.dumps({"plan": str(path), **estimates.to_json(), **earlier}))
        return 0
    click.echo(f"{path}: keeps every limit of {checked.profile.profile.identity.profile}")
    for line in [*_lines(checked.planned), *course.with_earlier(checked)]:
        click.echo(f"  {line}")
    return 0


@plan.command()
@_PLAN
@click.option(
    "--svg", type=click.Path(path_type=Path), metavar="FILE", help="Draw a picture into a new file."
)
@click.option("--ascii", "ascii_only", is_flag=True, help="Sketch with plain letters and digits.")
@options.after
@options.reasons
@options.profiles_dir
@options.as_json
def show(
    path: Path,
    after: tuple[Path, ...],
    svg: Path | None,
    ascii_only: bool,  # noqa: FBT001
    reasons: dict[str, str],
    profiles_dir: Path | None,
    as_json: bool,  # noqa: FBT001
) -> int:
    """Show where everything of a plan lies, and each current over time; --svg: as a picture."""
    import shutil

    from mesodrive.cli import course

    checked = _checked(path, after, reasons, profiles_dir)
    planned = checked.planned
    if svg is not None:
        _write_new(svg, _picture(planned))
    if as_json:
        points = [point._asdict() for point in planned.points]
        facts = {"plan": str(path), "points": points, "svg": svg and str(svg)}
        earlier = {"earlier": course.earlier_json(checked.earlier)} if after else {}
        click.echo(json.dumps({**facts, **earlier}))
        return 0
    if svg is not None:
        click.echo(f"drawn into {svg}")
        return 0
    size = shutil.get_terminal_size((COLUMNS, LINES))
    plain = ascii_only or not _can_say(sys.stdout.encoding)
    lines = course.with_earlier(checked)
    click.echo(
        _sketch(planned, size.columns, size.lines - 4 - len(lines), ascii_only=plain), nl=False
    )
    for line in lines:
        click.echo(line)
    return 0


@plan.command()
@click.argument("path", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--profile", default="nappage-gun", show_default=True, help="Device it is for.")
@options.profiles_dir
@options.as_json
def new(path: Path, profile: str, profiles_dir: Path | None, as_json: bool) -> int:  # noqa: FBT001
    """Write a commented plan for a device into a new file, to begin from."""
    from mesodrive.profile_store import load_profile
    from mesodrive.sequencing.example import example_plan

    loaded = load_profile(profile, user_folder=profiles_dir)
    _write_new(path, example_plan(loaded.profile))
    click.echo(json.dumps({"plan": str(path)}) if as_json else f"{path}: edit it, then check it")
    return 0


@plan.command()
@options.as_json
def schema(as_json: bool) -> int:  # noqa: ARG001, FBT001 -- a schema is JSON anyway
    """Print the JSON Schema of a plan, for an editor."""
    from mesodrive.plan_schema import plan_schema
    from mesodrive.schema_export import rendered

    click.echo(rendered(plan_schema()), nl=False)
    return 0


def _checked(
    path: Path, after: tuple[Path, ...], reasons: dict[str, str], profiles_dir: Path | None
) -> "Checked":
    from mesodrive.app.prepare import Wanted
    from mesodrive.app.prepare import check as check_plan
    from mesodrive.clock import MonotonicClock

    wanted = Wanted(plan=path, reasons=reasons, profiles_dir=profiles_dir, after=after)
    return check_plan(wanted, MonotonicClock())


def _picture(planned: "AnyPlanned") -> str:
    from mesodrive.sequencing.drawing_electric_svg import draw_electric_svg
    from mesodrive.sequencing.drawing_svg import draw_svg
    from mesodrive.sequencing.planned import Planned

    return draw_svg(planned) if isinstance(planned, Planned) else draw_electric_svg(planned)


def _sketch(planned: "AnyPlanned", columns: int, lines: int, *, ascii_only: bool) -> str:
    from mesodrive.sequencing.drawing_electric_text import electric_sketch
    from mesodrive.sequencing.drawing_text import sketch
    from mesodrive.sequencing.planned import Planned

    if isinstance(planned, Planned):
        return sketch(planned, columns, lines, ascii_only=ascii_only)
    return electric_sketch(planned, columns, lines, ascii_only=ascii_only)


def _lines(planned: "AnyPlanned") -> list[str]:
    """Return what to expect of a session, for people."""
    from mesodrive.sequencing.planned import Planned

    lines = _needle_lines(planned) if isinstance(planned, Planned) else _electric_lines(planned)
    reasons = planned.estimates.reasons.items()
    return lines + [f"beyond the advised {name}: {why}" for name, why in reasons]


def _electric_lines(planned: "ElectricPlanned") -> list[str]:
    from mesodrive.sequencing import electric_wording

    seen = planned.estimates
    charge = f", at most {electric_wording.charge(seen.charge_uc)}" if seen.charge_uc else ""
    lines = [f"{seen.units} units{charge}"]
    lines.append(
        f"about {seen.session_us / 60e6:.0f} min with fittings; "
        f"{electric_wording.lasting(seen.running_us)} of it running"
    )
    for zone, expected in zip(planned.plan.zones, seen.zones, strict=True):
        lines.append(f"{zone.name}: {zone.technique}, {electric_wording.setting(zone)}")
        lines.append(f"  {expected.units} units, {electric_wording.expected(expected)}")
    return lines


def _needle_lines(planned: "Planned") -> list[str]:
    estimates = planned.estimates
    unit = "nL" if planned.plan.delivers else "strokes"
    lines = [f"{estimates.units} units"]
    if unit == "nL":
        lines[0] += f", {amount(estimates.volume_nl, unit)}"
        lines.append(f"{amount(estimates.waste_nl, unit)} to prime, {estimates.fills} fillings")
    lines.append(
        f"about {estimates.session_us / 60e6:.0f} min with fittings; "
        f"{estimates.pricking_us / 1e6:.0f} s of pricking"
    )
    for zone in estimates.zones:
        dosed = f", {amount(zone.volume_nl, unit)} of at most {amount(zone.limit_nl, unit)}"
        lines.append(f"{zone.name}: {zone.units} units{dosed if zone.limit_nl else ''}")
    lines += [
        f"lot {lot.lot}: {amount(lot.volume_nl, unit)} of at most {amount(lot.limit_nl, unit)}"
        for lot in estimates.lots
    ]
    return lines


def _can_say(encoding: str | None) -> bool:
    try:
        "\u2801".encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _write_new(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise FileError(path, error.strerror or str(error)) from error
