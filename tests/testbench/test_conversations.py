"""Sessions kept as text: a change in what host and device say to each other shows in review."""

import pytest

from mesodrive.session.conversation import parse
from mesodrive_protocol.messages import Arm, Close, Grant, Stop
from support.conversations import FOLDER, SESSIONS, text_of


def kept(name: str) -> str:
    return (FOLDER / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SESSIONS)
def test_a_session_says_what_it_said_when_it_was_kept(name: str) -> None:
    """If the change is wanted: `python -P tests/support/conversations.py`, and read the diff."""
    said, before = text_of(name).splitlines(), kept(name).splitlines()
    assert said == before


def test_no_conversation_is_kept_that_nobody_makes() -> None:
    assert {path.stem for path in FOLDER.glob("*.txt")} == set(SESSIONS)


@pytest.mark.req("STP-01")
@pytest.mark.req("STP-03")
def test_between_stop_and_the_next_arm_nothing_is_granted() -> None:
    frames = [one.content for one in parse(kept("stopped_and_resumed"))]
    kinds = [type(one) for one in frames if isinstance(one, Arm | Grant | Stop)]
    stop = kinds.index(Stop)
    assert Arm in kinds[stop:]
    assert Grant not in kinds[stop : stop + kinds[stop:].index(Arm)]


@pytest.mark.req("CMD-03")
def test_after_the_port_is_lost_not_a_byte_is_sent() -> None:
    spoken = parse(kept("lost_port"))
    lost = next(
        n for n, one in enumerate(spoken) if one.direction == "?" and "unplugged" in str(one)
    )
    assert not [one for one in spoken[lost:] if one.direction in "><!"]


def test_what_another_session_left_open_is_closed_before_anything_of_ours() -> None:
    frames = [one.content for one in parse(kept("latched_before"))]
    first_arm = next(n for n, one in enumerate(frames) if isinstance(one, Arm))
    closed = [one for one in frames[:first_arm] if isinstance(one, Close)]
    assert [one.command >> 32 for one in closed] == [1]
