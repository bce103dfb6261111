"""Pairing over a real line: a served device, or a scripted one that does not do as it should."""

import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mesodrive.app import pairing
from mesodrive.app.keyring import KeyFolder
from mesodrive.app.pairing import Drawn, Paired, PairingError, pair
from mesodrive.clock import MonotonicClock
from mesodrive.transport.errors import PortSilentError
from mesodrive.transport.registry import open_port
from mesodrive.transport.socket_port import SocketPort
from mesodrive_protocol.codec import FrameDecoder, Refused, Signed, encode
from mesodrive_protocol.enums import Caps, Code, DeviceState
from mesodrive_protocol.messages import Answer, Hello, Identity, Key, Message, Update
from support.guns import gun

DRAWN = Drawn(bytes(range(32)), 0x1234, 100)
IDENTITY = Identity(
    0, 1, 0, 1, 1, DeviceState.IDLE, 1, b"generic", b"gun", b"HAND-1", 1, 1, bytes(32), 1, 0, 1, 1,
    0, 0, 0, 0, 7, Caps.KEYED, 512, 64, 32, 0,
)  # fmt: skip
STARTED = IDENTITY._replace(boot=2, key_id=0x1234)
Reply = Callable[[Message], Message | None]


@contextmanager
def scripted(reply: Reply, *, loopback: bool = True) -> Generator[SocketPort]:
    """Serve a device that answers by a function, on a thread of its own."""
    ours, theirs = socket.socketpair()

    def serve() -> None:
        decoder = FrameDecoder()
        while data := theirs.recv(4096):
            for one in decoder.feed(data):
                assert not isinstance(one, Refused | Signed)
                said = reply(one)
                if said is not None:
                    theirs.send(encode(said))

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    port = SocketPort(ours, "pair", baud=None, loopback=loopback)
    try:
        yield port
    finally:
        port.close()
        thread.join(10)
        theirs.close()


def answer(rid: int, code: Code = Code.OK, state: DeviceState = DeviceState.UPDATE) -> Answer:
    return Answer(rid, 1, 0, code, state, 0, 0, 0, 0, 0, 0)


def device(
    *,
    hello: Identity = IDENTITY,
    update: Callable[[int], Answer | None] = answer,
    key: Callable[[int], Answer | None] = answer,
    after: Identity = STARTED,
) -> Reply:
    """Return a device that is paired, with changes."""
    given: list[int] = []

    def reply(message: Message) -> Message | None:
        if isinstance(message, Hello):
            return (after if given else hello)._replace(rid=message.rid)
        if isinstance(message, Update):
            return update(message.rid)
        assert isinstance(message, Key)
        given.append(message.rid)
        return key(message.rid)

    return reply


def nobody(_message: Message) -> None:
    """Answer nothing at all."""


def run(reply: Reply, folder: Path) -> Paired:
    with scripted(reply) as port:
        return pair(port, KeyFolder(folder), MonotonicClock(), DRAWN, lambda _: None)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for tenths of a second only."""
    monkeypatch.setattr(pairing, "ASK_NS", 20_000_000)
    monkeypatch.setattr(pairing, "WAIT_NS", 200_000_000)
    monkeypatch.setattr(pairing, "HAND_NS", 200_000_000)


@pytest.mark.req("SEC-06")
def test_a_served_device_is_paired_and_keeps_the_key(tmp_path: Path) -> None:
    folder, told = KeyFolder(tmp_path / "keys"), list[str]()
    options = {"pty": tmp_path / "gun", "store": tmp_path / "store"}
    with gun(keyed=True, service_key=True, **options) as served:
        port = open_port(served.port)
        paired = pair(port, folder, MonotonicClock(), DRAWN, told.append)
        port.close()
    assert paired == Paired("generic", "nappage-gun", "SIM-0001", 0x1234, simulated=True)
    assert told == ["SIM-0001"]
    (key,) = folder.load()
    assert (key.serial, key.key_id, key.key) == ("SIM-0001", 0x1234, DRAWN.key)
    assert DRAWN.key in (tmp_path / "store").read_bytes()


@pytest.mark.req("SEC-06")
def test_no_key_is_sent_over_a_line_that_leaves_the_machine(tmp_path: Path) -> None:
    heard: list[Message] = []
    with (
        scripted(heard.append, loopback=False) as port,
        pytest.raises(PairingError) as caught,
    ):
        pair(port, KeyFolder(tmp_path), MonotonicClock(), DRAWN, lambda _: None)
    assert caught.value.why == "line"
    assert not heard
    assert KeyFolder(tmp_path).load() == []


REFUSALS: dict[str, tuple[Reply, str]] = {
    "unkeyed": (device(hello=IDENTITY._replace(caps=0)), "unkeyed"),
    "running": (
        device(update=lambda rid: answer(rid, Code.STATE, DeviceState.ARMED)), "busy",
    ),
    "no hand": (device(update=lambda rid: answer(rid, Code.MAC, DeviceState.IDLE)), "hand"),
    "open": (device(update=lambda rid: answer(rid, Code.OTHER_OPEN, DeviceState.IDLE)), "refused"),
    "let go": (device(key=lambda rid: answer(rid, Code.STATE)), "refused"),
    "forgets": (device(after=IDENTITY._replace(boot=2)), "untaken"),
    "exchanged": (
        device(after=IDENTITY._replace(boot=2, key_id=0x1234, serial=b"HAND-2")), "untaken",
    ),
}  # fmt: skip


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("name", REFUSALS)
def test_a_pairing_that_does_not_come_to_its_end_says_why(tmp_path: Path, name: str) -> None:
    reply, why = REFUSALS[name]
    with pytest.raises(PairingError) as caught:
        run(reply, tmp_path)
    assert caught.value.why == why
    assert caught.value.exit_code == 4
    assert caught.value.remedy
    assert "pair" in str(caught.value)
    assert DRAWN.key.hex() not in str(caught.value)


@pytest.mark.usefixtures("quick")
def test_a_person_may_press_late(tmp_path: Path) -> None:
    codes = [Code.MAC, Code.STATE, Code.OK]

    def update(rid: int) -> Answer:
        return answer(rid, codes.pop(0), DeviceState.IDLE)

    assert run(device(update=update), tmp_path).serial == "HAND-1"


@pytest.mark.usefixtures("quick")
def test_lost_answers_to_update_and_key_are_no_obstacle(tmp_path: Path) -> None:
    """The device did both; UPDATE again is refused by a device that is there already."""
    paired = run(
        device(update=lambda rid: answer(rid, Code.STATE), key=lambda _rid: None), tmp_path
    )
    assert paired.key_id == 0x1234
    gone = run(device(key=lambda rid: answer(rid, Code.BOOT)), tmp_path)
    assert gone.key_id == 0x1234


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    "reply",
    [
        nobody,
        device(update=lambda _rid: None),
        device(after=IDENTITY),
    ],
)
def test_a_device_that_falls_silent_is_named(tmp_path: Path, reply: Reply) -> None:
    with pytest.raises(PortSilentError):
        run(reply, tmp_path)


@pytest.mark.usefixtures("quick")
def test_a_key_that_the_device_did_not_take_leaves_the_one_in_use(tmp_path: Path) -> None:
    run(device(), tmp_path)
    later = DRAWN._replace(key_id=0x1235)
    with scripted(device()) as port, pytest.raises(PairingError):
        pair(port, KeyFolder(tmp_path), MonotonicClock(), later, lambda _: None)
    assert [key.key_id for key in KeyFolder(tmp_path).load()] == [0x1234, 0x1235]
