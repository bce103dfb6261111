"""Demand full branch coverage where a missed branch could hurt somebody.

    python tools/coverage_gate.py .coverage.json

The suite as a whole has its own, lower bar in `pyproject.toml`. A place named below that no
measured file belongs to fails as well: a renamed folder must not fall out of the gate unnoticed.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

PLACES = (
    "src/mesodrive/core/",  # sequencing of every physical act; the ledger of what was delivered
    "src/mesodrive/limits/",  # the only place that refuses a request
    "firmware_protocol/mesodrive_protocol/codec.py",
    "firmware_protocol/mesodrive_protocol/fields.py",
    "firmware_protocol/mesodrive_protocol/framing.py",
    "firmware_protocol/mesodrive_protocol/messages.py",
    "firmware_protocol/mesodrive_protocol/steps.py",
)
"""Path prefixes from the root of the checkout; each holds at least one measured file."""


def gaps(files: Mapping[str, Any], places: Sequence[str] = PLACES) -> list[str]:
    """Return one line for each file with a missed line or branch, and each place without files.

    Args:
        files: The `files` of coverage's JSON report.
        places: Path prefixes that have to be covered in full.
    """
    found: list[str] = []
    for place in places:
        inside = {path: report for path, report in files.items() if path.startswith(place)}
        if not inside:
            found.append(f"{place}: no measured file; correct PLACES in tools/coverage_gate.py")
        for path, report in sorted(inside.items()):
            lines, branches = report["missing_lines"], report["missing_branches"]
            if lines or branches:
                jumps = ", ".join(f"{start}->{end}" for start, end in branches)
                found.append(f"{path}: lines {lines or 'all run'}; branches {jumps or 'all taken'}")
    return found


def main(arguments: Sequence[str]) -> int:
    """Print the gaps of a report; return 0 where there are none, otherwise 1."""
    (report,) = arguments
    found = gaps(json.loads(Path(report).read_text(encoding="utf-8"))["files"])
    if found:
        print("coverage gate: these places must be covered in full, every branch:")
        print("\n".join(f"  {line}" for line in found))
        return 1
    print(f"coverage gate: every branch taken in {len(PLACES)} places that must be")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
