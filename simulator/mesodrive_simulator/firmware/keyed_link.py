"""The host's side of a keyed device: an unsigned frame moves and settles nothing.

PROTOCOL.md section 16 says what is signed with what. Unsigned pass HELLO, STOP, queries, and, as
long as a person holds the device's own key, UPDATE and KEY.
"""

from collections.abc import Callable
from typing import Any, Final, TypeVar

from mesodrive_protocol.codec import Refused, Signed
from mesodrive_protocol.enums import Code, DeviceState
from mesodrive_protocol.messages import (
    Account,
    Fetch,
    Hello,
    HostMessage,
    Key,
    Limits,
    Open,
    Poll,
    Update,
)
from mesodrive_simulator.firmware.answers import OK, Ruling
from mesodrive_simulator.firmware.board import Board
from mesodrive_simulator.firmware.delivery import Delivery
from mesodrive_simulator.firmware.journal import Journal
from mesodrive_simulator.firmware.link import Link
from mesodrive_simulator.firmware.queries import Queries
from mesodrive_simulator.firmware.requests import Requests, Rule
from mesodrive_simulator.firmware.signing import Signing
from mesodrive_simulator.firmware.stops import Stops
from mesodrive_simulator.firmware.writes import Writes

RESTART_US: Final = 50_000
"""From the answer to KEY to the start: the answer is on its way by then."""
_SESSION_SHIFT: Final = 32
_QUERIES: Final = (Poll, Limits, Account, Fetch)
_AtHand = Update | Key
_T = TypeVar("_T")


class KeyedLink(Link):
    """A link that takes signed frames, and answers each question as it was put."""

    __slots__ = ("_authentic", "_signed_takers", "_signing")

    def __init__(
        self,
        board: Board,
        journal: Journal,
        stops: Stops,
        delivery: Delivery,
        requests: Requests,
        queries: Queries,
        writes: Writes,
        signing: Signing,
    ) -> None:
        super().__init__(board, journal, stops, delivery, requests, queries, writes)
        self._signing = signing
        self._authentic = False
        """The frame in hand was signed, and rightly."""
        self.decoder.verify = signing.expected
        takers = self._takers
        takers[Hello] = self._plainly(takers[Hello])
        by_hand = {
            Update: requests.rules[Update],
            Key: Rule(frozenset({DeviceState.UPDATE}), self._check_key, self._key, durable=True),
        }
        self._signed_takers = dict(takers)
        for cls, rule in by_hand.items():
            takers[cls] = self._by_hand(rule)
        for cls in (*_QUERIES, *(cls for cls in requests.rules if cls is not Update)):
            takers[cls] = self._plainly(takers[cls])
        takers[Signed] = self._signed

    def _signed(self, signed: Signed) -> None:
        message = signed.message
        taker = self._signed_takers.get(type(message))
        if taker is None:
            self._count_refused()  # an echo of the device's own frames
            return
        self._authentic = True
        try:
            taker(message)
        finally:
            self._authentic = False

    def _fence(self, message: HostMessage) -> Code | None:
        """Hold a frame against the fence; an unsigned one never passes, and is no sign of life."""
        return super()._fence(message) if self._authentic else Code.MAC

    # OPEN

    def _open(self, request: Open) -> None:
        if self._authentic:
            super()._open(request)
        else:
            self._refuse_open(request, Ruling(Code.MAC))

    def _is_fresh(self, request: Open) -> bool:
        """An OPEN names the session that it is for, so that an old copy opens nothing."""
        return request.nonce >> _SESSION_SHIFT == self.board.stores.totals.session + 1

    def _begin_session(self, request: Open) -> None:
        board = self.board
        self._signing.begin_session(request, board.session, board.stores.totals.boot)
        board.sign = self._signing.sign

    def _refuse_open(self, request: Open, ruling: Ruling) -> None:
        self._plainly(lambda _: super(KeyedLink, self)._refuse_open(request, ruling))(request)

    def _refuse_frame(self, refused: Refused) -> None:
        self._plainly(super()._refuse_frame)(refused)

    # UPDATE and KEY: a person's hand at the device stands for the signature

    def _by_hand(self, rule: Rule) -> Callable[[Any], None]:
        def take(request: _AtHand) -> None:
            board = self.board
            board.dirty = True
            state = board.state
            if not self._requests.service_key and state != DeviceState.UPDATE:
                ruling = Ruling(Code.MAC)
            elif request.boot != board.stores.totals.boot:
                ruling = Ruling(Code.BOOT)
            elif state not in rule.states:
                ruling = Ruling(Code.STATE)
            else:
                ruling = rule.check(request)
            if ruling.code is not Code.OK:
                self._count_refused()
                self._answer_by_hand(request, ruling)
            elif not self.writing:
                self.writing = True
                self._writes.begin(board.us, lambda: self._done_by_hand(rule, request, state))

        return take

    def _done_by_hand(self, rule: Rule, request: _AtHand, state: DeviceState) -> None:
        self.writing = False
        if self.board.state != state:
            self._answer_by_hand(request, Ruling(Code.STATE))
            return
        rule.apply(request)
        self._answer_by_hand(request, OK)

    def _answer_by_hand(self, request: _AtHand, ruling: Ruling) -> None:
        self._plainly(lambda _: self.board.send(self.answer(request.rid, ruling)))(request)

    def _check_key(self, given: Key) -> Ruling:
        if not self._requests.service_key:
            return Ruling(Code.STATE)
        return OK if given.key_id else Ruling(Code.FIELD, value=0, limit=1)

    def _key(self, given: Key) -> None:
        self._signing.take_key(given)
        self._requests.leave_us = self.board.us + RESTART_US

    def _plainly(self, taker: Callable[[_T], None]) -> Callable[[_T], None]:
        """Return a taker whose answers leave unsigned."""

        def take(one: _T) -> None:
            board = self.board
            sign = board.sign
            board.sign = None
            try:
                taker(one)
            finally:
                board.sign = sign

        return take
