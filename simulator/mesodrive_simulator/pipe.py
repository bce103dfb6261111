"""A simulated device behind one URL: `sim:PROFILE?seed=1&baud=115200&store=FILE&operator=auto`.

The device lives in a process of its own, so that neither side's Python can make the other late,
on one end of a socket pair. When the pair closes, for whatever reason, the child ends.
"""

import socket
import subprocess
import sys
from contextlib import suppress
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from mesodrive_simulator.serve_errors import ServeError, SimUrlError
from mesodrive_simulator.sim_profile import load_profile

SCHEME: Final = "sim"
OPTIONS: Final = ("baud", "operator", "seed", "serial", "store")
BAUD_MIN: Final = 300
BAUD_MAX: Final = 12_000_000
"""From the slowest line in use to the fastest USB adapter."""
SERIAL_BYTES_MAX: Final = 16
"""The field of IDENTITY."""
END_S: Final = 2.0
"""A child at the end of its stream needs milliseconds; one that needs more is killed."""
_REMEDY: Final = "Write for example sim:nappage-gun?seed=1&baud=115200."


class SimPipe:
    """The host's end of a socket pair with a simulated device at the other."""

    def __init__(
        self, url: str, host_end: socket.socket, child: subprocess.Popen[bytes], baud: int | None
    ) -> None:
        self.name = url
        self.baud = baud
        """Rate that the device paces the line to; None for no pacing."""
        self._socket = host_end
        self._child = child

    @property
    def child_pid(self) -> int:
        """Process id of the device, for tests and for messages."""
        return self._child.pid

    def fileno(self) -> int:
        """Return the descriptor to read and write; it never blocks."""
        return self._socket.fileno()

    def close(self) -> None:
        """Hang up and wait until the child has ended; harmless a second time."""
        self._socket.close()
        try:
            self._child.wait(END_S)
        except subprocess.TimeoutExpired:
            self._child.kill()
            with suppress(subprocess.TimeoutExpired):
                self._child.wait(END_S)


def open_pipe(url: str) -> SimPipe:
    """Start the device that a URL names.

    Args:
        url: `sim:PROFILE` with options `seed`, `baud`, `store`, `operator` (auto or none) and
            `serial`.

    Raises:
        SimProfileError: If there is no such profile.
        SimUrlError: If an option is unknown, given twice or has a wrong value.
        ServeError: If this system cannot hand a socket to a child.
    """
    profile, options = parse_url(url)
    load_profile(profile)
    if sys.platform == "win32":
        raise ServeError(
            url,
            "this system cannot hand a socket to a child",
            "Run mesodrive-sim serve with --tcp, and open socket://127.0.0.1:PORT.",
        )
    host_end, device_end = socket.socketpair()
    command = [
        sys.executable, "-P", "-m", "mesodrive_simulator.serve", profile,
        "--fd", str(device_end.fileno()),
    ]  # fmt: skip
    for name, value in options.items():
        command.append(f"--{name}={value}")
    try:
        # a session of its own: Ctrl-C means STOP to the driver, and must not end the device
        child = subprocess.Popen(  # noqa: S603 -- our own interpreter and module
            command,
            pass_fds=(device_end.fileno(),),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        host_end.close()
        raise ServeError(url, f"cannot start the device ({error})", "See the message.") from error
    finally:
        device_end.close()
    host_end.setblocking(False)  # noqa: FBT003 -- the standard library wants it so
    return SimPipe(url, host_end, child, int(options["baud"]) if "baud" in options else None)


def parse_url(url: str) -> tuple[str, dict[str, str]]:
    """Return profile and options of a `sim:` URL.

    Raises:
        SimUrlError: With the first thing that is wrong.
    """
    parts = urlsplit(url)
    if parts.scheme != SCHEME or parts.netloc or not parts.path:
        raise SimUrlError(url, "is no sim: URL", _REMEDY)
    try:
        pairs = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError as error:
        raise SimUrlError(url, str(error), _REMEDY) from error
    options = dict(pairs)
    if len(options) < len(pairs):
        raise SimUrlError(url, "an option is given twice", _REMEDY)
    for name, value in options.items():
        _check_option(url, name, value)
    return unquote(parts.path), options


def _check_option(url: str, name: str, value: str) -> None:
    if name not in OPTIONS:
        raise SimUrlError(url, f"there is no option {name!r}", f"Known: {', '.join(OPTIONS)}.")
    number = int(value) if value.isascii() and value.isdigit() and len(value) < 20 else -1
    if name == "baud" and not BAUD_MIN <= number <= BAUD_MAX:
        raise SimUrlError(url, f"baud is {value!r}", f"Give {BAUD_MIN} to {BAUD_MAX}.")
    if name == "seed" and number < 0:
        raise SimUrlError(url, f"seed is {value!r}", "Give a whole number, 0 or more.")
    if name == "operator" and value not in ("auto", "none"):
        raise SimUrlError(url, f"operator is {value!r}", "Give auto or none.")
    if name == "serial" and not (value.isascii() and 0 < len(value) <= SERIAL_BYTES_MAX):
        raise SimUrlError(url, f"serial is {value!r}", f"1 to {SERIAL_BYTES_MAX} ASCII letters.")
    if name == "store" and not value:
        raise SimUrlError(url, "store is empty", "Name a file.")
