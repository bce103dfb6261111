"""Every command that the README shows is run here, in its order, as a reader would type it."""

import os
import re
import runpy
import shlex
import shutil
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from support.demos import PROOF, session_output

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
COMMANDS = [
    line
    for block in re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    for line in block.splitlines()
]
MAKE = ["make demo", "make test"]
WAIT_S = 90
MAKES_OWN = {"ARGS", "MAKEFLAGS", "MAKELEVEL", "MFLAGS", "PYTHON"}
"""What `make test` hands down and would change what a `make` inside of it does."""


def environment(folder: Path) -> dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if name not in MAKES_OWN},
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "MESODRIVE_LOGS": str(folder / "logs"),
    }


@contextmanager
def serving(command: str, folder: Path) -> Generator[None]:
    """Run a command that serves, from its first line until the block is left."""
    with subprocess.Popen(
        shlex.split(command), cwd=folder, env=environment(folder), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline(), f"{command}: said nothing"
        try:
            yield
        finally:
            process.terminate()
            process.communicate(timeout=WAIT_S)


def words_of(command: str, folder: Path) -> list[str]:
    """Return a command's words as a shell hands them on: patterns become the files they match."""
    found: list[str] = []
    for word in shlex.split(command):
        files = sorted(folder.glob(word)) if "*" in word else []
        found += [str(file.relative_to(folder)) for file in files] or [word]
    return found


def ended(command: str, folder: Path, *, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words_of(command, cwd),
        cwd=cwd,
        env=environment(folder),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=WAIT_S,
        check=False,
    )


def served(serve: str, command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    with serving(serve, folder):
        return ended(command, folder, cwd=folder)


def run(command: str, folder: Path) -> str:
    done = ended(command, folder, cwd=folder)
    assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


def test_the_first_commands_are_the_two_that_make_knows() -> None:
    assert COMMANDS[:2] == MAKE
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert {"demo", "test"} <= set(targets)


def make_leaves_the_environment_as_it_is() -> bool:
    """Return whether `make demo` would find an environment of its own here, with nothing to do."""
    bootstrap: dict[str, Any] = runpy.run_path(str(ROOT / "tools" / "bootstrap.py"))
    stamp = bootstrap["read_stamp"]()
    return bool(
        shutil.which("make")
        and not bootstrap["reason_to_rebuild"](stamp)
        and set(bootstrap["BASE"]) <= set(stamp["locks"])
        and stamp["project"] == bootstrap["project_digest"]()
    )


@pytest.mark.timeout(120)
def test_make_demo_works_as_it_stands(tmp_path: Path) -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    recipe = re.search(r"^demo:\n((?:\t.*\n)+)", makefile, re.MULTILINE)
    assert recipe is not None
    prepares, demo = (line.removeprefix("\t@") for line in recipe[1].splitlines())
    assert prepares == "$(SETUP) core"
    assert demo.startswith("$(BIN)/")
    # Nobody's environment is made anew for a test: where make would do that, what it runs then.
    stamped = make_leaves_the_environment_as_it_is()
    direct = demo.replace("$(BIN)/", "").replace("$(ARGS)", "")
    command = "make demo" if stamped else direct
    assert PROOF in session_output(lambda: ended(command, tmp_path, cwd=ROOT))
    assert list((tmp_path / "logs").glob("*.mdlog"))


@pytest.mark.timeout(300)
def test_every_other_command_of_the_readme_works_as_it_stands(tmp_path: Path) -> None:
    for name in ("examples", "device_profiles"):
        shutil.copytree(ROOT / name, tmp_path / name)
    waiting = COMMANDS[2:]
    while waiting:
        command = waiting.pop(0)
        if command.startswith("mesodrive-sim serve"):
            session_output(partial(served, command, waiting.pop(0), tmp_path))
            logs = sorted((tmp_path / "logs").glob("*.mdlog"))
            shutil.copyfile(logs[-1], tmp_path / "session.mdlog")
        else:
            run(command, tmp_path)


def test_the_readme_says_once_and_plainly_what_this_is_not() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    assert text.count("no certified medical device") == 1


def test_every_file_that_the_readme_names_is_there() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        assert (ROOT / target).exists(), target
