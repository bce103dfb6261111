"""The truth of a served machine is there when serving has ended, over all its lives."""

import json
from pathlib import Path

import pytest

from mesodrive_simulator.plant import TruthUnit
from mesodrive_simulator.serve_errors import ServeError
from mesodrive_simulator.truth_file import append_truth


def test_each_life_adds_its_units_in_order(tmp_path: Path) -> None:
    path = tmp_path / "truth"
    append_truth(path, [TruthUnit(5, prime=True), TruthUnit(7, prime=False)])
    append_truth(path, [])
    append_truth(path, [TruthUnit(2, prime=False)])
    units = [json.loads(line) for line in path.read_text().splitlines()]
    assert [(one["begun_ns"], one["prime"]) for one in units] == [(5, True), (7, False), (2, False)]
    assert units[0]["volume_nl"] == 0
    assert units[0]["ended_ns"] is None


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(ServeError, match="cannot be written"):
        append_truth(tmp_path, [])
