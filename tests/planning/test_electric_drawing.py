"""Pictures and sketches of transdermal plans: places, waveforms, and safe whatever a name holds."""

import re
from xml.etree import ElementTree as ET

import pytest

from mesodrive.sequencing import electric_wording as wording
from mesodrive.sequencing.drawing_electric_svg import draw_electric_svg
from mesodrive.sequencing.drawing_electric_text import WAVE_LINES, electric_sketch
from mesodrive.sequencing.drawing_text import COLUMNS_MAX, COLUMNS_MIN
from mesodrive.sequencing.planned import ElectricPlanned
from mesodrive.sequencing.waveform import Wave, wave_of
from support.electric_plans import (
    Data,
    burst,
    burst_plan,
    current,
    exfoliation,
    ionto_plan,
    pad,
    planned,
    pulse_plan,
    pulses,
    reading,
)

SVG = "{http://www.w3.org/2000/svg}"
SHARP = "<b>&\"' \u202e"


def parsed(made: ElectricPlanned) -> ET.Element:
    return ET.fromstring(draw_electric_svg(made))


def texts(root: ET.Element) -> list[str]:
    return [text for text in root.itertext() if text.strip()]


def wave(data: Data) -> Wave:
    made = planned(data)
    found = wave_of(made.plan.zones[0], made.estimates.zones[0])
    assert found is not None
    return found


def mixed() -> ElectricPlanned:
    zones = [exfoliation(), reading(), burst(peak_ma=3)]
    return planned(burst_plan(*zones, skin="exfoliated_now"))


def test_direct_current_is_a_trapezium_below_zero_for_a_cathode() -> None:
    course = wave(ionto_plan(current(polarity="cathode")))
    assert course.corners == (
        (0, 0), (5_000_000, -2_000), (60_000_000, -2_000), (65_000_000, 0),
    )  # fmt: skip
    assert (course.low, course.top, course.mirrored, course.detail) == (-2_000, 0, False, ())


def test_a_burst_has_two_edges_and_a_carrier_to_look_at() -> None:
    course = wave(burst_plan())
    assert (course.low, course.top, course.mirrored) == (-4_000, 4_000, True)
    assert course.detail[-1][0] == 1_500
    assert {level for _, level in course.detail} == {-4_000, 4_000}
    sided = wave(burst_plan(burst(zero_mean=False, polarity="cathode")))
    assert (sided.low, sided.top, sided.mirrored) == (-4_000, 0, False)
    assert {level for _, level in sided.detail} == {-4_000, 0}


def test_a_train_alternates_and_a_pulse_has_both_halves() -> None:
    course = wave(pulse_plan(pulses(alternating=True)))
    starts = [level for time_us, level in course.corners if time_us % 2_000_000 == 0 and level]
    assert starts == [60_000_000, -60_000_000] * 3
    assert course.detail[2:4] == ((500, 60_000_000), (500, -60_000_000))
    plain = wave(pulse_plan(pulses(biphasic=False)))
    assert len(plain.corners) == 4 * 6
    assert plain.low == 0


def test_a_reading_and_spots_have_no_waveform() -> None:
    made = planned(burst_plan(exfoliation(), reading()))
    rows = zip(made.plan.zones, made.estimates.zones, strict=True)
    assert [wave_of(zone, seen) for zone, seen in rows] == [None, None]


def test_the_picture_has_electrodes_spots_waveforms_and_what_to_expect() -> None:
    root = parsed(mixed())
    spots = [c for g in root.iter(f"{SVG}g") for c in g.iter(f"{SVG}circle")]
    assert len(spots) == 25
    found = texts(root)
    assert "burst: 3 mA peak at 2 kHz, gate 2 Hz for 50 %, 1 mA min" in found
    assert any("0.188 mA/cm2" in text and "of 80 mA min" in text for text in found)
    assert "1, 2, 3" in found
    assert "1.5 ms of it" in found
    assert any("cap-8cm2 (8 cm2)" in text for text in found)


def test_everything_is_drawn_within_the_page() -> None:
    zones = [burst(shape=pad(at_mm=[-500, 700], rotate_deg=30)), burst(name="b"),
             exfoliation(place="chin", shape=pad(at_mm=[0, 300]))]  # fmt: skip
    root = parsed(planned(burst_plan(*zones)))
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    for path in root.iter(f"{SVG}path"):
        for x, y in re.findall(r"[ML](-?[0-9.]+) (-?[0-9.]+)", path.attrib["d"]):
            assert 0 <= float(x) <= width
            assert 0 <= float(y) <= height


