"""Fuzz what reads bytes and documents of others: `tests/fuzz/`, guided by coverage.

    python tools/fuzzing.py [-seconds=60] [-target=NAME]     each target in turn, from its seeds
    python tools/fuzzing.py -target=NAME -again=FILE          run one kept input again

Each target runs in a process of its own. An input that breaks a property, takes more than 10 s or
more than 1 GiB is kept in `fuzz-findings/`, which is under no version control; the exit code is 1
then, and the command that runs the input again is printed. Running again needs no fuzzer.
"""

import argparse
import importlib
import importlib.util
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
FINDINGS: Final = ROOT / "fuzz-findings"
TARGETS: Final = ("frames", "dispatcher", "logs", "documents")
"""Modules of `tests/fuzz` with `seeds()` and `check(data)`."""
INSTRUMENTED: Final = {
    "frames": ["mesodrive_protocol"],
    "dispatcher": ["mesodrive_simulator.firmware", "mesodrive_protocol"],
    "logs": ["mesodrive.session", "mesodrive.core.driver"],
    "documents": [
        "mesodrive.documents", "mesodrive.yaml_core", "mesodrive.yaml_composer", "mesodrive.units",
        "mesodrive.document_text", "mesodrive.document_messages", "mesodrive.profile",
        "mesodrive.profile_store", "mesodrive.plan_store", "mesodrive.sequencing",
        "mesodrive.limits", "mesodrive_simulator.sim_profile",
    ],
}  # fmt: skip
"""What guides each target: the rest runs as fast as ever."""
SECONDS: Final = 60
SLOW_S: Final = 10
"""No input of these sizes takes a second on a slow machine."""
MEMORY_MIB: Final = 1024
INPUT_BYTES_MAX: Final = {"frames": 4096, "dispatcher": 512, "logs": 1 << 17, "documents": 1 << 14}
"""Longer inputs say nothing new and cost executions."""
LINES_SHOWN: Final = 40
"""Of a target's last words: the traceback and what the fuzzer made of it."""
GRACE_S: Final = 60
"""What a target may take beyond its time, to import, to read its seeds and to write a finding."""


def target(name: str) -> Any:  # noqa: ANN401 -- a module
    """Return the module of a target."""
    sys.path.insert(0, str(ROOT / "tests"))
    return importlib.import_module(f"fuzz.{name}")


def again(name: str, path: Path) -> int:
    """Run one input; what it raises is shown."""
    check: Callable[[bytes], None] = target(name).check
    check(path.read_bytes())
    print(f"{name}: {path} breaks nothing (any more)")
    return 0


def inside(name: str, options: Sequence[str]) -> None:
    """Fuzz one target in this process, which the fuzzer ends; `options` are libFuzzer's."""
    fuzzer: Any = importlib.import_module("atheris")
    with fuzzer.instrument_imports(include=INSTRUMENTED[name]):
        check: Callable[[bytes], None] = target(name).check
    fuzzer.Setup([sys.argv[0], *options], check)
    fuzzer.Fuzz()


def run(name: str, seconds: int, seed: int) -> bool:
    """Fuzz one target in a process of its own; return whether it found nothing."""
    FINDINGS.mkdir(exist_ok=True)
    prefix = f"{FINDINGS.name}/{name}-"
    before = set(FINDINGS.iterdir())
    with tempfile.TemporaryDirectory() as folder:
        for number, data in enumerate(target(name).seeds()):
            Path(folder, f"seed-{number:03}").write_bytes(data)
        command = [
            sys.executable, __file__, "-inside", f"-target={name}", "--",
            f"-max_total_time={seconds}", f"-seed={seed}", f"-artifact_prefix={prefix}",
            f"-timeout={SLOW_S}", f"-rss_limit_mb={MEMORY_MIB}",
            f"-max_len={INPUT_BYTES_MAX[name]}", "-print_final_stats=1", folder,
        ]  # fmt: skip
        try:
            done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False,
                                  timeout=seconds + GRACE_S)  # fmt: skip
        except subprocess.TimeoutExpired as error:
            print(f"{name}: does not come to an end; its last words:")
            print((error.stderr or b"")[-2000:].decode(errors="replace"))
            return False
    said = done.stderr.decode(errors="replace") + done.stdout.decode(errors="replace")
    runs = re.search(r"number_of_executed_units:\s*(\d+)", said)
    print(f"{name}: {runs.group(1) if runs else 'unknown'} executions, seed {seed}", flush=True)
    if done.returncode == 0:
        return True
    told = [line for line in said.splitlines() if line and line[0] not in "#\\"]
    print("\n".join(told[-LINES_SHOWN:]))
    kept = sorted(set(FINDINGS.iterdir()) - before)
    for path in kept or [Path("FILE")]:
        shown = path.relative_to(ROOT) if path.is_absolute() else path
        print(f"again: {Path(sys.executable).name} tools/fuzzing.py -target={name} -again={shown}")
    return False


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the targets asked for; return 0, 1 with a finding, or 2 where the fuzzer is missing."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("-target", choices=TARGETS, action="append", help="this one; may repeat")
    parser.add_argument("-seconds", type=int, default=SECONDS, help="time for each target")
    parser.add_argument("-seed", type=int, default=1, help="of all that is random; 0 draws one")
    parser.add_argument("-again", type=Path, metavar="FILE", help="run one kept input")
    parser.add_argument("-inside", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("options", nargs="*", help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    names: list[str] = given.target or list(TARGETS)
    if given.inside:
        inside(names[0], given.options)
    if given.again is not None:
        return again(names[0], given.again)
    if importlib.util.find_spec("atheris") is None:
        print("the fuzzer is not installed: it exists for CPython on Linux; see `make fuzz`")
        return 2
    # All are run: one finding does not keep the others from being looked for.
    found_nothing = [run(name, given.seconds, given.seed) for name in names]
    return 0 if all(found_nothing) else 1


if __name__ == "__main__":
    sys.exit(main())
