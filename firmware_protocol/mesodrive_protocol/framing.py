"""Finding frames in a stream of bytes: mask, COBS, delimiters.

On the wire a frame is `00`, COBS of the body with each byte XORed with 0xA5, `00`. Both
delimiters are always sent, so that a frame that lost its end never takes the next one with it.
The mask makes zeros rare in the body (most integers have zero high bytes), so that the usual
frame is encoded and decoded without a loop. A body of at most 253 bytes never needs code 0xFF.
"""

from typing import Final

BODY_BYTES_MAX: Final = 253
WIRE_BYTES_MAX: Final = BODY_BYTES_MAX + 3
MASK_BYTE: Final = 0xA5

MASK: Final = bytes(byte ^ MASK_BYTE for byte in range(256))
"""Translation table that masks and unmasks: each byte XORed with `MASK_BYTE`."""
_CODE: Final = [bytes([code]) for code in range(256)]
_OPENING: Final = [b"\0" + bytes([code]) for code in range(256)]


def frame(body: bytes) -> bytes:
    """Return a body of 1 to 253 bytes as it goes on the wire, with both delimiters.

    Raises:
        ValueError: If the body is empty or longer than a frame can carry.
    """
    length = len(body)
    if not 0 < length <= BODY_BYTES_MAX:
        raise ValueError(f"a frame body has 1 to {BODY_BYTES_MAX} bytes, not {length}")
    masked = body.translate(MASK)
    if 0 not in masked:
        return b"%b%b\0" % (_OPENING[length + 1], masked)
    parts = [b"\0"]
    for run in masked.split(b"\0"):
        parts.append(_CODE[len(run) + 1])
        parts.append(run)
    parts.append(b"\0")
    return b"".join(parts)


def unframe(piece: bytes) -> bytes | None:
    """Return the body of what stood between two delimiters, or None where COBS is broken.

    Args:
        piece: 1 or more bytes without a zero.
    """
    length = len(piece)
    if piece[0] == length:
        return piece[1:].translate(MASK)
    runs: list[bytes] = []
    at = 0
    while at < length:
        end = at + piece[at]
        if end > length:
            return None
        runs.append(piece[at + 1 : end])
        at = end
    return b"\0".join(runs).translate(MASK)
