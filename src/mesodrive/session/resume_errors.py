"""Why a log cannot be gone on from; nothing has been sent to a device by then."""

from pathlib import Path

from mesodrive.errors import EXIT_LOG_DAMAGED, EXIT_REFUSED, MesodriveError
from mesodrive.session.begin import LogContentError
from mesodrive.session.walk import Damage


class LogCompletedError(MesodriveError):
    """The session of the log came to the end of its plan: nothing is left."""

    code = "log-completed"
    exit_code = EXIT_REFUSED

    def __init__(self, treatment_id: str) -> None:
        super().__init__(treatment_id)
        self.treatment_id = treatment_id

    @property
    def remedy(self) -> str:
        """What a person can do about it."""
        return "Run a plan without --resume to begin a new session."

    def __str__(self) -> str:
        return f"the session of treatment {self.treatment_id} was completed; nothing is left of it"


class LogDamagedError(LogContentError):
    """The log is damaged before its tail, so that parts of the session are missing."""

    code = "log-damaged"
    exit_code = EXIT_LOG_DAMAGED

    def __init__(self, damage: Damage) -> None:
        super().__init__(damage)
        self.damage = damage

    @property
    def remedy(self) -> str:
        """What a person can do about it."""
        return (
            "Use another copy of the log. Without one nobody can say from here what was delivered: "
            "`mesodrive log show` says what is left, and the device keeps its last records."
        )

    def __str__(self) -> str:
        return self.placed(f"the log is damaged, by more than a crash at its end: {self.damage}")


class LogVersionError(MesodriveError):
    """Another version of the driver wrote the log."""

    code = "log-version"
    exit_code = EXIT_REFUSED

    def __init__(self, theirs: str, ours: str) -> None:
        super().__init__(theirs, ours)
        self.theirs, self.ours = theirs, ours

    @property
    def remedy(self) -> str:
        """What a person can do about it."""
        return f"Resume with mesodrive {self.theirs}."

    def __str__(self) -> str:
        return f"mesodrive {self.theirs} wrote the log; this is {self.ours}"


class LogResumedError(MesodriveError):
    """Another log goes on from this one already."""

    code = "log-resumed"
    exit_code = EXIT_REFUSED

    def __init__(self, path: Path, by: Path) -> None:
        super().__init__(path, by)
        self.path, self.by = path, by

    @property
    def remedy(self) -> str:
        """What a person can do about it."""
        return f"Resume {self.by} instead: it holds the account of both."

    def __str__(self) -> str:
        return f"{self.path} was resumed already, by {self.by}"


class LogInUseError(MesodriveError):
    """A session writes the log at this moment."""

    code = "log-in-use"
    exit_code = EXIT_REFUSED

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path = path

    @property
    def remedy(self) -> str:
        """What a person can do about it."""
        return "End that session first; if its window is gone, its control process still runs."

    def __str__(self) -> str:
        return f"{self.path} belongs to a session that still runs"
