"""OPEN, signed where the device demands it: the one frame that a pairing key signs."""

from typing import Final

from mesodrive.core.link import DURABLE_TIMEOUT_NS, NEVER, Pending
from mesodrive.core.parts import Parts, Procedure, RefusalError, Wait
from mesodrive_protocol.codec import encode
from mesodrive_protocol.enums import Code
from mesodrive_protocol.messages import Answer, Hello, Identity, Open

KEY_NS: Final = 5_000_000_000
"""The owner has its keys in memory and answers at once; one that does not has none."""
_HALF: Final = 32
_LOWER: Final = (1 << _HALF) - 1


def ask_open(parts: Parts, nonce: int) -> Procedure[Answer]:
    """Ask a device to open a session, and sign what follows where it demands that.

    Raises:
        RefusalError: If the device is keyed and the owner has no key for it, or no answer comes.
    """
    if not parts.keys.keyed:
        plain: Answer = yield from parts.ask(
            Open, nonce, parts.spec.case, 0, durable=True, free=True
        )
        return plain
    answer = yield from _ask_signed(parts, nonce)
    if answer.code == Code.SESSION:
        # Another host has opened one since IDENTITY came; ours has the number after it.
        identity: Identity = yield from parts.ask(Hello, expects=(Identity,), free=True)
        parts.keys.meet(identity)
        answer = yield from _ask_signed(parts, nonce)
    return answer


def _ask_signed(parts: Parts, nonce: int) -> Procedure[Answer]:
    keys, link = parts.keys, parts.link
    if not keys.key_id:
        raise RefusalError("key-missing", 4, key_id=0)
    # An OPEN is good for one session only: its number is the upper half of the nonce.
    nonce = (keys.last_session + 1) << _HALF | nonce & _LOWER
    rid = link.take_rid()
    request = Open(rid, link.boot, link.session, nonce, parts.spec.case, keys.key_id)
    keys.ask_mac(request)
    mac = yield from _owners_word(parts)
    keys.ask_session_key(request)
    key = yield from _owners_word(parts)
    keys.expect(key)
    frame = encode(request, lambda _: mac)
    pending = Pending(frame, (Answer,), DURABLE_TIMEOUT_NS, free=True)
    link.put(rid, pending, parts.now_ns)
    yield Wait(lambda: pending.over, NEVER)
    answer = pending.answer
    if not isinstance(answer, Answer):
        raise RefusalError("no-answer", 4, message="OPEN")
    if answer.code == Code.OK:
        keys.begin_session()
    return answer


def _owners_word(parts: Parts) -> Procedure[bytes]:
    keys = parts.keys
    yield Wait(lambda: keys.answer is not None, parts.now_ns + KEY_NS)
    if not keys.answer:
        raise RefusalError("key-missing", 4, key_id=keys.key_id)
    return keys.answer
