"""The device under any bytes, and under right frames with any content, in any order.

* Nothing raises; whatever the device says is a sound frame, and it does not say it without end.
* Nothing moves without OPEN, ARM and GRANT, heard in this order, and no more than was granted.
* No unit begins between a STOP and the next ARM.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, Final
from zlib import crc32

from fuzz.choices import Choices
from mesodrive_protocol.codec import (
    TEXT_BYTES,
    FrameDecoder,
    Refused,
    encode,
    payload_bytes,
    value_range,
    wire_fields,
)
from mesodrive_protocol.enums import Code, DeviceState, Kind
from mesodrive_protocol.fields import DECLARATIONS, Wire
from mesodrive_protocol.messages import Ack, Answer, Arm, Begin, Grant, Open, Record, Status, Stop
from mesodrive_protocol.steps import pack_step
from mesodrive_simulator.sim_profile import SimProfile, load_profile
from support.firmware import CASE, MS, PRICK, PUSH, STEP_OF, Bench

HOST_CLASSES: Final[tuple[type[Any], ...]] = tuple(
    cls for cls, declared in DECLARATIONS.items() if not declared.id & 0x8000
)
OPS_MAX: Final = 80
SPAN_MAX_MS: Final = 6_000
"""Virtual time of one input; some programs run to their end in it."""
SAID_BYTES_MAX: Final = 1 << 20
"""Some 20 KiB a second at most, and answers to what is asked."""
KINDS: Final = (Kind.PRICK, Kind.PRIME, Kind.DRY, Kind.TRAIN)
SMALL: Final = (0, 1, 2, 3, 5, 10, 255, 65_535, 1 << 31, (1 << 32) - 1)


@cache
def profiles() -> tuple[SimProfile, ...]:
    return load_profile("nappage-gun"), load_profile("needling-pen")


def seeds() -> list[bytes]:
    """Return a session that delivers, some that stop or reset in its middle, and noise."""
    way = [2, 3, 4, 5, 6, 7, 8]
    whole = b"\0" + b"".join(bytes([op, 0]) for op in way)
    return [
        whole + bytes([0, 200, 0, 200]),
        b"\1" + b"".join(bytes([op, 3]) for op in way) + bytes([0, 200]),
        *(whole + bytes([0, n, op, 1, 0, 99]) for n in (20, 80) for op in range(9, 16)),
        *(
            whole[: 1 + 2 * n] + bytes([10, op, 1, 2, 3, 0, 9])
            for n in range(8)
            for op in range(21)
        ),
        b"\0" + bytes(range(256)),
    ]


class Watched(Bench):
    """A device with a host of fuzz data, and what the device was told so far."""

    def __init__(self, profile: SimProfile) -> None:
        self.told = FrameDecoder()
        self.opened = self.armed = False
        self.grants: dict[int, int] = {}
        """By command, how far it was granted at most after an OPEN and an ARM."""
        self.wanted = 1
        """How far the host grants when it grants."""
        self.stopped: int | None = None
        self.presses: set[int] = set()
        self.said_bytes = 0
        super().__init__(profile)
        assert not self.plant.truth

    def send_bytes(self, data: bytes) -> None:
        messages = self.told.feed(data)
        for message in messages:
            if isinstance(message, Open):
                self.opened = True
            elif isinstance(message, Arm) and self.opened:
                self.armed, self.stopped = True, None
            elif isinstance(message, Grant) and self.armed:
                known = self.grants.get(message.command, 0)
                self.grants[message.command] = max(known, message.upto)
        super().send_bytes(data)
        for message in messages:
            if isinstance(message, Stop) and message.press not in self.presses:
                self.presses.add(message.press)
                self.stopped = len(self.plant.truth)

    def code(self, cls: type[Any], *fields: object, **header: int) -> Code:
        """Send a request; what is not answered at once counts as refused."""
        answer = self.ask(cls, *fields, **header)
        return Code(answer.code) if isinstance(answer, Answer) else Code.STATE

    def listen(self) -> None:
        """Read what the device says; grant on, as far as the fuzz data has granted before."""
        said = self.simulated.take_output()
        self.said_bytes += len(said)
        assert self.said_bytes <= SAID_BYTES_MAX, "the device talks without end"
        damaged = self.decoder.damaged
        for message in self.decoder.feed(said):
            assert not isinstance(message, Refused), message
            self.heard.append(message)  # type: ignore[arg-type]
            if isinstance(message, Record) and self.acking and not message.rid:
                self.send(Ack, message.seq, message.chain)
            elif isinstance(message, Status) and self.granting and not message.rid:
                self.grant(message.device_us, self.wanted)
        assert self.decoder.damaged == damaged, "the device sent a damaged frame"
        begun = len(self.plant.truth)
        assert begun <= sum(self.grants.values()), "a unit that nobody granted"
        assert self.stopped is None or begun == self.stopped, "a unit began after STOP"


def check(data: bytes) -> None:
    """Run one input; an assertion or any exception is a finding."""
    choices = Choices(data)
    bench = Watched(choices.one(profiles()))
    bench.run(700)
    for _ in range(OPS_MAX):
        if not choices or bench.now_ns > SPAN_MAX_MS * MS:
            break
        _do(bench, choices)
        bench.session = bench.device.board.session
        bench.boot = bench.stores.totals.boot
    bench.run(500)


def _do(bench: Watched, choices: Choices) -> None:
    op, detail = choices.below(16), choices.number()
    if op < len(SESSION_OPS):
        SESSION_OPS[op](bench, detail)
    else:
        _disturb(bench, choices, op, detail)


def _load(bench: Watched, detail: int) -> None:
    kind = KINDS[detail % 4]
    bench.load(kind, [STEP_OF[kind]._replace(units=1 + detail // 4)])


def _prime(bench: Watched, detail: int) -> None:
    bench.plant.plunger.slack_um = 0.0
    bench.device.board.primed = True


def _test(bench: Watched, detail: int) -> None:
    bench.code(HOST_SELFTEST)
    bench.run(300)


def _start(bench: Watched, detail: int) -> None:
    bench.hands(trigger=False, contact=not detail & 1)
    _arm(bench)
    _grant(bench, 1 + detail // 4)
    bench.run(40)
    bench.hands(trigger=not detail & 2, contact=not detail & 1)


def _grant_on(bench: Watched, detail: int) -> None:
    bench.granting = detail % 8 != 1
    bench.acking = detail % 8 != 2
    _grant(bench, 1 + detail // 8)


SESSION_OPS: Final[tuple[Callable[[Watched, int], object], ...]] = (
    lambda bench, detail: bench.run(10 * detail),
    lambda bench, detail: bench.run(detail / 16),
    lambda bench, detail: bench.ask(Open, 7 + detail, CASE, 0),
    lambda bench, detail: bench.fit(fit_no=1 + detail),
    _test,
    _prime,
    _load,
    _start,
    _grant_on,
    lambda bench, detail: bench.stop(press=detail),
)
"""What a host and its people do; in this order it is a session."""


def _disturb(bench: Watched, choices: Choices, op: int, detail: int) -> None:
    match op:
        case 10:
            cls = HOST_CLASSES[detail % len(HOST_CLASSES)]
            bench.send_bytes(encode(_message(bench, cls, choices)))
        case 11:
            bench.send_bytes(choices.take(detail))
        case 12:
            bench.hands(trigger=bool(detail & 1), contact=bool(detail & 2))
        case 13:
            bench.clear() if detail % 2 else bench.close()
        case 14:
            _power(bench, detail)
        case _:
            _load_by_hand(bench, choices, KINDS[detail % 4])


def _arm(bench: Watched) -> None:
    if bench.unasked and bench.device.board.state == DeviceState.LOADED:
        bench.granting = True
        bench.arm()


def _grant(bench: Watched, upto: int) -> None:
    bench.wanted = upto
    if bench.unasked:
        bench.grant(upto=upto)


def _power(bench: Watched, detail: int) -> None:
    match detail % 4:
        case 0:
            bench.reset()
            bench.presses.clear()
        case 1:
            bench.simulated.line_break(bench.now_ns)
        case 2:
            bench.plant.set_stop_key(bench.now_ns, pressed=bool(detail & 4))
            bench.simulated.advance(bench.now_ns)
        case _:
            bench.device.hold_service_key(held=bool(detail & 4))
    bench.listen()


def _load_by_hand(bench: Watched, choices: Choices, kind: Kind) -> None:
    """Load a program of any steps with a right CRC, so that only its content can be refused."""
    plain = PRICK if kind is not Kind.PRIME else PUSH
    like = STEP_OF.get(kind, plain)
    fields = {name: _around(getattr(like, name), choices) for name in like._fields}
    try:
        packed = pack_step(kind, like._replace(**fields))
    except Exception:  # noqa: BLE001 -- values that no step can carry
        return
    begin = bench.begin(kind, [like])._replace(
        units=_around(like.units, choices) & 0xFFFF, total=_around(50_000, choices) & 0xFFFF_FFFF
    )
    begin = Begin(bench.rid + 1, *begin[1:])
    bench.send(Begin, *begin[3:])
    bench.run(30)
    bench.send(HOST_DATA, 0, 1, (packed,))
    bench.send(HOST_COMMIT, begin.command, crc32(payload_bytes(begin) + packed))
    bench.run(30)
    bench.command, bench.units = begin.command, begin.units


def _around(value: int, choices: Choices) -> int:
    how = choices.below(8)
    if how < 4:
        return value
    return choices.one(SMALL) if how == 4 else max(0, value + choices.number() - 128)


def _message(bench: Watched, cls: type[Any], choices: Choices) -> Any:  # noqa: ANN401
    """Return a message of any content that its fields can carry, its header often right."""
    bench.rid += choices.below(3)
    wrong = choices.below(8)
    header = (bench.rid, bench.boot + (wrong == 1), bench.session + (wrong == 2))
    values: list[Any] = list(header)
    known = (
        bench.command, bench.next, bench.units, bench.stores.fit.fit_no, bench.stores.latch_no,
        bench.now_ns // 1_000, 7, 5,
    )  # fmt: skip
    for _, wire in wire_fields(cls)[3:]:
        values.append(_value(wire, known, choices))
    tail = DECLARATIONS[cls].tail
    if tail is None:
        return cls(*values)
    count = choices.below(tail.most + 1)
    values[cls._fields.index(tail.counter)] = count
    items = tuple(_item(tail.format, choices) for _ in range(count))
    return cls(*values, items)


def _value(wire: Wire, known: tuple[int, ...], choices: Choices) -> Any:  # noqa: ANN401
    if wire.format == "32s":
        return profiles()[0].canonical_hash if choices.below(4) else bytes(32)
    if wire.format.endswith("s"):
        return b"A" * choices.below(TEXT_BYTES + 1)
    bits = {"B": 8, "H": 16, "I": 32, "Q": 64, "h": 15, "i": 31}[wire.format]
    number = known[choices.below(8)] if choices.below(2) else choices.number(choices.below(9))
    if wire.values is not None:
        low, high = value_range(wire.values)
        return low + number % (high - low + 1)
    return number % (1 << bits)


def _item(form: str, choices: Choices) -> Any:  # noqa: ANN401
    if form == "24s":
        return choices.take(24).ljust(24, b"\0")
    numbers = (choices.number() - 128, choices.number() - 128)
    return numbers[0] if form == "i" else (numbers[0] & 0x7F, numbers[1])


_BY_NAME: Final = {cls.__name__: cls for cls in HOST_CLASSES}
HOST_SELFTEST: Final = _BY_NAME["Selftest"]
HOST_DATA: Final = _BY_NAME["Data"]
HOST_COMMIT: Final = _BY_NAME["Commit"]
