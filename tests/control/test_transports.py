"""Byte pipes: real pseudo-terminals, real sockets, and a port without a descriptor."""

import errno
import fcntl
import os
import select
import socket
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest
import serial

from mesodrive.transport import registry
from mesodrive.transport.base import Transport
from mesodrive.transport.discovery import list_ports
from mesodrive.transport.errors import (
    PortBusyError,
    PortError,
    PortGrabbedError,
    PortMissingError,
    PortOptionError,
    PortPermissionError,
    PortRefusedError,
    PortSchemeError,
    PortVanishedError,
)
from mesodrive.transport.holders import services_of_note
from mesodrive.transport.registry import open_port, port_kind
from mesodrive.transport.socket_port import SocketPort
from mesodrive.transport.threaded_port import ThreadedPort

WAIT_S = 5.0


@pytest.fixture
def terminal() -> Iterator[tuple[int, str]]:
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    yield ours, os.ttyname(theirs)
    os.close(theirs)
    os.close(ours)


def read_all(port: Transport, size: int) -> bytes:
    data = b""
    while len(data) < size:
        assert select.select([port], [], [], WAIT_S)[0]
        data += port.read()
    return data


def test_bytes_pass_through_a_pseudo_terminal_both_ways(terminal: tuple[int, str]) -> None:
    ours, name = terminal
    port = open_port(name, 115_200)
    assert (port.name, port.baud, port.loopback) == (name, 115_200, True)
    assert port.read() == b""
    assert port.write(b"\0hello\xff") == 7
    assert os.read(ours, 100) == b"\0hello\xff"
    os.write(ours, b"\x11\x13\r\n")
    assert read_all(port, 4) == b"\x11\x13\r\n"
    port.send_break()
    port.close()
    port.close()
    port.send_break()


def test_a_full_pseudo_terminal_takes_no_more_and_does_not_wait(terminal: tuple[int, str]) -> None:
    port = open_port(terminal[1], 115_200)
    taken = [port.write(bytes(4096)) for _ in range(100)]
    assert sum(taken) < 100 * 4096
    port.close()


def test_a_pseudo_terminal_whose_other_end_closes_has_vanished() -> None:
    ours, theirs = os.openpty()
    name = os.ttyname(theirs)
    port = open_port(name)
    os.close(theirs)
    os.close(ours)
    with pytest.raises(PortVanishedError) as caught:
        port.read()
    assert name in str(caught.value)
    with pytest.raises(PortVanishedError):
        port.write(b"x")
    port.close()


@pytest.mark.req("SEC-05")
def test_a_port_is_held_by_one_alone(terminal: tuple[int, str]) -> None:
    port = open_port(terminal[1])
    with pytest.raises(PortBusyError) as caught:
        open_port(terminal[1])
    assert caught.value.exit_code == 4
    assert "only one" in caught.value.remedy
    port.close()
    open_port(terminal[1]).close()


def listener() -> tuple[socket.socket, str]:
    server = socket.create_server(("127.0.0.1", 0))
    return server, f"socket://127.0.0.1:{server.getsockname()[1]}"


def test_bytes_pass_through_tcp_until_the_other_side_closes() -> None:
    server, url = listener()
    with server:
        port = open_port(url, 9600)
        peer, _ = server.accept()
        assert (port.baud, port.loopback) == (9600, True)
        assert port.read() == b""
        assert port.write(b"abc") == 3
        assert peer.recv(10) == b"abc"
        port.send_break()
        peer.sendall(b"xyz")
        assert read_all(port, 3) == b"xyz"
        peer.close()
        with pytest.raises(PortVanishedError):
            read_all(port, 1)
        port.close()
        port.close()
        with pytest.raises(PortVanishedError, match="closed"):
            port.write(b"x")


def test_a_full_or_broken_socket_says_so() -> None:
    ours, theirs = socket.socketpair()
    port = SocketPort(ours, "pair", baud=None, loopback=True)
    while port.write(bytes(65_536)):
        pass
    theirs.close()
    with pytest.raises(PortVanishedError):
        port.write(b"x")
    with pytest.raises(PortVanishedError):
        port.read()
    port.close()


def test_a_simulated_device_is_a_port_like_any_other() -> None:
    port = open_port("sim:nappage-gun?baud=115200")
    assert (port.baud, port.loopback) == (115_200, True)
    port.close()
    unpaced = open_port("sim:nappage-gun")
    assert unpaced.baud is None
    unpaced.close()


def test_a_port_without_a_descriptor_is_read_by_a_thread() -> None:
    port = open_port("loop://", 115_200)
    assert isinstance(port, ThreadedPort)
    assert (port.baud, port.loopback) == (115_200, False)
    assert port.read() == b""
    assert port.write(b"again") == 5
    assert read_all(port, 5) == b"again"
    port.send_break()
    port.close()
    with pytest.raises(PortVanishedError):
        port.read()
    with pytest.raises(PortVanishedError):
        port.write(b"x")


class Broken(serial.Serial):
    """A port whose adapter was pulled: every call fails."""

    @property
    def in_waiting(self) -> int:
        raise serial.SerialException("pulled")


