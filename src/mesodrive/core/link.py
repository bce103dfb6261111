"""Frames in and out: request ids, answers, time-outs, counters. Knows nothing about doses.

Only harmless messages and requests that the device executes at most once are sent again, always
as the very same bytes. A beat (GRANT, ACK, STOP) is never repeated here: it is absolute, and its
sender renews it.
"""

from collections.abc import Callable
from typing import Any, Final

from mesodrive.core.ports import Out, Output
from mesodrive_protocol.codec import FrameDecoder, Received, encode
from mesodrive_protocol.messages import Grant, Message

NEVER: Final = (1 << 62) - 1
"""A time that does not come."""
FIRST_TIMEOUT_NS: Final = 50_000_000
"""LNK-02: the device answers within 20 ms."""
DURABLE_TIMEOUT_NS: Final = 150_000_000
"""LNK-02: the device answers durable requests within 100 ms."""
TIMEOUT_NS_MAX: Final = 400_000_000
TRIES_MAX: Final = 5
"""LNK-02: with doubling this gives up within 2 s."""
BITS_PER_BYTE: Final = 10
"""8N1: a start bit, eight data bits, a stop bit."""
PENDING_MAX: Final = 64
"""Bound of requests under way; only DATA has more than one."""
# Looked up once: on the hot path both lookups cost more than what they find.
_SEND: Final = Out.SEND.value
_new: Final = tuple.__new__
"""Builds a tuple class from its fields at once."""


class Pending:
    """One question under way and, later, its answer."""

    __slots__ = ("answer", "deadline_ns", "expects", "frame", "free", "over", "timeout_ns", "tries")

    def __init__(
        self, frame: bytes, expects: tuple[type[Any], ...], timeout_ns: int, *, free: bool
    ) -> None:
        self.frame = frame
        self.free = free
        """The answer may carry another boot and session: HELLO and OPEN."""
        self.expects = expects
        self.timeout_ns = timeout_ns
        self.deadline_ns = NEVER
        self.tries = 0
        self.over = False
        """Answered or given up."""
        self.answer: Message | None = None
        """None after giving up, or when abandoned."""


