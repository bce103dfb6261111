"""Single keys from a terminal, without Enter; Ctrl-C stays a signal."""
# ruff: noqa: PLC0415 -- heavy imports wait until they are needed

import codecs
import contextlib
import os
import sys
from collections.abc import Generator
from typing import Final

from mesodrive.cli.conductor import ENTER

READ_BYTES: Final = 64
"""Keys taken at a time; a stuck key makes 30 a second."""


class Keyboard:
    """The keys of one terminal.

    Args:
        fd: Descriptor of the terminal; None where there are no keys to read.
    """

    def __init__(self, fd: int | None) -> None:
        self.fd = fd
        # A letter may come in pieces.
        self._decoder = codecs.getincrementaldecoder("utf-8")("ignore")

    def take(self) -> list[str]:
        """Return the keys pressed since the last call: `enter`, or a character as typed."""
        if self.fd is None:
            return []
        data = os.read(self.fd, READ_BYTES)
        if not data:
            # The terminal has gone: nobody will press a key again, but the session goes on.
            self.fd = None
        return [ENTER if key in "\r\n" else key for key in self._decoder.decode(data)]


@contextlib.contextmanager
def keyboard(*, wanted: bool) -> Generator[Keyboard]:
    """Read keys one by one while in the context, if standard input is a terminal that can."""
    if sys.platform == "win32" or not wanted:
        yield Keyboard(None)
        return
    import termios
    import tty

    fd = sys.stdin.fileno()
    before = termios.tcgetattr(fd)
    try:
        tty.setcbreak(fd)
        yield Keyboard(fd)
    finally:
        termios.tcsetattr(fd, termios.TCSADRAIN, before)
