"""A real device served over a pseudo-terminal, TCP and a given socket, in this very process."""

import os
import select
import signal
import socket
import termios
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from mesodrive_protocol.codec import FrameDecoder, encode
from mesodrive_protocol.messages import Hello, Identity
from mesodrive_simulator.serve import ServeOptions, Serving, main, serve
from mesodrive_simulator.serve_errors import ServeError, StoreFileError
from mesodrive_simulator.sim_profile import SimProfileError, load_profile, profile_names

WAIT_S = 10.0
HELLO_AGAIN_S = 0.1
"""A device that starts hears only STOP, so HELLO is asked again until it answers."""


def ask_identity(fd: int, rid: int = 77) -> Identity:
    """Say HELLO on a descriptor, again and again, until IDENTITY comes."""
    decoder = FrameDecoder()
    for _ in range(int(WAIT_S / HELLO_AGAIN_S)):
        os.write(fd, encode(Hello(rid, 0, 0)))
        while select.select([fd], [], [], HELLO_AGAIN_S)[0]:
            for message in decoder.feed(os.read(fd, 4096)):
                if isinstance(message, Identity):
                    return message
    raise AssertionError("no IDENTITY")


def with_client(options: ServeOptions, client: Callable[[Serving], None]) -> None:
    """Serve here, on the main thread, while a client runs on another; SIGTERM ends it."""
    failures: list[BaseException] = []
    threads: list[threading.Thread] = []

    def live(serving: Serving) -> None:
        try:
            client(serving)
        except BaseException as error:  # noqa: BLE001 -- carried over to the main thread
            failures.append(error)
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    def announce(serving: Serving) -> None:
        threads.append(threading.Thread(target=live, args=(serving,)))
        threads[0].start()

    # should serving fail, the client's SIGTERM must not end the tests
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        serve(options, announce)
    finally:
        for thread in threads:
            thread.join(2 * WAIT_S)
        signal.signal(signal.SIGTERM, before)
    if failures:
        raise failures[0]


def tcp_client(serving: Serving) -> socket.socket:
    host, port = serving.address.rsplit(":", 1)
    return socket.create_connection((host, int(port)), WAIT_S)


@pytest.mark.parametrize("name", profile_names())
def test_each_machine_says_who_it_is_over_tcp(name: str) -> None:
    def client(serving: Serving) -> None:
        assert serving.port == f"socket://{serving.address}"
        with tcp_client(serving) as connection:
            identity = ask_identity(connection.fileno())
        assert identity.model.rstrip(b"\0") == load_profile(name).model.encode()
        assert identity.profile == load_profile(name).canonical_hash
        assert identity.caps & 1, "it says itself that it is simulated"

    with_client(ServeOptions(profile=name, tcp=("127.0.0.1", 0)), client)


def test_the_same_device_answers_alike_on_every_transport(tmp_path: Path) -> None:
    answers: list[Identity] = []
    link = tmp_path / "gun"

    def over_pty(serving: Serving) -> None:
        assert serving.port == str(link)
        fd = os.open(link, os.O_RDWR | os.O_NOCTTY)
        answers.append(ask_identity(fd))
        os.close(fd)

    def over_tcp(serving: Serving) -> None:
        with tcp_client(serving) as connection:
            answers.append(ask_identity(connection.fileno()))

    with_client(ServeOptions(profile="point-gun", pty=link), over_pty)
    with_client(ServeOptions(profile="point-gun", tcp=("127.0.0.1", 0)), over_tcp)
    near, far = socket.socketpair()

    def over_socket(serving: Serving) -> None:
        assert serving.transport == "fd"
        answers.append(ask_identity(far.fileno()))

    with_client(ServeOptions(profile="point-gun", fd=near.detach()), over_socket)
    far.close()
    assert answers[0] == answers[1] == answers[2]
    assert not link.is_symlink()


def test_a_paced_device_answers_too() -> None:
    def client(serving: Serving) -> None:
        with tcp_client(serving) as connection:
            assert ask_identity(connection.fileno()).serial.rstrip(b"\0") == b"G-7"

    options = ServeOptions(
        profile="nappage-gun", tcp=("127.0.0.1", 0), baud=115_200, serial="G-7", operator="none"
    )
    with_client(options, client)


def test_a_client_may_leave_the_pseudo_terminal_and_come_back(tmp_path: Path) -> None:
    def client(serving: Serving) -> None:
        for rid in (1, 2, 3):
            fd = os.open(serving.port, os.O_RDWR | os.O_NOCTTY)
            assert ask_identity(fd, rid).rid == rid
            os.close(fd)

    with_client(ServeOptions(profile="nappage-gun", pty=tmp_path / "gun"), client)


