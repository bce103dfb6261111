"""From a log to a handover: what it proves, and that nobody else goes on from it; nothing opened.

Plan and profile are those of the log, never those of the files they once came from.
"""

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from mesodrive.app.closed_logs import opened, refuse_resumed
from mesodrive.app.handover import Handover
from mesodrive.app.launch import new_address
from mesodrive.app.places import places
from mesodrive.app.prepare import KEY_BYTES, Prepared, paced
from mesodrive.core.spec import SessionSpec
from mesodrive.session.begin import Begin, read_begin
from mesodrive.session.evidence import Evidence, evidence_of
from mesodrive.session.resume import check_version, resume_spec


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
    with opened(path) as data:
        begin = read_begin(data)
        check_version(begin)
        spec = resume_spec(data, nonce=secrets.randbits(64), first_rid=secrets.randbits(32))
    assert spec.resume is not None, "it was made from a log"
    refuse_resumed(path, spec.resume.head, wanted.logs)
    return Resumed(_prepared(wanted, begin, spec), evidence_of(spec))


def _prepared(wanted: ResumeWanted, begin: Begin, spec: SessionSpec) -> Prepared:
    where = places()
    port = paced(wanted.port, wanted.baud)
    assert spec.resume is not None, "it was made from a log"
    address, folder = new_address(where.runtime)
    handover = Handover(
        authkey=secrets.token_hex(KEY_BYTES),
        address=address,
        diagnostics=str(where.diagnostics),
        keys=str(where.keys),
        port=port,
        baud=wanted.baud or spec.profile.capabilities.baud,
        logs=str(wanted.logs or wanted.log.resolve().parent),
        spec=spec.model_dump(mode="json"),
        profile_yaml=begin.profile_yaml,
        profile_file_hash=begin.profile_file_hash,
        plan_yaml=begin.plan_yaml,
        plan_file_hash=begin.plan_file_hash,
        layout=begin.layout,
        typed={"resume": spec.resume.head},
        earlier=begin.earlier,
        resumes=str(wanted.log.resolve()),
    )
    return Prepared(handover, folder)
