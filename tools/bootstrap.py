"""Build the virtual environment of this checkout, or find that it is fine as it is.

    sh tools/with_python.sh tools/bootstrap.py core|dev|bench|fuzz [--compiler]

`.venv` belongs to this script. A stamp inside says what was installed, where, and by which
Python; without a stamp an environment counts as half built. One that is half built, moved, run by
another Python or installed from other lock files is made anew. What is only absent is added.

Invariants:
* The stamp is taken away or still true at every moment, so that an interrupted run repairs itself.
* Packages come from the lock files alone, each checked against its hash; the locks pin the same
  versions for what they share, so that adding one purpose never changes another.

Only the standard library is imported: nothing else is there yet.
"""

import argparse
import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
STAMP = VENV / "mesodrive-stamp.json"

PURPOSES = {"core": (), "dev": ("dev",), "bench": ("bench",), "fuzz": ("fuzz",)}
"""Lock files on top of the core's, by what the environment is wanted for."""
BASE = ("build", "core")
"""Lock files that every purpose needs; the build tools install the project itself."""

DISTURBING = (
    "PYTHONHOME", "PYTHONPATH", "PIP_CONSTRAINT", "PIP_NO_DEPS", "PIP_PREFIX", "PIP_REQUIREMENT",
    "PIP_ROOT", "PIP_TARGET", "PIP_UPGRADE", "PIP_USER", "__PYVENV_LAUNCHER__",
)  # fmt: skip
"""Settings of the caller that would send packages elsewhere or change which are taken."""

COMPILER_PROBE = ("cc", "-x", "c", "-include", "stdint.h", "-fsyntax-only", os.devnull)
"""A compiler without the C library's headers is of no use to the header test."""
COMPILER_LINE = "apt-get update && apt-get install -y gcc libc6-dev"


class SetupError(Exception):
    """The environment cannot be made; the message says what to do."""


def say(text: str) -> None:
    """Tell the person at the terminal what takes time, apart from a command's own output."""
    print(f"setup: {text}", file=sys.stderr, flush=True)


