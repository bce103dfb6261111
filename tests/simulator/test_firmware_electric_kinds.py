"""A session by hand for each kind of unit of a transdermal device, frame by frame."""

from itertools import pairwise

import pytest

from mesodrive_protocol.enums import (
    CAPS_KIND_SHIFT,
    Caps,
    Code,
    DeviceState,
    Hold,
    How,
    Inputs,
    Kind,
    Outcome,
    Phase,
    Reason,
)
from mesodrive_simulator.firmware.electric_unit import CHECK_HZ
from support.electric_units import (
    BURST,
    LEVEL,
    PULSE,
    READING,
    SPOT,
    UNIT_OF,
    ElectricBench,
    running,
)

S = DeviceState


@pytest.mark.parametrize("kind", UNIT_OF)
def test_a_session_ends_with_a_record_of_each_unit_and_a_closed_command(kind: Kind) -> None:
    bench = running(kind)
    bench.run(25_000)
    assert bench.is_in(S.LOADED)
    assert bench.next == bench.units
    records = bench.unit_records
    assert [record.unit for record in records] == list(range(bench.units))
    assert {(record.kind, record.outcome, record.reason) for record in records} == {
        (kind, Outcome.DONE, Reason.NONE)
    }
    account = bench.account()
    assert (account.done, account.lo) == (bench.units, sum(record.lo for record in records))
    assert bench.status.case_total == sum(record.hi for record in records)
    assert bench.close(How.COMPLETE) == Code.OK
    assert bench.is_in(S.IDLE)


def test_identity_says_which_kinds_there_are_and_that_no_trigger_is_needed() -> None:
    caps = ElectricBench("burst-unit").identity.caps
    kinds = {Kind(bit) for bit in range(1, 9) if caps >> (CAPS_KIND_SHIFT + bit) & 1}
    assert kinds == {Kind.CURRENT, Kind.PASS, Kind.MEASURE}
    assert caps & Caps.NO_TRIGGER
    assert caps & Caps.BREAK


@pytest.mark.parametrize("kind", [Kind.PRICK, Kind.TRAIN, Kind.PRIME, Kind.PULSE])
def test_a_kind_that_the_unit_does_not_have_is_refused(kind: Kind) -> None:
    bench = ElectricBench("ionto-unit")
    bench.ready()
    assert bench.load(Kind.MEASURE, [READING]) == Code.OK
    assert bench.close() == Code.OK
    begin = bench.begin(Kind.MEASURE, [READING], kind=kind)
    assert bench.code(type(begin), *begin[3:]) == Code.KIND


def test_a_slice_has_its_peaks_its_energy_and_the_load_before_and_after_in_its_record() -> None:
    bench = running(Kind.CURRENT)
    bench.run(9_000)
    record = bench.unit_records[6]
    assert record.v1 == 500
    assert record.v2 == pytest.approx(500 * record.v4, rel=0.02)
    assert record.v3 == pytest.approx(500e-6**2 * record.v4 * 1e6, rel=0.02)
    assert record.v5 < record.v4  # current opens skin
    assert record.v6 == 0
    assert (record.took_us, record.phase) == (1_000_000, Phase.REST)
    assert record.lo == record.hi == 500


def test_status_shows_what_flows_and_at_which_voltage() -> None:
    bench = running(Kind.CURRENT)
    bench.run(9_000)
    status = bench.status
    assert status.a == 500
    assert status.b == bench.electric.voltage_uv(bench.now_ns) > 4_000_000
    assert status.phase == Phase.DELIVER
    assert status.inputs & Inputs.CONTACT
    assert not status.inputs & (Inputs.VACUUM | Inputs.OUTPUTS_OFF | Inputs.PRIMED)
    bench.stop()
    bench.run(300)
    status = bench.status
    assert (status.a, status.b) == (0, 0)
    assert status.inputs & Inputs.OUTPUTS_OFF


def test_bursts_are_counted_rectified_and_their_peak_is_recorded() -> None:
    bench = ElectricBench("burst-unit")
    bench.ready()
    bench.go(Kind.CURRENT, [BURST])
    bench.run(12_000)
    record = bench.unit_records[9]
    assert record.v1 == 2_000
    # half of the time 2 mA
    assert record.lo == record.hi == 1_000
    samples = [a for trace in bench.traces for a, _ in trace.samples]
    assert set(samples[-100:]) == {0, 2_000}


