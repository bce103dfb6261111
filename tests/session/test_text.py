"""Logs as text: messages that read back, lines that people understand, whole conversations."""

import struct

import pytest

from mesodrive.core.ports import In, Out
from mesodrive.session.assembler import LogWriter, record
from mesodrive.session.begin import Begin
from mesodrive.session.conversation import Spoken, hear, parse, write
from mesodrive.session.format import RecordType
from mesodrive.session.message_text import TextError, message_text, parse_message
from mesodrive.session.rendering import Sort, entry_text, received_text, seconds
from mesodrive.session.show import show
from mesodrive_protocol.codec import Refused, Signed, encode
from mesodrive_protocol.enums import (
    Code,
    DeviceState,
    EventKind,
    Hold,
    Inputs,
    Kind,
    LimitField,
    Outcome,
    Phase,
    Reason,
    Trigger,
)
from mesodrive_protocol.messages import (
    Answer,
    Arm,
    Data,
    Grant,
    Hello,
    Identity,
    LimitsAre,
    Message,
    Narrow,
    Record,
    Status,
    Stop,
    Trace,
)
from mesodrive_protocol.steps import NeedleStep, pack_step

STEP = pack_step(Kind.PRICK, NeedleStep(10, 1500, 2000, 500_000, 0, 100, Trigger.HELD))
STATUS = Status(
    0, 3, 9, 123_456, 7, DeviceState.RUNNING, Reason.NONE, Phase.OUT, Hold.NONE,
    Inputs.TRIGGER | Inputs.CONTACT, 0, 4, 6, 1, 200_000, 12, 4, 8000, -5, 3200, 7_400_000, 31_000,
    0, 1,
)  # fmt: skip
IDENTITY = Identity(
    5, 3, 0, 1, 1, DeviceState.IDLE, 1, b"generic", b"nappage-gun", b'SIM "1"', 1, 2, bytes(32), 3,
    8, 1, 12, 99, 1000, 0, 0, 0, 1, 1024, 64, 32, 1,
)  # fmt: skip
RECORD = Record(
    0, 3, 9, 11, 0xDEAD, 1 << 40, 5, 6, 3, 4, Kind.PRICK, Outcome.DONE, Reason.NONE, Phase.REST, 1,
    2000, 2000, 1500, -2, 3, 4, 5, 6,
)  # fmt: skip
MESSAGES: list[Message] = [
    Hello(1, 0, 0),
    Grant(2, 3, 9, 1 << 40, 5, 6),
    Data(2, 3, 9, 0, 2, (STEP, STEP)),
    Narrow(2, 3, 9, 2, ((LimitField.DEPTH_UM_MAX, 1500), (LimitField.DOSE_NL_MAX, -1))),
    Narrow(2, 3, 9, 0, ()),
    LimitsAre(2, 3, 9, 0, 2, (5, -6)),
    Trace(2, 3, 9, 1, 1000, 3, 2, 0, ((1, -2), (3, 4))),
    Arm(2, 3, 9, 1 << 40, 5, bytes(range(32)), 0, 1),
    Answer(2, 3, 9, Code.LIMIT, DeviceState.LOADED, Reason.NONE, 2, 0, 1600, 1500, 0),
    STATUS,
    STATUS._replace(inputs=0, state=77),
    STATUS._replace(inputs=1 << 15),
    IDENTITY,
    RECORD,
    RECORD._replace(kind=Kind.EVENT, outcome=EventKind.CLOSED),
]
BEGIN = Begin(
    "0.1.0", {"treatment_id": "T-1"}, "", "ab" * 32, "", "", [], {}, {}, "2000-01-01T00:00:00Z",
    "sim",
)  # fmt: skip
MS = 1_000_000


@pytest.mark.parametrize("message", MESSAGES, ids=lambda one: type(one).__name__)
def test_a_message_reads_back_from_its_text(message: Message) -> None:
    text = message_text(message)
    assert "\n" not in text
    assert parse_message(text) == message
    assert type(parse_message(text)) is type(message)


def test_a_status_reads_like_words() -> None:
    text = message_text(STATUS)
    assert "state=RUNNING reason=NONE phase=OUT" in text
    assert "inputs=TRIGGER|CONTACT" in text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("GREET rid=1", "no message has this name"),
        ("HELLO rid=1 boot=2", "fields are not: rid boot session"),
        ("HELLO rid=1 session=0 boot=2", "fields are not"),
        ("HELLO rid=x boot=0 session=0", "cannot be read"),
        ("NARROW rid=1 boot=0 session=0 n=0 limits=5", "in brackets"),
        (message_text(STATUS).replace("RUNNING", "WALKING"), "WALKING"),
    ],
)
def test_a_line_that_is_no_message_is_refused(text: str, says: str) -> None:
    with pytest.raises(TextError, match=says) as caught:
        parse_message(text)
    assert caught.value.text == text


def sample() -> LogWriter:
    """A log with every kind of entry."""
    writer = LogWriter(BEGIN.to_body(), 1000 * MS)
    status = encode(STATUS)
    for at, code, data in [
        (1, In.OPENED, b'{"name":"gun","baud":null,"loopback":true}'),
        (1, Out.EVENT, b'{"event":"state","from":"idle","to":""}'),
        (2, In.WISH, b'{"wish":"start"}'),
        (2, Out.SEND, encode(MESSAGES[0]) + encode(MESSAGES[1])),
        (2, Out.PERSIST, struct.pack("<IB", 5, 1)),
        (3, In.RECEIVED, status[:9]),
        (4, In.RECEIVED, status[9:] + b"rubbish\0"),
        (5, In.DURABLE, struct.pack("<I", 5)),
        (5, Out.PERSIST, struct.pack("<IB", 6, 0)),
        (6, In.TICK, b""),
        (6, Out.STOP, encode(Stop(3, 3, 9, 1, 0))),
        (6, 99, bytes(400)),
        (7, In.HOST, b"[1]"),
    ]:
        writer.add(1000 * MS + at * MS, code, data)
    return writer


