"""The checker of requirements finds what is missing, unknown, changed or empty."""

import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from mesodrive.errors import DocumentError
from mutants.planting import Mutant, MutantError, planted
from mutants.registry import MUTANTS

TOOLS = Path(__file__).parents[2] / "tools"
SOUND = {
    "works": [{"name": "A page", "brings": "a page"}],
    "requirements": [
        {
            "id": "DOS-01",
            "hazard": "Too much.",
            "requirement": "At most 5.",
            "control": "A guard.",
            "places": ["code.py::guard"],
            "status": "met",
            "mutants": [
                {"name": "guard-asleep", "killed_by": ["tests/test_guard.py::test_it_refuses"]}
            ],
        },
        {
            "id": "SEC-01",
            "hazard": "A stranger.",
            "requirement": "A door.",
            "control": "A lock.",
            "status": "open",
            "waiting": [{"what": "all", "work": "A page"}],
        },
    ],
}
CODE = """
LIMIT: int = 5

def guard(value: int) -> bool:
    return value <= LIMIT

class Gate:
    OPEN = 1

    def close(self) -> None: ...
"""
TEST = """
import pytest
from code_under_test import guard

@pytest.mark.req("DOS-01")
def test_it_refuses() -> None:
    assert not guard(6)
"""


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    """Import the checker as its own process does."""
    sys.path.insert(0, str(TOOLS))
    try:
        import traceability  # noqa: PLC0415
    finally:
        sys.path.remove(str(TOOLS))
    return traceability


class Checkout:
    """A small checkout with requirements, code and a test."""

    def __init__(self, folder: Path, tool: ModuleType) -> None:
        self.folder, self.tool = folder, tool
        self.document: dict[str, Any] = json.loads(json.dumps(SOUND))
        self.planted = {"guard-asleep"}
        self.write("code.py", CODE)
        self.write("tests/test_guard.py", TEST)
        self.save()
        tool.mark_reviewed(folder / tool.FILE, ["all"])
        data = tool.load(folder / tool.FILE)
        for row, one in zip(self.document["requirements"], data.requirements, strict=True):
            row["reviewed"] = one.reviewed

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def save(self) -> None:
        rows = []
        for one in self.document["requirements"]:
            facts = "\n".join(f"    {key}: {json.dumps(one[key])}" for key in one if key != "id")
            reviewed = "" if "reviewed" in one else '\n    reviewed: ""'
            rows.append(f"  - id: {one['id']}\n{facts}{reviewed}\n")
        works = json.dumps(self.document["works"])
        self.write(self.tool.FILE, f"works: {works}\nrequirements:\n{''.join(rows)}")

    @property
    def first(self) -> dict[str, Any]:
        found: dict[str, Any] = self.document["requirements"][0]
        return found

    def problems(self) -> list[str]:
        self.save()
        data = self.tool.load(self.folder / self.tool.FILE)
        marked = self.tool.marked_tests(self.folder)
        return list(self.tool.problems(self.folder, data, marked, self.planted))

    def problem(self) -> str:
        (found,) = self.problems()
        return found


@pytest.fixture
def checkout(tmp_path: Path, tool: ModuleType) -> Checkout:
    return Checkout(tmp_path, tool)


@pytest.mark.req("TRC-01")
def test_where_all_fits_together_there_is_no_problem(checkout: Checkout) -> None:
    assert checkout.problems() == []


@pytest.mark.req("TRC-01")
def test_a_mark_with_an_unknown_id_is_named_with_its_test(checkout: Checkout) -> None:
    checkout.write("tests/test_more.py", TEST.replace("DOS-01", "DOS-99"))
    assert checkout.problem() == (
        "tests/test_more.py::test_it_refuses: there is no requirement 'DOS-99'"
    )


@pytest.mark.req("TRC-01")
@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"control": " "}, "a hazard without a control"),
        ({"hazard": ""}, "no hazard or no text"),
        ({"requirement": "At most 6."}, "its text is not the one that was reviewed"),
        ({"control": "Two guards."}, "its text is not the one that was reviewed"),
        ({"places": []}, "met, but nowhere in the code"),
        ({"places": ["gone.py"]}, "gone.py is not there"),
        ({"places": ["code.py::watch"]}, "code.py::watch is not there"),
        ({"places": ["code.py::Gate.open"]}, "code.py::Gate.open is not there"),
        ({"places": ["code.py::guard.inner"]}, "code.py::guard.inner is not there"),
        ({"status": "partly"}, "status is partly, but 0 parts wait for other work"),
        ({"mutants": []}, "no mutant, so that a test of nothing would do"),
    ],
)
def test_what_a_requirement_lacks_is_said(
    checkout: Checkout, changes: dict[str, Any], problem: str
) -> None:
    checkout.first.update(changes)
    if "mutants" in changes:
        checkout.planted = set()
    assert any(one.startswith(f"DOS-01: {problem}") for one in checkout.problems())


