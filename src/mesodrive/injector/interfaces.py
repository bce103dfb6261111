"""What the owner asks of the journal; the journal itself is another part of the same layer."""

from typing import Protocol


class Reports(Protocol):
    """A queue of what the journal has done, oldest first."""

    def __len__(self) -> int: ...

    def popleft(self) -> tuple[int] | tuple[str, str]:
        """Take the oldest report.

        `(mark,)` says that all bytes up to a mark are on disk, `(step, detail)` that the log can't
        be kept any more.
        """
        ...


class Journal(Protocol):
    """Makes the log's bytes durable on a thread of its own."""

    @property
    def reports(self) -> Reports:
        """What has happened and was not yet taken."""
        ...

    def append(self, data: bytes, mark: int = ..., *, urgent: bool = ...) -> None:
        """Have bytes written, and `mark` reported when they are durable; never waits."""
        ...

    def close(self, wait_s: float) -> bool:
        """Write what is queued and end; return whether everything is durable."""
        ...
