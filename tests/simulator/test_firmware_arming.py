"""What ARM demands, and what takes the permission to arm away."""

from typing import Any

import pytest

from mesodrive_protocol.enums import Code, DeviceState, Inputs, Kind, Reason
from mesodrive_protocol.messages import Arm
from mesodrive_simulator.firmware.delivery import TESTED_US
from support.firmware import Bench, bench_in

S = DeviceState


@pytest.mark.req("CMD-10")
@pytest.mark.req("DOS-13")
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"command": 1}, Code.COMMAND),
        ({"profile": bytes(32)}, Code.PROFILE),
        ({"next": 1}, Code.NEXT),
        ({"fit_no": 2}, Code.FITTING),
        ({"seen_us": 3}, Code.FRESH),
        ({}, Code.OK),
    ],
)
def test_arm_demands_that_everything_agrees(changes: dict[str, Any], code: Code) -> None:
    bench = bench_in(S.LOADED)
    assert bench.arm(**changes) == code
    assert bench.state == (S.ARMED if code == Code.OK else S.LOADED)


@pytest.mark.req("CMD-10")
def test_arm_takes_a_status_of_500_ms_ago_and_none_older_and_none_that_was_asked_for() -> None:
    bench = bench_in(S.LOADED)
    bench.run(60)
    seen = bench.unasked[-1].device_us
    bench.run_until(bench.device.board.ns_of(seen + 500_000))
    rid = bench.send(Arm, bench.command, seen, bench.profile.canonical_hash, 0, 1)
    bench.run(5)
    assert bench.answer(rid).code == Code.OK
    bench = bench_in(S.LOADED)
    bench.run(60)
    seen = bench.unasked[-1].device_us
    bench.run_until(bench.device.board.ns_of(seen + 500_001))
    assert bench.arm(seen_us=seen) == Code.FRESH
    bench.run(7)
    assert bench.arm(seen_us=bench.status.device_us) == Code.FRESH


@pytest.mark.req("STP-08")
def test_tested_lapses_after_10_min_without_a_unit() -> None:
    bench = bench_in(S.LOADED)
    bench.device.board.tested_until_us = bench.device.board.us + TESTED_US
    bench.run(TESTED_US / 1000 - 100)
    bench.status  # noqa: B018 -- the session is heard, so that STATUS comes again
    bench.run(60)
    assert bench.status.inputs & Inputs.TESTED
    bench.run(200)
    assert not bench.status.inputs & Inputs.TESTED
    assert bench.arm() == Code.UNTESTED


def test_a_prick_needs_a_primed_needle_and_other_kinds_do_not() -> None:
    bench = bench_in(S.LOADED)
    bench.device.board.primed = False
    assert bench.arm() == Code.UNPRIMED
    for kind in (Kind.PRIME, Kind.DRY):
        bench = bench_in(S.LOADED, kind)
        bench.device.board.primed = False
        assert bench.arm() == Code.OK


def test_an_uncalibrated_device_does_not_arm() -> None:
    bench = bench_in(S.LOADED)
    bench.device._requests.calibration = 0
    assert bench.arm() == Code.UNTESTED


@pytest.mark.parametrize(
    ("attribute", "value", "reason"),
    [
        ("head", False, Reason.FITTING),
        ("cartridge", False, Reason.FITTING),
        ("home_stuck", False, Reason.HOME),
        ("supply_drop_uv", 3_000_000, Reason.SUPPLY),
    ],
)
def test_arm_is_refused_while_a_cause_stands_and_names_it(
    attribute: str, value: object, reason: Reason
) -> None:
    bench = bench_in(S.LOADED)
    setattr(bench.plant, attribute, value)
    bench.run(60)
    arm = (bench.command, bench.unasked[-1].device_us, bench.profile.canonical_hash, 0, 1)
    answer = bench.ask(Arm, *arm)
    assert (answer.code, answer.reason) == (Code.LATCHED, reason)


def test_priming_to_the_end_makes_primed_and_a_fitting_or_a_cartridge_ends_it() -> None:
    bench = Bench()
    bench.open()
    bench.fit()
    bench.test()
    bench.go(Kind.PRIME)
    bench.run(800)
    assert bench.is_in(S.LOADED)
    assert bench.status.inputs & Inputs.PRIMED
    assert bench.status.case_total == 0
    assert bench.stores.content_left_nl < 2_000_000
    bench.close()
    bench.fit(2)
    assert not bench.status.inputs & Inputs.PRIMED


@pytest.mark.req("STP-07")
def test_60_s_without_a_unit_disarms_without_a_latch() -> None:
    bench = bench_in(S.ARMED)
    bench.granting = True
    bench.run(59_900)
    assert bench.is_in(S.ARMED)
    bench.run(200)
    assert bench.is_in(S.LOADED)
    assert bench.stores.latch_no == 0
