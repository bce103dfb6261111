"""The device's own limits, each at its edge, and programs that do not add up."""

from zlib import crc32

import pytest

from mesodrive_protocol.codec import payload_bytes
from mesodrive_protocol.enums import Code, DeviceState, Kind, LimitField
from mesodrive_protocol.messages import Begin, Commit, Data, Fit, Narrow
from mesodrive_protocol.steps import NeedleStep, Step, TrainStep, pack_step
from mesodrive_simulator.firmware.limits import RollingWindow
from mesodrive_simulator.sim_profile import SimProfile
from support.firmware import PRICK, PUSH, STEP_OF, Bench, Reply, bench_in, profile

S = DeviceState
F = LimitField
GUN = profile()
PEN = profile("needling-pen")


def limit(device: SimProfile, field: LimitField) -> int:
    return int(device.limits_for_wire[field - 1])


def data(bench: Bench, kind: Kind, step: Step) -> Reply:
    """Load one step and return the ANSWER to DATA."""
    begin = bench.begin(kind, [step], total=0)
    assert bench.code(Begin, *begin[3:]) == Code.OK
    return bench.ask(Data, 0, 1, (pack_step(kind, step),))


EDGES: list[tuple[str, LimitField, int, dict[str, int]]] = [
    ("depth_um", F.DEPTH_UM_MIN, -1, {}),
    ("depth_um", F.DEPTH_UM_MAX, 1, {}),
    ("dose_nl", F.DOSE_NL_MIN, -1, {}),
    ("dose_nl", F.DOSE_NL_MAX, 1, {"period_us": 600_000}),
    ("flow_nl_s", F.FLOW_NL_S_MAX, 1, {}),
    ("period_us", F.PERIOD_US_MIN, -1, {}),
    ("dwell_us", F.DWELL_US_MAX, 1, {}),
]


@pytest.mark.req("DOS-01")
@pytest.mark.req("DOS-03")
@pytest.mark.parametrize(("name", "field", "beyond", "others"), EDGES)
def test_a_step_is_taken_at_its_limit_and_one_inside_and_refused_one_beyond(
    name: str, field: LimitField, beyond: int, others: dict[str, int]
) -> None:
    edge = limit(GUN, field)
    grid = {"depth_um": GUN.depth_step_um, "dose_nl": GUN.dose_step_nl or 1}.get(name, 1)
    for value in (edge, edge - beyond * grid):
        bench = bench_in(S.IDLE)
        step = PRICK._replace(units=1, **others)._replace(**{name: value})
        assert data(bench, Kind.PRICK, step).code == Code.OK
    bench = bench_in(S.IDLE)
    step = PRICK._replace(units=1, **others)._replace(**{name: edge + beyond})
    answer = data(bench, Kind.PRICK, step)
    assert (answer.code, answer.field, answer.step) == (Code.LIMIT, field, 0)
    assert (answer.value, answer.limit) == (edge + beyond, edge)
    assert bench.is_in(S.IDLE)


@pytest.mark.req("DOS-01")
@pytest.mark.parametrize("name", ["depth_um", "dose_nl", "period_us", "dwell_us", "flow_nl_s"])
@pytest.mark.parametrize("extreme", ["least", "most"])
def test_values_at_the_ends_of_their_type_are_refused(name: str, extreme: str) -> None:
    most = 0xFFFF if name == "depth_um" else 0xFFFF_FFFF
    value = 0 if extreme == "least" else most
    legal = name == "dwell_us" and extreme == "least"
    legal = legal or (name == "period_us" and extreme == "most")
    answer = data(bench_in(S.IDLE), Kind.PRICK, PRICK._replace(units=1, **{name: value}))
    assert (answer.code == Code.OK) == legal


