"""Clients that lost their control process: what the log proves is told, and no more than that."""

from pathlib import Path

import pytest

from mesodrive.cli.attend import SessionLostError
from mesodrive.cli.lost import end_by_log, report_lost
from mesodrive.cli.wording import counted
from mesodrive.session.walk import Walk
from support.killing import kill
from support.specs import deliver, session
from support.worlds import Session


def lost(path: Path | str) -> SessionLostError:
    return SessionLostError("gone", str(path))


def stopped(folder: Path) -> tuple[Session, Path]:
    """Return a session that was stopped without its client, and its log."""
    world = Session(session(deliver(12))).begin().until("running")
    world.wish("stop", cause=2)
    world.until("at_rest")
    world.wish("end")
    world.end()
    path = folder / "a.mdlog"
    path.write_bytes(bytes(world.log.data))
    return world, path


def test_a_log_with_a_sealed_end_tells_the_view_that_the_client_has_missed(tmp_path: Path) -> None:
    world, path = stopped(tmp_path)
    found = end_by_log(lost(path))
    assert found is not None
    assert found.outcome.view == world.core.view().to_json()
    assert found.outcome.view["stop"] == "confirmed"
    assert found.outcome.last["exit_code"] == world.core.exit_code == 5
    assert found.outcome.last["log_whole"] is True
    assert found.duration_s > 0


def test_an_end_that_no_seal_covers_proves_no_stop(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, path = stopped(tmp_path)
    data = path.read_bytes()
    last_seal = list(Walk(data))[-1][2]
    path.write_bytes(data[: last_seal - 1])
    assert end_by_log(lost(path)) is None
    assert report_lost(lost(path), as_json=False) in (7, 70)
    assert "STOP is NOT CONFIRMED" in capsys.readouterr().err


def test_a_log_without_an_end_or_that_cannot_be_read_proves_no_stop(tmp_path: Path) -> None:
    world = Session(session(deliver(12))).begin().until("running")
    (tmp_path / "cut.mdlog").write_bytes(kill(world))
    (tmp_path / "none.mdlog").write_bytes(b"something else")
    for path in ("", tmp_path / "cut.mdlog", tmp_path / "none.mdlog", tmp_path / "missing.mdlog"):
        assert end_by_log(lost(path)) is None


def test_units_are_counted_in_the_singular_and_the_plural() -> None:
    assert [counted(number, "unit") for number in (0, 1, 2)] == ["0 units", "1 unit", "2 units"]
