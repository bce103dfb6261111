"""Round trip of POLL over a pseudo-terminal with core and log on, beside a raw echo.

Ours, from answer to answer: the owner's loop (`mesodrive.injector.owner`, in a thread, as in the
control process) wakes up, the core makes POLL, both are added to the log, the port is written; the
simulator in another process reads, decodes, answers STATUS; the owner's loop wakes up, reads, the
core decodes and takes the STATUS, both are added to the log. A real file is written and synced by
the journal thread all the while. Not in it: a client that draws.
The line is not paced.

The baseline, in turns with it: `os.write` of as many bytes as POLL has and blocking `os.read`s,
over a pseudo-terminal to another process that echoes with `os.read` and `os.write`.
"""

import os
import select
import subprocess
import sys
import tempfile
import threading
import time
import tty
from contextlib import suppress
from pathlib import Path

import reporting
import served
import sessions

from mesodrive.clock import MonotonicClock
from mesodrive.control.__main__ import SWITCH_S
from mesodrive.core.driver import DriverCore
from mesodrive.core.ports import In, Output
from mesodrive.core.spec import SessionSpec
from mesodrive.core.view import View
from mesodrive.injector.owner import Owner
from mesodrive.injector.wakeup import Wakeup
from mesodrive.journal.log_file import LogFile
from mesodrive.journal.thread import JournalThread
from mesodrive.session.assembler import LogWriter
from mesodrive.transport.registry import open_port
from mesodrive_protocol.codec import encode
from mesodrive_protocol.messages import Poll, Status

BAUD = 4_000_000
"""So fast that the line model, which keeps room for a STOP, never holds back a lone POLL."""
GOAL = 2.5
"""At most this many times the raw echo."""
BATCH = 200
REST_S = 0.005
"""Both processes asleep for so long: the second figure, a POLL as a driver really sends it."""
PATIENCE_S = 20.0
ECHO = """
import os, tty
device, host = os.openpty()
tty.setraw(host)
print(os.ttyname(host), flush=True)
while True:
    os.write(device, os.read(device, 4096))
"""


class PollingCore(DriverCore):
    """A core that polls as an idle one does every half second, but as soon as it is told to."""

    def __init__(self, spec: SessionSpec) -> None:
        super().__init__(spec)
        self.done = threading.Event()
        self._left = 0
        self._begun_ns = self.took_ns = 0
        self._last: Status | None = None

    def ask(self, count: int) -> None:
        """Poll so often, each as soon as the one before is answered; then `done` is set."""
        self.done.clear()
        self._begun_ns = 0
        self._left = count
        self._keep_ns = self.deadline_ns = time.monotonic_ns()

    def step(self, code: int, data: bytes, now_ns: int) -> list[Output]:
        """Take an input; while there is asking to do, have the next POLL go out at once."""
        if self._left and code == In.TICK and not self._begun_ns:
            self._begun_ns = time.perf_counter_ns()
        outputs = super().step(code, data, now_ns)
        if self._begun_ns and code == In.RECEIVED:
            status = self._parts.device.status
            if status is not self._last and status is not None and status.rid:
                self._last = status
                self._answered(now_ns)
        return outputs

    def _answered(self, now_ns: int) -> None:
        self._left -= 1
        if self._left:
            self._keep_ns = self.deadline_ns = now_ns
        else:
            self.took_ns = time.perf_counter_ns() - self._begun_ns
            self._begun_ns = 0
            self.done.set()


class OurSide:
    """The driver's stack on a served device, opened and idle."""

    def __init__(self, port: str, folder: Path) -> None:
        spec = sessions.session(sessions.prime())
        clock, wakeup = MonotonicClock(), Wakeup()
        self._wakeup = wakeup
        self._core = PollingCore(spec)
        writer = LogWriter(sessions.begin_body(spec), clock.now_ns())
        journal = JournalThread(LogFile(folder / "rtt.mdlog"), clock, wakeup.wake)
        self._ready = threading.Event()
        self._owner = Owner(
            self._core, open_port(port, BAUD), writer, journal, clock, wakeup, self._look
        )
        self._thread = threading.Thread(target=self._owner.run)
        self._thread.start()
        if not self._ready.wait(PATIENCE_S):
            raise AssertionError("the session did not come up")

    def _look(self, view: View) -> None:
        if view.awaiting == "start":
            self._ready.set()

    def round_trip_us(self, count: int) -> float:
        """Return the mean time of so many round trips."""
        self._core.ask(count)
        self._wakeup.wake()
        if not self._core.done.wait(PATIENCE_S):
            raise AssertionError("no answers")
        return self._core.took_ns / 1_000 / count

    def close(self) -> None:
        """End the session."""
        self._owner.wish(b'{"wish":"end"}')
        self._thread.join(PATIENCE_S)


