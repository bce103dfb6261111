"""The control process as a process: starting, refusing, being left alone, failing."""

import json
import logging
import os
import signal
import subprocess
import sys
import threading
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path

import pytest

from mesodrive.app import launch
from mesodrive.app.compose import NAMES_MAX, compose
from mesodrive.app.diagnostics import write_diagnostics
from mesodrive.app.handover import Handover
from mesodrive.app.launch import ControlStartError, new_address, start_control
from mesodrive.clock import MonotonicClock
from mesodrive.control.client import ControlClient
from mesodrive.control.closing import Closing
from mesodrive.control.hub import CLIENTS_MAX
from mesodrive.control.service import Service, listen
from mesodrive.core.driver import DriverCore
from mesodrive.errors import MesodriveError
from mesodrive.injector.wakeup import Wakeup
from support.specs import deliver, session

KEY = "ab" * 32


def handover(folder: Path, **changes: object) -> Handover:
    made = Handover(
        authkey=KEY,
        address=str(folder / "s"),
        diagnostics=str(folder / "diagnostics"),
        port="sim:nappage-gun",
        baud=None,
        logs=str(folder / "logs"),
        keys=str(folder / "logs"),
        spec=session(deliver(3)).model_dump(mode="json"),
        profile_yaml="",
        profile_file_hash="",
        plan_yaml="",
        plan_file_hash="",
        layout=[[]],
        typed={},
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def last_of(client: ControlClient) -> dict[str, object]:
    message = client.receive()
    while message["type"] in ("role", "view"):
        message = client.receive()
    return message


def test_a_handover_survives_the_pipe(tmp_path: Path) -> None:
    made = handover(tmp_path)
    assert Handover.from_bytes(made.to_bytes()) == made
    assert asdict(made)["authkey"] == KEY


@pytest.mark.parametrize(
    ("changes", "code", "exit_code"),
    [
        ({"port": "/dev/does-not-exist"}, "port-missing", 4),
        ({"logs": "/proc/nowhere"}, "log-folder", 3),
    ],
)
def test_what_cannot_begin_is_refused_to_the_client(
    tmp_path: Path, changes: dict[str, str], code: str, exit_code: int
) -> None:
    process = start_control(handover(tmp_path, **changes), None)
    client = ControlClient(process.address, process.authkey)
    said = last_of(client)
    assert (said["type"], said["code"], said["exit_code"]) == ("refused", code, exit_code)
    assert said["remedy"]
    client.close()
    assert process.wait() == exit_code


def test_a_session_that_cannot_be_composed_is_our_error(tmp_path: Path) -> None:
    process = start_control(handover(tmp_path, spec={"treatment_id": "x"}), None)
    client = ControlClient(process.address, process.authkey)
    said = last_of(client)
    assert (said["type"], said["exit_code"], said["log"]) == ("over", 70, "")
    client.close()
    assert process.wait() == 70
    assert "Traceback" in (tmp_path / "diagnostics" / "mesodrive.log").read_text(encoding="utf-8")


def test_a_process_that_does_not_come_up_is_told_with_its_last_words(tmp_path: Path) -> None:
    address, folder = new_address(tmp_path)
    with pytest.raises(ControlStartError) as caught:
        start_control(
            handover(tmp_path, address=f"{address}/no/folder", diagnostics=str(tmp_path)), folder
        )
    assert caught.value.exit_code == 70
    assert str(tmp_path) in str(caught.value)
    assert "not caught" in (tmp_path / "mesodrive.log").read_text(encoding="utf-8")
    assert folder is not None
    assert not folder.exists()


def test_the_file_of_last_words_is_begun_anew_when_it_is_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch, "STDERR_BYTES_MAX", 10)
    (tmp_path / "control-stderr.log").write_text("x" * 100, encoding="utf-8")
    with launch._stderr_file(tmp_path) as file:
        assert file.tell() == 0


def test_a_process_that_goes_on_is_not_waited_for_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch, "END_S", 0.01)
    process = start_control(handover(tmp_path), None)
    assert process.wait() is None
    process.process.kill()
    process.process.wait(10)


