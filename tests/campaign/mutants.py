"""Deliberate defects, one at least for each invariant: what the campaign's oracles must notice.

Each replaces one method of driver or device for as long as its context lasts. A mutant is killed
only if its own invariant fires at a seed that holds without it. Those of current and pulses are in
the device: what its own limits and its own watch would let through.
"""

# ruff: noqa: ANN401 -- a defect takes whatever the real one takes

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any, NamedTuple

from mesodrive.core import stopper
from mesodrive.core.booking import Booking
from mesodrive.core.ledger import CommandBook, Ledger
from mesodrive.core.link import Link
from mesodrive.core.parts import Parts
from mesodrive.core.position import Position
from mesodrive.core.reactions import Reactions
from mesodrive.core.sequencer import Sequencer
from mesodrive.session.assembler import LogWriter
from mesodrive_protocol.enums import DeviceState, Outcome, Reason
from mesodrive_protocol.steps import PulseStep
from mesodrive_simulator.firmware import electric_stops
from mesodrive_simulator.firmware.delivery import Delivery
from mesodrive_simulator.firmware.electric_unit import ElectricUnit
from mesodrive_simulator.firmware.load_watch import LoadWatch
from mesodrive_simulator.firmware.starting import Starting
from mesodrive_simulator.firmware.stops import Stops
from mesodrive_simulator.plant.phases import REST
from mesodrive_simulator.plant.transdermal import TransdermalPlant
from mesodrive_testbench.campaign.subject import PLAN, PROFILE


@contextmanager
def swapped(owner: Any, name: str, make: Callable[[Any], Any]) -> Iterator[None]:
    """Put another attribute in place of one, made from it, and put it back afterwards."""
    before = getattr(owner, name)
    setattr(owner, name, make(before))
    try:
        yield
    finally:
        setattr(owner, name, before)


class Mutant(NamedTuple):
    name: str
    invariant: str
    breaks: str
    owner: Any
    attribute: str
    make: Callable[[Any], Any]
    from_seed: int = 0
    """Where a test begins to look; a defect that needs rare luck is not looked for from 0."""
    profile: str = PROFILE
    plan: str = PLAN

    def planted(self) -> Any:
        """Return the context in which the defect is there."""
        return swapped(self.owner, self.attribute, self.make)


def _no_lockout(real: Any) -> Any:
    def unit_recorded(self: Any) -> None:
        real(self)
        self.last_period_us = 0

    return unit_recorded


def _rewind(real: Any) -> Any:
    def rest_from(self: Any, unit: int) -> None:
        real(self, max(0, unit - 1))

    return rest_from


def _programmed_booked(real: Any) -> Any:
    def settle(self: Any, book: Any, unit: int, outcome: Any, lo: int, hi: int) -> bool:
        del lo, hi
        whole = book.programmed[unit]
        return bool(real(self, book, unit, outcome, whole, whole))

    return settle


def _upper_bound_kept(real: Any) -> Any:
    def settle(self: Any, book: Any, unit: int, outcome: Any, lo: int, hi: int) -> bool:
        if outcome is Outcome.PARTIAL:
            hi = book.programmed[unit]
        return bool(real(self, book, unit, outcome, lo, hi))

    return settle


def _grants_ahead_of_disk(real: Any) -> Any:
    def raise_ceiling(self: Any, next_unit: int) -> int:
        mark: int = real(self, next_unit)
        self.ceiling = self._asked
        return mark

    return raise_ceiling


def _nothing_uncertain(_real: Any) -> Any:
    return lambda self: []


def _stop_ignored(real: Any) -> Any:
    def press(self: Any, number: int) -> None:
        if self.board.state is not DeviceState.ARMED:
            real(self, number)

    return press


def _long_lease(real: Any) -> Any:
    def init(self: Any, *args: Any) -> None:
        real(self, *args)
        self._lease_us = 10_000_000

    return init


def _latch_forgotten(real: Any) -> Any:
    def finish(self: Any, reason: Any) -> None:
        self.board.stores.latch_reason = 0
        real(self, reason)

    return finish


def _confirmed_at_once(real: Any) -> Any:
    def take(self: Any, *args: Any) -> Any:
        verdict = real(self, *args)
        self.units_confirmed = self._delivered
        return verdict

    return take


def _unchained(real: Any) -> Any:
    def seal_record(self: Any, sealed: bytes, now_ns: int) -> None:
        self._seal = b""
        real(self, sealed, now_ns)

    return seal_record


def _silent(alarms: tuple[str, ...]) -> Callable[[Any], Any]:
    def make(real: Any) -> Any:
        def alarm(self: Any, alarm_id: str) -> None:
            if alarm_id not in alarms:
                real(self, alarm_id)

        return alarm

    return make


def _global_count(_real: Any) -> Any:
    numbers = count(1)
    return lambda self: next(numbers)


def _never_confirmed(_real: Any) -> Any:
    def durable(self: Any) -> None:
        self._records.durable()

    return durable


def _undaunted(_real: Any) -> Any:
    return lambda self, error: None


def _charge_without_end(_real: Any) -> Any:
    return lambda self, charge_uc: 1 << 62


