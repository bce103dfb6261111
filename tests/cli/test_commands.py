"""Commands that run no session: what they show, and what bad input gets."""

import json
import os
import select
import subprocess
import sys
import threading
import tty
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from mesodrive.app import checkup as looks
from mesodrive.app.checkup import checkup
from mesodrive.app.places import places
from mesodrive.cli import run as run_module
from mesodrive.clock import MonotonicClock
from mesodrive.transport.discovery import PortInfo
from support.plans import write_plan

Run = Callable[..., tuple[int, str]]
ROOT = Path(__file__).parents[2]


def error_of(output: str) -> dict[str, object]:
    found: dict[str, dict[str, object]] = json.loads(output.strip().splitlines()[-1])
    return found["error"]


@pytest.mark.parametrize("words", [("--help",), ("-h",), ("run", "--help"), ("log", "--help")])
def test_help_ends_well_and_says_something(cli: Run, words: tuple[str, ...]) -> None:
    code, output = cli(*words)
    assert code == 0
    assert "Usage: mesodrive" in output


def test_the_version_is_that_of_the_package(cli: Run) -> None:
    assert cli("--version") == (0, f"mesodrive {version('mesodrive')}\n")


@pytest.mark.parametrize("words", [("--help",), ("--version",)])
def test_help_and_version_import_neither_pydantic_nor_yaml(words: tuple[str, ...]) -> None:
    code = (
        "import sys; from mesodrive.cli.main import main; main(sys.argv[1:]); "
        "bad = {'pydantic', 'yaml', 'rich', 'serial', 'shapely', 'transitions', 'platformdirs'}; "
        "sys.exit(', '.join(sorted(bad & set(sys.modules))) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("bogus",),
        ("run",),
        ("run", "plan.yaml"),
        ("run", "plan.yaml", "--port", "sim:nappage-gun"),
        ("run", "plan.yaml", "--port", "x", "--yes", "--treatment", "Jane Doe"),
        ("run", "plan.yaml", "--port", "x", "--yes", "--reason", "depth=short"),
        ("run", "plan.yaml", "--port", "x", "--yes", "--reason", "speed=because I want it"),
        ("run", "plan.yaml", "--port", "x", "--yes", "--baud", "1"),
        ("doctor", "--udev-rule", "12:34"),
        ("log", "show", "x", "--only", "nonsense"),
    ],
)
def test_wrong_usage_ends_with_2_and_no_traceback(cli: Run, words: tuple[str, ...]) -> None:
    code, output = cli(*words)
    assert code == 2
    assert "Error" in output
    assert "Traceback" not in output


def test_a_bad_plan_is_refused_with_every_violation_at_once(cli: Run, tmp_path: Path) -> None:
    plan = write_plan(tmp_path, depth_mm="9", rate_per_s="20")
    code, output = cli("run", str(plan), "--port", "sim:nappage-gun", "--yes")
    assert code == 3
    assert "depth" in output
    assert "rate" in output
    assert output.count("plan.yaml:") >= 2
    code, output = cli("plan", "check", str(plan), "--json")
    error = error_of(output)
    assert code == error["exit_code"] == 3
    assert len(error["problems"]) >= 2  # type: ignore[arg-type]


def test_a_plan_that_is_not_there_is_refused(cli: Run) -> None:
    code, output = cli("plan", "check", "nowhere.yaml")
    assert code == 3
    assert "nowhere.yaml" in output


def test_a_plan_is_checked_shown_and_drawn(cli: Run, tmp_path: Path) -> None:
    plan = str(write_plan(tmp_path))
    code, output = cli("plan", "check", plan)
    assert code == 0
    assert "10 units, 50.0 uL" in output
    assert json.loads(cli("plan", "check", plan, "--json")[1])["units"] == 10
    assert "Cheek: 10 points" in cli("plan", "show", plan)[1]
    assert cli("plan", "show", plan, "--ascii")[1].split("Cheek")[0].count("1") == 11
    assert len(json.loads(cli("plan", "show", plan, "--json")[1])["points"]) == 10
    assert cli("plan", "show", plan, "--svg", "a.svg")[0] == 0
    assert (tmp_path / "a.svg").read_text(encoding="utf-8").startswith("<svg")
    code, output = cli("plan", "show", plan, "--svg", "a.svg")
    assert code == 3
    assert "exists" in output


def test_a_plan_for_a_pen_has_strokes_and_no_volume(cli: Run) -> None:
    code, output = cli("plan", "check", str(ROOT / "examples" / "needling-pen.yaml"))
    assert code == 0
    assert "uL" not in output


