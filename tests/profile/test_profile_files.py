"""A wrong profile file gives every fault at its line and column, with a remedy."""

import hashlib
from enum import Enum
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import Field

from mesodrive.document_messages import VALUE_CHARACTERS_MAX
from mesodrive.document_model import DocumentModel
from mesodrive.documents import load_document, validate
from mesodrive.errors import DocumentError, Problem, ProfileNotFoundError
from mesodrive.profile.models import DeviceProfile
from mesodrive.profile_store import PROFILES_MAX, list_profiles, load_profile
from support.profiles import INJECTORS, TRANSDERMALS

SHIPPED = Path(__file__).parents[2] / "device_profiles" / "mesodrive_profiles"
GUN = (SHIPPED / "nappage-gun.yaml").read_text(encoding="utf-8")


def problems_of(tmp_path: Path, text: str) -> tuple[Problem, ...]:
    path = tmp_path / "nappage-gun.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DocumentError) as caught:
        load_profile(str(path))
    return caught.value.problems


def place_of(text: str, part: str) -> tuple[int, int]:
    before = text[: text.index(part)]
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def test_profiles_of_both_families_are_shipped() -> None:
    assert list_profiles() == tuple(sorted((*INJECTORS, *TRANSDERMALS)))


@pytest.mark.req("DOS-13")
def test_a_loaded_profile_carries_text_and_the_hash_of_its_file() -> None:
    loaded = load_profile("nappage-gun")
    assert loaded.text == GUN
    assert loaded.file == "nappage-gun.yaml"
    assert loaded.file_hash == hashlib.sha256(GUN.encode()).digest()
    assert len(loaded.canonical_hash) == 32


def test_several_faults_are_all_named_with_their_places(tmp_path: Path) -> None:
    text = (
        GUN.replace("  heads: 1", "  haeds: 1")
        .replace("depth_um_max: 4000", "depth_um_max: 4.5e3", 1)
        .replace("contact: force", "contact: 12:30")
        .replace("line_break: true", "line_break: yes")
        .replace("lease_us: 200000", "lease_us: 900000")
    )
    problems = problems_of(tmp_path, text)
    by_field = {p.field: p for p in problems}
    line, column = place_of(text, "haeds")
    assert (by_field["capabilities.haeds"].line, by_field["capabilities.haeds"].column) == (
        line,
        column,
    )
    assert by_field["capabilities.haeds"].remedy == "did you mean heads?"
    assert by_field["capabilities.heads"].code == "key-missing"
    assert by_field["capabilities.heads"].line == place_of(text, "capabilities:")[0]
    depth = by_field["hard_limits.depth_um_max"]
    assert (depth.line, depth.column) == place_of(text, "4.5e3")
    assert depth.limit == "a whole number"
    assert by_field["interlocks.contact"].limit == "'force', 'vacuum' or 'none'"
    assert by_field["capabilities.line_break"].value == "'yes'"
    assert by_field["timing.lease_us"].limit == "at most 200000"
    assert len(problems) == 6
    assert [p.line for p in problems] == sorted(p.line for p in problems)


def test_rules_between_fields_name_place_value_limit_and_remedy(tmp_path: Path) -> None:
    text = GUN.replace("spacing_um_min: 1000\n", "spacing_um_min: 20000\n")
    (problem,) = problems_of(tmp_path, text)
    assert (problem.line, problem.column) == place_of(text, "20000\n  spacing_um_max")
    assert str(problem).endswith(
        "hard_limits.spacing_um_min: found 20000, expected at most spacing_um_max = 10000; "
        "lower spacing_um_min or raise spacing_um_max"
    )


def test_a_missing_source_is_placed_at_the_sources(tmp_path: Path) -> None:
    text = GUN.replace('    heads: "estimate: one handpiece"\n', "")
    (problem,) = problems_of(tmp_path, text)
    assert (problem.line, problem.column) == place_of(text, "sources:")
    assert problem.field == "capabilities.sources.heads"
    assert "add 'heads: <source" in problem.remedy


def test_a_newer_schema_says_so_and_nothing_else(tmp_path: Path) -> None:
    text = GUN.replace("schema: 1", "schema: 2").replace("heads: 1", "arms: 1")
    (problem,) = problems_of(tmp_path, text)
    assert (problem.code, problem.line, problem.column) == ("schema-newer", 4, 9)
    assert "written for a newer mesodrive" in str(problem)


def test_numbers_of_yaml_1_1_do_not_slip_in(tmp_path: Path) -> None:
    text = GUN.replace("pins: 1\n", "pins: 1_0\n").replace("slots: 32", "slots: 0b100000")
    assert {p.field for p in problems_of(tmp_path, text)} == {
        "capabilities.pins",
        "capabilities.slots",
    }


def test_ten_with_a_leading_zero_is_ten(tmp_path: Path) -> None:
    path = tmp_path / "nappage-gun.yaml"
    path.write_text(GUN.replace("pins: 1\n", "pins: 010\n"), encoding="utf-8")
    profile = load_profile(str(path)).profile
    assert isinstance(profile, DeviceProfile)
    assert profile.capabilities.pins == 10


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        ("just words", "model-type"),
        ("[1, 2]", "model-type"),
        ("schema: 1\nschema: 1\n", "yaml-key-twice"),
        ("a: &a [*a]\n", "yaml-anchor"),
        ("a: [\n", "yaml-syntax"),
    ],
)
def test_a_file_that_is_no_profile_is_refused(tmp_path: Path, text: str, code: str) -> None:
    assert problems_of(tmp_path, text)[0].code == code


def test_a_profile_must_have_the_name_of_its_file(tmp_path: Path) -> None:
    path = tmp_path / "other.yaml"
    path.write_text(GUN, encoding="utf-8")
    with pytest.raises(DocumentError, match="the name of the file, 'other'"):
        load_profile(str(path))