class Link:
    """One line to one device; the owner of request ids, boot and session."""

    def __init__(self, first_rid: int, emit: Callable[[Output], None]) -> None:
        self._emit = emit
        self.decoder = FrameDecoder()
        self.feed: Callable[[bytes], list[Received]] = self.decoder.feed
        """Returns what stood whole in the bytes, as far as it may be believed."""
        self.encode: Callable[[Message], bytes] = encode
        """Returns a message as the bytes of one frame, signed where that is demanded."""
        self._next_rid = first_rid % (1 << 31) + 1
        self._ns_per_byte = 0
        self._wire_free_ns = 0
        self.boot = 0
        self.session = 0
        self.pending: dict[int, Pending] = {}
        self.deadline_ns = NEVER
        self.sent = 0
        self.received = 0
        self.refused = 0
        self.repeated = 0
        self.given_up = 0
        self.stale = 0
        """Frames that came twice, out of order, or when nobody waited for them any more."""

    @property
    def damaged(self) -> int:
        """Frames dropped for damage since the beginning."""
        return self.decoder.damaged

    @property
    def unanswered_bytes(self) -> int:
        """Bytes of all questions under way, as the device's window counts them."""
        return sum(len(pending.frame) for pending in self.pending.values())

    def set_baud(self, baud: int | None) -> None:
        """Say how fast the line is; None where bytes take no time worth counting."""
        self._ns_per_byte = BITS_PER_BYTE * 1_000_000_000 // baud if baud else 0

    def reopen(self) -> None:
        """Begin with a free line; half a frame of the old one is mended by the next delimiter."""
        self._wire_free_ns = 0

    def abandon(self) -> None:
        """Give up every question under way; their answers, if they come, are dropped."""
        for pending in self.pending.values():
            pending.over = True
        self.pending.clear()
        self.deadline_ns = NEVER

    def begin_session(self, session: int) -> None:
        """Take the session that OPEN's answer gave; request ids, begun at random, rise on.

        An id that an earlier session has used would match the answer to an old query of that
        session, which a device answers, whoever sends it again, in the present one.
        """
        self.session = session

    def take_rid(self) -> int:
        """Return the next request id; they rise with each new frame."""
        rid = self._next_rid
        self._next_rid = rid + 1
        return rid

    def say(self, cls: type[Any]) -> None:
        """Send a query without payload whose answer nobody waits for."""
        self.beat(cls(self.take_rid(), self.boot, self.session))

    def beat(self, message: Message, code: int = _SEND) -> None:
        """Send a message that nobody answers and that is never repeated here."""
        frame = self.encode(message)
        self.sent += 1
        self._emit((code, frame))

    def grant(self, command: int, seen_us: int, upto: int) -> None:
        """Send a GRANT: `beat`, without a layer, for what leaves with every status."""
        rid = self._next_rid
        self._next_rid = rid + 1
        fields = (rid, self.boot, self.session, command, seen_us, upto)
        message: Grant = _new(Grant, fields)
        self.sent += 1
        self._emit((_SEND, self.encode(message)))

    def ask(
        self,
        cls: type[Any],
        payload: tuple[Any, ...],
        expects: tuple[type[Any], ...],
        now_ns: int,
        timeout_ns: int = FIRST_TIMEOUT_NS,
        *,
        free: bool = False,
    ) -> Pending:
        """Send a query or a request; the returned object tells when it is over.

        Args:
            cls: Message class; its header is filled in here.
            payload: Fields after the header.
            expects: Message classes that answer it.
            now_ns: Present time.
            timeout_ns: First time-out, without the wire time of the bytes ahead.
            free: The answer may carry another boot and session.
        """
        rid = self.take_rid()
        message = cls(rid, self.boot, self.session, *payload)
        pending = Pending(self.encode(message), expects, timeout_ns, free=free)
        self.put(rid, pending, now_ns)
        return pending

    def put(self, rid: int, pending: Pending, now_ns: int) -> None:
        """Send a question whose frame is made, and wait for its answer."""
        assert len(self.pending) < PENDING_MAX, "more questions than the link may hold"
        self.pending[rid] = pending
        self._send(pending, now_ns)

    def take_answer(self, message: Message) -> bool:
        """Match a message with a question; tell whether it was the answer to one."""
        pending = self.pending.get(message.rid)
        if pending is None or not isinstance(message, pending.expects):
            return False
        if not pending.free and (message.boot, message.session) != (self.boot, self.session):
            return False
        del self.pending[message.rid]
        pending.answer = message
        pending.over = True
        self._rearm()
        return True

    def tick(self, now_ns: int) -> None:
        """Send again what is due, and give up what was sent often enough."""
        for rid, pending in list(self.pending.items()):
            if now_ns < pending.deadline_ns:
                continue
            if pending.tries >= TRIES_MAX:
                pending.over = True
                self.given_up += 1
                del self.pending[rid]
                continue
            self.repeated += 1
            pending.timeout_ns = min(2 * pending.timeout_ns, TIMEOUT_NS_MAX)
            self._send(pending, now_ns)
        self._rearm()

    def _send(self, pending: Pending, now_ns: int) -> None:
        wire_ns = len(pending.frame) * self._ns_per_byte
        self._wire_free_ns = max(now_ns, self._wire_free_ns) + wire_ns
        pending.deadline_ns = self._wire_free_ns + pending.timeout_ns
        pending.tries += 1
        self.sent += 1
        self._rearm()
        self._emit((_SEND, pending.frame))

    def _rearm(self) -> None:
        self.deadline_ns = min(
            (pending.deadline_ns for pending in self.pending.values()), default=NEVER
        )
