"""Faults of the host: kill, power cut, stalls, sleep, disk, defects; and its restart."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from mesodrive.core.spec import SessionSpec
from mesodrive_testbench.campaign.host import Host
from mesodrive_testbench.campaign.inside import fail_next
from mesodrive_testbench.campaign.resuming import CannotResumeError, resumed
from mesodrive_testbench.campaign.script import MS, S
from mesodrive_testbench.campaign.subject import begin_body

if TYPE_CHECKING:
    from mesodrive_testbench.campaign.world import CampaignWorld

RESTART_NS: Final = S // 2
"""Least time between the end of one process and the first step of the next."""
LIVES_MAX: Final = 6
"""Bound of the processes of one seed."""
UNUSED: Final = "log-unusable"


class HostFaults:
    """What goes wrong with the process, its machine and its disk."""

    def __init__(self, world: "CampaignWorld") -> None:
        self._world = world
        self.restarting = False
        """The driver was killed, and its next life has not begun yet."""
        self._log = self._before = b""
        self.logs: list[tuple[Host, bytes]] = []
        """Each life that was killed, and the log that it left."""
        self.table: dict[str, Callable[..., Any]] = {
            "F11": self._unplug, "F31": self._kill, "F32": self._freeze, "F33": self._sleep,
            "F35": self._freeze, "F36": self._disk_full, "F37": self._sync_fails,
            "F38": self._power_cut, "F39": self._nothing, "F40": self._folder_gone,
            "F41": self._defect, "F45": self._stop, "F46": self._again, "D01": self._slow_disk,
        }  # fmt: skip
        self._ports = 0

    def begin(self, _data: object = None) -> None:
        """Start the driver for the first time."""
        world = self._world
        subject = world.subject
        self._start(subject.spec, subject.begin)

    def heal(self) -> None:
        """Let the host run, have its port and its disk back."""
        world = self._world
        if self.restarting:
            self._restart(None)
            return
        host = world.host
        host.disk.sync_ns = world.script.disk_ns
        if host.frozen_ns:
            host.frozen_ns = world.now_ns
            host.thaw(world.now_ns)
        if host.alive and not host.port_open:
            self._replug(host)

    def _start(self, spec: Any, begin: bytes) -> None:  # noqa: ANN401 -- a SessionSpec
        world = self._world
        host = Host(spec, begin, world, world.to_device, world.watch, world.script.disk_ns)
        world.start_host(host)
        world.open_port("virtual")

    # The port.

    def _unplug(self, span_ns: int, kept_bytes: int) -> None:
        world = self._world
        host = world.host
        if not host.port_open:
            return
        world.lose_port(kept_bytes)
        world.push(world.now_ns + span_ns, self._replug, host)

    def _replug(self, host: Host) -> None:
        world = self._world
        if host is not world.host or not host.alive:
            return
        if host.port_open:
            if not world.to_host.open:  # the host stands still and does not know of the loss yet
                world.push(max(host.frozen_ns, world.now_ns) + MS, self._replug, host)
            return
        self._ports += 1
        world.open_port(f"virtual{self._ports}")

    # The process.

    def _kill(self, span_ns: int, share: int) -> None:
        host = self._world.host
        if self._may_die(host):
            host.writer.seal(self._world.now_ns)
            self._die(host, host.disk.after_kill(host.writer.take(), share), span_ns)

    def _power_cut(self, span_ns: int, share: int) -> None:
        host = self._world.host
        if self._may_die(host):
            cut = host.disk.after_power_cut(share, self._world.script.seed)
            self._die(host, cut, span_ns)

    def _may_die(self, host: Host) -> bool:
        return host.alive and not host.over and len(self._world.hosts) < LIVES_MAX

    def _die(self, host: Host, log: bytes, span_ns: int) -> None:
        world = self._world
        host.die()
        world.to_device.cut(0)
        world.to_host.cut(0)
        self.logs.append((host, log))
        self._log = log
        self.restarting = True
        world.tally["host killed"] += 1
        if len(log) < len(host.disk.image):
            world.tally["tail cut on recovery"] += 1
        world.push(world.now_ns + RESTART_NS + span_ns, self._restart, host)

    def _restart(self, host: Host | None) -> None:
        world = self._world
        if not self.restarting or (host is not None and host is not world.host):
            return
        self.restarting = False
        try:
            spec = self._resumed(self._log)
        except CannotResumeError as error:
            world.tally[f"not resumed: {error.code}"] += 1
            if error.code != UNUSED:
                world.host.gone = True
                return
            # Nothing of it was ever sealed, so nothing was delivered by it: the log before counts.
            spec = self._resumed(self._before) if self._before else None
        else:
            self._before = self._log
        if spec is None:
            self._start(world.subject.spec, world.subject.begin)
            return
        world.tally["host resumed"] += 1
        self._start(spec, begin_body(spec))

    def _resumed(self, log: bytes) -> SessionSpec | None:
        return resumed(log, len(self._world.hosts), self._world.script.seed)

    def _freeze(self, span_ns: int) -> None:
        self._stand_still(span_ns, asleep=False)

    def _sleep(self, span_ns: int) -> None:
        self._stand_still(span_ns, asleep=True)

    def _stand_still(self, span_ns: int, *, asleep: bool) -> None:
        world = self._world
        world.host.freeze(world.now_ns + span_ns, asleep=asleep)

    # The disk.

    def _disk_full(self) -> None:
        self._world.host.fail_disk("no space left on device")

    def _sync_fails(self) -> None:
        self._world.host.fail_disk("input/output error in sync")

    def _folder_gone(self) -> None:
        self._world.host.fail_disk("no such file or directory")

    def _slow_disk(self, span_ns: int) -> None:
        host = self._world.host
        host.disk.sync_ns = span_ns
        self._world.push(self._world.now_ns + span_ns, self._quick_disk, host)

    def _quick_disk(self, host: Host) -> None:
        host.disk.sync_ns = self._world.script.disk_ns

    def _nothing(self, _seed: int) -> None:
        """F39 is looked at when the seed is over."""

    # Defects and people.

    def _defect(self, which: int) -> None:
        world = self._world
        host = world.host
        if host.alive and not host.over:
            host.defective = True
            fail_next(host.core, which, world.watch.signals.defect)

    def _stop(self) -> None:
        host = self._world.host
        if host.alive:
            self._world.watch.operator_stops()
            self._world.client.act("stop")

    def _again(self, times: int, gap_ns: int) -> None:
        self._world.client.stops_left = times
        self._world.client.stop_gap_ns = gap_ns
