"""The schema that editors use is up to date and accepts what is shipped."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from mesodrive.profile_store import list_profiles, load_profile
from mesodrive.schema_export import profile_schema, rendered

ROOT = Path(__file__).parents[2] / "device_profiles"
SCHEMA_FILE = ROOT / "schema" / "profile.schema.json"


def data_of(name: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(load_profile(name).profile.model_dump_json())
    return data


def test_the_rendered_schema_is_not_stale() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == rendered(profile_schema()), (
        "render it again: see mesodrive.schema_export"
    )


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(profile_schema())


@pytest.mark.parametrize("name", list_profiles())
def test_the_schema_accepts_the_shipped_profiles(name: str) -> None:
    jsonschema.validate(data_of(name), profile_schema())


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("capabilities", "haeds", 1),
        ("capabilities", "heads", "one"),
        ("interlocks", "contact", "magnet"),
        ("timing", "lease_us", 200_001),
        ("hard_limits", "depth_um_max", 4_000.5),
    ],
)
def test_the_schema_refuses_what_the_models_refuse(section: str, key: str, value: object) -> None:
    data = data_of("nappage-gun")
    data[section][key] = value
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, profile_schema())


def test_each_field_is_described_for_the_editor() -> None:
    schema = profile_schema()
    for name, part in schema["$defs"].items():
        assert part.get("description"), name
        for key, field in part["properties"].items():
            assert field.get("description") or "$ref" in field, f"{name}.{key}"


def test_each_shipped_file_points_to_the_schema() -> None:
    for path in (ROOT / "mesodrive_profiles").glob("*.yaml"):
        first = path.read_text(encoding="utf-8").splitlines()[0]
        reference = first.removeprefix("# yaml-language-server: $schema=")
        assert (path.parent / reference).resolve() == SCHEMA_FILE.resolve()
