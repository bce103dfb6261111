"""The states of a session and every way from one to another: one table, linted at import.

`transitions` runs the table; it is fired only when a state really changes (a handful of times in
a session). Each received frame is guarded by `EXPECTED`, compiled from the same states. A pair of
state and event that is not in the table cannot happen: it is a defect, and the core latches.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any, Final

from transitions import Machine

from mesodrive_protocol.messages import (
    AccountIs,
    Answer,
    Identity,
    LimitsAre,
    Record,
    Status,
    Trace,
)


class State(Enum):
    """What the host may assume about the session."""

    DISCONNECTED = "disconnected"
    IDENTIFYING = "identifying"
    IDLE = "idle"
    LOADED = "loaded"
    ARMED = "armed"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPING = "stopping"
    RECOVERING = "recovering"
    UNCERTAIN = "uncertain"
    COMPLETED = "completed"
    FAULTED = "faulted"
    STOPPED = "stopped"


class Happened(Enum):
    """What moves the session from one state to another; facts, not orders."""

    PORT_OPENED = "port_opened"
    HEARD_AGAIN = "heard_again"
    SESSION_OPENED = "session_opened"
    PROGRAM_LOADED = "program_loaded"
    ARMED = "armed"
    UNIT_BEGUN = "unit_begun"
    DISARMED = "disarmed"
    PROGRAM_CLOSED = "program_closed"
    STOP_PRESSED = "stop_pressed"
    STATUS_LOST = "status_lost"
    LATCHED_STOP = "latched_stop"
    LATCHED_FAULT = "latched_fault"
    CLEARED_EMPTY = "cleared_empty"
    CLEARED_LOADED = "cleared_loaded"
    REJOINED = "rejoined"
    LOST_CERTAIN = "lost_certain"
    LOST_OPEN = "lost_open"
    ANSWERED_FOR = "answered_for"
    FINISHED = "finished"
    BROKEN = "broken"


_S = State
_CONNECTED: Final = frozenset(_S) - {_S.DISCONNECTED, _S.COMPLETED}

TABLE: Final[Mapping[Happened, tuple[frozenset[State], State]]] = {
    Happened.PORT_OPENED: (
        frozenset({_S.DISCONNECTED, _S.UNCERTAIN, _S.RECOVERING}),
        _S.IDENTIFYING,
    ),
    Happened.HEARD_AGAIN: (frozenset({_S.UNCERTAIN, _S.RECOVERING}), _S.IDENTIFYING),
    Happened.SESSION_OPENED: (frozenset({_S.IDENTIFYING}), _S.IDLE),
    Happened.PROGRAM_LOADED: (frozenset({_S.IDLE}), _S.LOADED),
    Happened.ARMED: (frozenset({_S.LOADED, _S.PAUSED}), _S.ARMED),
    Happened.UNIT_BEGUN: (frozenset({_S.ARMED}), _S.RUNNING),
    Happened.DISARMED: (frozenset({_S.ARMED, _S.RUNNING}), _S.PAUSED),
    Happened.PROGRAM_CLOSED: (
        frozenset({_S.LOADED, _S.ARMED, _S.RUNNING, _S.PAUSED}),
        _S.IDLE,
    ),
    Happened.STOP_PRESSED: (_CONNECTED - {_S.STOPPING}, _S.STOPPING),
    Happened.STATUS_LOST: (_CONNECTED - {_S.RECOVERING}, _S.RECOVERING),
    Happened.LATCHED_STOP: (
        frozenset({_S.IDLE, _S.STOPPING, _S.RECOVERING, _S.UNCERTAIN}),
        _S.STOPPED,
    ),
    Happened.LATCHED_FAULT: (_CONNECTED - {_S.FAULTED}, _S.FAULTED),
    Happened.CLEARED_EMPTY: (frozenset({_S.STOPPED, _S.FAULTED}), _S.IDLE),
    Happened.REJOINED: (frozenset({_S.IDLE}), _S.PAUSED),
    Happened.CLEARED_LOADED: (frozenset({_S.STOPPED, _S.FAULTED}), _S.PAUSED),
    Happened.LOST_CERTAIN: (_CONNECTED, _S.DISCONNECTED),
    Happened.LOST_OPEN: (_CONNECTED - {_S.UNCERTAIN}, _S.UNCERTAIN),
    Happened.ANSWERED_FOR: (frozenset({_S.UNCERTAIN}), _S.IDLE),
    Happened.FINISHED: (frozenset({_S.IDLE}), _S.COMPLETED),
    Happened.BROKEN: (frozenset(_S) - {_S.FAULTED}, _S.FAULTED),
}
"""By fact: from which states it may come, and where it leads."""

_REPORTS: Final[frozenset[type[Any]]] = frozenset({Status, Record, Trace})
_ANSWERS: Final[frozenset[type[Any]]] = frozenset({Answer, AccountIs, LimitsAre})

EXPECTED: Final[Mapping[State, frozenset[type[Any]]]] = {
    state: (
        frozenset()
        if state is State.DISCONNECTED
        else _REPORTS | _ANSWERS | {Identity}
        if state in {State.IDENTIFYING, State.STOPPING, State.RECOVERING, State.UNCERTAIN}
        else _REPORTS | _ANSWERS
    )
    for state in State
}
"""By state: which messages of the device are looked at; others are counted and dropped."""
KEPT: Final = frozenset({_S.IDLE, _S.LOADED, _S.PAUSED, _S.STOPPED, _S.FAULTED})
"""States in which the driver lets a device that nothing is asked of hear from it."""


def lint() -> None:
    """Check the table, since `transitions` accepts unknown names without a word.

    Raises:
        AssertionError: If a fact or state is missing, cannot be reached, or has no way to a fault.
    """
    assert set(TABLE) == set(Happened), "a fact without a row"
    reached = {target for _, target in TABLE.values()} | {State.DISCONNECTED}
    assert reached == set(State), f"never reached: {set(State) - reached}"
    broken_from, broken_to = TABLE[Happened.BROKEN]
    assert broken_from | {broken_to} == set(State), "a state without a way to faulted"
    assert set(EXPECTED) == set(State), "a state without its messages"


lint()

_MACHINE: Final = Machine(
    model=None,
    states=State,
    initial=State.DISCONNECTED,
    transitions=[
        {"trigger": fact.value, "source": sorted(sources, key=str), "dest": target}
        for fact, (sources, target) in TABLE.items()
    ],
    auto_transitions=False,
    send_event=False,
    queued=False,
)


class SessionMachine:
    """The state of one session, run by `transitions`."""

    def __init__(self) -> None:
        self.state = State.DISCONNECTED
        self.expected = EXPECTED[self.state]
        self.kept = False
        """People think now, for as long as they like, while the device must stay ours."""

    def fire(self, fact: Happened) -> tuple[State, State]:
        """Move by a fact; return the state before and the state after.

        Raises:
            transitions.MachineError: If the table has no such pair.
        """
        before = self.state
        # By its event: a machine that knows its models would keep every session alive.
        _MACHINE.events[fact.value].trigger(self)
        after = self.state
        self.expected, self.kept = EXPECTED[after], after in KEPT
        return before, after

    def may(self, fact: Happened) -> bool:
        """Tell whether the table has this fact for the present state."""
        return self.state in TABLE[fact][0]


def mermaid() -> str:
    """Return the table as a Mermaid state diagram, for the documentation."""
    lines = ["stateDiagram-v2", "    [*] --> disconnected"]
    for fact, (sources, target) in TABLE.items():
        if len(sources) >= len(State) - 3:
            lines.append(f"    any --> {target.value}: {fact.value}")
            continue
        lines += [
            f"    {source.value} --> {target.value}: {fact.value}"
            for source in sorted(sources, key=lambda state: state.value)
        ]
    return "\n".join(lines) + "\n"
