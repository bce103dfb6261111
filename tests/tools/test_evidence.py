"""Evidence belongs to a commit, is kept whole, and is not measured twice."""

import importlib.util
import json
import shutil
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[2] / "tools" / "evidence.py"
BENCHMARK = """
import json, sys
from pathlib import Path
count = Path(__file__).with_suffix(".count")
count.write_text(count.read_text() + "x" if count.exists() else "x")
Path(sys.argv[2]).write_text(json.dumps({"name": "n", "goal": 4.0, "met": True, "ratio": 4.5}))
"""
IDENTITY = (
    "-c",
    "user.name=Nobody",
    "-c",
    "user.email=nobody@invalid",
    "-c",
    "commit.gpgsign=false",
)

pytestmark = pytest.mark.skipif(
    not shutil.which("git"), reason="evidence names a commit: needs git"
)


@pytest.fixture
def evidence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Return the script, pointed at a repository of its own with one benchmark."""
    spec = importlib.util.spec_from_file_location("tools_evidence", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "BENCHMARKS", tmp_path / "benchmarks")
    monkeypatch.setattr(module, "EVIDENCE", tmp_path / "docs" / "evidence")
    monkeypatch.setattr(module, "MEASURED", ("benchmarks/*.py",))
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "benchmarks" / "wheel_bench.py").write_text(BENCHMARK)
    git(tmp_path, "init", "-q")
    commit(tmp_path)
    return module


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *IDENTITY, *arguments], cwd=folder, check=True)


def commit(folder: Path) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "measured", "--no-verify")


def runs(evidence: ModuleType) -> int:
    count: Path = evidence.BENCHMARKS / "wheel_bench.count"
    return len(count.read_text()) if count.exists() else 0


def test_evidence_says_what_it_was_measured_on(evidence: ModuleType) -> None:
    assert evidence.main([]) == 0
    kept = json.loads((evidence.EVIDENCE / "wheel.json").read_text())
    assert kept["ratio"] == 4.5
    assert kept["commit"] == evidence.measured_commit()
    assert set(kept["machine"]) == {"cores", "architecture", "system", "python"}


def test_what_is_known_of_this_commit_is_not_measured_again(evidence: ModuleType) -> None:
    assert [evidence.main([]), evidence.main([])] == [0, 0]
    assert runs(evidence) == 1
    assert evidence.main(["--again"]) == 0
    assert runs(evidence) == 2


def test_a_commit_that_changes_nothing_measured_leaves_evidence_valid(evidence: ModuleType) -> None:
    evidence.main([])
    (evidence.ROOT / "README.md").write_text("words")
    commit(evidence.ROOT)
    evidence.main([])
    assert runs(evidence) == 1


def test_uncommitted_changes_of_what_is_measured_give_no_evidence(
    evidence: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    (evidence.BENCHMARKS / "wheel_bench.py").write_text(BENCHMARK + "# changed\n")
    assert evidence.main([]) == 2
    assert "wheel_bench.py" in capsys.readouterr().err
    assert not evidence.EVIDENCE.exists()


def test_a_short_run_prints_a_table_and_writes_nothing(
    evidence: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evidence.main(["--quick"]) == 0
    assert "ratio=4.5" in capsys.readouterr().out
    assert not evidence.EVIDENCE.exists()


def test_a_benchmark_that_fails_is_reported_and_the_others_go_on(
    evidence: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    (evidence.BENCHMARKS / "broken_bench.py").write_text("raise SystemExit('no peer')")
    commit(evidence.ROOT)
    assert evidence.main(["--quick"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert "FAILED" in lines[0]
    assert "no peer" in lines[0]
    assert "met" in lines[1]


def test_an_unknown_name_is_answered_with_the_known_ones(
    evidence: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evidence.main(["weel"]) == 2
    assert "wheel" in capsys.readouterr().err
