"""A session whose log is lost at the very last is not told as done."""

import json
from pathlib import Path

import pytest

from mesodrive.app import compose as compose_module
from mesodrive.app.compose import Session, compose
from mesodrive.app.prepare import Wanted, prepare
from mesodrive.cli.conductor import Conductor
from mesodrive.clock import MonotonicClock
from mesodrive.core.view import View
from mesodrive.journal.log_file import LogFile
from support.plans import write_plan


class DeletedAtLast(LogFile):
    """A log that somebody deletes when all of it is written."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._path = path

    def finish(self) -> None:
        self._path.unlink()
        super().finish()


@pytest.mark.parametrize(("disk", "code", "whole"), [(LogFile, 0, True), (DeletedAtLast, 6, False)])
def test_a_session_that_came_to_its_end_is_done_only_with_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, disk: type[LogFile], code: int, whole: bool
) -> None:
    monkeypatch.setattr(compose_module, "LogFile", disk)
    wanted = Wanted(plan=write_plan(tmp_path, 2), port="sim:nappage-gun", logs=tmp_path / "logs")
    conductor = Conductor(answer_yes=True, interactive=False, clear=False)
    made: list[Session] = []
    endings: list[str] = []

    def answer(view: View) -> None:
        endings.append(view.ending)
        wish = conductor.on_view(view.to_json())
        if wish is not None and not view.ending:
            made[0].owner.wish(json.dumps({"wish": wish}).encode())

    clock = MonotonicClock()
    made.append(compose(prepare(wanted, clock).handover, clock, answer))
    found = made[0].owner.run()
    assert endings[-1] == "completed"
    assert (found, made[0].owner.log_whole) == (code, whole)
