"""Whole session in virtual time: 500 pricks at 2 per second, every part at work, against real time.

Core, protocol, simulated device with physics and operator, line model, log with every seal, all in
one thread. The device reports at 20 Hz while it is armed. Taking turns with it, as a yardstick: the
peer of the codec benchmark packs and parses as many frames as the session has, and does no more.
"""

import io
import tempfile
from pathlib import Path

import codec_bench
import paired
import reporting
import sessions

from mesodrive.core.spec import SessionSpec

GOAL = 1_200.0
"""Times faster than real time, on one core."""
PRICKS = 500
PERIOD_US = 500_000
DOSE_NL = 3_000


def five_hundred_pricks() -> SessionSpec:
    """Return the session to run: prime, then prick."""
    return sessions.session(
        sessions.prime(),
        sessions.program(sessions.step(PRICKS, dose_nl=DOSE_NL, period_us=PERIOD_US)),
    )


def main() -> None:
    """Measure, print, and with `--json FILE` write the figures."""
    options = reporting.arguments(__doc__, rounds=15, quick=3)
    spec = five_hundred_pricks()
    begin = sessions.begin_body(spec)
    log = io.BytesIO()
    ran = sessions.run_virtual(spec, log, begin=begin)

    def session(count: int) -> None:
        for _ in range(count):
            sessions.run_virtual(spec, io.BytesIO(), begin=begin)

    def without_log(count: int) -> None:
        for _ in range(count):
            sessions.run_virtual(spec, None)

    with tempfile.TemporaryDirectory() as folder:
        peer = codec_bench.peer(codec_bench.peer_module(Path(folder)))
        timings = paired.measure(
            {"session": session, "without log": without_log, "yardstick": peer},
            operations={"session": 1, "without log": 1, "yardstick": ran.frames},
            rounds=options.rounds,
        )
    times = reporting.spread([ran.virtual_s * 1e6 / us for us in timings["session"].rounds_us])
    bare = reporting.spread([ran.virtual_s * 1e6 / us for us in timings["without log"].rounds_us])
    yardstick = paired.ratio(timings["session"], timings["yardstick"]) / ran.frames
    reporting.report(
        options,
        f"{times.median:,.0f} x real time ({times.least:,.0f} to {times.most:,.0f}), "
        f"{bare.median:,.0f} x without the log; {yardstick:.2f} x the peer's codec for as many "
        f"frames ({timings['yardstick'].median_us:.1f} us each); goal {GOAL:,.0f} x",
        name="full stack in virtual time: 500 pricks at 2/s, status 20 Hz, log with seals",
        goal=GOAL,
        met=times.median >= GOAL,
        figures={
            **times.figures("times_real_time"),
            **bare.figures("times_real_time_without_log"),
            "yardstick_ratio": yardstick,
            "yardstick_us": timings["yardstick"].median_us,
            "virtual_s": ran.virtual_s,
            "step_us": timings["session"].median_us / ran.steps,
            "steps": ran.steps,
            "core_inputs": ran.inputs,
            "frames": ran.frames,
            "log_bytes": len(log.getvalue()),
        },
        pricks=PRICKS,
        period_us=PERIOD_US,
    )


if __name__ == "__main__":
    main()
