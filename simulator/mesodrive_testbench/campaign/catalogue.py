"""The fault classes of the campaign: what each is, how often a seed has it, how it is drawn.

A class draws injections, which are data; `injecting` carries them out. Each class draws from a
stream of its own. Ids are those of the fault list that the project's safety work keeps.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from random import Random
from typing import Final

from mesodrive_testbench.campaign.script import MS, Anchor, Injection, S

TO_DEVICE: Final = 0
TO_HOST: Final = 1
PER_CLASS_MAX: Final = 40
"""Bound of the injections of one class in one seed."""
AT_STROKE: Final = 0.6
"""Share of the injections of a class that are tied to units, where it has such."""
AT_LOSS_OR_STOP: Final = 0.12
"""Share of the others that strike in what follows a loss or a stop (F51)."""
Args = tuple[int | str, ...]
Draw = Callable[[Random], Args]


class Needs(Enum):
    """What a device must have for a class to act on it."""

    ANY = 0
    NEEDLE = 1
    ELECTRODE = 2
    PULSE = 3


GUN: Final = frozenset({Needs.ANY, Needs.NEEDLE})
"""What an injector has."""
SLICES: Final = frozenset({Needs.ANY, Needs.ELECTRODE})
"""What a transdermal unit without pulses has."""
PULSES: Final = SLICES | {Needs.PULSE}
"""What a transdermal unit with pulses has."""


class When(Enum):
    """How the injections of a class come about."""

    DRAWN = 0
    """Gaps from one to the next, or tied to units, losses and stops."""
    ONCE = 1
    """One at the very beginning; how it was drawn is in its arguments."""


@dataclass(frozen=True, slots=True)
class FaultClass:
    """One row of the fault list."""

    id: str
    title: str
    permille: int
    """Share of seeds that have it switched on."""
    when: When
    args: Draw
    gap_ns: int
    """Mean time between two injections, before the seed's own rate."""
    shot_ns: int = 0
    """Above 0: some are tied to a unit, so long after its beginning at most."""
    needs: Needs = Needs.ANY


def injections_of(fault: FaultClass, draw: Random, heal_ns: int, units: int) -> Iterator[Injection]:
    """Yield the injections of a class that is on.

    Args:
        fault: The class.
        draw: Its stream.
        heal_ns: When all faults are over.
        units: Above all numbers of units that an injection is tied to.
    """
    if fault.when is When.ONCE:
        yield Injection(fault.id, Anchor.TIME, 0, 0, fault.args(draw))
        return
    rate = draw.choice((0.3, 1.0, 1.0, 4.0))
    at_ns = 0
    for _ in range(PER_CLASS_MAX):
        at_ns += int(draw.expovariate(rate / fault.gap_ns)) + MS
        if at_ns >= heal_ns:
            return
        if fault.shot_ns and draw.random() < AT_STROKE:
            after_ns = draw.randrange(fault.shot_ns)
            unit = draw.randrange(1, units)
            yield Injection(fault.id, Anchor.STROKE, unit, after_ns, fault.args(draw))
        elif draw.random() < AT_LOSS_OR_STOP:
            anchor = draw.choice((Anchor.LOSS, Anchor.STOP))
            nth = draw.randrange(1, 4)
            yield Injection(fault.id, anchor, nth, draw.randrange(3 * S), fault.args(draw))
        else:
            yield Injection(fault.id, Anchor.TIME, 0, at_ns, fault.args(draw))


def _way(draw: Random) -> int:
    return draw.randrange(2)


def _span(draw: Random, least_ns: int, most_ns: int) -> int:
    """Draw a time whose order of magnitude is what is even, so that short ones come too."""
    ratio = most_ns / least_ns
    return int(least_ns * ratio ** draw.random())


def _seed(draw: Random) -> int:
    return draw.randrange(1 << 30)


def _lost(way: int) -> Draw:
    def args(draw: Random) -> Args:
        return way, 0 if draw.random() < 0.7 else _span(draw, 20 * MS, 5 * S)

    return args


def _latency(draw: Random) -> Args:
    delay_ns = _span(draw, MS, 2 * S)
    return (
        _way(draw),
        delay_ns,
        draw.randrange(delay_ns),
        _span(draw, 100 * MS, 10 * S),
        _seed(draw),
    )


def _none(draw: Random) -> Args:
    del draw
    return ()


_DRAWN: Final = When.DRAWN
_ONCE: Final = When.ONCE
_STROKE_NS: Final = 120 * MS
"""A stroke with the durable writes around it takes less."""