@pytest.mark.req("TRC-01")
@pytest.mark.parametrize("place", ["code.py", "code.py::LIMIT", "code.py::Gate.OPEN"])
def test_code_is_found_by_file_and_by_name(checkout: Checkout, place: str) -> None:
    checkout.first["places"] = [place, "code.py::Gate.close"]
    assert checkout.problems() == []


@pytest.mark.req("TRC-01")
def test_a_requirement_without_a_marked_test_is_a_problem_and_so_are_its_mutants(
    checkout: Checkout,
) -> None:
    checkout.write("tests/test_guard.py", "def test_it_refuses() -> None: ...\n")
    assert checkout.problems()[0] == "DOS-01: met, but no test is marked with it"
    assert "is no test that is marked with DOS-01" in checkout.problems()[1]


@pytest.mark.req("TRC-01")
def test_a_requirement_that_waits_names_work_to_come_and_has_no_tests_yet(
    checkout: Checkout,
) -> None:
    checkout.document["requirements"][1]["waiting"] = [{"what": "all", "work": "A dream"}]
    assert checkout.problem() == "SEC-01: waits for 'A dream', which is no work to come"
    checkout.document["requirements"][1]["waiting"] = [{"what": "all", "work": "A page"}]
    checkout.write("tests/test_door.py", TEST.replace("DOS-01", "SEC-01"))
    assert checkout.problem() == "SEC-01: open, but with tests or mutants: say `partly`"


@pytest.mark.req("TRC-01")
def test_mutants_and_requirements_belong_to_each_other_one_to_one(checkout: Checkout) -> None:
    checkout.planted = {"guard-asleep", "guard-away"}
    assert checkout.problem() == "mutant guard-away belongs to no requirement"
    checkout.planted = {"guard-asleep"}
    checkout.first["mutants"] *= 2
    assert checkout.problem() == "guard-asleep stands twice"
    checkout.first["mutants"] = [{"name": "guard-away", "killed_by": []}]
    assert checkout.problems()[:2] == [
        "DOS-01: mutant guard-away is not in tests/mutants",
        "DOS-01: mutant guard-away: no test is named to notice it",
    ]


@pytest.mark.req("TRC-01")
@pytest.mark.parametrize(
    "text",
    [
        "import pytest\npytestmark = pytest.mark.req('DOS-01')\n",
        "import pytest\nNAME = 'DOS-01'\n@pytest.mark.req(NAME)\ndef test_it() -> None: ...\n",
        "import pytest\n@pytest.mark.req('DOS-01')\ndef helped() -> None: ...\n",
    ],
    ids=["module", "name", "no test"],
)
def test_a_mark_that_cannot_be_read_at_its_place_is_refused(checkout: Checkout, text: str) -> None:
    checkout.write("tests/test_more.py", text)
    with pytest.raises(ValueError, match=r"tests/test_more\.py:\d+: a mark stands on a test"):
        checkout.problems()


@pytest.mark.req("TRC-01")
def test_marks_are_found_on_functions_classes_and_tests_that_are_made(checkout: Checkout) -> None:
    mark = "@pytest.mark.req('DOS-01')\n"
    checkout.write(
        "tests/test_more.py",
        f"import pytest\n{mark}class TestOne: ...\n"
        "TestTwo = pytest.mark.req('DOS-01')(make())\n"
        f"{mark}@pytest.mark.timeout(3)\ndef test_three() -> None: ...\n",
    )
    assert checkout.tool.marked_tests(checkout.folder)["DOS-01"] == [
        "tests/test_guard.py::test_it_refuses",
        "tests/test_more.py::TestOne",
        "tests/test_more.py::TestTwo",
        "tests/test_more.py::test_three",
    ]


@pytest.mark.req("TRC-01")
@pytest.mark.parametrize(
    ("counts", "problems"),
    [
        ({"passed": 3, "failed": 0, "skipped": 1}, []),
        ({"passed": 0, "failed": 0, "skipped": 1}, ["DOS-01: no marked test has passed"]),
        ({"passed": 2, "failed": 1, "skipped": 0}, ["DOS-01: tests/test_guard.py::t failed"]),
        (None, ["DOS-01: no marked test has passed"]),
    ],
)
def test_a_requirement_is_met_only_by_a_marked_test_that_passed(
    checkout: Checkout, counts: dict[str, int] | None, problems: list[str]
) -> None:
    data = checkout.tool.load(checkout.folder / checkout.tool.FILE)
    results = {} if counts is None else {"DOS-01": {"tests/test_guard.py::t": counts}}
    assert list(checkout.tool.unproven(data, results)) == problems


@pytest.mark.req("TRC-01")
def test_an_entry_of_another_form_is_refused_with_its_line(checkout: Checkout) -> None:
    checkout.first["severity"] = 3
    with pytest.raises(DocumentError, match="severity"):
        checkout.problems()


