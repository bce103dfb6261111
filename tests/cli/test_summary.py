"""What a person takes away from a session: doses and waste kept apart, what to do next."""

import json
from pathlib import Path
from typing import Any

import pytest

from mesodrive.cli.attend import Outcome
from mesodrive.cli.summary import show_summary, summary
from mesodrive.core.driver import DriverCore
from support.specs import deliver, session
from support.worlds import Session

PRIME = {"zone": "", "units": 1, "amount_hi": 20_000}
PRICKS = {"zone": "cheek", "units": 2, "amount_hi": 4_000}


def view(**changes: object) -> dict[str, Any]:
    return {**DriverCore(session(deliver(108))).view().to_json(), "ending": "completed", **changes}


def told(
    capsys: pytest.CaptureFixture[str], seen: dict[str, Any], log: Path | str = ""
) -> tuple[str, dict[str, Any]]:
    """Return a summary for people, and the same for programs."""
    last = {"type": "over", "exit_code": 0, "log": str(log), "log_whole": True, "head": ""}
    facts = summary(Outcome(seen, last), 9.0)
    show_summary(facts, as_json=False)
    said = capsys.readouterr().out
    show_summary(facts, as_json=True)
    return said, json.loads(capsys.readouterr().out)


def test_an_uncertain_prime_is_waste_and_none_of_the_units(
    capsys: pytest.CaptureFixture[str],
) -> None:
    seen = view(units_confirmed=108, units_uncertain=1, uncertain=[PRIME])
    said, _ = told(capsys, seen)
    assert "  Units      108 of 108\n" in said
    uncertain = "1 unit of priming (0 to 20.0 uL); what primes take is waste"
    assert f"  Uncertain  {uncertain}\n" in said
    assert "short of their dose" not in said


def test_uncertain_units_and_primes_are_counted_apart(capsys: pytest.CaptureFixture[str]) -> None:
    seen = view(units_confirmed=105, units_uncertain=3, uncertain=[PRIME, PRICKS])
    said, _ = told(capsys, seen)
    assert "  Units      105 of 108, 2 uncertain, 1 ended short of their dose\n" in said


def test_where_only_primes_are_uncertain_what_is_left_is_still_offered(
    capsys: pytest.CaptureFixture[str],
) -> None:
    seen = view(units_confirmed=107, units_uncertain=1, uncertain=[PRIME], ending="stopped")
    said, _ = told(capsys, seen, "a.mdlog")
    assert "--resume a.mdlog" in said


def test_a_log_that_is_behind_its_device_is_not_offered_to_go_on_from(
    capsys: pytest.CaptureFixture[str],
) -> None:
    problem = {"code": "resumed-elsewhere", "command": 4}
    said, _ = told(capsys, view(ending="abandoned", problem=problem), "a.mdlog")
    assert "a.mdlog" in said
    assert "--resume" not in said


def blocked(world: Session) -> Session:
    """Have the needle block until the device latches, and free it."""
    world.auto_wishes = False
    world.device.plant.blocked_permille = 1_000
    world.until("faulted")
    world.device.plant.blocked_permille = 0
    return world


def ended(world: Session, folder: Path) -> tuple[dict[str, Any], Path]:
    world.wish("end")
    world.end()
    path = folder / "a.mdlog"
    path.write_bytes(bytes(world.log.data))
    return world.core.view().to_json(), path


def test_a_fault_that_may_not_be_cleared_again_is_told_with_when_it_may(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = Session(session(deliver(60))).begin().until("running").lasting(0.5)
    for _ in range(3):
        blocked(world).wish("clear")
        world.until("paused").lasting(0.1).wish("resume")
        world.until("running").lasting(0.5)
    said, facts = told(capsys, *ended(blocked(world), tmp_path))
    assert "Three clears of the same fault in ten minutes are used up" in said
    assert "no sooner than ten minutes after the first of them" in said
    assert facts["clears_used_up"] is True


def test_a_fault_that_may_be_cleared_is_left_with_how(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = blocked(Session(session(deliver(60))).begin().until("running").lasting(0.5))
    seen, path = ended(world, tmp_path)
    for log in (path, tmp_path / "missing.mdlog", ""):
        said, facts = told(capsys, seen, log)
        assert "Remove the cause, then run again with --clear." in said
        assert facts["clears_used_up"] is False