class RawSide:
    """A process that echoes, and the bytes to send to it."""

    def __init__(self) -> None:
        self._child = subprocess.Popen([sys.executable, "-c", ECHO], stdout=subprocess.PIPE)
        assert self._child.stdout is not None
        self._fd = os.open(self._child.stdout.readline().decode().strip(), os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self._fd)
        self._frame = encode(Poll(12, 9, 31))

    def round_trip_us(self, count: int) -> float:
        """Return the mean time of so many round trips."""
        fd, frame, size = self._fd, self._frame, len(self._frame)
        begun_ns = time.perf_counter_ns()
        for _ in range(count):
            os.write(fd, frame)
            left = size
            while left:
                left -= len(os.read(fd, 4096))
        return (time.perf_counter_ns() - begun_ns) / 1_000 / count

    def rest(self) -> None:
        """Let every process fall asleep: nobody asks anything, and no echo may be left over."""
        if select.select([self._fd], [], [], REST_S)[0]:
            raise AssertionError("an echo that nobody waited for")

    def close(self) -> None:
        """End the process."""
        self._child.kill()
        self._child.wait()
        with suppress(OSError):
            os.close(self._fd)
        assert self._child.stdout is not None
        self._child.stdout.close()


def compare(ours: OurSide, raw: RawSide, count: int, rounds: int) -> list[tuple[float, float]]:
    """Return times of both, round by round; without the first round, which warms up."""
    pairs: list[tuple[float, float]] = []
    for _ in range(rounds + 1):
        if count == 1:
            raw.rest()
        one = ours.round_trip_us(count)
        if count == 1:
            raw.rest()
        pairs.append((one, raw.round_trip_us(count)))
    return pairs[1:]


def main() -> None:
    """Measure, print, and with `--json FILE` write the figures."""
    options = reporting.arguments(__doc__, rounds=60, quick=15)
    sys.setswitchinterval(SWITCH_S)
    with (
        tempfile.TemporaryDirectory() as name,
        served.simulator(Path(name, "gun")) as port,
    ):
        raw = RawSide()
        ours = OurSide(port, Path(name))
        try:
            pairs = compare(ours, raw, BATCH, options.rounds)
            alone = compare(ours, raw, 1, options.rounds * 20)
        finally:
            ours.close()
            raw.close()
    mine = reporting.spread([one for one, _ in pairs])
    echo = reporting.spread([other for _, other in pairs])
    times = reporting.spread([one / other for one, other in pairs])
    mine_alone = reporting.spread([one for one, _ in alone])
    echo_alone = reporting.spread([other for _, other in alone])
    times_alone = mine_alone.median / echo_alone.median
    reporting.report(
        options,
        f"{mine.median:.0f} us beside {echo.median:.0f} us raw: {times.median:.2f} x "
        f"({times.least:.2f} to {times.most:.2f}) one after the other; from rest "
        f"{mine_alone.median:.0f} us beside {echo_alone.median:.0f} us: {times_alone:.2f} x; "
        f"goal {GOAL} x",
        name="round trip of POLL over a pseudo-terminal, core and log on, against a raw echo",
        goal=GOAL,
        met=times.median <= GOAL,
        figures={
            **times.figures("times_raw"),
            **mine.figures("round_trip_us"),
            **echo.figures("raw_us"),
            "times_raw_from_rest": times_alone,
            **mine_alone.figures("round_trip_from_rest_us"),
            **echo_alone.figures("raw_from_rest_us"),
        },
        batch=BATCH,
        baud=BAUD,
        rest_s=REST_S,
    )


if __name__ == "__main__":
    main()
