"""Frames in, answers out: fence, order of requests, beats, queries.

A frame is held against the fence (boot, session, rid) before anything looks into it. Only STOP
and queries pass it. A durable request under way is the only one: what comes meanwhile is left
unanswered and comes again.
"""

from collections.abc import Callable
from typing import Any, Final

from mesodrive_protocol.codec import FrameDecoder, Refused
from mesodrive_protocol.enums import Code, DeviceState
from mesodrive_protocol.fields import DECLARATIONS
from mesodrive_protocol.messages import (
    Account,
    Ack,
    Answer,
    Commit,
    Data,
    Fetch,
    Grant,
    Hello,
    HostMessage,
    Key,
    Limits,
    Message,
    Open,
    Poll,
    Stop,
)
from mesodrive_simulator.firmware.answers import (
    OK,
    AnswerBook,
    RefusalBudget,
    Ruling,
    clip_i32,
)
from mesodrive_simulator.firmware.board import Board
from mesodrive_simulator.firmware.delivery import Delivery
from mesodrive_simulator.firmware.electric_limits import limits_of
from mesodrive_simulator.firmware.journal import Journal
from mesodrive_simulator.firmware.names import HOLD_GRANT, HOLD_JOURNAL, STARTING
from mesodrive_simulator.firmware.queries import Queries
from mesodrive_simulator.firmware.requests import Requests, Rule
from mesodrive_simulator.firmware.stops import Stops
from mesodrive_simulator.firmware.writes import Writes

DEVICE_ID_BIT: Final = 0x8000
"""Set in ids that only a device sends: such a frame is an echo and never answered."""
OPEN_STATES: Final = frozenset(
    {DeviceState.IDLE, DeviceState.LOADING, DeviceState.LOADED, DeviceState.LATCHED}
)
_LOADS: Final = (Data, Commit)
"""Requests whose refusal ends LOADING."""
_UNANSWERED: Final = frozenset(DECLARATIONS[beat].id for beat in (Stop, Grant, Ack))


