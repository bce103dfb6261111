"""One life of the driver: a core, its log on a disk, and what becomes of its inputs and outputs.

A life begins with a start of the process and ends with the session, or with a kill. It takes the
same turns as the owner of a real port: a late turn is told first, then wishes and the disk's
reports, then the bytes, then the tick.
"""

import json
from typing import Any, Final, Protocol

from mesodrive.core.driver import DriverCore
from mesodrive.core.ports import In, Out
from mesodrive.core.spec import SessionSpec
from mesodrive.session.assembler import LogWriter
from mesodrive_protocol.fields import DECLARATIONS
from mesodrive_protocol.framing import MASK
from mesodrive_protocol.messages import Arm, Begin, Commit, Data, Grant
from mesodrive_testbench.campaign.disk import Disk
from mesodrive_testbench.campaign.effects import Chunk, Tag
from mesodrive_testbench.campaign.inside import parts_of
from mesodrive_testbench.campaign.line import Way

NEVER: Final = (1 << 62) - 1
GROUP_NS: Final = 50_000_000
"""Group commit: syncs that are not wanted at once are at least this far apart."""
READ_BYTES_MAX: Final = 4_096
"""What one read of a port gives at most, however much has waited."""
LATE_NS_MAX: Final = 200_000_000
"""A turn that is later than this is told to the core, as the owner of a port does."""
_SEND: Final = Out.SEND.value
_STOP: Final = Out.STOP.value
_PERSIST: Final = Out.PERSIST.value
_RECEIVED: Final = In.RECEIVED.value
_TICK: Final = In.TICK.value
_DURABLE: Final = In.DURABLE.value
_ENDED: Final = b'{"event":"ended",'


def _opening(cls: type[Any]) -> bytes:
    """Return the four bytes by which a frame of a class begins on the wire, after its code."""
    return (b"\x01\0" + DECLARATIONS[cls].id.to_bytes(2, "little")).translate(MASK)


_TAGS: Final = {
    _opening(Grant): Tag.GRANT,
    **{_opening(cls): Tag.DELIVERY for cls in (Begin, Data, Commit, Arm)},
}


class Watcher(Protocol):
    """Who looks at what the host does; called after every step."""

    def stepped(self, host: "Host", code: int, outputs: list[tuple[int, bytes]]) -> None:
        """Look at one input and its outputs."""
        ...

    def event(self, host: "Host", event: bytes) -> None:
        """Look at one event."""
        ...

    def late(self, host: "Host") -> None:
        """Note that the host was late while it was armed, and was told so."""
        ...

    def sending(self, host: "Host", frame: bytes, tag: int) -> None:
        """Look at a frame that allows delivery, before it leaves."""
        ...


class Later(Protocol):
    """Where things to come are put."""

    now_ns: int

    def push(self, at_ns: int, what: Any, data: Any) -> None:  # noqa: ANN401 -- any handler
        """Have something happen at a time."""
        ...


