"""Write `requirements/*.lock` anew from `pyproject.toml` and `requirements/build.in`.

One lock for each purpose: build tools, core, development, benchmarks, fuzzing. Later ones are
constrained by earlier ones, so that what they share has one version. Hashes are written,
addresses are not: a lock must serve behind any mirror, and it must not name one. Versions stay
as they are unless `--upgrade` is given; that is the resolver's own rule for an output file that
exists.

Runs without the project's environment; the resolver lives in a throw-away one.
"""

import argparse
import re
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCKS = ROOT / "requirements"
RESOLVER = "uv==0.13.9"

OPTIONS = (
    "--universal", "--generate-hashes", "--no-header", "--no-annotate", "--no-strip-extras",
    "--quiet", "--python-version", "3.11",
)  # fmt: skip
"""Universal: one file for all systems. No header: it would repeat the command line."""

ADDRESS = re.compile(r"http|file:|--(extra-)?index|--find-links|--trusted-host", re.IGNORECASE)

STEPS = (
    ("build", ("requirements/build.in",)),
    ("core", ("pyproject.toml", "--constraint", "requirements/build.lock")),
    (
        "dev",
        ("pyproject.toml", "--extra", "dev", "--constraint", "requirements/build.lock",
         "--constraint", "requirements/core.lock"),
    ),
    (
        "bench",
        ("pyproject.toml", "--extra", "bench", "--constraint", "requirements/build.lock",
         "--constraint", "requirements/core.lock", "--constraint", "requirements/dev.lock"),
    ),
    (
        "fuzz",
        ("pyproject.toml", "--extra", "fuzz", "--constraint", "requirements/build.lock",
         "--constraint", "requirements/core.lock", "--constraint", "requirements/dev.lock"),
    ),
)  # fmt: skip
"""Name of the lock and what it is made from, in the order in which they constrain each other."""


def main() -> int:
    """Resolve all locks; return 0, or 1 where an address slipped in."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions")
    upgrade = ["--upgrade"] if parser.parse_args().upgrade else []
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True, symlinks=True)
        subprocess.run([f"{folder}/bin/pip", "install", "--quiet", RESOLVER], check=True)
        for name, sources in STEPS:
            output = LOCKS / f"{name}.lock"
            compile_command = [f"{folder}/bin/uv", "pip", "compile", *OPTIONS, *upgrade, *sources]
            subprocess.run([*compile_command, "-o", str(output)], check=True, cwd=ROOT,
                           stdout=subprocess.DEVNULL)  # fmt: skip
            text = output.read_text(encoding="utf-8")
            if ADDRESS.search(text):
                print(f"{output.name} names an address; it must not be committed", file=sys.stderr)
                return 1
            print(f"requirements/{output.name}: {text.count('==')} packages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
