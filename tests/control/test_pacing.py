"""What may be handed to the port and when: the 64 bytes that a STOP can stand behind."""

from mesodrive.clock import NEVER
from mesodrive.injector.outbox import WAITING_BYTES_MAX, Outbox
from mesodrive.injector.pacer import AHEAD_BYTES, STOP_ROOM_BYTES, Pacer

BAUD = 115_200
BYTE_NS = 86_806


def drain(outbox: Outbox, now_ns: int) -> bytes:
    sent = b""
    while chunk := outbox.chunk(now_ns):
        outbox.handed_over(len(chunk), now_ns)
        sent += chunk
    return sent


def test_no_more_than_64_bytes_are_handed_over_and_not_on_the_wire() -> None:
    outbox = Outbox(Pacer(BAUD))
    outbox.send(bytes(300))
    now_ns, sent = 1_000, 0
    while sent < 300:
        sent += len(drain(outbox, now_ns))
        on_wire = (now_ns - 1_000) // BYTE_NS
        assert sent - on_wire <= AHEAD_BYTES
        now_ns += 10_000


def test_a_paced_line_is_never_idle_while_bytes_wait_and_wake_ups_are_kept() -> None:
    outbox = Outbox(Pacer(BAUD))
    outbox.send(bytes(11_520))
    now_ns = 0
    while outbox.ready_ns != NEVER:
        now_ns = max(now_ns, outbox.ready_ns)
        drain(outbox, now_ns)
    assert now_ns <= 1_000_200_000


def test_a_pipe_without_a_rate_takes_everything_at_once() -> None:
    outbox = Outbox(Pacer(None))
    outbox.send(b"a" * 1000)
    outbox.send(b"b" * 1000)
    assert drain(outbox, 5) == b"a" * 1000 + b"b" * 1000
    assert outbox.ready_ns == NEVER


def test_a_stop_overtakes_all_that_waits_and_does_not_wait_for_its_turn() -> None:
    outbox = Outbox(Pacer(BAUD))
    outbox.send(b"x" * 200)
    assert drain(outbox, 0) == b"x" * AHEAD_BYTES
    outbox.stop(b"STOP")
    outbox.send(b"after")
    assert drain(outbox, 0) == b"STOP"
    assert drain(outbox, 10_000_000) == b"after"


def test_stops_do_not_pile_up_on_a_slow_line() -> None:
    pacer = Pacer(9_600)
    outbox = Outbox(pacer)
    for _ in range(50):
        outbox.stop(b"s" * 30)
        drain(outbox, 0)
    assert pacer.on_wire_bytes(0) <= AHEAD_BYTES + STOP_ROOM_BYTES


def test_a_stop_that_was_cut_is_finished_before_its_copy() -> None:
    outbox = Outbox(Pacer(None))
    outbox.stop(b"STOP1")
    outbox.chunk(0)
    outbox.handed_over(2, 0)
    outbox.stop(b"STOP2")
    assert drain(outbox, 0) == b"OP1STOP2"


def test_a_stop_that_the_port_took_nothing_of_is_replaced_by_the_newer() -> None:
    outbox = Outbox(Pacer(None))
    outbox.stop(b"STOP1")
    outbox.chunk(0)
    outbox.handed_over(0, 0)
    outbox.stop(b"STOP2")
    assert drain(outbox, 0) == b"STOP2"


def test_a_port_that_takes_nothing_costs_frames_and_not_memory() -> None:
    outbox = Outbox(Pacer(None))
    for _ in range(WAITING_BYTES_MAX // 100 + 10):
        outbox.send(bytes(100))
    assert outbox.dropped > 0
    outbox.chunk(0)
    outbox.handed_over(0, 0)
    assert len(drain(outbox, 0)) <= WAITING_BYTES_MAX


def test_a_lost_port_leaves_nothing_to_send() -> None:
    outbox = Outbox(Pacer(BAUD))
    outbox.send(b"x")
    outbox.stop(b"s")
    outbox.clear()
    assert outbox.chunk(0) == b""
    assert outbox.ready_ns == NEVER
