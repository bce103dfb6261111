"""Signed frames (SEC-06): what is signed, what is taken unsigned, and what the owner is asked for.

The core never holds a pairing key, and so neither does the log: the owner is asked for the MAC of
OPEN and for the key of one session, which is worth nothing after it. PROTOCOL.md section 16.
"""

import hashlib
import hmac
from struct import Struct
from typing import Any, Final

from mesodrive.core.link import Link
from mesodrive.core.outbox import Outbox
from mesodrive.core.ports import Out
from mesodrive_protocol.codec import (
    CRC_BYTES,
    DIGEST_BYTES,
    MAC_BYTES,
    Received,
    Signed,
    encode,
    encode_body,
)
from mesodrive_protocol.enums import Code
from mesodrive_protocol.messages import (
    Answer,
    Hello,
    Identity,
    LimitsAre,
    Message,
    Open,
    Stop,
)

SIGN_OPEN: Final = 0
"""The owner is asked for the MAC of an OPEN."""
SESSION_KEY: Final = 1
"""The owner is asked for the key of a session."""
ANSWER_BYTES: Final = {SIGN_OPEN: MAC_BYTES, SESSION_KEY: DIGEST_BYTES}
"""What the owner answers; nothing where it has no such key."""
ASKED: Final = Struct("<B16sI")
"""Beginning of a question: purpose, serial number, key id; what is to be signed follows."""
LABEL: Final = b"mesodrive 1"
_SESSION: Final = Struct("<QII16s")
_OPENING: Final[frozenset[type[Any]]] = frozenset({Identity, LimitsAre, Answer})
"""Taken unsigned before there is a session key; an ANSWER only where it refuses."""
_IN_SESSION: Final[frozenset[type[Any]]] = frozenset({Identity})
_NEVER_SIGNED: Final = (Hello, Stop)


class Keys:
    """Which key signs the frames of one link, and which of the device's frames are believed."""

    def __init__(self, link: Link, outbox: Outbox) -> None:
        self._link = link
        self._outbox = outbox
        self._key = b""
        self._plain = _OPENING
        self._purpose = SIGN_OPEN
        self._unanswered = 0
        self._serial = b""
        self.keyed = False
        """The device demands signatures; once it has, it does so for the whole session."""
        self.key_id = 0
        """The pairing key that the device names; 0 where it has none."""
        self.last_session = 0
        """The device's session counter, as it last said."""
        self.answer: bytes | None = None
        """The owner's answer to the last question; empty where it has no such key."""

    def meet(self, identity: Identity) -> None:
        """Take who a keyed device says it is; until a session is open, questions are unsigned."""
        self.keyed = True
        self.key_id, self.last_session = identity.key_id, identity.last_session
        self._serial = identity.serial
        self._plain = _OPENING
        self._link.encode = encode
        self._link.feed = self._feed

    def ask_mac(self, request: Open) -> None:
        """Ask the owner to sign an OPEN."""
        body = encode_body(request, lambda _: bytes(MAC_BYTES))
        self._ask(SIGN_OPEN, body[: -MAC_BYTES - CRC_BYTES])

    def ask_session_key(self, request: Open) -> None:
        """Ask the owner for the key of the session that an OPEN will open."""
        numbers = (request.nonce, self.last_session + 1, request.boot, self._serial)
        self._ask(SESSION_KEY, LABEL + _SESSION.pack(*numbers))

    def take(self, data: bytes) -> None:
        """Take an answer of the owner; one to an earlier question than the last is dropped."""
        self._unanswered -= 1
        if self._unanswered == 0 and len(data) in (1, 1 + ANSWER_BYTES[self._purpose]):
            self.answer = data[1:]

    def expect(self, key: bytes) -> None:
        """Believe frames that are signed with a session's key."""
        self._key = key
        self._link.decoder.verify = self._mac

    def begin_session(self) -> None:
        """Sign everything from now on, and take nothing unsigned but IDENTITY."""
        self._plain = _IN_SESSION
        self._link.encode = self._encode

    def _ask(self, purpose: int, data: bytes) -> None:
        self._purpose, self.answer = purpose, None
        self._unanswered += 1
        head = ASKED.pack(purpose, self._serial, self.key_id)
        self._outbox.emit((Out.KEY.value, head + data))

    def _mac(self, data: bytes) -> bytes:
        return hmac.digest(self._key, data, hashlib.sha256)[:MAC_BYTES]

    def _encode(self, message: Message) -> bytes:
        return encode(message, None if type(message) in _NEVER_SIGNED else self._mac)

    def _feed(self, data: bytes) -> list[Received]:
        """Return what may be believed; the rest is counted and dropped."""
        link = self._link
        taken: list[Received] = []
        for one in link.decoder.feed(data):
            if isinstance(one, Signed):
                taken.append(one.message)
            elif type(one) in self._plain and not (isinstance(one, Answer) and one.code == Code.OK):
                taken.append(one)
            else:
                link.received += 1
                link.refused += 1
        return taken
