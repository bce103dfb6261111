"""`mesodrive log verify` of a log that a session holds: it grows, or is gone on from."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mesodrive.app.closed_logs import hold
from mesodrive.journal.log_file import LogFile
from mesodrive.session.verify import verify
from support import courses
from support.killing import kill, resumed

Run = Callable[..., tuple[int, str]]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no such locks there")


@contextmanager
def written(path: Path, data: bytes) -> Iterator[LogFile]:
    """Hold a log as the session does that has written so much of it."""
    file = LogFile(path)
    file.write(data)
    try:
        yield file
    finally:
        file.close()


@pytest.mark.parametrize("behind", [0, 10])
def test_a_log_that_a_session_writes_is_said_to_grow_and_not_to_be_broken_off(
    cli: Run, tmp_path: Path, behind: int
) -> None:
    whole = courses.killed()[1]
    sealed = verify(whole[: len(whole) // 2]).sealed_bytes
    with written(tmp_path / "a.mdlog", whole[: sealed + behind]) as file:
        code, said = cli("log", "verify", "a.mdlog")
        assert code == 8
        assert said.startswith("a.mdlog: STILL BEING WRITTEN, by a session that runs")
        assert f"as written up to byte {sealed} so far" in said
        assert "never closed" not in said
        assert "NOT whole" not in said
        found = json.loads(cli("log", "verify", "a.mdlog", "--json")[1])
        assert (found["being_written"], found["resumed_by"]) == (True, None)
        file.finish()
    code, said = cli("log", "verify", "a.mdlog")
    assert code == 8
    assert "never closed" in said
    assert json.loads(cli("log", "verify", "a.mdlog", "--json")[1])["being_written"] is False


def test_a_log_that_is_whole_is_whole_also_in_its_last_moment(cli: Run, tmp_path: Path) -> None:
    with written(tmp_path / "a.mdlog", courses.needles()) as file:
        file.finish()
        code, said = cli("log", "verify", "a.mdlog")
    assert (code, "a.mdlog: whole" in said) == (0, True)


def test_damage_in_a_log_that_grows_is_told(cli: Run, tmp_path: Path) -> None:
    data = bytearray(courses.killed()[1])
    data[len(data) // 2] ^= 1
    with written(tmp_path / "a.mdlog", bytes(data)):
        said = cli("log", "verify", "a.mdlog")[1]
    assert "STILL BEING WRITTEN" in said
    assert "the checksum does not fit" in said


def test_a_log_that_has_not_begun_yet_is_being_written(cli: Run, tmp_path: Path) -> None:
    with written(tmp_path / "a.mdlog", b""):
        code, said = cli("log", "verify", "a.mdlog")
    assert code == 9
    assert "STILL BEING WRITTEN" in said


def test_a_log_that_a_session_goes_on_from_is_not_said_to_grow(cli: Run, tmp_path: Path) -> None:
    world = courses.world_of(courses.needle_plan(), 56)
    first = kill(world.lasting(6.0))
    old = tmp_path / "old.mdlog"
    old.write_bytes(first)
    fd = hold(old, verify(first).head, tmp_path)
    (tmp_path / "new.mdlog").write_bytes(bytes(resumed(world, first).begin().end(240).log.data))
    code, said = cli("log", "verify", "old.mdlog")
    found = json.loads(cli("log", "verify", "old.mdlog", "--json")[1])
    os.close(fd)
    assert code == 8
    assert "a session that still runs goes on from it, in " in said
    assert "BEING WRITTEN" not in said
    assert found["being_written"] is False
    assert found["resumed_by"].endswith("new.mdlog")