def log() -> bytes:
    writer = sample()
    writer.end(1010 * MS, b'{"ending":"stopped"}')
    return writer.take()


def test_a_log_is_shown_line_by_line() -> None:
    assert list(show(log())) == [
        "mesodrive 0.1.0, 2000-01-01T00:00:00Z, port sim, treatment T-1, profile abababababababab",
        '    0.001000000 * opened name=gun baud=null loopback=true',
        '    0.001000000 * state from=idle to=""',
        "    0.002000000 ? start",
        "    0.002000000 > HELLO rid=1 boot=0 session=0",
        "    0.002000000 > " + message_text(MESSAGES[1]),
        "    0.002000000 * persist 5 at once",
        "    0.004000000 < " + message_text(STATUS),
        "    0.004000000 < (1 damaged)",
        "    0.005000000 * durable 5",
        "    0.005000000 * persist 6",
        "    0.006000000 * tick",
        "    0.006000000 ! STOP rid=3 boot=3 session=9 press=1 cause=0",
        "    0.006000000 * code 99 " + "00 " * 255 + "00 and 144 bytes",
        "    0.007000000 * host 5b 31 5d",
        '    0.010000000 end {"ending":"stopped"}',
    ]  # fmt: skip


def test_what_is_shown_can_be_chosen() -> None:
    assert [line.split()[2] for line in show(log(), {Sort.EVENT})][1:-1] == ["state"]
    assert [line.split()[1] for line in show(log(), {Sort.FRAME})][1:-1] == [
        ">",
        ">",
        "<",
        "<",
        "!",
    ]
    assert [line.split()[2] for line in show(log(), {Sort.WISH})][1:-1] == ["start"]
    assert [line[15:26] for line in show(log(), (), raw=True)][4] == " > 00 15 a4"
    assert len(list(show(log(), raw=True))) == len(list(show(log()))) + 13


def test_a_damaged_log_is_shown_up_to_its_damage() -> None:
    whole = sample()
    whole.seal(1010 * MS)
    data = whole.take()
    lines = list(show(data + record(RecordType.NOTE, 1010 * MS, b"x")[:-1]))
    assert lines[:-3] == list(show(log()))[:-1]
    assert lines[-3] == "the session was not closed"
    assert lines[-2] == "17 bytes after the last seal"
    assert lines[-1].startswith("stopped: record 4 at byte ")


def test_one_entry_is_shown_on_its_own() -> None:
    assert entry_text(Out.SEND, encode(MESSAGES[0])) == "send HELLO rid=1 boot=0 session=0"
    assert entry_text(In.RECEIVED, b"\1\2") == "received 01 02"
    assert entry_text(In.WISH, b"{}") == "wish"
    assert entry_text(In.LOST, b'{"reason":"gone"}') == "lost reason=gone"
    assert entry_text(Out.EVENT, b"[" * 100_000).startswith("event 5b 5b")


def test_what_a_decoder_refuses_is_named() -> None:
    said = received_text(Refused(7, 3, 9, 0x8009, Code.ID))
    assert said == "(refused id=0x8009 code=ID rid=7)"
    assert received_text(Signed(Hello(1, 0, 0))) == "HELLO rid=1 boot=0 session=0 signed"


def test_times_are_aligned() -> None:
    assert seconds(0) == "    0.000000000"
    assert seconds(86_400 * 1_000_000_000 + 1) == "86400.000000001"


def test_a_conversation_reads_back_from_its_text() -> None:
    writer = sample_of_words()
    heard = list(hear(writer))
    text = "# a session\n\n" + write(heard)
    assert parse(text) == heard
    assert write(parse(text)) == write(heard)
    assert heard[0] == Spoken(1 * MS, "?", {"wish": "start", "why": "ä"})
    assert heard[-1].content == "(1 damaged)"
    assert [type(one.content) for one in heard[1:-1]] == [Hello, Status, Stop, dict]


def sample_of_words() -> bytes:
    writer = LogWriter(BEGIN.to_body(), 1000 * MS)
    for at, code, data in [
        (1, In.WISH, '{"wish":"start","why":"ä"}'.encode()),
        (1, Out.SEND, encode(Hello(1, 0, 0))),
        (1, Out.PERSIST, struct.pack("<IB", 5, 1)),
        (2, In.TICK, b""),
        (3, In.RECEIVED, encode(STATUS)),
        (3, Out.STOP, encode(Stop(3, 3, 9, 1, 0))),
        (3, Out.EVENT, b'{"event":"stop"}'),
        (4, In.RECEIVED, b"\0rubbish\0"),
    ]:
        writer.add(1000 * MS + at * MS, code, data)
    writer.end(1010 * MS, b"{}")
    return writer.take()


@pytest.mark.parametrize(
    "line",
    [
        "nonsense",
        "1.5 > HELLO rid=1 boot=0 session=0",
        "1.000000000 > HELLO",
        '1.000000000 ? ["wish"]',
        "1.000000000 * {",
    ],
)
def test_a_line_that_is_no_conversation_is_refused(line: str) -> None:
    with pytest.raises(TextError):
        parse(f"# remark\n{line}\n")
