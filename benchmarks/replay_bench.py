"""Replay of a session's log: every CRC, seal, byte and event checked, against the session's time.

The log is that of `session_bench.py`. A replay builds a fresh core from the begin record, feeds it
every input, and compares every output. Taking turns with it, as a yardstick: the peer of the
codec benchmark packs and parses as many frames as the session had.
"""

import io
import tempfile
from pathlib import Path

import codec_bench
import paired
import reporting
import session_bench
import sessions

from mesodrive.session.rebuild import driver_core
from mesodrive.session.replay import replay

GOAL = 3_000.0
"""Times faster than real time, on one core."""


def main() -> None:
    """Measure, print, and with `--json FILE` write the figures."""
    options = reporting.arguments(__doc__, rounds=15, quick=3)
    disk = io.BytesIO()
    ran = sessions.run_virtual(session_bench.five_hundred_pricks(), disk)
    log = disk.getvalue()
    found = replay(log, driver_core)
    if not (found.equal and found.verification.intact and found.inputs == ran.inputs):
        raise AssertionError(found)

    def again(count: int) -> None:
        for _ in range(count):
            if not replay(log, driver_core).equal:
                raise AssertionError

    with tempfile.TemporaryDirectory() as folder:
        peer = codec_bench.peer(codec_bench.peer_module(Path(folder)))
        timings = paired.measure(
            {"replay": again, "yardstick": peer},
            operations={"replay": 1, "yardstick": ran.frames},
            rounds=options.rounds,
        )
    times = reporting.spread([ran.virtual_s * 1e6 / us for us in timings["replay"].rounds_us])
    yardstick = paired.ratio(timings["replay"], timings["yardstick"]) / ran.frames
    reporting.report(
        options,
        f"{times.median:,.0f} x real time ({times.least:,.0f} to {times.most:,.0f}); "
        f"{yardstick:.2f} x the peer's codec for as many frames "
        f"({timings['yardstick'].median_us:.1f} us each); goal {GOAL:,.0f} x",
        name="replay of the log of 500 pricks, every CRC, seal, byte and event checked",
        goal=GOAL,
        met=times.median >= GOAL,
        figures={
            **times.figures("times_real_time"),
            "yardstick_ratio": yardstick,
            "yardstick_us": timings["yardstick"].median_us,
            "input_us": timings["replay"].median_us / found.inputs,
            "inputs": found.inputs,
            "outputs": found.outputs,
            "virtual_s": ran.virtual_s,
            "log_bytes": len(log),
        },
    )


if __name__ == "__main__":
    main()
