"""What is rendered is fresh, and the check says so where it is not."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mesodrive_protocol.codec import IDS, NAMES
from mesodrive_protocol.render import DOCUMENT, FOLDER, HEADER, RenderError, fill, main, stale
from mesodrive_protocol.render_layouts import MESSAGES, item_spots, payload_spots, step_spots
from mesodrive_protocol.render_tables import tables


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a copy of the document and the header."""
    shutil.copy(FOLDER / DOCUMENT, tmp_path / DOCUMENT)
    (tmp_path / HEADER).parent.mkdir()
    shutil.copy(FOLDER / HEADER, tmp_path / HEADER)
    return tmp_path


def section(name: str) -> str:
    """Return the text of PROTOCOL.md under a heading of the third level."""
    document = (FOLDER / DOCUMENT).read_text(encoding="utf-8")
    _, found, rest = document.partition(f"\n### {name}\n")
    assert found, f"PROTOCOL.md has no section {name}"
    return re.split(r"\n##+ ", rest, maxsplit=1)[0]


def test_document_and_header_are_fresh() -> None:
    assert list(stale()) == [], "python -m mesodrive_protocol.render --write"


def test_the_module_runs_as_written_in_the_document() -> None:
    command = [sys.executable, "-m", "mesodrive_protocol.render", "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_every_stale_file_is_named_and_none_is_touched(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = folder / DOCUMENT
    changed = document.read_text(encoding="utf-8").replace("| `press` | u32 |", "| `press` | u16 |")
    document.write_text(changed, encoding="utf-8")
    (folder / HEADER).write_text("/* old */\n", encoding="utf-8")
    assert main(["--check"], folder) == 1
    assert capsys.readouterr().out == f"stale: {DOCUMENT}\nstale: {HEADER}\n"
    assert document.read_text(encoding="utf-8") == changed


def test_writing_makes_fresh_what_was_stale_or_missing(folder: Path) -> None:
    shutil.rmtree((folder / HEADER).parent)
    assert main(["--write"], folder) == 0
    assert main(["--check"], folder) == 0
    assert (folder / HEADER).read_text(encoding="utf-8").startswith("/* Mesodrive Device Protocol")


def test_a_marker_without_a_table_and_a_table_without_a_marker_are_named(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = folder / DOCUMENT
    text = document.read_text(encoding="utf-8")
    document.write_text(
        text.replace("rendered: enum Hold", "rendered: enum Hole"), encoding="utf-8"
    )
    assert main(["--write"], folder) == 2
    said = capsys.readouterr().err
    assert "no declaration for the marker 'enum Hole'" in said
    assert "no marker for 'enum Hold'" in said
    with pytest.raises(RenderError) as caught:
        fill("nothing is marked here")
    assert len(caught.value.missing) == len(tables())


def test_without_a_checkout_the_command_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--check"], tmp_path) == 2
    assert "run this in a checkout" in capsys.readouterr().err


@pytest.mark.parametrize("cls", IDS.values(), ids=lambda cls: cls.__name__)
def test_every_field_of_a_message_is_explained_in_its_section(cls: type[Any]) -> None:
    text = section(NAMES[cls])
    prose = re.sub(r"<!-- rendered.*?<!-- end -->", "", text, flags=re.DOTALL)
    for spot in [*payload_spots(cls), *item_spots(cls)]:
        if spot.name and spot.name not in {"value", "v2", "v3", "v4", "v5"}:
            assert f"`{spot.name}`" in prose, f"{NAMES[cls]}: {spot.name} is not explained"


def test_every_step_field_has_its_unit_in_the_name_or_is_a_plain_number() -> None:
    plain = {"units", "strokes", "trigger", "flags"}
    for name, (_, _, spots) in step_spots().items():
        for spot in spots:
            if spot.name and spot.name not in plain:
                assert spot.unit, f"{name}.{spot.name}"


def test_the_example_in_the_document_is_the_vector(vectors: dict[str, Any]) -> None:
    document = (FOLDER / DOCUMENT).read_text(encoding="utf-8").replace(" ", "")
    hello = vectors["frames"]["frames"][0]
    assert f"body{hello['body']}\nwire{hello['wire']}\n" in document


def test_the_header_has_every_message_with_its_id() -> None:
    header = (FOLDER / HEADER).read_text(encoding="utf-8")
    for cls, declared in MESSAGES.items():
        assert f"#define MESO_ID_{NAMES[cls]} 0x{declared.id:04X}u\n" in header
        assert f"struct meso_{NAMES[cls].lower()} {{\n    struct meso_header header;\n" in header


def test_every_link_within_the_document_leads_somewhere() -> None:
    document = (FOLDER / DOCUMENT).read_text(encoding="utf-8")
    headings = re.findall(r"^##+ (.+)$", document, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\]\(#([^)]+)\)", document)) <= anchors
