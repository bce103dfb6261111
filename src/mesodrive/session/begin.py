"""The begin record: everything that a replay needs and that a reader asks for first."""

import json
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from mesodrive.errors import EXIT_LOG_UNUSABLE, MesodriveError
from mesodrive.session.format import FORMAT, Buffer, RecordType
from mesodrive.session.walk import Damage, Walk, json_object


class LogContentError(MesodriveError):
    """Something is wrong with what stands in a log.

    Its readers are given bytes; whoever opened the file says which one it is.
    """

    path: Path | None = None

    def placed(self, said: str) -> str:
        """Return a sentence with the file before it, where that is known."""
        return said if self.path is None else f"{self.path}: {said}"


class LogUnusableError(LogContentError):
    """Nothing in the log can be used.

    Args:
        damage: What was found, None where a whole record says what makes no sense.
        detail: What is wrong with that record.
        place: Which record it is.
    """

    code = "log-unusable"
    exit_code = EXIT_LOG_UNUSABLE

    def __init__(
        self, damage: Damage | None, detail: str = "", place: str = "the begin record"
    ) -> None:
        super().__init__(damage, detail, place)
        self.damage, self.detail, self.place = damage, detail, place

    @property
    def remedy(self) -> str:
        """What a person can do about it."""
        return "use another copy of the file, or a newer version where the message says so"

    def __str__(self) -> str:
        return self.placed(str(self.damage or f"{self.place} cannot be used: {self.detail}"))


class LogUnreadableError(MesodriveError):
    """The log cannot be read at all."""

    code = "log-unreadable"
    exit_code = EXIT_LOG_UNUSABLE

    def __init__(self, path: Path, detail: str) -> None:
        super().__init__(path, detail)
        self.path, self.detail = path, detail

    @property
    def remedy(self) -> str:
        """What a person can do about it."""
        return "name a log; `mesodrive paths` shows where they are"

    def __str__(self) -> str:
        return f"{self.path}: {self.detail}"


@dataclass(frozen=True, slots=True)
class Begin:
    """Facts of the first record; all of it is text and numbers as they were at the time."""

    mesodrive: str
    """Version of the driver."""
    spec: dict[str, Any]
    """The session specification as JSON; replay builds the core from it."""
    profile_yaml: str
    profile_file_hash: str
    plan_yaml: str
    plan_file_hash: str
    layout: list[list[list[int]]]
    """By zone, the points in order of treatment, each (x, y) in micrometres."""
    versions: dict[str, str]
    host: dict[str, Any]
    started_utc: str
    """Wall clock when the record's monotonic time was read, ISO 8601."""
    port: str
    """Kind of the port: serial, socket or sim; never its address."""
    earlier: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    """Sessions of the same treatment before it, as the plan was checked with them."""

    def to_body(self) -> bytes:
        """Return the body of the begin record."""
        facts = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return json.dumps(
            {"format": FORMAT, **facts}, ensure_ascii=False, separators=(",", ":")
        ).encode()


@cache
def our_version() -> str:
    """Return the version of the driver that runs, which a reading of the installation gives."""
    return version("mesodrive")


def read_begin(data: Buffer) -> Begin:
    """Return the begin record of a log; what follows it is not looked at.

    Raises:
        LogUnusableError: If the first record is damaged, of another format, or lacks a fact.
    """
    walk = Walk(data)
    for kind, _, start, end in walk:
        assert kind == RecordType.BEGIN, "a walk begins with the begin record or not at all"
        return _parse(data[start:end])
    raise LogUnusableError(walk.damage)


def _parse(body: bytes) -> Begin:
    facts = json_object(body)
    if facts is None:
        raise LogUnusableError(None, "it is no JSON object")
    facts.setdefault("earlier", [])  # logs from before treatments were counted together
    names = Begin.__dataclass_fields__
    missing = [name for name in names if name not in facts]
    if missing:
        raise LogUnusableError(None, "without " + ", ".join(missing))
    wrong = [name for name in names if not isinstance(facts[name], _SORTS.get(name, str))]
    if wrong:
        raise LogUnusableError(None, "of another sort than in this format: " + ", ".join(wrong))
    return Begin(**{name: facts[name] for name in names})


_SORTS: Final[dict[str, type]] = {
    "spec": dict,
    "layout": list,
    "versions": dict,
    "host": dict,
    "earlier": list,
}
"""What JSON sort a fact is; text where nothing is said."""