def test_a_process_without_a_client_ends_without_opening_the_port(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mesodrive.control.service.FIRST_CLIENT_S", 0.01)
    made = handover(tmp_path)
    service = Service(made, listen(made.address), Wakeup())
    assert service.run() == 70
    assert not (tmp_path / "logs").exists()


def test_the_folder_of_a_killed_process_without_a_client_is_removed_by_a_later_start(
    tmp_path: Path,
) -> None:
    address, folder = new_address(tmp_path)
    assert folder is not None
    process = start_control(handover(tmp_path, address=address), None)
    os.utime(folder, (0, 0))
    os.kill(process.process.pid, signal.SIGSTOP)
    new_address(tmp_path)
    assert folder.exists(), "a process that is suspended lives"
    process.process.kill()
    process.process.wait(10)
    assert (folder / "socket").is_socket()
    new_address(tmp_path)
    assert not folder.exists()


def test_a_look_for_leftovers_takes_no_client_its_place(tmp_path: Path) -> None:
    address, folder = new_address(tmp_path)
    assert folder is not None
    process = start_control(handover(tmp_path, address=address), folder)
    os.utime(folder, (0, 0))
    for _ in range(CLIENTS_MAX // 2):
        new_address(tmp_path)
    client = ControlClient(process.address, process.authkey)
    assert client.receive() == {"type": "role", "controls": True}
    os.kill(process.process.pid, signal.SIGTERM)
    assert last_of(client)["type"] == "over"
    client.close()
    process.wait()
    assert not folder.exists()


def test_neither_key_nor_session_stand_in_arguments_or_environment(tmp_path: Path) -> None:
    process = start_control(handover(tmp_path), None)
    pid = process.process.pid
    for name in ("cmdline", "environ"):
        assert KEY.encode() not in Path(f"/proc/{pid}/{name}").read_bytes()
    assert os.getsid(pid) == pid
    client = ControlClient(process.address, process.authkey)
    os.kill(pid, signal.SIGTERM)
    assert last_of(client)["type"] == "over"
    client.close()
    process.wait()


def test_two_sessions_in_one_second_get_two_logs(tmp_path: Path) -> None:
    class Still(MonotonicClock):
        def utc(self) -> datetime:
            return super().utc().replace(2026, 1, 2, 3, 4, 5)

    logs: set[str] = set()
    for _ in range(NAMES_MAX):
        made = compose(handover(tmp_path), Still(), lambda _view: None)
        made.owner.abandon()
        made.owner.run()
        logs.add(made.log.name)
    assert len(logs) == NAMES_MAX
    assert "session-20260102-030405-T-1.mdlog" in logs
    with pytest.raises(MesodriveError, match="exists"):
        compose(handover(tmp_path), Still(), lambda _view: None)


def test_closing_waits_for_proof_then_ends_then_abandons(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mesodrive.control.closing.SETTLE_S", 0.01)
    monkeypatch.setattr("mesodrive.control.closing.END_S", 0.01)
    done: list[str] = []
    closing = Closing(lambda: done.append("end"), lambda: done.append("abandon"))
    closing.run()
    assert done == ["end", "abandon"]


def test_closing_ends_as_soon_as_the_stop_is_proven() -> None:
    done: list[str] = []
    closing = Closing(lambda: done.append("end"), lambda: done.append("abandon"))
    thread = threading.Thread(target=closing.run)
    thread.start()
    closing.look(DriverCore(session(deliver(3))).view()._replace(stop="confirmed"))
    closing.over()
    thread.join(5)
    assert done == ["end"]


def test_what_nobody_caught_goes_to_the_diagnostic_log(tmp_path: Path) -> None:
    code = (
        "import sys, threading; from pathlib import Path; "
        "from mesodrive.app.diagnostics import write_diagnostics; "
        "write_diagnostics(Path(sys.argv[1])); "
        "thread = threading.Thread(target=lambda: 1 / 0); thread.start(); thread.join(); "
        "raise LookupError('in the main thread')"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    said = (tmp_path / "mesodrive.log").read_text(encoding="utf-8")
    assert "ZeroDivisionError" in said
    assert "LookupError" in said


def test_the_diagnostic_log_rotates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mesodrive.app.diagnostics.FILE_BYTES_MAX", 200)
    root = logging.getLogger()
    before, hook, thread_hook = list(root.handlers), sys.excepthook, threading.excepthook
    try:
        path = write_diagnostics(tmp_path)
        for number in range(20):
            logging.getLogger("test").warning("line %d, %s", number, json.dumps("x" * 50))
        assert path.stat().st_size <= 200
        assert len(list(tmp_path.glob("mesodrive.log*"))) == 4
    finally:
        for handler in set(root.handlers) - set(before):
            root.removeHandler(handler)
            handler.close()
        sys.excepthook, threading.excepthook = hook, thread_hook
