"""A session on a real terminal: questions, keys, pictures."""

import io
import os
import select
import subprocess
import sys
from pathlib import Path
from typing import Self

import pytest
from rich.console import Console

from mesodrive.cli import wording
from mesodrive.cli.conductor import ENTER, Conductor
from mesodrive.cli.keys import Keyboard
from mesodrive.cli.lines import PlainLines
from mesodrive.cli.screen import picture
from mesodrive.core.driver import DriverCore
from support.guns import PATIENCE_S, home
from support.plans import write_plan
from support.specs import deliver, session

TEXT_MAX = 4_000_000


class Terminal:
    """`mesodrive` with a pseudo-terminal as its screen and keyboard."""

    def __init__(self, folder: Path, *words: str, kind: str = "xterm") -> None:
        self.ours, theirs = os.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "mesodrive", *words],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=folder,
            # Ctrl-C comes from the terminal only to the session that owns it.
            preexec_fn=lambda: os.login_tty(os.dup(theirs)),  # noqa: PLW1509
            env={**home(folder), "TERM": kind, "COLUMNS": "100", "LINES": "40"},
        )
        os.close(theirs)
        self.text = ""

    def until(self, *words: str) -> None:
        """Read the screen until one of some words has come since the last call."""
        begun = len(self.text)
        while not any(word in self.text[begun:] for word in words):
            assert select.select([self.ours], [], [], PATIENCE_S)[0], self.text[-2000:]
            try:
                self.text += os.read(self.ours, 65_536).decode(errors="replace")
            except OSError:
                raise AssertionError(self.text[-3000:]) from None
            assert len(self.text) < TEXT_MAX

    def press(self, keys: str) -> None:
        os.write(self.ours, keys.encode())

    def end(self) -> int:
        """Read to the end of the screen; return the exit code."""
        try:
            while select.select([self.ours], [], [], PATIENCE_S)[0]:
                self.text += os.read(self.ours, 65_536).decode(errors="replace")
        except OSError:
            pass
        return self.process.wait(PATIENCE_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(PATIENCE_S)
        os.close(self.ours)


def test_a_person_fits_arms_pauses_and_goes_on(tmp_path: Path) -> None:
    plan = str(write_plan(tmp_path, 30))
    words = ("run", plan, "--port", "sim:nappage-gun", "--logs", "logs")
    with Terminal(tmp_path, *words) as screen:
        screen.until("Press Enter when it is fitted")
        screen.press("x\n")
        screen.until("Press Enter to arm")
        screen.press("\n")
        screen.until("Cheek")
        screen.until("running")
        screen.press("p")
        screen.until("Paused. Press r")
        screen.press("r")
        assert screen.end() == 0, screen.text[-2000:]
    assert "SIMULATED" in screen.text
    assert "30 of 30" in screen.text


def test_ctrl_c_on_the_terminal_stops(tmp_path: Path) -> None:
    plan = str(write_plan(tmp_path, 60))
    words = ("run", plan, "--port", "sim:nappage-gun", "--logs", "logs", "--yes")
    with Terminal(tmp_path, *words) as screen:
        screen.until("Cheek")
        screen.press("\x03")
        assert screen.end() == 5, screen.text[-2000:]
    assert "STOPPED: the device has confirmed" in screen.text


def view(**changes: object) -> dict[str, object]:
    return {**DriverCore(session(deliver(3))).view().to_json(), **changes}


@pytest.mark.parametrize(
    ("asked", "answer"),
    [("start", "start"), ("fitted", None), ("arm", None), ("resume", None), ("end", "end")],
)
def test_a_person_answers_what_only_a_person_can(asked: str, answer: str | None) -> None:
    conductor = Conductor(answer_yes=False, interactive=True, clear=False)
    assert conductor.on_view(view(awaiting=asked)) == answer
    assert conductor.on_view(view(awaiting=asked)) is None


@pytest.mark.req("USE-03")
def test_yes_fits_and_arms_but_does_not_go_on_after_a_pause() -> None:
    conductor = Conductor(answer_yes=True, interactive=False, clear=False)
    assert conductor.on_view(view(awaiting="fitted")) == "fitted"
    assert conductor.on_view(view(awaiting="arm")) == "arm"
    assert conductor.on_view(view(awaiting="resume")) == "end"


def test_a_latched_device_is_cleared_once_and_only_on_request() -> None:
    asked = Conductor(answer_yes=True, interactive=True, clear=True)
    assert asked.on_view(view(awaiting="clear")) == "clear"
    assert asked.on_view(view(awaiting="")) is None
    assert asked.on_view(view(awaiting="clear")) == "end"
    unasked = Conductor(answer_yes=True, interactive=True, clear=False)
    assert unasked.on_key("c") is None
    assert unasked.on_view(view(awaiting="clear")) == "end"


def test_a_person_may_clear_a_latched_device_at_the_keys() -> None:
    person = Conductor(answer_yes=False, interactive=True, clear=False)
    assert person.on_view(view(awaiting="clear")) is None
    assert person.on_key("c") == "clear"
    assert person.on_key(ENTER) == "clear"
    person.stopping = True
    assert person.on_view(view(awaiting="clear")) == "end"


def drawn(**changes: object) -> str:
    console = Console(width=120, record=True, file=io.StringIO())
    facts = {"stop": "", "simulated": True, "model": "gun", **changes}
    console.print(picture(view(**facts)))
    return console.export_text()


def test_what_is_urgent_stands_above_the_facts() -> None:
    alarm = {"id": "status-lost", "priority": "high", "times": 1}
    text = drawn(stop="sent", alarms=[alarm], awaiting="resume")
    places = [
        text.index(word) for word in ("SIMULATED", "STOP sent", "HIGH", "Paused.", "delivered")
    ]
    assert places == sorted(places)
    assert "Ctrl-C stops" in text


def test_a_session_that_has_ended_names_no_keys_and_no_program() -> None:
    text = drawn(ending="completed")
    assert "Ctrl-C" not in text
    assert "program" not in text


@pytest.mark.req("LNK-02")
def test_what_went_wrong_on_the_line_is_counted_on_the_screen() -> None:
    assert "frames" not in drawn()
    link = DriverCore(session(deliver(3))).view().link._replace(stale=3, damaged=2)._asdict()
    assert "2 damaged, 3 twice or too late" in drawn(link=link)


def test_an_old_picture_says_so() -> None:
    text = drawn(stop="silent", silent_s=3)
    assert "STOP NOT CONFIRMED" in text
    assert "switch" in text
    assert "3 s ago" in text


def test_progress_adds_up_to_the_plan() -> None:
    facts = {"units_confirmed": 2, "units_total": 4, "amount_unit": "nL", "amount_planned": 20_000}
    text = wording.progress(view(**facts, amount_lo=10_000, amount_hi=15_000))
    assert "2 of 4 units confirmed, 2 to go" in text
    assert "[10.0 uL, 15.0 uL] delivered, [5.0 uL, 10.0 uL] to go" in text


def test_plain_lines_put_each_question_anew(capsys: pytest.CaptureFixture[str]) -> None:
    lines = PlainLines()
    for asked in ("arm", "", "arm", "arm"):
        lines.show(view(awaiting=asked))
    assert capsys.readouterr().out.count("Press Enter to arm") == 2


@pytest.mark.parametrize("kind", ["dumb", "no-such-terminal"])
def test_a_terminal_that_cannot_draw_gets_lines(tmp_path: Path, kind: str) -> None:
    plan = str(write_plan(tmp_path, 3))
    words = ("run", plan, "--port", "sim:nappage-gun", "--logs", "logs")
    with Terminal(tmp_path, *words, kind=kind) as screen:
        screen.until("Press Enter when it is fitted")
        screen.press("\n")
        screen.until("Press Enter to arm")
        screen.press("\n")
        assert screen.end() == 0, screen.text[-2000:]
    assert "\x1b[" not in screen.text


def test_after_a_stop_keys_and_questions_start_nothing() -> None:
    conductor = Conductor(answer_yes=True, interactive=True, clear=True)
    conductor.on_view(view(awaiting="fitted"))
    conductor.stopping = True
    assert conductor.on_key(ENTER) is None
    assert conductor.on_view(view(awaiting="arm")) is None
    assert conductor.on_view(view(awaiting="clear")) == "end"


def test_keys_mean_something_only_when_asked() -> None:
    conductor = Conductor(answer_yes=False, interactive=True, clear=False)
    assert conductor.on_key("r") is None
    assert conductor.on_key("q") is None
    assert conductor.on_key("P") == "pause"
    conductor.on_view(view(awaiting="resume"))
    assert conductor.on_key("r") == "resume"
    assert conductor.on_key(ENTER) is None


def test_a_terminal_that_has_gone_gives_no_more_keys() -> None:
    ours, theirs = os.pipe()
    keys = Keyboard(ours)
    os.write(theirs, b"P\r")
    assert keys.take() == ["P", ENTER]
    os.close(theirs)
    assert keys.take() == []
    assert keys.fd is None
    assert keys.take() == []
    os.close(ours)
