"""A session on a terminal: one picture that is drawn anew as views come."""
# ruff: noqa: PLC0415 -- not every system has terminfo

from typing import Any, Final

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from mesodrive import catalogue
from mesodrive.cli import wording

BAR_COLUMNS: Final = 50

COLOURS: Final = {
    "running": "bold green",
    "armed": "bold yellow",
    "paused": "bold cyan",
    "stopping": "bold red",
    "stopped": "bold red",
    "faulted": "bold red",
    "uncertain": "bold red",
    "completed": "bold green",
}
"""The word says it too: nothing is told by colour alone."""


class Screen:
    """Draws views in place; keys are named below the picture."""

    def __init__(self, console: Console | None = None) -> None:
        # No thread draws by itself: a busy thread would make the reading of keys late.
        self._live = Live(
            console=console or Console(),
            auto_refresh=False,
            transient=False,
            # What is urgent stands above: a low terminal shows that.
            vertical_overflow="crop",
        )
        self._live.start()

    def show(self, view: dict[str, Any]) -> None:
        """Draw a view."""
        self._live.update(picture(view), refresh=True)

    def close(self) -> None:
        """Leave the last picture standing and give the terminal back."""
        self._live.stop()


def can_draw() -> bool:
    """Tell whether the terminal can draw anew in place; one that is not known cannot."""
    console = Console()
    if not console.is_terminal or console.is_dumb_terminal:
        return False
    try:
        import curses
    except ImportError:
        # Windows: its terminals can, and rich knows how.
        return True
    try:
        curses.setupterm()
    except curses.error:
        return False
    return bool(curses.tigetstr("cuu1"))


def picture(view: dict[str, Any]) -> Group:
    """Return a view as something that rich can draw."""
    parts: list[Any] = []
    if view["simulated"]:
        parts.append(Text(" SIMULATED ", style="black on yellow"))
    if wording.is_unsigned(view):
        parts.append(Text(f" {catalogue.text('unsigned')} ", style="black on yellow"))
    stop = wording.stop_line(view)
    if stop:
        parts.append(Text(stop, style="bold white on red"))
    if "silent_s" in view:
        said = f"This picture is old: the last word came {view['silent_s']} s ago."
        parts.append(Text(said, style="bold red"))
    parts += [Text(line, style="bold red") for line in wording.alarm_lines(view)]
    question = wording.question(view)
    if question:
        parts.append(Text(question, style="bold yellow"))
    parts.append(_facts(view))
    if not view["ending"]:
        parts.append(Text("Ctrl-C stops    p pauses    r goes on", style="dim"))
    return Group(*parts)


def _facts(view: dict[str, Any]) -> Table:
    table = Table.grid(padding=(0, 2))
    state = Text(view["state"], style=COLOURS.get(view["state"], "bold"))
    if view["hold"] and view["state"] in ("armed", "running"):
        state.append(f"  waits for {view['hold']}", style="dim")
    table.add_row("state", state)
    table.add_row("device", f"{view['model']}  {view['serial']}")
    if not view["ending"]:
        table.add_row(
            "step",
            f"stage {view['stage']} of {view['stages']}, "
            f"program {view['program']} of {view['programs']}: {view['purpose']}",
        )
        table.add_row("zone", view["zone"] or "none")
    faults = wording.line_faults(view)
    if faults:
        table.add_row("frames", faults)
    output = wording.output(view)
    if output and not view["ending"]:
        table.add_row("output", output)
    table.add_row("delivered", wording.progress(view))
    total = max(1, view["units_total"])
    table.add_row(
        "", ProgressBar(total=total, completed=view["units_confirmed"], width=BAR_COLUMNS)
    )
    return table
