"""Whole sessions through the command line, on every kind of port, to every kind of end."""

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import pytest

from mesodrive.session.verify import verify
from support.guns import Cli, control_of, gun, wait_for_end
from support.plans import write_plan

Run = Callable[..., tuple[int, str]]


def summary_of(output: str) -> dict[str, Any]:
    rows = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    (summary,) = [row for row in rows if row["type"] == "summary"]
    return dict(summary)


def place(kind: str, folder: Path) -> dict[str, object]:
    return {"pty": folder / "gun"} if kind == "pty" else {"tcp": ("127.0.0.1", 0)}


def only_log(folder: Path) -> Path:
    (path,) = (folder / "logs").glob("*.mdlog")
    return path


@pytest.mark.parametrize("kind", ["sim", "pty", "tcp"])
def test_a_plan_runs_to_its_end_on_every_kind_of_port(cli: Run, tmp_path: Path, kind: str) -> None:
    plan = write_plan(tmp_path)

    def session(port: str) -> tuple[int, str]:
        words = ("run", str(plan), "--port", port, "--yes", "--logs", "logs", "--json")
        return cli(*words)

    if kind == "sim":
        code, output = session("sim:nappage-gun?baud=460800")
    else:
        with gun("nappage-gun", **place(kind, tmp_path)) as served:
            code, output = session(served.port)
    summary = summary_of(output)
    assert code == 0, output
    assert summary["units_confirmed"] == 10
    assert (summary["amount_lo"], summary["amount_hi"]) == (50_000, 50_000)
    assert summary["simulated"] is True
    assert summary["log_whole"] is True
    found = verify(only_log(tmp_path).read_bytes())
    assert found.intact
    assert found.head == summary["log_head"]


def running(folder: Path, port: str, units: int = 60) -> Cli:
    plan = write_plan(folder, units)
    client = Cli(folder, "run", str(plan), "--port", port, "--yes", "--logs", "logs")
    client.until("running (")
    return client


def shown(cli: Run, folder: Path) -> str:
    code, output = cli("log", "show", str(only_log(folder)))
    assert code == 0
    return output


@pytest.mark.req("STP-01")
@pytest.mark.req("STP-02")
def test_ctrl_c_stops_and_says_so_only_when_the_device_has_confirmed(
    cli: Run, tmp_path: Path
) -> None:
    with running(tmp_path, "sim:nappage-gun") as client:
        client.process.send_signal(signal.SIGINT)
        client.process.send_signal(signal.SIGINT)
        code, said = client.end()
    assert code == 5, said
    assert "STOPPED: the device has confirmed" in said
    assert "confirmed by the device after" in said
    assert verify(only_log(tmp_path).read_bytes()).intact
    assert cli("log", "replay", str(only_log(tmp_path)))[0] == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_up_to_the_very_end_do_not_cost_the_exit_code(
    tmp_path: Path, number: signal.Signals
) -> None:
    with running(tmp_path, "sim:nappage-gun") as client:
        client.process.send_signal(number)
        client.until("Session stopped.")
        while client.process.poll() is None:
            client.process.send_signal(number)
            os.sched_yield()
        code, said = client.end()
    assert code == 5, said


@pytest.mark.parametrize("number", [signal.SIGTSTP, signal.SIGQUIT])
def test_suspending_or_quitting_a_session_is_a_stop(tmp_path: Path, number: signal.Signals) -> None:
    with running(tmp_path, "sim:nappage-gun") as client:
        client.process.send_signal(number)
        code, said = client.end()
    assert code == 5, said
    assert "STOPPED: the device has confirmed" in said


def test_a_client_that_hangs_is_a_stop_and_tells_it_from_the_log_when_it_goes_on(
    cli: Run, tmp_path: Path
) -> None:
    with running(tmp_path, "sim:nappage-gun", units=200) as client:
        control = control_of(client.process)
        client.process.send_signal(signal.SIGSTOP)
        wait_for_end(control)
        client.process.send_signal(signal.SIGCONT)
        code, said = client.end()
    assert code == 5, said
    assert "from its log" in said
    assert "Session stopped." in said
    assert "confirmed by the device after" in said
    assert "NOT CONFIRMED" not in said
    assert "cause=client_lost" in shown(cli, tmp_path)


def test_a_control_process_that_hangs_is_told_as_not_confirmed(tmp_path: Path) -> None:
    with running(tmp_path, "sim:nappage-gun", units=200) as client:
        control = control_of(client.process)
        os.kill(control, signal.SIGSTOP)
        client.until("No word from the control process: STOP NOT CONFIRMED.")
        os.kill(control, signal.SIGCONT)
        client.process.send_signal(signal.SIGINT)
        assert client.end()[0] in (5, 6, 7)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_to_the_control_process_is_a_stop_and_then_its_end(
    cli: Run, tmp_path: Path, number: signal.Signals
) -> None:
    with running(tmp_path, "sim:nappage-gun") as client:
        control = control_of(client.process)
        os.kill(control, number)
        os.kill(control, number)
        code, said = client.end()
    assert code == 5, said
    assert "cause=signal" in shown(cli, tmp_path)


