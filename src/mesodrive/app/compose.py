"""Put one session together: core, port, log and owner."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from mesodrive.app.closed_logs import hold
from mesodrive.app.handover import Handover
from mesodrive.app.keyring import KeyFolder, KeyRing
from mesodrive.clock import MonotonicClock
from mesodrive.core.driver import DriverCore
from mesodrive.core.spec import SessionSpec
from mesodrive.core.view import View
from mesodrive.errors import MesodriveError
from mesodrive.injector.owner import Owner
from mesodrive.injector.reopening import Reopening
from mesodrive.injector.wakeup import Wakeup
from mesodrive.journal.errors import LogExistsError, LogFolderError
from mesodrive.journal.host_facts import host_facts, versions
from mesodrive.journal.log_file import LogFile
from mesodrive.journal.thread import JournalThread
from mesodrive.session.assembler import LogWriter
from mesodrive.session.begin import Begin
from mesodrive.transport.again import way_back
from mesodrive.transport.registry import open_port, port_kind

NAMES_MAX: Final = 9
"""Sessions of one treatment begun within one second; a tenth is a mistake."""


class Session(NamedTuple):
    """A session ready to run."""

    owner: Owner
    log: Path
    writer: LogWriter
    resumed_fd: int | None = None
    """Holds the log that it goes on from until this process ends; None where there is none."""


def compose(handover: Handover, clock: MonotonicClock, publish: Callable[[View], None]) -> Session:
    """Open the port, begin the log, and put the owner over both; nothing has been sent yet.

    Raises:
        PortError: If the port cannot be opened.
        MesodriveError: If a key file cannot be read, the log cannot be begun, or the one that it
            goes on from cannot be held; the port is closed again.
        pydantic.ValidationError: If the specification is none.
    """
    spec = SessionSpec.model_validate(handover.spec)
    ring = KeyRing(KeyFolder(Path(handover.keys)).load())
    # Before there is a log of this session: another one could go on from the same log until then.
    resumed_fd = _hold_resumed(handover, spec)
    try:
        return _composed(handover, spec, ring, clock, publish)._replace(resumed_fd=resumed_fd)
    except BaseException:
        if resumed_fd is not None:
            os.close(resumed_fd)
        raise


def _hold_resumed(handover: Handover, spec: SessionSpec) -> int | None:
    if spec.resume is None or not handover.resumes:
        return None
    return hold(Path(handover.resumes), spec.resume.head, Path(handover.logs))


def _composed(
    handover: Handover,
    spec: SessionSpec,
    ring: KeyRing,
    clock: MonotonicClock,
    publish: Callable[[View], None],
) -> Session:
    core = DriverCore(spec)
    port = open_port(handover.port, handover.baud)
    try:
        log, file = _new_log(handover, clock)
    except MesodriveError:
        port.close()
        raise
    wakeup = Wakeup()
    writer = LogWriter(_begin(handover, clock).to_body(), clock.now_ns())
    journal = JournalThread(file, clock, wakeup.wake)
    journal.append(writer.take())
    again = way_back(handover.port, handover.baud)
    reopening = None if again is None else Reopening(again, wakeup.wake)
    owner = Owner(
        core, port, writer, journal, clock, wakeup, publish, ring.answer, reopening=reopening
    )
    return Session(owner, log, writer)


def _new_log(handover: Handover, clock: MonotonicClock) -> tuple[Path, LogFile]:
    folder = Path(handover.logs)
    stem = f"session-{clock.utc():%Y%m%d-%H%M%S}-{handover.spec['treatment_id']}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LogFolderError(folder, error.strerror or str(error)) from error
    for number in range(1, NAMES_MAX + 1):
        path = folder / (f"{stem}.mdlog" if number == 1 else f"{stem}-{number}.mdlog")
        try:
            return path, LogFile(path)
        except LogExistsError:
            if number == NAMES_MAX:
                raise
    raise AssertionError


def _begin(handover: Handover, clock: MonotonicClock) -> Begin:
    found = versions()
    return Begin(
        mesodrive=found["mesodrive"],
        spec=handover.spec,
        profile_yaml=handover.profile_yaml,
        profile_file_hash=handover.profile_file_hash,
        plan_yaml=handover.plan_yaml,
        plan_file_hash=handover.plan_file_hash,
        layout=handover.layout,
        versions=found,
        host={**host_facts(), "typed": handover.typed},
        started_utc=clock.utc().isoformat(timespec="microseconds"),
        port=port_kind(handover.port),
        earlier=handover.earlier,
    )
