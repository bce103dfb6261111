"""Draws the script of a seed: which classes are on, how often, and what the operator does."""

from collections.abc import Iterator
from random import Random
from typing import Final

from mesodrive_testbench.campaign.catalogue import CLASSES, GUN, Needs, injections_of
from mesodrive_testbench.campaign.script import ACT, MS, Anchor, Injection, S, Script
from mesodrive_testbench.campaign.streams import fork

HEAL_S: Final = (6, 40)
"""When faults are over: early enough to find a session in the middle, or after its end."""
ACTS: Final = ("pause", "pause", "pause", "stop", "end")
"""What the operator does besides granting wishes, as often as it is drawn."""
ACTS_MAX: Final = 4
STROKES: Final = 30
UNITS: Final = 12
"""Faults are tied to units below this number: of a gun's plan, and of others, which have fewer."""


def draw_script(
    seed: int, only: frozenset[str] | None = None, has: frozenset[Needs] = GUN
) -> Script:
    """Return the script of a seed.

    Args:
        seed: Any whole number from 0 on.
        only: Ids of the classes that may be on; all where None.
        has: What the device has that a class may need.
    """
    world, swarm = fork(seed, "world"), fork(seed, "swarm")
    heal_ns = world.randrange(HEAL_S[0] * S, HEAL_S[1] * S)
    # each class draws whether it is on, whatever is allowed: the others stay where they are
    share = swarm.choice((0.0, 0.5, 1.0, 1.0, 2.0))
    on = [one for one in CLASSES if swarm.random() * 1000 < one.permille * share]
    units = STROKES if Needs.NEEDLE in has else UNITS
    injections = [
        injection
        for fault in on
        if fault.needs in has and (only is None or fault.id in only)
        for injection in injections_of(fault, fork(seed, fault.id), heal_ns, units)
    ]
    injections += _acts(fork(seed, "acts"), heal_ns)
    return Script(
        seed=seed,
        heal_ns=heal_ns,
        disk_ns=world.choice((500_000, 2 * MS, 2 * MS, 8 * MS, 30 * MS)),
        line_ns=world.choice((200_000, 500_000, 500_000, 3 * MS, 12 * MS)),
        injections=tuple(injections),
    )


def _acts(draw: Random, heal_ns: int) -> Iterator[Injection]:
    """Yield what the operator does besides granting wishes."""
    for _ in range(draw.randrange(ACTS_MAX)):
        what = draw.choice(ACTS)
        if what == "end" and draw.random() < 0.7:
            continue
        yield Injection(ACT, Anchor.TIME, 0, draw.randrange(heal_ns), (what,))


def classes_on(script: Script) -> set[str]:
    """Return the ids of the classes that a script has."""
    return {one.fault for one in script.injections if one.fault != ACT}
