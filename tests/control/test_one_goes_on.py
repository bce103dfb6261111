"""Of several sessions that want to go on from the same log one does, and the others make no log."""

import fcntl
import os
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import pytest

from mesodrive.app.closed_logs import opened
from mesodrive.app.compose import Session, compose
from mesodrive.app.handover import Handover
from mesodrive.app.launch import start_control
from mesodrive.app.prepare import Prepared
from mesodrive.app.resuming import ResumeWanted, prepare_resume
from mesodrive.clock import MonotonicClock
from mesodrive.control.client import ControlClient
from mesodrive.journal import log_lock
from mesodrive.session.resume_errors import LogInUseError, LogResumedError
from mesodrive.transport.errors import PortError
from support import courses
from support.guns import gun, home

PATIENCE_S = 30.0


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in home(tmp_path).items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """Write the log of a killed session; its path."""
    path = tmp_path / "logs" / "old.mdlog"
    path.parent.mkdir()
    # The log must be of this very version of the driver, as that of a real session is.
    path.write_bytes(courses.of_version(courses.killed()[1], version("mesodrive")))
    return path


def prepared(old: Path, port: str = "sim:nappage-gun") -> Prepared:
    return prepare_resume(ResumeWanted(old, port)).prepared


def begun(handover: Handover) -> Session:
    return compose(handover, MonotonicClock(), lambda _view: None)


def end(made: Session) -> None:
    """End a session as the end of its process does: it lets go of what it held."""
    made.owner.abandon()
    made.owner.run()
    assert made.resumed_fd is not None
    os.close(made.resumed_fd)


def logs_beside(old: Path) -> list[Path]:
    return sorted(set(old.parent.glob("*.mdlog")) - {old})


@pytest.mark.req("CMD-02")
def test_a_log_is_held_by_the_session_that_goes_on_from_it(old: Path) -> None:
    first, second = prepared(old).handover, prepared(old).handover
    made = begun(first)
    with pytest.raises(LogInUseError, match="belongs to a session that still runs"):
        begun(second)
    with pytest.raises(LogInUseError), opened(old):
        pass
    with pytest.raises(LogInUseError):
        prepared(old)
    assert logs_beside(old) == [made.log]
    end(made)


@pytest.mark.req("CMD-02")
def test_who_comes_when_the_first_has_ended_is_refused_for_its_log(old: Path) -> None:
    first, second = prepared(old).handover, prepared(old).handover
    made = begun(first)
    end(made)
    with pytest.raises(LogResumedError, match=str(made.log)):
        begun(second)
    assert logs_beside(old) == [made.log]
    with pytest.raises(LogResumedError):
        prepared(old)


def test_a_session_that_could_not_begin_lets_go_of_the_log(old: Path) -> None:
    handover = prepared(old).handover
    with pytest.raises(PortError):
        begun(replace(handover, port="/dev/does-not-exist"))
    assert not logs_beside(old)
    end(begun(handover))


@pytest.mark.req("CMD-02")
def test_of_two_that_go_on_at_once_over_a_network_one_is_refused(old: Path, tmp_path: Path) -> None:
    with gun("nappage-gun", tcp=("127.0.0.1", 0), store=tmp_path / "store") as served:
        both = [prepared(old, served.port) for _ in range(2)]
        processes = [start_control(one.handover, one.folder) for one in both]
        clients = [ControlClient(one.address, one.authkey) for one in processes]
        said = [next(words(client)) for client in clients]
        assert sorted(str(one["type"]) for one in said) == ["refused", "view"]
        (refused,) = (one for one in said if one["type"] == "refused")
        assert (refused["code"], refused["exit_code"]) == ("log-in-use", 3)
        assert len(logs_beside(old)) == 1
        for client in clients:
            client.close()
        for process in processes:
            process.process.wait(PATIENCE_S)
            process.wait()
    assert len(logs_beside(old)) == 1


def words(client: ControlClient) -> Iterator[dict[str, object]]:
    """Yield what a control process says of its session."""
    while True:
        message = client.receive()
        if message["type"] != "role":
            yield message


@pytest.mark.parametrize("asks_for_ever", [False, True])
def test_who_only_asks_whether_a_log_is_held_is_waited_for(
    old: Path, monkeypatch: pytest.MonkeyPatch, asks_for_ever: bool
) -> None:
    pauses: list[None] = []
    with old.open("rb") as asking, old.open("rb") as wanting:
        fcntl.flock(asking, fcntl.LOCK_SH)

        def pause() -> None:
            pauses.append(None)
            if not asks_for_ever:
                fcntl.flock(asking, fcntl.LOCK_UN)

        monkeypatch.setattr(log_lock, "_pause", pause)
        assert log_lock.lock(wanting.fileno()) is not asks_for_ever
    assert len(pauses) == (log_lock.TRIES_MAX if asks_for_ever else 1)


def test_asking_whether_a_log_is_held_does_not_hold_it(old: Path) -> None:
    with old.open("rb") as asking, old.open("rb") as wanting:
        assert not log_lock.is_locked(asking.fileno())
        assert log_lock.lock(wanting.fileno())
        assert log_lock.is_locked(asking.fileno())
