"""Folders of sockets that killed sessions left: a later start removes them, and no others."""

import os
import socket
from pathlib import Path

import pytest

from mesodrive.app import launch
from mesodrive.app.launch import new_address


def made(runtime: Path) -> tuple[str, Path]:
    address, folder = new_address(runtime)
    assert folder is not None
    return address, folder


def aged(folder: Path) -> Path:
    """Make a folder look as if it had been there for years."""
    os.utime(folder, (0, 0))
    return folder


def tidied(runtime: Path) -> None:
    made(runtime)[1].rmdir()


def bound(address: str) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX)
    sock.bind(address)
    return sock


def test_an_old_folder_goes_when_nobody_listens_and_a_young_one_stays(tmp_path: Path) -> None:
    (dead, old), (quiet, young) = made(tmp_path), made(tmp_path)
    for address in (dead, quiet):
        bound(address).close()
    aged(old)
    tidied(tmp_path)
    assert not old.exists()
    assert young.exists(), "it may belong to a session that just begins"


def test_a_folder_stays_while_somebody_listens_even_with_a_full_queue(tmp_path: Path) -> None:
    address, folder = made(tmp_path)
    with bound(address) as listening:
        listening.listen(0)
        aged(folder)
        for _ in range(3):
            tidied(tmp_path)
            assert folder.exists()
    tidied(tmp_path)
    assert not folder.exists()


def test_an_old_folder_without_a_socket_is_removed_and_a_young_one_is_not(tmp_path: Path) -> None:
    old, young = made(tmp_path)[1], made(tmp_path)[1]
    aged(old)
    tidied(tmp_path)
    assert not old.exists()
    assert young.exists()


def test_what_is_only_named_alike_is_left_alone(tmp_path: Path) -> None:
    named = [tmp_path / f"mesodrive-{name}" for name in ("longer-name", "openopen", "filefile")]
    for folder in named:
        folder.mkdir(mode=0o700)
    named[1].chmod(0o755)
    (named[2] / "socket").write_text("no socket", encoding="utf-8")
    target = tmp_path / "target"
    target.mkdir(mode=0o700)
    link = tmp_path / "mesodrive-linklink"
    link.symlink_to(target)
    for folder in (*named, target):
        aged(folder)
    tidied(tmp_path)
    assert all(path.exists() for path in (*named, target, link, named[2] / "socket"))


def test_a_folder_that_holds_more_than_a_dead_socket_stays(tmp_path: Path) -> None:
    address, folder = made(tmp_path)
    bound(address).close()
    (folder / "note").touch()
    aged(folder)
    tidied(tmp_path)
    assert (folder / "note").exists()


def test_one_start_looks_at_a_bounded_number_of_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch, "LEFT_MAX", 3)
    old = [made(tmp_path)[1] for _ in range(5)]
    for folder in old:
        aged(folder)
    tidied(tmp_path)
    assert sum(folder.exists() for folder in old) == 2
