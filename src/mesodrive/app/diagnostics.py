"""The diagnostic log: for us, rotating, apart from the session log, and without patient data."""

import logging
import sys
import threading
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import Final

FILE_BYTES_MAX: Final = 1 << 20
FILES_KEPT: Final = 3
"""Four megabytes in all: weeks of what little is written."""

FILE_NAME: Final = "mesodrive.log"


def write_diagnostics(folder: Path) -> Path:
    """Send all diagnostics of this process to the log; return its path.

    What no code has caught, on any thread, goes there too instead of to the screen.

    Raises:
        OSError: If the folder cannot be used.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE_NAME
    handler = RotatingFileHandler(
        path, maxBytes=FILE_BYTES_MAX, backupCount=FILES_KEPT, encoding="utf-8", delay=True
    )
    handler.setFormatter(
        logging.Formatter("%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s")
    )
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    # The state machine's library tells every transition; the session log has them all.
    logging.getLogger("transitions").setLevel(logging.WARNING)
    sys.excepthook = _uncaught
    threading.excepthook = lambda args: _uncaught(
        args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback
    )
    return path


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    logging.getLogger(__name__).critical("not caught", exc_info=(kind, error, trace))
