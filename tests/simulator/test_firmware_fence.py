"""Who is heard: boot, session, nonce, rid; refusals and their rate; what comes twice."""

from zlib import crc32

import pytest

from mesodrive_protocol.codec import encode
from mesodrive_protocol.enums import Code, DeviceState, LimitField
from mesodrive_protocol.framing import frame as framed
from mesodrive_protocol.framing import unframe
from mesodrive_protocol.messages import (
    Ack,
    Answer,
    Arm,
    Data,
    Fit,
    Grant,
    Hello,
    Narrow,
    Open,
    Poll,
    Selftest,
    Status,
    Stop,
)
from mesodrive_simulator.simulated import SimulatedDevice
from support.firmware import CASE, MS, Bench, bench_in

S = DeviceState


def test_a_frame_for_another_boot_or_session_is_refused() -> None:
    bench = bench_in(S.IDLE)
    assert bench.code(Selftest, boot=9) == Code.BOOT
    assert bench.code(Selftest, session=9) == Code.SESSION
    assert bench.is_in(S.IDLE)
    assert Bench().code(Selftest) == Code.SESSION


def test_beats_of_another_session_are_dropped_in_silence_and_counted() -> None:
    bench = bench_in(S.IDLE)
    before = bench.status.refused
    bench.send(Grant, 1, 1, 1, session=9)
    bench.send(Ack, 1, 1, boot=9)
    assert bench.status.refused == before + 2


def test_open_answers_the_nonce_and_the_new_session() -> None:
    bench = Bench()
    answer = bench.open(nonce=0xABCDEF)
    assert (answer.code, answer.session, answer.detail) == (Code.OK, 1, 0xABCDEF)
    assert bench.code(Open, 1, CASE, 0, boot=9) == Code.BOOT


@pytest.mark.req("SEC-05")
def test_a_held_session_is_taken_over_only_by_its_own_host_or_after_2_s_of_silence() -> None:
    bench = Bench()
    bench.open()
    assert bench.code(Open, 8, CASE, 0, session=0) == Code.HELD
    assert bench.code(Open, 8, CASE, 0) == Code.OK
    bench.session = 2
    bench.run(500)
    bench.send(Poll)
    bench.run(1990)
    assert bench.code(Open, 9, CASE, 0, session=0) == Code.HELD
    bench.run(10)
    assert bench.code(Open, 9, CASE, 0, session=0) == Code.OK
    assert bench.stores.totals.session == 3


@pytest.mark.parametrize("state", [S.ARMED, S.RUNNING, S.LOADED])
def test_the_same_nonce_gets_the_same_answer_whatever_the_state(state: DeviceState) -> None:
    bench = bench_in(state)
    answer = bench.ask(Open, 7, CASE, 0, session=0)
    assert (answer.code, answer.session, answer.detail) == (Code.OK, 1, 7)
    assert bench.stores.totals.session == 1


def test_open_ends_a_load_and_lets_the_self_test_and_narrowed_limits_lapse() -> None:
    bench = bench_in(S.IDLE)
    bench.code(Narrow, 1, ((LimitField.DOSE_NL_MAX, 9000),))
    bench = bench_in(S.LOADING)
    bench.open(nonce=8)
    assert bench.is_in(S.IDLE)
    assert not bench.status.inputs & 512
    assert bench.device.board.limits.of(LimitField.DOSE_NL_MAX) == bench.profile.dose_nl_max


def test_a_stop_while_open_is_written_leaves_the_session_unopened() -> None:
    bench = bench_in(S.IDLE)
    rid = bench.send(Open, 8, CASE, 0)
    bench.stop()
    bench.run(5)
    assert bench.answer(rid).code == Code.STATE
    assert bench.stores.totals.session == 1


def test_totals_belong_to_the_case() -> None:
    bench = bench_in(S.LOADED)
    bench.start()
    bench.run_to(lambda: bench.next == 3)
    bench.stop()
    bench.run(500)
    total = bench.status.case_total
    assert total >= 10_000
    bench.open(nonce=8, case=CASE)
    assert bench.status.case_total == total
    bench.open(nonce=9, case=6)
    assert bench.status.case_total == 0
    assert bench.status.begun_total == 3


@pytest.mark.req("CMD-02")
def test_a_repeated_request_gets_its_old_answer_and_is_not_executed_again() -> None:
    bench = bench_in(S.LOADED)
    first = bench.ask(Selftest)
    bench.run(300)
    assert bench.is_in(S.LOADED)
    bench.send(Selftest, rid=first.rid)
    assert bench.answer(first.rid) == first
    assert bench.is_in(S.LOADED)


def test_the_answers_of_the_last_16_are_kept_and_older_ones_are_stale() -> None:
    bench = bench_in(S.IDLE)
    first = bench.ask(Narrow, 0, ())
    for _ in range(15):
        bench.ask(Narrow, 0, ())
    assert bench.ask(Narrow, 0, (), rid=first.rid) == first
    bench.ask(Narrow, 0, ())
    assert bench.code(Narrow, 0, (), rid=first.rid) == Code.STALE


def test_a_new_request_below_the_highest_is_stale_but_data_goes_by_position() -> None:
    bench = bench_in(S.LOADING)
    low = bench.rid + 1
    bench.rid += 5
    steps = (bytes.fromhex("0a00dc0588130000400d03008813000050c30000020000 00".replace(" ", "")),)
    assert bench.code(Data, 0, 1, steps) == Code.OK
    assert bench.code(Data, 0, 1, steps, rid=low) == Code.OK
    assert bench.code(Selftest, rid=low + 1) == Code.STALE