def test_a_new_plan_is_an_example_that_keeps_every_limit(cli: Run) -> None:
    assert cli("plan", "new", "mine.yaml")[0] == 0
    assert cli("plan", "check", "mine.yaml")[0] == 0
    assert cli("plan", "new", "mine.yaml")[0] == 3
    assert cli("plan", "new", "pen.yaml", "--profile", "needling-pen")[0] == 0
    assert cli("plan", "check", "pen.yaml")[0] == 0
    assert json.loads(cli("plan", "schema")[1])["$schema"]
    assert json.loads(cli("plan", "new", "other.yaml", "--json")[1]) == {"plan": "other.yaml"}


def test_the_demo_runs_the_first_example() -> None:
    shipped = ROOT / "src" / "mesodrive" / "cli" / run_module.DEMO_PLAN
    example = ROOT / "examples" / "nappage-face.yaml"
    assert shipped.read_bytes() == example.read_bytes()


def test_profiles_are_listed_shown_and_checked(cli: Run, tmp_path: Path) -> None:
    assert "nappage-gun" in cli("profiles", "list")[1]
    assert len(json.loads(cli("profiles", "list", "--json")[1])["profiles"]) >= 4
    shown = cli("profiles", "show", "point-gun")[1]
    assert "hash" in shown.splitlines()[0]
    assert json.loads(cli("profiles", "show", "point-gun", "--json")[1])["profile"]
    own = tmp_path / "point-gun.yaml"
    own.write_text("\n".join(shown.splitlines()[1:]) + "\n", encoding="utf-8")
    assert "correct" in cli("profiles", "check", str(own))[1]
    assert json.loads(cli("profiles", "check", "nappage-gun", "--json")[1])["correct"]
    own.write_text("schema: 1\nidentity: {profile: 3}\n", encoding="utf-8")
    code, output = cli("profiles", "check", str(own))
    assert code == 3
    assert output.count("point-gun.yaml:") > 3
    code, output = cli("profiles", "show", "nappage-gum")
    assert code == 3
    assert "did you mean nappage-gun" in output
    assert json.loads(cli("profiles", "schema")[1])["$schema"]


def test_places_are_shown_and_follow_the_environment(cli: Run, tmp_path: Path) -> None:
    assert str(tmp_path / "data") in cli("paths")[1]
    assert json.loads(cli("paths", "--json")[1])["logs"].endswith("logs")


def test_sockets_go_into_the_runtime_folder_where_there_is_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with TemporaryDirectory(dir="/tmp") as folder:
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        assert places().runtime == Path(folder)
        monkeypatch.setenv("XDG_RUNTIME_DIR", f"{folder}/missing")
        assert places().runtime != Path(folder) / "missing"


def test_the_doctor_looks_at_everything_and_prints_the_udev_rule(cli: Run) -> None:
    code, output = cli("doctor")
    assert code in (0, 4)
    assert "simulator" in output
    names = {check["name"] for check in json.loads(cli("doctor", "--json")[1])["checks"]}
    assert {"versions", "free space", "pseudo-terminal", "wake-ups", "serial ports"} <= names
    rule = cli("doctor", "--udev-rule", "1A2B:3C4D")[1]
    assert 'ATTRS{idVendor}=="1a2b", ATTRS{idProduct}=="3c4d"' in rule


