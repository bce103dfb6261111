"""Short programs of an operator and of bad luck: whatever their order, the same things hold."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from mesodrive_protocol.enums import StopCause
from support.specs import deliver, session
from support.watched import WatchedSession
from support.worlds import TO_DEVICE, TO_HOST, S

SPEC = session(deliver(3))
PROFILE = "stateful"
WAYS = st.sampled_from((TO_DEVICE, TO_HOST))
SHORT_NS = st.integers(0, 300_000_000)
LONG_NS = st.integers(0, 4 * S)
BEGINNINGS = st.sampled_from(("delivering", "running", "armed", "loaded", "idle", ""))
"""How far a program's session has come; first what most of them should try."""
RARELY = st.integers(0, 9).map(lambda drawn: drawn == 7)
"""For what leaves little to try after it."""
RESOLVED = {"who": "the test", "why": "nobody can know"}
"""Facts that a resolution by a person has to have."""


def _running(machine: "SessionMachine") -> bool:
    return not machine.session.core.ended


def _asked(machine: "SessionMachine") -> bool:
    return _running(machine) and bool(machine.session.core.view().awaiting)


class SessionMachine(RuleBasedStateMachine):
    """One session with one device, and what may happen to the two."""

    session: WatchedSession

    @initialize(seed=st.integers(1, 50), beginning=BEGINNINGS)
    def connect(self, seed: int, beginning: str) -> None:
        self.session = session = WatchedSession(SPEC, seed=seed)
        self.port = True
        session.open_port()
        if beginning:
            session.auto_wishes = True
            session.until("running" if beginning == "delivering" else beginning)
        if beginning == "delivering":
            session.until("running")
        session.auto_wishes = False

    @rule(ns=SHORT_NS)
    def let_a_moment_pass(self, ns: int) -> None:
        self.session.run(self.session.now_ns + ns)

    @rule(ns=LONG_NS)
    def let_time_pass(self, ns: int) -> None:
        self.session.run(self.session.now_ns + ns)

    @precondition(_asked)
    @rule(ns=SHORT_NS)
    def grant_what_is_asked_for(self, ns: int) -> None:
        name = self.session.core.view().awaiting
        self.session.wish(name, **(RESOLVED if name == "resolve" else {}))
        self.session.run(self.session.now_ns + ns)

    @precondition(_running)
    @rule(ns=LONG_NS)
    def go_on_for_a_while(self, ns: int) -> None:
        """Grant whatever is asked for, now and meanwhile."""
        name = self.session.core.view().awaiting
        if name:
            self.session.wish(name, **(RESOLVED if name == "resolve" else {}))
        self.session.auto_wishes = True
        self.session.run(self.session.now_ns + ns)
        self.session.auto_wishes = False

    @precondition(_running)
    @rule(ns=st.integers(0, 120_000_000))
    def go_on_into_the_next_unit(self, ns: int) -> None:
        session, begun = self.session, len(self.session.device.plant.truth)
        end_ns = session.now_ns + 4 * S
        while len(session.device.plant.truth) == begun and session.now_ns < end_ns:
            if session.core.ended:
                return
            session.run(session.now_ns + S // 200)
        session.run(session.now_ns + ns)

    @precondition(_running)
    @rule(cause=st.sampled_from(StopCause))
    def press_stop(self, cause: StopCause) -> None:
        self.session.wish("stop", cause=int(cause))

    @precondition(_running)
    @rule()
    def pause(self) -> None:
        self.session.wish("pause")

    @precondition(_running)
    @rule(ns=LONG_NS, really=RARELY)
    def wish_for_the_end(self, ns: int, really: bool) -> None:
        if really:
            self.session.wish("end")
            self.session.run(self.session.now_ns + ns)

    @rule(ns=LONG_NS)
    def cut_the_line_for_a_while(self, ns: int) -> None:
        self.session.cut = True
        self.session.run(self.session.now_ns + ns)
        self.session.cut = not self.port

    @precondition(lambda self: _running(self) and self.port)
    @rule(really=RARELY)
    def lose_the_port(self, really: bool) -> None:
        if really:
            self.port = False
            self.session.lose_port()

    @precondition(lambda self: _running(self) and not self.port)
    @rule()
    def open_the_port_again(self) -> None:
        self.port, self.session.cut = True, False
        self.session.open_port()

    @rule(really=RARELY)
    def reset_the_device(self, really: bool) -> None:
        if really:
            self.session.reset_device()

    @rule(way=WAYS, count=st.integers(1, 3))
    def lose_frames(self, way: int, count: int) -> None:
        self.session.lose_next[way] += count

    @rule(way=WAYS, count=st.integers(1, 3))
    def have_frames_come_twice(self, way: int, count: int) -> None:
        self.session.double_next[way] += count

    @rule(on_skin=st.booleans())
    def lift_or_place_the_gun(self, on_skin: bool) -> None:
        self.session.hold_gun(on_skin=on_skin)

    @invariant()
    def everything_holds(self) -> None:
        self.session.check()

    def teardown(self) -> None:
        if hasattr(self, "session"):
            self.session.check_replay()


_chosen = settings.get_current_profile_name()
_profile = _chosen if PROFILE in _chosen else PROFILE
TestSession = pytest.mark.req("CMD-02")(SessionMachine.TestCase)
TestSession.settings = settings.get_profile(_profile)
if _profile != PROFILE:
    TestSession = pytest.mark.timeout(0)(TestSession)  # as long as somebody wants to wait
