"""The owner thread when something goes wrong: the device is told to stop, the log kept."""

import json
import socket
import threading
from collections.abc import Iterable
from pathlib import Path

import pytest

from mesodrive.clock import MonotonicClock
from mesodrive.core.driver import DriverCore
from mesodrive.core.view import View
from mesodrive.injector.owner import WISHES_MAX, Owner
from mesodrive.injector.wakeup import Wakeup
from mesodrive.journal.log_file import LogFile
from mesodrive.journal.thread import JournalThread
from mesodrive.session.assembler import LogWriter
from mesodrive.session.begin import Begin
from mesodrive.session.replay import replay
from mesodrive.session.verify import verify
from mesodrive.transport.socket_port import SocketPort
from mesodrive_protocol.codec import FrameDecoder
from mesodrive_protocol.enums import StopCause
from mesodrive_protocol.messages import Stop
from support.specs import deliver, session

SPEC = session(deliver(3))
WAIT_S = 20.0


def begin() -> bytes:
    spec = SPEC.model_dump(mode="json")
    return Begin("0", spec, "", "", "", "", [], {}, {}, "2026-01-01T00:00:00", "sim").to_body()


WISH_OR_LOSS = (4, 5)
"""Of a wish to end and a loss at the same time, the one that was taken first names the end."""


class BrokenWriter(LogWriter):
    """A defect of ours: after the first input and its outputs it refuses every other."""

    good = 2

    def add_step(
        self, now_ns: int, code: int, data: bytes, outputs: Iterable[tuple[int, bytes]]
    ) -> None:
        self.good -= 1
        assert self.good > 0, "a defect"
        super().add_step(now_ns, code, data, outputs)


class DeadWriter(BrokenWriter):
    """A worse one: it can't even be sealed."""

    def seal(self, now_ns: int) -> None:
        assert self.good > 0, "a defect"
        super().seal(now_ns)


class SleepyClock(MonotonicClock):
    """A machine that is suspended for a second at every look."""

    slept_ns = 0

    def asleep_ns(self) -> int:
        self.slept_ns += 1_000_000_000
        return self.slept_ns


class FullDisk(LogFile):
    """A disk that takes nothing more after the begin record."""

    def write(self, data: bytes) -> None:
        raise OSError(28, "No space left on device")