def test_a_second_tcp_client_is_refused_and_the_first_is_not_disturbed() -> None:
    def client(serving: Serving) -> None:
        with tcp_client(serving) as first:
            ask_identity(first.fileno())
            with tcp_client(serving) as second:
                assert second.recv(1) == b""
            ask_identity(first.fileno())
        with tcp_client(serving) as third:
            ask_identity(third.fileno())

    with_client(ServeOptions(profile="nappage-gun", tcp=("127.0.0.1", 0)), client)


def test_a_stored_device_counts_its_starts_and_another_file_begins_anew(tmp_path: Path) -> None:
    boots: list[int] = []

    def client(serving: Serving) -> None:
        with tcp_client(serving) as connection:
            boots.append(ask_identity(connection.fileno()).boot)

    options = ServeOptions(
        profile="nappage-gun", tcp=("127.0.0.1", 0), store=tmp_path / "gun.store"
    )
    for _ in range(3):
        with_client(options, client)
    with_client(replace(options, store=None), client)
    assert boots == [boots[0], boots[0] + 1, boots[0] + 2, boots[0]]


def test_a_file_that_is_no_store_is_refused_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("dear all")
    with pytest.raises(StoreFileError, match="not a device store"):
        with_client(
            ServeOptions(profile="nappage-gun", tcp=("127.0.0.1", 0), store=path), lambda _: None
        )
    assert path.read_text() == "dear all"


def test_serving_off_the_main_thread_leaves_signals_alone() -> None:
    near, far = socket.socketpair()
    thread = threading.Thread(
        target=serve,
        args=(ServeOptions(profile="nappage-gun", fd=near.detach()), lambda _: None),
    )
    thread.start()
    ask_identity(far.fileno())
    far.close()
    thread.join(WAIT_S)
    assert not thread.is_alive()


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (ServeOptions(profile="nappage-gun"), "no place was named"),
        (ServeOptions(profile="nappage-gun", fd=-1), "is no socket"),
        (ServeOptions(profile="nappage-gun", tcp=("127.0.0.1", 99_999)), "is no port"),
        (ServeOptions(profile="nappage-gun", tcp=("192.0.2.1", 7000), keyed=True), "cannot listen"),
    ],
)
def test_a_place_that_cannot_be_had_is_named(options: ServeOptions, problem: str) -> None:
    with pytest.raises(ServeError, match=problem):
        serve(options, lambda _: None)


def test_an_unknown_machine_is_refused_before_anything_is_opened(tmp_path: Path) -> None:
    with pytest.raises(SimProfileError):
        serve(ServeOptions(profile="laser", pty=tmp_path / "gun"), lambda _: None)
    assert list(tmp_path.iterdir()) == []


def test_a_person_at_a_terminal_presses_single_keys_and_gets_the_terminal_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    master, slave = os.openpty()
    before = termios.tcgetattr(slave)
    near, far = socket.socketpair()
    seen: list[bool] = []

    def announce(serving: Serving) -> None:
        seen.append(bool(termios.tcgetattr(slave)[3] & termios.ICANON))
        os.write(master, b"tcq")

    with os.fdopen(slave, "r", closefd=False) as keyboard:
        monkeypatch.setattr("sys.stdin", keyboard)
        serve(ServeOptions(profile="nappage-gun", fd=near.detach(), operator="keys"), announce)
    assert seen == [False]
    assert termios.tcgetattr(slave) == before
    far.close()
    os.close(master)
    os.close(slave)


def test_keys_may_come_from_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    source, sink = os.pipe()
    near, far = socket.socketpair()
    os.write(sink, b"q")
    with os.fdopen(source, "r") as keyboard:
        monkeypatch.setattr("sys.stdin", keyboard)
        options = ServeOptions(profile="nappage-gun", fd=near.detach(), operator="keys")
        serve(options, lambda _: None)
    os.close(sink)
    far.close()


def test_the_childs_command_line_serves_and_ends_with_the_socket() -> None:
    near, far = socket.socketpair()
    far.close()
    assert main(["nappage-gun", "--fd", str(near.detach()), "--seed=3", "--baud=115200"]) == 0


def test_the_childs_command_line_ends_with_a_code_and_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["laser", "--pty", str(tmp_path / "gun")]) == 3
    assert "no such profile" in capsys.readouterr().err
    (tmp_path / "gun").write_text("")
    assert main(["nappage-gun", "--pty", str(tmp_path / "gun")]) == 4
    assert "is no link" in capsys.readouterr().err