class Host:
    """One process with one core."""

    def __init__(
        self,
        spec: SessionSpec,
        begin: bytes,
        world: Later,
        wire: Way,
        watcher: Watcher,
        disk_ns: int,
    ) -> None:
        self.spec = spec
        self.core = DriverCore(spec)
        self.disk = Disk(disk_ns)
        self.writer = LogWriter(begin, world.now_ns)
        self.wire = wire
        self.alive = True
        self.over = False
        """The session has ended by itself."""
        self.gone = False
        """It is over, or was killed and no other life can go on with its log."""
        self.idle = False
        """It does not run now: over, killed, or standing still."""
        self._ending = False
        self.port_open = False
        self.frozen_ns = 0
        """Until when the process does not run; 0 while it does."""
        self.inputs = 0
        self.defective = False
        """A defect was injected into this core; its replay has none."""
        self._world = world
        self._watcher = watcher
        self._backlog: list[tuple[int, bytes]] = []
        self._asleep_ns = 0
        self._due_ns = 0
        self.promises: list[tuple[int, int]] = []
        """Commands and how far they may go, as the log says so; in the order of the log."""
        self._promises_synced = 0
        self.durable: dict[int, int] = {}
        """Command -> units below it are durably promised, by what is truly on the disk."""
        self.done = 0
        """Units that the log says are delivered wholly, written or not."""
        self.done_durable = 0
        """The same, by what is truly on the disk."""
        self._mark = 0
        self._synced_ns = -GROUP_NS
        self._sync_due_ns = NEVER
        self._syncing = 0

    @property
    def deadline_ns(self) -> int:
        """When this process wants to run at the latest."""
        return NEVER if self.idle else min(self.core.deadline_ns, self.writer.seal_due_ns)

    def wake(self) -> None:
        """Do what is due: seal the log, or let the core have its tick."""
        now_ns = self._world.now_ns
        if self.writer.seal_due_ns <= now_ns:
            self.seal()
        if self.core.deadline_ns <= now_ns:
            self.take(_TICK, b"")

    def take(self, code: int, data: bytes) -> None:
        """Give the core an input now, or keep it while the process does not run."""
        if self.idle:
            if self.frozen_ns:
                self._backlog.append((code, data))
            return
        self.inputs += 1
        now_ns = self._world.now_ns
        outputs = self.core.step(code, data, now_ns)
        self.writer.add_step(now_ns, code, data, outputs)
        watcher, wire = self._watcher, self.wire
        for out_code, out in outputs:
            if out_code == _SEND:
                tag = _TAGS.get(out[2:6], 0)
                if tag:
                    watcher.sending(self, out, tag)
                wire.send(out, tag, now_ns)
            elif out_code == _STOP:
                wire.send(out, Tag.STOP, now_ns)
            elif out_code == _PERSIST:
                self._persist(int.from_bytes(out[:4], "little"), at_once=bool(out[4]))
            else:
                watcher.event(self, out)
                self._ending = self._ending or out.startswith(_ENDED)
        watcher.stepped(self, code, outputs)
        if self._ending and self.core.ended:
            self.over = self.gone = self.idle = True

    def receive(self, chunk: Chunk) -> None:
        """Take bytes from the line."""
        if chunk.data and self.port_open:
            self.take(_RECEIVED, chunk.data)

    def seal(self) -> None:
        """Close the log's block and write it."""
        self.writer.seal(self._world.now_ns)
        self.disk.write(self.writer.take())

    def die(self) -> None:
        """End at once, in the middle of whatever it was."""
        self.alive = self.port_open = False
        self.idle = True
        self.frozen_ns = 0

    # Stalls.

    def freeze(self, until_ns: int, *, asleep: bool) -> None:
        """Stand still until a time."""
        if not self.alive or self.over or self.frozen_ns >= until_ns:
            return
        if not self.frozen_ns:
            self._due_ns = self.deadline_ns
            self._asleep_ns = 0
        if asleep:
            self._asleep_ns += until_ns - self._world.now_ns
        self.frozen_ns = until_ns
        self.idle = True
        self._world.push(until_ns, self.thaw, until_ns)

    def thaw(self, until_ns: int) -> None:
        """Go on after standing still: what has waited comes in the order of a turn."""
        if not self.frozen_ns or until_ns < self.frozen_ns:
            return
        self.frozen_ns = 0
        self.idle = False
        now_ns = self._world.now_ns
        late_ns = max(0, now_ns - self._due_ns)
        if late_ns > LATE_NS_MAX or self._asleep_ns:
            facts = {"late_ns": late_ns, "asleep_ns": self._asleep_ns}
            armed = parts_of(self.core).sequencer.armed
            self.take(In.HOST.value, json.dumps(facts).encode())
            if armed:
                self._watcher.late(self)
        waiting, self._backlog = self._backlog, []
        for code, data in waiting:
            if code != _RECEIVED:
                self.take(code, data)
        bytes_read = b"".join(data for code, data in waiting if code == _RECEIVED)
        for at in range(0, len(bytes_read), READ_BYTES_MAX):
            if self.port_open:
                self.take(_RECEIVED, bytes_read[at : at + READ_BYTES_MAX])

    # The disk.

    def fail_disk(self, reason: str) -> None:
        """Let the log fail for good, and say so."""
        if not self.disk.failed:
            self.disk.failed = True
            self.take(In.JOURNAL_FAILED.value, json.dumps({"reason": reason}).encode())

    def _persist(self, mark: int, *, at_once: bool) -> None:
        """Sync at once, or with the next group; a mark covers everything before it."""
        self._mark = mark
        now_ns = self._world.now_ns
        wanted_ns = now_ns if at_once else max(now_ns, self._synced_ns + GROUP_NS)
        if wanted_ns <= now_ns:
            self._sync(NEVER)
        elif self._sync_due_ns > wanted_ns:
            self._sync_due_ns = wanted_ns
            self._world.push(wanted_ns, self._sync, wanted_ns)

    def _sync(self, due_ns: int) -> None:
        """Begin a sync of all that was written so far; syncs come back in their order."""
        if due_ns not in (NEVER, self._sync_due_ns) or not self.alive or self.frozen_ns:
            if self.frozen_ns and self.alive:
                self._world.push(self.frozen_ns, self._sync, due_ns)
            return
        self._sync_due_ns = NEVER
        now_ns = self._world.now_ns
        self._synced_ns = now_ns
        self.seal()
        if not self.disk.failed:
            self._syncing = max(self._syncing, now_ns) + self.disk.sync_ns
            done = (self._mark, len(self.disk.image), len(self.promises), self.done)
            self._world.push(self._syncing, self._synced, done)

    def _synced(self, done: tuple[int, int, int, int]) -> None:
        if not self.alive or self.disk.failed:
            return
        mark, length, promises, units = done
        self.disk.sync(length)
        for command, upto in self.promises[self._promises_synced : promises]:
            self.durable[command] = max(self.durable.get(command, 0), upto)
        self._promises_synced = max(self._promises_synced, promises)
        self.done_durable = max(self.done_durable, units)
        self.take(_DURABLE, mark.to_bytes(4, "little"))
