"""Loading a program of 64 different steps through a line paced to 115200 baud, against the wire.

The real owner with core and log loads over a pseudo-terminal into a simulator in another process,
which paces both directions. Times and bytes are those of the session's log: from the entry of
BEGIN to the entry with COMMIT's answer. The wire time is that of every byte sent and received
in between, reports included, one direction after the other.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import reporting
import served
import sessions

from mesodrive.clock import MonotonicClock
from mesodrive.core.driver import DriverCore
from mesodrive.core.ports import In, Out
from mesodrive.core.view import View
from mesodrive.injector.owner import Owner
from mesodrive.injector.wakeup import Wakeup
from mesodrive.journal.log_file import LogFile
from mesodrive.journal.thread import JournalThread
from mesodrive.session.assembler import LogWriter
from mesodrive.session.walk import Entry, Walk, entries
from mesodrive.transport.registry import open_port
from mesodrive_protocol.codec import FrameDecoder, Received
from mesodrive_protocol.enums import Code
from mesodrive_protocol.messages import Answer, Begin, Commit

GOAL = 1.25
"""At most this many times the wire time."""
BAUD = 115_200
BYTE_NS = 10 * 1_000_000_000 / BAUD


class Load(NamedTuple):
    """One load as the log tells it."""

    took_ns: int
    wire_bytes: int
    sent_bytes: int


def run_session(port: str, log: Path) -> None:
    """Run a session up to the loaded program, then end it."""
    spec = sessions.session(sessions.different_steps())
    clock, wakeup = MonotonicClock(), Wakeup()
    writer = LogWriter(sessions.begin_body(spec), clock.now_ns())
    journal = JournalThread(LogFile(log), clock, wakeup.wake)
    journal.append(writer.take())
    answers = {"start": "start", "fitted": "fitted", "arm": "end", "clear": "clear"}
    asked = [""]

    def look(view: View) -> None:
        if view.awaiting != asked[0]:
            asked[0] = view.awaiting
            if wish := answers.get(view.awaiting):
                owner.wish(b'{"wish":"%b"}' % wish.encode())

    core = DriverCore(spec)
    owner = Owner(core, open_port(port, BAUD), writer, journal, clock, wakeup, look)
    owner.run()
    if core.view().problem:
        raise AssertionError(core.view().problem)


def spoken(log: bytes) -> Iterator[tuple[Entry, list[Received]]]:
    """Yield every entry with bytes on the line, and the messages that it completes."""
    decoders: dict[int, FrameDecoder] = {Out.SEND: FrameDecoder(), In.RECEIVED: FrameDecoder()}
    for entry in entries(Walk(log)):
        decoder = decoders.get(entry.code)
        if decoder is not None:
            yield entry, decoder.feed(entry.data)


def read_load(log: bytes) -> Load:
    """Find the load in a log.

    Raises:
        AssertionError: If there is none.
    """
    begun_ns, commit = -1, -1
    bytes_by: dict[int, int] = {Out.SEND: 0, In.RECEIVED: 0}
    for entry, messages in spoken(log):
        for message in messages:
            if isinstance(message, Begin):
                begun_ns = entry.time_ns
            elif isinstance(message, Commit):
                commit = message.rid
        if begun_ns >= 0:
            bytes_by[entry.code] += len(entry.data)
        for message in messages:
            if isinstance(message, Answer) and message.rid == commit and message.code == Code.OK:
                return Load(entry.time_ns - begun_ns, sum(bytes_by.values()), bytes_by[Out.SEND])
    raise AssertionError("no load in the log")


def main() -> None:
    """Measure, print, and with `--json FILE` write the figures."""
    options = reporting.arguments(__doc__, rounds=20, quick=3)
    loads: list[Load] = []
    with tempfile.TemporaryDirectory() as name:
        for number in range(options.rounds):
            log = Path(name, f"{number}.mdlog")
            with served.simulator(Path(name, "gun"), "--baud", str(BAUD)) as port:
                run_session(port, log)
            loads.append(read_load(log.read_bytes()))
    times = reporting.spread([load.took_ns / (load.wire_bytes * BYTE_NS) for load in loads])
    took = reporting.spread([load.took_ns / 1e6 for load in loads])
    wire = reporting.spread([load.wire_bytes * BYTE_NS / 1e6 for load in loads])
    reporting.report(
        options,
        f"{took.median:.1f} ms for {wire.median:.1f} ms on the wire: {times.median:.3f} x "
        f"({times.least:.3f} to {times.most:.3f}); goal {GOAL} x",
        name="loading 64 different steps at 115200 baud, BEGIN to COMMIT's answer",
        goal=GOAL,
        met=times.median <= GOAL,
        figures={
            **times.figures("times_wire"),
            **took.figures("took_ms"),
            **wire.figures("wire_ms"),
            "wire_bytes": loads[0].wire_bytes,
            "sent_bytes": loads[0].sent_bytes,
        },
        baud=BAUD,
        steps=sessions.DIFFERENT_STEPS,
    )


if __name__ == "__main__":
    main()
