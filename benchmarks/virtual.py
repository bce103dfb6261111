"""A session in virtual time, with and without its log, beside the peer's codec as a yardstick."""

import argparse
import io
import tempfile
from pathlib import Path

import codec_bench
import paired
import reporting
import sessions

from mesodrive.core.spec import SessionSpec


def measure(
    options: argparse.Namespace, spec: SessionSpec, frames: int
) -> dict[str, paired.Timing]:
    """Time the session with and without its log, and the peer's codec for as many frames."""
    begin = sessions.begin_body(spec)

    def session(count: int) -> None:
        for _ in range(count):
            sessions.run_virtual(spec, io.BytesIO(), begin=begin)

    def without_log(count: int) -> None:
        for _ in range(count):
            sessions.run_virtual(spec, None)

    with tempfile.TemporaryDirectory() as folder:
        peer = codec_bench.peer(codec_bench.peer_module(Path(folder)))
        return paired.measure(
            {"session": session, "without log": without_log, "yardstick": peer},
            operations={"session": 1, "without log": 1, "yardstick": frames},
            rounds=options.rounds,
        )


def report(
    options: argparse.Namespace, spec: SessionSpec, *, name: str, goal: float, **told: object
) -> None:
    """Measure how many times faster than life a session is, print it, and keep the figures.

    Args:
        options: What was asked for at the command line.
        spec: The session.
        name: What the evidence calls it.
        goal: Times real time, on one core.
        told: What else the evidence says of the session.
    """
    log = io.BytesIO()
    ran = sessions.run_virtual(spec, log, begin=sessions.begin_body(spec))
    timings = measure(options, spec, ran.frames)
    times = reporting.spread([ran.virtual_s * 1e6 / us for us in timings["session"].rounds_us])
    bare = reporting.spread([ran.virtual_s * 1e6 / us for us in timings["without log"].rounds_us])
    yardstick = paired.ratio(timings["session"], timings["yardstick"]) / ran.frames
    reporting.report(
        options,
        f"{times.median:,.0f} x real time ({times.least:,.0f} to {times.most:,.0f}), "
        f"{bare.median:,.0f} x without the log; {yardstick:.2f} x the peer's codec for as many "
        f"frames ({timings['yardstick'].median_us:.1f} us each); goal {goal:,.0f} x",
        name=name,
        goal=goal,
        met=times.median >= goal,
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
        **told,
    )
