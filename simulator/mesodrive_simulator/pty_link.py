"""A pseudo-terminal under a name of its own: to a program it is a serial port."""

import os
import sys
from pathlib import Path

from mesodrive_simulator.links import READ_BYTES_MAX, Unsent
from mesodrive_simulator.serve_errors import ServeError

if sys.platform != "win32":
    import tty

    class PtyLink:
        """The device's end of a pseudo-terminal, and a symbolic link to the host's end.

        The host's end is kept open here too, so that clients may come and go.
        """

        transport = "pty"
        ended = False

        def __init__(self, link: Path) -> None:
            """Open the pair and make the link.

            Args:
                link: Name for the host's end. A link that an ended simulator left is replaced.

            Raises:
                ServeError: If the name is taken by something else, or cannot be made.
            """
            check_link(link)
            self._master, self._slave = os.openpty()
            tty.setraw(self._slave)
            os.set_blocking(self._master, False)
            self._target = os.ttyname(self._slave)
            self._link = link
            self._fds = [self._master]
            self._unsent = Unsent()
            self.address = str(link)
            fresh = link.with_name(f"{link.name}.{os.getpid()}")
            try:
                fresh.symlink_to(self._target)
                fresh.replace(link)
            except OSError as error:
                self._close_pair()
                raise ServeError(
                    str(link), f"cannot be made ({error.strerror})", "Choose another name."
                ) from error

        def read_fds(self) -> list[int]:
            """Return the descriptor of the device's end."""
            return self._fds

        def write_fds(self) -> list[int]:
            """Return the descriptor of the device's end while something is unsent."""
            return self._fds if self._unsent.data else []

        def receive(self, fd: int) -> bytes:
            """Return what came."""
            try:
                return os.read(fd, READ_BYTES_MAX)
            except BlockingIOError:
                return b""

        def send(self, data: bytes) -> None:
            """Send now what the terminal takes, and keep the rest within the bound."""
            waiting = self._unsent.add(data)
            try:
                sent = os.write(self._master, waiting) if waiting else 0
            except BlockingIOError:
                sent = 0
            self._unsent.data = waiting[sent:]

        def close(self) -> None:
            """Close both ends, and remove the link if it is still ours."""
            if self._link.is_symlink() and str(self._link.readlink()) == self._target:
                self._link.unlink()
            self._close_pair()

        def _close_pair(self) -> None:
            os.close(self._master)
            os.close(self._slave)


def check_link(link: Path) -> None:
    """Refuse a name that anything but a left-over link stands under.

    Raises:
        ServeError: If the name is taken.
    """
    if link.is_symlink():
        # what an ended simulator left points into /dev, or nowhere any more
        if link.exists() and not str(link.readlink()).startswith("/dev/"):
            raise ServeError(str(link), "is a link to something else", "Choose another name.")
    elif link.exists():
        raise ServeError(str(link), "exists and is no link", "Choose another name, or move it.")
