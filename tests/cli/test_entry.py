"""The first moments of the command: what is answered at once, and Ctrl-C before anything else."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mesodrive.cli import entry
from mesodrive.cli.main import main
from mesodrive.cli.overview import COMMANDS, help_text

BEGIN = "import sys; from mesodrive.cli.entry import main; "
INTERRUPTED = (
    "import sys\n"
    "class Impatient:\n"
    "    def find_spec(self, name, path=None, target=None):\n"
    "        if name == 'click': raise KeyboardInterrupt\n"
    "sys.meta_path.insert(0, Impatient())\n"
    "from mesodrive.cli.entry import main\n"
    "sys.exit(main())"
)


def run(code: str, *words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-P", "-c", code, *words]
    # What counts lines in processes of their own imports a good deal by itself.
    plain = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=plain)


@pytest.mark.parametrize("word", ["--help", "-h", "--version"])
def test_what_needs_no_command_is_answered_without_the_framework(word: str) -> None:
    heavy = "sys.exit(main() or ', '.join({'click', 'inspect', 'json'} & set(sys.modules)) or 0)"
    done = run(BEGIN + heavy, word)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(("Usage: mesodrive", "mesodrive 0."))


@pytest.mark.parametrize("word", ["--help", "-h", "--version"])
def test_the_framework_says_the_same(
    word: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["mesodrive", word])
    assert entry.main() == 0
    at_once = capsys.readouterr().out
    assert main([word]) == 0
    assert capsys.readouterr().out == at_once


def test_the_help_names_every_command_and_fits_a_small_screen() -> None:
    lines = help_text().splitlines()
    assert all(any(line.startswith(f"  {name} ") for line in lines) for name in COMMANDS)
    assert max(map(len, lines)) <= 80


def test_every_command_of_the_help_is_there_and_wrong_usage_still_ends_with_2(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in COMMANDS:
        assert main([name, "--help"]) == 0
    capsys.readouterr()
    monkeypatch.setattr(sys, "argv", ["mesodrive", "bogus"])
    assert entry.main() == 2
    assert "bogus" in capsys.readouterr().err


def test_ctrl_c_while_the_framework_is_imported_shows_no_traceback() -> None:
    done = run(INTERRUPTED, "doctor")
    assert (done.returncode, done.stdout) == (5, "")
    assert done.stderr == "mesodrive: stopped before anything was sent.\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
def test_help_that_cannot_be_written_is_no_traceback() -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        command = [sys.executable, "-P", "-m", "mesodrive", "--help"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("mesodrive: output cannot be written")


def test_a_reader_who_has_seen_enough_gets_no_word() -> None:
    read, write = os.pipe()
    os.close(read)
    try:
        command = [sys.executable, "-P", "-m", "mesodrive", "--help"]
        done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True, check=False)
    finally:
        os.close(write)
    assert (done.returncode, done.stderr) == (0, "")
