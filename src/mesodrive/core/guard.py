"""The only place in the core that refuses a physical request; the rules are those of `limits`.

The planner has asked the same rules for the whole plan. The guard asks them again for each
program before it is loaded, and for the totals before each grant. It never clamps: a program is
refused, and a unit for which there is no room yet is held until there is.
"""

from typing import Final, NamedTuple

from mesodrive.core.ledger import PRIME_ZONE, CommandBook, Ledger
from mesodrive.core.spec import FitSpec, ProgramSpec, SessionSpec
from mesodrive.limits import Rolling, Violation, check_program, envelope_of
from mesodrive.profile.transdermal_models import TransdermalProfile

_WINDOW_60S_US: Final = 60_000_000
_WINDOW_10MIN_US: Final = 600_000_000
_NO_LIMIT: Final = (1 << 62) - 1


class Guard:
    """Limits of one session, asked before anything physical leaves."""

    def __init__(self, spec: SessionSpec, ledger: Ledger) -> None:
        totals = _totals_of(spec)
        self._spec = spec
        self._envelope = envelope_of(spec.profile)
        self._ledger = ledger
        self._minute = Rolling(_WINDOW_60S_US, totals.minute)
        self._ten_minutes = Rolling(_WINDOW_10MIN_US, totals.ten_minutes)
        self._windows = (self._minute, self._ten_minutes)
        self._session_max = totals.session
        self._earlier: list[tuple[int, int]] = []
        self.before = 0
        """What this treatment had in earlier sessions, by the device's totals, nL or uC."""
        self._zone_max = totals.zones

    def restore(self, book: CommandBook, amount_hi: int, ago_ms: int) -> None:
        """Remember a unit of an earlier log for the windows; `begin` books it."""
        if book.fills_windows:
            self._earlier.append((ago_ms * 1_000, amount_hi))

    def begin(self, now_ns: int) -> None:
        """Book what was restored, from when it happened at the latest."""
        now_us = now_ns // 1_000
        for ago_us, amount_hi in sorted(self._earlier, reverse=True):
            for window in self._windows:
                window.add(max(0, now_us - ago_us), amount_hi)
        self._earlier.clear()

    def take_case(self, before: int) -> int:
        """Count what the treatment had in earlier sessions against the limit of a session.

        Returns:
            The limit, before anything of this session, in the unit of `before`.
        """
        self.before = before
        return self._session_max

    def check_program(
        self, program: ProgramSpec, fit: FitSpec, content_nl: int, *, begun: bool = False
    ) -> tuple[Violation, ...]:
        """Return every rule that a program breaks; empty if it may be loaded.

        Args:
            program: What is to be loaded.
            fit: What is fitted.
            content_nl: What the syringe still holds at least, nL.
            begun: It is what is left of a program that was begun.
        """
        return check_program(
            self._envelope,
            program,
            fit,
            left_nl=content_nl,
            viscosity_upa_s=self._spec.viscosity_upa_s,
            begun=begun,
        )

    def allowed_upto(self, book: CommandBook, upto: int, now_ns: int) -> int:
        """Return up to which unit, at most `upto`, the totals leave room.

        What counts is what was settled, at its upper bound, everything granted and still open,
        and the new units (DOS-02). Trains dose nothing; primes are bounded by the content. Charge
        has no windows, which stay empty and without a limit there.
        """
        if not book.is_dose or upto <= book.granted:
            return upto
        now_us = now_ns // 1_000
        room = min(
            self._minute.room(now_us) - book.open_hi,
            self._ten_minutes.room(now_us) - book.open_hi,
            self._session_max - self.before - self._ledger.dose.hi - self._ledger.excess,
        )
        zone_room: dict[int, int] = {}
        for unit in range(book.granted, upto):
            amount, zone = book.programmed[unit], book.zones[unit]
            if zone != PRIME_ZONE:
                left = zone_room.get(zone, self._zone_max[zone] - self._ledger.zone_hi(zone))
                zone_room[zone] = left - amount
            room -= amount
            if room < 0 or zone_room.get(zone, 0) < 0:
                return unit
        return upto

    def settled(self, book: CommandBook, amount_hi: int, now_ns: int) -> None:
        """Book a settled unit in the windows; later than it happened, so it counts too long."""
        if book.fills_windows:
            for window in self._windows:
                window.add(now_ns // 1_000, amount_hi)


class _Totals(NamedTuple):
    """Limits on what units may sum up to; `_NO_LIMIT` where there is none."""

    minute: int
    ten_minutes: int
    session: int
    zones: list[int]


def _totals_of(spec: SessionSpec) -> _Totals:
    """Return the limits on totals of a session, in nL or, of an electrical device, in uC."""
    profile = spec.profile
    if isinstance(profile, TransdermalProfile):
        return _Totals(
            minute=_NO_LIMIT,
            ten_minutes=_NO_LIMIT,
            session=_or_none(profile.hard_limits.session_uc_max),
            zones=[_or_none(zone.limit_uc or None) for zone in spec.zones],
        )
    hard = profile.hard_limits
    return _Totals(
        minute=_or_none(hard.window_60s_nl_max),
        ten_minutes=_or_none(hard.window_10min_nl_max),
        session=min(_or_none(hard.session_nl_max), _or_none(spec.product_limit_nl or None)),
        zones=[_or_none(zone.limit_nl or None) for zone in spec.zones],
    )


def _or_none(limit: int | None) -> int:
    return _NO_LIMIT if limit is None else limit