def test_the_doctor_says_what_stands_in_the_way(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    where = places()._replace(logs=tmp_path / "file", runtime=tmp_path / "missing")
    monkeypatch.setattr(looks, "FREE_BYTES_MIN", 1 << 60)
    monkeypatch.setattr(looks, "GROUP", "nobody.registers.here")
    monkeypatch.setattr(looks, "LATE_NS_MAX", -1)
    monkeypatch.setattr(looks, "services_of_note", lambda _port: ["brltty"])
    monkeypatch.setattr("os.access", lambda *_: False)
    monkeypatch.setattr(looks, "list_ports", lambda: [PORT])
    monkeypatch.setattr(looks, "versions", lambda: {"mesodrive": "unknown"})
    found = {check.name: check for check in checkup(where, MonotonicClock())}
    bad = {name for name, check in found.items() if check.verdict == "bad"}
    assert {
        "versions",
        "log folder",
        "free space",
        "local socket",
        "simulator",
        "serial ports",
    } <= bad
    assert found["wake-ups"].verdict == found["services"].verdict == "note"
    assert all(found[name].remedy for name in bad)


PORT = PortInfo("/dev/ttyACM0", "", "1A2B:3C4D", "S1", "Bridge")


def test_devices_are_listed_without_opening_any(cli: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cli("devices")[0] == 0
    monkeypatch.setattr("mesodrive.transport.discovery.list_ports", lambda: [PORT])
    output = cli("devices")[1]
    assert "1A2B:3C4D" in output
    assert "by-id" not in output
    monkeypatch.setattr("mesodrive.transport.discovery.list_ports", list)
    assert "sim:nappage-gun" in cli("devices")[1]
    assert "ports" in json.loads(cli("devices", "--json")[1])


def test_a_probe_says_first_that_it_may_reset_a_board(cli: Run) -> None:
    code, output = cli("devices", "--probe", "sim:point-gun")
    assert code == 0
    assert "may reset" in output
    assert "point-gun" in output
    assert "SIMULATED" in output
    code, output = cli("devices", "--probe", "sim:nappage-gun", "--json")
    found = json.loads(output.splitlines()[0])
    assert found["profiles"] == ["nappage-gun"]


@pytest.fixture
def stranger() -> Iterator[str]:
    """A device of somebody else on a real pseudo-terminal: boot text, and an echo of everything."""
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    over, end = os.pipe()

    def talk() -> None:
        os.write(ours, b"\r\nBootloader v1.2\r\nlogin: ")
        while over not in (ready := select.select([ours, over], [], [])[0]):
            os.write(ready[0], os.read(ours, 4096))

    thread = threading.Thread(target=talk, daemon=True)
    thread.start()
    yield os.ttyname(theirs)
    os.close(end)
    thread.join(5)
    for fd in (ours, theirs, over):
        os.close(fd)


def test_somebody_elses_device_is_refused_by_probe_and_run(
    cli: Run, stranger: str, tmp_path: Path
) -> None:
    code, output = cli("devices", "--probe", stranger)
    assert code == 4
    assert "does not say that it is a device of ours" in output
    plan = write_plan(tmp_path)
    code, output = cli("run", str(plan), "--port", stranger, "--yes", "--logs", "logs")
    assert code == 4, output


def test_a_log_that_is_none_is_unusable(cli: Run, tmp_path: Path) -> None:
    empty = tmp_path / "empty.mdlog"
    empty.touch()
    text = tmp_path / "text.mdlog"
    text.write_text("not a log\n" * 100, encoding="utf-8")
    for path in (empty, text):
        assert cli("log", "verify", str(path))[0] == 9
        assert cli("log", "replay", str(path))[0] == 9
        assert cli("log", "show", str(path))[0] == 9
    code, output = cli("log", "verify", "missing.mdlog")
    assert code == 9
    assert "missing.mdlog" in output
    assert error_of(cli("log", "show", "missing.mdlog", "--json")[1])["code"] == "log-unreadable"


def test_settings_come_from_flag_environment_file_and_default_in_this_order(
    cli: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = str(write_plan(tmp_path))
    (tmp_path / "config" / "mesodrive").mkdir(parents=True)
    user = tmp_path / "config" / "mesodrive" / "mesodrive.toml"
    user.write_text('port = "/dev/from-user-file"\n', encoding="utf-8")
    assert "/dev/from-user-file" in cli("run", plan, "--yes")[1]
    (tmp_path / "mesodrive.toml").write_text('port = "/dev/from-file"\n', encoding="utf-8")
    assert "/dev/from-file" in cli("run", plan, "--yes")[1]
    monkeypatch.setenv("MESODRIVE_PORT", "/dev/from-environment")
    assert "/dev/from-environment" in cli("run", plan, "--yes")[1]
    assert "/dev/from-flag" in cli("run", plan, "--yes", "--port", "/dev/from-flag")[1]


@pytest.mark.parametrize(
    ("text", "said"),
    [("port = ", "mesodrive.toml"), ("yes = true", "unknown yes"), ("#" * 70_000, "more than")],
)
def test_a_wrong_settings_file_is_named(cli: Run, tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "mesodrive.toml").write_text(text, encoding="utf-8")
    code, output = cli("paths")
    assert code == 2
    assert said in output


def test_an_error_of_ours_ends_with_70_and_names_the_diagnostic_log(
    cli: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("mesodrive.transport.discovery.list_ports", broken)
    code, output = cli("devices")
    assert code == 70
    assert "ZeroDivisionError" in output
    assert "Traceback" not in output
    log = tmp_path / "state" / "mesodrive" / "log" / "mesodrive.log"
    assert str(log) in output
    assert "Traceback" in log.read_text(encoding="utf-8")
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    assert "nowhere" in cli("devices")[1]


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    words = [sys.executable, "-P", "-m", "mesodrive", "profiles", "schema"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        said = process.stderr.read()
    assert said == b""
    assert process.returncode == 0


def test_ctrl_c_outside_a_session_ends_with_5(cli: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("mesodrive.transport.discovery.list_ports", interrupted)
    code, output = cli("devices")
    assert code == 5
    assert "stopped before anything was sent" in output
