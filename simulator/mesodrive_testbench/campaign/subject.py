"""What a campaign tries: a plan on a profile, with everything that all seeds share."""

from importlib import resources
from pathlib import Path
from typing import Final, NamedTuple

from mesodrive.core.spec import SessionSpec
from mesodrive.plan_store import load_plan, parse_plan
from mesodrive.profile_store import load_profile
from mesodrive.sequencing.planner import Identity, make_session
from mesodrive.session.begin import Begin
from mesodrive_protocol.enums import Kind
from mesodrive_simulator.sim_profile import TRANSDERMAL, SimProfile
from mesodrive_simulator.sim_profile import load_profile as load_sim_profile
from mesodrive_testbench.campaign.catalogue import GUN, PULSES, SLICES, Needs

PROFILE: Final = "nappage-gun"
PLAN: Final = "forty-pricks"
SHIPPED: Final = {
    PLAN: PLAN, "slices": "short-slices", "bursts": "short-bursts", "pulses": "ten-pulses",
}  # fmt: skip
"""Plans that come with the campaign, and their files."""
DAY: Final = "2026-01-01"
"""Day of all sessions, so that no result depends on the calendar."""
_IDENTITY: Final = Identity(0x1122_3344_5566_7788, 77, 1_000)


class Subject(NamedTuple):
    """One plan on one profile."""

    profile: str
    plan: str
    spec: SessionSpec
    sim_profile: SimProfile
    begin: bytes
    """The log's first record, the same for every first session."""

    @property
    def units(self) -> int:
        """Units of all programs that deliver."""
        return sum(
            step.units
            for stage in self.spec.stages
            for program in stage.programs
            if program.purpose == "deliver"
            for step in program.steps
        )

    @property
    def has(self) -> frozenset[Needs]:
        """What the device has that a fault class may need."""
        if self.sim_profile.family != TRANSDERMAL:
            return GUN
        return PULSES if Kind.PULSE in self.sim_profile.kinds else SLICES


def make_subject(profile: str = PROFILE, plan: str = PLAN) -> Subject:
    """Read plan and profile and check them.

    Args:
        profile: Name of a shipped profile, or a path.
        plan: Name of a plan shipped with the campaign, or a path.

    Raises:
        MesodriveError: If plan or profile is refused, with every reason.
        SimProfileError: If the simulated device cannot be built from the profile.
    """
    if plan in SHIPPED:
        file = resources.files("mesodrive_testbench.campaign").joinpath(f"{SHIPPED[plan]}.yaml")
        loaded = parse_plan(file.read_text(encoding="utf-8"), file=plan)
    else:
        loaded = load_plan(Path(plan))
    planned = make_session(
        loaded.plan,
        load_profile(profile).profile,
        today=DAY,
        identity=_IDENTITY,
        document=loaded.document,
    )
    return Subject(profile, plan, planned.spec, load_sim_profile(profile), begin_body(planned.spec))


def begin_body(spec: SessionSpec) -> bytes:
    """Return the begin record of a session of the campaign."""
    return Begin(
        mesodrive="campaign", spec=spec.model_dump(mode="json"), profile_yaml="",
        profile_file_hash="", plan_yaml="", plan_file_hash="", layout=[], versions={}, host={},
        started_utc="2026-01-01T00:00:00+00:00", port="virtual",
    ).to_body()  # fmt: skip
