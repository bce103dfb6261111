"""The parts of one core and what its procedures share: who asks for what, and where we are.

A procedure is a generator that yields `Wait`s: a question that is put again after every input,
and the time after which it is given up. So a conversation of many messages reads from top to
bottom, and nothing in it waits, sleeps or reads a clock.
"""

from collections.abc import Callable, Generator
from typing import Any, NamedTuple, TypeVar

from mesodrive.core.alarms import AlarmBoard
from mesodrive.core.bond import Bond
from mesodrive.core.booking import Booking
from mesodrive.core.device import Device
from mesodrive.core.guard import Guard
from mesodrive.core.keys import Keys
from mesodrive.core.ledger import Ledger
from mesodrive.core.link import DURABLE_TIMEOUT_NS, NEVER, Link, Pending
from mesodrive.core.outbox import Outbox
from mesodrive.core.position import Position
from mesodrive.core.quality import WARN_PERMILLE, LinkQuality
from mesodrive.core.records import Records
from mesodrive.core.sequencer import Sequencer
from mesodrive.core.spec import SessionSpec
from mesodrive.core.states import Happened, SessionMachine
from mesodrive.core.stopper import Stopper
from mesodrive_protocol.codec import NAMES
from mesodrive_protocol.enums import Code, LimitField, Reason
from mesodrive_protocol.messages import Answer, Status


class Wait(NamedTuple):
    """What a procedure waits for."""

    test: Callable[[], bool]
    until_ns: int
    """Given up at this time; the procedure then gets False."""


_T = TypeVar("_T")
Procedure = Generator[Wait, bool, _T]


class RefusalError(Exception):
    """The session cannot go on; nothing more will be delivered. Caught by the core itself."""

    def __init__(self, code: str, exit_code: int, **facts: object) -> None:
        super().__init__(code, exit_code, facts)
        self.code, self.exit_code, self.facts = code, exit_code, facts


class EndWished(Exception):  # noqa: N818  # a wish, not an error
    """The operator wishes to end the session instead of what he was asked for."""


