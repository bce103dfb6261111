"""Hold requirements, code and tests against each other.

    python tools/traceability.py [--results FILE] [--mutants] [--write] [--reviewed ID ...]

Without options, what can be seen without running a test: every requirement has its hazard and
control, its code is there, its text is the one that was reviewed, marks name known requirements,
and `docs/TRACEABILITY.md` is fresh. `--results` adds what a run of the tests has shown
(`pytest --requirements FILE`), `--mutants` runs the tests that must notice a defect.
"""

import argparse
import ast
import importlib
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parent))  # not there where PYTHONSAFEPATH is set

from mesodrive.errors import DocumentError
from traceability_data import (
    FILE,
    MUTANT_FAMILIES,
    ROOT,
    Requirement,
    Requirements,
    load,
    marked_tests,
)
from traceability_matrix import render
from traceability_mutants import surviving

MATRIX: Final = "docs/TRACEABILITY.md"
Marked = Mapping[str, Sequence[str]]


def problems(root: Path, data: Requirements, marked: Marked, planted: set[str]) -> Iterator[str]:
    """Yield what is wrong between requirements, code and tests, without running any.

    Args:
        root: The checkout.
        data: The requirements.
        marked: Marked tests by requirement.
        planted: Names of all mutants that there are.
    """
    known = {one.id for one in data.requirements}
    works = {work.name for work in data.works}
    for twice in (name for name, count in Counter(_names(data)).items() if count > 1):
        yield f"{twice} stands twice"
    for requirement in sorted(set(marked) - known):
        yield f"{', '.join(marked[requirement])}: there is no requirement {requirement!r}"
    for one in data.requirements:
        yield from (f"{one.id}: {text}" for text in _alone(root, one, works))
        yield from (f"{one.id}: {text}" for text in _tests(one, marked.get(one.id, ()), planted))
    named = {kill.name for one in data.requirements for kill in one.mutants}
    for orphan in sorted(planted - named):
        yield f"mutant {orphan} belongs to no requirement"


def _names(data: Requirements) -> Iterator[str]:
    for one in data.requirements:
        yield one.id
        yield from (kill.name for kill in one.mutants)
    yield from (work.name for work in data.works)


def _alone(root: Path, one: Requirement, works: set[str]) -> Iterator[str]:
    """Yield what is wrong with a requirement by itself."""
    if not one.hazard.strip() or not one.requirement.strip():
        yield "no hazard or no text"
    if not one.control.strip():
        yield "a hazard without a control"
    if one.reviewed != one.fingerprint:
        yield (
            "its text is not the one that was reviewed; hold it against code and tests, then: "
            f"python tools/traceability.py --reviewed {one.id}"
        )
    if one.status != "open" and not one.places:
        yield "met, but nowhere in the code"
    for place in one.places:
        if not _is_there(root, place):
            yield f"{place} is not there"
    if (one.status == "met") == bool(one.waiting):
        yield f"status is {one.status}, but {len(one.waiting)} parts wait for other work"
    for waiting in one.waiting:
        if waiting.work not in works:
            yield f"waits for {waiting.work!r}, which is no work to come"


def _tests(one: Requirement, tests: Sequence[str], planted: set[str]) -> Iterator[str]:
    """Yield what is wrong with a requirement's tests and mutants."""
    if one.status == "open":
        if tests or one.mutants:
            yield "open, but with tests or mutants: say `partly`"
        return
    if not tests:
        yield f"{one.status}, but no test is marked with it"
    if one.family in MUTANT_FAMILIES and not one.mutants:
        yield "no mutant, so that a test of nothing would do"
    for kill in one.mutants:
        if kill.name not in planted:
            yield f"mutant {kill.name} is not in tests/mutants"
        if not kill.killed_by:
            yield f"mutant {kill.name}: no test is named to notice it"
        for test in kill.killed_by:
            if test.partition("[")[0] not in tests:
                yield f"mutant {kill.name}: {test} is no test that is marked with {one.id}"


