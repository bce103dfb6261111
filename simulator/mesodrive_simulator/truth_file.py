"""What the machine really did, in a file when serving ends: for tests, never for a driver."""

import json
from collections.abc import Sequence
from pathlib import Path

from mesodrive_simulator.plant import TruthUnit
from mesodrive_simulator.plant.electric_truth import ElectricTruth
from mesodrive_simulator.serve_errors import ServeError


def append_truth(path: Path, truth: Sequence[TruthUnit] | Sequence[ElectricTruth]) -> None:
    """Append one line of JSON for each begun unit, in order; a device that goes on adds to it.

    Raises:
        ServeError: If the file cannot be written.
    """
    lines = [
        json.dumps({name: getattr(unit, name) for name in type(unit).__slots__}) + "\n"
        for unit in truth
    ]
    try:
        with path.open("a", encoding="ascii") as file:
            file.writelines(lines)
    except OSError as error:
        problem = f"cannot be written ({error.strerror})"
        raise ServeError(str(path), problem, "Name another file.") from error