class Parts:
    """Everything one core is made of."""

    def __init__(self, spec: SessionSpec) -> None:
        self.spec = spec
        self.now_ns = 0
        self.outbox = Outbox()
        self.link = Link(spec.first_rid, self.outbox.emit)
        self.keys = Keys(self.link, self.outbox)
        self.machine = SessionMachine()
        self.alarms = AlarmBoard()
        self.device = Device()
        self.ledger = Ledger(spec)
        self.guard = Guard(spec, self.ledger)
        self.records = Records(self.link, self.outbox)
        self.sequencer = Sequencer(self.link, self.ledger, self.guard, self.outbox)
        self.stopper = Stopper(self.link, self.outbox, spec.nonce & 0xFFFF_FFFF)
        self.quality = LinkQuality(self.link)
        self.booking = Booking(self.records, self.ledger, self.guard, self.outbox)
        self.position = Position(spec)
        self.commands = 0
        """Commands begun in this session: the lower half of the last command's id."""
        self.awaiting: tuple[str, ...] = ()
        """Wishes that would be taken now; the first one is what people are asked for."""
        self.wish = ""
        """The awaited wish that came."""
        self.wish_facts: dict[str, Any] = {}
        """All that came with it."""
        self.end_wished = False
        self.pause_wished = False
        """A pause was asked for and has not been met yet."""
        self.problem: dict[str, Any] = {}
        """Code and facts of the refusal that the session ended with."""
        self.refusal_exit = 0
        self.acted_on: Status | None = None
        """The unasked status that the host had when the operator last acted; for one ARM."""
        self.started = False
        """The operator has begun the session."""
        self.ending = ""
        self.ended = False
        self.port_open = False
        self.bond = Bond(spec.serial or "")
        self.loopback = True
        """The line stays on this machine or is a cable; else frames must be signed."""

    def fire(self, fact: Happened) -> None:
        """Move the session's state, and say so."""
        before, after = self.machine.fire(fact)
        self.outbox.event("state", **{"from": before.value, "to": after.value, "by": fact.value})

    def alarm(self, alarm_id: str) -> None:
        """Raise an alarm, and say so where it is new."""
        if self.alarms.raise_alarm(alarm_id):
            self.outbox.event("alarm", id=alarm_id)

    def show_quality(self) -> None:
        """Raise or withdraw the alarm for a poor line."""
        if self.quality.permille >= WARN_PERMILLE:
            self.alarm("link-poor")
        else:
            self.alarm_over("link-poor")

    def show_content(self) -> None:
        """Say once for each fitting that the syringe holds little."""
        position, book = self.position, self.sequencer.book
        if position.low_told or not position.fit.reserve_nl or book is None:
            return
        if position.is_low(book.settled_hi + book.open_hi):
            position.low_told = True
            self.alarm("syringe-low")

    def alarm_over(self, alarm_id: str) -> None:
        """Withdraw an alarm whose condition is gone, if it does not latch."""
        if self.alarms.condition_gone(alarm_id):
            self.outbox.event("alarm_over", id=alarm_id)

    def put(
        self,
        cls: type[Any],
        *payload: object,
        expects: tuple[type[Any], ...] = (Answer,),
        free: bool = False,
    ) -> Pending:
        """Send a question, with the time-out for queries and plain requests."""
        return self.link.ask(cls, payload, expects, self.now_ns, free=free)

    def ask(
        self,
        cls: type[Any],
        *payload: object,
        expects: tuple[type[Any], ...] = (Answer,),
        durable: bool = False,
        free: bool = False,
    ) -> Procedure[Any]:
        """Send a question and wait for its answer.

        Raises:
            RefusalError: If no answer comes within the tries of the link.
        """
        pending = (
            self.link.ask(cls, payload, expects, self.now_ns, DURABLE_TIMEOUT_NS, free=free)
            if durable
            else self.put(cls, *payload, expects=expects, free=free)
        )
        yield Wait(lambda: pending.over, NEVER)
        if pending.answer is None:
            raise RefusalError("no-answer", 4, message=NAMES[cls])
        return pending.answer

    def demand(self, cls: type[Any], *payload: object, durable: bool = False) -> Procedure[Answer]:
        """Send a request that the device must agree to.

        Raises:
            RefusalError: If it is refused, with the device's reasons, or not answered.
        """
        answer: Answer = yield from self.ask(cls, *payload, durable=durable)
        if answer.code != Code.OK:
            raise refused(NAMES[cls], answer)
        return answer

    def made_durable(self, mark: int) -> Procedure[None]:
        """Wait until the log holds a mark.

        Raises:
            RefusalError: If the log has failed.
        """
        yield Wait(lambda: self.outbox.durable_mark >= mark or self.outbox.failed, NEVER)
        if self.outbox.durable_mark < mark:
            raise RefusalError("journal-failed", 6)

    def check_end(self) -> None:
        """Go no further once the operator wishes to end.

        Raises:
            EndWished: If that is so.
        """
        if self.end_wished:
            raise EndWished

    def acknowledge_alarms(self) -> None:
        """Withdraw every alarm: the operator has seen them and said how to go on."""
        for alarm_id in self.alarms.acknowledge_all():
            self.outbox.event("alarm_over", id=alarm_id)

    def offer(self, *names: str) -> None:
        """Say which wishes would be taken now; STOP and the end always are."""
        self.awaiting, self.wish = names, ""
        self.outbox.event("awaiting", wishes=list(names))

    def wished(self, *names: str) -> Procedure[str]:
        """Wait for one of some wishes and return it.

        Raises:
            EndWished: If the operator wants to end the session instead.
        """
        self.offer(*names)
        yield Wait(lambda: bool(self.wish) or self.end_wished, NEVER)
        self.awaiting = ()
        self.check_end()
        return self.wish


def refused(name: str, answer: Answer) -> RefusalError:
    """Return the refusal that a device's answer means, with its facts in words."""
    fields = {field.value: field.name.lower() for field in LimitField}
    return RefusalError(
        "device-refused",
        4,
        message=name,
        answer=Code(answer.code).name,
        reason=Reason(answer.reason).name,
        field=fields.get(answer.field, ""),
        step=answer.step,
        value=answer.value,
        limit=answer.limit,
    )
