"""The journal thread: order, durability, and a failure that is reported once and is final."""

import errno
import os
import random
import selectors
import signal
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from mesodrive.clock import ManualClock, MonotonicClock
from mesodrive.core.ports import Out
from mesodrive.injector.wakeup import Wakeup
from mesodrive.journal import log_file
from mesodrive.journal.errors import LogExistsError, LogFolderError, LogSpaceError
from mesodrive.journal.host_facts import host_facts, versions
from mesodrive.journal.log_file import LogFile
from mesodrive.journal.thread import QUEUE_BYTES_MAX, Durable, Failed, JournalThread
from mesodrive.session.verify import verify
from mesodrive.session.walk import Walk, entries

WAIT_S = 20.0


class Reports:
    """Collects what a thread reports, so that a test can wait for it without sleeping."""

    def __init__(self) -> None:
        self.wakeup = Wakeup()
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.wakeup, selectors.EVENT_READ)

    def next(self, journal: JournalThread) -> Durable | Failed:
        while not journal.reports:
            assert self.selector.select(WAIT_S), "the journal thread reported nothing"
            self.wakeup.drain()
        return journal.reports.popleft()

    def close(self) -> None:
        self.selector.close()
        self.wakeup.close()


@pytest.fixture
def reports() -> Iterator[Reports]:
    made = Reports()
    yield made
    made.close()


class ModelDisk:
    """A disk in memory that can stall, run low, and fail at the nth call of a kind."""

    def __init__(self, **fail_at: int) -> None:
        self.fail_at = fail_at
        self.calls = {"write": 0, "sync": 0, "finish": 0, "close": 0}
        self.written = b""
        self.synced = b""
        self.low: OSError | None = None
        self.gate = threading.Event()
        self.gate.set()

    def _call(self, kind: str) -> None:
        self.gate.wait(WAIT_S)
        self.calls[kind] += 1
        if self.calls[kind] == self.fail_at.get(kind):
            raise OSError(errno.EIO, "Input/output error")

    def write(self, data: bytes) -> None:
        self._call("write")
        self.written += data

    def sync(self) -> None:
        self._call("sync")
        self.synced = self.written

    def finish(self) -> None:
        self._call("finish")

    def close(self) -> None:
        self._call("close")


@pytest.mark.req("LOG-01")
def test_what_is_reported_durable_is_on_disk_in_order(tmp_path: Path, reports: Reports) -> None:
    path = tmp_path / "a.log"
    journal = JournalThread(LogFile(path), MonotonicClock(), reports.wakeup.wake)
    for mark in range(50):
        journal.append(b"%04d" % mark, mark, urgent=mark % 7 == 0)
    highest = -1
    while highest < 49:
        report = reports.next(journal)
        assert isinstance(report, Durable)
        assert report.mark > highest
        highest = report.mark
        assert path.read_bytes().startswith(b"".join(b"%04d" % n for n in range(highest + 1)))
    assert journal.close(WAIT_S)
    assert path.read_bytes() == b"".join(b"%04d" % n for n in range(50))


def test_the_reserve_is_given_back_at_the_end_only(tmp_path: Path, reports: Reports) -> None:
    path = tmp_path / "a.log"
    journal = JournalThread(LogFile(path, 1 << 20), MonotonicClock(), reports.wakeup.wake)
    journal.append(bytes(range(200)), 1, urgent=True)
    assert reports.next(journal) == Durable(1)
    assert path.stat().st_size > 1 << 20
    assert journal.close(WAIT_S)
    assert path.stat().st_size == 200


@pytest.mark.req("LOG-01")
def test_a_sync_nobody_waits_for_comes_at_most_every_50_ms(reports: Reports) -> None:
    disk, clock = ModelDisk(), ManualClock()
    journal = JournalThread(disk, clock, reports.wakeup.wake)
    journal.append(b"a", 1)
    assert reports.next(journal) == Durable(1)
    journal.append(b"b", 2)
    journal.append(b"c", 3, urgent=True)
    assert reports.next(journal) == Durable(3)
    assert disk.synced == b"abc"
    assert journal.close(WAIT_S)


