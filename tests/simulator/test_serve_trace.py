"""What a served device was sent, as lines in a file, for whoever measures from outside."""

import os
import threading
import time
from pathlib import Path

import pytest

from mesodrive_protocol.codec import encode
from mesodrive_protocol.enums import StopCause
from mesodrive_protocol.messages import Hello, Stop
from mesodrive_simulator import tracing
from mesodrive_simulator.serve import ServeOptions, Serving, serve
from mesodrive_simulator.serve_errors import ServeError
from mesodrive_simulator.serving import ServeLoop
from mesodrive_simulator.tracing import FrameTrace

WAIT_S = 10.0


def test_each_frame_that_the_device_was_sent_is_a_line_with_the_machines_own_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loops: list[ServeLoop] = []
    plain_run = ServeLoop.run

    def noted_run(loop: ServeLoop) -> None:
        loops.append(loop)
        plain_run(loop)

    monkeypatch.setattr(ServeLoop, "run", noted_run)
    begun_ns = time.monotonic_ns()
    link, file = tmp_path / "gun", tmp_path / "trace"

    def client(serving: Serving) -> None:
        fd = os.open(serving.port, os.O_RDWR | os.O_NOCTTY)
        os.write(fd, encode(Hello(1, 0, 0)) + encode(Stop(0, 0, 0, 1, StopCause.OPERATOR)))
        for _ in range(int(WAIT_S / 0.01)):
            if file.read_text().count("\n") == 2:
                break
            threading.Event().wait(0.01)
        os.close(fd)
        loops[0].stop()

    threads: list[threading.Thread] = []

    def announce(serving: Serving) -> None:
        threads.append(threading.Thread(target=client, args=(serving,)))
        threads[0].start()

    serve(ServeOptions(profile="nappage-gun", pty=link, baud=115_200, trace=file), announce)
    threads[0].join(WAIT_S)
    lines = [line.split() for line in file.read_text().splitlines()]
    assert [name for _, name in lines] == ["hello", "stop"]
    times = [int(time_ns) for time_ns, _ in lines]
    assert begun_ns <= times[0] <= times[1] <= time.monotonic_ns()


def test_a_trace_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    options = ServeOptions(
        profile="nappage-gun", tcp=("127.0.0.1", 0), trace=tmp_path / "no" / "trace"
    )
    with pytest.raises(ServeError, match="cannot be written"):
        serve(options, lambda _: None)


def test_a_forgotten_trace_does_not_fill_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracing, "LINES_MAX", 2)
    file = tmp_path / "trace"
    with file.open("w") as stream:
        trace = FrameTrace(stream)
        for rid in range(1, 5):
            trace(encode(Hello(rid, 0, 0)))
    assert file.read_text().count("hello") == 2
