"""Sessions brought into a state against a device by hand, and how they are expected to end."""

# ruff: noqa: ANN401
from typing import Any

from mesodrive.core.ports import In
from mesodrive_protocol.enums import Code, Reason
from mesodrive_protocol.messages import Arm, Begin, Fit, Grant, Hello
from support.scripted import SILENT, Scripted
from support.specs import deliver, session

STATES = ["identifying", "idle", "loaded", "armed", "running", "paused", "stopped", "faulted"]


def gun(state: str = "running", units: int = 8) -> Scripted:
    """Bring a session into a state, with two units done where it runs."""
    device = Scripted(session(deliver(units)))
    if state == "identifying":
        device.on[Hello] = SILENT
        return device.open_port().run(0.1)
    device.auto -= {"start"} if state == "idle" else {"arm"} if state == "loaded" else {"resume"}
    device.open_port()
    if state in ("idle", "loaded"):
        device.until_state(state).run(0.2)
        return device
    if state == "armed":
        device.works = False
        return device.until_state("armed")
    device.run(20, lambda: len(device.named("unit")) == 4 and device.core.view().state == "running")
    if state == "paused":
        device.wish("pause")
        device.until_state("paused")
    elif state == "stopped":
        device.wish("stop", cause=0)
        device.until_state("stopped")
    elif state == "faulted":
        device.latch(Reason.BLOCKAGE)
        device.until_state("faulted")
    assert device.core.view().state == state
    return device


def end(device: Scripted, exit_code: int, ending: str) -> None:
    device.auto |= {"end"}
    if not device.core.ended:
        device.wish("end")
    device.run(60)
    assert device.core.ended, device.events[-4:]
    assert (device.core.view().ending, device.core.exit_code) == (ending, exit_code)
    before = len(device.heard)
    device.wish("start")
    device.input(In.TICK)
    assert len(device.heard) == before, "nothing is sent after the end"


def alarms(device: Scripted) -> set[str]:
    return {alarm.id for alarm in device.core.view().alarms}


MOVING = (Arm, Grant)


def ended(
    device: Scripted, code: str, exit_code: int = 4, *, within_s: float = 60
) -> dict[str, Any]:
    """Run to the end and return the facts of the refusal, which must be this one."""
    device.auto |= {"end"}
    device.run(within_s, lambda: device.core.ended)
    assert device.core.ended, device.events[-5:]
    view = device.core.view()
    assert view.problem.get("code") == code, view.problem
    assert device.core.exit_code == exit_code
    assert device.named("ended")[-1]["exit_code"] == exit_code
    assert device.named("refused")[0]["code"] == code
    return view.problem


def refused(code: str, exit_code: int = 4, **identity: Any) -> Scripted:
    device = Scripted(session(deliver(3)))
    device.identity = identity
    ended(device.open_port(), code, exit_code)
    assert not any(type(one) in (*MOVING, Begin, Fit) for one in device.heard)
    return device


def answering(cls: type[Any], code: Code, *, after: int = 0, **changes: Any) -> Scripted:
    """Return a device that refuses one request, from its n-th copy on."""
    device = Scripted(session(deliver(3)))

    def refuse(message: Any) -> Any:
        if len(device.sent(cls)) <= after:
            return device.react(message)
        return device.answer(message, code, **changes)

    device.on[cls] = refuse
    return device.open_port()
