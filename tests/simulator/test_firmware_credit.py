"""Leases and credit: how many units a GRANT allows, and for how long."""

import pytest

from mesodrive_protocol.enums import Code, DeviceState, Hold, Kind, Reason
from mesodrive_protocol.messages import Grant
from support.firmware import PRICK, bench_in

S = DeviceState


@pytest.mark.req("LNK-03")
@pytest.mark.parametrize("upto", [0, 1, 2, 3])
def test_credit_is_two_units_and_never_more(upto: int) -> None:
    bench = bench_in(S.ARMED)
    bench.hands(trigger=False)
    bench.run(60)
    bench.hands(trigger=True)
    refused = bench.status.refused
    bench.grant(upto=upto)
    assert bench.status.refused == refused + (upto > 2)
    assert bench.status.upto == (upto if upto <= 2 else 0)
    bench.watch = lambda status: (
        bench.grant(seen_us=status.device_us, upto=upto) if upto <= 2 and not status.rid else None
    )
    bench.run(2000)
    assert bench.next == (upto if upto <= 2 else 0)


def test_upto_is_never_above_the_units_of_the_program() -> None:
    bench = bench_in(S.IDLE)
    assert bench.load(Kind.PRICK, [PRICK._replace(units=1)]) == Code.OK
    assert bench.arm() == Code.OK
    bench.grant(upto=2)
    assert bench.status.upto == 0
    bench.grant(upto=1)
    assert bench.status.upto == 1


@pytest.mark.req("LNK-03")
def test_the_first_lease_runs_500_ms_and_allows_no_unit() -> None:
    bench = bench_in(S.ARMED)
    armed_us = bench.device.board.lease_due_us - 500_000
    bench.hands(trigger=False)
    bench.run(40)
    bench.hands(trigger=True)
    bench.run_until(bench.device.board.ns_of(armed_us + 499_999))
    assert bench.is_in(S.ARMED)
    assert bench.status.hold == Hold.GRANT
    bench.run(1)
    assert bench.is_in(S.LATCHED)
    assert bench.status.reason == Reason.LEASE
    assert bench.next == 0


@pytest.mark.req("LNK-03")
def test_a_lease_ends_200_ms_after_the_status_that_the_grant_named() -> None:
    bench = bench_in(S.ARMED)
    bench.run(100)
    seen = bench.unasked[-1].device_us
    bench.grant(upto=0)
    assert 190_000 <= bench.status.lease_us <= 200_000
    bench.run_until(bench.device.board.ns_of(seen + 199_999))
    assert bench.is_in(S.ARMED)
    bench.run_until(bench.device.board.ns_of(seen + 200_000))
    assert bench.is_in(S.LATCHED)


@pytest.mark.req("LNK-03")
def test_void_grants_change_nothing_and_are_counted() -> None:
    bench = bench_in(S.ARMED)
    bench.run(100)
    seen, command = bench.unasked[-1].device_us, bench.command
    low = bench.rid
    bench.grant(upto=1)
    voids: list[tuple[tuple[int, int, int], dict[str, int]]] = [
        ((command, seen, 2), {"rid": low}),
        ((command + 1, seen, 2), {}),
        ((command, seen + 1, 2), {}),
        ((command, bench.statuses[0].device_us, 2), {}),
    ]
    for fields, header in voids:
        before = (bench.status.refused, bench.status.upto)
        bench.send(Grant, *fields, **header)
        assert (bench.status.refused, bench.status.upto) == (before[0] + 1, 1)
    bench.run(100)
    oldest = bench.device.board.seen_us[0]
    bench.send(Grant, command, oldest, 2)
    assert bench.status.upto == 1
    bench.send(Grant, command, bench.unasked[-1].device_us, 0)
    assert bench.status.upto == 0
