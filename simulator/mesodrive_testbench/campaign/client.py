"""The operator at the screen: grants wishes after a human delay, and does what the script says."""

import json
from typing import Final

from pydantic_core import from_json

from mesodrive.core.ports import In
from mesodrive_testbench.campaign.host import Host, Later
from mesodrive_testbench.campaign.script import MS, S
from mesodrive_testbench.campaign.streams import fork

DELAY_MS: Final = (150, 1_500)
"""How long a person takes to read and to press."""
AGAIN_NS: Final = 5 * S
"""A wish that led to nothing is expressed again after this."""
PATIENCE_NS: Final = 75 * S
"""So long after the last fault a session that is not over is ended by the operator."""
_AWAITING: Final = b'{"event":"awaiting","wishes":["'


class Client:
    """The person at the screen of one seed, through all lives of the host."""

    def __init__(self, world: Later, seed: int) -> None:
        self._world = world
        self._draw = fork(seed, "operator")
        self._host: Host | None = None
        self._asked = 0
        """Counts the questions, so that an old answer is not given to a new one."""
        self.clears = 0
        """How often the operator wished to clear."""
        self.stops_left = 0
        self.stop_gap_ns = 0
        self.healed = False

    def attend(self, host: Host) -> None:
        """Look at another process's screen."""
        self._host = host
        self._asked += 1

    def event(self, event: bytes) -> None:
        """See an event of the core: a question is answered after a while."""
        if event.startswith(_AWAITING):
            self._asked += 1
            wishes = from_json(event)["wishes"]
            delay_ns = self._draw.randrange(*DELAY_MS) * MS
            self._world.push(self._world.now_ns + delay_ns, self._grant, (self._asked, wishes))
        elif self.stops_left and not self.healed and event.startswith(b'{"event":"armed"'):
            self.stops_left -= 1
            self._world.push(self._world.now_ns + self.stop_gap_ns, self.act, "stop")

    def act(self, wish: str) -> None:
        """Do something that nobody asked for."""
        if self._host is not None:
            self._wish(wish)

    def _grant(self, asked: tuple[int, list[str]]) -> None:
        number, wishes = asked
        if number != self._asked or self._host is None or self._host.over:
            return
        self._wish(wishes[0])
        again_ns = self._world.now_ns + AGAIN_NS
        self._world.push(again_ns, self._grant, asked)

    def _wish(self, name: str) -> None:
        assert self._host is not None, "nobody wishes before there is a screen"
        if name == "clear":
            self.clears += 1
        facts = {"who": "operator", "why": "campaign"} if name == "resolve" else {}
        self._host.take(In.WISH.value, json.dumps({"wish": name, **facts}).encode())
