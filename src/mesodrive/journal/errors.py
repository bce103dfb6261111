"""Why a log could not be begun; nothing has been sent to a device by then."""

from pathlib import Path
from typing import Final

_SENTENCES: Final = {
    "log-exists": "a file of this name exists already; a log is never written over",
    "log-space": "too little free space for a log",
    "log-folder": "the folder for the log cannot be used",
}
_REMEDIES: Final = {
    "log-exists": "Choose another name.",
    "log-space": "Free some space, or choose a folder on another disk.",
    "log-folder": "Create the folder, or choose one that may be written to.",
}


class JournalError(Exception):
    """A log could not be begun.

    Args:
        code: Stable code: `log-exists`, `log-space`, `log-folder`.
        path: The log.
        detail: What the system said, or the numbers.
    """

    exit_code = 4

    def __init__(self, code: str, path: Path, detail: str = "") -> None:
        super().__init__(code, path, detail)
        self.code, self.path, self.detail = code, path, detail
        self.remedy = _REMEDIES[code]

    def __str__(self) -> str:
        said = f" ({self.detail})" if self.detail else ""
        return f"{self.path}: {_SENTENCES[self.code]}{said}. {self.remedy}"
