"""A campaign that is told to end: it ends, and says what has come together."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
from click.testing import CliRunner

from campaign.mutants import BY_NAME, swapped
from mesodrive_simulator.firmware.delivery import Delivery
from mesodrive_testbench.campaign.failure import read_failure
from mesodrive_testbench.campaign.running import Options, run_campaign
from mesodrive_testbench.cli import main

WAIT_S = 30.0
PROGRAM = "from mesodrive_testbench.cli import main; main()"


@contextmanager
def running(*arguments: str) -> Iterator["subprocess.Popen[str]"]:
    """Run a campaign without end in a group of its own; it has its first seeds behind it."""
    screen, terminal = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "campaign", "--seeds", "0..9999999", *arguments],
        stdout=subprocess.PIPE, stderr=terminal, text=True, start_new_session=True,
    )  # fmt: skip
    os.close(terminal)
    try:
        shown = b""
        while b" seeds, " not in shown:
            shown += os.read(screen, 1_024)
        yield process
    finally:
        process.kill()
        process.communicate()
        os.close(screen)


def output_of_all(process: "subprocess.Popen[str]") -> str:
    """Return what a process said, once it and all that it began are over: they share the pipe."""
    said, _ = process.communicate(timeout=WAIT_S)
    return said


@pytest.mark.parametrize(
    ("number", "send", "jobs", "code"),
    [
        (signal.SIGINT, os.killpg, "1", 130),
        (signal.SIGINT, os.killpg, "2", 130),
        (signal.SIGTERM, os.kill, "2", 143),
        (signal.SIGTERM, os.killpg, "2", 143),
    ],
    ids=["ctrl-c-alone", "ctrl-c", "terminated", "group-terminated"],
)
def test_an_interrupted_campaign_ends_its_workers_and_says_what_it_has(
    number: signal.Signals,
    send: Callable[[int, int], None],
    jobs: str,
    code: int,
    tmp_path: Path,
) -> None:
    file = tmp_path / "figures.json"
    with running("--jobs", jobs, "--json", str(file)) as process:
        send(process.pid, number)
        said = output_of_all(process)
    assert process.returncode == code
    figures = json.loads(file.read_text())
    assert figures["interrupted"] is True
    ran = figures["seeds"]
    assert ran >= 20
    assert said.startswith(f"{ran} seeds of 40 units, ")
    assert "faults injected" in said
    assert said.endswith(f"INTERRUPTED: {ran} of 10000000 seeds ran, {ran} held, 0 FAILED\n")


def test_workers_whose_campaign_was_killed_end_by_themselves() -> None:
    with running("--jobs", "3") as process:
        process.kill()
        assert output_of_all(process) == ""


@pytest.mark.parametrize("jobs", [1, 2])
def test_nothing_runs_where_a_campaign_is_stopped_before_it_begins(jobs: int) -> None:
    summary = run_campaign(Options(), range(10_000_000), jobs, lambda _: None, lambda: True)
    assert summary.seeds == 0


def test_one_process_stops_between_two_seeds_and_not_only_between_chunks() -> None:
    asked = count(1)
    summary = run_campaign(
        Options(), range(10_000_000), 1, lambda _: None, lambda: next(asked) > 3
    )  # fmt: skip
    assert summary.seeds == 3


def ctrl_c_at_the_first_unit(real: Callable[[Delivery], None]) -> Callable[[Delivery], None]:
    numbers = count()

    def unit_recorded(self: Delivery) -> None:
        if next(numbers) == 0:
            os.kill(os.getpid(), signal.SIGINT)
        real(self)

    return unit_recorded


def campaign(*arguments: str) -> tuple[int, str]:
    with swapped(Delivery, "_unit_recorded", ctrl_c_at_the_first_unit):
        result = CliRunner().invoke(main, ["campaign", *arguments])
    assert isinstance(result.exception, SystemExit)
    return result.exit_code, result.output


def test_an_interrupted_campaign_keeps_the_seed_that_failed_without_making_it_small(
    tmp_path: Path,
) -> None:
    with BY_NAME["no-lockout"].planted():
        code, said = campaign("--seeds", "0..9", "--failures", str(tmp_path))
        assert code == 130
        assert "INTERRUPTED: 1 of 10 seeds ran, 0 held, 1 FAILED\nseed 0: I1 at " in said
        assert said.rstrip().endswith("again: mesodrive-sim campaign --seeds 0..0")
        (file,) = tmp_path.iterdir()
        assert read_failure(file).script.injections
        # A shell's background begins with it ignored, and no campaign is under way to listen.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        code, _ = campaign("--again", str(file))
    assert code == 130, "1 would be a failure that was seen again"