def test_a_killed_client_is_a_stop_and_the_log_says_why(cli: Run, tmp_path: Path) -> None:
    with running(tmp_path, "sim:nappage-gun") as client:
        control = control_of(client.process)
        sockets = set(Path(gettempdir()).glob("mesodrive-*/socket"))
        client.process.kill()
        wait_for_end(control)
    assert sockets
    assert any(not socket.parent.exists() for socket in sockets)
    assert "cause=client_lost" in shown(cli, tmp_path)
    assert verify(only_log(tmp_path).read_bytes()).intact


@pytest.mark.parametrize("kind", ["pty", "tcp"])
def test_a_device_lost_in_the_middle_ends_with_an_open_interval(tmp_path: Path, kind: str) -> None:
    with (
        gun("nappage-gun", **place(kind, tmp_path)) as served,
        running(tmp_path, served.port) as client,
    ):
        served.process.kill()
        code, said = client.end()
    assert code == 7, said
    assert "Delivered  [" in said
    assert "uncertain" in said


@pytest.mark.req("SEC-05")
def test_a_port_that_another_session_holds_is_busy(cli: Run, tmp_path: Path) -> None:
    with gun(pty=tmp_path / "gun") as served, running(tmp_path, served.port) as first:
        code, output = cli("run", str(tmp_path / "plan.yaml"), "--port", served.port, "--yes")
        first.process.send_signal(signal.SIGINT)
        assert first.end()[0] == 5
    assert code == 4
    assert "in use by another program" in output


def test_a_device_with_another_profile_is_refused(cli: Run, tmp_path: Path) -> None:
    plan = write_plan(tmp_path)
    code, output = cli("run", str(plan), "--port", "sim:point-gun", "--yes", "--logs", "logs")
    assert code == 4, output
    assert "point-gun" in output


def test_a_device_found_latched_is_cleared_only_on_request(cli: Run, tmp_path: Path) -> None:
    port = f"sim:nappage-gun?store={tmp_path / 'store'}"
    with running(tmp_path, port) as client:
        client.process.send_signal(signal.SIGINT)
        assert client.end()[0] == 5
    plan = str(write_plan(tmp_path))
    code, output = cli("run", plan, "--port", port, "--yes")
    assert code == 5, output
    assert "--clear" in output
    code, output = cli("run", plan, "--port", port, "--yes", "--clear", "--treatment", "T-2")
    assert code == 0, output
    assert "-T-2.mdlog" in output


def test_a_killed_control_process_is_told_as_a_stop_that_is_not_confirmed(tmp_path: Path) -> None:
    with running(tmp_path, "sim:nappage-gun") as client:
        os.kill(control_of(client.process), signal.SIGKILL)
        code, said = client.end()
    assert code == 7, said
    assert "NOT CONFIRMED" in said
    assert "by the log; " in said
    assert str(only_log(tmp_path).name) in said
    assert "mesodrive run --resume" in said
    assert "switch" in said


@pytest.mark.req("LOG-04")
def test_a_session_whose_log_is_deleted_stops_and_names_no_log(tmp_path: Path) -> None:
    with running(tmp_path, "sim:nappage-gun") as client:
        log = only_log(tmp_path)
        log.unlink()
        code, said = client.end()
    assert code not in (0, 70), said
    assert "HIGH: The log of this session cannot be written" in said
    assert "Session completed" not in said
    assert f"GONE: {log.relative_to(tmp_path)} was deleted or moved" in said
    assert "no copy can be recovered" in said
    assert "Go on" not in said


@pytest.mark.req("LOG-04")
def test_a_session_whose_log_is_cut_stops_and_says_that_it_is_not_whole(tmp_path: Path) -> None:
    with running(tmp_path, "sim:nappage-gun") as client:
        os.truncate(only_log(tmp_path), 100)
        code, said = client.end()
    assert code not in (0, 70), said
    assert "(NOT wholly on disk)" in said
    assert "cannot be recovered" in said


def test_a_session_that_nobody_can_see_is_stopped(cli: Run, tmp_path: Path) -> None:
    with running(tmp_path, "sim:nappage-gun") as client:
        assert client.process.stdout is not None
        client.process.stdout.close()
        assert client.process.wait(30) == 5
    assert "cause=client_lost" in shown(cli, tmp_path)
