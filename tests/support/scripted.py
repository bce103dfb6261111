"""A device by hand: it answers each frame of a real core as a script says, in its own time.

By default it is an honest device without physics: a granted unit is done at once. A test says
what it does otherwise: `device.on[Arm] = lambda arm: device.answer(arm, Code.FRESH)`, or `SILENT`.
"""

# ruff: noqa: ANN401
import json
from collections import deque
from collections.abc import Callable
from typing import Any

from mesodrive.core.driver import DriverCore
from mesodrive.core.ports import In, Out
from mesodrive.core.records import chain_of
from mesodrive.core.spec import SessionSpec
from mesodrive.profile.canonical import limits_for_wire
from mesodrive.profile.models import DeviceProfile
from mesodrive_protocol.codec import FrameDecoder, encode
from mesodrive_protocol.enums import (
    Caps,
    Code,
    DeviceState,
    EventKind,
    Hold,
    How,
    Inputs,
    Kind,
    Outcome,
    Phase,
    Reason,
    Relation,
)
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
    Fetch,
    Fit,
    Grant,
    Hello,
    Identity,
    Limits,
    LimitsAre,
    Message,
    Open,
    Pause,
    Poll,
    Record,
    Selftest,
    Status,
    Stop,
)

MS = 1_000_000
S = 1_000 * MS
STATUS_NS = 50 * MS


def SILENT(_message: Any) -> None:  # noqa: N802
    """Answer nothing."""


