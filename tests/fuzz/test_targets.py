"""The fuzz targets hold for their own seeds and for a few inputs of chance, fuzzer or not."""

import importlib
import importlib.util
import random
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
TARGETS = ("frames", "dispatcher", "logs", "documents")
INPUTS = 60
"""Of chance for each target: a second or two. `make fuzz` is for more."""
SEED = 20_261_122
FUZZER = importlib.util.find_spec("atheris") is not None


@pytest.fixture(params=TARGETS)
def target(request: pytest.FixtureRequest) -> ModuleType:
    return importlib.import_module(f"fuzz.{request.param}")


def test_a_target_holds_for_its_seeds(target: ModuleType) -> None:
    for seed in target.seeds():
        target.check(seed)
    target.check(b"")


@pytest.mark.req("LNK-01")
def test_a_target_holds_for_inputs_of_chance(target: ModuleType) -> None:
    chance = random.Random(SEED)
    for number in range(INPUTS):
        data = chance.randbytes(chance.randrange(4, 100))
        try:
            target.check(data)
        except Exception as error:
            error.add_note(f"input {number} of seed {SEED}: {data.hex()}")
            raise


@pytest.mark.skipif(not FUZZER, reason="the fuzzer is part of `make fuzz` only")
@pytest.mark.parametrize("name", TARGETS)
def test_the_fuzzer_runs_a_target_for_a_moment_and_finds_nothing(name: str) -> None:
    command = [sys.executable, "-P", "tools/fuzzing.py", f"-target={name}", "-seconds=1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " executions, seed 1" in done.stdout


def test_an_input_that_was_kept_runs_again_without_the_fuzzer(tmp_path: Path) -> None:
    kept = tmp_path / "frames-crash"
    kept.write_bytes(b"\0\0\0")
    command = [sys.executable, "-P", "tools/fuzzing.py", "-target=frames", f"-again={kept}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "breaks nothing" in done.stdout
