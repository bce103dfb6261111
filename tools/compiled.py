"""Compile what a campaign spends its time in, and run a command with it.

    python tools/compiled.py COMMAND ...      run it with the compiled packages in front
    python tools/compiled.py                  print where they are

A campaign is limited by the interpreter. `mypyc` turns the very sources into an extension module:
same code, same results, a quarter of the time. What is compiled is a copy in `build/compiled`,
named by the digest of the sources and of this file; the checkout itself, the installed package and
all other tests stay plain Python. `tests/campaign/test_compiled.py` holds both to the same traces.

Annotations are not optional there: an attribute declared `int` that is given an enumeration's
member becomes a number, and comparing it by identity with the member fails.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
BUILD: Final = ROOT / "build" / "compiled"
PACKAGES: Final = {
    "mesodrive": "src",
    "mesodrive_protocol": "firmware_protocol",
    "mesodrive_simulator": "simulator",
    "mesodrive_testbench": "simulator",
}
COMPILED: Final = (
    "mesodrive/core/*.py", "mesodrive/limits/rolling.py",
    "mesodrive/session/assembler.py", "mesodrive/session/format.py", "mesodrive/session/replay.py",
    "mesodrive/session/walk.py",
    "mesodrive_protocol/codec.py", "mesodrive_protocol/framing.py", "mesodrive_protocol/times.py",
    "mesodrive_simulator/firmware/*.py", "mesodrive_simulator/plant/*.py",
    "mesodrive_simulator/operator.py", "mesodrive_simulator/simulated.py",
    "mesodrive_testbench/campaign/*.py", "mesodrive_testbench/campaign/oracles/*.py",
)  # fmt: skip
PLAIN: Final = {
    "mesodrive/core/spec.py": "pydantic builds its models while running",
    **dict.fromkeys(
        (
            "mesodrive/core/conduct.py",
            "mesodrive/core/loading.py",
            "mesodrive/core/opening.py",
            "mesodrive/core/recovery.py",
            "mesodrive/core/signed_opening.py",
        ),
        "procedures that yield while they handle an exception: compiled, they damage memory",
    ),
    "mesodrive_testbench/campaign/running.py": "a pool of processes is not hot",
    "mesodrive_testbench/campaign/command.py": "the command line is not hot",
    "mesodrive_testbench/campaign/failure.py": "written once, after a failure",
    "mesodrive_testbench/campaign/shrinking.py": "run after a failure only",
    "mesodrive_testbench/campaign/subject.py": "read once",
}
"""What stays as it is among them, and why. Messages too: their annotations are read at run time."""
KEPT: Final = 2
"""Builds kept, the newest: one for the commit at work, one for what is compared with it."""

SETUP: Final = """
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from setuptools import setup
from mypyc.build import mypycify
from distutils.unixccompiler import UnixCCompiler  # of setuptools, which put it there

names = Path("modules.txt").read_text().split()


def compile_side_by_side(self, sources, output_dir=None, macros=None, include_dirs=None, debug=0,
                         extra_preargs=None, extra_postargs=None, depends=None):
    macros, objects, extra, options, build = self._setup_compile(
        output_dir, macros, include_dirs, sources, depends, extra_postargs)
    cc = self._get_cc_args(options, debug, extra_preargs)

    def one(wanted):
        source, suffix = build[wanted]
        self._compile(wanted, source, suffix, cc, extra, options)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(one, build))
    return objects


UnixCCompiler.compile = compile_side_by_side
setup(
    name="compiled",
    ext_modules=mypycify(
        ["--config-file=mypy.ini", *names], opt_level="2", debug_level="0", multi_file=True
    ),
)
"""
"""Builds in the copy; C files are compiled side by side, which setuptools does not do."""
MYPY: Final = """[mypy]
ignore_missing_imports = true
plugins = pydantic.mypy
explicit_package_bases = true
mypy_path = .
"""


def sources() -> Iterator[tuple[Path, Path]]:
    """Yield each file of the packages, and its place in the copy."""
    for package, folder in PACKAGES.items():
        base = ROOT / folder
        for file in sorted((base / package).rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                yield file, file.relative_to(base)


def digest() -> str:
    """Return a name for what would be built now."""
    found = hashlib.sha256(Path(__file__).read_bytes())
    found.update(sys.version.encode())
    for file, place in sources():
        found.update(b"%b\0%b\0" % (str(place).encode(), file.read_bytes()))
    return found.hexdigest()[:16]


def modules(copy: Path) -> list[str]:
    """Return the files that are compiled, relative to the copy."""
    found = (str(file.relative_to(copy)) for one in COMPILED for file in copy.glob(one))
    return sorted(name for name in found if name not in PLAIN and "__init__" not in name)


def build(place: Path) -> None:
    """Compile into a folder that comes into being whole or not at all.

    Raises:
        SystemExit: If it cannot be compiled, with what the compilers said.
    """
    print("compiling the campaign: a minute or two, once for each state of the sources",
          file=sys.stderr, flush=True)  # fmt: skip
    BUILD.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BUILD) as folder:
        copy = Path(folder, "copy")
        for file, where in sources():
            (copy / where).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy / where)
        (copy / "setup.py").write_text(SETUP, encoding="utf-8")
        (copy / "mypy.ini").write_text(MYPY, encoding="utf-8")
        (copy / "modules.txt").write_text("\n".join(modules(copy)), encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "setup.py", "-q", "build_ext", "--inplace"],
            cwd=copy, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise SystemExit(f"not compiled:\n{done.stdout[-4_000:]}{done.stderr[-4_000:]}")
        shutil.rmtree(copy / "build")
        copy.rename(place)


def forget_old() -> None:
    """Remove all builds but the newest."""
    builds = sorted(BUILD.iterdir(), key=lambda one: one.stat().st_mtime)
    for one in builds[:-KEPT]:
        shutil.rmtree(one, ignore_errors=True)


def compiled() -> Path:
    """Return the folder with the compiled packages, built where it is not there yet."""
    place = BUILD / digest()
    if not place.is_dir():
        build(place)
        forget_old()
    return place


def environment() -> dict[str, str]:
    """Return the environment of a process that is to use the compiled packages, uncounted."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    return {**kept, "PYTHONPATH": str(compiled()), "PYTHONSAFEPATH": "1"}


def main(arguments: Sequence[str]) -> int:
    """Run a command, or print the place; return its exit code."""
    if not arguments:
        print(compiled())
        return 0
    return subprocess.run(arguments, env=environment(), check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
