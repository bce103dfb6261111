"""Renders the requirements as a document: `docs/TRACEABILITY.md`."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final

from traceability_data import Requirement, Requirements

FAMILIES: Final = {
    "DOS": "Dose and energy",
    "CMD": "Commands and uncertain delivery",
    "LNK": "Link",
    "STP": "Stop, watchdog, interlocks",
    "ALM": "Alarms",
    "LOG": "Records",
    "RPL": "Replay",
    "USE": "Use errors",
    "SEC": "Security",
    "TRC": "Process",
}
_HEAD: Final = """# Traceability

From hazard to requirement, control, code and test. Rendered by `make render` from
[requirements.yaml](requirements.yaml) and the marks in `tests/`; changes belong there.
`make check` compares this file with both, and each requirement's text with the one that was last
reviewed. `make test` demands a passing marked test for each requirement that is not open, and
plants each mutant, a deliberate defect in one function: one of the tests named beside it must fail.

This is engineering software. The matrix shows what is built and tested against a simulated
device; it makes no device safe on a person.
"""


def render(
    data: Requirements, marked: Mapping[str, Sequence[str]], mutants: Mapping[str, str]
) -> str:
    """Return the whole document.

    Args:
        data: The requirements.
        marked: Marked tests by requirement, as `path::name`.
        mutants: What each mutant breaks, by its name.
    """
    parts = [_HEAD, *_counts(data, marked), *_waiting(data)]
    for family, group in groupby(data.requirements, key=lambda one: one.family):
        rows = list(group)
        parts += [f"\n## {FAMILIES.get(family, family)}\n", *_table(rows, marked)]
        for requirement in rows:
            parts += _section(requirement, marked.get(requirement.id, ()))
            parts += _mutants(requirement, mutants)
    return "\n".join(parts) + "\n"


def _counts(data: Requirements, marked: Mapping[str, Sequence[str]]) -> Iterator[str]:
    states = [one.status for one in data.requirements]
    tests = {test for tests in marked.values() for test in tests}
    mutants = sum(len(one.mutants) for one in data.requirements)
    yield (
        f"{len(states)} requirements: {states.count('met')} met, {states.count('partly')} met in "
        f"part, {states.count('open')} open. {len(tests)} marked test functions, "
        f"{mutants} mutants."
    )


def _waiting(data: Requirements) -> Iterator[str]:
    """Say what the open ones wait for, by the name of the work."""
    yield "\n## What is open\n"
    yield "| work to come | brings | requirements that wait for it |\n|---|---|---|"
    for work in data.works:
        ids = [one.id for one in data.requirements if any(w.work == work.name for w in one.waiting)]
        yield f"| {work.name} | {_cell(work.brings)} | {', '.join(map(_link, ids))} |"


def _table(rows: Sequence[Requirement], marked: Mapping[str, Sequence[str]]) -> Iterator[str]:
    yield "| id | hazard | status | tests | mutants |\n|---|---|---|---|---|"
    for one in rows:
        mutants = ", ".join(kill.name for kill in one.mutants)
        yield (
            f"| {_link(one.id)} | {_cell(one.hazard)} | {one.status} "
            f"| {len(marked.get(one.id, ()))} | {mutants} |"
        )


def _section(one: Requirement, tests: Sequence[str]) -> Iterator[str]:
    yield f"\n### {one.id}\n"
    yield f"* **Hazard.** {_cell(one.hazard)}"
    yield f"* **Requirement.** {_cell(one.requirement)}"
    yield f"* **Control.** {_cell(one.control)}"
    places = [_place(place) for place in one.places]
    yield f"* **Code.** {', '.join(places) or 'none yet'}"
    yield f"* **Status.** {one.status}"
    for waiting in one.waiting:
        yield f"  * waits for *{waiting.work}*: {_cell(waiting.what)}"
    yield f"* **Tests.**{'' if tests else ' none yet'}"
    for test in tests:
        path, _, name = test.partition("::")
        yield f"  * [{path.removeprefix('tests/')}](../{path}) `{name}`"


def _mutants(one: Requirement, breaks: Mapping[str, str]) -> Iterator[str]:
    for kill in one.mutants:
        killers = ", ".join(f"`{test.partition('::')[2]}`" for test in kill.killed_by)
        yield f"* **Mutant** `{kill.name}`: {breaks.get(kill.name, '?')} Noticed by {killers}."


def _place(place: str) -> str:
    path, _, name = place.partition("::")
    return f"[{path}](../{path})" + (f" `{name}`" if name else "")


def _link(requirement: str) -> str:
    return f"[{requirement}](#{requirement.lower()})"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