def run(*command: str | Path) -> None:
    """Run a command without the caller's disturbing settings.

    Raises:
        SetupError: If it cannot be started or ends with an error.
    """
    environment = {name: value for name, value in os.environ.items() if name not in DISTURBING}
    environment |= {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"}
    try:
        subprocess.run(command, check=True, env=environment, cwd=ROOT)
    except (OSError, subprocess.CalledProcessError) as error:
        raise SetupError(
            f"failed: {' '.join(map(str, command))}\n"
            "Its reason stands above. Nothing half done is used; run the same again."
        ) from error


@contextlib.contextmanager
def alone() -> Generator[None]:
    """Let one bootstrap work on this checkout at a time; others wait for it."""
    if sys.platform == "win32":
        yield  # no flock there; make is a POSIX affair
        return
    import fcntl

    descriptor = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def digest(data: bytes) -> str:
    """Return the SHA-256 of bytes as hexadecimal text."""
    return hashlib.sha256(data).hexdigest()


def lock_path(name: str) -> Path:
    """Return the lock file of that name."""
    return ROOT / "requirements" / f"{name}.lock"


def project_digest() -> str:
    """Return the digest of what the installed project is made from: metadata, scripts, packages."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    parts = [settings["build-system"], settings["project"], settings["tool"]["hatch"]]
    return digest(json.dumps(parts, sort_keys=True).encode())


def environment_python() -> Path:
    """Return the interpreter inside the environment."""
    return VENV / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def base_python() -> str:
    """Return an interpreter that outlives the environment, should we run inside it right now."""
    if sys.prefix == sys.base_prefix:
        return sys.executable
    return str(Path(sys.base_prefix, "bin", f"python3.{sys.version_info.minor}"))


def python_version(python: Path) -> str:
    """Return `3.x` as an interpreter itself says it, or nothing where it does not start."""
    question = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        answer = subprocess.run(
            [python, "-I", "-c", question], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return answer.stdout.strip()


def read_stamp() -> dict[str, Any]:
    """Return what the stamp says, or nothing where there is none that can be read."""
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def write_stamp(stamp: dict[str, Any]) -> None:
    """Replace the stamp in one step, so that a half-written one is never read."""
    fresh = STAMP.with_suffix(".new")
    fresh.write_text(json.dumps(stamp, indent=2) + "\n", encoding="utf-8")
    fresh.replace(STAMP)


def reason_to_rebuild(stamp: dict[str, Any]) -> str:
    """Return why the environment has to be made anew, or nothing where it can be kept."""
    if not VENV.exists() and not VENV.is_symlink():
        return "there is none yet"
    if not stamp:
        return "it is half built: it has no stamp"
    if stamp.get("location") != str(VENV):
        return f"it was moved here from {stamp.get('location')}"
    if python_version(environment_python()) != stamp.get("python"):
        return f"its Python {stamp.get('python')} is gone"
    for name, known in stamp.get("locks", {}).items():
        if not lock_path(name).exists() or digest(lock_path(name).read_bytes()) != known:
            return f"it is stale: requirements/{name}.lock has changed"
    return ""


def create() -> dict[str, Any]:
    """Make an empty environment in place of whatever is there; return its first stamp."""
    python = base_python()
    if VENV.is_symlink():
        VENV.unlink()
    elif VENV.exists():
        shutil.rmtree(VENV)
    run(python, "-m", "venv", VENV)
    version = python_version(environment_python())
    return {"location": str(VENV), "python": version, "locks": {}, "project": ""}


def install(*names: str) -> None:
    """Install the packages of lock files, each checked against its hash."""
    files = [part for name in names for part in ("-r", str(lock_path(name)))]
    say(f"installing {' and '.join(f'requirements/{name}.lock' for name in names)}")
    pip = (environment_python(), "-m", "pip", "install", "-qq")
    # Without isolation a package that has no wheel is built with the locked build tools.
    run(*pip, "--require-hashes", "--no-build-isolation", *files)


def install_project() -> None:
    """Install this checkout in place, so that a change of a source needs no new installation."""
    say("installing mesodrive itself, in place")
    pip = (environment_python(), "-m", "pip", "install", "-qq")
    run(*pip, "--no-deps", "--no-build-isolation", "--editable", str(ROOT))


def bring_up(purpose: str) -> None:
    """Make the environment fit for a purpose, with as little work as will do.

    Raises:
        SetupError: If something cannot be installed; the next run starts where this one ended.
    """
    stamp = read_stamp()
    reason = reason_to_rebuild(stamp)
    if reason:
        say(f"building the environment {VENV.name}: {reason}")
        stamp = create()
    for names in (BASE, PURPOSES[purpose]):
        absent = [name for name in names if name not in stamp["locks"]]
        if absent:
            install(*absent)
            stamp["locks"] |= {name: digest(lock_path(name).read_bytes()) for name in absent}
            if stamp["project"]:
                write_stamp(stamp)
    if stamp["project"] != project_digest():
        install_project()
        stamp["project"] = project_digest()
        write_stamp(stamp)


def require_compiler() -> None:
    """See that C can be compiled; root on a Debian system gets the compiler installed.

    Raises:
        SetupError: With the one line to type.
    """
    compiler = shutil.which("cc")
    if (
        compiler
        and subprocess.run(COMPILER_PROBE, capture_output=True, check=False).returncode == 0
    ):
        return
    say("no C compiler (cc with the C library's headers): a test compiles the protocol's C header")
    if sys.platform != "win32" and os.geteuid() == 0 and shutil.which("apt-get"):
        say(COMPILER_LINE)
        os.environ["DEBIAN_FRONTEND"] = "noninteractive"
        run("sh", "-c", COMPILER_LINE)
        return
    raise SetupError(
        f"On Debian or Ubuntu type this line, then try again:\n    sudo sh -c '{COMPILER_LINE}'"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Bring the environment up; return 0, or 2 with the remedy printed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("purpose", choices=PURPOSES)
    parser.add_argument("--compiler", action="store_true", help="also see that C can be compiled")
    options = parser.parse_args(arguments)
    try:
        if options.compiler:
            require_compiler()
        with alone():
            bring_up(options.purpose)
    except SetupError as error:
        say(str(error))
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
