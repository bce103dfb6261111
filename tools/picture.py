"""Draws the README's picture of a run: a real session in virtual time, as the terminal shows it.

Usage: `python tools/picture.py docs/run.svg`. The views are those of the real driver core with the
simulated gun; the picture is what `mesodrive run` draws from such a view.
"""

import io
import sys
from pathlib import Path
from typing import Final

from rich.console import Console

from mesodrive.cli.screen import picture
from mesodrive.core.driver import DriverCore
from mesodrive.plan_store import load_plan
from mesodrive.profile_store import load_profile
from mesodrive.sequencing.planner import Identity, make_session
from mesodrive_simulator.operator import OperatorModel
from mesodrive_simulator.sim_profile import load_profile as load_machine
from mesodrive_simulator.simulated import SimulatedDevice
from mesodrive_testbench.world import World

PLAN: Final = "examples/nappage-face.yaml"
MOMENT_NS: Final = 11_000_000_000
"""About two thirds of the way through."""
COLUMNS: Final = 84
TODAY: Final = "2026-11-21"
SVG: Final = """<svg class="rich-terminal" viewBox="0 0 {width} {height}" \
xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: monospace; font-size: {char_height}px; \
line-height: {line_height}px; font-variant-east-asian: full-width; }}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: sans-serif; }}
{styles}
</style>
<defs><clipPath id="{unique_id}-clip-terminal"><rect x="0" y="0" width="{terminal_width}" \
height="{terminal_height}" /></clipPath>{lines}</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" \
clip-path="url(#{unique_id}-clip-terminal)">{backgrounds}<g class="{unique_id}-matrix">{matrix}</g>
</g></svg>
"""
"""Without the web fonts that the library would load from outside."""


def main() -> None:
    """Run the session up to the moment and write the picture."""
    plan = load_plan(PLAN)
    profile = load_profile(plan.plan.profile)
    planned = make_session(
        plan.plan,
        profile.profile,
        document=plan.document,
        today=TODAY,
        identity=Identity(nonce=1, case=1, first_rid=1),
    )
    core = DriverCore(planned.spec)
    machine = load_machine(plan.plan.profile)
    world = World(core, SimulatedDevice(machine, seed=1, operator=OperatorModel(seed=1)))
    world.open_port()
    world.run(MOMENT_NS)
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    console.print("$ mesodrive run examples/nappage-face.yaml --port ./gun", style="bold")
    console.print(picture(core.view().to_json()))
    svg = console.export_svg(title="mesodrive", code_format=SVG, unique_id="run")
    Path(sys.argv[1]).write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()
