"""A session under watch: each frame that arrives is read, and what must always hold is asserted."""

import json

from mesodrive.core.driver import DriverCore
from mesodrive.core.ports import In, Out, Output
from mesodrive.core.spec import SessionSpec
from mesodrive.session.rebuild import driver_core
from mesodrive.session.replay import replay
from mesodrive_protocol.codec import FrameDecoder
from mesodrive_protocol.enums import DeviceState
from mesodrive_protocol.messages import Arm, Status, Stop
from mesodrive_simulator.operator import OperatorModel, place
from mesodrive_simulator.sim_profile import load_profile
from mesodrive_simulator.simulated import SimulatedDevice
from support.worlds import TO_DEVICE, TO_HOST, Session

TWICE_NS = 30_000_000
"""How much later the second copy of a frame comes: after one status, before an answer is late."""


class WatchedDevice(SimulatedDevice):
    """Counts the units that began after a STOP had arrived and before the next ARM."""

    def __init__(self, spec: SessionSpec, *, seed: int) -> None:
        self._heard = FrameDecoder()
        self._presses: set[int] = set()
        self.begun_at_stop: int | None = None
        """Units begun when a new press arrived; None once an ARM came after it."""
        profile = load_profile(spec.profile.identity.profile)
        super().__init__(profile, seed=seed, operator=OperatorModel(seed=seed))

    def receive(self, data: bytes, now_ns: int) -> None:
        super().receive(data, now_ns)
        for message in self._heard.feed(data):
            if isinstance(message, Stop) and message.press not in self._presses:
                self._presses.add(message.press)
                self.begun_at_stop = len(self.plant.truth)
            elif isinstance(message, Arm):
                self.begun_at_stop = None

    def reset(self, now_ns: int) -> None:
        super().reset(now_ns)
        self._heard = FrameDecoder()
        self._presses.clear()


class WatchedCore(DriverCore):
    """Asserts that nothing is called stopped before the device has said that it is."""

    def __init__(self, spec: SessionSpec) -> None:
        super().__init__(spec)
        self._heard = FrameDecoder()
        self.latched_told = False
        """A STATUS said LATCHED since the last press or arm."""

    def step(self, code: int, data: bytes, now_ns: int) -> list[Output]:
        if code == In.RECEIVED:
            for message in self._heard.feed(data):
                if isinstance(message, Status) and message.state == DeviceState.LATCHED:
                    self.latched_told = True
        outputs = super().step(code, data, now_ns)
        for out, said in outputs:
            if out == Out.EVENT:
                self._look(json.loads(said))
        return outputs

    def _look(self, event: dict[str, object]) -> None:
        match event:
            case {"event": "stopped"} | {"event": "state", "to": "stopped"}:
                assert self.latched_told, f"{event} without the device's word"
            case {"event": "stop" | "armed"}:
                self.latched_told = False
            case {"event": "internal_error"}:
                raise AssertionError(event)
            case _:
                pass


class WatchedSession(Session):
    """A session whose frames can be lost or come twice, one by one."""

    def __init__(self, spec: SessionSpec, *, seed: int) -> None:
        self.watched = WatchedDevice(spec, seed=seed)
        super().__init__(spec, device=self.watched)
        self.core = self.watched_core = WatchedCore(spec)
        self.auto_wishes = False
        self.planned = sum(
            step.units * step.amount(program.kind)
            for stage in spec.stages
            for program in stage.programs
            if program.purpose == "deliver"
            for step in program.steps
        )
        self.lose_next = {TO_DEVICE: 0, TO_HOST: 0}
        self.double_next = {TO_DEVICE: 0, TO_HOST: 0}

    def _push(self, time_ns: int, what: int, data: bytes) -> None:
        if what in (TO_DEVICE, TO_HOST):
            if self.lose_next[what]:
                self.lose_next[what] -= 1
                return
            if self.double_next[what]:
                self.double_next[what] -= 1
                super()._push(time_ns + TWICE_NS, what, data)
        super()._push(time_ns, what, data)

    def reset_device(self) -> None:
        self.device.reset(self.now_ns)
        if self.device.output:
            self._from_device()

    def hold_gun(self, *, on_skin: bool) -> None:
        plant = self.device.plant
        place(self.now_ns, plant, plant.profile.contact_mn, on_skin=on_skin)
        self.device.advance(self.now_ns)
        if self.device.output:
            self._from_device()

    def check(self) -> None:
        """Everything that holds at any moment of any session."""
        view = self.core.view()
        assert 0 <= view.amount_lo <= view.amount_hi <= self.planned, view
        assert view.amount_planned == self.planned
        if view.stop == "confirmed":
            assert self.watched_core.latched_told, view
        begun = self.watched.begun_at_stop
        assert begun is None or len(self.device.plant.truth) == begun, "a unit began after STOP"
        assert not self.named("locked"), "a device that lost nothing is not believed"
        units = [(one["command"], one["unit"]) for one in self.named("unit") if one["known"]]
        assert len(units) == len(set(units)), "a unit was booked twice"
        self.check_truth()

    def check_replay(self) -> None:
        """The log so far, run through a fresh core, says the same."""
        assert self.writer is not None
        self._seal()
        again = replay(bytes(self.log.data), driver_core)
        assert again.equal, again.divergence
        assert again.inputs == self.inputs
