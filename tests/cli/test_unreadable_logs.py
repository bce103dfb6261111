"""What is named as a log and is none: refused at once, by name, by every command that reads one."""

import os
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support import courses
from support.plans import write_plan

Run = Callable[..., tuple[int, str]]
SIM = ("--port", "sim:nappage-gun", "--yes")

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no such files there")


@pytest.fixture(params=["pipe", "socket", "device", "folder"])
def irregular(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[str, str]]:
    """Make something that is no regular file; its name, and what it is."""
    kind: str = request.param
    # The name of a socket has to be short.
    monkeypatch.chdir(tmp_path)
    path = Path(f"{kind}.mdlog")
    with socket.socket(socket.AF_UNIX) as listener:
        if kind == "pipe":
            os.mkfifo(path)
        elif kind == "socket":
            listener.bind(str(path))
        elif kind == "folder":
            path.mkdir()
        yield "/dev/zero" if kind == "device" else path.name, kind


@pytest.mark.parametrize("command", ["verify", "show", "replay", "totals"])
def test_what_is_no_regular_file_is_refused_at_once(
    cli: Run, irregular: tuple[str, str], command: str
) -> None:
    name, kind = irregular
    code, said = cli("log", command, name)
    assert code == 9
    assert f"{name}: this is no regular file but a {kind}" in said
    assert "name a log" in said


def test_no_session_goes_on_from_what_is_no_regular_file(
    cli: Run, irregular: tuple[str, str]
) -> None:
    name, kind = irregular
    code, said = cli("run", *SIM, "--resume", name)
    assert code == (2 if kind == "folder" else 9), said
    assert kind == "folder" or f"{name}: this is no regular file but a {kind}" in said


def test_no_plan_is_run_after_what_is_no_regular_file(
    cli: Run, tmp_path: Path, irregular: tuple[str, str]
) -> None:
    name, kind = irregular
    code, said = cli("run", *SIM, str(write_plan(tmp_path)), "--after", name)
    assert code == (2 if kind == "folder" else 3), said
    assert kind == "folder" or f"{name}: found this is no regular file but a {kind}" in said


def test_a_pipe_beside_a_log_keeps_nobody_waiting(cli: Run, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mdlog")
    (tmp_path / "1.mdlog").write_bytes(courses.needles())
    code, said = cli("plan", "check", str(write_plan(tmp_path)), "--after", "1.mdlog")
    assert code == 0, said
