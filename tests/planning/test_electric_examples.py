"""The examples for transdermal units, what `plan new` writes for them, and the commands."""

import json
from pathlib import Path

import pytest

from mesodrive.cli.main import main
from mesodrive.plan_store import load_plan, parse_plan
from mesodrive.profile.transdermal_models import TransdermalProfile
from mesodrive.profile_store import load_profile
from mesodrive.sequencing.drawing_electric_svg import draw_electric_svg
from mesodrive.sequencing.drawing_electric_text import electric_sketch
from mesodrive.sequencing.electric_plan import TransdermalPlan
from mesodrive.sequencing.example import example_plan
from mesodrive.sequencing.planned import ElectricPlanned
from mesodrive.sequencing.planner import Identity, make_session
from support.electric_plans import EXAMPLES, TODAY
from support.profiles import TRANSDERMALS, transdermal

PLANS = [
    path
    for path in sorted(EXAMPLES.glob("*.yaml"))
    if isinstance(load_plan(path).plan, TransdermalPlan)
]


def session_of(text: str, profile: TransdermalProfile | None = None) -> ElectricPlanned:
    read = parse_plan(text)
    assert isinstance(read.plan, TransdermalPlan)
    device = profile or load_profile(read.plan.profile).profile
    return make_session(
        read.plan, device, today=TODAY, identity=Identity(1, 2, 3), document=read.document
    )


def name_of(path: Path) -> str:
    return path.stem


@pytest.mark.parametrize("path", PLANS, ids=name_of)
def test_an_example_keeps_every_limit_and_can_be_drawn(path: Path) -> None:
    made = session_of(path.read_text(encoding="utf-8"))
    assert made.estimates.units == len(made.points)
    assert draw_electric_svg(made).startswith("<svg")
    assert electric_sketch(made, 80, 20)
    assert json.dumps(made.estimates.to_json())


@pytest.mark.parametrize("path", PLANS, ids=name_of)
def test_an_example_can_be_watched_in_real_time(path: Path) -> None:
    assert session_of(path.read_text(encoding="utf-8")).estimates.running_us < 90_000_000


def test_every_technique_has_an_example() -> None:
    techniques = {zone.technique for path in PLANS for zone in load_plan(path).plan.zones}
    assert techniques == {"iontophoresis", "burst", "electroporation", "exfoliate", "measure"}


def checked(text: str) -> str:
    """Return a new plan as a person leaves it who has checked the contraindications."""
    return text.replace("contraindications_checked: false", "contraindications_checked: true")


@pytest.mark.parametrize("name", TRANSDERMALS)
def test_a_new_plan_keeps_every_limit_once_a_person_has_checked(name: str) -> None:
    text = example_plan(transdermal(name))
    assert text.count("#") > 10
    assert "contraindications_checked: false" in text
    assert session_of(checked(text)).estimates.units


def device(name: str, section: str, **changes: object) -> TransdermalProfile:
    """Return a shipped unit with another value in one section."""
    profile = transdermal(name)
    changed = getattr(profile, section).model_copy(update=changes)
    return profile.model_copy(update={section: changed})


@pytest.mark.parametrize(
    ("profile", "said"),
    [
        (device("burst-unit", "hard_limits", carrier_hz_min=2_000), "carrier_hz: 2000"),
        (device("burst-unit", "capabilities", triggers=("none",)), "trigger: none"),
        (device("pulse-unit", "hard_limits", pulse_us_min=3_000), "pulses: 2"),
        (device("pulse-unit", "advisory_limits", volt_us_max=None), "pulses: 4"),
        (device("ionto-unit", "hard_limits", current_ua_max=100), "current_ma: 0.1"),
        (device("ionto-unit", "hard_limits", ramp_us_min=40_000_000), "ramp_s: 40"),
        (device("ionto-unit", "advisory_limits", density_ua_cm2_max=None), "current_ma: 2"),
    ],
)
def test_a_new_plan_follows_what_a_unit_can_do(profile: TransdermalProfile, said: str) -> None:
    text = example_plan(profile)
    assert said in text
    assert session_of(checked(text), profile).estimates.units


@pytest.mark.parametrize(
    ("profile", "said"),
    [
        (device("burst-unit", "capabilities", kinds=("pass",)), "technique: exfoliate"),
        (device("burst-unit", "capabilities", kinds=("measure",)), "technique: measure"),
        (device("burst-unit", "hard_limits", gate_mhz_min=None), "technique: burst"),
        (device("pulse-unit", "hard_limits", energy_uj_max=1_000), "voltage_v: 12.5"),
        (device("pulse-unit", "hard_limits", energy_uj_max=None), "voltage_v: 50"),
    ],
)
def test_a_new_plan_has_the_technique_of_its_unit(profile: TransdermalProfile, said: str) -> None:
    text = example_plan(profile)
    assert said in text
    assert isinstance(parse_plan(checked(text)).plan, TransdermalPlan)


@pytest.fixture
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_commands_check_show_and_draw_a_transdermal_plan(
    in_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = str(EXAMPLES / "mixed-cheek.yaml")
    assert main(("plan", "check", plan)) == 0
    output = capsys.readouterr().out
    assert "keeps every limit of burst-unit" in output
    assert "Bursts: burst, 3 mA peak" in output
    assert "0.188 mA/cm2" in output
    assert main(("plan", "check", plan, "--json")) == 0
    assert json.loads(capsys.readouterr().out)["charge_uc"] == 48_000
    assert main(("plan", "show", plan, "--ascii")) == 0
    assert "3  Bursts, cheek" in capsys.readouterr().out
    assert main(("plan", "show", plan, "--svg", "a.svg")) == 0
    assert (in_folder / "a.svg").read_text(encoding="utf-8").startswith("<svg")


def test_a_reason_is_given_on_the_command_line(
    in_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (EXAMPLES / "ionto-forearm.yaml").read_text(encoding="utf-8")
    (in_folder / "strong.yaml").write_text(text.replace("current_ma: 2\n", "current_ma: 3\n"))
    assert main(("plan", "check", "strong.yaml")) == 3
    assert "reasons: density" in capsys.readouterr().err
    reason = "density=the training asks for it"
    assert main(("plan", "check", "strong.yaml", "--reason", reason)) == 0
    assert "beyond the advised density: the training asks for it" in capsys.readouterr().out


@pytest.mark.parametrize("name", TRANSDERMALS)
def test_a_new_plan_waits_for_a_person_to_check(
    name: str, in_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(("plan", "new", "mine.yaml", "--profile", name)) == 0
    assert main(("plan", "check", "mine.yaml")) == 3
    output = capsys.readouterr().err
    assert output.count("mine.yaml:") == 1
    assert "contraindications_checked" in output