def test_profiles_of_the_user_are_listed_and_loaded(tmp_path: Path) -> None:
    (tmp_path / "my-gun.yaml").write_text(
        GUN.replace("profile: nappage-gun", "profile: my-gun"), encoding="utf-8"
    )
    assert "my-gun" in list_profiles(tmp_path)
    loaded = load_profile("my-gun", user_folder=tmp_path)
    assert loaded.profile.identity.profile == "my-gun"
    assert loaded.file == str(tmp_path / "my-gun.yaml")


def test_a_file_of_the_user_with_a_shipped_name_is_refused_by_name_and_place(
    tmp_path: Path,
) -> None:
    (tmp_path / "nappage-gun.yaml").write_text(GUN, encoding="utf-8")
    for use in (
        lambda: load_profile("nappage-gun", user_folder=tmp_path),
        lambda: load_profile("point-gun", user_folder=tmp_path),
        lambda: list_profiles(tmp_path),
    ):
        with pytest.raises(DocumentError) as caught:
            use()
        (problem,) = caught.value.problems
        assert problem.file == str(tmp_path / "nappage-gun.yaml")
        assert problem.code == "profile-shipped"
        assert caught.value.exit_code == 3
    assert load_profile(str(tmp_path / "nappage-gun.yaml")).profile.identity.profile


def test_a_folder_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    for use in (
        lambda: load_profile("nappage-gun", user_folder=tmp_path / "none"),
        lambda: list_profiles(tmp_path / "none"),
    ):
        with pytest.raises(DocumentError, match="none: found no folder"):
            use()


def test_a_broken_file_is_listed_by_name_and_refused_when_it_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_bytes(b"\xff: [")
    (tmp_path / "other.yaml").write_text(GUN, encoding="utf-8")
    assert {"broken", "other", "point-gun"} <= set(list_profiles(tmp_path))
    for name, place in (("broken", "broken.yaml"), ("other", "identity.profile")):
        with pytest.raises(DocumentError, match=place):
            load_profile(name, user_folder=tmp_path)
    assert load_profile("point-gun", user_folder=tmp_path).profile.identity.profile == "point-gun"


def test_an_unknown_name_lists_what_is_like_it_and_what_exists(tmp_path: Path) -> None:
    with pytest.raises(ProfileNotFoundError) as caught:
        load_profile("napage-gun", user_folder=tmp_path)
    assert caught.value.close == ("nappage-gun",)
    assert caught.value.known == list_profiles()
    with pytest.raises(ProfileNotFoundError):
        load_profile("")


def test_a_folder_full_of_files_is_read_up_to_a_bound(tmp_path: Path) -> None:
    for number in range(PROFILES_MAX + 5):
        (tmp_path / f"p{number}.yaml").touch()
    assert len(list_profiles(tmp_path)) == PROFILES_MAX + len(list_profiles())


@pytest.mark.parametrize("name", ["missing.yaml", "missing.yml", "./missing", ".\\missing"])
def test_a_path_that_does_not_exist_is_one_clear_message(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DocumentError, match="No such file") as caught:
        load_profile(name)
    assert len(caught.value.problems) == 1


class Colour(Enum):
    """An enumeration in a document."""

    RED = "red"


class Line(DocumentModel):
    """One branch of a union."""

    kind: Literal["line"]
    from_um: int = Field(alias="from")


class Dot(DocumentModel):
    """The other branch."""

    kind: Literal["dot"]
    size_um: Annotated[int, Field(gt=0, lt=10)]


class Sheet(DocumentModel):
    """A document with all that a profile does not have."""

    shape: Annotated[Line | Dot, Field(discriminator="kind")]
    colour: Colour = Colour.RED
    even: Annotated[int, Field(multiple_of=2)] = 2
    notes: dict[str, Annotated[str, Field(max_length=3)]] = Field(default_factory=dict)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("shape: {kind: dot, size_um: 10}", "f:1:29: shape.size_um: found 10, expected less than"),
        ("shape: {kind: dot, size_um: 0}", "found 0, expected more than 0"),
        ("shape: {kind: dot, sise_um: 1}", "did you mean size_um?"),
        ("shape: {kind: line, form: 1}", "did you mean from?"),
        ("shape: {kind: line}", "f:1:1: shape.from: found nothing, expected a value; add the key"),
        ("shape: {kind: cube}", "expected 'line', 'dot' as 'kind'"),
        ("shape: {}", "found keys with values, expected the key 'kind'"),
        ("shape: [1]\nq: 1", "found a list of 1"),
        ("shape: true", "found true"),
        ("zzzzzz: 1", "expected one of colour, even, notes, shape"),
        (f"shape: {'x' * 200}", "..."),
        ("even: 3", "found 3, expected a multiple of 2; correct the value"),
        ("notes: {a: long}", "notes.a: found 'long', expected at most 3 characters"),
        ("notes: {a: {b: 1}}", "notes.a: found keys with values, expected text"),
    ],
)
def test_every_kind_of_fault_is_put_into_words(text: str, message: str) -> None:
    document = load_document(text, file="f", bytes_max=1_000)
    with pytest.raises(DocumentError) as caught:
        validate(document, Sheet)
    assert message in str(caught.value)
    assert all(len(p.value) <= VALUE_CHARACTERS_MAX for p in caught.value.problems)


class Bare(DocumentModel):
    """A document without any key."""


def test_a_model_without_keys_expects_no_key() -> None:
    document = load_document("a: 1", file="f", bytes_max=10)
    with pytest.raises(DocumentError, match="expected no key; remove the key"):
        validate(document, Bare)