@pytest.mark.req("DOS-03")
def test_the_mean_flow_is_dose_over_period_rounded_up() -> None:
    most = limit(GUN, F.MEAN_NL_S_MAX)
    fits = PRICK._replace(units=1, dose_nl=20_000, period_us=20_000 * 1_000_000 // most)
    assert data(bench_in(S.IDLE), Kind.PRICK, fits).code == Code.OK
    over = fits._replace(period_us=fits.period_us - 1)
    answer = data(bench_in(S.IDLE), Kind.PRICK, over)
    assert (answer.code, answer.field) == (Code.LIMIT, F.MEAN_NL_S_MAX)
    assert answer.value == most + 1


@pytest.mark.req("DOS-05")
def test_the_stroke_is_never_longer_than_the_fitted_needle() -> None:
    gun = profile("point-gun")
    bench = Bench(gun)
    bench.open()
    short = min(gun.needles, key=lambda needle: needle.length_um)
    syringe = gun.syringes[0]
    fit = (1, short.length_um, syringe.bore_um, gun.pins, 0, 1_000_000, 0, 0)
    assert bench.code(Fit, *fit) == Code.OK
    step = PRICK._replace(
        units=1, dose_nl=10_000, depth_um=short.length_um, period_us=1_000_000, trigger=1
    )
    assert data(bench, Kind.PRICK, step).code == Code.OK
    longer = step._replace(depth_um=short.length_um + gun.depth_step_um)
    answer = data(bench, Kind.PRICK, longer)
    assert (answer.code, answer.field) == (Code.LIMIT, F.DEPTH_UM_MAX)
    assert answer.limit == short.length_um


@pytest.mark.req("STP-04")
@pytest.mark.parametrize(
    ("kind", "changes", "field"),
    [
        (Kind.PRICK, {"depth_um": 1550}, F.DEPTH_UM_MAX),
        (Kind.PRICK, {"dose_nl": 5050}, F.DOSE_NL_MAX),
        (Kind.PRICK, {"units": 0}, F.UNITS_MAX),
        (Kind.PRICK, {"trigger": 0}, 0),
        (Kind.PRICK, {"trigger": 4}, 0),
        (Kind.PRICK, {"flow_nl_s": 2000}, F.FLOW_NL_S_MAX),
        (Kind.PRIME, {"depth_um": 100}, F.DEPTH_UM_MAX),
        (Kind.DRY, {"dose_nl": 100}, F.DOSE_NL_MAX),
    ],
)
def test_what_is_no_whole_step_or_not_of_its_kind_is_refused_with_field(
    kind: Kind, changes: dict[str, int], field: int
) -> None:
    step = STEP_OF[kind]
    assert isinstance(step, NeedleStep)
    bench = bench_in(S.IDLE)
    begin = bench.begin(kind, [step])
    assert bench.code(Begin, *begin[3:]) == Code.OK
    answer = bench.ask(Data, 0, 1, (pack_step(kind, step._replace(**changes)),))
    assert (answer.code, answer.field) == (Code.FIELD, field)


@pytest.mark.req("STP-04")
@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({}, Code.OK, 0),
        ({"strokes": 0}, Code.FIELD, F.STROKES_MAX),
        ({"rate_mhz": 0}, Code.FIELD, F.RATE_MHZ_MAX),
        ({"strokes": 21}, Code.LIMIT, F.STROKES_MAX),
        ({"rate_mhz": limit(PEN, F.RATE_MHZ_MAX) + 1}, Code.LIMIT, F.RATE_MHZ_MAX),
        ({"strokes": limit(PEN, F.STROKES_MAX) + 1}, Code.LIMIT, F.STROKES_MAX),
        ({"depth_um": limit(PEN, F.DEPTH_UM_MAX) + 250}, Code.LIMIT, F.DEPTH_UM_MAX),
    ],
)
def test_a_train_lasts_at_most_200_ms_within_the_limits_of_the_pen(
    changes: dict[str, int], code: Code, field: int
) -> None:
    bench = Bench(PEN)
    bench.ready()
    step = TrainStep(1, 500, 20, 100_000, 100_000, 2)._replace(**changes)
    answer = data(bench, Kind.TRAIN, step)
    assert (answer.code, answer.field) == (code, field)


@pytest.mark.req("DOS-04")
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"steps": 0}, F.STEPS_MAX),
        ({"steps": GUN.steps_max + 1}, F.STEPS_MAX),
        ({"units": 0}, F.UNITS_MAX),
        ({"units": GUN.units_max + 1}, F.UNITS_MAX),
        ({"total": (GUN.session_nl_max or 0) + 1}, F.CASE_NL_MAX),
    ],
)
def test_begin_is_refused_beyond_what_a_program_may_be(
    changes: dict[str, int], field: LimitField
) -> None:
    bench = bench_in(S.IDLE)
    begin = bench.begin(Kind.PRICK, [PRICK], **changes)
    answer = bench.ask(Begin, *begin[3:])
    assert (answer.code, answer.field) == (Code.LIMIT, field)
    assert bench.is_in(S.IDLE)


@pytest.mark.req("DOS-02")
def test_the_case_may_be_filled_to_its_limit_and_not_beyond() -> None:
    bench = bench_in(S.IDLE)
    most = GUN.session_nl_max or 0
    bench.stores.content_left_nl = most
    bench.stores.write_totals(bench.stores.totals._replace(case_total=most - 50_000))
    assert bench.load() == Code.OK
    bench.run(50)
    assert bench.close() == Code.OK
    bench.stores.write_totals(bench.stores.totals._replace(case_total=most - 49_999))
    assert bench.load() == Code.LIMIT


