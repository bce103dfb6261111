"""Simulated guns and the command line, each in a process of its own."""

import os
import select
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

SERVE = (
    "import sys; from pathlib import Path; from mesodrive_simulator.serve import *; "
    "serve(ServeOptions(profile=sys.argv[1], **eval(sys.argv[2])), "
    "lambda serving: print(serving.port, flush=True))"
)
PATIENCE_S = 30.0


@dataclass
class Gun:
    """A simulator process and the port to reach it by."""

    process: "subprocess.Popen[str]"
    port: str


@contextmanager
def gun(profile: str = "nappage-gun", /, **options: object) -> Generator[Gun]:
    """Serve a simulated device for as long as the context lasts."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", SERVE, profile, repr(options).replace("PosixPath", "Path")],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        port = line_of(process.stdout)
        assert port, "the simulator did not come up"
        yield Gun(process, port)
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE_S)
        finally:
            if process.stdout is not None:
                process.stdout.close()


def line_of(stream: IO[str] | None) -> str:
    """Return the next line, waiting for a bounded time."""
    assert stream is not None
    ready, _, _ = select.select([stream], [], [], PATIENCE_S)
    assert ready, "nothing was said in time"
    return stream.readline().strip()


def home(folder: Path) -> dict[str, str]:
    """Return an environment whose places lie in a folder."""
    places = {
        "HOME": folder,
        "XDG_DATA_HOME": folder / "data",
        "XDG_STATE_HOME": folder / "state",
        "XDG_CONFIG_HOME": folder / "config",
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MESODRIVE_")}
    return {**kept, **{name: str(path) for name, path in places.items()}}


class Cli:
    """`mesodrive` as a process of its own, for signals and kills."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-u", "-m", "mesodrive", *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            bufsize=1,
            cwd=folder,
            env=home(folder),
        )
        self.said: list[str] = []

    def until(self, start: str) -> None:
        """Read lines until one begins so."""
        stdout = self.process.stdout
        assert stdout is not None
        for line in stdout:
            self.said.append(line.rstrip("\n"))
            if line.startswith(start):
                return
        raise AssertionError("\n".join(self.said))

    def end(self) -> tuple[int, str]:
        """Wait for the end; return exit code and all that was said."""
        rest, _ = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, "\n".join([*self.said, rest])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(PATIENCE_S)
        if self.process.stdout is not None:
            self.process.stdout.close()


def control_of(client: "subprocess.Popen[str]") -> int:
    """Return the process id of a client's control process: its only child."""
    children = Path(f"/proc/{client.pid}/task/{client.pid}/children").read_text(encoding="ascii")
    (child,) = children.split()
    return int(child)


def wait_for_end(pid: int) -> None:
    """Wait for the end of a process that is not our child, for a bounded time."""
    try:
        fd = os.pidfd_open(pid)
    except ProcessLookupError:
        return  # its parent was faster
    try:
        ready, _, _ = select.select([fd], [], [], PATIENCE_S)
        assert ready, f"process {pid} goes on"
    finally:
        os.close(fd)
