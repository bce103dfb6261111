"""The loop around a device, with a clock that the test turns and a device that echoes."""

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mesodrive_simulator.links import SocketLink
from mesodrive_simulator.plant import NEVER_NS
from mesodrive_simulator.serving import Keys, ServeLoop, StoreKeeper
from mesodrive_simulator.store_file import load_store

S = 1_000_000_000


class Echo:
    """A device that gives back what it got, with the time of each arrival noted."""

    def __init__(self) -> None:
        self.deadline_ns = NEVER_NS
        self.arrivals: list[tuple[int, bytes]] = []
        self.lived: list[int] = []
        self._output = b""

    def receive(self, data: bytes, now_ns: int) -> None:
        self.arrivals.append((now_ns, data))
        self._output += data

    def advance(self, now_ns: int) -> None:
        self.lived.append(now_ns)
        self.deadline_ns = max(self.deadline_ns, now_ns + 1)

    def take_output(self) -> bytes:
        output, self._output = self._output, b""
        return output


class Ticking:
    """A clock that goes on by a fixed step each time it is read."""

    def __init__(self, step_ns: int) -> None:
        self.now_ns = 0
        self._step_ns = step_ns

    def __call__(self) -> int:
        self.now_ns += self._step_ns
        return self.now_ns


class Desk:
    """Loops with their sockets, put away after the test."""

    def __init__(self) -> None:
        self._links: list[SocketLink] = []
        self._far: list[socket.socket] = []

    def serve(
        self,
        device: Echo,
        clock: Callable[[], int],
        *,
        baud: int | None = None,
        keys: Keys | None = None,
        keeper: StoreKeeper | None = None,
    ) -> tuple[ServeLoop, socket.socket]:
        near, far = socket.socketpair()
        far.settimeout(10)
        link = SocketLink(near)
        self._links.append(link)
        self._far.append(far)
        return ServeLoop(device, link, clock, baud=baud, keys=keys, keeper=keeper), far

    def clear(self) -> None:
        for link in self._links:
            link.close()
        for far in self._far:
            far.close()


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    yield made
    made.clear()


def test_what_comes_is_answered_in_the_same_turn(desk: Desk) -> None:
    device = Echo()
    loop, far = desk.serve(device, Ticking(1))
    far.sendall(b"ping")
    loop._turn()
    assert far.recv(10) == b"ping"
    far.close()
    loop.run()


def test_a_deadline_wakes_the_loop_without_any_bytes(desk: Desk) -> None:
    device = Echo()
    loop, far = desk.serve(device, Ticking(1000))
    device.deadline_ns = 1000
    loop._turn()
    assert device.lived
    far.close()
    loop.run()


def test_a_paced_line_delays_both_directions_by_its_wire_time(desk: Desk) -> None:
    device = Echo()
    clock = Ticking(100_000)
    loop, far = desk.serve(device, clock, baud=115_200)
    frame = b"\0" + b"x" * 38 + b"\0"
    far.sendall(frame * 3)
    got = b""
    far.setblocking(False)
    times = []
    while len(got) < 3 * len(frame):
        loop._turn()
        try:
            got += far.recv(4096)
            times.append(clock.now_ns)
        except BlockingIOError:
            pass
    assert got == frame * 3
    wire_ns = 40 * 10 * S // 115_200
    assert [len(data) for _, data in device.arrivals] == [40, 40, 40]
    for n, (at_ns, _) in enumerate(device.arrivals, start=1):
        assert n * wire_ns <= at_ns <= n * wire_ns + S // 1000
    for n, at_ns in enumerate(times, start=2):
        assert at_ns >= n * wire_ns, "the answer takes its own wire time"
    far.close()
    loop.run()


def test_a_paced_line_that_is_full_makes_its_writer_wait(desk: Desk) -> None:
    device = Echo()
    loop, far = desk.serve(device, Ticking(1), baud=300)
    far.sendall(b"x" * 6000)
    for _ in range(3):
        far.sendall(b"y")
        loop._turn()
        if loop._inward and not loop._inward.room:
            break
    assert loop._inward
    assert not loop._inward.room
    device.deadline_ns = 0
    loop._turn()
    assert loop._wait() == [], "what is unread stays where its writer can see it"
    loop.stop()
    loop.run()
    far.close()


def test_keys_reach_their_person_and_q_ends(desk: Desk) -> None:
    near, far = os.pipe()
    pressed: list[tuple[str, int]] = []
    device = Echo()
    keys = Keys(near, lambda key, now_ns: pressed.append((key, now_ns)))
    loop, client = desk.serve(device, Ticking(1), keys=keys)
    os.write(far, b"tc")
    loop._turn()
    assert [key for key, _ in pressed] == ["t", "c"]
    os.write(far, b"kqt")
    loop.run()
    assert [key for key, _ in pressed] == ["t", "c", "k"]
    os.close(far)
    assert not keys.read(0), "a terminal that is gone ends as q does"
    os.close(near)
    client.close()


def test_stop_ends_a_loop_that_waits_for_nothing_at_all(desk: Desk) -> None:
    loop, far = desk.serve(Echo(), Ticking(1))
    for _ in range(100_000):
        loop.stop()
    loop._turn()
    loop.run()
    far.close()


def test_stores_are_saved_when_they_change_and_only_then(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "store"
    contents = [b"one"]
    keeper = StoreKeeper(path, lambda: contents[0], b"one")
    loop, far = desk.serve(Echo(), Ticking(1), keeper=keeper)
    far.sendall(b"x")
    loop._turn()
    assert load_store(path) is None
    contents[0] = b"two"
    far.sendall(b"x")
    loop._turn()
    assert load_store(path) == b"two"
    far.close()
    loop.run()
