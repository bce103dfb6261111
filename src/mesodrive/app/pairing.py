"""Give a device a pairing key: over a cable, and with a person's hand on the device's own key.

Everything here is unsigned, because nobody has a key yet. What makes it safe is that the line
crosses no network, and that the device takes it only while its own key is held (SEC-06).
"""

import select
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeVar

from mesodrive import catalogue
from mesodrive.app.keyring import KeyFolder, PairingKey
from mesodrive.clock import Clock
from mesodrive.errors import EXIT_DEVICE, MesodriveError
from mesodrive.transport.base import Transport
from mesodrive.transport.errors import PortSilentError
from mesodrive_protocol.codec import FrameDecoder, Received, encode
from mesodrive_protocol.enums import Caps, Code, DeviceState
from mesodrive_protocol.messages import Answer, Hello, Identity, Key, Message, Update

ASK_NS: Final = 250_000_000
"""A board that opening has reset answers late, and a person presses late: ask again so often."""
WAIT_NS: Final = 5_000_000_000
"""LNK-05: wait at most so long for the first word, and for the start after the key."""
HAND_NS: Final = 60_000_000_000
"""How long a person may take to press the device's own key."""

_T = TypeVar("_T", Identity, Answer)


class PairingError(MesodriveError):
    """The device was not given a key.

    Args:
        why: What stood in the way; `pair-` and this is the code of its text.
        port: The port as the operator named it.
    """

    code = "pairing"
    exit_code = EXIT_DEVICE

    def __init__(self, why: str, port: str, **facts: object) -> None:
        super().__init__(why, port, facts)
        self.why, self.port, self.facts = why, port, facts

    @property
    def remedy(self) -> str:
        """What a person can do about it."""
        return catalogue.remedy(f"pair-{self.why}")

    def __str__(self) -> str:
        return catalogue.text(f"pair-{self.why}", port=self.port, **self.facts)


class Drawn(NamedTuple):
    """What was drawn at random for one pairing."""

    key: bytes
    key_id: int
    """Not 0."""
    first_rid: int


@dataclass(frozen=True, slots=True)
class Paired:
    """The device that has taken the key."""

    vendor: str
    model: str
    serial: str
    key_id: int
    simulated: bool


def pair(
    port: Transport, folder: KeyFolder, clock: Clock, drawn: Drawn, press: Callable[[str], None]
) -> Paired:
    """Find out who is there, wait for a hand on the device's own key, give it the pairing key.

    Args:
        port: An open port; it stays open.
        folder: Where the key is kept before the device has it.
        clock: The time.
        drawn: The key and its name.
        press: Called once with the serial number when a person shall press the device's own key.

    Raises:
        PairingError: If the device takes no key, or the line leaves this machine.
        PortError: If the port fails, or nobody answers.
        KeyFileError: If the key cannot be kept.
    """
    if not port.loopback:
        raise PairingError("line", port.name)
    talk = _Talk(port, clock, drawn.first_rid)
    identity = talk.hello(0)
    if not identity.caps & Caps.KEYED:
        raise PairingError("unkeyed", port.name)
    press(_text(identity.serial))
    _enter_update(talk, identity)
    created = clock.utc().isoformat(timespec="seconds")
    key = PairingKey(_text(identity.serial), drawn.key_id, drawn.key, created)
    folder.add(key)
    answer = talk.ask(lambda rid: Key(rid, identity.boot, 0, drawn.key_id, drawn.key))
    if answer is not None and answer.code not in (Code.OK, Code.BOOT):
        raise PairingError("refused", port.name, answer=Code(answer.code).name)
    # Also where the answer was lost: what the device says after its start is what counts.
    found = talk.hello(identity.boot + 1)
    if (found.key_id, found.serial) != (drawn.key_id, identity.serial):
        raise PairingError("untaken", port.name)
    folder.keep_only(key)
    simulated = bool(found.caps & Caps.SIMULATED)
    return Paired(_text(found.vendor), _text(found.model), key.serial, key.key_id, simulated)


def _enter_update(talk: "_Talk", identity: Identity) -> None:
    """Ask for the boot loader until the device's own key is held."""
    end_ns = talk.clock.now_ns() + HAND_NS
    while talk.clock.now_ns() < end_ns:
        answer = talk.ask(lambda rid: Update(rid, identity.boot, 0))
        if answer is None:
            raise PortSilentError(talk.port.name)
        if answer.code == Code.OK or answer.state == DeviceState.UPDATE:
            return
        if answer.code not in (Code.MAC, Code.STATE):
            raise PairingError("refused", talk.port.name, answer=Code(answer.code).name)
        if answer.state != DeviceState.IDLE:
            raise PairingError("busy", talk.port.name, state=DeviceState(answer.state).name)
        talk.pause()
    raise PairingError("hand", talk.port.name)


def _text(field: bytes) -> str:
    return field.decode("ascii", "replace")


class _Talk:
    """Questions and answers with a device on one port."""

    def __init__(self, port: Transport, clock: Clock, first_rid: int) -> None:
        self.port = port
        self.clock = clock
        self._rid = first_rid
        self._decoder = FrameDecoder()

    def hello(self, boot_least: int) -> Identity:
        """Return the identity of a device that has started at least so often.

        Raises:
            PortSilentError: If it does not come within 5 s.
        """
        found = self._exchange(
            lambda rid: Hello(rid, 0, 0), Identity, lambda one: one.boot >= boot_least
        )
        if found is None:
            raise PortSilentError(self.port.name)
        return found

    def ask(self, make: Callable[[int], Message]) -> Answer | None:
        """Send a request until it is answered; None where no answer comes within 5 s."""
        return self._exchange(make, Answer, lambda _: True)

    def pause(self) -> None:
        """Let a person have some time; what is heard meanwhile is dropped."""
        self._listen(self.clock.now_ns() + ASK_NS, lambda _: False)

    def _exchange(
        self, make: Callable[[int], Message], cls: type[_T], fits: Callable[[_T], bool]
    ) -> _T | None:
        self._rid += 1
        rid, frame = self._rid, encode(make(self._rid))
        end_ns = self.clock.now_ns() + WAIT_NS
        while (now_ns := self.clock.now_ns()) < end_ns:
            self.port.write(frame)
            found = self._listen(
                now_ns + ASK_NS,
                lambda one: isinstance(one, cls) and one.rid == rid and fits(one),
            )
            if isinstance(found, cls):
                return found
        return None

    def _listen(self, until_ns: int, wanted: Callable[[Received], bool]) -> Received | None:
        while (left_ns := until_ns - self.clock.now_ns()) > 0:
            if select.select([self.port], [], [], left_ns / 1e9)[0]:
                for one in self._decoder.feed(self.port.read()):
                    if wanted(one):
                        return one
        return None