def test_pulses_come_at_their_interval_with_what_each_was_in_its_record() -> None:
    bench = running(Kind.PULSE, [PULSE._replace(units=3, interval_us=1_500_000)])
    bench.run(5_000)
    begun = [record.begun_us for record in bench.unit_records]
    assert [later - before for before, later in pairwise(begun)] == [1_500_000] * 2
    for record, true in zip(bench.unit_records, bench.truth, strict=True):
        assert (record.v2, record.v6, true.pulses) == (100_000_000, 1_000, 1)
        assert record.v1 == round(true.peak_ua)
        assert record.lo <= true.charge_nc / 1000 <= record.hi <= 1_000
        assert record.v3 == round(true.energy_uj)
        assert record.v4 == pytest.approx(record.v5, rel=0.2)


def test_alternating_pulses_go_the_other_way_each_time() -> None:
    bench = running(Kind.PULSE, [PULSE._replace(flags=2)])
    ways = []
    for _ in range(3):
        bench.run_to_phase(Phase.DELIVER)
        ways.append(bench.electric.current_ua(bench.now_ns + 1_000) > 0)
        bench.run_to_phase(Phase.REST)
    assert ways == [True, False, True]


def test_a_biphasic_pulse_goes_half_of_its_width_each_way() -> None:
    bench = running(Kind.PULSE, [PULSE._replace(flags=1)])
    bench.run_to_phase(Phase.DELIVER)
    assert bench.electric.voltage_uv(bench.now_ns + 400_000) > 0
    assert bench.electric.voltage_uv(bench.now_ns + 600_000) < 0


def test_a_pulse_that_reaches_its_energy_is_cut_there_and_goes_on_with_the_next() -> None:
    bench = ElectricBench("pulse-unit")
    bench.ready()
    bench.break_(shorted=True)
    assert bench.load(Kind.PULSE, [PULSE._replace(energy_uj=20_000, flags=0)]) == Code.OK
    bench.start()
    bench.run(1_500)
    record = bench.unit_records[0]
    assert record.outcome == Outcome.PARTIAL
    assert record.v3 <= 20_000
    assert record.hi <= 1_000


def test_a_pass_reaches_its_vacuum_for_its_dwell_and_doses_nothing() -> None:
    bench = running(Kind.PASS)
    bench.run(4_000)
    for record in bench.unit_records:
        assert (record.v1, record.v2) == (20_000, 200_000)
        assert record[-4:] == (0, 0, 0, 0)
        assert record.lo == record.hi == 0
    assert bench.electric.skin.horny_left < 0.5
    assert bench.status.case_total == 0


def test_a_reading_says_what_the_skin_is_to_a_fast_current() -> None:
    bench = running(Kind.MEASURE)
    bench.run(2_000)
    record = bench.unit_records[0]
    assert (record.v1, record.v2, record.v3, record.v6) == (0, 0, 0, 0)
    assert record.v4 == bench.electric.measure(bench.now_ns, READING.carrier_hz)
    assert record.took_us == READING.dwell_us
    assert bench.true_uc == 0


def test_poor_contact_holds_the_first_unit_until_it_is_good() -> None:
    bench = ElectricBench()
    bench.ready()
    bench.break_(area_permille=998)
    bench.hands(trigger=False)
    assert bench.load() == Code.OK
    bench.start()
    bench.run(1_000)
    assert bench.electric.measure(bench.now_ns, CHECK_HZ) > (bench.profile.contact_ohm_max or 0)
    assert (bench.state, bench.status.hold) == (S.ARMED, Hold.CONTACT)
    assert bench.truth == []
    bench.break_(area_permille=0)
    bench.run(300)
    assert bench.is_in(S.RUNNING)


def test_off_the_skin_nothing_begins() -> None:
    bench = ElectricBench()
    bench.ready()
    assert bench.load(Kind.CURRENT, [LEVEL._replace(trigger=3)]) == Code.OK
    bench.hands(trigger=False, contact=False)
    assert bench.arm() == Code.OK
    bench.granting = True
    bench.run(1_000)
    assert (bench.state, bench.status.hold) == (S.ARMED, Hold.CONTACT)
    bench.hands(trigger=False)
    bench.run(50)
    assert bench.is_in(S.RUNNING)


def test_a_pass_and_a_current_are_two_commands_of_one_session() -> None:
    bench = ElectricBench("burst-unit")
    bench.ready()
    for kind, steps in (
        (Kind.PASS, [SPOT]),
        (Kind.MEASURE, [READING]),
        (Kind.CURRENT, [BURST._replace(units=7)]),
    ):
        bench.go(kind, list(steps))
        bench.run_to_state(S.LOADED, 20_000)
        bench.run(500)
        assert bench.close(How.COMPLETE) == Code.OK
    assert [r.kind for r in bench.unit_records] == [Kind.PASS] * 3 + [Kind.MEASURE] * 2 + [
        Kind.CURRENT
    ] * 7
