"""STOP pressed in the middle of a load at 115200 baud, to the STOP that the simulator decodes.

The whole way that a person's Ctrl-C takes: a timer signal interrupts a client that draws the
screen of `mesodrive run` 20 times a second; its handler sends the wish over the local socket to a
real control process (owner, core, log, journal), which writes to a pseudo-terminal; the
simulator in a third process paces the line in both directions, decodes, and notes the time. All
three share the machine's monotonic clock. A press counts from the instant for which the timer was
set, at random within the load of a program of 64 different steps.
"""

import random
import secrets
import signal
import tempfile
import time
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import reporting
import served
import sessions
from rich.console import Console

from mesodrive.app.handover import Handover
from mesodrive.app.launch import new_address, start_control
from mesodrive.cli.screen import Screen
from mesodrive.control.client import ControlClient
from mesodrive_protocol.codec import encode
from mesodrive_protocol.messages import Stop

BAUD = 115_200
BYTE_MS = 10_000 / BAUD
QUEUED_BYTES_MAX = 64
OWN_MS = 5.0
GOAL_MS = OWN_MS + QUEUED_BYTES_MAX * BYTE_MS
"""99 of 100 presses: 5 ms, and what 64 queued bytes take on the line."""
PRESSES_PER_ROUND = 40
SESSIONS_MAX = 50
DRAW_S = 0.05
LOAD_MS = (1, 120)
"""When to press after the simulator has decoded BEGIN; a load takes some 180 ms."""
PATIENCE_S = 60.0
LOADED = ("arm", "resume")
"""What a session waits for whose load was completed all the same."""
ANSWERS = {"start": "start", "fitted": "fitted", "clear": "clear"}


class Trace:
    """Follows the file in which the simulator writes what it has decoded."""

    def __init__(self, path: Path) -> None:
        self._stream = path.open(encoding="ascii")
        self._rest = ""
        self.lines: list[tuple[int, str]] = []

    def begins(self) -> int:
        """Read what is new; return how many BEGINs there have been."""
        *whole, self._rest = (self._rest + self._stream.read()).split("\n")
        for line in whole:
            time_ns, name = line.split()
            self.lines.append((int(time_ns), name))
        return sum(name == "begin" for _, name in self.lines)

    def close(self) -> None:
        """Let go of the file."""
        self._stream.close()


class Person:
    """A client that draws, grants what is asked, and presses STOP in the middle of each load."""

    def __init__(self, client: ControlClient, screen: Screen, trace: Trace, seed: int) -> None:
        self._client, self._screen, self._trace = client, screen, trace
        self._random = random.Random(seed)
        self._asked: tuple[Any, ...] = ()
        self._view: dict[str, Any] | None = None
        self.presses_ns: list[int] = []
        signal.signal(signal.SIGALRM, lambda _number, _frame: client.stop())

    def press(self, count: int) -> None:
        """Live until STOP was pressed so often and the next load has begun.

        Ends earlier after a press that came too late: what is loaded is not loaded again.
        """
        end_ns = time.monotonic_ns() + int(PATIENCE_S * 1e9)
        while len(self.presses_ns) < count or self._trace.begins() <= count:
            if self._view is not None and self._view["awaiting"] in LOADED:
                return
            if time.monotonic_ns() > end_ns:
                raise AssertionError(f"only {len(self.presses_ns)} presses; {self._view}")
            if self._client.poll(DRAW_S / 10):
                self._take(self._client.receive())
            elif self._view is not None:
                self._screen.show(self._view)
            if len(self.presses_ns) < count and self._trace.begins() > len(self.presses_ns):
                wait_s = self._random.uniform(*LOAD_MS) / 1_000
                self.presses_ns.append(time.monotonic_ns() + int(wait_s * 1e9))
                signal.setitimer(signal.ITIMER_REAL, wait_s)

    def finish(self) -> None:
        """End the session and wait for the last message."""
        self._client.wish("end")
        while self._client.poll(PATIENCE_S):
            if self._client.receive()["type"] != "view":
                return
        raise AssertionError("the session does not end")

    def _take(self, message: dict[str, Any]) -> None:
        if message["type"] == "over":
            raise AssertionError(f"the session ended: {self._view}")
        if message["type"] != "view":
            return
        view: dict[str, Any] = message["view"]
        self._view = view
        asked = (view["awaiting"], view["state"], len(self.presses_ns))
        if asked != self._asked and (wish := ANSWERS.get(view["awaiting"])):
            self._asked = asked
            self._client.wish(wish)
        self._screen.show(view)