@pytest.mark.req("DOS-11")
def test_a_program_that_the_syringe_cannot_finish_is_refused() -> None:
    bench = bench_in(S.IDLE)
    bench.stores.content_left_nl = 49_999
    begin = bench.begin(Kind.PRICK, [PRICK])
    answer = bench.ask(Begin, *begin[3:])
    assert (answer.code, answer.value, answer.limit) == (Code.FITTING, 50_000, 49_999)
    assert bench.load(Kind.DRY) == Code.OK


@pytest.mark.parametrize("kind", [k for k in Kind if k not in GUN.kinds])
def test_kinds_that_the_device_does_not_do_are_refused_by_name(kind: Kind) -> None:
    bench = bench_in(S.IDLE)
    begin = bench.begin(Kind.PRICK, [PRICK], kind=kind)
    answer = bench.ask(Begin, *begin[3:])
    assert (answer.code, answer.value) == (Code.KIND, kind)


def test_nothing_is_loaded_before_a_fitting() -> None:
    bench = Bench()
    bench.open()
    assert bench.load() == Code.FITTING


@pytest.mark.parametrize("changes", [{"head": 1}, {"command": 5}, {"command": 2 << 32 | 1}])
def test_begin_needs_a_head_and_an_id_of_this_session(changes: dict[str, int]) -> None:
    bench = bench_in(S.IDLE)
    begin = bench.begin(Kind.PRICK, [PRICK], **changes)
    wanted = Code.FIELD if "head" in changes else Code.COMMAND
    assert bench.code(Begin, *begin[3:]) == wanted


@pytest.mark.req("CMD-02")
def test_an_id_opens_once() -> None:
    bench = bench_in(S.LOADED)
    bench.run(50)
    used = bench.command
    assert bench.close() == Code.OK
    bench.commands -= 1
    begin = bench.begin(Kind.PRICK, [PRICK])
    assert begin.command == used
    assert bench.code(Begin, *begin[3:]) == Code.COMMAND


def test_data_outside_the_program_is_refused_and_ends_the_load() -> None:
    for first, count in ((1, 1), (0, 0), (0, 2)):
        bench = bench_in(S.LOADING)
        steps = (pack_step(Kind.PRICK, PRICK),) * count
        answer = bench.ask(Data, first, count, steps)
        assert (answer.code, answer.field) == (Code.FIELD, F.STEPS_MAX)
        assert bench.is_in(S.IDLE)


def test_reserved_bytes_of_a_step_must_be_zero() -> None:
    bench = bench_in(S.LOADING)
    packed = bytearray(pack_step(Kind.PRICK, PRICK))
    packed[22] = 1
    assert bench.code(Data, 0, 1, (bytes(packed),)) == Code.FIELD


def test_steps_go_by_position_and_the_later_counts() -> None:
    bench = bench_in(S.IDLE)
    steps: list[Step] = [PRICK._replace(units=2), PRICK._replace(units=3, depth_um=1000)]
    begin = bench.begin(Kind.PRICK, steps)
    packed = [pack_step(Kind.PRICK, step) for step in steps]
    assert bench.code(Begin, *begin[3:]) == Code.OK
    assert bench.code(Data, 1, 1, (packed[0],)) == Code.OK
    assert bench.code(Data, 1, 1, (packed[1],)) == Code.OK
    assert bench.code(Data, 0, 1, (packed[0],)) == Code.OK
    crc = crc32(b"".join([payload_bytes(begin), *packed]))
    assert bench.code(Commit, begin.command, crc) == Code.OK
    program = bench.device.board.program
    assert program is not None
    depths = [getattr(program.step_of(unit), "depth_um", 0) for unit in range(5)]
    assert depths == [1500, 1500, 1000, 1000, 1000]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"units": 11}, Code.FIELD),
        ({"total": 49_000}, Code.FIELD),
        ({"crc": 1}, Code.CRC),
        ({"commit": 99}, Code.COMMAND),
        ({"steps": 2}, Code.FIELD),
    ],
)
def test_a_program_that_does_not_add_up_is_not_opened(changes: dict[str, int], code: Code) -> None:
    bench = bench_in(S.IDLE)
    declared = {k: v for k, v in changes.items() if k in ("units", "total", "steps")}
    begin = bench.begin(Kind.PRICK, [PRICK], **declared)
    packed = pack_step(Kind.PRICK, PRICK)
    assert bench.code(Begin, *begin[3:]) == Code.OK
    assert bench.code(Data, 0, 1, (packed,)) == Code.OK
    crc = crc32(payload_bytes(begin) + packed) ^ changes.get("crc", 0)
    answer = bench.ask(Commit, changes.get("commit", begin.command), crc)
    assert answer.code == code
    assert bench.is_in(S.IDLE)
    assert bench.stores.totals.last_command == 0


