"""Earlier sessions of one treatment: what each gave at most, and what a new plan may still add.

Totals are compared by their upper end, unit by unit: a volume and a charge never add up.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from mesodrive.document_text import escaped
from mesodrive.limits import ElectricEnvelope, Envelope
from mesodrive.limits import electric_session_rules as electric
from mesodrive.limits import session_rules as rules
from mesodrive.limits.violation import Violation, shown
from mesodrive_protocol.enums import Kind

UNITS: Final = ("nL", "strokes", "uC")
"""Every unit that a session's amount can have."""
NAMES_MAX: Final = 3
"""Names that a sentence lists before it only counts."""
_HOW: Final[Mapping[Kind, str]] = {
    Kind.CURRENT: "current",
    Kind.PULSE: "current",
    Kind.PASS: "exfoliated",
    Kind.MEASURE: "measured",
}
_OPENS: Final = frozenset({"pricked", "exfoliated"})
_SHOWN: Final[Mapping[str, str]] = {"nL": "nl", "uC": "uc"}


def how_of(kind: Kind) -> str:
    """Return what a unit of a kind does to its zone: pricked, exfoliated, current, measured."""
    return _HOW.get(kind, "pricked")


class TouchedZone(NamedTuple):
    """What one zone of an earlier session has had."""

    name: str
    place: str
    """Part of the body; empty where the plan does not say, as no needle zone does."""
    how: str
    """`pricked`, `exfoliated`, `current` or `measured`."""
    units_lo: int
    """Units that certainly reached it, wholly or in part."""
    units_hi: int
    """Units that may have."""

    @property
    def opens(self) -> bool:
        """Whether the outer skin may not be whole there since."""
        return self.how in _OPENS and self.units_hi > 0


class EarlierSession(NamedTuple):
    """One earlier session of a treatment, as its log gives it."""

    name: str
    """Of its file, for messages; it is never written into another log."""
    head: str
    """Digest of the last seal of its log, 64 hex digits."""
    nonce: int
    case: int
    """The same for a session and all that go on from it."""
    profile: str
    ending: str
    """Empty where the log stops before an end."""
    unit: str
    """Of `lo` and `hi`: `nL`, `strokes` or `uC`."""
    lo: int
    hi: int
    """At most, with what was measured above the programmed amounts."""
    units_open: int
    """Units that may have been delivered, with no record and no answer."""
    zones: tuple[TouchedZone, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the session as the begin record of a later log holds it: without file names."""
        facts = self._asdict()
        del facts["name"]
        return {**facts, "zones": [zone._asdict() for zone in self.zones]}


def from_json(facts: Mapping[str, Any]) -> EarlierSession:
    """Return an earlier session as a begin record holds it.

    Raises:
        ValueError, TypeError, LookupError: If it is none.
    """
    zones = tuple(TouchedZone(**zone) for zone in facts["zones"])
    texts = [facts[key] for key in ("head", "profile", "ending", "unit")]
    texts += [text for zone in zones for text in (zone.name, zone.place, zone.how)]
    counts = [facts[key] for key in ("nonce", "case", "lo", "hi", "units_open")]
    counts += [number for zone in zones for number in (zone.units_lo, zone.units_hi)]
    if not all(type(text) is str for text in texts) or facts["unit"] not in UNITS:
        raise ValueError("an earlier session without its names")
    if not all(type(number) is int and number >= 0 for number in counts):
        raise ValueError("an earlier session whose amounts count nothing")
    if facts["lo"] > facts["hi"]:
        raise ValueError("an earlier session that gave more than its most")
    name = f"session {escaped(facts['head'][:12])}"
    known: dict[str, Any] = {**facts, "name": name, "zones": zones}
    return EarlierSession(**known)


def together(earlier: Iterable[EarlierSession]) -> dict[str, tuple[int, int]]:
    """Return by unit what sessions gave at least and at most, for units that any of them has."""
    sums: dict[str, tuple[int, int]] = {}
    for one in earlier:
        lo, hi = sums.get(one.unit, (0, 0))
        sums[one.unit] = (lo + one.lo, hi + one.hi)
    return sums


def volume(
    earlier: Sequence[EarlierSession], planned_nl: int, env: Envelope
) -> Iterator[Violation]:
    """Yield a volume that is too much only or also with what earlier sessions gave at most."""
    before_nl = together(earlier).get("nL", (0, 0))[1]
    if before_nl and planned_nl:
        for found in rules.common_volume(("zones",), before_nl + planned_nl, env):
            yield _told(found, earlier, "nL", planned_nl)


def charge(
    earlier: Sequence[EarlierSession], planned_uc: int, env: ElectricEnvelope
) -> Iterator[Violation]:
    """Yield a charge that is too much only or also with what earlier sessions gave at most."""
    before_uc = together(earlier).get("uC", (0, 0))[1]
    if before_uc and planned_uc:
        for found in electric.common_charge(("zones",), before_uc + planned_uc, env):
            yield _told(found, earlier, "uC", planned_uc)


def _told(
    found: Violation, earlier: Sequence[EarlierSession], unit: str, planned: int
) -> Violation:
    """Name in the remedy who gave how much."""
    base = _SHOWN[unit]
    gave = [one for one in earlier if one.unit == unit and one.hi]
    given = [f"{escaped(one.name)} {shown(one.hi, base)}" for one in gave]
    told = f"planned are {shown(planned, base)}, given at most were {listed(given)}"
    return found._replace(remedy=f"{found.remedy}; {told}")


def listed(names: Sequence[str], most: int = NAMES_MAX) -> str:
    """Return names as a sentence lists them, and how many more there are.

    Example:
        >>> listed(["a", "b", "c", "d", "e"])
        'a, b, c and 2 more'
    """
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")
