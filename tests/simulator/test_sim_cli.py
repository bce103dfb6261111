"""`mesodrive-sim` as people and scripts use it."""

import json
import os
import re
import signal
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mesodrive_simulator.serving import ServeLoop
from mesodrive_testbench.cli import main

WAIT_S = 20.0


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def start(*arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", "from mesodrive_testbench.cli import main; main()", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_0_and_no_link_stays(tmp_path: Path, number: signal.Signals) -> None:
    link = tmp_path / "gun"
    process = start("serve", "nappage-gun", "--pty", str(link))
    assert process.stdout
    line = process.stdout.readline()
    assert link.is_symlink()
    assert line.startswith("SIMULATED nappage-gun, serial SIM-0001, on ")
    assert str(link) in line
    process.send_signal(number)
    _, errors = process.communicate(timeout=WAIT_S)
    assert (process.returncode, errors) == (0, "")
    assert not link.is_symlink()


def test_a_killed_simulators_link_is_taken_over_by_the_next(tmp_path: Path) -> None:
    link = tmp_path / "gun"
    for end in (signal.SIGKILL, signal.SIGTERM):
        process = start("serve", "point-gun", "--pty", str(link))
        assert process.stdout
        assert process.stdout.readline()
        os.kill(process.pid, end)
        process.communicate(timeout=WAIT_S)
    assert process.returncode == 0


def end_by_terminating(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let serving end as soon as it has begun, in this process."""

    def run_not(self: ServeLoop) -> None:
        self.stop()
        self._waker.close()
        self._wakes.close()

    monkeypatch.setattr(ServeLoop, "run", run_not)


def test_json_is_one_line_that_names_the_port(monkeypatch: pytest.MonkeyPatch) -> None:
    end_by_terminating(monkeypatch)
    result = run("serve", "vacuum-stamp", "--tcp", "0", "--json", "--serial", "S 9")
    told = json.loads(result.stdout)
    assert re.fullmatch(r"socket://127\.0\.0\.1:\d+", told.pop("port"))
    assert told == {
        "simulated": True,
        "profile": "vacuum-stamp",
        "serial": "S 9",
        "transport": "tcp",
    }


@pytest.mark.req("SEC-06")
@pytest.mark.parametrize(
    ("place", "options"),
    [("localhost:0", ()), ("127.0.0.1:0", ("--service-key",)), ("0.0.0.0:0", ("--keyed",))],
)
def test_only_a_keyed_device_is_served_to_other_computers(
    monkeypatch: pytest.MonkeyPatch, place: str, options: tuple[str, ...]
) -> None:
    end_by_terminating(monkeypatch)
    result = run("serve", "nappage-gun", "--tcp", place, *options)
    assert result.exit_code == 0, result.output


def test_words_say_how_to_connect_and_which_keys_there_are(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    end_by_terminating(monkeypatch)
    source = (tmp_path / "keys").open("w+")
    monkeypatch.setattr("mesodrive_simulator.serve.keyboard", _no_keyboard)
    result = run("serve", "nappage-gun", "--pty", str(tmp_path / "gun"), "--operator", "keys")
    source.close()
    assert result.exit_code == 0
    assert f"--port {tmp_path / 'gun'}" in result.stdout
    assert "t trigger" in result.stderr


def _no_keyboard(*_: object) -> object:
    return nullcontext(None)


@pytest.mark.parametrize(
    ("arguments", "exit_code", "words"),
    [
        (("serve", "nappage-gun"), 2, "name one place"),
        (("serve", "nappage-gun", "--pty", "x", "--tcp", "1"), 2, "name one place"),
        (("serve", "nappage-gun", "--tcp", "port"), 2, "no HOST:PORT"),
        (("serve", "nappage-gun", "--tcp", "h:70000"), 2, "no HOST:PORT"),
        (("serve", "nappage-gun", "--tcp", "1", "--baud", "1"), 2, "--baud"),
        (("serve", "nappage-gun", "--tcp", "1", "--serial", "ABCDEFGHIJKLMNOPQ"), 2, "1 to 16"),
        (("serve", "laser", "--tcp", "0"), 3, "no such profile"),
        (("serve", "nappage-gun", "--pty", "/none/gun"), 4, "cannot be made"),
        (("serve", "nappage-gun", "--tcp", "192.0.2.1:7000"), 4, "or with --keyed"),
        (("serve", "nappage-gun", "--tcp", "far:7000"), 4, "can be reached by other computers"),
        (
            ("serve", "nappage-gun", "--tcp", "0.0.0.0:0", "--keyed", "--service-key"),
            4,
            "no place to give a key at",
        ),
        (("serve", "nappage-gun", "--tcp", "192.0.2.1:7000", "--keyed"), 4, "Choose another port"),
        (("serve", "nappage-gun", "--tcp", "0", "--store", "/none/s"), 4, "Choose a folder"),
    ],
)
def test_wrong_input_gets_one_message_a_remedy_and_a_code(
    arguments: tuple[str, ...], exit_code: int, words: str
) -> None:
    result = run(*arguments)
    assert result.exit_code == exit_code
    assert words in result.output
    assert "Traceback" not in result.output


def test_help_is_there_and_imports_nothing_heavy() -> None:
    assert "Simulated devices" in run("--help").output
    assert "Who holds the gun" in run("serve", "-h").output
    program = (
        "import sys\n"
        "from mesodrive_testbench.cli import main\n"
        "assert not {'yaml', 'pydantic', 'mesodrive_simulator'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=WAIT_S)
