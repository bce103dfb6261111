"""The C header: it compiles with its own proofs, and C code from it agrees with the vectors."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
INCLUDE = HERE.parents[1] / "firmware_protocol" / "include"
COMPILER = shutil.which("cc")
CHECKED_IN_C = {"GRANT", "STOP", "OPEN", "ARM", "STATUS", "RECORD"}

pytestmark = pytest.mark.skipif(COMPILER is None, reason="no C compiler on this machine")


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compile the second implementation, warnings being errors."""
    path = tmp_path_factory.mktemp("c") / "wire_check"
    command = [str(COMPILER), "-std=c11", "-Wall", "-Wextra", "-Werror", "-pedantic"]
    command += ["-I", str(INCLUDE), "-o", str(path), str(HERE / "wire_check.c")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return path


def answers(program: Path, entries: list[dict[str, Any]]) -> list[str]:
    text = "".join(entry["wire"] + "\n" for entry in entries)
    done = subprocess.run([str(program)], input=text, capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert len(lines) == len(entries)
    return lines


def test_the_second_implementation_gives_every_good_frame_again(
    program: Path, vectors: dict[str, Any]
) -> None:
    entries = vectors["frames"]["frames"] + vectors["signed"]["frames"]
    for entry, line in zip(entries, answers(program, entries), strict=True):
        assert line.endswith(f" wire={entry['wire']}"), entry["name"]


def test_the_second_implementation_reads_the_same_fields(
    program: Path, vectors: dict[str, Any]
) -> None:
    entries = [e for e in vectors["frames"]["frames"] if e["message"] in CHECKED_IN_C]
    assert {entry["message"] for entry in entries} == CHECKED_IN_C
    for entry, line in zip(entries, answers(program, entries), strict=True):
        said = dict(pair.split("=") for pair in line.split())
        for name, value in entry["fields"].items():
            if name != "profile":
                assert said.get(name, said.get(name + "_")) == str(value), entry["name"]


def test_the_second_implementation_reads_steps_through_their_structure(
    program: Path, vectors: dict[str, Any]
) -> None:
    entries = [e for e in vectors["frames"]["frames"] if e["message"] == "DATA"]
    line = answers(program, entries)[0]
    assert "units=50 depth_um=1500 dose_nl=5000 period_us=111112 dwell_us=0" in line
    assert "units=58 depth_um=2300 dose_nl=10000 period_us=500000 dwell_us=20000" in line


def test_the_second_implementation_finds_the_same_damage(
    program: Path, vectors: dict[str, Any]
) -> None:
    entries = [e for e in vectors["bad"]["frames"] if "damaged" in e and len(e["wire"]) <= 512]
    entries += [e for e in vectors["bad"]["frames"] if "refused" in e]
    for entry, line in zip(entries, answers(program, entries), strict=True):
        assert (line == "damaged") == ("damaged" in entry), entry["name"]
