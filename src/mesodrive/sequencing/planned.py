"""What comes out of planning: the session, where each unit lies, and what to expect."""

from collections.abc import Mapping
from typing import NamedTuple

from mesodrive.core.spec import SessionSpec
from mesodrive.sequencing.electric_plan import TransdermalPlan
from mesodrive.sequencing.plan import Plan


class Identity(NamedTuple):
    """Numbers drawn for one session; the planner has no source of chance."""

    nonce: int
    case: int
    first_rid: int


class UnitPoint(NamedTuple):
    """Where one unit lies on the plan's map."""

    x_um: int
    y_um: int
    zone: int


class ZoneEstimate(NamedTuple):
    """What one zone gets."""

    name: str
    units: int
    volume_nl: int
    limit_nl: int
    """Most for its area; 0 where nothing is dosed."""
    area_mm2: int
    pricking_us: int


class LotEstimate(NamedTuple):
    """What is used of one lot on the skin."""

    lot: str
    volume_nl: int
    limit_nl: int
    active_ug: int | None
    """Active substance, where the plan gives a concentration; rounded up."""


class Estimates(NamedTuple):
    """What to expect of a session."""

    units: int
    volume_nl: int
    waste_nl: int
    """Primed, for all fillings together."""
    fills: int
    """Fillings of the syringe; 1 for a device without one."""
    pricking_us: int
    """Time of the units themselves at their periods."""
    session_us: int
    """With fittings, primes and moving on: an estimate for people, a little on the long side."""
    travel_um: int
    """Way from point to point."""
    zones: tuple[ZoneEstimate, ...]
    """In the order of the plan."""
    lots: tuple[LotEstimate, ...]
    reasons: Mapping[str, str]
    """Reasons that the plan gave for advised limits it really passes."""

    def to_json(self) -> dict[str, object]:
        """Return the estimates as plain data, keys with base units."""
        plain: dict[str, object] = self._asdict()
        plain["zones"] = [zone._asdict() for zone in self.zones]
        plain["lots"] = [lot._asdict() for lot in self.lots]
        plain["reasons"] = dict(self.reasons)
        return plain


class Planned(NamedTuple):
    """A plan that keeps every limit, ready to be carried out."""

    spec: SessionSpec
    plan: Plan
    points: tuple[UnitPoint, ...]
    """One for each unit that is delivered, in order."""
    order: tuple[int, ...]
    """Zones in the order of treatment, by their numbers."""
    estimates: Estimates


class ElectricZoneEstimate(NamedTuple):
    """What one zone gets of the transdermal unit."""

    name: str
    technique: str
    units: int
    time_us: int
    """From the first unit to the end of the last."""
    area_mm2: int
    """Of the electrode; of an exfoliation the zone's own."""
    charge_uc: int
    """Programmed: the dose, or the most that pulses can carry."""
    limit_uc: int
    """Most in the zone; 0 where the device has no such limit, or no charge flows."""
    peak_ua: int
    """Of a current; 0 for others."""
    density_ua_cm2: int
    """Mean current for the electrode's area, rounded up; 0 where none is set."""
    start_uv: int
    """Voltage that the current needs on rested skin as the profile's simulation has it."""
    compliance_uv: int
    """Highest voltage; where `start_uv` is above it, the ramp waits until the skin lets go."""
    pulse_uj: int
    """Energy of one pulse into 500 ohm, rounded up."""
    volt_us: int
    """Sum of voltage times width over a train, V us, rounded up."""

    @property
    def waits(self) -> bool:
        """Whether the ramp is expected to wait at the highest voltage."""
        return self.start_uv > self.compliance_uv


class ElectricEstimates(NamedTuple):
    """What to expect of a session of the transdermal unit."""

    units: int
    charge_uc: int
    """Of all zones, at most."""
    running_us: int
    """Time of the units themselves."""
    session_us: int
    """With fitting and moving on: an estimate for people, a little on the long side."""
    zones: tuple[ElectricZoneEstimate, ...]
    """In the order of the plan, which is that of treatment."""
    reasons: Mapping[str, str]
    """Reasons that the plan gave for advised limits it really passes."""

    def to_json(self) -> dict[str, object]:
        """Return the estimates as plain data, keys with base units."""
        plain: dict[str, object] = self._asdict()
        plain["zones"] = [zone._asdict() for zone in self.zones]
        plain["reasons"] = dict(self.reasons)
        return plain


class ElectricPlanned(NamedTuple):
    """A plan for the transdermal unit that keeps every limit, ready to be carried out."""

    spec: SessionSpec
    plan: TransdermalPlan
    points: tuple[UnitPoint, ...]
    """One for each unit, in order; the units of an electrode share its middle."""
    order: tuple[int, ...]
    """Zones in the order of treatment, by their numbers: that of the plan."""
    estimates: ElectricEstimates
    electrode_mm2: int
    """Effective area of the electrode."""


AnyPlan = Plan | TransdermalPlan
"""What a person writes, for a device of either family."""
AnyPlanned = Planned | ElectricPlanned
"""What comes out of any plan."""
