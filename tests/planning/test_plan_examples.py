"""The plans in `examples/`, the plan that `plan new` writes, and the schema for editors."""

import json
from pathlib import Path

import jsonschema
import pytest

from mesodrive.plan_schema import plan_schema
from mesodrive.plan_store import load_plan, parse_plan
from mesodrive.profile.models import DeviceProfile
from mesodrive.profile_store import list_profiles, load_profile
from mesodrive.schema_export import rendered
from mesodrive.sequencing.drawing_svg import draw_svg
from mesodrive.sequencing.drawing_text import sketch
from mesodrive.sequencing.example import example_plan
from mesodrive.sequencing.plan import Plan
from mesodrive.sequencing.planned import Planned
from mesodrive.sequencing.planner import Identity, make_session
from support.profiles import INJECTORS, injector
from support.sessions import EXAMPLES, TODAY, refused_codes

ALL = sorted(EXAMPLES.glob("*.yaml"))
PLANS = [path for path in ALL if isinstance(load_plan(path).plan, Plan)]
SCHEMA_FILE = EXAMPLES.parent / "device_profiles" / "schema" / "plan.schema.json"


def session_of(path: Path) -> Planned:
    read = load_plan(path)
    profile = load_profile(read.plan.profile).profile
    assert isinstance(read.plan, Plan)
    return make_session(
        read.plan, profile, today=TODAY, identity=Identity(1, 2, 3), document=read.document
    )


def name_of(path: Path) -> str:
    return path.stem


@pytest.mark.parametrize("path", PLANS, ids=name_of)
def test_an_example_keeps_every_limit_and_can_be_drawn(path: Path) -> None:
    made = session_of(path)
    assert made.estimates.units == len(made.points) > 30
    assert draw_svg(made).startswith("<svg")
    assert sketch(made, 80, 20)
    assert json.dumps(made.estimates.to_json())


def test_there_is_an_example_for_every_shipped_profile() -> None:
    assert {load_plan(path).plan.profile for path in ALL} == set(list_profiles())


def test_the_face_is_108_pricks_at_nine_each_second() -> None:
    seen = session_of(EXAMPLES / "nappage-face.yaml").estimates
    assert seen.units == 108
    assert seen.volume_nl == 540_000
    assert 11_900_000 < seen.pricking_us < 12_100_000
    assert len(seen.zones) == 4


def test_the_neckline_takes_two_fillings() -> None:
    made = session_of(EXAMPLES / "stamp-neckline.yaml")
    assert len(made.spec.stages) == 2
    assert [program.purpose for program in made.spec.stages[1].programs] == ["prime", "deliver"]


@pytest.mark.parametrize("name", INJECTORS)
def test_the_plan_that_plan_new_writes_keeps_every_limit_of_its_profile(name: str) -> None:
    profile = injector(name)
    read = parse_plan(example_plan(profile), file=f"{name}.yaml")
    assert isinstance(read.plan, Plan)
    made = make_session(
        read.plan, profile, today=TODAY, identity=Identity(1, 2, 3), document=read.document
    )
    assert made.estimates.units == 20
    assert read.text.count("#") > 15


def narrowed(profile: DeviceProfile, **limits: object) -> DeviceProfile:
    hard = profile.hard_limits.model_copy(update=limits)
    return profile.model_copy(update={"hard_limits": hard})


def test_a_new_plan_s_flow_gives_way_to_the_pressure() -> None:
    profile = narrowed(injector("nappage-gun"), pressure_pa_max=68_000)
    read = parse_plan(example_plan(profile))
    assert isinstance(read.plan, Plan)
    found = make_session(read.plan, profile, today=TODAY, identity=Identity(1, 2, 3))
    assert found.estimates.units == 20
    hopeless = narrowed(profile, pressure_pa_max=60_000)
    assert "flow_ul_s: 0" in example_plan(hopeless)


def test_a_title_cannot_break_out_of_its_comment() -> None:
    profile = injector("nappage-gun")
    identity = profile.identity.model_copy(update={"title": "two\nlines: x"})
    text = example_plan(profile.model_copy(update={"identity": identity}))
    assert parse_plan(text).plan.treatment == "T-0001"


def test_the_schema_file_is_not_stale() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == rendered(plan_schema()), (
        "run: python -m mesodrive.plan_schema > device_profiles/schema/plan.schema.json"
    )


@pytest.mark.parametrize("path", ALL, ids=name_of)
def test_the_schema_accepts_the_examples(path: Path) -> None:
    read = load_plan(path).document.data
    plain = json.loads(json.dumps(read, default=float))
    jsonschema.validate(plain, plan_schema())


def test_the_schema_refuses_an_unknown_key_and_a_list_that_is_too_short() -> None:
    read = load_plan(PLANS[0]).document.data
    plain = json.loads(json.dumps(read, default=float))
    for wrong in ({**plain, "zones": []}, {**plain, "zoness": 1}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, plan_schema())
    assert refused_codes(plain | {"treatment": "T-9"}) == []