def test_begin_in_loading_drops_what_was_loaded() -> None:
    bench = bench_in(S.LOADING)
    assert bench.load() == Code.OK


FITS: list[tuple[dict[str, int], Code]] = [
    ({}, Code.OK),
    ({"fit_no": 0}, Code.FIELD),
    ({"head": 1}, Code.FIELD),
    ({"needle_um": 5000}, Code.FIELD),
    ({"pins": 0}, Code.FIELD),
    ({"pins": 2}, Code.FIELD),
    ({"bore_um": 12061}, Code.FIELD),
    ({"content_nl": 2_000_001}, Code.FIELD),
]


@pytest.mark.parametrize(("changes", "code"), FITS)
def test_a_fitting_is_one_that_the_device_can_carry(changes: dict[str, int], code: Code) -> None:
    bench = bench_in(S.IDLE)
    fit = Fit(0, 0, 0, 2, 4000, 8660, 1, 0, 2_000_000, 0, 5)._replace(**changes)
    assert bench.code(Fit, *fit[3:]) == code
    assert bool(bench.status.inputs & 512) == (code != Code.OK)


def test_a_pen_has_no_syringe() -> None:
    bench = Bench(PEN)
    bench.open()
    fit = (1, PEN.needles[0].length_um, 0, PEN.pins, 0, 0, 0, 0)
    assert bench.code(Fit, *fit) == Code.OK
    assert bench.code(Fit, *fit[:2], 8660, *fit[3:]) == Code.FIELD


@pytest.mark.req("DOS-13")
def test_narrow_lowers_maxima_and_raises_minima_and_nothing_else() -> None:
    bench = bench_in(S.IDLE)
    before = tuple(bench.device.board.limits.values)
    for field, value, code in (
        (F.DOSE_NL_MAX, 50_001, Code.LIMIT),
        (F.DOSE_NL_MAX, 0, Code.LIMIT),
        (F.PERIOD_US_MIN, 110_999, Code.LIMIT),
        (F.CURRENT_UA_MAX, 1, Code.FIELD),
        (0, 1, Code.FIELD),
        (26, 1, Code.FIELD),
    ):
        pairs = ((F.DEPTH_UM_MAX, 1000), (field, value))
        answer = bench.ask(Narrow, 2, pairs)
        assert (answer.code, answer.field, answer.value) == (code, field, value)
        assert tuple(bench.device.board.limits.values) == before
    wanted = ((F.DEPTH_UM_MAX, 1000), (F.PERIOD_US_MIN, 300_000), (F.DOSE_NL_MAX, 50_000))
    assert bench.code(Narrow, 3, wanted) == Code.OK
    assert bench.load() == Code.LIMIT


def test_a_program_keeps_the_limits_in_force_at_its_commit() -> None:
    bench = bench_in(S.IDLE)
    assert bench.code(Narrow, 1, ((F.WINDOW_NL_MAX, 60_000),)) == Code.OK
    assert bench.load() == Code.OK
    bench.open(nonce=8)
    program = bench.device.board.program
    assert program is not None
    assert program.limits.of(F.WINDOW_NL_MAX) == 60_000
    assert bench.device.board.limits.of(F.WINDOW_NL_MAX) == GUN.window_60s_nl_max


def test_the_rolling_window_agrees_with_a_slow_recompute() -> None:
    window = RollingWindow(0)
    booked: list[tuple[int, int]] = []
    for number in range(400):
        us = number * 700_000
        volume = 1000 + number * 37 % 900
        free_us = window.free_from_us(us, volume, 60_000)
        inside = sum(v for at, v in booked if at + 60_000_000 > us)
        assert (free_us == us) == (inside + volume <= 60_000)
        later = sum(v for at, v in booked if at + 60_000_000 > free_us)
        assert later + volume <= 60_000
        if free_us == us:
            window.add(us, volume)
            booked.append((us, volume))
    assert window.free_from_us(0, 70_000, 60_000) == 60_000_000


def test_prime_goes_by_its_own_rules() -> None:
    bench = bench_in(S.IDLE)
    assert bench.load(Kind.PRIME, [PUSH]) == Code.OK
