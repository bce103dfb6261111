import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mesodrive.cli.attend import STOP_SIGNALS
from mesodrive.cli.main import main
from support.guns import home

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in this process, with its places in the test's folder; its code and output."""
    for name, value in home(tmp_path).items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> tuple[int, str]:
        before = {number: signal.getsignal(number) for number in STOP_SIGNALS}
        try:
            code = main(words)
        finally:
            # A process of its own would end here; this one has further tests to run.
            for number, handler in before.items():
                signal.signal(number, handler)
        shown = capsys.readouterr()
        return code, shown.out + shown.err

    return run


def last_json(output: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(output.strip().splitlines()[-1])
    return found
