"""The byte pipes themselves: who may connect, what is lost, what is left behind."""

import os
import select
import socket
import termios
from pathlib import Path

import pytest

from mesodrive_simulator.links import UNSENT_BYTES_MAX, SocketLink, TcpLink
from mesodrive_simulator.pty_link import PtyLink
from mesodrive_simulator.serve_errors import ServeError

WAIT_S = 10.0


def readable(fd: int) -> bool:
    return bool(select.select([fd], [], [], WAIT_S)[0])


def serve_once(link: TcpLink) -> bytes:
    """One round of a loop: wait for anything, and return the bytes of a client."""
    ready, _, _ = select.select(link.read_fds(), [], [], WAIT_S)
    return b"".join(link.receive(fd) for fd in ready)


def connect(link: TcpLink) -> socket.socket:
    host, port = link.address.rsplit(":", 1)
    client = socket.create_connection((host, int(port)), WAIT_S)
    serve_once(link)
    return client


def test_tcp_serves_one_client_refuses_the_second_and_takes_the_next() -> None:
    link = TcpLink("127.0.0.1", 0)
    link.send(b"nobody hears this")
    first = connect(link)
    link.send(b"hello")
    assert first.recv(10) == b"hello"
    second = connect(link)
    assert second.recv(10) == b"", "refused by closing"
    first.sendall(b"still here")
    assert serve_once(link) == b"still here"
    first.close()
    serve_once(link)
    assert not link.ended
    third = connect(link)
    link.send(b"welcome")
    assert third.recv(10) == b"welcome"
    assert link.receive(third.fileno()) == b""
    for client in (second, third):
        client.close()
    link.close()


def test_a_client_that_comes_back_at_once_is_not_taken_for_a_second_one() -> None:
    link = TcpLink("127.0.0.1", 0)
    for lingering in (False, True):
        first = connect(link)
        if lingering:
            # a reset instead of a goodbye
            first.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        first.close()
        host, port = link.address.rsplit(":", 1)
        again = socket.create_connection((host, int(port)), WAIT_S)
        listener = link.read_fds()[-1]
        assert readable(listener)
        link.receive(listener)
        link.send(b"welcome back")
        assert again.recv(20) == b"welcome back"
        again.close()
        serve_once(link)
    link.close()


def test_news_of_a_client_that_is_gone_already_is_no_news() -> None:
    link = TcpLink("127.0.0.1", 0)
    assert link.receive(link.read_fds()[0]) == b""
    assert link.receive(-1) == b""
    assert link.write_fds() == []
    link.close()


def test_a_taken_port_is_refused_with_a_remedy() -> None:
    link = TcpLink("127.0.0.1", 0)
    port = int(link.address.rsplit(":", 1)[1])
    with pytest.raises(ServeError, match=r"cannot listen there .* Choose another port"):
        TcpLink("127.0.0.1", port)
    link.close()


def test_a_given_socket_ends_with_its_other_side() -> None:
    near, far = socket.socketpair()
    link = SocketLink(near)
    assert link.receive(link.read_fds()[0]) == b"", "nothing there yet"
    far.sendall(b"x")
    assert link.receive(near.fileno()) == b"x"
    far.close()
    link.send(b"into the void")
    assert link.receive(near.fileno()) == b""
    assert link.ended
    assert link.receive(near.fileno()) == b""
    link.close()


def test_a_reset_connection_is_an_end_too() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    far = socket.create_connection(listener.getsockname())
    near, _ = listener.accept()
    link = SocketLink(near)
    far.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    far.close()
    assert readable(near.fileno())
    link.receive(near.fileno())
    assert link.ended
    link.close()
    listener.close()


def test_what_a_slow_reader_does_not_take_is_kept_to_a_bound_and_then_lost() -> None:
    near, far = socket.socketpair()
    link = SocketLink(near)
    sent = 0
    while not link.write_fds():
        link.send(b"x" * 4096)
        sent += 4096
    kept = len(link._unsent.data)
    for _ in range(10):
        link.send(b"y" * 4096)
    assert len(link._unsent.data) <= UNSENT_BYTES_MAX
    assert link._unsent.lost > 0
    got = 0
    while got < sent:
        got += len(far.recv(1 << 20))
        link.send(b"")
    assert kept > 0
    link.close()
    far.close()


def test_a_pty_is_raw_and_carries_every_byte_value_both_ways(tmp_path: Path) -> None:
    link = PtyLink(tmp_path / "gun")
    everything = bytes(range(256))
    client = os.open(tmp_path / "gun", os.O_RDWR | os.O_NOCTTY)
    link.send(everything)
    got = b""
    while len(got) < 256 and readable(client):
        got += os.read(client, 300)
    assert got == everything
    os.write(client, everything)
    got = b""
    while len(got) < 256 and readable(link.read_fds()[0]):
        got += link.receive(link.read_fds()[0])
    assert got == everything
    assert link.receive(link.read_fds()[0]) == b""
    os.close(client)
    link.close()
    assert not (tmp_path / "gun").is_symlink()


def test_a_pty_that_nobody_reads_loses_bytes_and_never_blocks(tmp_path: Path) -> None:
    link = PtyLink(tmp_path / "gun")
    for _ in range(100):
        link.send(b"x" * 4096)
    assert link.write_fds()
    assert link._unsent.lost > 0
    client = os.open(tmp_path / "gun", os.O_RDWR | os.O_NOCTTY)
    termios.tcflush(client, termios.TCIFLUSH)
    link.send(b"")
    while link.write_fds() and readable(client):
        os.read(client, 4096)
        link.send(b"")
    assert not link.write_fds()
    os.close(client)
    link.close()


def test_a_link_left_by_an_ended_simulator_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "gun").symlink_to("/dev/pts/none-such")
    link = PtyLink(tmp_path / "gun")
    assert (tmp_path / "gun").exists()
    link.close()
    (tmp_path / "gun").symlink_to("/dev/null")
    PtyLink(tmp_path / "gun").close()


def test_a_file_or_a_link_to_something_else_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("mine")
    with pytest.raises(ServeError, match="exists and is no link"):
        PtyLink(tmp_path / "notes")
    (tmp_path / "alias").symlink_to(tmp_path / "notes")
    with pytest.raises(ServeError, match="is a link to something else"):
        PtyLink(tmp_path / "alias")
    assert (tmp_path / "notes").read_text() == "mine"


def test_a_link_in_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ServeError, match="cannot be made"):
        PtyLink(tmp_path / "none" / "gun")


def test_closing_leaves_a_link_that_somebody_else_has_put_there(tmp_path: Path) -> None:
    link = PtyLink(tmp_path / "gun")
    (tmp_path / "gun").unlink()
    (tmp_path / "gun").symlink_to("/dev/null")
    link.close()
    assert (tmp_path / "gun").is_symlink()