def test_while_a_durable_request_is_written_others_are_left_unanswered_and_then_taken() -> None:
    bench = bench_in(S.IDLE)
    fit = (2, 4000, 8660, 1, 0, 1_000_000, 0, 0)
    rid = bench.send(Fit, *fit)
    bench.send(Fit, *fit, rid=rid)
    later = bench.send(Narrow, 0, ())
    other = bench.send(Open, 9, CASE, 0)
    assert bench.answer(rid) is None
    bench.run(5)
    assert bench.answer(rid).code == Code.OK
    assert bench.answer(later) is None
    assert bench.answer(other) is None
    assert bench.code(Narrow, 0, (), rid=later) == Code.OK
    assert len(bench.events(3)) == 2


def test_a_stop_while_arm_is_written_leaves_the_device_unarmed() -> None:
    bench = bench_in(S.LOADED)
    bench.run(60)
    seen = bench.unasked[-1].device_us
    arm = (bench.command, seen, bench.profile.canonical_hash, 0, 1)
    rid = bench.send(Arm, *arm)
    bench.stop()
    bench.run(5)
    assert bench.answer(rid).code == Code.STATE
    assert bench.is_in(S.LATCHED)


def test_unreadable_frames_are_answered_20_times_a_second_and_all_counted() -> None:
    bench = bench_in(S.IDLE)
    frame = encode(Hello(5, 1, 1))
    broken = _with_id(frame, 0x0077)
    heard = len(bench.heard)
    for _ in range(50):
        bench.send_bytes(broken)
    answers = [m for m in bench.heard[heard:] if isinstance(m, Answer)]
    assert [answer.code for answer in answers] == [Code.ID] * 20
    assert bench.status.refused >= 50
    bench.run(1001)
    bench.send_bytes(broken)
    bench.run(1)
    assert isinstance(bench.heard[-1], Answer)


@pytest.mark.parametrize("number", [0x8020, 0x8077, 0x0010, 0x0011, 0x0012])
def test_echoes_and_unreadable_beats_are_never_answered(number: int) -> None:
    bench = bench_in(S.IDLE)
    before = len([m for m in bench.heard if isinstance(m, Answer)])
    bench.send_bytes(_with_id(encode(Hello(5, 1, 1)), number))
    assert len([m for m in bench.heard if isinstance(m, Answer)]) == before


def test_an_echo_of_its_own_frames_is_counted_and_nothing_else() -> None:
    bench = bench_in(S.IDLE)
    status = bench.status
    bench.send_bytes(encode(status))
    assert bench.status.refused == status.refused + 1


def test_damage_is_counted_and_never_answered() -> None:
    bench = bench_in(S.IDLE)
    frame = bytearray(encode(Hello(5, 1, 1)))
    frame[7] ^= 0x40
    bench.send_bytes(bytes(frame))
    bench.send_bytes(b"\0" + b"x" * 400 + b"\0")
    assert bench.status.damaged == 2
    assert bench.answer(5) is None or not isinstance(bench.answer(5), Status)


@pytest.mark.req("CMD-02")
def test_each_frame_of_a_run_sent_three_times_and_late_executes_once() -> None:
    bench = bench_in(S.IDLE)
    sent: list[bytes] = []
    receive = bench.simulated.receive

    def three_times(data: bytes, now_ns: int) -> None:
        sent.append(data)
        for again in (data, data, *sent[-5:]):
            receive(again, now_ns)

    bench.simulated.receive = three_times  # type: ignore[method-assign]
    bench.go()
    bench.run(3000)
    assert bench.next == 10
    assert len(bench.plant.truth) == 10
    assert [record.unit for record in bench.unit_records] == list(range(10))
    for data in sent:
        receive(data, bench.now_ns)
    bench.run(1000)
    assert len(bench.plant.truth) == 10


def test_a_silent_load_is_dropped_after_2_s() -> None:
    bench = bench_in(S.LOADING)
    bench.run(1990)
    assert bench.is_in(S.LOADING)
    bench.run(20)
    assert bench.is_in(S.IDLE)
    assert bench.stores.totals.last_command == 0


def test_output_that_nobody_takes_is_bounded() -> None:
    bench = bench_in(S.LOADED)
    now_ns = bench.now_ns
    for i in range(2000):
        bench.simulated.receive(encode(Hello(i, 0, 0)), now_ns + i * MS)
    assert len(bench.simulated.take_output()) < (1 << 16) + 256


def test_the_serial_number_must_fit() -> None:
    for serial in ("", "x" * 17, "é"):
        with pytest.raises(ValueError, match="serial"):
            SimulatedDevice(Bench().profile, seed=1, serial=serial)


def _with_id(frame: bytes, number: int) -> bytes:
    body = bytearray(unframe(frame[1:-1]) or b"")
    body[2:4] = number.to_bytes(2, "little")
    plain = bytes(body[:-4])
    return framed(plain + crc32(plain).to_bytes(4, "little"))


def test_stop_frames_with_the_same_press_latch_once() -> None:
    bench = bench_in(S.IDLE)
    for _ in range(3):
        bench.send(Stop, 5, 0)
    assert bench.stores.latch_no == 1
    bench.send(Stop, 6, 0)
    assert bench.stores.latch_no == 2
    bench.send(Stop, 5, 0)
    assert bench.stores.latch_no == 2
