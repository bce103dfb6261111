"""STOP and silence at random moments of virtual sessions, against the machine's own truth.

Pricks at nine a second, status at 20 Hz, line of 460800 baud with 0.5 ms of latency. STOP: from the
press to the plant at rest, its needle home; what the longest undisturbed stroke takes is allowed on
top, since a stroke in flight may be finished. Silence: the line is cut, and pricks that begin
after the last frame of the host arrived are counted.
"""

from random import Random
from typing import Final, NamedTuple

import reporting
import sessions

from mesodrive.core.driver import DriverCore
from mesodrive_simulator.operator import OperatorModel
from mesodrive_simulator.plant.phases import REST
from mesodrive_simulator.sim_profile import load_profile
from mesodrive_simulator.simulated import SimulatedDevice
from mesodrive_testbench.world import World

GOAL_MS: Final = 100.0
"""99.9 % of all stops, beyond the stroke in flight."""
SILENT_UNITS: Final = 2
SILENT_MS: Final = 200.0
PRICKS: Final = 900
PERIOD_US: Final = 111_112
GAP_S: Final = (0.02, 2.5)
"""Between two disturbances, drawn evenly: every state of a session is met."""
SETTLE_S: Final = 2.0
SILENCE_SHARE: Final = 5
"""One disturbance in so many is a silence, the others are stops."""
_MS: Final = 1_000_000
_S: Final = 1_000_000_000
_TO_DEVICE: Final = 0
_TO_HOST: Final = 1


class CutWorld(World):
    """A world whose line can be cut, and that knows when the device last heard from the host."""

    cut = False
    heard_ns = 0

    def _push(self, time_ns: int, what: int, data: bytes) -> None:
        if what == _TO_DEVICE:
            if self.cut:
                return
            self.heard_ns = time_ns
        elif what == _TO_HOST and self.cut:
            return
        super()._push(time_ns, what, data)


class Found(NamedTuple):
    """What the disturbances came to."""

    stops_ms: list[float]
    silent_units: list[int]
    silent_ms: list[float]
    """From the last frame heard to the last prick begun, where any began."""
    stroke_ms: float
    """The longest undisturbed stroke."""


def new_world(seed: int) -> CutWorld:
    """Return a session that is about to begin."""
    spec = sessions.session(
        sessions.prime(),
        sessions.program(sessions.step(PRICKS, dose_nl=1_000, period_us=PERIOD_US)),
    )
    device = SimulatedDevice(
        load_profile(sessions.PROFILE), seed=seed, operator=OperatorModel(seed=seed)
    )
    world = CutWorld(DriverCore(spec), device)
    world.open_port()
    return world


def stop_now(world: CutWorld) -> float:
    """Press STOP; return the milliseconds until the plant is at rest."""
    pressed_ns = world.now_ns
    world.wish_at(pressed_ns, b'{"wish":"stop","cause":0}')
    plant = world.device.plant
    world.run(pressed_ns + _MS)
    while plant.phase != REST or world.device.device.board.state.name not in _AT_REST:
        world.run(world.now_ns + _MS)
        if world.now_ns - pressed_ns > 5 * _S:
            raise AssertionError("five seconds after STOP the device is not at rest")
    return (world.now_ns - pressed_ns) / _MS


_AT_REST: Final = frozenset({"LATCHED", "UPDATE"})


def be_silent(world: CutWorld) -> tuple[int, float]:
    """Cut the line for a second; return the pricks begun since, and when the last one began."""
    world.cut = True
    world.run(world.now_ns + _S)
    since = [
        unit.begun_ns - world.heard_ns
        for unit in world.device.plant.truth[-10:]
        if unit.begun_ns > world.heard_ns
    ]
    world.cut = False
    return len(since), max(since, default=0) / _MS


def measure(count: int, seed: int) -> Found:
    """Disturb sessions so many times."""
    draw = Random(seed)
    found = Found([], [], [], longest_stroke_ms(seed))
    world, number = new_world(seed), seed
    for at in range(count):
        world.run(world.now_ns + int(draw.uniform(*GAP_S) * _S))
        if world.core.ended:
            number += 1
            world = new_world(number)
            world.run(int(draw.uniform(*GAP_S) * _S))
        if at % SILENCE_SHARE:
            if world.core.view().serial:
                found.stops_ms.append(stop_now(world))
        else:
            units, last_ms = be_silent(world)
            found.silent_units.append(units)
            found.silent_ms.append(last_ms)
        world.run(world.now_ns + int(SETTLE_S * _S))
    return found


def longest_stroke_ms(seed: int) -> float:
    """Return how long a stroke takes from home to home where nothing disturbs it."""
    world = new_world(seed)
    world.run(10 * _S)
    truth = world.device.plant.truth
    ended = [unit for unit in truth if unit.ended_ns is not None and not unit.prime]
    return max((unit.ended_ns or 0) - unit.begun_ns for unit in ended) / _MS


def main() -> None:
    """Measure, print, and with `--json FILE` write the figures."""
    options = reporting.arguments(__doc__, rounds=12_600, quick=250)
    found = measure(options.rounds, sessions.SEED)
    ordered = sorted(found.stops_ms)
    worst_ms = ordered[min(len(ordered) - 1, int(len(ordered) * 0.999))]
    beyond_ms = worst_ms - found.stroke_ms
    most, last_ms = max(found.silent_units), max(found.silent_ms)
    met = beyond_ms <= GOAL_MS and most <= SILENT_UNITS and last_ms <= SILENT_MS
    reporting.report(
        options,
        f"{len(ordered):,} stops: p99.9 {worst_ms:.1f} ms to rest, longest {ordered[-1]:.1f} ms; a "
        f"stroke takes {found.stroke_ms:.1f} ms; {len(found.silent_units):,} silences: at most "
        f"{most} pricks, the last {last_ms:.1f} ms after the last frame heard",
        name="STOP and silence at random moments, virtual time, to the plant at rest",
        goal=GOAL_MS,
        met=met,
        figures={
            "stop_p999_ms": worst_ms,
            "stop_p50_ms": ordered[len(ordered) // 2],
            "stop_most_ms": ordered[-1],
            "stroke_ms": found.stroke_ms,
            "stops": len(ordered),
            "silences": len(found.silent_units),
            "silent_units_most": most,
            "silent_last_ms": last_ms,
        },
        pricks_per_s=9,
    )


if __name__ == "__main__":
    main()
