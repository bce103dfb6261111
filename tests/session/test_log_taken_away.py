"""A log that somebody deletes or cuts while it is written has failed, like one on a full disk."""

import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from mesodrive.clock import MonotonicClock
from mesodrive.journal import log_file
from mesodrive.journal.log_file import LogFile
from mesodrive.journal.thread import Durable, Failed, JournalThread

WAIT_S = 20.0
RESERVE_BYTES = 1 << 20
CUT_BYTES = 100

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be deleted")


def cut(path: Path) -> None:
    os.truncate(path, CUT_BYTES)


HARM = pytest.mark.parametrize(
    ("harm", "said"),
    [
        (Path.unlink, "somebody deleted the file; no copy of it can be recovered"),
        (cut, f"somebody cut the file to {CUT_BYTES} of"),
    ],
)


@pytest.mark.req("LOG-04")
@HARM
def test_a_log_that_is_deleted_or_cut_fails_once_and_for_good(
    tmp_path: Path, harm: Callable[[Path], None], said: str
) -> None:
    path, reported = tmp_path / "a.mdlog", threading.Event()
    journal = JournalThread(LogFile(path, RESERVE_BYTES), MonotonicClock(), reported.set)
    journal.append(bytes(200), 1, urgent=True)
    assert reported.wait(WAIT_S)
    assert journal.reports.popleft() == Durable(1)
    harm(path)
    reported.clear()
    journal.append(b"b", 2, urgent=True)
    assert reported.wait(WAIT_S)
    report = journal.reports.popleft()
    assert isinstance(report, Failed)
    assert said in report.detail
    assert "recovered" in report.detail
    journal.append(b"c", 3, urgent=True)
    assert not journal.close(WAIT_S)
    assert not journal.reports


@HARM
def test_harm_between_a_write_and_its_sync_is_noticed_by_the_sync(
    tmp_path: Path, harm: Callable[[Path], None], said: str
) -> None:
    path = tmp_path / "a.mdlog"
    file = LogFile(path, RESERVE_BYTES)
    file.sync()
    harm(path)
    with pytest.raises(OSError, match=said):
        file.sync()
    file.close()


@HARM
def test_a_log_that_is_deleted_or_cut_at_last_is_not_called_whole(
    tmp_path: Path, harm: Callable[[Path], None], said: str
) -> None:
    path = tmp_path / "a.mdlog"
    file = LogFile(path, RESERVE_BYTES)
    harm(path)
    journal = JournalThread(file, MonotonicClock(), lambda: None)
    assert not journal.close(WAIT_S)
    report = journal.reports.pop()
    assert isinstance(report, Failed)
    assert (report.step, said in report.detail) == ("finish", True)
    # What was cut off does not come back as zeros.
    assert not path.exists() or path.stat().st_size == CUT_BYTES


@pytest.mark.parametrize("cut_to", [0, 5])
def test_a_cut_is_noticed_also_where_no_space_is_reserved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cut_to: int
) -> None:
    monkeypatch.setattr(log_file, "_fallocate", None)
    path = tmp_path / "a.mdlog"
    file = LogFile(path)
    file.write(b"abcdef")
    os.truncate(path, cut_to)
    with pytest.raises(OSError, match=f"cut the file to {cut_to} of 6 bytes"):
        file.write(b"ghi")
    assert path.stat().st_size == cut_to
    file.close()


def test_a_log_that_was_moved_goes_on_being_written(tmp_path: Path) -> None:
    path, moved = tmp_path / "a.mdlog", tmp_path / "b.mdlog"
    journal = JournalThread(LogFile(path), MonotonicClock(), lambda: None)
    path.rename(moved)
    journal.append(b"abc")
    assert journal.close(WAIT_S)
    assert moved.read_bytes() == b"abc"
