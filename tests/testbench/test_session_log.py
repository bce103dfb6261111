"""The log of a session: replay, determinism; and the world's own bounds."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mesodrive.session.rebuild import driver_core
from mesodrive.session.replay import replay
from mesodrive.session.verify import verify
from mesodrive_testbench.world import LivelockError
from support.specs import deliver, session
from support.worlds import S, Session


def whole(seed: int = 1) -> Session:
    return Session(session(deliver(8)), seed=seed).begin()


def fingerprint(run: Session) -> str:
    return hashlib.sha256(bytes(run.log.data)).hexdigest()


def stopped_and_resumed(seed: int = 3) -> Session:
    run = whole(seed=seed)
    run.run(2_300_000_000)
    run.wish("stop")
    return run.end()


def test_replay_of_a_log_gives_every_output_again() -> None:
    for run in (whole().end(), stopped_and_resumed()):
        data = bytes(run.log.data)
        result = replay(data, driver_core)
        assert result.equal, str(result.divergence)
        assert result.inputs == run.inputs
        assert verify(data).intact


def test_the_same_seed_gives_the_same_log_and_another_seed_another() -> None:
    prints = [fingerprint(stopped_and_resumed(seed)) for seed in (3, 3, 4)]
    assert prints[0] == prints[1]
    assert prints[0] != prints[2]


def test_the_log_does_not_depend_on_the_hash_seed_of_the_process() -> None:
    """Nothing goes by the order of a set."""
    script = (
        "import sys; sys.path[:0] = sys.argv[1:]; "
        "from test_session_log import fingerprint, stopped_and_resumed; "
        "print(fingerprint(stopped_and_resumed()))"
    )
    here = Path(__file__).parent
    found = {
        subprocess.run(
            [sys.executable, "-P", "-c", script, str(here), str(here.parent)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True, text=True, check=True, timeout=50,
        ).stdout.strip()
        for seed in ("1", "2")
    }  # fmt: skip
    assert found == {fingerprint(stopped_and_resumed())}


# The world itself


def test_a_world_in_which_time_stands_still_fails_instead_of_running_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = whole()
    monkeypatch.setattr(run.device, "advance", lambda _now_ns: None)
    run.device.deadline_ns = 0
    with pytest.raises(LivelockError, match="stands still"):
        run.run()


def test_a_world_stops_at_the_time_it_is_given_and_goes_on_from_there() -> None:
    run = whole()
    run.run(S)
    assert run.now_ns == S
    run.wish_at(S + 5, b'{"wish":"stop"}')
    run.run(S + 10)
    assert run.named("stop")