def test_a_thread_whose_port_fails_ends_the_pipe() -> None:
    port = ThreadedPort(Broken(), "broken", baud=None, loopback=True)
    with pytest.raises(PortVanishedError, match="read failed"):
        read_all(port, 1)
    port.close()


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("/dev/ttyACM0", "serial"),
        ("COM3", "serial"),
        (r"C:\dev\port", "serial"),
        ("sim:nappage-gun", "sim"),
        ("socket://h:1", "socket"),
        ("RFC2217://h:1", "rfc2217"),
    ],
)
def test_the_kind_of_a_port_is_its_scheme(url: str, kind: str) -> None:
    assert port_kind(url) == kind


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("/dev/does-not-exist", PortMissingError),
        ("/dev", PortError),
        ("/etc/passwd", PortError),
        ("socket://127.0.0.1:1", PortRefusedError),
        ("socket://127.0.0.1", PortOptionError),
        ("socket://127.0.0.1:x", PortOptionError),
        ("socket://127.0.0.1:9/path", PortOptionError),
        ("sim:no-such-profile", PortOptionError),
        ("sim:nappage-gun?speed=9", PortOptionError),
        ("bogus:thing", PortSchemeError),
        ("bogus://thing", PortSchemeError),
        ("rfc2217://127.0.0.1:1", PortRefusedError),
    ],
)
def test_a_port_that_cannot_be_opened_says_why_and_what_to_do(
    url: str, error: type[PortError]
) -> None:
    with pytest.raises(error) as caught:
        open_port(url)
    assert caught.value.exit_code == 4
    assert url in str(caught.value)
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("number", "error"),
    [
        (errno.EACCES, PortPermissionError),
        (errno.EBUSY, PortBusyError),
        (errno.ENXIO, PortMissingError),
        (errno.ENOTTY, PortError),
        (errno.EIO, PortError),
    ],
)
def test_what_the_system_says_becomes_a_remedy(number: int, error: type[PortError]) -> None:
    made = registry._device_error("/dev/ttyACM7", OSError(number, os.strerror(number)))
    assert type(made) is error
    assert made.remedy


def test_what_windows_says_becomes_the_same() -> None:
    said = "could not open port 'COM3': {}"
    busy = serial.SerialException(said.format("PermissionError(13, 'Access is denied.')"))
    gone = serial.SerialException(said.format("FileNotFoundError(2, 'not found')"))
    assert type(registry._device_error("COM3", busy)) is PortBusyError
    assert type(registry._device_error("COM3", gone)) is PortMissingError


def test_a_name_that_is_nearly_right_is_suggested(tmp_path: Path) -> None:
    (tmp_path / "gun-left").touch()
    with pytest.raises(PortMissingError) as caught:
        open_port(str(tmp_path / "gun-lefd"))
    assert "gun-left" in caught.value.remedy


def processes(folder: Path, **holding: str) -> Path:
    for number, (name, target) in enumerate(holding.items(), start=100):
        process = folder / str(number)
        (process / "fd").mkdir(parents=True)
        (process / "comm").write_text(name + "\n", encoding="ascii")
        (process / "fd" / "3").symlink_to(target)
    (folder / "self").mkdir()
    (folder / "101" / "comm").write_text("gpsd", encoding="ascii")
    (folder / "101" / "fd" / "3").unlink()
    (folder / "101" / "fd").rmdir()
    return folder


def test_a_service_that_holds_the_port_is_named_first(tmp_path: Path) -> None:
    proc = processes(
        tmp_path, brltty="/dev/null", hidden="/", ModemManager="/dev/ttyX", bash="/dev/ttyX"
    )
    assert services_of_note("/dev/ttyX", proc) == ["ModemManager", "brltty", "gpsd"]
    assert services_of_note("/dev/ttyX", tmp_path / "nowhere") == []


def test_a_walk_over_processes_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mesodrive.transport.holders.PROCESSES_MAX", -1)
    assert services_of_note("", processes(tmp_path, brltty="/", hidden="/")) == []


def test_a_busy_port_names_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "services_of_note", lambda _device: ["ModemManager"])
    made = registry._device_error("/dev/ttyACM7", OSError(errno.EBUSY, "busy"))
    assert type(made) is PortGrabbedError
    assert "ModemManager" in str(made)
    assert "udev" in made.remedy


def test_ports_are_listed_without_opening_any(tmp_path: Path) -> None:
    for port in list_ports():
        assert port.device.startswith("/dev/")
    first = next(iter(list_ports()), None)
    if first is not None:
        (tmp_path / "usb-thing").symlink_to(first.device)
        assert list_ports(tmp_path)[0].by_id == str(tmp_path / "usb-thing")


@pytest.mark.req("SEC-05")
def test_a_serial_port_is_locked_against_others(terminal: tuple[int, str]) -> None:
    port = open_port(terminal[1])
    fd = os.open(terminal[1], os.O_RDWR | os.O_NOCTTY)
    with pytest.raises(BlockingIOError):
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(fd)
    port.close()