class Link:
    """The host's side of the device."""

    __slots__ = (
        "_budget", "_delivery", "_hold_us", "_journal", "_requests", "_stops", "_takers", "_writes",
        "board", "book", "decoder", "writing",
    )  # fmt: skip

    def __init__(
        self,
        board: Board,
        journal: Journal,
        stops: Stops,
        delivery: Delivery,
        requests: Requests,
        queries: Queries,
        writes: Writes,
    ) -> None:
        self.board = board
        self._journal = journal
        self._stops = stops
        self._delivery = delivery
        self._requests = requests
        self._writes = writes
        self._budget = RefusalBudget()
        self._hold_us = board.profile.session_hold_us
        self.book = AnswerBook()
        self.decoder = FrameDecoder()
        self.writing = False
        """A durable request is being written."""
        self._takers: dict[type[Any], Callable[[Any], None]] = {
            Grant: self._grant,
            Ack: self._ack,
            Poll: self._query(queries.poll),
            Stop: self._stop,
            Hello: self._query(queries.hello),
            Limits: self._query(queries.limits),
            Account: self._query(queries.account),
            Fetch: self._query(queries.fetch),
            Open: self._open,
            Key: self._no_key,
        }
        for cls, rule in requests.rules.items():
            self._takers[cls] = self._request(rule)

    def receive(self, data: bytes) -> None:
        """Take bytes as they came and handle every frame that is whole in them."""
        board, takers = self.board, self._takers
        for one in self.decoder.feed(data):
            kind = type(one)
            if board.state is STARTING and kind is not Stop:
                continue  # until the stores are compared nothing but STOP is heard
            if kind in takers:
                takers[kind](one)
            elif isinstance(one, Refused):
                self._refuse_frame(one)
            else:
                self._count_refused()  # an echo of the device's own frames
        board.damaged = self.decoder.damaged & 0xFFFF

    def answer(self, rid: int, ruling: Ruling) -> Answer:
        """Return the ANSWER to a request as of now."""
        board = self.board
        stores = board.stores
        return Answer(
            rid, stores.totals.boot, board.session, ruling.code, board.state,
            ruling.reason or stores.latch_reason, ruling.field, ruling.step,
            clip_i32(ruling.value), clip_i32(ruling.limit), ruling.detail,
        )  # fmt: skip

    # Queries, beats

    def _query(self, ask: Callable[[Any], Message | Ruling]) -> Callable[[Any], None]:
        def take(message: HostMessage) -> None:
            self._fence(message)  # a query is free of the fence, but may keep the session alive
            reply = ask(message)
            if isinstance(reply, Ruling):
                reply = self.answer(message.rid, reply)
            self.board.send(reply)

        return take

    def _stop(self, stop: Stop) -> None:
        self._fence(stop)
        self._stops.press(stop.press)

    def _grant(self, grant: Grant) -> None:
        if self._fence(grant) is not None or not self._delivery.grant(grant):
            self._count_refused()
        elif self.board.hold is HOLD_GRANT:
            self.board.dirty = True

    def _ack(self, ack: Ack) -> None:
        if self._fence(ack) is not None or not self._journal.ack(ack.seq, ack.chain):
            self._count_refused()
        elif self.board.hold is HOLD_JOURNAL:
            self.board.dirty = True

    # Requests

    def _request(self, rule: Rule) -> Callable[[Any], None]:
        def take(message: HostMessage) -> None:
            self.board.dirty = True
            rid = message.rid
            wrong = self._fence(message)
            if wrong is not None:
                self._count_refused()
                self.board.send(self.answer(rid, Ruling(wrong)))
                return
            book = self.book
            kept = book.kept.get(rid)
            if kept is not None:
                self.board.send(kept)
            elif rid <= book.highest and not isinstance(message, Data):
                self._count_refused()
                self.board.send(self.answer(rid, Ruling(Code.STALE)))
            elif not self.writing:
                self._execute(rule, message)

        return take

    def _execute(self, rule: Rule, message: HostMessage) -> None:
        board = self.board
        state = board.state
        ruling = rule.check(message) if state in rule.states else Ruling(Code.STATE)
        if ruling.code is Code.OK and rule.durable:
            self.writing = True
            self._writes.begin(board.us, lambda: self._written(rule, message, state))
            return
        if ruling.code is Code.OK:
            rule.apply(message)
        elif state == DeviceState.LOADING and isinstance(message, _LOADS):
            self._requests.refuse_loading()
        self._conclude(message.rid, ruling)

    def _written(self, rule: Rule, message: HostMessage, state: DeviceState) -> None:
        self.writing = False
        if self.board.state != state:
            self._conclude(message.rid, Ruling(Code.STATE))
            return
        ruling = rule.check(message) if rule.checked_twice else OK
        if ruling.code is Code.OK:
            rule.apply(message)
        self._conclude(message.rid, ruling)

    def _conclude(self, rid: int, ruling: Ruling) -> None:
        answer = self.answer(rid, ruling)
        self.book.keep(answer)
        self.board.send(answer)

    # The fence

    def _fence(self, message: HostMessage) -> Code | None:
        """Hold boot and session against the present ones; a frame that passes is a sign of life."""
        board = self.board
        if message.boot != board.stores.totals.boot:
            return Code.BOOT
        if message.session != board.session or not board.session:
            return Code.SESSION
        before_us, board.heard_us = board.heard_us, board.us
        if board.us - before_us >= self._hold_us:  # the session is heard again
            board.dirty = True
            self._journal.resume()
        return None

    def _open(self, request: Open) -> None:
        board = self.board
        board.dirty = True
        if request.boot != board.stores.totals.boot:
            self._refuse_open(request, Ruling(Code.BOOT))
            return
        own = board.session != 0 and request.session == board.session
        if board.session and request.nonce == board.nonce:
            board.heard_us = board.us
            board.send(self.answer(request.rid, OK._replace(detail=request.nonce)))
        elif board.held and not own:
            self._refuse_open(request, Ruling(Code.HELD))
        elif not self._is_fresh(request):
            self._refuse_open(request, Ruling(Code.SESSION))
        elif board.state not in OPEN_STATES:
            self._refuse_open(request, Ruling(Code.STATE))
        elif not self.writing:
            self.writing = True
            state = board.state
            self._writes.begin(board.us, lambda: self._opened(request, state))

    def _is_fresh(self, request: Open) -> bool:  # noqa: ARG002 -- a keyed device looks at it
        """Tell whether an OPEN may begin a session now."""
        return True

    def _begin_session(self, request: Open) -> None:
        """Do what else comes with a new session."""

    def _opened(self, request: Open, state: DeviceState) -> None:
        self.writing = False
        board = self.board
        if board.state != state:
            self._refuse_open(request, Ruling(Code.STATE))
            return
        stores = board.stores
        totals = stores.totals
        session = totals.session + 1
        if request.case != totals.case:
            totals = totals._replace(case=request.case, case_total=0)
            self._delivery.new_case()
        stores.write_totals(totals._replace(session=session))
        board.session, board.nonce, board.heard_us = session, request.nonce, board.us
        board.tested_until_us = 0
        self._begin_session(request)
        board.limits = limits_of(board.profile)
        self.book.clear()
        if state == DeviceState.LOADING:
            self._requests.refuse_loading()
        board.send(self.answer(request.rid, OK._replace(detail=request.nonce)))
        self._journal.resume()

    def _refuse_open(self, request: Open, ruling: Ruling) -> None:
        self._count_refused()
        self.board.send(self.answer(request.rid, ruling._replace(detail=request.nonce)))

    def _no_key(self, request: Key) -> None:
        number = DECLARATIONS[Key].id
        self._refuse_frame(Refused(*request[:3], number, Code.ID))

    def _refuse_frame(self, refused: Refused) -> None:
        self._count_refused()
        if refused.id & DEVICE_ID_BIT or refused.id in _UNANSWERED:
            return
        if self._budget.allows(self.board.us):
            self.board.send(self.answer(refused.rid, Ruling(refused.code)))

    def _count_refused(self) -> None:
        self.board.refused = (self.board.refused + 1) & 0xFFFF
