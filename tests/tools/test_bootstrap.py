"""The environment is kept when it is fit, made anew when it is not, and never half trusted."""

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

TOOLS = Path(__file__).parents[2] / "tools"
FINDER = TOOLS / "with_python.sh"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="make and sh are POSIX")


@pytest.fixture
def bootstrap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Return the script, pointed at a checkout of its own with a fit, stamped environment."""
    spec = importlib.util.spec_from_file_location("tools_bootstrap", TOOLS / "bootstrap.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "STAMP", tmp_path / ".venv" / "stamp.json")
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "core.lock").write_text("click==1\n")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").symlink_to(sys.executable)
    module.write_stamp(fit_stamp(module))
    return module


def fit_stamp(module: ModuleType) -> dict[str, Any]:
    return {
        "location": str(module.VENV),
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        "locks": {"core": module.digest(b"click==1\n")},
        "project": "0",
    }


def test_a_fit_environment_is_kept(bootstrap: ModuleType) -> None:
    assert bootstrap.reason_to_rebuild(bootstrap.read_stamp()) == ""


def test_an_environment_without_stamp_is_half_built(bootstrap: ModuleType) -> None:
    bootstrap.STAMP.unlink()
    assert "half built" in bootstrap.reason_to_rebuild(bootstrap.read_stamp())


@pytest.mark.parametrize("text", ["", "{", "[]", "null"])
def test_a_damaged_stamp_counts_as_none(bootstrap: ModuleType, text: str) -> None:
    bootstrap.STAMP.write_text(text)
    assert "half built" in bootstrap.reason_to_rebuild(bootstrap.read_stamp())


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [("location", "/elsewhere/.venv", "moved"), ("python", "3.1", "is gone")],
)
def test_a_stamp_that_tells_of_another_place_or_python_is_not_believed(
    bootstrap: ModuleType, field: str, value: str, reason: str
) -> None:
    bootstrap.write_stamp(fit_stamp(bootstrap) | {field: value})
    assert reason in bootstrap.reason_to_rebuild(bootstrap.read_stamp())


def test_an_interpreter_that_does_not_start_means_building_anew(bootstrap: ModuleType) -> None:
    python = bootstrap.environment_python()
    python.unlink()
    python.symlink_to("/nowhere/python")
    assert "is gone" in bootstrap.reason_to_rebuild(bootstrap.read_stamp())


@pytest.mark.parametrize("change", [lambda p: p.write_text("click==2\n"), lambda p: p.unlink()])
def test_a_changed_or_missing_lock_makes_it_stale(
    bootstrap: ModuleType, change: Callable[[Path], object]
) -> None:
    change(bootstrap.lock_path("core"))
    assert "core.lock has changed" in bootstrap.reason_to_rebuild(bootstrap.read_stamp())


def test_a_stamp_is_replaced_in_one_step(bootstrap: ModuleType) -> None:
    assert sorted(path.name for path in bootstrap.VENV.iterdir()) == ["bin", "stamp.json"]
    assert json.loads(bootstrap.STAMP.read_text()) == fit_stamp(bootstrap)


def find(tmp_path: Path, interpreters: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run the finder with nothing on the path but the given scripts and what it calls itself."""
    folder = tmp_path / "path"
    folder.mkdir()
    for tool in ("sh", "id"):
        (folder / tool).symlink_to(f"/usr/bin/{tool}" if Path(f"/usr/bin/{tool}").exists()
                                   else f"/bin/{tool}")  # fmt: skip
    for name, body in interpreters.items():
        (folder / name).write_text(f"#!/bin/sh\n{body}\n")
        (folder / name).chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MESODRIVE")}
    return subprocess.run(
        ["/bin/sh", FINDER, "SCRIPT"], env=kept | {"PATH": str(folder)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


OLD = "exit 1"
BARE = 'case "$*" in *ensurepip*) exit 1;; *version_info*) exit 0;; esac; echo "bare ran $*"'
WHOLE = 'case "$*" in *version_info*) exit 0;; esac; echo "whole ran $*"'


def test_the_first_python_that_has_everything_is_taken(tmp_path: Path) -> None:
    done = find(tmp_path, {"python3": BARE, "python3.12": OLD, "python3.11": WHOLE})
    assert (done.returncode, done.stdout) == (0, "whole ran SCRIPT\n")


def test_a_python_without_ensurepip_is_answered_by_the_line_to_type(tmp_path: Path) -> None:
    done = find(tmp_path, {"python3": BARE})
    assert done.returncode == 2
    assert "apt-get install -y python3-venv" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("interpreters", [{}, {"python3": OLD}])
def test_no_python_at_all_is_answered_by_the_line_to_type(
    tmp_path: Path, interpreters: dict[str, str]
) -> None:
    done = find(tmp_path, interpreters)
    assert done.returncode == 2
    assert "No Python 3.11 or newer" in done.stderr
    assert "apt-get install -y python3 python3-venv" in done.stderr
