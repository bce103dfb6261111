"""Signed sessions from the command line: pair, list, run, forget; and what is shown unsigned."""

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from mesodrive.app.keyring import KeyFolder
from mesodrive.cli.lines import PlainLines
from mesodrive.cli.screen import picture
from mesodrive.session.rebuild import driver_core
from mesodrive.session.replay import replay
from support.guns import gun
from support.plans import write_plan
from support.scripted import Scripted
from support.specs import deliver, session

Run = Callable[..., tuple[int, str]]


@pytest.mark.req("SEC-06")
def test_a_device_is_paired_run_signed_and_forgotten(cli: Run, tmp_path: Path) -> None:
    plan, link, store = write_plan(tmp_path), tmp_path / "gun", tmp_path / "store"
    words = ("run", str(plan), "--port", str(link), "--yes", "--logs", "logs", "--json")
    with gun(keyed=True, service_key=True, pty=link, store=store):
        code, output = cli(*words)
        assert code == 4
        assert "key-missing" in output
        code, output = cli("pair", str(link))
        assert code == 0, output
        assert "SIM-0001: hold the device's own key" in output
        assert "SIMULATED generic nappage-gun, serial SIM-0001, is paired." in output
    with gun(keyed=True, pty=link, store=store):
        code, output = cli(*words)
        assert code == 0, output
    log = max((tmp_path / "logs").glob("*.mdlog"), key=lambda path: path.stat().st_mtime_ns)
    data = log.read_bytes()
    assert b'"signed":true' in data
    assert replay(data, driver_core).equal
    assert cli("log", "verify", str(log))[0] == 0
    shown = cli("log", "show", str(log))[1]
    assert "key for OPEN" in shown
    assert "signed" in shown
    (key,) = KeyFolder(tmp_path / "data" / "mesodrive" / "keys").load()
    everything = b"".join(
        path.read_bytes()
        for path in tmp_path.rglob("*")
        if path.is_file() and path.suffix != ".json" and path != store
    )
    assert everything
    for form in (key.key, key.key.hex().encode()):
        assert form not in everything
        assert form.decode("latin-1") not in output + shown
    code, output = cli("keys", "list")
    assert (code, f"SIM-0001         key {key.key_id:08x}, of" in output) == (0, True)
    assert key.key.hex() not in output
    assert cli("keys", "forget", "SIM-0001") == (0, "The keys of SIM-0001 are forgotten.\n")
    assert cli("keys", "forget", "SIM-0001") == (0, "There are no keys of SIM-0001.\n")
    assert "No keys." in cli("keys", "list")[1]


def test_pairing_and_keys_are_there_for_programs_too(cli: Run, tmp_path: Path) -> None:
    link = tmp_path / "gun"
    with gun(keyed=True, service_key=True, pty=link):
        code, output = cli("pair", str(link), "--json")
    assert code == 0
    facts = json.loads(output[output.index("{") :].splitlines()[0])
    assert facts["serial"] == "SIM-0001"
    (listed,) = json.loads(cli("keys", "list", "--json")[1])["keys"]
    assert listed["key_id"] == facts["key_id"]
    assert set(listed) == {"serial", "key_id", "created"}


def test_a_device_that_is_not_keyed_is_not_paired(cli: Run, tmp_path: Path) -> None:
    with gun(pty=tmp_path / "gun"):
        code, output = cli("pair", str(tmp_path / "gun"))
    assert code == 4
    assert "has no use for a key" in output
    assert cli("keys", "list", "--json")[1].strip() == '{"keys": []}'


@pytest.mark.req("SEC-06")
def test_a_key_file_that_is_none_refuses_the_session_before_the_port(
    cli: Run, tmp_path: Path
) -> None:
    keys = tmp_path / "data" / "mesodrive" / "keys"
    keys.mkdir(parents=True)
    (keys / "A.json").write_text("[]", encoding="ascii")
    plan = write_plan(tmp_path)
    code, output = cli("run", str(plan), "--port", "sim:nappage-gun", "--yes", "--logs", "logs")
    assert code == 3
    assert "A.json" in output


def view_of(*, simulated: bool) -> dict[str, Any]:
    device = Scripted(session(deliver(1)))
    if not simulated:
        device.identity = {"caps": 1 << 9 | 1 << 15}
    device.open_port().until_state("completed")
    return device.core.view().to_json()


@pytest.mark.req("SEC-06")
def test_that_a_real_device_takes_unsigned_messages_is_shown_loudly(
    capsys: pytest.CaptureFixture[str],
) -> None:
    real, simulated = view_of(simulated=False), view_of(simulated=True)
    signed = {**real, "link": {**real["link"], "signed": True}}
    for view, loud in ((real, True), (simulated, False), (signed, False)):
        PlainLines().show(view)
        drawn = StringIO()
        Console(width=100, file=drawn).print(picture(view))
        assert ("UNSIGNED" in capsys.readouterr().out) is loud
        assert ("UNSIGNED" in drawn.getvalue()) is loud
