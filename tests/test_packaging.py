"""What is shipped: a wheel built by way of the source archive works far from the checkout."""

import os
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import venv
import zipfile
from configparser import ConfigParser
from pathlib import Path

import pytest

from support.demos import PROOF, session_output

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]
PACKAGES = [
    Path(name) for name in PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
]
WITNESS = """
import os, pathlib, sys

def tell(event, arguments):
    if event != "exec" or not sys.orig_argv:
        return
    path = pathlib.PurePath(getattr(arguments[0], "co_filename", ""))
    if path.name == "__init__.py" and path.parent.name.startswith("mesodrive"):
        line = "\\t".join((" ".join(sys.orig_argv), str(path))) + "\\n"
        descriptor = os.open(os.environ["WITNESS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(descriptor, line.encode())
        os.close(descriptor)

if "WITNESS" in os.environ:
    sys.addaudithook(tell)
"""
"""Notes of every process which of our packages it runs, and from which file."""
BIN = "Scripts" if sys.platform == "win32" else "bin"

# Building and unpacking take seconds; one group, so that a parallel run builds once.
pytestmark = [pytest.mark.xdist_group("packaging"), pytest.mark.timeout(240)]


def started(*command: str | Path, cwd: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a command apart from this checkout and this environment; return how it ended."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run(
        command,
        cwd=cwd,
        env=kept | settings,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command like `started` and demand success; return what it printed."""
    done = started(*command, cwd=cwd)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the source archive from the checkout and the wheel from that archive."""
    folder = tmp_path_factory.mktemp("archives")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    return folder


@pytest.fixture(scope="module")
def wheel(archives: Path) -> Path:
    (path,) = archives.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel into a fresh environment that borrows the dependencies of this one.

    A path file borrows them: it comes after the fresh site-packages and reads no path files of the
    borrowed folder, so that the checkout installed in place there stays out of sight.
    """
    folder = tmp_path_factory.mktemp("stranger")
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    python = folder / BIN / "python"
    pip = (sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check")
    run(*pip, "install", "--quiet", "--no-deps", "--no-index", wheel, cwd=folder)
    question = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = Path(run(python, "-I", "-c", question, cwd=folder).strip())
    lent = sorted({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})
    (site / "lent.pth").write_text("\n".join(lent) + "\n", encoding="utf-8")
    return folder


def ask(installed: Path, code: str) -> str:
    return run(installed / BIN / "python", "-I", "-c", code, cwd=installed).strip()


def test_the_wheel_holds_the_packages_and_nothing_beside_them(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    info = f"{PROJECT['name']}-{PROJECT['version']}.dist-info"
    assert tops == {package.name for package in PACKAGES} | {info}
    assert not [name for name in names if "__pycache__" in name or name.endswith(".pyc")]


def test_the_wheel_holds_every_source_type_marker_and_profile(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for package in PACKAGES:
        there = {
            path.relative_to(ROOT / package.parent).as_posix()
            for pattern in ("*.py", "*.yaml", "py.typed")
            for path in (ROOT / package).rglob(pattern)
        }
        assert f"{package.name}/py.typed" in there
        assert there <= names, there - names


def test_the_wheel_announces_commands_transports_and_licence(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    (name,) = (name for name in archive.namelist() if name.endswith("/entry_points.txt"))
    parser = ConfigParser(delimiters=("=",))
    parser.read_string(archive.read(name).decode())
    assert dict(parser["console_scripts"]) == PROJECT["scripts"]
    for group, entries in PROJECT["entry-points"].items():
        assert dict(parser[group]) == entries
    assert any(name.endswith("licenses/LICENSE") for name in archive.namelist())


def test_the_source_archive_holds_what_a_reader_needs(archives: Path) -> None:
    (path,) = archives.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"LICENSE", "README.md", "pyproject.toml"} <= names
    assert "firmware_protocol/PROTOCOL.md" in names
    assert "tests/test_packaging.py" in names
    assert not [name for name in names if ".venv" in name or "__pycache__" in name]


def test_an_installed_wheel_imports_from_itself(installed: Path) -> None:
    modules = ", ".join(package.name for package in PACKAGES)
    places = "; ".join(f"print({package.name}.__file__)" for package in PACKAGES)
    for place in ask(installed, f"import {modules}; {places}").splitlines():
        assert installed.resolve() in Path(place).resolve().parents


def test_an_installed_wheel_brings_its_profiles(installed: Path) -> None:
    code = (
        "from importlib.resources import files\n"
        "for path in files('mesodrive_profiles').iterdir():\n"
        "    if path.name.endswith('.yaml') and path.read_text(encoding='utf-8'): print(path.name)"
    )
    shipped = {path.name for path in ROOT.glob("device_profiles/mesodrive_profiles/*.yaml")}
    assert shipped
    assert set(ask(installed, code).splitlines()) == shipped


def test_an_installed_wheel_has_its_commands(installed: Path) -> None:
    printed = run(installed / BIN / "mesodrive", "--version", cwd=installed)
    assert PROJECT["version"] in printed
    assert run(installed / BIN / "mesodrive-sim", "--help", cwd=installed)


def test_an_installed_wheel_runs_the_demo_from_its_own_files(
    installed: Path, tmp_path: Path
) -> None:
    (site,) = (path.parent for path in installed.rglob("lent.pth"))
    (site / "witness.py").write_text(WITNESS, encoding="utf-8")
    (site / "witness.pth").write_text("import witness\n", encoding="utf-8")
    notes = tmp_path / "notes"
    logs = tmp_path / "logs"
    settings = {"WITNESS": str(notes), "MESODRIVE_LOGS": str(logs)}
    demo = (installed / BIN / "mesodrive", "demo")
    assert PROOF in session_output(lambda: started(*demo, cwd=tmp_path, **settings))
    assert list(logs.glob("*.mdlog"))
    seen = {tuple(line.split("\t")) for line in notes.read_text("utf-8").splitlines()}
    for program in ("mesodrive demo", "mesodrive.control", "mesodrive_simulator.serve"):
        assert any(program in command for command, _ in seen), program
    for command, place in seen:
        assert installed.resolve() in Path(place).resolve().parents, command
