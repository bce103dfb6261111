"""Electrodes: which are taken, how often one is used, and what a unit demands before ARM."""

from typing import Any

import pytest

from mesodrive_protocol.enums import Code, DeviceState, EventKind, Kind
from mesodrive_protocol.messages import Answer, Begin, Fit
from mesodrive_simulator.firmware.stores import USES_KEPT, Stores
from mesodrive_simulator.operator import KeysOperator, OperatorModel
from support.electric_units import LEVEL, PULSE, READING, ElectricBench, running

S = DeviceState


def test_an_electrode_is_fitted_by_its_area_and_the_machine_has_it_then() -> None:
    bench = ElectricBench()
    bench.open()
    assert bench.fit(area_mm2=1_600) == Code.OK
    assert bench.stores.fit.area_mm2 == 1_600
    assert bench.electric.path.area_cm2 == 16
    assert len(bench.events(EventKind.FITTED)) == 1
    assert bench.status.fit_no == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"area_mm2": 900},
        {"area_mm2": 0},
        {"needle_um": 4_000},
        {"bore_um": 1},
        {"pins": 1},
        {"content_nl": 5},
        {"head": 1},
        {"fit_no": 0},
    ],
)
def test_what_is_no_electrode_of_the_unit_is_refused(changes: dict[str, Any]) -> None:
    bench = ElectricBench()
    bench.open()
    assert bench.fit(**changes) == Code.FIELD
    assert bench.stores.fit.fit_no == 0


def use_up(bench: ElectricBench) -> None:
    """Let the electrode that is fitted be used in the present case."""
    bench.go(Kind.MEASURE, [READING._replace(units=1)])
    bench.run_to_state(S.LOADED)
    bench.run(500)
    assert bench.close() == Code.OK
    bench.hands(trigger=False)


def test_a_single_use_electrode_may_be_fitted_again_in_its_case_and_in_no_other() -> None:
    bench = ElectricBench()
    bench.ready()
    use_up(bench)
    assert bench.fit(fit_no=2) == Code.OK, "going on with the same treatment"
    bench.run(2_500)
    assert bench.open(9, case=6).code == Code.OK
    answer: Answer = bench.ask(Fit, 3, 0, 0, 0, 0, 0, 800, 77)
    assert (answer.code, answer.value, answer.limit) == (Code.FITTING, 1, 1)
    begin = bench.begin(Kind.CURRENT, [LEVEL])
    assert bench.code(Begin, *begin[3:]) == Code.FITTING
    assert bench.fit(fit_no=4, lot=78) == Code.OK
    assert bench.load() == Code.OK


def test_an_electrode_that_was_fitted_and_never_used_is_no_used_one() -> None:
    bench = ElectricBench()
    bench.ready()
    bench.run(2_500)
    assert bench.open(9, case=6).code == Code.OK
    assert bench.fit(fit_no=2) == Code.OK


def test_uses_outlive_the_power_and_are_bounded() -> None:
    bench = ElectricBench()
    bench.ready()
    use_up(bench)
    kept = Stores.from_bytes(bench.stores.to_bytes())
    assert kept.uses == bench.stores.uses
    assert kept.use_of(77, 800).uses == 1
    assert kept.use_of(77, 1_600).uses == 0
    for lot in range(100):
        kept.fit = kept.fit._replace(lot=lot)
        kept.count_use()
    assert len(kept.uses) == USES_KEPT
    assert kept.uses[-1].lot == 99


def test_both_marks_of_slices_that_join_outlive_the_power() -> None:
    bench = running(Kind.CURRENT)
    bench.run(3_000)
    bench.run_to(lambda: bench.stores.mark_before is not None)
    kept = Stores.from_bytes(bench.stores.to_bytes())
    assert kept.mark == bench.stores.mark
    assert kept.mark_before == bench.stores.mark_before
    assert kept.to_bytes() == bench.stores.to_bytes()


def test_no_priming_is_asked_for_but_everything_else_is() -> None:
    bench = ElectricBench()
    bench.open()
    assert bench.load() == Code.FITTING
    assert bench.fit() == Code.OK
    assert bench.load() == Code.OK
    assert bench.arm() == Code.UNTESTED
    bench.test()
    assert bench.arm(next=1) == Code.NEXT
    assert bench.arm(fit_no=2) == Code.FITTING
    assert bench.arm(profile=bytes(32)) == Code.PROFILE
    assert bench.arm(seen_us=5) == Code.FRESH
    assert bench.arm() == Code.OK


def test_a_minute_without_a_unit_disarms() -> None:
    bench = ElectricBench()
    bench.ready()
    assert bench.load() == Code.OK
    assert bench.arm() == Code.OK
    bench.granting = True
    bench.run(59_900)
    assert bench.is_in(S.ARMED)
    bench.run(200)
    assert bench.is_in(S.LOADED)


def test_declared_charge_must_be_that_of_the_steps() -> None:
    bench = ElectricBench()
    bench.ready()
    assert bench.load(Kind.CURRENT, [LEVEL], total=9_999) == Code.FIELD
    # the most that a pulse can be: its cap for its width, rounded up
    bench = ElectricBench("pulse-unit")
    bench.ready()
    step = PULSE._replace(cap_ua=1_001, width_us=1_001)
    assert bench.load(Kind.PULSE, [step], total=3) == Code.FIELD
    assert bench.load(Kind.PULSE, [step], total=6) == Code.OK


@pytest.mark.parametrize("kind", [Kind.CURRENT, Kind.MEASURE])
def test_a_person_puts_the_electrode_on_holds_the_trigger_and_lifts_it_at_the_end(
    kind: Kind,
) -> None:
    bench = ElectricBench()
    bench.ready()
    bench.simulated.operator = OperatorModel(seed=3)
    bench.simulated.advance(bench.now_ns)
    step = LEVEL._replace(units=7) if kind == Kind.CURRENT else READING
    assert bench.load(kind, [step]) == Code.OK
    assert bench.arm() == Code.OK
    bench.granting = True
    bench.run_to_state(S.LOADED, 20_000)
    assert bench.next == bench.units
    bench.run(1_000)
    assert bench.electric.contact_mn(bench.now_ns) == 0
    assert not bench.electric.trigger


def test_a_person_at_the_keyboard_holds_an_electrode_on_the_skin() -> None:
    bench = ElectricBench()
    keys = KeysOperator()
    keys.press("c", bench.now_ns, bench.electric)
    assert bench.electric.contact_mn(bench.now_ns) > 0
    keys.press("c", bench.now_ns, bench.electric)
    assert bench.electric.contact_mn(bench.now_ns) == 0


def test_on_a_clock_that_drifts_slices_keep_their_charge() -> None:
    for drift_ppm in (-5_000, 5_000):
        bench = ElectricBench(drift_ppm=drift_ppm)
        bench.ready()
        bench.go()
        bench.run(12_000)
        for record in bench.unit_records[6:]:
            # by its own clock or its own charge, whichever says so first
            assert 990_000 < record.took_us <= 1_000_000
            assert record.lo >= 496
            assert record.hi <= 500
        assert bench.stores.latch_reason == 0
