"""The `sim:` port: a device in a child process that lives and dies with its socket."""

import os
import select
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from mesodrive_protocol.codec import FrameDecoder, encode
from mesodrive_protocol.messages import Hello, Identity
from mesodrive_simulator import pipe
from mesodrive_simulator.pipe import SimPipe, open_pipe, parse_url
from mesodrive_simulator.serve_errors import ServeError, SimUrlError
from mesodrive_simulator.sim_profile import SimProfileError

WAIT_S = 20.0


def ask_identity(fd: int) -> Identity:
    decoder = FrameDecoder()
    for _ in range(200):
        os.write(fd, encode(Hello(9, 0, 0)))
        while select.select([fd], [], [], WAIT_S / 200)[0]:
            for message in decoder.feed(os.read(fd, 4096)):
                if isinstance(message, Identity):
                    return message
    raise AssertionError("no IDENTITY")


def ended(pid_fd: int) -> bool:
    return bool(select.select([pid_fd], [], [], WAIT_S)[0])


def test_a_pipe_brings_a_device_of_its_own_and_closing_ends_it(tmp_path: Path) -> None:
    url = f"sim:nappage-gun?seed=4&serial=PIPE-1&baud=460800&store={tmp_path / 'gun.store'}"
    opened = open_pipe(url)
    child = os.pidfd_open(opened.child_pid)
    assert (opened.name, opened.baud) == (url, 460_800)
    assert ask_identity(opened.fileno()).serial.rstrip(b"\0") == b"PIPE-1"
    assert os.getsid(opened.child_pid) != os.getsid(0), "Ctrl-C must not reach the device"
    opened.close()
    opened.close()
    assert ended(child)
    os.close(child)
    assert (tmp_path / "gun.store").exists()


def test_a_device_does_not_outlive_the_process_that_opened_it() -> None:
    program = (
        "import os, sys\n"
        "from mesodrive_simulator.pipe import open_pipe\n"
        "p = open_pipe('sim:needling-pen')\n"
        "print(p.child_pid, flush=True)\n"
        "sys.stdin.read()\n"
        "os._exit(1)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-P", "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert parent.stdin
    assert parent.stdout
    child = os.pidfd_open(int(parent.stdout.readline()))
    parent.kill()
    parent.wait(WAIT_S)
    assert ended(child)
    os.close(child)
    parent.stdin.close()
    parent.stdout.close()


def test_a_child_that_will_not_end_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipe, "END_S", 0.05)
    near, far = socket.socketpair()
    deaf = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    SimPipe("sim:deaf", near, deaf, None).close()
    deaf.wait(WAIT_S)
    assert deaf.returncode == -9
    assert deaf.stdin
    deaf.stdin.close()
    far.close()


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("sim:", "is no sim: URL"),
        ("sim://host/nappage-gun", "is no sim: URL"),
        ("tcp:nappage-gun", "is no sim: URL"),
        ("sim:nappage-gun?speed=3", "there is no option 'speed'"),
        ("sim:nappage-gun?seed", "bad query field"),
        ("sim:nappage-gun?seed=1&seed=2", "given twice"),
        ("sim:nappage-gun?seed=-1", "seed is '-1'"),
        ("sim:nappage-gun?baud=fast", "baud is 'fast'"),
        ("sim:nappage-gun?baud=1", "baud is '1'"),
        ("sim:nappage-gun?operator=keys", "operator is 'keys'"),
        ("sim:nappage-gun?serial=", "serial is ''"),
        ("sim:nappage-gun?serial=ABCDEFGHIJKLMNOPQ", "serial is"),
        ("sim:nappage-gun?store=", "store is empty"),
    ],
)
def test_a_url_that_cannot_be_understood_says_where_and_what_to_write(
    url: str, problem: str
) -> None:
    with pytest.raises(SimUrlError, match=problem) as caught:
        open_pipe(url)
    assert isinstance(caught.value, ValueError)
    assert caught.value.exit_code == 3


def test_an_unknown_profile_is_refused_before_a_process_is_started() -> None:
    with pytest.raises(SimProfileError, match="no such profile"):
        open_pipe("sim:laser")


def test_a_profile_path_may_have_letters_that_urls_escape() -> None:
    assert parse_url("sim:/tmp/my%20gun.yaml?operator=none") == (
        "/tmp/my gun.yaml",
        {"operator": "none"},
    )


def test_an_interpreter_that_cannot_be_started_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/none/such")
    with pytest.raises(ServeError, match="cannot start the device"):
        open_pipe("sim:nappage-gun")
