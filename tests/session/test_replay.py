"""Replay: the same inputs give the same outputs, and the first difference is named."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version

import pytest

from mesodrive.core.ports import In, Out
from mesodrive.session.assembler import LogWriter, record
from mesodrive.session.begin import Begin, LogUnusableError, read_begin
from mesodrive.session.format import BLOCK_BYTES_MAX, Fault, RecordType
from mesodrive.session.rebuild import driver_core
from mesodrive.session.replay import Core, replay
from mesodrive.session.verify import verify
from mesodrive.session.walk import Walk

BEGIN = Begin(
    mesodrive=version("mesodrive"),
    spec={"seed": 3},
    profile_yaml="schema: 1\n",
    profile_file_hash="aa",
    plan_yaml="plan: ä\n",
    plan_file_hash="bb",
    layout=[[[0, 0], [100, 0]]],
    versions={"python": "3.11.7"},
    host={"system": "Linux"},
    started_utc="2000-01-01T00:00:00+00:00",
    port="sim",
)
MS = 1_000_000


class Echo:
    """A core whose every output depends on all its inputs, their times and its specification."""

    def __init__(self, begin: Begin) -> None:
        self.state = bytes([begin.spec["seed"]])

    def step(self, code: int, data: bytes, now_ns: int) -> list[tuple[int, bytes]]:
        seen = self.state + bytes([code]) + data + now_ns.to_bytes(8, "little")
        self.state = hashlib.sha256(seen).digest()
        if code == In.TICK:
            return []
        event = b'{"event":"state","is":"%s"}' % self.state[:4].hex().encode()
        return [(Out.EVENT, event)] * (1 + self.state[0] % 3)


def live(make: Callable[[Begin], Core] = Echo, *, close: bool = True) -> bytes:
    """Run a core as an owner does, and return the log."""
    core = make(BEGIN)
    writer = LogWriter(BEGIN.to_body(), 0)
    now = 0
    for n in range(200):
        now += 7 * MS
        if now >= writer.seal_due_ns:
            writer.seal(now)
        code, data = (In.TICK, b"") if n % 5 == 0 else (In.RECEIVED, bytes([n]) * (n * 4))
        writer.add(now, code, data)
        for out, said in core.step(code, data, now):
            writer.add(now, out, said)
    if close:
        writer.end(now, b"{}")
    return writer.take()


LOG = live()


@pytest.mark.req("RPL-01")
def test_a_log_replays_to_the_same_bytes() -> None:
    result = replay(LOG, Echo)
    assert result.equal
    assert result.verification == verify(LOG)
    assert result.verification.intact
    assert result.inputs == 200
    assert result.inputs + result.outputs == result.verification.entries


class Other(Echo):
    """A core that begins to differ late."""

    def step(self, code: int, data: bytes, now_ns: int) -> list[tuple[int, bytes]]:
        outputs = super().step(code, data, now_ns)
        if now_ns < 695 * MS or not outputs:
            return outputs
        return self.changed(outputs)

    def changed(self, outputs: list[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
        return [*outputs[:-1], (Out.EVENT, b'{"event":"other","n":1}')]


class Silent(Other):
    def changed(self, outputs: list[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
        return outputs[:-1]


class Chatty(Other):
    def changed(self, outputs: list[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
        return [*outputs, (Out.EVENT, b'{"event":"other","n":1}')]


@pytest.mark.req("RPL-01")
@pytest.mark.parametrize("make", [Other, Silent, Chatty])
def test_the_first_difference_is_named(make: type[Other]) -> None:
    result = replay(LOG, make)
    assert not result.equal
    found = result.divergence
    assert found is not None
    assert found.time_ns == 700 * MS
    assert found.input.startswith("received")
    assert found.got == ("" if make is Silent else "other n=1")
    assert bool(found.expected) == (make is not Chatty)
    assert "nothing" in str(found) or make is Other
    assert LOG[found.offset + 4] == (In.RECEIVED if make is Chatty else Out.EVENT)
    assert result.verification == verify(LOG)


def test_another_specification_differs_at_the_first_output() -> None:
    def make(begin: Begin) -> Echo:
        begin.spec["seed"] = 4
        return Echo(begin)

    result = replay(LOG, make)
    assert result.divergence is not None
    assert result.divergence.time_ns == 14 * MS


def test_a_log_cut_anywhere_replays_as_far_as_it_goes() -> None:
    step = 211
    for at in range(len(read_begin(LOG).to_body()) + 100, len(LOG), step):
        result = replay(LOG[:at], Echo)
        assert result.equal, f"cut at {at}"
        assert not result.verification.intact


def test_outputs_that_a_closed_log_lacks_are_a_difference() -> None:
    class More(Echo):
        def step(self, code: int, data: bytes, now_ns: int) -> list[tuple[int, bytes]]:
            outputs = super().step(code, data, now_ns)
            return outputs + [(Out.EVENT, b"{}")] * (now_ns == 1400 * MS)

    assert not replay(LOG, More).equal
    assert replay(live(close=False), More).equal


def test_an_input_and_its_outputs_may_lie_in_two_blocks() -> None:
    class Loud(Echo):
        def step(self, code: int, data: bytes, now_ns: int) -> list[tuple[int, bytes]]:
            return [(Out.SEND, bytes(BLOCK_BYTES_MAX // 2))] * 3

    assert replay(live(Loud), Loud).equal


def test_outputs_that_nobody_asked_for_are_a_difference() -> None:
    writer = LogWriter(BEGIN.to_body(), 0)
    writer.add(3, Out.EVENT, b'{"event":"state"}')
    writer.add(4, In.TICK, b"")
    writer.end(5, b"{}")
    found = replay(writer.take(), Echo).divergence
    assert found is not None
    assert (found.input, found.expected, found.got, found.time_ns) == ("no input", "state", "", 3)


def test_a_changed_byte_stops_the_replay_and_is_reported() -> None:
    at = len(LOG) // 2
    spoiled = LOG[:at] + bytes([LOG[at] ^ 1]) + LOG[at + 1 :]
    result = replay(spoiled, Echo)
    assert result.equal
    assert result.verification == verify(spoiled)
    assert result.verification.damage is not None
    assert 0 < result.inputs < 200


@pytest.mark.parametrize("body", [b"\5\0\0\0\1\1\0", b"\5\0\0\0\1\0\0" + b"\4\0\0\0\1\0\0", b"\0"])
def test_a_malformed_block_stops_the_replay(body: bytes) -> None:
    data = LogWriter(BEGIN.to_body(), 0).take() + record(RecordType.BLOCK, 0, body)
    result = replay(data, Echo)
    assert result.verification == verify(data)
    assert result.verification.damage is not None
    assert result.verification.damage.fault is Fault.BLOCK


def test_a_malformed_block_after_a_difference_is_still_found() -> None:
    data = LOG[: verify(live(close=False)).sealed_bytes]
    data += record(RecordType.BLOCK, 1400 * MS, b"\0")
    result = replay(data, Other)
    assert not result.equal
    assert result.verification == verify(data)


def test_the_begin_record_comes_back_as_it_was() -> None:
    assert read_begin(LOG) == BEGIN


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b'{"format":1,', "it is no JSON object"),
        (b'{"format":1,"mesodrive":"0.1.0"}', "without spec, profile_yaml"),
        (b'{"format":1,"x":' + b"[" * 200_000, "no JSON"),
        (b'{"format":2,"x":1}', "format 2"),
    ],
)
def test_a_begin_record_that_cannot_be_used_is_refused(body: bytes, says: str) -> None:
    data = record(RecordType.BEGIN, 0, body)
    with pytest.raises(LogUnusableError, match=says) as caught:
        replay(data, Echo)
    assert caught.value.exit_code == 9
    assert caught.value.remedy
    assert Walk(data).damage is None


@pytest.mark.parametrize(("fact", "value"), [("spec", []), ("layout", {}), ("mesodrive", 1)])
def test_a_begin_record_whose_facts_are_of_another_sort_is_refused(
    fact: str, value: object
) -> None:
    facts = json.loads(BEGIN.to_body()) | {fact: value}
    data = record(RecordType.BEGIN, 0, json.dumps(facts, separators=(",", ":")).encode())
    with pytest.raises(LogUnusableError, match=f"another sort than in this format: {fact}"):
        read_begin(data)


def test_a_specification_of_another_version_is_refused_in_one_sentence() -> None:
    with pytest.raises(LogUnusableError, match="specification") as caught:
        replay(LOG, driver_core)
    said = str(caught.value)
    assert "\n" not in said
    assert "http" not in said
    assert "pydantic" not in said


def test_a_log_of_another_version_is_replayed_with_a_remark() -> None:
    assert not replay(LOG, Echo).version_differs
    other = LogWriter(replace(BEGIN, mesodrive="0.0.1").to_body(), 0)
    result = replay(other.take(), Echo)
    assert result.version_differs
    assert result.equal


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b"{", b"[" * 200_000])
def test_an_end_that_is_no_object_is_damage(body: bytes) -> None:
    data = live(close=False) + record(RecordType.END, 1400 * MS, body)
    found = verify(data)
    assert found.damage is not None
    assert found.damage.fault is Fault.END
    assert (found.exit_code, found.complete) == (8, False)
