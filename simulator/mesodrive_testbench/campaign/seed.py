"""Runs one seed, and says what came of it."""

import hashlib
import json
from typing import Any, NamedTuple

from mesodrive.core.driver import DriverCore
from mesodrive.session.begin import LogUnusableError
from mesodrive.session.replay import end_facts, replay
from mesodrive.session.verify import verify
from mesodrive_testbench.campaign.host import Host
from mesodrive_testbench.campaign.oracles.violation import Violation
from mesodrive_testbench.campaign.script import Script
from mesodrive_testbench.campaign.streams import fork
from mesodrive_testbench.campaign.subject import Subject
from mesodrive_testbench.campaign.world import CampaignWorld
from mesodrive_testbench.world import LivelockError


class Finding(NamedTuple):
    """An invariant that did not hold, or a world that did not go on."""

    invariant: str
    """I1 to I15, `livelock`, or `device` for a defect of the simulated device itself."""
    message: str
    at_ns: int


class SeedResult(NamedTuple):
    """What came of one seed."""

    seed: int
    trace: str
    """SHA-256 over every input and output of every life of the driver, and the machine's truth."""
    finding: Finding | None
    tally: dict[str, int]
    virtual_ns: int
    steps: int
    inputs: int
    injected: list[tuple[int, str]]


def run_script(subject: Subject, script: Script, *, check_logs: bool = True) -> SeedResult:
    """Run one script in a world of its own.

    Args:
        subject: Plan and profile.
        script: What happens.
        check_logs: Whether logs are verified and replayed at the end (I11, I13).
    """
    world = CampaignWorld(subject, script)
    finding: Finding | None = None
    trace = ""
    try:
        world.run()
        world.watch.at_end()
        trace = _trace(world)
        if check_logs:
            _check_logs(world)
    except Violation as violation:
        finding = Finding(violation.invariant, violation.message, violation.at_ns)
    except LivelockError as error:
        finding = Finding("livelock", str(error), world.now_ns)
    except Exception as error:  # noqa: BLE001 -- a finding like the others, with its place
        finding = Finding(_whose(error), _place(error), world.now_ns)
    return SeedResult(
        script.seed, trace or _trace(world), finding, dict(world.tally), world.now_ns, world.steps,
        sum(host.inputs for host in world.hosts), world.injector.done,
    )  # fmt: skip


def _check_logs(world: CampaignWorld) -> None:
    """Verify and replay the log of each life (I11, I13)."""
    left = {id(host): log for host, log in world.injector.of_host.logs}
    for host in world.hosts:
        log = left.get(id(host))
        ended = log is None
        if log is None:
            host.seal()
            facts = json.dumps(end_facts(host.core.view())).encode()
            host.writer.end(world.now_ns, facts)
            host.disk.write(host.writer.take())
            log = bytes(host.disk.image)
        _check_log(world, host, log, ended=ended and not host.disk.failed)
    _check_rot(world, bytes(world.host.disk.image))


def _check_log(world: CampaignWorld, host: Host, log: bytes, *, ended: bool) -> None:
    try:
        result = replay(log, lambda _begin: DriverCore(host.spec))
    except LogUnusableError as error:
        if host.disk.synced:
            raise Violation("I11", f"a synced log is of no use: {error}", world.now_ns) from error
        return
    found = result.verification
    if found.sealed_bytes < host.disk.synced:
        raise Violation(
            "I11", f"{found.sealed_bytes} bytes recovered of {host.disk.synced} synced: "
            f"{found.damage}", world.now_ns,
        )  # fmt: skip
    if ended and not found.intact:
        raise Violation("I11", f"a closed log is not intact: {found.damage}", world.now_ns)
    if result.divergence is not None and not host.defective:
        raise Violation("I13", str(result.divergence), world.now_ns)


def _check_rot(world: CampaignWorld, log: bytes) -> None:
    """A log with a bit that rots is not called intact, and the damage has a place (F39)."""
    for one in world.script.injections:
        if one.fault == "F39" and log:
            draw = fork(int(one.args[0]), "rot")
            rotten = bytearray(log)
            rotten[draw.randrange(len(rotten))] ^= 1 << draw.randrange(8)
            if verify(bytes(rotten)).intact:
                raise Violation("I11", "a rotten log is called intact", world.now_ns)


def _trace(world: CampaignWorld) -> str:
    digest = hashlib.sha256()
    for host in world.hosts:
        digest.update(host.writer.head.encode())
    for unit in world.units.order:
        digest.update(repr((unit.key, unit.begun_ns, unit.amount)).encode())
    digest.update(repr((world.now_ns, world.steps)).encode())
    return digest.hexdigest()


def _whose(error: Exception) -> str:
    """Return whose defect an exception is: the core's (I15) or the simulated device's."""
    trace: Any = error.__traceback__
    owner = "device"
    while trace is not None:
        name = trace.tb_frame.f_globals.get("__name__", "")
        if name.startswith("mesodrive."):
            owner = "I15"
        elif name.startswith("mesodrive_simulator"):
            owner = "device"
        elif name.startswith("mesodrive_testbench"):
            owner = "campaign"
        trace = trace.tb_next
    return owner


def _place(error: Exception) -> str:
    trace: Any = error.__traceback__
    while trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}"
    return f"{type(error).__name__} at {place}: {error}"