class DeletedLog(LogFile):
    """A log that somebody deletes just after it was begun."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        path.unlink()


class Rig:
    """An owner on a thread, with a socket in place of the device and a real log."""

    def __init__(
        self,
        folder: Path,
        clock: MonotonicClock,
        disk: type[LogFile] = LogFile,
        writer_kind: type[LogWriter] = LogWriter,
        baud: int = 115_200,
    ) -> None:
        ours, self.device = socket.socketpair()
        self.log = folder / "one.mdlog"
        self.wakeup = wakeup = Wakeup()
        journal = JournalThread(disk(self.log), MonotonicClock(), wakeup.wake)
        writer = writer_kind(begin(), 0)
        journal.append(writer.take())
        port = SocketPort(ours, "pair", baud=baud, loopback=True)
        self.views: list[View] = []
        core = DriverCore(SPEC)
        self.owner = Owner(core, port, writer, journal, clock, wakeup, self.views.append)
        self.code = -1
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        self.code = self.owner.run()

    def end(self) -> int:
        self.thread.join(WAIT_S)
        assert not self.thread.is_alive()
        self.wakeup.close()
        return self.code

    def sent(self) -> list[object]:
        decoder, messages = FrameDecoder(), list[object]()
        while data := self.device.recv(4096):
            messages += decoder.feed(data)
        self.device.close()
        return messages


def wish(name: str) -> bytes:
    return json.dumps({"wish": name}).encode()


@pytest.mark.parametrize("defect", [BrokenWriter, DeadWriter])
def test_an_error_of_ours_sends_stop_keeps_the_log_and_ends_with_70(
    tmp_path: Path, defect: type[LogWriter]
) -> None:
    rig = Rig(tmp_path, MonotonicClock(), writer_kind=defect)
    assert rig.end() == 70
    stops = [message for message in rig.sent() if isinstance(message, Stop)]
    assert stops
    assert {stop.cause for stop in stops} == {StopCause.INTERNAL}
    found = verify(rig.log.read_bytes())
    assert found.usable
    assert not found.complete


def test_an_error_of_ours_with_the_port_gone_ends_all_the_same(tmp_path: Path) -> None:
    rig = Rig(tmp_path, MonotonicClock(), writer_kind=BrokenWriter)
    rig.device.close()
    assert rig.end() == 70


def test_a_session_without_a_device_ends_by_wish_and_replays(tmp_path: Path) -> None:
    rig = Rig(tmp_path, SleepyClock())
    rig.owner.wish(b'{"wish":"stop","cause":0}', first=True)
    rig.owner.wish(wish("end"))
    code = rig.end()
    rig.device.close()
    assert code in (4, 5)
    assert rig.owner.log_whole
    assert rig.views[-1].ending
    data = rig.log.read_bytes()
    assert verify(data).intact
    assert replay(data, lambda _begin: DriverCore(SPEC)).equal


def test_a_session_that_is_abandoned_has_a_closed_log(tmp_path: Path) -> None:
    rig = Rig(tmp_path, MonotonicClock())
    rig.owner.abandon()
    rig.end()
    rig.device.close()
    assert verify(rig.log.read_bytes()).intact


def test_a_port_that_closes_at_once_ends_after_the_wish(tmp_path: Path) -> None:
    rig = Rig(tmp_path, MonotonicClock())
    rig.device.close()
    rig.owner.wish(wish("end"))
    assert rig.end() in WISH_OR_LOSS


def test_a_device_that_takes_no_more_bytes_is_lost(tmp_path: Path) -> None:
    rig = Rig(tmp_path, MonotonicClock())
    rig.device.shutdown(socket.SHUT_RD)
    rig.owner.wish(wish("end"))
    assert rig.end() in WISH_OR_LOSS
    rig.device.close()


def test_the_last_bytes_of_a_session_still_leave_on_a_slow_line(tmp_path: Path) -> None:
    rig = Rig(tmp_path, MonotonicClock(), baud=2_400)
    rig.owner.wish(b'{"wish":"stop","cause":0}', first=True)
    rig.owner.wish(b'{"wish":"stop","cause":0}', first=True)
    rig.owner.wish(wish("end"))
    rig.end()
    assert any(isinstance(message, Stop) for message in rig.sent())


@pytest.mark.parametrize("disk", [FullDisk, DeletedLog])
def test_a_log_that_cannot_be_kept_is_told_to_the_core(
    tmp_path: Path, disk: type[LogFile], caplog: pytest.LogCaptureFixture
) -> None:
    rig = Rig(tmp_path, MonotonicClock(), disk)
    rig.owner.wish(wish("end"))
    rig.end()
    rig.device.close()
    assert not rig.owner.log_whole
    assert any(alarm.id == "journal-failed" for view in rig.views for alarm in view.alarms)
    assert [line.split(":")[0] for line in caplog.messages if "log" in line] == ["log failed"]


def test_wishes_are_bounded_but_a_stop_always_finds_room(tmp_path: Path) -> None:
    rig = Rig(tmp_path, MonotonicClock())
    rig.owner.abandon()
    rig.end()
    rig.device.close()
    taken = [rig.owner.wish(wish("pause")) for _ in range(WISHES_MAX + 1)]
    assert taken[-1] is False
    assert rig.owner.wish(b'{"wish":"stop"}', first=True)


@pytest.mark.parametrize("size", [0, 100_000])
def test_a_wakeup_never_waits_and_forgets_nothing_but_its_number(size: int) -> None:
    wakeup = Wakeup()
    assert wakeup.drain() == b""
    for _ in range(size):
        wakeup.wake()
    wakeup.wake()
    assert wakeup.drain()
    wakeup.close()
    wakeup.wake()