def test_bytes_without_urgency_are_synced_when_the_time_has_come(reports: Reports) -> None:
    disk = ModelDisk()
    journal = JournalThread(disk, MonotonicClock(), reports.wakeup.wake)
    for mark in (1, 2, 3):
        journal.append(b"x", mark)
        assert reports.next(journal) == Durable(mark)
    assert journal.close(WAIT_S)
    assert disk.synced == b"xxx"


@pytest.mark.req("LOG-04")
@pytest.mark.parametrize("step", ["write", "sync"])
def test_a_failed_write_or_sync_is_final_and_reported_once(step: str, reports: Reports) -> None:
    disk = ModelDisk(**{step: 2})
    journal = JournalThread(disk, MonotonicClock(), reports.wakeup.wake)
    journal.append(b"a", 1, urgent=True)
    assert reports.next(journal) == Durable(1)
    journal.append(b"b", 2, urgent=True)
    assert reports.next(journal) == Failed(step, "Input/output error")
    journal.append(b"c", 3, urgent=True)
    assert not journal.close(WAIT_S)
    assert not journal.reports
    assert disk.calls[step] == 2
    assert disk.synced == b"a"
    assert disk.calls["close"] == 1


@pytest.mark.req("LOG-04")
def test_a_full_disk_is_reported_while_the_safe_stop_can_still_be_written(reports: Reports) -> None:
    disk = ModelDisk()
    journal = JournalThread(disk, MonotonicClock(), reports.wakeup.wake)
    disk.low = OSError(errno.ENOSPC, "No space left on device")
    journal.append(b"a", 1, urgent=True)
    assert reports.next(journal) == Failed("space", "No space left on device")
    assert not journal.close(WAIT_S)
    assert disk.synced == b"a"
    assert not journal.reports