def test_bursts_are_drawn_one_by_one_where_they_can_be_told_apart() -> None:
    def stripes(**changes: object) -> int:
        return draw_electric_svg(planned(burst_plan(burst(**changes)))).count('fill-opacity=".5"')

    assert stripes(gate_hz=1) == 35
    assert stripes(gate_hz=2) == 70
    assert stripes(dose_ma_min=10) == 0
    assert stripes(gate_hz=None, duty_percent=None, peak_ma=2) == 0


def test_a_name_cannot_become_markup_or_turn_the_text_around() -> None:
    made = planned(ionto_plan())
    named = [one.model_copy(update={"name": SHARP}) for one in made.plan.zones]
    made = made._replace(plan=made.plan.model_copy(update={"zones": tuple(named)}))
    root = parsed(made)
    assert any("<b>&\"' ?" in text for text in texts(root))
    assert not list(root.iter(f"{SVG}b"))
    assert "\u202e" not in electric_sketch(made, 80, 20)


def test_a_picture_of_many_zones_stays_bounded() -> None:
    zones = [pulses(name=f"z{n}", shape=pad(at_mm=[40 * n, 0])) for n in range(16)]
    assert len(draw_electric_svg(planned(pulse_plan(*zones)))) < 100_000


@pytest.mark.parametrize(("width", "height"), [(80, 24), (0, 0), (10_000, 10_000), (20, 6)])
@pytest.mark.parametrize("ascii_only", [False, True])
def test_a_sketch_keeps_to_the_terminal(width: int, height: int, ascii_only: bool) -> None:
    for made in (mixed(), planned(ionto_plan()), planned(pulse_plan())):
        lines = electric_sketch(made, width, height, ascii_only=ascii_only).splitlines()
        assert max(map(len, lines)) <= min(max(width, COLUMNS_MIN), COLUMNS_MAX)
        assert len(lines) < 200


def test_a_sketch_shows_places_waveform_and_expectation() -> None:
    text = electric_sketch(planned(ionto_plan()), 80, 10, ascii_only=True)
    assert text.isascii()
    assert "1  Arm, forearm" in text
    assert "iontophoresis: 2 mA direct, anode, 2 mA min" in text
    assert "65 s, 2 mA min of 80 mA min, 0.25 mA/cm2, about 25.2 V at the start" in text
    rows = text.splitlines()
    top = next(number for number, row in enumerate(rows) if row.lstrip().startswith("2 mA "))
    assert rows[top].count("*") > 50
    assert rows[top + WAVE_LINES - 1].count("*") == 2
    assert rows[-1] == "=  13 units, 65 s, at most 2 mA min"


def test_a_sketch_of_a_carrier_is_the_same_above_and_below() -> None:
    text = electric_sketch(planned(burst_plan()), 80, 10, ascii_only=True)
    waved = [row for row in text.splitlines() if "*" in row]
    picture = [row[12:] for row in waved]
    assert picture == picture[::-1]


def test_in_braille_the_outline_of_an_electrode_is_closed() -> None:
    picture = electric_sketch(planned(ionto_plan()), 80, 10).split("1  Arm")[0]
    assert sum((ord(char) - 0x2800).bit_count() for char in picture if ord(char) >= 0x2800) > 60


def test_a_wait_for_the_skin_is_told() -> None:
    reasons = {"density": "the training asks for it"}
    made = planned(ionto_plan(current(current_ma=4, dose_ma_min=10), reasons=reasons))
    assert wording.expected(made.estimates.zones[0]).endswith(
        "about 50.5 V at the start, waits at 40 V"
    )


@pytest.mark.parametrize(
    ("us", "text"),
    [(1_500, "1.5 ms"), (100_000, "100 ms"), (65_000_000, "65 s"), (1_229_999_000, "20 min 29 s")],
)
def test_a_time_is_told_in_its_own_unit(us: int, text: str) -> None:
    assert wording.lasting(us) == text


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (burst_plan(burst(gate_hz=None, duty_percent=None, peak_ma=2, carrier_hz=600)),
         "2 mA peak at 600 Hz, 1 mA min"),
        (burst_plan(burst(duty_percent=100, peak_ma=2, zero_mean=False, polarity="anode")),
         "2 mA peak at 2 kHz, anode, gate 2 Hz, 1 mA min"),
        (pulse_plan(pulses(pulses=1)), "1 pulse of 60 V for 1 ms, biphasic, one each 2 s"),
        (burst_plan(exfoliation(passes=1)), "27 kPa, 300 ms a spot, 1 pass"),
    ],
)  # fmt: skip
def test_a_setting_is_told_in_the_units_of_the_plan(data: Data, text: str) -> None:
    assert wording.setting(planned(data).plan.zones[0]) == text
