"""From what a person typed to a handover: documents read, limits checked, nothing opened yet."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import parse_qs

from mesodrive.app.earlier import EarlierRefused, read_earlier
from mesodrive.app.handover import Handover
from mesodrive.app.launch import new_address
from mesodrive.app.places import places
from mesodrive.clock import Clock
from mesodrive.plan_store import LoadedPlan, load_plan
from mesodrive.profile_store import LoadedProfile, load_profile
from mesodrive.sequencing.earlier import EarlierSession
from mesodrive.sequencing.planned import AnyPlanned
from mesodrive.sequencing.planner import Identity, make_session
from mesodrive.sequencing.refusal import PlanRefused
from mesodrive.transport.errors import PortOptionError
from mesodrive.transport.registry import port_kind

KEY_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person asked for; None where the default is to be taken."""

    plan: Path
    port: str = ""
    baud: int | None = None
    treatment: str | None = None
    reasons: Mapping[str, str] = field(default_factory=dict[str, str])
    """By advised limit (depth, volume), why it is passed; beside those of the plan."""
    serial: str | None = None
    profiles_dir: Path | None = None
    logs: Path | None = None
    after: tuple[Path, ...] = ()
    """Logs of earlier sessions of the same treatment."""


class Prepared(NamedTuple):
    """A session that may begin.

    Attributes:
        folder: The socket's own folder, removed when the session is over.
    """

    handover: Handover
    folder: Path | None


class Checked(NamedTuple):
    """A plan that keeps every limit, with what it was read from."""

    planned: AnyPlanned
    plan: LoadedPlan
    profile: LoadedProfile
    earlier: tuple[EarlierSession, ...] = ()
    """Sessions of the same treatment that were counted with it."""


def check(wanted: Wanted, clock: Clock) -> Checked:
    """Read plan and profile and check them against each other.

    Raises:
        MesodriveError: With every violation, each with its place and remedy.
    """
    loaded = load_plan(wanted.plan, treatment=wanted.treatment, reasons=wanted.reasons)
    plan = loaded.plan
    profile = load_profile(plan.profile, user_folder=wanted.profiles_dir)
    earlier = read_earlier(wanted.after, plan.treatment, wanted.logs)
    try:
        planned = make_session(
            plan,
            profile.profile,
            today=clock.utc().astimezone().date().isoformat(),
            identity=Identity(secrets.randbits(64), secrets.randbits(64), secrets.randbits(32)),
            document=loaded.document,
            earlier=earlier.sessions,
            serial=wanted.serial,
        )
    except PlanRefused as refused:
        if earlier.problems:
            raise EarlierRefused((*refused.problems, *earlier.problems)) from None
        raise
    if earlier.problems:
        raise EarlierRefused(earlier.problems)
    return Checked(planned, loaded, profile, earlier.sessions)


def prepare(wanted: Wanted, clock: Clock) -> Prepared:
    """Check a plan and put together what the control process needs.

    Raises:
        MesodriveError: If plan or profile are refused.
        OSError: If the folder for sockets cannot be used.
    """
    checked = check(wanted, clock)
    where = places()
    port = paced(wanted.port, wanted.baud)
    profile = checked.profile
    address, folder = new_address(where.runtime)
    handover = Handover(
        authkey=secrets.token_hex(KEY_BYTES),
        address=address,
        diagnostics=str(where.diagnostics),
        port=port,
        baud=wanted.baud or profile.profile.capabilities.baud,
        logs=str(wanted.logs or where.logs),
        keys=str(where.keys),
        spec=checked.planned.spec.model_dump(mode="json"),
        profile_yaml=profile.text,
        profile_file_hash=profile.file_hash.hex(),
        plan_yaml=checked.plan.text,
        plan_file_hash=checked.plan.file_hash.hex(),
        layout=_layout(checked.planned),
        typed={"treatment": wanted.treatment, "reasons": dict(wanted.reasons)},
        earlier=[one.to_json() for one in checked.earlier],
    )
    return Prepared(handover, folder)


def paced(port: str, baud: int | None) -> str:
    """Return the port with the rate that was asked for: a simulated line takes it by its address.

    Args:
        port: As the operator named it.
        baud: Asked for; None for the profile's.

    Raises:
        PortOptionError: If the address names another rate itself.
    """
    if baud is None or port_kind(port) != "sim":
        return port
    named = parse_qs(port.partition("?")[2]).get("baud", [])
    if named and named != [str(baud)]:
        raise PortOptionError(port, "Name the baud rate once: in the address or by --baud.")
    if named:
        return port
    return f"{port}{'&' if '?' in port else '?'}baud={baud}"


def _layout(planned: AnyPlanned) -> list[list[list[int]]]:
    zones: list[list[list[int]]] = [[] for _ in planned.spec.zones]
    for point in planned.points:
        zones[point.zone].append([point.x_um, point.y_um])
    return zones