CLASSES: Final[tuple[FaultClass, ...]] = (
    FaultClass("F01", "frame lost on its way to the device", 200, _DRAWN, _lost(TO_DEVICE), 2 * S),
    FaultClass("F02", "frame lost on its way to the host", 200, _DRAWN, _lost(TO_HOST), 2 * S),
    FaultClass(
        "F03", "duplicate frame", 150, _DRAWN,
        lambda d: (_way(d), d.randrange(1, 4), _span(d, 100_000, 60 * S)), S,
    ),
    FaultClass(
        "F04", "frames out of order", 100, _DRAWN,
        lambda d: (_way(d), d.randrange(1, 9) * 25 * MS), S,
    ),
    FaultClass(
        "F05", "bits flipped, bytes dropped or put in", 200, _DRAWN,
        lambda d: (_way(d), d.randrange(3), d.choice((1, 1, 2, 3, 8, 64)), _seed(d)), S,
    ),
    FaultClass(
        "F06", "stream split, merged or trickled", 150, _DRAWN,
        lambda d: (_way(d), d.randrange(3), d.randrange(1, 40), _span(d, 10_000, 20 * MS)), S,
    ),
    FaultClass(
        "F07", "boot text, noise, another device's frames", 100, _DRAWN,
        lambda d: (_way(d), d.randrange(3), _span(d, 8, 4_096), _seed(d)), 4 * S,
    ),
    FaultClass("F08", "old frames replayed", 100, _DRAWN, lambda d: (_way(d),), 6 * S),
    FaultClass("F09", "latency and jitter", 150, _DRAWN, _latency, 8 * S),
    FaultClass(
        "F10", "one way of the line dead for good", 40, _DRAWN, lambda d: (_way(d),), 25 * S,
        500 * MS,
    ),
    FaultClass(
        "F11", "port vanishes and comes back under another name", 120, _DRAWN,
        lambda d: (_span(d, 20 * MS, 8 * S), d.randrange(64)), 12 * S, _STROKE_NS,
    ),
    FaultClass(
        "F12", "opening the port resets the device", 80, _ONCE,
        lambda d: (d.choice((0, 1, _span(d, MS, 3 * S))), d.randrange(2)), S,
    ),
    FaultClass(
        "F13", "write blocks, or read gives nothing", 100, _DRAWN,
        lambda d: (_way(d), _span(d, 10 * MS, 10 * S)), 10 * S, 500 * MS,
    ),
    FaultClass(
        "F14", "second process reads and writes the same port", 50, _DRAWN,
        lambda d: (_span(d, 100 * MS, 4 * S), _seed(d)), 15 * S,
    ),
    FaultClass(
        "F15", "device resets", 120, _DRAWN,
        lambda d: (d.choice((0, 0, _span(d, MS, 5 * S))),), 12 * S, _STROKE_NS,
    ),
    FaultClass(
        "F16", "device forgets the tail of its journal", 30, _DRAWN,
        lambda d: (d.randrange(1, 4),), 20 * S, 500 * MS,
    ),
    FaultClass(
        "F17", "device counter jumps", 30, _DRAWN,
        lambda d: (d.randrange(3), d.randrange(32)), 20 * S, 500 * MS,
    ),
    FaultClass("F18", "an answer says the opposite", 60, _DRAWN, _none, 8 * S),
    FaultClass(
        "F19", "device stops by a fault of its own in a burst", 80, _DRAWN,
        lambda d: (d.randrange(4), _span(d, 5 * MS, 2 * S)), 15 * S, _STROKE_NS,
    ),
    FaultClass(
        "F20", "unknown code in a status", 60, _DRAWN,
        lambda d: (d.randrange(4), d.randrange(256)), 8 * S,
    ),
    FaultClass(
        "F21", "device clock drifts, jumps ahead, or hangs", 80, _DRAWN,
        lambda d: (d.randrange(3), d.randrange(-50_000, 50_001), _span(d, MS, 3_600 * S)), 12 * S,
    ),
    FaultClass(
        "F22", "home switch stuck or late", 60, _DRAWN,
        lambda d: (d.randrange(2), _span(d, MS, 500 * MS)), 10 * S, _STROKE_NS,
    ),
    FaultClass(
        "F23", "plunger slips, stalls or overruns", 60, _DRAWN,
        lambda d: (d.choice((1000, 500, 150, -150, -500)), _span(d, 50 * MS, 3 * S)), 10 * S,
        needs=Needs.NEEDLE,
    ),
    FaultClass(
        "F24", "needle blocked", 60, _DRAWN,
        lambda d: (d.choice((500, 900, 990, 1000)), _span(d, 100 * MS, 5 * S)), 10 * S,
        needs=Needs.NEEDLE,
    ),
    FaultClass(
        "F25", "contact lost in a unit", 100, _DRAWN,
        lambda d: (_span(d, MS, 100 * MS),), 8 * S, _STROKE_NS,
    ),
    FaultClass(
        "F28", "sensor of force or current frozen or out of range", 60, _DRAWN,
        lambda d: (d.choice((0, 3_000, 6_000, 9_999, 60_000)), _span(d, 50 * MS, 4 * S)), 10 * S,
    ),
    FaultClass(
        "F29", "syringe runs empty, or another bore is fitted", 60, _DRAWN,
        lambda d: (d.randrange(2), d.randrange(20_000)), 20 * S, _STROKE_NS,
        needs=Needs.NEEDLE,
    ),
    FaultClass("F30", "device has another profile", 20, _ONCE, lambda d: (d.randrange(32),), S),
    FaultClass(
        "F31", "host process killed", 100, _DRAWN,
        lambda d: (_span(d, 50 * MS, 5 * S), d.randrange(1_000)), 15 * S, 500 * MS,
    ),
    FaultClass(
        "F32", "host frozen, then goes on", 100, _DRAWN,
        lambda d: (_span(d, 50 * MS, 60 * S),), 12 * S, 500 * MS,
    ),
    FaultClass(
        "F33", "machine suspended and resumed", 40, _DRAWN,
        lambda d: (_span(d, S, 8 * 3_600 * S),), 20 * S, 500 * MS,
    ),
    FaultClass(
        "F35", "host process starved", 80, _DRAWN, lambda d: (_span(d, MS, 400 * MS),), S, 500 * MS
    ),
    FaultClass("F36", "disk full", 30, _DRAWN, _none, 20 * S, 500 * MS),
    FaultClass("F37", "one sync fails, the next would not", 30, _DRAWN, _none, 20 * S, 500 * MS),
    FaultClass(
        "F38", "power cut: what is not synced is lost or torn", 80, _DRAWN,
        lambda d: (_span(d, 200 * MS, 5 * S), d.randrange(1_001)), 20 * S, 500 * MS,
    ),
    FaultClass("F39", "a bit of the stored log rots", 50, _ONCE, lambda d: (_seed(d),), S),
    FaultClass("F40", "folder of the log gone in mid-session", 20, _DRAWN, _none, 25 * S),
    FaultClass("F41", "exception inside the core", 50, _DRAWN, lambda d: (d.randrange(4),), 20 * S,
               500 * MS),
    FaultClass(
        "F45", "operator presses STOP at any moment", 250, _DRAWN, _none, 6 * S, 500 * MS
    ),
    FaultClass(
        "F46", "operator clears and begins again, many times", 60, _ONCE,
        lambda d: (d.randrange(3, 21), _span(d, 100 * MS, 2 * S)), S,
    ),
    FaultClass(
        "F52", "a safety control of the device misfires", 80, _DRAWN,
        lambda d: (d.randrange(8),), 12 * S, _STROKE_NS,
    ),
    FaultClass(
        "D01", "sync takes longer than a period", 150, _DRAWN,
        lambda d: (_span(d, 50 * MS, 6 * S),), 4 * S,
    ),
    FaultClass(
        "F26", "electrode open, short, half off, or intermittent", 200, _DRAWN,
        lambda d: (d.randrange(4), _span(d, MS, 500 * MS), d.randrange(300, 901)), 6 * S, 4 * S,
        Needs.ELECTRODE,
    ),
    FaultClass(
        "F27", "pulse switch stuck, pulse too wide, twice, or an arc", 200, _DRAWN,
        lambda d: (d.randrange(4), _span(d, 50 * MS, 5 * S), d.randrange(1_050, 2_000)), 5 * S,
        _STROKE_NS, Needs.PULSE,
    ),
)  # fmt: skip
"""Every class with injections of its own. F50 (two at once) and F51 (one in the recovery from
another) are what comes of drawing several, and are counted as such. What is for electrodes stands
last, so that it moves nothing that is drawn for guns."""

BY_ID: Final = {fault.id: fault for fault in CLASSES}
COUNTED: Final = ("F50", "F51")

LACKING: Final = {
    Needs.NEEDLE: "this device has no needle",
    Needs.ELECTRODE: "this device has no electrode",
    Needs.PULSE: "this device gives no pulses",
}
"""Why a class that exists does not act on some device."""

NOT_HERE: Final = {
    "F34": "the core is given monotonic time only; no wall clock exists in virtual time. The log's "
    "begin record holds the wall clock once: tests of the owner and of the log",
    "F42": "waits for the page: browsers do not exist yet",
    "F43": "waits for the page",
    "F44": "waits for the page",
    "F47": "waits for roles",
    "F48": "waits for the page",
    "F49": "waits for the page",
}
"""Classes that are not injected here, and why."""
