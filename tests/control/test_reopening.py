"""A port that was lost is opened again, under whatever name it has by then."""

import os
import socket
import threading
from pathlib import Path

import pytest

from mesodrive.clock import MonotonicClock
from mesodrive.core.driver import DriverCore
from mesodrive.core.view import View
from mesodrive.injector.owner import Owner
from mesodrive.injector.reopening import Reopening
from mesodrive.injector.wakeup import Wakeup
from mesodrive.journal.log_file import LogFile
from mesodrive.journal.thread import JournalThread
from mesodrive.session.assembler import LogWriter
from mesodrive.session.begin import Begin
from mesodrive.session.replay import replay
from mesodrive.transport.again import way_back
from mesodrive.transport.base import Transport
from mesodrive.transport.discovery import PortInfo
from mesodrive.transport.errors import PortBusyError, PortError, PortMissingError
from mesodrive.transport.registry import open_port
from mesodrive.transport.socket_port import SocketPort
from mesodrive_protocol.codec import FrameDecoder
from mesodrive_protocol.messages import Hello
from support.specs import deliver, session

WAIT_S = 20.0
SPEC = session(deliver(3))


class Plug:
    """A port that is there only sometimes; each opening has a device's end of its own."""

    def __init__(self, fails: int = 0) -> None:
        self.fails = fails
        self.tries = 0
        self.ends: list[socket.socket] = []
        self.opened = threading.Event()

    def open(self) -> Transport:
        self.tries += 1
        if self.tries <= self.fails:
            raise PortMissingError("plug")
        ours, theirs = socket.socketpair()
        theirs.settimeout(WAIT_S)
        self.ends.append(theirs)
        self.opened.set()
        return SocketPort(ours, "plug", baud=None, loopback=True)

    def close(self) -> None:
        for end in self.ends:
            end.close()


class Shown:
    """The states that were shown, each change once."""

    def __init__(self) -> None:
        self.states: list[str] = []
        self._changed = threading.Condition()

    def show(self, view: View) -> None:
        with self._changed:
            if self.states[-1:] != [view.state]:
                self.states.append(view.state)
                self._changed.notify_all()

    def wait(self, *states: str) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self.states == list(states), WAIT_S), self.states


def hello_from(end: socket.socket) -> None:
    """Read until a HELLO has come."""
    decoder = FrameDecoder()
    while not any(isinstance(one, Hello) for one in decoder.feed(end.recv(4096))):
        pass


@pytest.mark.req("LNK-05")
def test_an_owner_goes_on_with_a_port_that_comes_back(tmp_path: Path) -> None:
    plug, wakeup = Plug(), Wakeup()
    core = DriverCore(SPEC)
    body = Begin("0", SPEC.model_dump(mode="json"), "", "", "", "", [], {}, {}, "", "sim").to_body()
    writer = LogWriter(body, 0)
    log = tmp_path / "one.mdlog"
    journal = JournalThread(LogFile(log), MonotonicClock(), wakeup.wake)
    journal.append(writer.take())
    shown = Shown()
    clock = MonotonicClock()
    reopening = Reopening(plug.open, wakeup.wake, first_s=0.01)
    port = plug.open()
    owner = Owner(core, port, writer, journal, clock, wakeup, shown.show, reopening=reopening)
    thread = threading.Thread(target=owner.run, daemon=True)
    thread.start()
    hello_from(plug.ends[0])
    plug.ends[0].close()
    # The core looks for a device again on a port that is open.
    shown.wait("identifying", "disconnected", "identifying")
    owner.wish(b'{"wish":"end"}')
    thread.join(WAIT_S)
    assert not thread.is_alive()
    plug.close()
    assert owner.log_whole
    data = log.read_bytes()
    assert replay(data, lambda _begin: DriverCore(SPEC)).equal


