"""Options for requirements: note which of them passed, and plant a deliberate defect."""

import contextlib
import json
import signal
from collections.abc import Generator
from pathlib import Path

import pytest

from mutants.planting import planted
from mutants.registry import MUTANTS

Counts = dict[str, dict[str, int]]


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("requirements")
    group.addoption(
        "--requirements", metavar="FILE", help="write which marked tests passed, as JSON"
    )
    group.addoption("--mutant", metavar="NAME", help="run with this defect of tests/mutants")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    name = config.getoption("--mutant")
    if name:
        if name not in MUTANTS:
            raise pytest.UsageError(f"--mutant {name}: known are {', '.join(sorted(MUTANTS))}")
        stack = contextlib.ExitStack()
        stack.enter_context(planted(MUTANTS[name]))
        config.add_cleanup(stack.close)
    file = config.getoption("--requirements")
    if file and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Outcomes(Path(file)))


@pytest.fixture(autouse=True)
def signals_as_before() -> Generator[None]:
    """A client that was attended here ignores signals from then on, being at its end."""
    numbers = [n for n in signal.valid_signals() if n not in {signal.SIGKILL, signal.SIGSTOP}]
    before = {number: signal.getsignal(number) for number in numbers}
    yield
    for number, handler in before.items():
        if signal.getsignal(number) is not handler:
            signal.signal(number, handler)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Have the ids travel with the reports, since a worker's items stay where they are."""
    item.user_properties += [("req", str(mark.args[0])) for mark in item.iter_markers("req")]


class Outcomes:
    """Counts, for each requirement and each test function, what passed and what did not."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.requirements: dict[str, Counts] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or not report.passed:
            test = report.nodeid.partition("[")[0]
            for name, requirement in report.user_properties:
                if name == "req":
                    counts = self.requirements.setdefault(str(requirement), {})
                    count = counts.setdefault(test, {"passed": 0, "failed": 0, "skipped": 0})
                    count[report.outcome] += 1

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionfinish(self) -> Generator[None, None, None]:
        yield
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_text(json.dumps(self.requirements, indent=1, sort_keys=True), "utf-8")
