"""The gate lets nothing through that was not run, and nothing that was not looked at."""

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

TOOLS = Path(__file__).parents[2] / "tools"
FULL: dict[str, Any] = {"missing_lines": [], "missing_branches": []}


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"tools_{name}", TOOLS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def gate() -> ModuleType:
    return script("coverage_gate")


def test_full_coverage_has_no_gaps(gate: ModuleType) -> None:
    assert gate.gaps({"core/a.py": FULL, "cli/b.py": FULL}, ["core/"]) == []


def test_a_missed_branch_is_named_by_its_jump(gate: ModuleType) -> None:
    files = {"core/a.py": {"missing_lines": [], "missing_branches": [[3, 5]]}}
    assert gate.gaps(files, ["core/"]) == ["core/a.py: lines all run; branches 3->5"]


def test_a_missed_line_is_a_gap_even_without_a_branch(gate: ModuleType) -> None:
    files = {"core/a.py": {"missing_lines": [7], "missing_branches": []}}
    assert gate.gaps(files, ["core/"]) == ["core/a.py: lines [7]; branches all taken"]


def test_gaps_elsewhere_do_not_matter_here(gate: ModuleType) -> None:
    files = {"core/a.py": FULL, "cli/b.py": {"missing_lines": [1], "missing_branches": []}}
    assert gate.gaps(files, ["core/"]) == []


def test_a_place_that_nothing_was_measured_in_is_a_gap(gate: ModuleType) -> None:
    (gap,) = gate.gaps({"core/a.py": FULL}, ["core/", "renamed/"])
    assert gap.startswith("renamed/")


def test_every_place_of_the_gate_exists(gate: ModuleType) -> None:
    assert all((TOOLS.parent / place).exists() for place in gate.PLACES)
