"""Driver core and simulated device on one virtual clock, joined by a line, a disk and a client.

One heap of `(time_ns, sequence)` holds what is on its way: bytes, durable marks, wishes. The
deadlines of core and device are attributes and never in the heap. Time moves to whatever comes
first; if it does not move for too many steps, the world fails instead of looping for ever.
"""

from collections.abc import Callable
from heapq import heappop, heappush
from typing import Final, Protocol

from mesodrive.core.driver import DriverCore
from mesodrive.core.ports import In, Out
from mesodrive.session.assembler import LogWriter
from mesodrive_simulator.simulated import SimulatedDevice

NEVER: Final = (1 << 62) - 1
BITS_PER_BYTE: Final = 10
STILL_STEPS_MAX: Final = 10_000
"""Steps at one instant after which something goes round in circles."""
LINK_DELAY_NS: Final = 500_000
"""Latency of a USB line besides its wire time."""
DISK_NS: Final = 2_000_000
"""A durable write on a plain disk."""
GROUP_NS: Final = 50_000_000
"""Group commit: syncs that are not wanted at once are at least this far apart."""
CLIENT_NS: Final = 50_000_000
"""How long the client takes to grant a wish that the session asks for."""

_ANSWER: Final = b'{"wish":"resolve","who":"tester","why":"seen in the virtual world"}'
# Looked up once: on the hot path an enumeration's attribute costs more than the comparison.
_FRAMES: Final = (Out.SEND.value, Out.STOP.value)
_PERSIST: Final = Out.PERSIST.value
_ASKED: Final = Out.KEY.value
_TICK: Final = In.TICK.value
# What the heap holds: inputs of the core by their code, and two things that are none.
_TO_HOST: Final = In.RECEIVED.value
_DURABLE: Final = In.DURABLE.value
_WISH: Final = In.WISH.value
_KEY: Final = In.KEY.value
_TO_DEVICE: Final = 0
_SYNC: Final = -1


class LivelockError(AssertionError):
    """Time stood still: a deadline lies in the past, or two parts answer each other for ever."""


class Disk(Protocol):
    """Takes the bytes of the log, in order."""

    def write(self, data: bytes, /) -> object:
        """Append some bytes."""
        ...


