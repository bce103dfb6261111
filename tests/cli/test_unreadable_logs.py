"""What is named as a log and is none: refused at once, by name, by every command that reads one."""

import os
import socket
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

import pytest

from mesodrive.session.assembler import LogWriter
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


@pytest.mark.parametrize("command", ["show", "replay", "totals"])
def test_of_several_logs_the_one_that_cannot_be_used_is_named(
    cli: Run, tmp_path: Path, command: str
) -> None:
    (tmp_path / "1.mdlog").write_bytes(courses.needles())
    (tmp_path / "none.mdlog").write_bytes(b"no log")
    names = ["1.mdlog", "none.mdlog"] if command == "totals" else ["none.mdlog"]
    code, said = cli("log", command, *names)
    assert code == 9
    assert said.startswith("mesodrive: none.mdlog: record 0 at byte 0: this is no session log")


def test_a_log_that_cannot_be_gone_on_from_is_named(cli: Run, tmp_path: Path) -> None:
    (tmp_path / "none.mdlog").write_bytes(b"no log")
    code, said = cli("run", *SIM, "--resume", "none.mdlog")
    assert (code, said.count("none.mdlog: ")) == (9, 1)
    data = bytearray(courses.of_version(courses.killed()[1], version("mesodrive")))
    data[len(data) // 2] ^= 1
    (tmp_path / "damaged.mdlog").write_bytes(data)
    code, said = cli("run", *SIM, "--resume", "damaged.mdlog")
    assert code == 8, said
    assert said.startswith("mesodrive: damaged.mdlog: the log is damaged")


def test_what_a_begin_record_lacks_is_said_with_the_name_of_its_log(
    cli: Run, tmp_path: Path
) -> None:
    (tmp_path / "a.mdlog").write_bytes(LogWriter(b'{"format":1,"mesodrive":"0"}', 0).take())
    code, said = cli("log", "replay", "a.mdlog")
    assert code == 9
    assert said.startswith("mesodrive: a.mdlog: the begin record cannot be used: without spec")
