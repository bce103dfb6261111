"""A session as lines: for pipes and files, and as JSON for programs."""

import json
from typing import Any, Final

import click

from mesodrive import catalogue
from mesodrive.cli import wording

STEPS: Final = 10
"""Progress is told at each tenth: enough to see it go on, short enough for a file."""


class JsonLines:
    """One JSON object per line at each change of state, question, stop or alarm."""

    def __init__(self) -> None:
        self._key: tuple[Any, ...] = ()

    def show(self, view: dict[str, Any]) -> None:
        """Show a view if it says something new."""
        key = (view["state"], view["awaiting"], view["stop"], str(view["alarms"]), view["ending"])
        if key != self._key:
            self._key = key
            click.echo(json.dumps({"type": "view", **view}))

    def close(self) -> None:
        """Do nothing: every line is out."""


class PlainLines:
    """Sentences, one per line, each said once."""

    def __init__(self) -> None:
        self._said: set[str] = set()
        self._state = ""
        self._question = ""
        self._step = 0

    def show(self, view: dict[str, Any]) -> None:
        """Show what is new in a view."""
        if view["simulated"] and view["model"]:
            self._once(catalogue.text("simulated"))
        if wording.is_unsigned(view):
            self._once(catalogue.text("unsigned"))
        if view["model"]:
            self._once(f"Device: {view['model']}, serial {view['serial']}.")
        if view["state"] != self._state:
            self._state = view["state"]
            zone = f" ({view['zone']})" if view["zone"] and self._state == "running" else ""
            click.echo(f"{self._state}{zone}")
        question = wording.question(view)
        if question != self._question:
            # Each is put anew: the one before may have been for another program.
            self._question = question
            if question:
                click.echo(question)
        self._progress(view)
        for line in wording.alarm_lines(view):
            self._once(line)
        stop = wording.stop_line(view)
        if stop:
            self._once(stop)

    def close(self) -> None:
        """Do nothing: every line is out."""

    def _progress(self, view: dict[str, Any]) -> None:
        total = view["units_total"]
        step = STEPS * view["units_confirmed"] // total if total else 0
        if step > self._step:
            self._step = step
            output = wording.output(view)
            click.echo(f"  {wording.progress(view)}{'; ' + output if output else ''}")

    def _once(self, line: str) -> None:
        if line not in self._said:
            self._said.add(line)
            click.echo(line)
