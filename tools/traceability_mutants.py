"""Runs the tests that must notice a deliberate defect, each in a process of its own, two at a time.

First all of them run without any defect and have to pass, so that a test that fails anyhow is not
taken for one that notices. Then each mutant is planted; one named test has to fail with it. A run
that could not be tried (a test that is not there, a mutant that fits the code no more, a time-out)
is a problem and never a kill.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Final

from traceability_data import Kill, Requirements

AT_ONCE: Final = 2
"""Like the test suite's workers."""
RUN_S_MAX: Final = 120.0
"""A run takes two seconds; one that hangs with its defect is ended."""
TAIL_LINES: Final = 12
_PYTEST: Final = (
    "-m", "pytest", "-x", "-q", "--no-header", "--tb=line", "-p", "pytest_timeout",
    "-p", "no:cacheprovider",
)  # fmt: skip


def surviving(root: Path, data: Requirements) -> Iterator[str]:
    """Yield one problem for each mutant that no named test notices."""
    kills = [kill for one in data.requirements for kill in one.mutants]
    tests = sorted({test for kill in kills for test in kill.killed_by})
    code, said = _run(root, tests)
    if code != 0:
        yield f"without any mutant the named tests have to pass (exit code {code}):\n{said}"
        return
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for verdict in pool.map(partial(_tried, root), kills):
            if verdict:
                yield verdict


def _tried(root: Path, kill: Kill) -> str:
    """Return what is wrong with a mutant, empty where a test failed with it."""
    code, said = _run(root, kill.killed_by, "--mutant", kill.name)
    if code == 0:
        return f"mutant {kill.name} survives: none of {', '.join(kill.killed_by)} fails with it"
    if code != 1 or not re.search(r"\b[1-9]\d* failed\b", said):
        return f"mutant {kill.name} could not be tried (exit code {code}):\n{said}"
    return ""


def _run(root: Path, tests: Sequence[str], *options: str) -> tuple[int, str]:
    """Run tests; return pytest's exit code and its last lines."""
    if not tests:
        return 0, "no tests"
    # Only the plugins that the tests need: loading them all takes longer than most of the tests.
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    try:
        done = subprocess.run(
            [sys.executable, "-P", *_PYTEST, *options, *tests],
            cwd=root, env=environment, capture_output=True, text=True, check=False,
            timeout=RUN_S_MAX,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return -1, f"not over after {RUN_S_MAX:.0f} s"
    lines = (done.stdout + done.stderr).rstrip().splitlines()
    return done.returncode, "\n".join(f"  {line}" for line in lines[-TAIL_LINES:])