def test_a_disk_that_falls_behind_has_failed(reports: Reports) -> None:
    disk = ModelDisk()
    disk.gate.clear()
    journal = JournalThread(disk, MonotonicClock(), reports.wakeup.wake)
    piece = bytes(QUEUE_BYTES_MAX // 2)
    for mark in range(4):
        journal.append(piece, mark)
    report = reports.next(journal)
    assert isinstance(report, Failed)
    assert report.step == "queue"
    journal.append(b"more", 9)
    disk.gate.set()
    assert not journal.close(WAIT_S)


def test_closing_does_not_wait_longer_than_asked(reports: Reports) -> None:
    disk = ModelDisk()
    disk.gate.clear()
    journal = JournalThread(disk, MonotonicClock(), reports.wakeup.wake)
    journal.append(b"a")
    assert not journal.close(0.01)
    disk.gate.set()
    assert journal.close(WAIT_S)
    assert disk.synced == b"a"


def test_a_failure_to_finish_is_reported(reports: Reports) -> None:
    disk = ModelDisk(finish=1, close=1)
    journal = JournalThread(disk, MonotonicClock(), reports.wakeup.wake)
    journal.append(b"a")
    assert not journal.close(WAIT_S)
    assert journal.reports.pop() == Failed("finish", "Input/output error")


class BrokenDisk(ModelDisk):
    """A disk whose driver has a mistake."""

    def write(self, data: bytes) -> None:
        raise RuntimeError("a mistake")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_mistake_in_the_thread_is_a_failure_too(reports: Reports) -> None:
    journal = JournalThread(BrokenDisk(), MonotonicClock(), reports.wakeup.wake)
    journal.append(b"a", 1)
    report = reports.next(journal)
    assert isinstance(report, Failed)
    assert report.step == "internal"
    assert not journal.close(WAIT_S)


def test_a_log_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(b"old")
    with pytest.raises(LogExistsError, match="never written over"):
        LogFile(path)
    assert path.read_bytes() == b"old"


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(LogFolderError, match="create the folder"):
        LogFile(tmp_path / "nowhere" / "a.log")


@pytest.mark.req("LOG-04")
def test_no_log_begins_with_too_little_space(tmp_path: Path) -> None:
    with pytest.raises(LogSpaceError, match="free some space"):
        LogFile(tmp_path / "a.log", 1 << 60)
    assert not list(tmp_path.iterdir())


def test_only_the_owner_may_read_a_log(tmp_path: Path) -> None:
    file = LogFile(tmp_path / "a.log")
    file.close()
    assert (tmp_path / "a.log").stat().st_mode & 0o077 == 0


def test_space_is_reserved_ahead_of_what_is_written(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    file = LogFile(path, 1)
    for _ in range(3):
        file.write(bytes(3 << 20))
        assert path.stat().st_size >= file._written + log_file.AHEAD_BYTES
    assert file.low is None
    file.finish()
    file.close()
    assert path.stat().st_size == 9 << 20


@pytest.mark.req("LOG-04")
@pytest.mark.skipif(not hasattr(os, "posix_fallocate"), reason="nothing is reserved here")
def test_running_out_of_space_is_seen_before_writing_fails(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    file = LogFile(tmp_path / "a.log", 2 << 20)
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2 << 20, old[1]))
        with pytest.raises(LogSpaceError):
            LogFile(tmp_path / "b.log", 4 << 20)
        assert not (tmp_path / "b.log").exists()
        file.write(bytes(1 << 20))
        assert file.low is None
        file.write(bytes(1 << 19))
        assert file.low is not None
        file.write(bytes(1 << 19))
        with pytest.raises(OSError, match="large"):
            file.write(b"x")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
        signal.signal(signal.SIGXFSZ, handler)
        file.close()


@pytest.mark.parametrize("found", [None, errno.EOPNOTSUPP])
def test_a_log_is_kept_where_nothing_can_be_reserved(
    found: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: int) -> None:
        raise OSError(found, "not here")

    monkeypatch.setattr(log_file, "_fallocate", None if found is None else refuse)
    path = tmp_path / "a.log"
    file = LogFile(path)
    file.write(b"abc")
    file.write(b"def")
    file.sync()
    assert file.low is None
    assert path.read_bytes() == b"abcdef"
    file.close()


def test_a_package_that_is_not_there_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mesodrive.journal.host_facts.PACKAGES", ("no-such-package",))
    assert versions()["no-such-package"] == "unknown"


def test_the_facts_of_the_machine_name_nobody() -> None:
    facts = host_facts()
    assert set(facts) == {"system", "release", "machine", "cpus", "clock_resolution_ns"}
    assert versions()["mesodrive"]


CHILD = """
import os, struct, sys
from pathlib import Path
from mesodrive.clock import MonotonicClock
from mesodrive.core.ports import In, Out
from mesodrive.journal.log_file import LogFile
from mesodrive.injector.wakeup import Wakeup
from mesodrive.journal.thread import Durable, JournalThread
from mesodrive.session.assembler import LogWriter
import selectors

clock = MonotonicClock()
wakeup = Wakeup()
selector = selectors.DefaultSelector()
selector.register(wakeup, selectors.EVENT_READ)
journal = JournalThread(LogFile(Path(sys.argv[1])), clock, wakeup.wake)
writer = LogWriter(b'{"format":1,"test":true}', clock.now_ns())
for mark in range(1, 1_000_000):
    now = clock.now_ns()
    for n in range(mark % 5):
        writer.add(now, In.RECEIVED, os.urandom(40))
    writer.add(now, Out.PERSIST, struct.pack("<IB", mark, mark % 3 == 0))
    writer.seal(now)
    journal.append(writer.take(), mark, urgent=mark % 3 == 0)
    if mark % 8 == 0:
        selector.select(1.0)
        wakeup.drain()
    while journal.reports:
        report = journal.reports.popleft()
        assert isinstance(report, Durable)
        os.write(1, struct.pack("<I", report.mark))
"""


@pytest.mark.req("LOG-01")
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal")
@pytest.mark.parametrize("seed", range(8))
def test_what_was_reported_durable_survives_a_killed_process(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    path = tmp_path / "killed.log"
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, str(path)], stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        promised = 0
        for _ in range(rng.randrange(1, 60)):
            (promised,) = struct.unpack("<I", child.stdout.read(4))
        for _ in range(rng.randrange(2_000)):
            pass
        child.kill()
        rest = child.stdout.read()
    for at in range(0, len(rest) - 3, 4):
        (promised,) = struct.unpack_from("<I", rest, at)
    data = path.read_bytes()
    found = verify(data)
    assert found.exit_code == 8
    marks = [
        struct.unpack_from("<I", entry.data)[0]
        for entry in entries(Walk(data[: found.sealed_bytes]))
        if entry.code == Out.PERSIST
    ]
    assert marks == list(range(1, len(marks) + 1))
    assert marks[-1] >= promised, f"seed {seed}: promised {promised}, recovered {marks[-1]}"
