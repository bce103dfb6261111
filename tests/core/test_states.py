"""The state table, and that `transitions` runs exactly it."""

from itertools import product
from pathlib import Path

import pytest
from transitions import MachineError

from mesodrive.core.states import EXPECTED, TABLE, Happened, SessionMachine, State, mermaid
from mesodrive_protocol.messages import Identity, Status


def machine_in(state: State) -> SessionMachine:
    machine = SessionMachine()
    machine.state = state
    return machine


@pytest.mark.parametrize(("state", "fact"), list(product(State, Happened)))
def test_the_machine_follows_the_table_for_every_pair(state: State, fact: Happened) -> None:
    machine = machine_in(state)
    sources, target = TABLE[fact]
    assert machine.may(fact) == (state in sources)
    if state in sources:
        assert machine.fire(fact) == (state, target)
        assert machine.expected is EXPECTED[target]
    else:
        with pytest.raises(MachineError):
            machine.fire(fact)
        assert machine.state is state


def test_nothing_is_listened_to_before_the_port_is_open() -> None:
    assert not EXPECTED[State.DISCONNECTED]
    assert Status in EXPECTED[State.RUNNING]
    assert Identity not in EXPECTED[State.RUNNING]


@pytest.mark.req("STP-03")
def test_only_clearing_leads_out_of_a_latched_stop_back_to_delivery() -> None:
    ways = {fact for fact, (sources, target) in TABLE.items()
            if State.STOPPED in sources and target in (State.IDLE, State.PAUSED)}  # fmt: skip
    assert ways == {Happened.CLEARED_EMPTY, Happened.CLEARED_LOADED}


def test_the_diagram_shows_every_fact() -> None:
    drawn = mermaid()
    assert all(f": {fact.value}" in drawn for fact in Happened)


def test_the_diagram_in_the_architecture_is_that_of_the_table() -> None:
    text = (Path(__file__).parents[2] / "ARCHITECTURE.md").read_text("utf-8")
    assert f"```mermaid\n{mermaid()}```" in text
