"""YAML means what people think, and whatever could surprise is refused with its place."""

import contextlib
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from mesodrive import documents
from mesodrive.documents import load_document, read_document, validate
from mesodrive.errors import DocumentError, Problem
from mesodrive.yaml_composer import DEPTH_MAX, NODES_MAX, PROBLEMS_MAX

BYTES_MAX = 1 << 20


@pytest.fixture(params=["c", "python"], autouse=True)
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run each test with both parsers: PyYAML may be built without the one in C."""
    name: str = request.param
    if name == "python":
        monkeypatch.setattr(documents, "_LOADER", yaml.SafeLoader)
    return name


def load(text: str) -> object:
    return load_document(text, file="f.yaml", bytes_max=BYTES_MAX).data


class Pair(BaseModel):
    """Takes anything, so that only the reader itself refuses."""

    a: str
    key: int | None


class Numbers(BaseModel):
    a: int
    key: int


def refused(text: str) -> tuple[Problem, ...]:
    with pytest.raises(DocumentError) as caught:
        load(text)
    return caught.value.problems


def refused_places(text: str) -> list[tuple[str, int, int]]:
    return [(p.code, p.line, p.column) for p in refused(text)]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("no", "no"),
        ("Yes", "Yes"),
        ("on", "on"),
        ("off", "off"),
        ("y", "y"),
        ("12:30", "12:30"),
        ("190:20:30", "190:20:30"),
        ("010", 10),
        ("0o17", 15),
        ("0x1F", 31),
        ("0b11", "0b11"),
        ("1_000", "1_000"),
        ("+7", 7),
        ("-7", -7),
        ("1e-3", Decimal("0.001")),
        ("1E3", Decimal("1E+3")),
        ("1.50", Decimal("1.50")),
        (".5", Decimal("0.5")),
        ("5.", Decimal(5)),
        ("1e9999", "1e9999"),
        ("2026-11-22", "2026-11-22"),
        ("1.2.3", "1.2.3"),
        ("=", "="),
        ("<<", "<<"),
        ("true", True),
        ("False", False),
        ("tRue", "tRue"),
        ("null", None),
        ("~", None),
        ("", None),
        ("none", "none"),
        ('"10"', "10"),
        ("'true'", "true"),
        ("|\n  10", "10"),
        ("\u0661", "\u0661"),
    ],
)
def test_a_scalar_means_what_it_looks_like(written: str, meant: object) -> None:
    data = load(f"key: {written}")
    assert data == {"key": meant}
    assert isinstance(data, dict)
    assert type(data["key"]) is type(meant)


@pytest.mark.parametrize("written", [".inf", "-.INF", ".nan", "1" * 41, "0." + "1" * 50])
def test_an_endless_or_absurdly_long_number_is_refused_with_all_else(written: str) -> None:
    document = load_document(f"a: x\nkey: {written}", file="a.yaml", bytes_max=1_000)
    for model, others in ((Pair, []), (Numbers, [("int-parsing", 1, 4)])):
        with pytest.raises(DocumentError) as caught:
            validate(document, model)
        places = [(one.code, one.line, one.column) for one in caught.value.problems]
        assert places == [*others, ("yaml-number", 2, 6)]
    assert ("yaml-number", 2, 6) in refused_places(f"a: &x 1\nkey: {written}")


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("a: 1\nb:\n  c: 1\n  c: 2\n", [("yaml-key-twice", 4, 3)]),
        ("a: &x 1\nb: *x\n", [("yaml-anchor", 1, 4), ("yaml-alias", 2, 4)]),
        ("*x : 1\n", [("yaml-alias", 1, 1), ("yaml-key", 1, 1)]),
        ("a: !!python/object:os.system ls\n", [("yaml-tag", 1, 4)]),
        ("a: !own [1]\n", [("yaml-tag", 1, 4)]),
        ("a: 1\n---\nb: 2\n", [("yaml-documents", 2, 1)]),
        ("%YAML 1.1\n---\na: no\n", [("yaml-directive", 1, 1)]),
        ("%TAG ! tag:x,2000:\n---\na: no\n", [("yaml-directive", 1, 1)]),
        ("? [a]\n: 1\n", [("yaml-key", 1, 3)]),
        ("1: a\n", [("yaml-key", 1, 1)]),
        ("true: a\n", [("yaml-key", 1, 1)]),
        ("a: 1\n? \n: 3\n", [("yaml-key", 2, 2)]),
    ],
)
def test_what_a_person_does_not_need_is_refused_with_its_place(
    text: str, places: list[tuple[str, int, int]]
) -> None:
    found = refused_places(text)
    assert [code for code, _, _ in found] == [code for code, _, _ in places]
    assert [line for _, line, _ in found] == [line for _, line, _ in places]
    if "?" not in text:  # the two parsers place an empty key differently
        assert found == places


def test_a_doubled_key_names_the_first_one() -> None:
    assert "first on line 1" in refused("a: 1\na: 2\n")[0].value


@pytest.mark.parametrize(
    "text", ["a: [1, 2", "a: b: c", "\ta: 1", "a: 'x", "a: \x00", "- 1\nb: 2", "a: \ud800"]
)
def test_text_that_is_not_yaml_is_refused_with_one_message(text: str) -> None:
    (problem,) = refused(text)
    assert problem.code == "yaml-syntax"
    assert "Traceback" not in str(problem)


@pytest.mark.parametrize("text", ["", "\n\n", "# only a remark\n", "---\n", "null"])
def test_an_empty_document_is_refused(text: str) -> None:
    assert [p.code for p in refused(text)] == ["empty"]


def test_a_byte_order_mark_is_taken() -> None:
    assert load("\ufeffa: 1\n") == {"a": 1}


def test_a_scalar_alone_is_a_document_that_a_model_can_refuse() -> None:
    assert load("42") == 42


def test_nesting_is_bounded() -> None:
    assert load("[" * DEPTH_MAX + "]" * DEPTH_MAX)
    for opening in ("[", "{a: "):
        (problem,) = refused(opening * 1_000)
        assert problem.code == "yaml-depth"


@pytest.mark.timeout(10)
def test_a_document_of_a_million_lines_is_refused_at_the_bound() -> None:
    text = "- 1\n" * 250_000
    (problem,) = refused(text)
    assert (problem.code, problem.line) == ("yaml-nodes", NODES_MAX)


@pytest.mark.timeout(10)
def test_a_bomb_of_aliases_is_refused_without_unfolding_it() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    problems = refused("\n".join(lines))
    assert len(problems) == PROBLEMS_MAX
    assert {p.code for p in problems} == {"yaml-anchor", "yaml-alias"}


def test_size_is_counted_in_bytes() -> None:
    text = "a: " + "\u00b5" * 10
    assert load_document(text, file="f", bytes_max=23).data
    for bytes_max in (22, 5):
        with pytest.raises(DocumentError, match=f"at most {bytes_max} bytes"):
            load_document(text, file="f", bytes_max=bytes_max)


def test_places_are_those_of_values_keys_and_the_nearest_that_exists() -> None:
    document = load_document("a:\n  b: [10, 20]\n", file="f", bytes_max=99)
    assert document.place(("a", "b", 1)) == (2, 11)
    assert document.place(("a", "b"), key=True) == (2, 3)
    assert document.place(("a", "b", 7)) == (2, 6)
    assert document.place(("a", "no", "b", 0)) == (2, 7)
    assert document.place(("a",), key=True) == (1, 1)
    assert document.place((), key=True) == (1, 1)


@given(st.text(max_size=60))
def test_any_text_gives_a_document_or_one_kind_of_error(text: str) -> None:
    with contextlib.suppress(DocumentError):
        load(text)


def test_a_file_is_read_as_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes("\ufeffa: 1\r\nb: µ\r\n".encode())
    document = read_document(path, bytes_max=100)
    assert document.data == {"a": 1, "b": "µ"}
    assert document.raw == path.read_bytes()


def test_a_file_that_cannot_be_read_is_one_clear_error(tmp_path: Path) -> None:
    latin = tmp_path / "latin.yaml"
    latin.write_bytes(b"a: 1\nb: \xb5m\n")
    cases = {
        tmp_path / "none.yaml": "file-unread",
        tmp_path: "file-kind",
        Path("/dev/null"): "file-kind",
        tmp_path / "a\x00b": "file-unread",
        latin: "file-encoding",
    }
    for path, code in cases.items():
        with pytest.raises(DocumentError) as caught:
            read_document(path, bytes_max=100)
        assert [p.code for p in caught.value.problems] == [code]
    assert str(caught.value).startswith(f"{latin}:2:4: found the byte 0xb5, expected UTF-8 text")


@pytest.mark.parametrize("filler", [b"a", b"\xff"])
def test_a_huge_file_is_refused_by_its_size(tmp_path: Path, filler: bytes) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes(filler * 200)
    with pytest.raises(DocumentError, match="at most 100 bytes"):
        read_document(path, bytes_max=100)
