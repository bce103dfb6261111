"""A host without a driver: speaks frame by frame to a simulated device, keeps what it hears."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from zlib import crc32

from mesodrive_protocol.codec import FrameDecoder, Signed, encode, payload_bytes
from mesodrive_protocol.enums import Code, DeviceState, How, Inputs, Kind, Phase
from mesodrive_protocol.messages import (
    Account,
    AccountIs,
    Ack,
    Answer,
    Arm,
    Begin,
    Clear,
    Close,
    Commit,
    Data,
    Fit,
    Grant,
    Hello,
    Identity,
    Message,
    Open,
    Poll,
    Record,
    Selftest,
    Status,
    Stop,
    Update,
)
from mesodrive_protocol.steps import NeedleStep, Step, TrainStep, pack_step
from mesodrive_simulator.firmware.device import Device
from mesodrive_simulator.firmware.stores import Stores
from mesodrive_simulator.plant.gun import Plant
from mesodrive_simulator.sim_profile import SimProfile, load_profile
from mesodrive_simulator.simulated import SimulatedDevice

Reply = Any
"""Whatever message answered; the test knows which."""
MS = 1_000_000
CASE = 5
PRICK = NeedleStep(
    units=10, depth_um=1500, dose_nl=5000, period_us=200_000, dwell_us=5000, flow_nl_s=100_000,
    trigger=2,
)  # fmt: skip
"""Out 12 ms, deliver 50 ms, dwell 5 ms, back 12 ms."""
SLOW = PRICK._replace(dose_nl=20_000, period_us=600_000, dwell_us=50_000)
"""Delivers for 200 ms, so that a stop finds more than 100 ms left."""
PUSH = NeedleStep(2, 0, 5000, 200_000, 0, 100_000, 2)
STEP_OF: dict[Kind, Step] = {
    Kind.PRICK: PRICK,
    Kind.PRIME: PUSH,
    Kind.DRY: PRICK._replace(dose_nl=0, flow_nl_s=0),
    Kind.TRAIN: TrainStep(
        units=10, depth_um=500, strokes=20, rate_mhz=100_000, gap_us=100_000, trigger=2
    ),
}


def profile(name: str = "nappage-gun", **changes: Reply) -> SimProfile:
    """Return a shipped profile, with changes."""
    return replace(load_profile(name), **changes)


class Bench:
    """One device on the bench, its trigger, skin and host in the test's hands."""

    def __init__(
        self, device_profile: SimProfile | None = None, *, stores: Stores | None = None,
        drift_ppm: int = 0, keyed: bool = False,
    ) -> None:  # fmt: skip
        self.profile = profile() if device_profile is None else device_profile
        self.simulated = SimulatedDevice(
            self.profile, seed=1, stores=stores, drift_ppm=drift_ppm, keyed=keyed
        )
        self.device: Device = self.simulated.device
        self.plant: Plant = self.simulated.plant
        self.stores: Stores = self.simulated.stores
        self.now_ns = 0
        self.boot = 1
        self.session = 0
        self.rid = 0
        self.commands = 0
        self.command = 0
        self.units = 0
        self.acking = True
        self.granting = False
        self.decoder = FrameDecoder()
        self.heard: list[Message] = []
        self.heard_signed: list[Message] = []
        self.records: dict[int, Record] = {}
        self.watch: Callable[[Status], None] = lambda _: None
        self.run(20)

    # Time and bytes

    def run(self, span_ms: float) -> None:
        """Let time pass."""
        self.run_until(self.now_ns + round(span_ms * MS))

    def run_until(self, until_ns: int) -> None:
        """Let time pass up to an instant, going from deadline to deadline."""
        while self.simulated.deadline_ns <= until_ns:
            assert self.simulated.deadline_ns > self.now_ns or self.now_ns == 0
            self.now_ns = self.simulated.deadline_ns
            self.simulated.advance(self.now_ns)
            self.listen()
        self.now_ns = until_ns
        self.simulated.advance(self.now_ns)
        self.listen()

    def run_to(self, what: Callable[[], bool], span_ms: float = 5000) -> None:
        """Let time pass until something is so; fail where it does not come."""
        end_ns = self.now_ns + round(span_ms * MS)
        while not what():
            assert self.simulated.deadline_ns <= end_ns, "it did not come"
            self.run_until(self.simulated.deadline_ns)

    def send(self, cls: type[Any], *fields: object, **header: int) -> int:
        """Send one frame; rid, boot and session are the right ones unless said otherwise."""
        if "rid" not in header:
            self.rid += 1
        head = {"rid": self.rid, "boot": self.boot, "session": self.session, **header}
        self.send_bytes(self.frame(cls(head["rid"], head["boot"], head["session"], *fields)))
        return head["rid"]

    def frame(self, message: Message) -> bytes:
        """Return a message as this host sends it."""
        return encode(message)

    def send_bytes(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.simulated.receive(data, self.now_ns)
        self.listen()

    def listen(self) -> None:
        """Take what the device said."""
        for received in self.decoder.feed(self.simulated.take_output()):
            message: Any = received.message if isinstance(received, Signed) else received
            if isinstance(received, Signed):
                self.heard_signed.append(received.message)
            self.heard.append(message)
            if isinstance(message, Record):
                known = self.records.setdefault(message.seq, message)
                assert known[3:] == message[3:], "a record changed"
                if self.acking and message.rid == 0:
                    self.send(Ack, message.seq, message.chain)
            elif isinstance(message, Status):
                self.watch(message)
                live = message.state in (DeviceState.ARMED, DeviceState.RUNNING)
                if self.granting and message.rid == 0 and live:
                    self.grant(message.device_us)

    def grant(self, seen_us: int | None = None, upto: int | None = None, **header: int) -> None:
        """Grant as far as allowed, on the last unasked STATUS."""
        seen_us = self.unasked[-1].device_us if seen_us is None else seen_us
        upto = min(self.next + 2, self.units) if upto is None else upto
        self.send(Grant, self.command, seen_us, upto, **header)

    def ask(self, cls: type[Any], *fields: object, **header: int) -> Reply:
        """Send a request or query and return its answer."""
        rid = self.send(cls, *fields, **header)
        self.run(self.profile.store_write_us / 1000 + 1)
        return self.answer(rid)

    def answer(self, rid: int) -> Reply:
        """Return the newest answer to a rid, None where there is none."""
        mine = [m for m in self.heard if m.rid == rid]
        return mine[-1] if mine else None

    def code(self, cls: type[Any], *fields: object, **header: int) -> Code:
        """Send a request and return the code of its ANSWER."""
        answer = self.ask(cls, *fields, **header)
        assert isinstance(answer, Answer)
        return Code(answer.code)

    # What was heard

    @property
    def statuses(self) -> list[Status]:
        return [m for m in self.heard if isinstance(m, Status)]

    @property
    def unasked(self) -> list[Status]:
        return [m for m in self.statuses if m.rid == 0]

    @property
    def unit_records(self) -> list[Record]:
        return [r for _, r in sorted(self.records.items()) if r.kind != Kind.EVENT]

    def events(self, kind: int) -> list[Record]:
        return [
            r for _, r in sorted(self.records.items()) if r.kind == Kind.EVENT and r.outcome == kind
        ]

    @property
    def status(self) -> Status:
        """A fresh STATUS."""
        status: Status = self.ask_now(Poll)
        return status

    def ask_now(self, cls: type[Any], *fields: object) -> Reply:
        """Send a query and return its answer, no time passing."""
        return self.answer(self.send(cls, *fields))

    @property
    def state(self) -> DeviceState:
        return self.device.board.state

    def is_in(self, state: DeviceState) -> bool:
        """Tell whether the device is in a state now; no type checker believes it stays there."""
        return self.state == state

    @property
    def next(self) -> int:
        return self.device.board.next

    def account(self, command: int = 0) -> AccountIs:
        account: AccountIs = self.ask_now(Account, command)
        return account

    @property
    def identity(self) -> Identity:
        identity: Identity = self.ask_now(Hello)
        return identity

    # The way to a running program

    def open(self, nonce: int = 7, case: int = CASE) -> Answer:
        """Open a session; rid counts anew."""
        answer: Answer = self.ask(Open, nonce, case, 0)
        if answer.code == Code.OK:
            self.session = answer.session
            self.commands = 0
        return answer

    def fit(self, fit_no: int = 1, content_nl: int | None = None) -> Code:
        needle = self.profile.needles[0]
        syringe = self.profile.syringes[0] if self.profile.syringes else None
        bore_um = syringe.bore_um if syringe else 0
        if content_nl is None:
            content_nl = syringe.content_nl_max if syringe else 0
        pins = self.profile.pins
        return self.code(Fit, fit_no, needle.length_um, bore_um, pins, 0, content_nl, 0, 1)

    def test(self) -> None:
        assert self.code(Selftest) == Code.OK
        self.run(300)
        assert self.status.inputs & Inputs.TESTED

    def ready(self) -> None:
        """Open, fit, test and prime: everything that ARM demands."""
        self.open()
        assert self.fit() == Code.OK
        self.test()
        # as a prime leaves it, without its time: play taken up
        self.plant.plunger.slack_um = 0.0
        self.device.board.primed = True

    def begin(self, kind: Kind, steps: list[Step], /, **changes: Reply) -> Begin:
        """Return a BEGIN that suits the steps, with changes."""
        self.commands += 1
        units = sum(step.units for step in steps)
        amounts = [getattr(s, "strokes", getattr(s, "dose_nl", 0)) * s.units for s in steps]
        head = (self.rid + 1, self.boot, self.session)
        begin = Begin(
            *head, self.session << 32 | self.commands, kind, 0, len(steps), units, sum(amounts), 0
        )
        return begin._replace(**changes)

    def load(self, kind: Kind = Kind.PRICK, steps: list[Step] | None = None) -> Code:
        """Load and commit a program; returns the first code that is not OK."""
        steps = [STEP_OF[kind]] if steps is None else steps
        begin = self.begin(kind, steps)
        packed = [pack_step(kind, step) for step in steps]
        code = self.code(Begin, *begin[3:])
        for first in range(0, len(packed), 9):
            part = tuple(packed[first : first + 9])
            if code == Code.OK:
                code = self.code(Data, first, len(part), part)
        if code != Code.OK:
            return code
        crc = crc32(b"".join([payload_bytes(begin), *packed]))
        code = self.code(Commit, begin.command, crc)
        if code == Code.OK:
            self.command, self.units = begin.command, begin.units
        return code

    def arm(self, **changes: Reply) -> Code:
        """Arm on the newest STATUS."""
        if not self.unasked or self.unasked[-1].state != self.state:
            self.run(60)
        fields: dict[str, Any] = {
            "command": self.command,
            "seen_us": self.unasked[-1].device_us,
            "profile": self.profile.canonical_hash,
            "next": self.next,
            "fit_no": self.stores.fit.fit_no,
            **changes,
        }
        return self.code(Arm, *fields.values())

    def hands(self, *, trigger: bool, contact: bool = True) -> None:
        """Trigger and skin."""
        self.plant.set_trigger(self.now_ns, pressed=trigger)
        if self.profile.contact == "vacuum":
            self.plant.set_vacuum(self.now_ns, self.profile.vacuum_pa if contact else 0)
        else:
            self.plant.set_contact(self.now_ns, self.profile.contact_mn if contact else 0)
        self.simulated.advance(self.now_ns)
        self.listen()

    def go(self, kind: Kind = Kind.PRICK, steps: list[Step] | None = None) -> None:
        """Load, arm, grant on and hold the trigger: units run."""
        assert self.load(kind, steps) == Code.OK
        self.start(contact=kind in (Kind.PRICK, Kind.TRAIN))

    def start(self, *, contact: bool = True) -> None:
        """Arm what is loaded and let people do their part."""
        self.hands(trigger=False, contact=contact)
        assert self.arm() == Code.OK
        self.granting = True
        self.run(40)
        self.hands(trigger=True, contact=contact)

    def run_to_phase(self, phase: int, span_ms: float = 5000) -> None:
        """Let time pass until the needle is in a phase of a unit."""
        self.run_to(lambda: self.plant.phase == phase, span_ms)

    def run_to_state(self, state: DeviceState, span_ms: float = 5000) -> None:
        self.run_to(lambda: self.state == state, span_ms)

    def stop(self, press: int = 1) -> None:
        self.send(Stop, press, 0)

    def send_stop_of_a_stranger(self) -> None:
        """Press STOP as a host that knows neither boot nor session."""
        self.send(Stop, 0xABCD, 3, boot=0, session=0, rid=0)

    def clear(self) -> Code:
        return self.code(Clear, self.stores.latch_no, 0)

    def close(self, how: How = How.GIVEN_UP) -> Code:
        return self.code(Close, self.command, self.next, how)

    def reset(self) -> None:
        """Brown-out; the host begins anew."""
        self.simulated.reset(self.now_ns)
        self.boot += 1
        self.session = 0
        self.granting = False
        self.run(700)


def bench_in(state: DeviceState, kind: Kind = Kind.PRICK) -> Bench:
    """Return a bench whose device is in a state, a session open wherever there can be one."""
    bench = Bench()
    if state == DeviceState.STARTING:
        bench.simulated.reset(bench.now_ns)
        bench.boot += 1
        return bench
    bench.ready()
    if state == DeviceState.LOADING:
        assert bench.code(Begin, *bench.begin(kind, [STEP_OF[kind]])[3:]) == Code.OK
    elif state == DeviceState.TESTING:
        assert bench.code(Selftest) == Code.OK
    elif state == DeviceState.UPDATE:
        bench.device.hold_service_key(held=True)
        assert bench.code(Update) == Code.OK
    elif state == DeviceState.LOADED:
        assert bench.load(kind) == Code.OK
    elif state == DeviceState.ARMED:
        assert bench.load(kind) == Code.OK
        assert bench.arm() == Code.OK
    elif state in (DeviceState.RUNNING, DeviceState.STOPPING):
        bench.go(kind, [SLOW])
        bench.run_to_phase(Phase.DELIVER)
        if state == DeviceState.STOPPING:
            bench.stop()
    elif state == DeviceState.LATCHED:
        assert bench.load(kind) == Code.OK
        bench.stop()
    assert bench.state == state
    return bench
