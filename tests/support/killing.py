"""Hosts that are killed in the middle of a session, and sessions that go on from their logs."""

from mesodrive.core.ports import Output
from mesodrive.session.resume import resume_spec
from mesodrive_testbench.world import NEVER
from support.worlds import Session

SETTLE_S = 5


class DeadCore:
    """What is left of a driver whose process was killed."""

    ended = False
    deadline_ns = NEVER

    def step(self, _code: int, _data: bytes, _now_ns: int) -> list[Output]:
        return []


def kill(world: Session) -> bytes:
    """Kill the host, let the device come to rest by itself, and return what the file holds."""
    log = bytes(world.log.data)
    world.core, world.writer = DeadCore(), None  # type: ignore[assignment]
    world.run(world.now_ns + SETTLE_S * 1_000_000_000)
    return log


def resumed(world: Session, log: bytes, *, number: int = 1) -> Session:
    """Return a new host on the same device, going on from a log."""
    spec = resume_spec(log, nonce=0x5566_0000 + (number << 32), first_rid=5_000 * number)
    after = Session(spec, device=world.device, begin_ns=world.now_ns)
    after.auto_wishes = True
    return after


def pricks(world: Session) -> int:
    """Return how many units really went into skin."""
    return sum(not unit.prime for unit in world.device.plant.truth)
