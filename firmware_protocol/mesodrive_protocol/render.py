"""Write, or check, what is rendered from the declarations: `python -m mesodrive_protocol.render`.

The only module of this package that touches files. Tables stand in PROTOCOL.md between
`<!-- rendered: NAME -->` and `<!-- end -->`; the C header is rendered whole.
"""

import argparse
import re
import sys
from pathlib import Path
from typing import Final

from mesodrive_protocol.render_header import c_header
from mesodrive_protocol.render_tables import tables

FOLDER: Final = Path(__file__).resolve().parents[1]
"""`firmware_protocol/` of a checkout; an installed package has no documents beside it."""
DOCUMENT: Final = "PROTOCOL.md"
HEADER: Final = "include/mesodrive_protocol.h"
_PLACE: Final = re.compile(r"(<!-- rendered: (?P<name>[^\n]+?) -->\n).*?(<!-- end -->)", re.DOTALL)


class RenderError(Exception):
    """The document's markers and the declarations do not belong together; nothing was written."""

    code = "render"

    def __init__(self, document: str, unknown: tuple[str, ...], missing: tuple[str, ...]) -> None:
        super().__init__(document, unknown, missing)
        self.document, self.unknown, self.missing = document, unknown, missing

    def __str__(self) -> str:
        said = [f"{self.document}: no declaration for the marker {name!r}" for name in self.unknown]
        said += [f"{self.document}: no marker for {name!r}" for name in self.missing]
        return "\n".join(said)


def fill(document: str) -> str:
    """Return the document with every table between its markers as it is now.

    Raises:
        RenderError: If a marker has no table, or a table no marker.
    """
    rendered = tables()
    found = [match["name"] for match in _PLACE.finditer(document)]
    unknown = tuple(name for name in found if name not in rendered)
    missing = tuple(name for name in rendered if name not in found)
    if unknown or missing:
        raise RenderError(DOCUMENT, unknown, missing)
    return _PLACE.sub(
        lambda match: f"{match[1]}\n{rendered[match['name']]}\n\n{match[3]}", document
    )


def stale(folder: Path = FOLDER) -> dict[str, str]:
    """Return the text that each file should have, for files that have another.

    Raises:
        RenderError: If markers and declarations do not belong together.
        FileNotFoundError: If the folder has no PROTOCOL.md.
    """
    document = (folder / DOCUMENT).read_text(encoding="utf-8")
    header = folder / HEADER
    present = {
        DOCUMENT: document,
        HEADER: header.read_text(encoding="utf-8") if header.exists() else "",
    }
    wanted = {DOCUMENT: fill(document), HEADER: c_header()}
    return {name: text for name, text in wanted.items() if text != present[name]}


def main(arguments: list[str] | None = None, folder: Path = FOLDER) -> int:
    """Check or write; return 0 where all is fresh, 1 where something is stale, 2 on misuse."""
    parser = argparse.ArgumentParser(
        prog="python -m mesodrive_protocol.render",
        description="Tables of PROTOCOL.md and the C header, from the declarations.",
    )
    wish = parser.add_mutually_exclusive_group(required=True)
    wish.add_argument("--check", action="store_true", help="name each stale file, change none")
    wish.add_argument("--write", action="store_true", help="write the stale files")
    options = parser.parse_args(arguments)
    try:
        found = stale(folder)
    except FileNotFoundError as error:
        sys.stderr.write(f"{error.filename}: not there; run this in a checkout\n")
        return 2
    except RenderError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    for name, text in found.items():
        sys.stdout.write(f"{'written' if options.write else 'stale'}: {name}\n")
        if options.write:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
    return 1 if found and options.check else 0


if __name__ == "__main__":
    sys.exit(main())
