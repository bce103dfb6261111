"""Why a log could not be begun; nothing has been sent to a device by then."""

from pathlib import Path

from mesodrive.errors import EXIT_REFUSED, MesodriveError


class LogExistsError(MesodriveError):
    """A file of this name exists; a log is never written over."""

    code = "log-exists"
    exit_code = EXIT_REFUSED

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path = path

    @property
    def remedy(self) -> str:
        """What a person can do about it."""
        return "choose another name for the log"

    def __str__(self) -> str:
        return f"{self.path} exists already and a log is never written over; {self.remedy}"


class LogFolderError(MesodriveError):
    """The folder for the log cannot be used."""

    code = "log-folder"
    exit_code = EXIT_REFUSED

    def __init__(self, path: Path, detail: str) -> None:
        super().__init__(path, detail)
        self.path, self.detail = path, detail

    @property
    def remedy(self) -> str:
        """What a person can do about it."""
        return "create the folder, or choose one that may be written to"

    def __str__(self) -> str:
        return f"cannot create {self.path} ({self.detail}); {self.remedy}"


class LogSpaceError(MesodriveError):
    """Too little space is free for a log; no session begins without one."""

    code = "log-space"
    exit_code = EXIT_REFUSED

    def __init__(self, path: Path, free_bytes: int, needed_bytes: int) -> None:
        super().__init__(path, free_bytes, needed_bytes)
        self.path, self.free_bytes, self.needed_bytes = path, free_bytes, needed_bytes

    @property
    def remedy(self) -> str:
        """What a person can do about it."""
        return "free some space, or choose a folder on another disk"

    def __str__(self) -> str:
        return (
            f"a log in {self.path.parent} needs {self.needed_bytes} bytes of free space, "
            f"{self.free_bytes} are there; {self.remedy}"
        )
