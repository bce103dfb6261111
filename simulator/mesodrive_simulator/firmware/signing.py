"""Pairing keys and the session key of a keyed device: what a frame must be signed with.

A session key exists from the OPEN that began a session until the next start. It is made from the
pairing key and from numbers that never come again, so no frame of one session fits another.
"""

import hashlib
import hmac
from struct import Struct
from typing import Final

from mesodrive_protocol.codec import HEADER_BYTES, MAC_BYTES
from mesodrive_protocol.fields import DECLARATIONS
from mesodrive_protocol.messages import Key, Open
from mesodrive_simulator.firmware.stores import KeySlot, Stores

SLOTS: Final = 2
"""A key in use and the one that is to replace it."""
LABEL: Final = b"mesodrive 1"
_SESSION: Final = Struct("<QII16s")
_KEY_ID: Final = Struct("<I")
_KEY_ID_AT: Final = HEADER_BYTES + 16
"""Place of `key_id` in OPEN: after nonce and case."""
_OPEN_ID: Final = DECLARATIONS[Open].id.to_bytes(2, "little")


def mac(key: bytes, data: bytes) -> bytes:
    """Return the MAC of header and payload."""
    return hmac.digest(key, data, hashlib.sha256)[:MAC_BYTES]


class Signing:
    """The keys of one device between two starts."""

    __slots__ = ("_serial", "_session_key", "stores")

    def __init__(self, stores: Stores, serial: bytes) -> None:
        self.stores = stores
        self._serial = serial
        self._session_key = b""
        """Empty while there has been no session since the start."""

    def expected(self, data: bytes) -> bytes:
        """Return the MAC that a frame must carry; empty, which none is, where there is no key."""
        key = self._pairing_key(data) if data[2:4] == _OPEN_ID else self._session_key
        return mac(key, data) if key else b""

    def sign(self, data: bytes) -> bytes:
        """Return the MAC of a frame of the device."""
        return mac(self._session_key, data)

    def begin_session(self, request: Open, session: int, boot: int) -> None:
        """Make the session key; the newer pairing key erases the older one with its first use."""
        keys = self.stores.keys
        at = next(at for at, slot in enumerate(keys) if slot.key_id == request.key_id)
        keys[at] = slot = keys[at]._replace(opened=True)
        if at == len(keys) - 1:
            del keys[:at]
        label = LABEL + _SESSION.pack(request.nonce, session, boot, self._serial)
        self._session_key = hmac.digest(slot.key, label, hashlib.sha256)

    def take_key(self, given: Key) -> None:
        """Keep a new pairing key; of those there are the older one goes, or its namesake."""
        others = [slot for slot in self.stores.keys if slot.key_id != given.key_id]
        kept = others[len(others) - SLOTS + 1 :] if len(others) >= SLOTS else others
        self.stores.keys = [*kept, KeySlot(given.key_id, given.key)]

    def _pairing_key(self, data: bytes) -> bytes:
        if len(data) < _KEY_ID_AT + _KEY_ID.size:
            return b""
        (key_id,) = _KEY_ID.unpack_from(data, _KEY_ID_AT)
        return next((slot.key for slot in self.stores.keys if slot.key_id == key_id), b"")
