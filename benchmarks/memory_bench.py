"""Memory of a four-hour session: 20 programs with idle between them, in virtual time.

Core, simulated device, line, log writer and a real file, as in `session_bench.py`. Resident memory
is read after one minute of virtual time and at the end; nothing is collected or trimmed for it.
"""

import argparse
import tempfile
from pathlib import Path
from typing import NamedTuple

import reporting
import sessions

from mesodrive.core.spec import SessionSpec
from mesodrive_testbench.world import World

GOAL_MIB = 2.0
"""Most that the rest of a session may add to what one minute has taken."""
PROGRAMS = 20
PRICKS = 240
PERIOD_US = 500_000
DOSE_NL = 1_500
IDLE_NS = 630_000_000_000
"""Waits for the fitting of the next syringe; with its program each stage takes 12 minutes."""
MINUTE_NS = 60_000_000_000
MIB = 1 << 20


def resident_bytes() -> int:
    """Return the memory of this process that is in RAM now; Linux only."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("no VmRSS")


class Client:
    """Grants what a session asks for, the fitting only after a long time."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.minute_bytes = 0
        world.auto_wishes = False
        world.on_event = self._event

    def _event(self, event: bytes, now_ns: int) -> None:
        if not self.minute_bytes and now_ns >= MINUTE_NS:
            self.minute_bytes = resident_bytes()
        if event.startswith(b'{"event":"awaiting","wishes":["'):
            name = event.split(b'"', 8)[7]
            wait_ns = IDLE_NS if name == b"fitted" and now_ns > MINUTE_NS else 50_000_000
            self._world.wish_at(now_ns + wait_ns, b'{"wish":"%b"}' % name)


class Soaked(NamedTuple):
    """One long session."""

    virtual_s: float
    minute_bytes: int
    """Memory after one minute of virtual time."""
    end_bytes: int
    log_bytes: int

    @property
    def rise_mib(self) -> float:
        """What the rest of the session added."""
        return (self.end_bytes - self.minute_bytes) / MIB


def four_hours() -> SessionSpec:
    """Return the session to run."""
    return sessions.session(
        sessions.prime(),
        sessions.program(sessions.step(PRICKS, dose_nl=DOSE_NL, period_us=PERIOD_US)),
        stages=PROGRAMS,
    )


def soak(spec: SessionSpec) -> Soaked:
    """Run a session, with its log in a real file."""
    clients: list[Client] = []
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "session.mdlog")
        with log.open("wb", buffering=0) as disk:
            ran = sessions.run_virtual(
                spec, disk, on_world=lambda world: clients.append(Client(world))
            )
        end_bytes = resident_bytes()
        return Soaked(ran.virtual_s, clients[0].minute_bytes, end_bytes, log.stat().st_size)


def report(options: argparse.Namespace, spec: SessionSpec, *, name: str, **told: object) -> None:
    """Run a session as often as asked for, print the worst, and keep its figures.

    Args:
        options: What was asked for at the command line.
        spec: The session.
        name: What the evidence calls it.
        told: What else the evidence says of the session.
    """
    worst = max((soak(spec) for _ in range(options.rounds)), key=lambda one: one.rise_mib)
    reporting.report(
        options,
        f"{worst.rise_mib:.2f} MiB more after {worst.virtual_s / 3600:.2f} h than after one minute "
        f"({worst.minute_bytes / MIB:.1f} MiB), log {worst.log_bytes / MIB:.1f} MiB; "
        f"goal {GOAL_MIB} MiB",
        name=name,
        goal=GOAL_MIB,
        met=worst.rise_mib <= GOAL_MIB,
        figures={
            "rise_mib": worst.rise_mib,
            "minute_mib": worst.minute_bytes / MIB,
            "end_mib": worst.end_bytes / MIB,
            "log_mib": worst.log_bytes / MIB,
            "virtual_h": worst.virtual_s / 3600,
        },
        **told,
    )


def main() -> None:
    """Measure, print, and with `--json FILE` write the figures."""
    report(
        reporting.arguments(__doc__, rounds=1, quick=1),
        four_hours(),
        name="memory of a four-hour session of 20 programs with idle between",
        programs=PROGRAMS,
        pricks=PRICKS,
        period_us=PERIOD_US,
    )


if __name__ == "__main__":
    main()
