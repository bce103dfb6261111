"""Whole sessions of core and simulated device in virtual time, and what may go wrong between."""

import json
from collections.abc import Sequence
from typing import Any

from mesodrive.core.driver import DriverCore
from mesodrive.core.ports import In
from mesodrive.core.spec import SessionSpec
from mesodrive.sequencing.earlier import EarlierSession
from mesodrive.session.assembler import LogWriter
from mesodrive.session.begin import Begin
from mesodrive.session.replay import end_facts
from mesodrive_simulator.operator import OperatorModel
from mesodrive_simulator.sim_profile import load_profile
from mesodrive_simulator.simulated import SimulatedDevice
from mesodrive_testbench.world import World

S = 1_000_000_000
TO_DEVICE, TO_HOST = 0, 1
"""Ways of bytes through a world."""
CARRIED_NL = 5_000
"""What tube and syringe hold back by stretching: pushed and measured, but not yet out of the
needle; 200 pL/Pa at some 24 kPa. It does not grow with the number of units."""
STEP_NL = 60
"""Measured against true volume of one unit: a step of the plunger."""


class Bytes:
    """A disk in memory."""

    def __init__(self) -> None:
        self.data = bytearray()

    def write(self, data: bytes) -> None:
        self.data += data


class Session(World):
    """A world whose line can be cut, with its events and its log kept."""

    def __init__(
        self,
        spec: SessionSpec,
        *,
        seed: int = 1,
        device: SimulatedDevice | None = None,
        begin_ns: int = 0,
        plan_yaml: str = "",
        earlier: Sequence[EarlierSession] = (),
    ) -> None:
        if device is None:
            profile = load_profile(spec.profile.identity.profile)
            device = SimulatedDevice(profile, seed=seed, operator=OperatorModel(seed=seed))
        self.log = Bytes()
        begin = Begin(
            mesodrive="0", spec=spec.model_dump(mode="json"), profile_yaml="", profile_file_hash="",
            plan_yaml=plan_yaml, plan_file_hash="", layout=[], versions={}, host={},
            started_utc="2000-01-01T00:00:00+00:00", port="sim",
            earlier=[one.to_json() for one in earlier],
        )  # fmt: skip
        writer = LogWriter(begin.to_body(), begin_ns)
        super().__init__(DriverCore(spec), device, writer=writer, disk=self.log, begin_ns=begin_ns)
        self.events: list[tuple[int, dict[str, Any]]] = []
        self.on_event = lambda event, at_ns: self.events.append((at_ns, json.loads(event)))
        self.cut = False
        """Nothing passes the line any more, either way."""

    def _push(self, time_ns: int, what: int, data: bytes) -> None:
        if self.cut and what in (TO_DEVICE, TO_HOST):
            return
        super()._push(time_ns, what, data)

    def begin(self) -> "Session":
        self.open_port()
        return self

    def lasting(self, seconds: float) -> "Session":
        """Let time pass."""
        self.run(self.now_ns + int(seconds * S))
        return self

    def until(self, event: str, seconds: float = 60.0) -> "Session":
        """Let time pass until one more event of a name, or of a name and state, has come."""
        seen = len(self.events)
        end_ns = self.now_ns + int(seconds * S)
        while not any(self._is(one, event) for _, one in self.events[seen:]):
            assert self.now_ns < end_ns, f"no {event}: {self.core.view()}"
            assert not self.core.ended, f"ended without {event}: {self.core.view()}"
            self.run(self.now_ns + S // 1_000)
        return self

    @staticmethod
    def _is(event: dict[str, Any], name: str) -> bool:
        return bool(name == event["to" if event["event"] == "state" else "event"])

    def wish(self, name: str, **facts: object) -> None:
        self._input(In.WISH, json.dumps({"wish": name, **facts}).encode())

    def lose_port(self) -> None:
        self.cut = True
        self._input(In.LOST, b'{"reason":"unplugged"}')

    def end(self, seconds: float = 120.0) -> "Session":
        """Let time pass until the session is over, and close its log."""
        self.run(self.now_ns + int(seconds * S))
        assert self.core.ended, self.core.view()
        assert self.writer is not None
        self.writer.end(self.now_ns, json.dumps(end_facts(self.core.view())).encode())
        self.log.write(self.writer.take())
        return self

    def named(self, event: str) -> list[dict[str, Any]]:
        return [one for _, one in self.events if one["event"] == event]

    def truth_nl(self) -> float:
        """Return what really went into skin, on the device's own terms: no prime."""
        return sum(unit.volume_nl for unit in self.device.plant.truth if not unit.prime)

    def check_truth(self) -> None:
        """The ledger's interval holds the truth, whatever happened."""
        view = self.core.view()
        steps = STEP_NL * len(self.device.plant.truth)
        carried = CARRIED_NL * max(1, len(self.named("fitted")))
        least, most = view.amount_lo - carried - steps, view.amount_hi + steps
        assert least <= self.truth_nl() <= most, (view.amount_lo, self.truth_nl(), view.amount_hi)