class World:
    """One session in virtual time."""

    def __init__(
        self,
        core: DriverCore,
        device: SimulatedDevice,
        *,
        baud: int | None = 460_800,
        writer: LogWriter | None = None,
        disk: Disk | None = None,
        begin_ns: int = 0,
    ) -> None:
        self.core = core
        self.device = device
        self.writer = writer
        self.disk = disk
        self.now_ns = begin_ns
        self.steps = 0
        """Inputs of core and device together, for speed figures."""
        self.inputs = 0
        self.on_event: Callable[[bytes, int], None] | None = None
        """Called with each event of the core, JSON, and its time."""
        self.answer_key: Callable[[bytes], bytes] = lambda asked: asked[:1]
        """Answers what the core asks of a pairing key; by default there is none."""
        self.auto_wishes = True
        """The client grants every wish that the session asks for."""
        self._ns_per_byte = BITS_PER_BYTE * 1_000_000_000 // baud if baud else 0
        self._baud = baud
        self._heap: list[tuple[int, int, int, bytes]] = []
        self._sequence = 0
        self._host_wire_ns = 0
        self._device_wire_ns = 0
        self._sync_ns = -GROUP_NS
        self._sync_mark = 0
        self._next_sync_ns = NEVER

    def open_port(self) -> None:
        """Tell the core that the port is open."""
        baud = "null" if self._baud is None else str(self._baud)
        self._input(In.OPENED, f'{{"name":"virtual","baud":{baud},"loopback":true}}'.encode())

    def wish_at(self, time_ns: int, wish: bytes) -> None:
        """Have the client express a wish, JSON, at a time."""
        self._push(time_ns, _WISH, wish)

    def run(self, until_ns: int = NEVER) -> None:  # noqa: C901, PLR0912 -- calls cost more
        """Let time pass until the session has ended, or until a time.

        Raises:
            LivelockError: If time stands still.
        """
        core, device, writer, heap = self.core, self.device, self.writer, self._heap
        still, last_ns, ended = 0, self.now_ns, core.ended  # the last: only an input changes it
        while not ended:
            writer_ns = NEVER if writer is None else writer.seal_due_ns
            heap_ns = heap[0][0] if heap else NEVER
            device_ns, core_ns = device.deadline_ns, core.deadline_ns
            # comparisons instead of `min`, which takes longer than all the rest of this choice
            now_ns = heap_ns if heap_ns < device_ns else device_ns  # noqa: FURB136
            now_ns = core_ns if core_ns < now_ns else now_ns  # noqa: FURB136
            now_ns = writer_ns if writer_ns < now_ns else now_ns  # noqa: FURB136
            if now_ns > until_ns or now_ns >= NEVER:
                self.now_ns = max(last_ns, min(until_ns, now_ns))
                return
            if now_ns > last_ns:
                self.now_ns = last_ns = now_ns
                still = 0
            else:
                now_ns = last_ns
                still += 1
                if still > STILL_STEPS_MAX:
                    raise LivelockError(f"time stands still at {now_ns} ns")
            self.steps += 1
            if writer_ns <= now_ns:
                self._seal()
            elif heap_ns <= now_ns:
                _, _, what, data = heappop(heap)
                if what == _TO_DEVICE:
                    device.receive(data, now_ns)
                elif what == _SYNC:
                    self._sync()
                else:
                    self._input(what, data)
                    ended = core.ended
            elif device_ns <= now_ns:
                device.advance(now_ns)
            else:
                self._input(_TICK, b"")
                ended = core.ended
            if device.output:
                self._from_device()
        self._seal()

    def _push(self, time_ns: int, what: int, data: bytes) -> None:
        self._sequence += 1
        heappush(self._heap, (time_ns, self._sequence, what, data))

    def _from_device(self) -> None:
        data = self.device.take_output()
        now_ns, free_ns = self.now_ns, self._device_wire_ns
        begin_ns = now_ns if now_ns > free_ns else free_ns  # noqa: FURB136
        self._device_wire_ns = end_ns = begin_ns + len(data) * self._ns_per_byte
        self._push(end_ns + LINK_DELAY_NS, _TO_HOST, data)

    def _input(self, code: int, data: bytes) -> None:
        now_ns, writer = self.now_ns, self.writer
        self.inputs += 1
        outputs = self.core.step(code, data, now_ns)
        if writer is not None:
            writer.add_step(now_ns, code, data, outputs)
        for out_code, out in outputs:
            if out_code in _FRAMES:
                free_ns = self._host_wire_ns
                begin_ns = now_ns if now_ns > free_ns else free_ns  # noqa: FURB136
                self._host_wire_ns = end_ns = begin_ns + len(out) * self._ns_per_byte
                self._push(end_ns + LINK_DELAY_NS, _TO_DEVICE, out)
            elif out_code == _PERSIST:
                self._persist(int.from_bytes(out[:4], "little"), at_once=bool(out[4]))
            elif out_code == _ASKED:
                self._push(now_ns, _KEY, self.answer_key(out))
            else:
                self._event(out)

    def _event(self, event: bytes) -> None:
        if self.on_event is not None:
            self.on_event(event, self.now_ns)
        if self.auto_wishes and event.startswith(b'{"event":"awaiting","wishes":["'):
            name = event.split(b'"', 8)[7]
            wish = _ANSWER if name == b"resolve" else b'{"wish":"%b"}' % name
            self._push(self.now_ns + CLIENT_NS, _WISH, wish)

    def _persist(self, mark: int, *, at_once: bool) -> None:
        """Sync at once, or with the next group; a mark covers everything before it."""
        self._sync_mark = mark
        wanted_ns = self.now_ns if at_once else max(self.now_ns, self._sync_ns + GROUP_NS)
        if wanted_ns <= self.now_ns:
            self._sync()
        elif self._next_sync_ns > wanted_ns:
            self._next_sync_ns = wanted_ns
            self._push(wanted_ns, _SYNC, b"")

    def _sync(self) -> None:
        self._next_sync_ns = NEVER
        self._sync_ns = self.now_ns
        self._seal()
        self._push(self.now_ns + DISK_NS, _DURABLE, self._sync_mark.to_bytes(4, "little"))

    def _seal(self) -> None:
        writer = self.writer
        if writer is None:
            return
        writer.seal(self.now_ns)
        if self.disk is not None:
            self.disk.write(writer.take())