def _ramp_skipped(real: Any) -> Any:
    def drive(
        self: Any, now_ns: int, level_ua: int, slew_ua_s: float, *args: Any, **kw: Any
    ) -> None:
        again = len(self.truth) > 1 and self.stage.is_off
        real(self, now_ns, level_ua, slew_ua_s * (1_000 if again else 1), *args, **kw)

    return drive


def _never_open(real: Any) -> Any:
    def look(self: Any) -> Reason:
        reason: Reason = real(self)
        return Reason.NONE if reason is Reason.OPEN else reason

    return look


def _any_width(_real: Any) -> Any:
    def follow_pulse(self: Any) -> None:
        if self.board.electric.phase is REST:
            self._at_rest()

    return follow_pulse


def _without_interval(real: Any) -> Any:
    def begin(self: Any, program: Any, step: Any, amount: int, move_us: int) -> None:
        real(self, program, step, amount, move_us)
        if isinstance(step, PulseStep):
            self.step = step._replace(interval_us=step.width_us + 1)

    return begin


MUTANTS = (
    Mutant("no-lockout", "I1", "the device keeps no least period between units",
           Delivery, "_unit_recorded", _no_lockout),
    Mutant("rest-rewound", "I2", "a rest begins one unit too early",
           Position, "rest_from", _rewind),
    Mutant("programmed-booked", "I3", "the host books what was programmed",
           Ledger, "settle", _programmed_booked),
    Mutant("upper-bound-kept", "I4", "a partial unit is settled with its old upper bound",
           Ledger, "settle", _upper_bound_kept),
    Mutant("grants-ahead-of-disk", "I5", "grants do not wait for the durable ceiling",
           Sequencer, "raise_ceiling", _grants_ahead_of_disk, 150),
    Mutant("nothing-uncertain", "I6", "the host asks nobody about units that nobody knows",
           CommandBook, "uncertain_units", _nothing_uncertain, 55),
    Mutant("stop-ignored", "I7", "an armed device takes no STOP",
           Stops, "press", _stop_ignored, 30),
    Mutant("long-lease", "I8", "a grant holds for 10 s",
           Delivery, "__init__", _long_lease),
    Mutant("latch-forgotten", "I9", "a reset forgets the latch",
           Starting, "_finish", _latch_forgotten),
    Mutant("confirmed-at-once", "I10", "a unit is shown as delivered before its record is durable",
           Booking, "take", _confirmed_at_once),
    Mutant("seals-unchained", "I11", "a seal does not cover the one before",
           LogWriter, "_seal_record", _unchained),
    Mutant("silent-loss", "I12", "a lost port raises no alarm",
           Parts, "alarm", _silent(("port-lost",)), 30),
    Mutant("silent-contact", "I12", "lost contact raises no alarm",
           Parts, "alarm", _silent(("contact-lost",)), 30),
    Mutant("global-count", "I13", "request ids come from outside the core's state",
           Link, "take_rid", _global_count),
    Mutant("never-confirmed", "I14", "what waits for the disk is never taken from its queue",
           Booking, "durable", _never_confirmed),
    Mutant("stop-storm", "I14", "STOP is sent again each millisecond",
           stopper, "AGAIN_NS", lambda _real: 1_000_000),
    Mutant("undaunted", "I15", "a core with a defect goes on",
           Reactions, "broken", _undaunted, 90),
)  # fmt: skip
_SLICES = ("ionto-unit", "slices")
_BURSTS = ("burst-unit", "bursts")
_PULSES = ("pulse-unit", "pulses")
ELECTRIC_MUTANTS = (
    Mutant("charge-without-end", "I1", "a slice ends by its time alone",
           TransdermalPlant, "charge_reaches_ns", _charge_without_end, 0, *_BURSTS),
    Mutant("ramp-skipped", "I1", "current that is armed again does not rise as slowly as at first",
           TransdermalPlant, "drive", _ramp_skipped, 0, *_SLICES),
    Mutant("slow-stop", "I1", "a STOP lets the current come down in half a second",
           electric_stops, "STOP_RAMP_NS", lambda _real: 500_000_000, 0, *_SLICES),
    Mutant("open-unseen", "I1", "an open electrode stops nothing",
           LoadWatch, "look", _never_open, 0, *_SLICES),
    Mutant("any-width", "I1", "nobody looks at how wide a pulse was",
           ElectricUnit, "_follow_pulse", _any_width, 0, *_PULSES),
    Mutant("without-interval", "I1", "pulses follow each other as fast as they can",
           ElectricUnit, "begin", _without_interval, 0, *_PULSES),
    Mutant("long-lease-of-current", "I8", "current flows for 10 s after the last grant",
           Delivery, "__init__", _long_lease, 0, *_SLICES),
    Mutant("programmed-charge-booked", "I3", "the host books the charge that was programmed",
           Ledger, "settle", _programmed_booked, 0, *_PULSES),
)  # fmt: skip
"""Of current and pulses; each with the session that shows it."""
BY_NAME = {mutant.name: mutant for mutant in MUTANTS}
