"""The host's own look at the charge: TRACE, integrated, beside what the device's journal says.

The device measures the current each 10 ms and sends what it measured. Its integrator decides when
a slice ends (DOS-07); this one only compares: what flowed while a unit ran, by the samples, with
what the record of that unit says. Reports may be lost, so only stretches without a gap count, and
a unit that a gap touches is compared with nothing.
"""

from collections import deque
from itertools import islice
from typing import Final, NamedTuple

from mesodrive.core.ledger import CommandBook, Ledger
from mesodrive.core.outbox import Outbox
from mesodrive_protocol.messages import Record, Trace

TOLERANCE_PERMILLE: Final = 20
"""DOS-07: the two integrators agree to 2 % ..."""
TOLERANCE_UC: Final = 2
"""... and this, for the whole uC that records are rounded to."""
LEVELS_MAX: Final = 2_048
"""Bound of samples kept: four of the longest slices, while the record of the first may be late."""
WAITING_MAX: Final = 8
"""Bound of records kept until their samples come; a device sends four ahead at most."""
_UA_US_PER_UC: Final = 1_000_000


class _Ended(NamedTuple):
    """A unit whose record is here and whose samples may still be on their way."""

    book: CommandBook
    unit: int
    boot: int
    begun_us: int
    until_us: int
    lo: int
    hi: int


class Traces:
    """The samples of the present stretch, and the units that are compared with them.

    A stretch is of one boot, its frames follow each other by number and by time. Times are the
    device's, levels rectified uA.
    """

    def __init__(self, ledger: Ledger, outbox: Outbox) -> None:
        self._ledger = ledger
        self._outbox = outbox
        self._levels: deque[int] = deque()
        self._boot = 0
        self._seq = 0
        self._period_us = 1
        self._from_us = 0
        """Beginning of the first sample that is kept."""
        self._until_us = 0
        """End of the last one."""
        self._waiting: deque[_Ended] = deque(maxlen=WAITING_MAX)

    def take(self, trace: Trace) -> bool:
        """Take samples of this session's device; tell whether a unit differs from its record."""
        if not trace.samples or not trace.period_us:
            return False
        if trace.boot == self._boot and trace.first_us < self._until_us:
            return False  # a copy, or late: what is here stays
        if not self._joins(trace):
            self._begin(trace)
        self._seq = trace.seq
        self._levels.extend(abs(level_ua) for level_ua, _ in trace.samples)
        self._until_us += len(trace.samples) * self._period_us
        self._drop(len(self._levels) - LEVELS_MAX)
        return self._compare()

    def ended(self, book: CommandBook, record: Record) -> bool:
        """Take the record of a unit of current; tell whether a unit differs from its record."""
        until_us = record.begun_us + record.took_us
        self._waiting.append(
            _Ended(
                book, record.unit, record.at_boot, record.begun_us, until_us, record.lo, record.hi
            )
        )
        return self._compare()

    def _joins(self, trace: Trace) -> bool:
        """Tell whether samples follow the last ones without a gap."""
        return (
            trace.boot == self._boot
            and trace.seq == (self._seq + 1) & 0xFFFF
            and trace.first_us == self._until_us
            and trace.period_us == self._period_us
        )

    def _begin(self, trace: Trace) -> None:
        """Begin a stretch: what began before it, or in an earlier boot, is never compared."""
        self._levels.clear()
        self._boot, self._period_us = trace.boot, trace.period_us
        self._from_us = self._until_us = trace.first_us
        while self._waiting and not self._may_come(self._waiting[0]):
            self._waiting.popleft()

    def _may_come(self, unit: _Ended) -> bool:
        """Tell whether the samples of a unit are here or still to come."""
        if unit.boot != self._boot:
            return unit.boot > self._boot
        # One sample less at either end: a unit need not begin or end with a sample.
        return unit.begun_us >= self._from_us - self._period_us

    def _is_here(self, unit: _Ended) -> bool:
        """Tell whether the samples of a unit that may come have come."""
        if unit.boot != self._boot or not self._levels:
            return False
        begun = unit.begun_us < self._until_us
        return begun and unit.until_us <= self._until_us + self._period_us

    def _drop(self, samples: int) -> None:
        """Forget so many of the oldest samples; none for a number below 1."""
        for _ in range(samples):
            self._levels.popleft()
            self._from_us += self._period_us

    def _compare(self) -> bool:
        """Compare every unit whose samples are all here; tell whether one differs."""
        differs = False
        waiting = self._waiting
        while waiting:
            first = waiting[0]
            if self._may_come(first):
                if not self._is_here(first):
                    break
                differs = self._differs(first) or differs
                past = (first.until_us - self._from_us) // self._period_us
                self._drop(min(past, len(self._levels)))
            waiting.popleft()
        return differs

    def _differs(self, unit: _Ended) -> bool:
        """Compare one unit, and say so where the two integrators do not agree."""
        least_uc, most_uc = self._charge(unit.begun_us, unit.until_us)
        too_much = least_uc > unit.hi + unit.hi * TOLERANCE_PERMILLE // 1_000 + TOLERANCE_UC
        too_little = most_uc < unit.lo - unit.lo * TOLERANCE_PERMILLE // 1_000 - TOLERANCE_UC
        if not too_much and not too_little:
            return False
        book, measured_uc = unit.book, least_uc if too_much else most_uc
        self._outbox.event(
            "charge_differs", command=book.command, unit=unit.unit, traced=measured_uc, lo=unit.lo,
            hi=unit.hi,
        )  # fmt: skip
        programmed_uc = book.programmed[unit.unit]
        if measured_uc > programmed_uc:
            self._outbox.event("excess", command=book.command, unit=unit.unit,
                               measured=measured_uc, programmed=programmed_uc)  # fmt: skip
            self._ledger.exceed(book, unit.unit, measured_uc - programmed_uc)
        return True

    def _charge(self, begun_us: int, until_us: int) -> tuple[int, int]:
        """Return what flowed in a time at least and at most, uC.

        A sample is a mean, and whose it is where a unit begins or ends within it is not known: at
        least the unit's share of the time, at most all of it. A sample that is not there, one at
        either end, is taken for the one beside it, or for nothing.
        """
        from_us, period_us, levels = self._from_us, self._period_us, self._levels
        first = max(0, begun_us - from_us) // period_us
        last = max(first, min(len(levels), -((from_us - until_us) // period_us)))
        least = most = 0
        start_us = from_us + first * period_us
        for level_ua in islice(levels, first, last):
            end_us = start_us + period_us
            inside_us = min(until_us, end_us) - max(begun_us, start_us)
            least += level_ua * inside_us
            most += level_ua * period_us
            start_us = end_us
        most += levels[first] * max(0, from_us - begun_us)
        most += levels[last - 1] * max(0, until_us - self._until_us)
        return least // _UA_US_PER_UC, -(-most // _UA_US_PER_UC)
