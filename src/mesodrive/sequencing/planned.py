"""What comes out of planning: the session, where each unit lies, and what to expect."""

from collections.abc import Mapping
from typing import NamedTuple

from mesodrive.core.spec import SessionSpec
from mesodrive.sequencing.plan import Plan


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
