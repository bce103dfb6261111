"""Clients of the control process: who holds control, who may stop, who is turned away."""

import json
import secrets
import threading
from collections.abc import Iterator
from multiprocessing.connection import Client, Connection
from pathlib import Path
from typing import Any

import pytest

from mesodrive.control.client import ControlClient, ControlGoneError
from mesodrive.control.hub import CLIENTS_MAX, Hub
from mesodrive.control.service import listen
from mesodrive.control.wire import MESSAGE_BYTES_MAX, WISH_BYTES_MAX
from mesodrive.core.driver import DriverCore
from mesodrive.core.view import View
from support.specs import deliver, session

WAIT_S = 5.0
KEY = secrets.token_bytes(32)


class Heard:
    """What a hub told its owner, in order."""

    def __init__(self) -> None:
        self.items: list[object] = []
        self._changed = threading.Condition()

    def wish(self, wish: dict[str, str]) -> None:
        self._put(wish["wish"] if len(wish) == 1 else wish)

    def control(self, *, held: bool) -> None:
        self._put(held)

    def _put(self, item: object) -> None:
        with self._changed:
            self.items.append(item)
            self._changed.notify_all()

    def wait(self, *items: object) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self.items == list(items), WAIT_S), self.items


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def hub(heard: Heard, tmp_path: Path) -> Iterator[tuple[Hub, str]]:
    address = str(tmp_path / "s")
    made = Hub(listen(address), KEY, heard.wish, heard.control)
    yield made, address
    made.say_last({"type": "over"})


def client(address: str) -> ControlClient:
    return ControlClient(address, KEY)


def a_view() -> View:
    return DriverCore(session(deliver(3))).view()


@pytest.mark.req("SEC-05")
def test_the_first_client_controls_and_the_second_only_sees(
    hub: tuple[Hub, str], heard: Heard
) -> None:
    first = client(hub[1])
    assert first.receive() == {"type": "role", "controls": True}
    heard.wait(True)
    second = client(hub[1])
    assert second.receive() == {"type": "role", "controls": False}
    second.wish("arm")
    second.wish("stop")
    heard.wait(True, "stop")
    first.wish("pause")
    heard.wait(True, "stop", "pause")
    second.close()
    hub[0].publish(a_view())
    assert first.receive()["view"]["state"] == "disconnected"
    assert heard.items == [True, "stop", "pause"]
    first.close()
    heard.wait(True, "stop", "pause", False)


def test_every_client_gets_the_last_view_and_the_last_word(hub: tuple[Hub, str]) -> None:
    clients = [client(hub[1]) for _ in range(2)]
    for each in clients:
        each.receive()
    view = a_view()
    for number in range(200):
        hub[0].publish(view._replace(next=number))
    hub[0].say_last({"type": "over", "exit_code": 0})
    for each in clients:
        seen = [each.receive()]
        while seen[-1]["type"] == "view":
            seen.append(each.receive())
        assert seen[-2]["view"]["next"] == 199
        assert seen[-1] == {"type": "over", "exit_code": 0}
        with pytest.raises(ControlGoneError):
            each.receive()
        each.wish("stop")
        each.close()


def test_a_client_that_does_not_read_holds_up_nobody(hub: tuple[Hub, str]) -> None:
    deaf = client(hub[1])
    listening = client(hub[1])
    listening.receive()
    view = a_view()._replace(zone="z" * 2000)
    for number in range(500):
        hub[0].publish(view._replace(next=number))
        while listening.receive()["view"]["next"] != number:
            pass
    deaf.close()
    listening.close()


def test_a_client_that_takes_no_view_for_a_second_counts_as_gone(
    hub: tuple[Hub, str], heard: Heard
) -> None:
    hung = client(hub[1])
    hub[0].publish(a_view()._replace(zone="z" * 60_000))
    heard.wait(True, False)
    hung.close()


@pytest.mark.parametrize(
    "rubbish",
    [
        b"no json",
        b"[]",
        b'{"wish":"fire"}',
        b'{"wish":"stop","cause":3}',
        b'{"wish":["stop"]}',
        b'{"wish":"resolve"}',
        b'{"wish":"resolve","who":"","why":"seen"}',
        b'{"wish":"resolve","who":"N","why":7}',
        b'{"wish":"resolve","who":"N","why":"' + b"x" * 201 + b'"}',
        b"x" * (WISH_BYTES_MAX + 1),
        b"[" * WISH_BYTES_MAX,
    ],
)
def test_rubbish_from_the_controlling_client_counts_as_its_loss(
    hub: tuple[Hub, str], heard: Heard, rubbish: bytes
) -> None:
    connection: Connection[Any, Any] = Client(hub[1], authkey=KEY)
    connection.send_bytes(rubbish)
    heard.wait(True, False)
    connection.close()


def test_a_wrong_key_is_turned_away_and_takes_no_control(
    hub: tuple[Hub, str], heard: Heard
) -> None:
    with pytest.raises(ControlGoneError):
        ControlClient(hub[1], b"wrong")
    right = client(hub[1])
    assert right.receive()["controls"] is True
    heard.wait(True)
    right.close()


def test_a_client_that_says_nothing_does_not_keep_others_out(hub: tuple[Hub, str]) -> None:
    silent: Connection[Any, Any] = Client(hub[1])
    right = client(hub[1])
    assert right.receive()["controls"] is True
    # The greeting of the silent one runs out by itself, which closes the line.
    assert silent.poll(WAIT_S)
    silent.recv_bytes()
    with pytest.raises((EOFError, OSError)):
        silent.recv_bytes()
    silent.close()
    right.close()


def test_there_is_room_for_so_many_clients_and_no_more(hub: tuple[Hub, str]) -> None:
    clients = [client(hub[1]) for _ in range(CLIENTS_MAX)]
    with pytest.raises(ControlGoneError):
        client(hub[1])
    for each in clients:
        each.close()


def test_a_message_to_a_client_fits_its_bound() -> None:
    message = {"type": "view", "view": a_view().to_json()}
    assert len(json.dumps(message)) * 8 < MESSAGE_BYTES_MAX


def test_nobody_listens_at_an_address_without_a_process(tmp_path: Path) -> None:
    with pytest.raises(ControlGoneError) as caught:
        ControlClient(str(tmp_path / "nobody"), KEY)
    assert "NOT CONFIRMED" in str(caught.value)
    assert "switch" in caught.value.remedy


def test_a_stop_that_interrupts_a_wish_follows_it(hub: tuple[Hub, str], heard: Heard) -> None:
    first = client(hub[1])
    with first._sending:
        first.stop()
    first.wish("pause")
    heard.wait(True, "pause", "stop")
    first.close()


def test_the_socket_is_not_for_other_users(hub: tuple[Hub, str], tmp_path: Path) -> None:
    assert tmp_path.stat().st_mode & 0o077 == 0
