"""Durable stores in a file: whole or not at all."""

from pathlib import Path

import pytest

from mesodrive_simulator.serve import ServeOptions, Serving, serve
from mesodrive_simulator.serve_errors import ServeError, SimUrlError, StoreFileError
from mesodrive_simulator.sim_profile import SimProfileError
from mesodrive_simulator.store_file import STORE_BYTES_MAX, load_store, save_store


def test_what_was_saved_is_loaded_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "gun.store"
    assert load_store(path) is None
    save_store(path, b"one")
    save_store(path, b"two")
    assert load_store(path) == b"two"
    assert [p.name for p in tmp_path.iterdir()] == ["gun.store"]


def test_a_folder_or_a_huge_file_is_no_store(tmp_path: Path) -> None:
    with pytest.raises(StoreFileError, match="directory"):
        load_store(tmp_path)
    (tmp_path / "big").write_bytes(b"x" * (STORE_BYTES_MAX + 1))
    with pytest.raises(StoreFileError, match="too long"):
        load_store(tmp_path / "big")


def test_a_place_that_cannot_be_written_keeps_what_was_there(tmp_path: Path) -> None:
    with pytest.raises(StoreFileError, match="Choose a folder"):
        save_store(tmp_path / "none" / "gun.store", b"x")
    path = tmp_path / "gun.store"
    save_store(path, b"good")
    (tmp_path / "gun.store.new").mkdir()
    with pytest.raises(StoreFileError):
        save_store(path, b"newer")
    assert load_store(path) == b"good"


def test_a_store_that_cannot_be_written_is_refused_before_anybody_may_connect(
    tmp_path: Path,
) -> None:
    announced: list[Serving] = []
    store = tmp_path / "none" / "gun.store"
    options = ServeOptions(profile="nappage-gun", tcp=("127.0.0.1", 0), store=store)
    with pytest.raises(StoreFileError, match="Choose a folder"):
        serve(options, announced.append)
    assert announced == []


@pytest.mark.parametrize(
    "error",
    [
        ServeError("here", "it failed.", "Try again."),
        SimUrlError("here", "it failed.", "Try again."),
        SimProfileError("here", ("it failed.",), "Try again."),
    ],
)
def test_a_message_ends_each_sentence_once(error: Exception) -> None:
    assert str(error).endswith("it failed. Try again.")
