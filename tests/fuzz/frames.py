"""The frame decoder: any bytes in any pieces, and any content behind a right CRC.

* Nothing raises, and no more than one unfinished frame is kept.
* In pieces or at once makes no difference.
* What comes out as a message stood in the bytes, whole, as the encoder writes it.
"""

from pathlib import Path
from typing import Any
from zlib import crc32

import yaml

from fuzz.choices import Choices
from mesodrive_protocol.codec import (
    MAC_BYTES,
    FrameDecoder,
    Received,
    Refused,
    Sign,
    Signed,
    encode,
)
from mesodrive_protocol.fields import DECLARATIONS
from mesodrive_protocol.framing import BODY_BYTES_MAX, WIRE_BYTES_MAX, frame

VECTORS = Path(__file__).parents[2] / "firmware_protocol" / "vectors"
IDS = sorted(declared.id for declared in DECLARATIONS.values())
RAW, MADE = 0, 1


def mac(data: bytes) -> bytes:
    """Stands for a MAC that fuzz data can carry: as long as one, and a function of all bytes."""
    return crc32(data).to_bytes(4, "big") * 2


def seeds() -> list[bytes]:
    """Return each vector as raw bytes, and each body as content."""
    found: list[bytes] = []
    for name in ("frames", "signed", "bad"):
        text = (VECTORS / f"{name}.yaml").read_text(encoding="utf-8")
        parts: dict[str, Any] = yaml.safe_load(text)
        for entry in parts.get("frames", []):
            found.append(bytes([RAW, 7]) + bytes.fromhex(entry.get("wire", "")))
            body = bytes.fromhex(entry.get("body", ""))
            if len(body) > 8:
                found.append(bytes([MADE, len(body) - 4, 0]) + body[:-4])
    return found


def check(data: bytes) -> None:
    """Run one input; an assertion or any exception is a finding."""
    choices = Choices(data)
    if choices.below(2) == RAW:
        piece = 1 + choices.number()
        _check_stream(choices.rest(), piece)
    else:
        stream = b"".join(_made(choices) for _ in range(16) if choices)
        _check_stream(stream, 64)


def _made(choices: Choices) -> bytes:
    """Return one frame with any content and a right CRC, perhaps signed."""
    length, how = choices.number(), choices.number()
    body = bytearray(choices.take(min(length, BODY_BYTES_MAX - MAC_BYTES - 4)))
    if how & 2 and len(body) >= 4:
        body[2:4] = IDS[how // 4 % len(IDS)].to_bytes(2, "little")
    if how & 1:
        body[1:2] = b"\1"
        body += mac(bytes(body))
    return frame(bytes(body) + crc32(body).to_bytes(4, "little"))


def _decode(stream: bytes, piece: int, verify: Sign | None) -> tuple[list[Received], int]:
    decoder = FrameDecoder(verify)
    received: list[Received] = []
    for at in range(0, len(stream), piece):
        received += decoder.feed(stream[at : at + piece])
        assert len(decoder._rest) <= WIRE_BYTES_MAX
    return received, decoder.damaged


def _check_stream(stream: bytes, piece: int) -> None:
    given = set(stream.split(b"\0"))
    for verify in (None, mac):
        whole = _decode(stream, max(1, len(stream)), verify)
        assert whole == _decode(stream, piece, verify), "pieces make a difference"
        for one in whole[0]:
            if isinstance(one, Refused):
                continue
            if isinstance(one, Signed):
                assert verify is not None, "signed without a key"
                wire = encode(one.message, verify)
            else:
                wire = encode(one)
            pieces = [part for part in wire.split(b"\0") if part]
            assert len(pieces) == 1, "one frame"
            assert pieces[0] in given, f"{one} was never sent"
