"""`mesodrive log` on whole, cut, changed and diverging logs; `mesodrive demo` on its own log."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mesodrive.cli import run as run_module
from mesodrive.core.driver import DriverCore
from mesodrive.core.ports import In
from mesodrive.session.assembler import LogWriter
from mesodrive.session.begin import Begin
from mesodrive.session.replay import end_facts
from support.plans import write_plan
from support.specs import deliver, session

Run = Callable[..., tuple[int, str]]
SPEC = session(deliver(3))


def write_log(path: Path, *, extra: bytes = b"") -> Path:
    """Write the log of a session that found no device; `extra` is an output the core never gave."""
    spec = SPEC.model_dump(mode="json")
    begin = Begin("0", spec, "", "", "", "", [], {}, {}, "2026-01-01T00:00:00", "sim")
    writer, core = LogWriter(begin.to_body(), 0), DriverCore(SPEC)
    opened = json.dumps({"name": "x", "baud": None, "loopback": True}).encode()
    for now_ns, code, data in (
        (1_000, In.OPENED, opened),
        (2_000, In.WISH, b'{"wish":"end"}'),
        (250_002_000, In.TICK, b""),
    ):
        outputs = core.step(code, data, now_ns)
        writer.add(now_ns, code, data)
        for out, body in outputs:
            writer.add(now_ns, out, body)
    if extra:
        writer.add(250_002_000, 0x83, extra)
    writer.end(250_003_000, json.dumps(end_facts(core.view())).encode())
    path.write_bytes(writer.take())
    return path


def test_a_whole_log_is_verified_shown_and_replayed(cli: Run, tmp_path: Path) -> None:
    log = str(write_log(tmp_path / "a.mdlog"))
    code, output = cli("log", "verify", log)
    assert code == 0
    assert "whole" in output
    assert json.loads(cli("log", "verify", log, "--json")[1])["intact"] is True
    code, output = cli("log", "replay", log)
    assert (code, "identical" in output) == (0, True)
    assert json.loads(cli("log", "replay", log, "--json")[1])["equal"] is True
    code, output = cli("log", "show", log)
    assert code == 0
    assert "HELLO" in output
    assert "HELLO" not in cli("log", "show", log, "--only", "wish")[1]
    assert len(cli("log", "show", log, "--raw")[1]) > len(output)
    shown = json.loads(cli("log", "show", log, "--json")[1])
    assert shown["begin"]["port"] == "sim"
    assert shown["verification"]["intact"] is True


def test_a_log_cut_at_any_byte_is_described_and_never_a_traceback(cli: Run, tmp_path: Path) -> None:
    whole = write_log(tmp_path / "a.mdlog").read_bytes()
    cut = tmp_path / "cut.mdlog"
    for at in range(0, len(whole), 997):
        cut.write_bytes(whole[:at])
        for command in ("verify", "replay", "show"):
            code, output = cli("log", command, str(cut))
            assert code in (8, 9), (at, command, output)
            assert "Traceback" not in output
    cut.write_bytes(whole[:-50])
    code, output = cli("log", "verify", str(cut))
    assert code == 8
    assert "never closed" in output
    code, output = cli("log", "replay", str(cut))
    assert code == 8
    assert "identical" in output
    assert "NOT whole" in output


def test_a_changed_byte_is_found(cli: Run, tmp_path: Path) -> None:
    log = write_log(tmp_path / "a.mdlog")
    data = bytearray(log.read_bytes())
    data[-100] ^= 1
    log.write_bytes(data)
    assert cli("log", "verify", str(log))[0] == 8


def test_a_log_whose_outputs_are_not_the_drivers_is_told_with_the_first_difference(
    cli: Run, tmp_path: Path
) -> None:
    log = str(write_log(tmp_path / "a.mdlog", extra=b'{"event":"never"}'))
    assert cli("log", "verify", log)[0] == 0
    code, output = cli("log", "replay", log)
    assert code == 8
    assert "DIFFERENT" in output
    assert "never" in output
    found = json.loads(cli("log", "replay", log, "--json")[1])
    assert found["equal"] is False
    assert found["divergence"]["offset"] > 0


@pytest.mark.parametrize("as_json", [False, True])
def test_the_demo_proves_its_own_log(
    cli: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, as_json: bool
) -> None:
    monkeypatch.setattr(run_module, "DEMO_PLAN", str(write_plan(tmp_path)))
    code, output = cli("demo", *(["--json"] if as_json else []))
    assert code == 0, output
    if as_json:
        proof = json.loads(output.splitlines()[-1])
        assert proof == {"type": "proof", "intact": True, "identical": True}
        return
    assert "chain verified; replay identical" in output
    assert "SIMULATED" in output
    assert "10 of 10" in output


def test_a_demo_that_cannot_begin_says_why(
    cli: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_module, "DEMO_PLAN", str(write_plan(tmp_path)))
    (tmp_path / "file").touch()
    code, output = cli("demo", "--logs", "file/logs")
    assert code == 3
    assert "folder" in output


def test_a_proof_that_fails_is_an_exit_code(
    cli: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = write_log(tmp_path / "a.mdlog")
    log.write_bytes(log.read_bytes()[:-50])
    assert run_module._prove(log, as_json=False) == 8
    assert "chain NOT whole" in capsys.readouterr().out
