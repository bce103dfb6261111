"""From a log to a handover: what it proves, and that nobody else goes on from it; nothing opened.

Plan and profile are those of the log, never those of the files they once came from.
"""

import json
import mmap
import os
import secrets
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

from mesodrive.app.handover import Handover
from mesodrive.app.launch import new_address
from mesodrive.app.places import places
from mesodrive.app.prepare import KEY_BYTES, Prepared, paced
from mesodrive.core.spec import SessionSpec
from mesodrive.journal.log_lock import is_locked
from mesodrive.session.begin import Begin, LogUnreadableError, LogUnusableError, read_begin
from mesodrive.session.evidence import Evidence, evidence_of
from mesodrive.session.format import Buffer
from mesodrive.session.resume import check_version, resume_spec
from mesodrive.session.resume_errors import LogInUseError, LogResumedError
from mesodrive.session.verify import verify

SUFFIX: Final = ".mdlog"
LOGS_MAX: Final = 10_000
"""Bound of the logs whose beginning is read to see whether one goes on from this."""


@dataclass(frozen=True, slots=True)
class ResumeWanted:
    """What a person asked for; None where the default is to be taken."""

    log: Path
    port: str
    baud: int | None = None
    logs: Path | None = None


class Resumed(NamedTuple):
    """A session that may go on.

    Attributes:
        evidence: What the log proves of what was delivered.
    """

    prepared: Prepared
    evidence: Evidence


def prepare_resume(wanted: ResumeWanted) -> Resumed:
    """Read a log and put together what the control process needs to go on from it.

    Raises:
        MesodriveError: If the log cannot be gone on from, with the reason and what to do.
        OSError: If the folder for sockets cannot be used.
    """
    path = wanted.log
    with _opened(path) as data:
        begin = read_begin(data)
        check_version(begin)
        spec = resume_spec(data, nonce=secrets.randbits(64), first_rid=secrets.randbits(32))
    _refuse_resumed(path, spec, wanted.logs)
    return Resumed(_prepared(wanted, begin, spec), evidence_of(spec))


def _prepared(wanted: ResumeWanted, begin: Begin, spec: SessionSpec) -> Prepared:
    where = places()
    address, folder = new_address(where.runtime)
    assert spec.resume is not None, "it was made from a log"
    handover = Handover(
        authkey=secrets.token_hex(KEY_BYTES),
        address=address,
        diagnostics=str(where.diagnostics),
        keys=str(where.keys),
        port=paced(wanted.port, wanted.baud),
        baud=wanted.baud or spec.profile.capabilities.baud,
        logs=str(wanted.logs or wanted.log.resolve().parent),
        spec=spec.model_dump(mode="json"),
        profile_yaml=begin.profile_yaml,
        profile_file_hash=begin.profile_file_hash,
        plan_yaml=begin.plan_yaml,
        plan_file_hash=begin.plan_file_hash,
        layout=begin.layout,
        typed={"resume": spec.resume.head},
    )
    return Prepared(handover, folder)


@contextmanager
def _opened(path: Path) -> Generator[Buffer]:
    """Map a log that nobody writes any more.

    Raises:
        LogInUseError: If its session still runs.
        LogUnreadableError: If it cannot be read.
    """
    try:
        if is_locked(path):
            raise LogInUseError(path)
        with path.open("rb") as file:
            # The device lets go of what is acknowledged: the log must outlive a power cut now.
            os.fsync(file.fileno())
            size = path.stat().st_size
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if size else b""
    except OSError as error:
        raise LogUnreadableError(path, error.strerror or str(error)) from error
    try:
        yield data
    finally:
        if isinstance(data, mmap.mmap):
            data.close()


def _refuse_resumed(path: Path, spec: SessionSpec, logs: Path | None) -> None:
    """Refuse a log that another one goes on from, if that one lies beside it or where it would.

    Raises:
        LogResumedError: If there is one.
    """
    assert spec.resume is not None, "it was made from a log"
    folders = {path.resolve().parent, *([logs.resolve()] if logs else [])}
    for folder in sorted(folders):
        for other in islice(_logs(folder), LOGS_MAX):
            if other.resolve() != path.resolve() and _goes_on_from(other, spec.resume.head):
                raise LogResumedError(path, other)


def _logs(folder: Path) -> Iterator[Path]:
    """Yield the logs of a folder, newest names first."""
    return iter(sorted(folder.glob(f"*{SUFFIX}"), reverse=True) if folder.is_dir() else ())


def _goes_on_from(other: Path, head: str) -> bool:
    needle = json.dumps(head).encode()
    try:
        with other.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            # Most logs do not name it at all: found out without reading their beginning as JSON.
            if data.find(needle) < 0:
                return False
            resume = read_begin(data).spec.get("resume")
            if not verify(data).seals:
                return False  # a crash took it before it was on disk: nothing was delivered by it
    except (OSError, ValueError, LogUnusableError):
        return False
    return isinstance(resume, dict) and resume.get("head") == head