class Scripted:
    """A core and a device by hand on one clock."""

    kinds: tuple[Kind, ...] = (Kind.PRICK, Kind.PRIME, Kind.DRY, Kind.TRAIN)
    """What the device can do."""

    def __init__(self, spec: SessionSpec, *, begin_ns: int = 0) -> None:
        self.spec = spec
        self.core = DriverCore(spec)
        self.now_ns = begin_ns
        self.status_ns = begin_ns
        """When the next unasked status leaves."""
        self.on: dict[type[Any], Callable[[Any], Message | None]] = {}
        """What to answer instead, by message; None for nothing."""
        self.heard: list[Any] = []
        """Everything the core sent, decoded."""
        self.events: list[dict[str, Any]] = []
        self.auto = {"start", "fitted", "arm", "resume"}
        """Wishes that the operator expresses as soon as he is asked."""
        self.disk = True
        """Marks become durable at once."""
        self.speaks = True
        """Statuses leave by themselves."""
        self.works = True
        """Granted units are done, one per status."""
        self.boot, self.session, self.us, self.seq = 3, 0, 0, 0
        self.last_session, self.nonce = 8, -1
        self.loaded = False
        """The program of the open command is in memory."""
        self.state = DeviceState.IDLE
        self.reason = Reason.NONE
        self.inputs = 0
        self.latch_no = self.next = self.upto = self.units = self.fit_no = self.begun = 0
        self.command = self.last_command = 0
        self.closed: tuple[int, int, int] = (0, 0, 0)
        """The last command closed: id, next, how."""
        self.doses: list[int] = []
        self.kind = Kind.EVENT
        self.journal: list[Record] = []
        self.acked = 0
        self.identity: dict[str, Any] = {}
        """Fields of IDENTITY that differ."""
        self._presses: set[int] = set()
        self._decoder = FrameDecoder()
        self._inputs: deque[tuple[int, bytes]] = deque()
        self._feeding = False

    # The clock

    def open_port(self, **changes: Any) -> "Scripted":
        port = {"name": "hand", "baud": 460_800, "loopback": True, **changes}
        self.input(In.OPENED, json.dumps(port).encode())
        return self

    def wish(self, name: str, **facts: Any) -> None:
        self.input(In.WISH, json.dumps({"wish": name, **facts}).encode())

    def input(self, code: int, data: bytes = b"") -> None:
        """Feed one input, and everything that follows from it without time passing."""
        self._inputs.append((code, data))
        if self._feeding:
            return
        self._feeding = True
        while self._inputs:
            for out, body in self.core.step(*self._inputs.popleft(), self.now_ns):
                self._take(out, body)
        self._feeding = False

    def run(self, seconds: float = 1.0, until: Callable[[], bool] = lambda: False) -> "Scripted":
        """Let time pass until something holds, the session has ended, or the time is over."""
        end_ns = self.now_ns + int(seconds * S)
        while not until() and not self.core.ended:
            beat_ns = self.status_ns if self.speaks and self.session else end_ns + 1
            due_ns = max(min(self.core.deadline_ns, beat_ns), self.now_ns)
            if due_ns > end_ns:
                self.now_ns = end_ns
                return self
            self.now_ns = due_ns
            if beat_ns <= due_ns:
                self.status_ns = due_ns + STATUS_NS
                self.say(self.status())
                if self.works:
                    self.work()
            else:
                self.input(In.TICK)
        return self

    def until(self, event: str, seconds: float = 20.0) -> dict[str, Any]:
        """Run until an event comes that had not come before, and return it."""
        seen = len(self.events)
        self.run(seconds, lambda: any(e["event"] == event for e in self.events[seen:]))
        return next(e for e in self.events[seen:] if e["event"] == event)

    def until_state(self, *states: str, seconds: float = 20.0) -> "Scripted":
        self.run(seconds, lambda: self.core.view().state in states)
        assert self.core.view().state in states, self.core.view()
        return self

    def named(self, event: str) -> list[dict[str, Any]]:
        return [one for one in self.events if one["event"] == event]

    def sent(self, cls: type[Any]) -> list[Any]:
        return [one for one in self.heard if type(one) is cls]

    # What the device says

    def say(self, message: Message | None) -> None:
        if message is not None:
            self.input(In.RECEIVED, encode(message))

    def status(self, rid: int = 0, **changes: Any) -> Status:
        self.us = max(self.us + 1, self.now_ns // 1_000)
        if not rid:
            self.seq = (self.seq + 1) & 0xFFFF
        return Status(
            rid, self.boot, self.session, self.us, self.seq, self.state, self.reason, Phase.REST,
            Hold.NONE, self.inputs, self.latch_no, self.next, self.upto, self.fit_no, 0,
            len(self.journal) + 1, self.begun, 0, 0, 0, 5_000_000, 23_000, 0, 0,
        )._replace(**changes)  # fmt: skip

    def answer(self, message: Any, code: Code = Code.OK, **changes: Any) -> Answer:
        return Answer(
            message.rid, self.boot, self.session, code, self.state, self.reason, 0, 0, 0, 0, 0
        )._replace(**changes)

    def record(self, **changes: Any) -> Record:
        """Write one entry into the journal and send it."""
        chain = self.journal[-1].chain if self.journal else 0
        seq = self.journal[-1].seq + 1 if self.journal else 1
        plain = Record(
            0, self.boot, self.session, seq, 0, self.command, 0, 0, self.boot, 0, self.kind,
            Outcome.DONE, Reason.NONE, Phase.REST, self.fit_no, 0, 0, 0, 0, 0, 0, 0, 0,
        )._replace(**changes)  # fmt: skip
        record = plain._replace(chain=chain_of(plain, chain))
        self.journal.append(record)
        self.say(record)
        return record

    def tell(self, what: EventKind, **changes: Any) -> Record:
        return self.record(kind=Kind.EVENT, outcome=what, **changes)

    def work(self) -> None:
        """Do one granted unit."""
        if self.state not in (DeviceState.ARMED, DeviceState.RUNNING) or self.next >= self.upto:
            return
        self.state = DeviceState.RUNNING
        unit, self.next, self.begun = self.next, self.next + 1, self.begun + 1
        dose = self.doses[unit]
        self.record(unit=unit, lo=dose, hi=dose)
        if self.next >= self.units and self.state is DeviceState.RUNNING:
            self.state = DeviceState.LOADED
            if self.kind is Kind.PRIME:
                self.inputs |= Inputs.PRIMED

    def latch(self, reason: Reason) -> None:
        self.latch_no += 1
        if self.state is not DeviceState.LATCHED:
            self.state, self.reason = DeviceState.LATCHED, reason

    def restart(self) -> None:
        self.boot += 1
        self.session = self.us = 0
        self.loaded, self.nonce = False, -1
        self.state = DeviceState.IDLE

    # What it does with the core's frames

    def _take(self, out: int, body: bytes) -> None:
        if out in (Out.SEND, Out.STOP):
            for message in self._decoder.feed(body):
                self.heard.append(message)
                react = self.on.get(type(message), self._react)
                reply = react(message)
                if reply is not None:
                    self._inputs.append((In.RECEIVED, encode(reply)))
        elif out == Out.PERSIST:
            if self.disk:
                self._inputs.append((In.DURABLE, body[:4]))
        else:
            event = json.loads(body)
            self.events.append(event)
            if event["event"] == "awaiting" and event["wishes"][0] in self.auto:
                wish = json.dumps({"wish": event["wishes"][0]}).encode()
                self._inputs.append((In.WISH, wish))

    def react(self, message: Any) -> Any:
        """What an honest device does; for scripts that only add to it."""
        return self._react(message)

    def _react(self, message: Any) -> Message | None:  # noqa: C901, PLR0911, PLR0912, PLR0915
        match message:
            case Hello():
                return self._identity(message)
            case Limits():
                values = limits_for_wire(self.spec.profile)
                return LimitsAre(message.rid, self.boot, self.session, 0, len(values), values)
            case Poll():
                return self.status(message.rid)
            case Fetch():
                found = [one for one in self.journal if one.seq >= message.seq]
                if not found:
                    return self.answer(message, Code.GONE)
                return found[0]._replace(rid=message.rid, boot=self.boot, session=self.session)
            case Account():
                return self._account(message)
            case Open():
                if message.nonce != self.nonce:
                    self.nonce = message.nonce
                    self.last_session += 1
                self.session = self.last_session
                return self.answer(message, detail=message.nonce)
            case Fit():
                self.fit_no, self.inputs = message.fit_no, 0
                self.tell(EventKind.FITTED)
            case Selftest():
                self.inputs |= Inputs.TESTED
                self.say(self.answer(message))
                self.tell(EventKind.TESTED)
                return None
            case Begin():
                self.kind, self.units = Kind(message.kind), message.units
                each = message.total // message.units
                self.doses = [each] * message.units
            case Commit():
                self.command = self.last_command = message.command
                self.next = self.upto = 0
                self.state, self.loaded = DeviceState.LOADED, True
            case Arm():
                self.upto, self.state = self.next, DeviceState.ARMED
            case Grant():
                self.upto = message.upto
                return None
            case Ack():
                self.acked = message.seq
                return None
            case Pause():
                self.state = DeviceState.LOADED
            case Close():
                self.closed = (self.command, message.next, message.how)
                self.command = self.next = 0
                self.state = DeviceState.IDLE if self.state is DeviceState.LOADED else self.state
            case Clear():
                self.reason = Reason.NONE
                loaded = self.command and self.loaded
                self.state = DeviceState.LOADED if loaded else DeviceState.IDLE
            case Stop():
                if message.press not in self._presses:
                    self._presses.add(message.press)
                    self.latch(Reason.STOP)
                return None
            case _:
                assert isinstance(message, Data), message
                if any(self.is_beyond(step) for step in message.steps):
                    return self.answer(message, Code.LIMIT)
        return self.answer(message)

    def is_beyond(self, step: bytes) -> bool:
        """Tell whether a packed step goes deeper than the device may."""
        profile = self.spec.profile
        assert isinstance(profile, DeviceProfile), "a transdermal unit has a script of its own"
        return int.from_bytes(step[2:4], "little") > profile.hard_limits.depth_um_max

    def _identity(self, hello: Hello) -> Identity:
        expected = self.spec.profile.identity
        kinds = sum(1 << (8 + kind) for kind in self.kinds)
        first = self.journal[0].seq if self.journal else 1
        return Identity(
            hello.rid, self.boot, self.session, 1, 1, self.state, 1, expected.vendor.encode(),
            expected.model.encode(), b"HAND-1", 1, 1, bytes.fromhex(self.spec.profile_hash), 1,
            self.last_session, first, first + len(self.journal),
            self.journal[-1].chain if self.journal else 0, self.begun, self.command,
            self.last_command, 0, Caps.SIMULATED | kinds, 1024, 64, 32, self.fit_no,
        )._replace(**self.identity)  # fmt: skip

    def _account(self, message: Account) -> AccountIs:
        asked = message.command or self.command or self.closed[0]
        blank = AccountIs(
            message.rid, self.boot, self.session, asked, self.last_command, 0, 0, 0, 0, 0, 0, 0, 0,
            0, 0, 0, 0, Relation.NEVER, 0, 0, 0,
        )  # fmt: skip
        if asked and asked == self.command:
            return blank._replace(
                relation=Relation.OPEN,
                loaded=int(self.loaded),
                units=self.units,
                next=self.next,
                kind=self.kind,
            )
        if asked and asked == self.closed[0]:
            return blank._replace(
                relation=Relation.CLOSED, closed_by=self.session, units=self.units,
                next=self.closed[1], how=How(self.closed[2]),
            )  # fmt: skip
        return blank._replace(
            relation=Relation.OLDER if asked <= self.last_command else Relation.NEVER
        )
