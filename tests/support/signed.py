"""Keyed devices and hosts that hold a key, their MACs worked out beside the product's own code."""

import hashlib
import hmac
from functools import partial
from typing import Any

from mesodrive.app.keyring import KeyRing, PairingKey
from mesodrive.core.spec import SessionSpec
from mesodrive_protocol.codec import encode
from mesodrive_protocol.enums import Code
from mesodrive_protocol.messages import Answer, Hello, Message, Open, Stop
from mesodrive_simulator.firmware.stores import KeySlot, Stores
from mesodrive_simulator.operator import OperatorModel
from mesodrive_simulator.sim_profile import load_profile
from mesodrive_simulator.simulated import SimulatedDevice
from support.firmware import CASE, Bench, Reply
from support.worlds import Session

KEY_ID = 5
KEY = bytes(range(100, 132))
OTHER_KEY = bytes(range(200, 232))
SERIAL = "SIM-0001"


def mac(key: bytes, data: bytes) -> bytes:
    return hmac.new(key, data, hashlib.sha256).digest()[:8]


def session_key(key: bytes, nonce: int, session: int, boot: int) -> bytes:
    label = b"mesodrive 1" + nonce.to_bytes(8, "little") + session.to_bytes(4, "little")
    label += boot.to_bytes(4, "little") + SERIAL.encode().ljust(16, b"\0")
    return hmac.new(key, label, hashlib.sha256).digest()


def paired_stores(*keys: tuple[int, bytes]) -> Stores:
    stores = Stores()
    stores.keys = [KeySlot(*key) for key in keys or ((KEY_ID, KEY),)]
    return stores


class SignedBench(Bench):
    """A keyed device with a host that has its key; `key` is what the host signs with now."""

    def __init__(self, *keys: tuple[int, bytes]) -> None:
        self.key_id, self.pairing_key = keys[-1] if keys else (KEY_ID, KEY)
        self.key = b""
        self.signing = True
        self.sent: list[bytes] = []
        self.open_frame = b""
        super().__init__(stores=paired_stores(*keys), keyed=True)

    def frame(self, message: Message) -> bytes:
        key = self.pairing_key if isinstance(message, Open) else self.key
        plain = not self.signing or not key or isinstance(message, Hello | Stop)
        frame = encode(message, None if plain else lambda data: mac(key, data))
        if isinstance(message, Open):
            self.open_frame = frame
        return frame

    def send_bytes(self, data: bytes) -> None:
        self.sent.append(data)
        super().send_bytes(data)

    @property
    def next_nonce(self) -> int:
        return (self.stores.totals.session + 1) << 32 | 7

    def open(self, nonce: int | None = None, case: int = CASE) -> Answer:
        """Open a session, signed; the answer must be signed with the new session's key."""
        nonce = self.next_nonce if nonce is None else nonce
        key = session_key(self.pairing_key, nonce, self.stores.totals.session + 1, self.boot)
        before = self.decoder.verify
        self.decoder.verify = partial(mac, key)
        answer: Any = self.ask(Open, nonce, case, self.key_id)
        assert isinstance(answer, Answer), answer
        if answer.code == Code.OK:
            assert answer in self.heard_signed
            self.key, self.session, self.commands = key, answer.session, 0
        else:
            self.decoder.verify = before
        return answer

    def unsigned(self, cls: type[Any], *fields: object, **header: int) -> Reply:
        """Send a message without a MAC and return what was answered."""
        self.signing = False
        try:
            return self.ask(cls, *fields, **header)
        finally:
            self.signing = True


def keyed_gun(*keys: tuple[int, bytes], seed: int = 1) -> SimulatedDevice:
    """Return a keyed gun with its operator."""
    return SimulatedDevice(
        load_profile("nappage-gun"),
        seed=seed,
        operator=OperatorModel(seed=seed),
        stores=paired_stores(*keys),
        keyed=True,
    )


def ring(*keys: tuple[int, bytes]) -> KeyRing:
    return KeyRing(PairingKey(SERIAL, *key, "") for key in keys or ((KEY_ID, KEY),))


def signed_session(spec: SessionSpec, device: SimulatedDevice | None = None) -> Session:
    """Return a session of a host that holds the key of its keyed device."""
    world = Session(spec, device=device or keyed_gun())
    world.answer_key = ring().answer
    return world