def test_it_is_tried_until_the_port_is_there() -> None:
    plug, found = Plug(fails=3), threading.Event()
    reopening = Reopening(plug.open, found.set, first_s=0.001)
    reopening.begin()
    assert found.wait(WAIT_S)
    port = reopening.take()
    assert port is not None
    assert reopening.take() is None
    assert plug.tries == 4
    port.close()
    plug.close()
    reopening.heard()
    reopening.end()


def test_a_port_that_nobody_takes_is_closed() -> None:
    plug, found = Plug(), threading.Event()
    reopening = Reopening(plug.open, found.set, first_s=0.001)
    reopening.begin()
    assert found.wait(WAIT_S)
    reopening.end()
    assert plug.ends[0].recv(1) == b""
    plug.close()


def test_a_port_that_opens_after_the_end_is_closed_at_once() -> None:
    plug, asked, go_on = Plug(), threading.Event(), threading.Event()

    def slow() -> Transport:
        asked.set()
        assert go_on.wait(WAIT_S)
        return plug.open()

    reopening = Reopening(slow, lambda: None, first_s=0.001)
    reopening.begin()
    assert asked.wait(WAIT_S)
    reopening.end()
    go_on.set()
    assert plug.opened.wait(WAIT_S)
    assert plug.ends[0].recv(1) == b""
    assert reopening.take() is None
    plug.close()


@pytest.mark.req("LNK-05")
def test_an_adapter_is_found_by_its_serial_number_under_another_name(tmp_path: Path) -> None:
    ours, theirs = os.openpty()
    before, now = str(tmp_path / "ttyACM0"), os.ttyname(theirs)
    Path(before).touch()
    listed = [PortInfo(before, "", "1A2B:3C4D", "A7", "gun")]
    again = way_back(before, None, lambda: listed)
    assert again is not None
    listed[:] = [
        PortInfo("other", "", "1A2B:3C4D", "B8", ""),
        PortInfo(now, "", "1A2B:3C4D", "A7", ""),
    ]
    port = again()
    assert port.name == now
    port.close()
    os.close(ours)
    os.close(theirs)
    listed.clear()
    with pytest.raises(PortError):
        again()


def test_what_is_no_adapter_is_opened_by_the_same_name_and_a_simulated_one_never() -> None:
    ours, theirs = os.openpty()
    again = way_back(os.ttyname(theirs), None, list)
    assert again is not None
    again().close()
    os.close(ours)
    os.close(theirs)
    with pytest.raises(PortError):
        again()
    assert way_back("sim:nappage-gun", None, list) is None
    with socket.create_server(("127.0.0.1", 0)) as server:
        again = way_back(f"socket://127.0.0.1:{server.getsockname()[1]}", None, list)
        assert again is not None
        again().close()


@pytest.mark.req("SEC-05")
def test_a_second_opening_of_a_serial_port_is_refused() -> None:
    ours, theirs = os.openpty()
    first = open_port(os.ttyname(theirs))
    with pytest.raises(PortBusyError):
        open_port(os.ttyname(theirs))
    first.close()
    assert first.fileno() == -1
    with pytest.raises(PortError):
        first.write(b"late")
    open_port(os.ttyname(theirs)).close()
    os.close(ours)
    os.close(theirs)


@pytest.mark.parametrize("kind", ["pty", "socket"])
def test_another_end_that_is_full_and_does_not_read_never_blocks(kind: str) -> None:
    ends: list[int] = []
    if kind == "pty":
        ends = list(os.openpty())
        port: Transport = open_port(os.ttyname(ends[1]))
    else:
        mine, theirs = socket.socketpair()
        port = SocketPort(mine, "pair", baud=None, loopback=True)
        ends = [theirs.detach()]
    taken = 0
    for _ in range(10_000):
        count = port.write(bytes(4096))
        taken += count
        if not count:
            break
    # a terminal may still move bytes from one of its buffers to the other
    assert any(port.write(b"more") == 0 for _ in range(10_000))
    assert taken < 10_000 * 4096
    port.close()
    for end in ends:
        os.close(end)
