"""Start the control process, and hand it its session over a pipe."""

import logging
import os
import secrets
import socket
import stat
import subprocess
import sys
import tempfile
import threading
from itertools import islice
from pathlib import Path
from typing import IO, Final

from mesodrive.app.handover import Handover
from mesodrive.clock import MonotonicClock
from mesodrive.errors import MesodriveError

READY_S: Final = 20.0
"""Longest wait for the process to be ready; it takes half a second on a slow machine."""

STDERR_BYTES_MAX: Final = 256 << 10
"""The file for what even the diagnostic log did not catch is begun anew above this."""

END_S: Final = 15.0
"""Longest wait for the process after its last message."""

PREFIX: Final = "mesodrive-"
SOCKET: Final = "socket"
"""How the folder of a session's socket is called, and the socket in it."""

LEFT_S: Final = 3 * READY_S
"""A folder that changed within this time may belong to a session that just begins."""

LEFT_MAX: Final = 200
"""Bound of the folders that are looked at for what killed sessions left."""

diagnostics = logging.getLogger(__name__)


class ControlStartError(MesodriveError):
    """The control process did not come up: an error of ours or of the installation.

    Args:
        detail: What was seen of it.
        folder: Where its diagnostic log is, and the file with what even that did not catch.
    """

    code = "control-start"

    def __init__(self, detail: str, folder: Path) -> None:
        super().__init__(detail, folder)
        self.detail, self.folder = detail, folder

    def __str__(self) -> str:
        return f"the control process did not start: {self.detail}; what it said is in {self.folder}"


class ControlProcess:
    """A running control process.

    Args:
        process: The process.
        address: Where to connect.
        authkey: What to prove.
        folder: The socket's own folder, removed at the end.
    """

    def __init__(
        self, process: "subprocess.Popen[bytes]", address: str, authkey: bytes, folder: Path | None
    ) -> None:
        self.process, self.address, self.authkey = process, address, authkey
        self._folder = folder

    def wait(self) -> int | None:
        """Wait a bounded time for the process to end; return its exit code, None if it goes on."""
        try:
            return self.process.wait(END_S)
        except subprocess.TimeoutExpired:
            diagnostics.error("control process %d does not end", self.process.pid)
            return None
        finally:
            remove_address(self._folder)

    def kill(self) -> None:
        """End a process that no client has spoken to: nothing has been sent to any device."""
        self.process.kill()
        self.wait()


def new_address(runtime: Path) -> tuple[str, Path | None]:
    """Return a fresh address for clients, and the folder to remove afterwards.

    The folder can be entered by this user only, so that a socket in it can be reached by no other.
    Folders that killed sessions left behind are removed.

    Raises:
        OSError: If the runtime folder cannot be used.
    """
    if sys.platform == "win32":
        return rf"\\.\pipe\mesodrive-{secrets.token_hex(8)}", None
    _remove_leftovers(runtime)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=runtime))
    return str(folder / SOCKET), folder


def _remove_leftovers(runtime: Path) -> None:
    """Remove folders of this user whose sessions have ended without removing them."""
    if sys.platform == "win32":
        return
    oldest_s = MonotonicClock().utc().timestamp() - LEFT_S
    for folder in islice(runtime.glob(f"{PREFIX}????????"), LEFT_MAX):
        try:
            found = folder.lstat()
            # Exactly as it is made here: nothing that somebody named alike.
            ours = found.st_uid == os.getuid() and found.st_mode == stat.S_IFDIR | stat.S_IRWXU
            if ours and found.st_mtime < oldest_s and _is_dead(folder / SOCKET):
                remove_address(folder)
        except OSError as error:
            diagnostics.info("not tidied up: %s", error)


def _is_dead(path: Path) -> bool:
    """Tell whether nobody listens at a socket, or none was ever made.

    A process that is suspended listens. To be called by somebody who says nothing harms none.

    Raises:
        OSError: If it cannot be told.
    """
    if sys.platform == "win32":
        return False
    try:
        if not stat.S_ISSOCK(path.lstat().st_mode):
            return False
        with socket.socket(socket.AF_UNIX) as sock:
            sock.setblocking(False)  # noqa: FBT003 -- the standard library wants it so
            sock.connect(str(path))
    except (FileNotFoundError, ConnectionRefusedError):
        return True
    return False


def start_control(handover: Handover, folder: Path | None) -> ControlProcess:
    """Start the process, hand over, wait until clients may connect.

    Args:
        handover: What to do; goes over a pipe, so that neither arguments nor environment hold it.
        folder: The socket's own folder.

    Raises:
        ControlStartError: If the process does not come up.
        OSError: If it cannot be started, or the folder of the diagnostics cannot be used.
    """
    with _stderr_file(Path(handover.diagnostics)) as stderr:
        process = _spawn(stderr)
    assert process.stdin is not None, "it was asked for"
    assert process.stdout is not None, "it was asked for"
    # A process that hangs before it is ready is ended, which ends the reading below.
    patience = threading.Timer(READY_S, process.kill)
    patience.start()
    try:
        process.stdin.write(handover.to_bytes())
        process.stdin.close()
        said = process.stdout.readline()
    except OSError:
        said = b""
    except BaseException:
        # Somebody does not want to wait any longer; nothing of ours stays behind.
        process.kill()
        process.wait()
        remove_address(folder)
        raise
    finally:
        patience.cancel()
        process.stdout.close()
    if said.strip() != b"ready":
        process.kill()
        code = process.wait()
        remove_address(folder)
        raise ControlStartError(f"it ended with code {code}", Path(handover.diagnostics))
    return ControlProcess(process, handover.address, bytes.fromhex(handover.authkey), folder)


def _spawn(stderr: IO[bytes]) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-P", "-m", "mesodrive.control"]
    if sys.platform == "win32":
        apart = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
        return subprocess.Popen(  # noqa: S603 -- our own interpreter and module
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            creationflags=apart,
        )
    # A session of its own: Ctrl-C on the terminal reaches the client only, which wishes for STOP.
    return subprocess.Popen(  # noqa: S603 -- our own interpreter and module
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
        start_new_session=True,
    )


def _stderr_file(folder: Path) -> IO[bytes]:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "control-stderr.log"
    large = path.exists() and path.stat().st_size > STDERR_BYTES_MAX
    return path.open("wb" if large else "ab")


def remove_address(folder: Path | None) -> None:
    """Remove the socket's own folder; harmless a second time."""
    if folder is None:
        return
    for path in (folder / SOCKET, folder):
        try:
            if path.is_dir():
                path.rmdir()
            else:
                path.unlink(missing_ok=True)
        except OSError as error:
            diagnostics.info("left behind: %s", error)