def _is_there(root: Path, place: str) -> bool:
    path, _, name = place.partition("::")
    if not (root / path).exists():
        return False
    if not name:
        return True
    body: list[ast.stmt] = ast.parse((root / path).read_text(encoding="utf-8")).body
    for part in name.split("."):
        found = next((node for node in body if part in _defined(node)), None)
        if found is None:
            return False
        body = found.body if isinstance(found, ast.ClassDef) else []
    return True


def _defined(node: ast.stmt) -> set[str]:
    match node:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
        case ast.AnnAssign(target=ast.Name(id=name)):
            return {name}
        case ast.Assign(targets=targets):
            return {target.id for target in targets if isinstance(target, ast.Name)}
        case _:
            return set()


def unproven(data: Requirements, results: Mapping[str, Any]) -> Iterator[str]:
    """Yield each requirement that no test has shown to be met.

    Args:
        data: The requirements.
        results: What `pytest --requirements FILE` wrote.
    """
    for one in data.requirements:
        counts: Mapping[str, Mapping[str, int]] = results.get(one.id, {})
        failed = [test for test, count in counts.items() if count["failed"]]
        if one.status != "open" and not any(count["passed"] for count in counts.values()):
            yield f"{one.id}: no marked test has passed"
        if failed:
            yield f"{one.id}: {', '.join(failed)} failed"


def mark_reviewed(file: Path, ids: Sequence[str]) -> None:
    """Note that the present texts of some requirements were reviewed."""
    text = file.read_text(encoding="utf-8")
    for one in load(file).requirements:
        if one.id in ids or "all" in ids:
            entry = re.compile(rf"(- id: {one.id}\n.*?\n    reviewed: )[^\n]*", re.DOTALL)
            text, found = entry.subn(rf'\g<1>"{one.fingerprint}"', text, count=1)
            assert found, f"{one.id} has no line `reviewed:`"
    file.write_text(text, encoding="utf-8")


def mutants_of(root: Path) -> tuple[dict[str, str], list[str]]:
    """Return what each mutant breaks, and what is wrong with those that fit the code no more."""
    sys.path.insert(0, str(root / "tests"))
    planting = importlib.import_module("mutants.planting")
    registry = importlib.import_module("mutants.registry")
    unfit: list[str] = []
    for mutant in registry.MUTANTS.values():
        try:
            with planting.planted(mutant):
                pass
        except planting.MutantError as error:
            unfit.append(str(error))
    return {name: mutant.breaks for name, mutant in registry.MUTANTS.items()}, unfit


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Check or write; return 0 where all fits together, otherwise 1."""
    parser = argparse.ArgumentParser(description="Requirements, code and tests, held together.")
    parser.add_argument("--results", type=Path, help="what `pytest --requirements FILE` wrote")
    parser.add_argument("--mutants", action="store_true", help="run the tests that notice a defect")
    parser.add_argument("--write", action="store_true", help=f"write {MATRIX} anew")
    parser.add_argument("--reviewed", nargs="+", metavar="ID", default=[], help="`all` for all")
    options = parser.parse_args(arguments)
    if options.reviewed:
        mark_reviewed(root / FILE, options.reviewed)
    found: list[str] = []
    try:
        data, marked = load(root / FILE), marked_tests(root)
        mutants, unfit = mutants_of(root)
        found += [*unfit, *problems(root, data, marked, set(mutants))]
        found += refreshed(root / MATRIX, render(data, marked, mutants), write=options.write)
        if options.results:
            found += unproven(data, json.loads(options.results.read_text(encoding="utf-8")))
        if options.mutants and not found:
            found += surviving(root, data)
    except (DocumentError, OSError, ValueError) as error:
        found.append(str(error))
    for problem in found:
        print(problem)
    if not found:
        print("traceability: every requirement has what it needs")
    return 1 if found else 0


def refreshed(file: Path, text: str, *, write: bool) -> Iterator[str]:
    """Write the document, or yield that it is stale."""
    if write:
        file.write_text(text, encoding="utf-8")
    elif not file.exists() or file.read_text(encoding="utf-8") != text:
        yield f"{MATRIX} is stale: make render"


if __name__ == "__main__":
    sys.exit(main())
