"""A simulated device in a process of its own, on a pseudo-terminal."""

import json
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import sessions

END_S = 5.0
SERVE = "from mesodrive_testbench.cli import main; main()"


@contextmanager
def simulator(link: Path, *options: str) -> Generator[str]:
    """Serve the device until the block is left; yields the port to open.

    Args:
        link: Name for the pseudo-terminal.
        options: More of `mesodrive-sim serve`.
    """
    command = [sys.executable, "-P", "-c", SERVE, "serve", sessions.PROFILE]
    child = subprocess.Popen(
        [*command, "--pty", str(link), "--json", *options], stdout=subprocess.PIPE
    )
    assert child.stdout is not None
    try:
        yield str(json.loads(child.stdout.readline())["port"])
    finally:
        child.terminate()
        child.wait(END_S)
        child.stdout.close()
