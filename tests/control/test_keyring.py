"""Pairing keys on disk and in memory: who may read them, what they sign, what is never shown."""

import hashlib
import hmac
import json
import os
from pathlib import Path

import pytest

from mesodrive.app.keyring import KEYS_MAX, KeyFileError, KeyFolder, KeyRing, PairingKey

ONE = PairingKey("SIM-0001", 5, bytes(range(32)), "2026-01-01T00:00:00+00:00")
TWO = PairingKey("SIM-0001", 6, bytes(range(32, 64)), "2026-01-02T00:00:00+00:00")
OTHER = PairingKey("../up", 7, bytes(32), "2026-01-03T00:00:00+00:00")


def asked(purpose: int, serial: str, key_id: int, data: bytes) -> bytes:
    return bytes([purpose]) + serial.encode().ljust(16, b"\0") + key_id.to_bytes(4, "little") + data


def test_keys_are_kept_by_device_the_newest_last(tmp_path: Path) -> None:
    folder = KeyFolder(tmp_path / "keys")
    assert folder.load() == []
    for key in (ONE, OTHER, TWO):
        folder.add(key)
    assert folder.load() == [OTHER, ONE, TWO]
    assert folder.keys_of("SIM-0001") == [ONE, TWO]
    folder.keep_only(TWO)
    assert folder.load() == [OTHER, TWO]
    assert folder.forget("SIM-0001")
    assert not folder.forget("SIM-0001")
    assert folder.load() == [OTHER]


@pytest.mark.req("SEC-06")
def test_only_the_user_may_read_keys_and_no_serial_number_is_a_path(tmp_path: Path) -> None:
    folder = KeyFolder(tmp_path / "keys")
    folder.add(ONE)
    folder.add(OTHER)
    assert {path.parent for path in tmp_path.rglob("*.json")} == {tmp_path / "keys"}
    assert {path.stat().st_mode & 0o777 for path in tmp_path.rglob("*.json")} == {0o600}
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700


def test_a_key_of_the_same_name_is_replaced_and_few_are_kept(tmp_path: Path) -> None:
    folder = KeyFolder(tmp_path)
    folder.add(ONE)
    folder.add(TWO._replace(key_id=5))
    assert folder.keys_of("SIM-0001") == [TWO._replace(key_id=5)]
    for number in range(10, 10 + 2 * KEYS_MAX):
        folder.add(ONE._replace(key_id=number))
    kept = [key.key_id for key in folder.keys_of("SIM-0001")]
    assert kept == list(range(10 + KEYS_MAX, 10 + 2 * KEYS_MAX))


def test_what_a_killed_pairing_left_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "SIM-0001.json.new").write_text("half", encoding="ascii")
    KeyFolder(tmp_path).add(ONE)
    assert KeyFolder(tmp_path).load() == [ONE]


@pytest.mark.parametrize(
    "text",
    [
        "no json", "[]", "{}", '{"serial": "A", "keys": [{"key_id": 1}]}',
        '{"serial": "A", "keys": [{"key_id": 1, "key": "zz", "created": ""}]}',
        '{"serial": "A", "keys": [{"key_id": 1, "key": "5eed", "created": ""}]}',
    ],
)  # fmt: skip
def test_a_file_that_is_none_of_ours_is_refused_without_showing_what_is_in_it(
    tmp_path: Path, text: str
) -> None:
    (tmp_path / "A.json").write_text(text, encoding="ascii")
    with pytest.raises(KeyFileError) as caught:
        KeyFolder(tmp_path).load()
    assert "5eed" not in str(caught.value)
    assert "mesodrive pair" in caught.value.remedy
    assert caught.value.exit_code == 3


def test_a_file_that_cannot_be_read_or_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "SIM-0001.json").mkdir()
    folder = KeyFolder(tmp_path)
    with pytest.raises(KeyFileError):
        folder.load()
    with pytest.raises(KeyFileError):
        folder.forget("SIM-0001")
    (tmp_path / "file").write_text("", encoding="ascii")
    with pytest.raises(KeyFileError):
        KeyFolder(tmp_path / "file" / "keys").add(ONE)


def test_folders_are_made_durable_only_where_a_system_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = KeyFolder(tmp_path / "keys")
    monkeypatch.setattr(os, "name", "nt")
    folder.add(ONE)
    monkeypatch.undo()
    assert folder.load() == [ONE]


@pytest.mark.req("SEC-06")
def test_a_ring_signs_and_derives_and_says_nothing_for_keys_it_has_not() -> None:
    ring = KeyRing([ONE, TWO])
    digest = hmac.new(TWO.key, b"data", hashlib.sha256).digest()
    assert ring.answer(asked(0, "SIM-0001", 6, b"data")) == b"\0" + digest[:8]
    assert ring.answer(asked(1, "SIM-0001", 6, b"data")) == b"\1" + digest
    assert ring.answer(asked(0, "SIM-0001", 9, b"data")) == b"\0"
    assert ring.answer(asked(1, "SIM-0002", 6, b"data")) == b"\1"


def test_a_key_file_says_for_which_device_it_is(tmp_path: Path) -> None:
    KeyFolder(tmp_path).add(ONE)
    facts = json.loads((tmp_path / "SIM-0001.json").read_text(encoding="ascii"))
    assert facts["serial"] == "SIM-0001"
    assert [key["key_id"] for key in facts["keys"]] == [5]
