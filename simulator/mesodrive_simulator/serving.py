"""The loop that lives a simulated device in real time: wait, read, advance, write.

One wait for everything: bytes, room to write, a key, the device's own deadline. What came is
read, fed, lived through and answered in one turn, so an answer costs no second wake-up. `select`
takes microseconds and rounds up, so the loop neither spins before a deadline nor adds to it.
"""

import os
import select
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

from mesodrive_simulator.links import Link
from mesodrive_simulator.pacing import Pacer
from mesodrive_simulator.plant import NEVER_NS
from mesodrive_simulator.store_file import save_store

_NS_PER_S: Final = 1_000_000_000
WAIT_S_MAX: Final = 3600.0
"""The longest single wait; a device at rest may have no deadline at all."""


class Served(Protocol):
    """A device that bytes and time are all it needs."""

    @property
    def deadline_ns(self) -> int:
        """Next instant at which `advance` must be called."""
        ...

    def receive(self, data: bytes, now_ns: int) -> None:
        """Live up to an instant, then take bytes from the host."""
        ...

    def advance(self, now_ns: int) -> None:
        """Live up to an instant."""
        ...

    def take_output(self) -> bytes:
        """Return the bytes for the host since the last call."""
        ...


class StoreKeeper:
    """Keeps a device's durable stores in a file, in step with the device."""

    def __init__(self, path: Path, contents: Callable[[], bytes], saved: bytes | None) -> None:
        self._path = path
        self._contents = contents
        self._saved = saved

    def keep(self) -> None:
        """Save what changed since the last time; before the host can hear of it."""
        contents = self._contents()
        if contents != self._saved:
            save_store(self._path, contents)
            self._saved = contents


class Keys:
    """Single keys from a terminal, and what they do."""

    def __init__(self, fd: int, press: Callable[[str, int], None]) -> None:
        self.fd = fd
        self._press = press

    def read(self, now_ns: int) -> bool:
        """Do what the keys ask for; False when the person quits or the terminal is gone."""
        data = os.read(self.fd, 64)
        for key in data.decode("ascii", "replace"):
            if key == "q":
                return False
            self._press(key, now_ns)
        return bool(data)


class ServeLoop:
    """One device, one link, one clock."""

    def __init__(
        self,
        device: Served,
        link: Link,
        clock: Callable[[], int],
        *,
        baud: int | None = None,
        keeper: StoreKeeper | None = None,
        keys: Keys | None = None,
        trace: Callable[[bytes], None] | None = None,
    ) -> None:
        """Put the parts together; `run` lives them.

        Args:
            device: Whose deadlines are kept.
            link: Where bytes come from and go to.
            clock: Returns world nanoseconds.
            baud: Rate to pace both directions to; None for no pacing.
            keeper: Saves durable stores; None for a device that forgets.
            keys: A person at the keyboard.
            trace: Called with what the device is given, just before it is.
        """
        self._device = device
        self._link = link
        self._clock = clock
        self._keeper = keeper
        self._keys = keys
        self._trace = trace
        self._inward = Pacer(baud) if baud else None
        self._outward = Pacer(baud) if baud else None
        self._stopped = False
        self._waker, self._wakes = socket.socketpair()
        self._wakes.setblocking(False)  # noqa: FBT003 -- the standard library wants it so
        self._woken_fd = self._waker.fileno()

    @property
    def wake_fd(self) -> int:
        """Descriptor that a signal may write to, so that `run` looks up."""
        return self._wakes.fileno()

    def stop(self) -> None:
        """End `run` soon; may be called from a signal handler or another thread."""
        self._stopped = True
        # a full pipe has a wake-up in it already
        with suppress(OSError):
            self._wakes.send(b"\0")

    def run(self) -> None:
        """Live until stopped, until the link ends, or until the person quits."""
        try:
            while not self._stopped and not self._link.ended:
                self._turn()
        finally:
            self._waker.close()
            self._wakes.close()

    def _turn(self) -> None:
        ready = self._wait()
        now_ns = self._clock()
        device = self._device
        for fd in ready:
            if fd == self._woken_fd:
                self._waker.recv(64)
                continue
            if self._keys and fd == self._keys.fd:
                self._stopped = self._stopped or not self._keys.read(now_ns)
                device.advance(now_ns)
            elif data := self._link.receive(fd):
                # It came before now. Where this process was kept waiting, a device of metal would
                # have taken it before its next timer ran out, and so does this one.
                self._feed(data, min(now_ns, device.deadline_ns))
        if self._inward and (data := self._inward.take(now_ns)):
            self._give(data, now_ns)
        if device.deadline_ns <= now_ns:
            device.advance(now_ns)
        if self._keeper:
            self._keeper.keep()
        self._send(device.take_output(), now_ns)

    def _wait(self) -> list[int]:
        link, inward, outward = self._link, self._inward, self._outward
        deadline_ns = self._device.deadline_ns
        reads = [self._woken_fd]
        if inward and outward:
            deadline_ns = min(deadline_ns, inward.deadline_ns, outward.deadline_ns)
        # a host that writes faster than the line takes has to wait, as at a real port
        if not inward or inward.room:
            reads += link.read_fds()
        if self._keys:
            reads.append(self._keys.fd)
        wait_s = WAIT_S_MAX
        if deadline_ns < NEVER_NS:
            wait_s = max(0.0, (deadline_ns - self._clock()) / _NS_PER_S)
        ready, _, _ = select.select(reads, link.write_fds(), [], min(wait_s, WAIT_S_MAX))
        return ready

    def _feed(self, data: bytes, now_ns: int) -> None:
        if self._inward:
            self._inward.put(data, now_ns)
        else:
            self._give(data, now_ns)

    def _give(self, data: bytes, now_ns: int) -> None:
        if self._trace:
            self._trace(data)
        self._device.receive(data, now_ns)

    def _send(self, data: bytes, now_ns: int) -> None:
        if self._outward:
            if data:
                self._outward.put(data, now_ns)
            data = self._outward.take(now_ns)
        # without new bytes this sends what a slow reader left over
        self._link.send(data)
