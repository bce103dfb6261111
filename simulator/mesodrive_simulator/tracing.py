"""A line for each frame that a device was sent: when it was decoded, and what it was.

Times are the machine's own monotonic nanoseconds, so that a driver on the same machine can
compare them with its own.
"""

from typing import IO, Final

from mesodrive_protocol.codec import FrameDecoder
from mesodrive_simulator.clock import machine_time_ns

LINES_MAX: Final = 1_000_000
"""A day of polling; a trace that is forgotten must not fill a disk."""


class FrameTrace:
    """Decodes what the device is about to be given, beside it, and writes it down."""

    def __init__(self, stream: IO[str]) -> None:
        """Begin a trace.

        Args:
            stream: Takes the lines; flushed with every one, so that a reader can follow.
        """
        self._stream = stream
        self._decoder = FrameDecoder()
        self._left = LINES_MAX

    def __call__(self, data: bytes) -> None:
        """Take bytes in the order in which the device gets them."""
        for message in self._decoder.feed(data):
            if self._left:
                self._left -= 1
                self._stream.write(f"{machine_time_ns()} {type(message).__name__.lower()}\n")
        self._stream.flush()
