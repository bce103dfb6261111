"""Every exception that this package raises on purpose, in one tree.

    MesodriveError              has a stable code, a remedy and the exit code of the command line
     +-- DocumentError          a profile, plan or other file that a person wrote is wrong
     +-- ProfileNotFoundError   no profile has this name
     +-- QuantityError          a number cannot be said in whole base units

Each exception takes facts, keeps them as attributes and builds its own sentence, so that the
command line, the log and later the page can each show it in their own way. The facts go to
`super().__init__`, so each can be pickled. A programmer's wrong argument stays a `ValueError` or
`TypeError`, outside the tree.
"""

from typing import ClassVar, Final, NamedTuple

EXIT_DONE: Final = 0
EXIT_USAGE: Final = 2
EXIT_REFUSED: Final = 3
"""A plan, profile or other input was refused; nothing was sent."""
EXIT_DEVICE: Final = 4
"""The port or the device could not be used."""
EXIT_STOPPED: Final = 5
EXIT_FAULT: Final = 6
EXIT_OPEN_INTERVAL: Final = 7
"""The session ended, and how much one unit delivered is known only as an interval."""
EXIT_LOG_DAMAGED: Final = 8
"""The log is damaged, and the damage is described."""
EXIT_LOG_UNUSABLE: Final = 9
EXIT_OWN_ERROR: Final = 70

PROBLEMS_SHOWN_MAX: Final = 50
"""More lines than this push the first ones off the screen."""


class MesodriveError(Exception):
    """Root of everything that this package raises on purpose."""

    code: ClassVar[str] = "mesodrive"
    """Stable name for logs and programs; never reworded."""
    exit_code: ClassVar[int] = EXIT_OWN_ERROR
    """What the command line ends with."""

    @property
    def remedy(self) -> str:
        """What a person can do about it."""
        return "report this with the diagnostic log"


class Problem(NamedTuple):
    """One fault in a document, with its place and what to do."""

    file: str
    line: int
    """From 1; 0 where the fault is the file as a whole."""
    column: int
    """From 1; 0 where the fault is the file as a whole."""
    field: str
    """Path of keys with dots, empty where no field is at fault."""
    value: str
    """What stands there, shortened."""
    limit: str
    """What is expected."""
    remedy: str
    code: str
    """Stable name of the rule that is broken."""

    def __str__(self) -> str:
        """Return the fault as one line: place, field, what was found and what to do."""
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        field = f"{self.field}: " if self.field else ""
        return f"{place}: {field}found {self.value}, expected {self.limit}; {self.remedy}"


class DocumentError(MesodriveError):
    """A document that a person wrote is wrong; it lists every fault that was found."""

    code = "document"
    exit_code = EXIT_REFUSED

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        """Keep the problems, in the order of the document.

        Args:
            problems: At least one.
        """
        super().__init__(problems)
        self.problems = problems

    @property
    def remedy(self) -> str:
        """The remedy of the first problem."""
        return self.problems[0].remedy

    def __str__(self) -> str:
        """Return one line for each problem, and a count of those beyond `PROBLEMS_SHOWN_MAX`."""
        lines = [str(problem) for problem in self.problems[:PROBLEMS_SHOWN_MAX]]
        hidden = len(self.problems) - len(lines)
        if hidden:
            lines.append(f"{self.problems[0].file}: and {hidden} more; mend these first")
        return "\n".join(lines)


class ProfileNotFoundError(MesodriveError):
    """No profile has this name."""

    code = "profile-not-found"
    exit_code = EXIT_REFUSED

    def __init__(self, name: str, close: tuple[str, ...], known: tuple[str, ...]) -> None:
        """Keep the name, those like it, and all that exist."""
        super().__init__(name, close, known)
        self.name, self.close, self.known = name, close, known

    @property
    def remedy(self) -> str:
        """Which names there are."""
        guess = f"did you mean {' or '.join(self.close)}? " if self.close else ""
        return f"{guess}known profiles: {', '.join(self.known) or 'none'}; or give a path to a file"

    def __str__(self) -> str:
        """Return the sentence for people."""
        return f"there is no profile named {self.name!r}; {self.remedy}"


class QuantityError(MesodriveError):
    """A number cannot be said in whole base units."""

    code = "quantity"
    exit_code = EXIT_REFUSED

    def __init__(self, value: str, unit: str, limit: str, remedy: str) -> None:
        """Keep the number as written, its unit, what is expected and what to do."""
        super().__init__(value, unit, limit, remedy)
        self.value, self.unit, self.limit = value, unit, limit
        self._remedy = remedy

    @property
    def remedy(self) -> str:
        """What to write instead."""
        return self._remedy

    def __str__(self) -> str:
        """Return the sentence for people."""
        return f"{self.value} {self.unit}: expected {self.limit}; {self.remedy}"