def test_a_review_is_noted_for_the_requirement_that_it_was_of(checkout: Checkout) -> None:
    file = checkout.folder / checkout.tool.FILE
    for row in checkout.document["requirements"]:
        row["hazard"] = "Another."
    assert len(checkout.problems()) == 2
    checkout.tool.mark_reviewed(file, ["SEC-01"])
    marked = checkout.tool.marked_tests(checkout.folder)
    data = checkout.tool.load(file)
    (left,) = checkout.tool.problems(checkout.folder, data, marked, checkout.planted)
    assert left.startswith("DOS-01: its text")


# Mutants


def mutant(**changes: str) -> Mutant:
    sound = MUTANTS["device-period-too-short"]
    return sound._replace(**changes)


@pytest.mark.req("TRC-02")
def test_a_defect_stands_only_as_long_as_its_context_lasts() -> None:
    from mesodrive_simulator.firmware import limits  # noqa: PLC0415
    from support.firmware import PRICK  # noqa: PLC0415

    imported_before = limits.period_us
    sound = imported_before(PRICK)
    with planted(MUTANTS["device-period-too-short"]):
        assert imported_before(PRICK) == sound - 1_000
    assert imported_before(PRICK) == sound


@pytest.mark.req("TRC-02")
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"before": "return nothing"}, "stands 0 times"),
        ({"before": "step"}, "times and not once"),
        ({"where": "mesodrive_simulator.firmware.limits:gone"}, "there is no 'gone'"),
        ({"where": "mesodrive_simulator.firmware.limits:WINDOW_US"}, "there is no function"),
    ],
)
def test_a_mutant_that_fits_the_code_no_more_says_so(changes: dict[str, str], reason: str) -> None:
    with pytest.raises(MutantError, match=reason), planted(mutant(**changes)):
        pass


EMPTY = """
import pytest
from mesodrive_simulator.firmware.limits import period_us
from support.firmware import PRICK

@pytest.mark.req("DOS-03")
def test_nothing() -> None:
    period_us(PRICK)

@pytest.mark.req("DOS-03")
def test_the_period() -> None:
    assert period_us(PRICK) == PRICK.period_us

@pytest.mark.req("DOS-03")
def test_what_fails_anyhow() -> None:
    raise AssertionError
"""


@pytest.mark.req("TRC-02")
@pytest.mark.parametrize(
    ("test", "mutant_name", "problem"),
    [
        ("test_the_period", "device-period-too-short", ""),
        ("test_nothing", "device-period-too-short", "survives"),
        ("test_what_fails_anyhow", "device-period-too-short", "have to pass"),
        ("test_gone", "device-period-too-short", "have to pass"),
        ("test_the_period", "no-such-mutant", "could not be tried"),
    ],
)
def test_a_test_that_notices_nothing_does_not_count(
    tmp_path: Path, tool: ModuleType, test: str, mutant_name: str, problem: str
) -> None:
    tests = TOOLS.parent / "tests"
    (tmp_path / "tests").mkdir()
    (tmp_path / "pytest.ini").write_text(
        f"[pytest]\npythonpath = {tests}\nmarkers = req(id): x\naddopts = --import-mode=importlib\n"
    )
    (tmp_path / "tests/conftest.py").write_text((tests / "conftest.py").read_text("utf-8"))
    (tmp_path / "tests/test_period.py").write_text(EMPTY)
    kill = {"name": mutant_name, "killed_by": [f"tests/test_period.py::{test}"]}
    document: dict[str, Any] = json.loads(json.dumps(SOUND))
    document["requirements"][0]["mutants"] = [kill]
    data = tool.Requirements.model_validate(document)
    found = "".join(tool.surviving(tmp_path, data))
    assert (problem in found) if problem else not found


# Rendering


def test_the_document_shows_the_whole_chain(checkout: Checkout) -> None:
    data = checkout.tool.load(checkout.folder / checkout.tool.FILE)
    marked = checkout.tool.marked_tests(checkout.folder)
    text = checkout.tool.render(data, marked, {"guard-asleep": "It never refuses."})
    for part in (
        "2 requirements: 1 met, 0 met in part, 1 open. 1 marked test functions, 1 mutants.",
        "| A page | a page | [SEC-01](#sec-01) |",
        "| [DOS-01](#dos-01) | Too much. | met | 1 | guard-asleep |",
        "* **Code.** [code.py](../code.py) `guard`",
        "  * [test_guard.py](../tests/test_guard.py) `test_it_refuses`",
        "* **Mutant** `guard-asleep`: It never refuses. Noticed by `test_it_refuses`.",
        "  * waits for *A page*: all",
    ):
        assert part in text


def test_a_document_that_is_not_as_rendered_is_stale(checkout: Checkout) -> None:
    file = checkout.folder / "docs/MATRIX.md"
    assert list(checkout.tool.refreshed(file, "new", write=False)) != []
    assert list(checkout.tool.refreshed(file, "new", write=True)) == []
    assert list(checkout.tool.refreshed(file, "new", write=False)) == []


def test_what_is_wrong_is_printed_and_is_an_exit_code(
    tmp_path: Path, tool: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tool.main([], tmp_path) == 1
    assert "requirements.yaml" in capsys.readouterr().out
