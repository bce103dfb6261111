"""Ends that are nobody's session: a broken output, a line that is taken, Ctrl-C before a start."""

import logging
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from mesodrive.app.diagnostics import write_diagnostics
from mesodrive.app.places import places
from mesodrive.cli.failures import refused
from support.guns import Cli, home
from support.plans import write_plan

Run = Callable[..., tuple[int, str]]


def a_log(cli: Run, folder: Path) -> Path:
    plan = str(write_plan(folder, 3))
    assert cli("run", plan, "--port", "sim:nappage-gun", "--yes", "--logs", "logs")[0] == 0
    (path,) = (folder / "logs").glob("*.mdlog")
    return path


def test_a_reader_who_has_seen_enough_is_no_fault(cli: Run, tmp_path: Path) -> None:
    log = a_log(cli, tmp_path)
    ours, theirs = os.pipe()
    os.close(ours)
    done = subprocess.run(
        [sys.executable, "-P", "-m", "mesodrive", "log", "show", str(log)],
        stdout=theirs,
        stderr=subprocess.PIPE,
        env=home(tmp_path),
        check=False,
    )
    os.close(theirs)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_an_output_that_is_full_is_named_and_not_the_log(cli: Run, tmp_path: Path) -> None:
    log = a_log(cli, tmp_path)
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "mesodrive", "log", "show", str(log)],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env=home(tmp_path),
            check=False,
        )
    assert done.returncode == 2, done.stderr
    assert "output cannot be written" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_line_that_is_closed_at_once_is_taken_and_not_lost(cli: Run, tmp_path: Path) -> None:
    plan = str(write_plan(tmp_path, 3))
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hang_up() -> None:
            server.accept()[0].close()

        threading.Thread(target=hang_up, daemon=True).start()
        port = f"socket://127.0.0.1:{server.getsockname()[1]}"
        code, output = cli("run", plan, "--port", port, "--yes", "--logs", "logs")
    assert code == 4, output
    assert "somebody else is there" in output
    assert "is lost" not in output


@pytest.mark.parametrize("port", ["/dev/null", "plan.yaml"])
def test_what_is_no_serial_port_is_said_to_be_none(cli: Run, tmp_path: Path, port: str) -> None:
    plan = str(write_plan(tmp_path, 3))
    code, output = cli("run", plan, "--port", port, "--yes")
    assert code == 4, output
    assert "That is not a serial port" in output


def test_a_baud_rate_paces_a_simulated_line_and_is_named_once(cli: Run, tmp_path: Path) -> None:
    plan = str(write_plan(tmp_path, 3))
    words = ("run", plan, "--yes", "--logs", "logs", "--baud", "460800", "--port")
    assert cli(*words, "sim:nappage-gun")[0] == 0
    assert cli(*words, "sim:nappage-gun?baud=460800", "--treatment", "T-2")[0] == 0
    code, output = cli(*words, "sim:nappage-gun?baud=9600")
    assert code == 4
    assert "once" in output


def test_a_remedy_is_not_said_twice(capsys: pytest.CaptureFixture[str]) -> None:
    facts = {"text": "it is so; mend it", "remedy": "mend it", "exit_code": 4}
    assert refused(facts, as_json=False) == 4
    assert capsys.readouterr().err.count("mend it") == 1


def test_ctrl_c_while_the_control_process_starts_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in home(tmp_path).items():
        monkeypatch.setenv(name, value)
    # A runtime folder of its own: other tests come and go in the shared one. Short, for sockets.
    runtime = Path(tempfile.mkdtemp(prefix="md-"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    assert places().runtime == runtime
    plan = str(write_plan(tmp_path, 3))
    with Cli(tmp_path, "run", plan, "--port", "sim:nappage-gun", "--yes") as client:
        children = Path(f"/proc/{client.process.pid}/task/{client.process.pid}/children")
        while not children.read_text(encoding="ascii").split():
            os.sched_yield()
        client.process.send_signal(signal.SIGINT)
        code, said = client.end()
    assert code == 5, said
    assert "Traceback" not in said
    assert "stopped before anything was sent" in said
    runtime.rmdir()  # refuses unless nothing was left in it


def test_the_state_machine_does_not_fill_the_diagnostic_log(tmp_path: Path) -> None:
    root = logging.getLogger()
    handlers, level, hooks = root.handlers[:], root.level, (sys.excepthook, threading.excepthook)
    try:
        write_diagnostics(tmp_path)
        assert not logging.getLogger("transitions.core").isEnabledFor(logging.INFO)
    finally:
        root.handlers, root.level = handlers, level
        sys.excepthook, threading.excepthook = hooks