@contextmanager
def control(port: str, folder: Path) -> Generator[ControlClient]:
    """Start a control process on a port; yields a client that controls it."""
    address, socket_folder = new_address(folder)
    spec = sessions.session(sessions.different_steps())
    handover = Handover(
        authkey=secrets.token_hex(32),
        address=address,
        diagnostics=str(folder),
        port=port,
        baud=BAUD,
        logs=str(folder),
        keys=str(folder),
        spec=spec.model_dump(mode="json"),
        profile_yaml="",
        profile_file_hash="",
        plan_yaml="",
        plan_file_hash="",
        layout=[],
        typed={},
    )
    process = start_control(handover, socket_folder)
    try:
        with closing(ControlClient(process.address, process.authkey)) as client:
            yield client
    finally:
        process.wait()


def one_session(seed: int) -> tuple[list[float], int]:
    """Press STOP in so many loads of one session; return latencies in ms and presses that missed.

    A press misses its load if that ended before: it says nothing about a busy line.
    """
    with tempfile.TemporaryDirectory() as name:
        folder, file = Path(name), Path(name, "trace")
        options = ("--baud", str(BAUD), "--trace", str(file))
        with (
            served.simulator(folder / "gun", *options) as port,
            control(port, folder) as client,
            Path("/dev/null").open("w", encoding="utf-8") as nowhere,
            closing(Screen(Console(file=nowhere, force_terminal=True, width=100))) as screen,
            closing(Trace(file)) as trace,
        ):
            person = Person(client, screen, trace, seed)
            person.press(PRESSES_PER_ROUND)
            person.finish()
        return latencies(person.presses_ns, trace.lines)


def latencies(presses_ns: list[int], lines: list[tuple[int, str]]) -> tuple[list[float], int]:
    """Match presses with the first STOP decoded after each; return ms, and how many missed."""
    found: list[float] = []
    for pressed_ns in presses_ns:
        before = [name for time_ns, name in lines if time_ns < pressed_ns and name != "poll"]
        if before[-1] not in ("begin", "data"):
            continue
        stop_ns = next(at for at, name in lines if name == "stop" and at >= pressed_ns)
        found.append((stop_ns - pressed_ns) / 1e6)
    return found, len(presses_ns) - len(found)


def main() -> None:
    """Measure, print, and with `--json FILE` write the figures."""
    options = reporting.arguments(__doc__, rounds=6, quick=1)
    took: list[float] = []
    missed = 0
    wanted = options.rounds * PRESSES_PER_ROUND
    for seed in range(SESSIONS_MAX):
        if len(took) >= wanted:
            break
        some, late = one_session(seed)
        took += some
        missed += late
    times = reporting.spread(took)
    p99 = reporting.share(took, 99)
    reporting.report(
        options,
        f"p99 {p99:.2f} ms of {len(took)} presses (median {times.median:.2f}, "
        f"{times.least:.2f} to {times.most:.2f}); goal {GOAL_MS:.2f} ms",
        name="STOP pressed during a load at 115200 baud, to the STOP that the simulator decodes",
        goal=GOAL_MS,
        met=p99 <= GOAL_MS,
        figures={
            "p99_ms": p99,
            **times.figures("press_to_decoded_ms"),
            "stop_frame_wire_ms": len(encode(Stop(0, 0, 0, 1, 0))) * BYTE_MS,
            "presses": len(took),
            "missed": missed,
        },
        baud=BAUD,
        presses_per_round=PRESSES_PER_ROUND,
    )


if __name__ == "__main__":
    main()
