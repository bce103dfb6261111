"""Requests: in which states each is taken, what is checked, what it does.

A durable request is checked, written, and only then has its effect and its answer. If the state
changed while it was being written (a STOP came in between), it has neither.
"""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from mesodrive_protocol.enums import (
    Code,
    DeviceState,
    EventKind,
    How,
    Kind,
    LimitField,
    Reason,
)
from mesodrive_protocol.messages import (
    Arm,
    Begin,
    Clear,
    Close,
    Commit,
    Data,
    Fit,
    Narrow,
    Off,
    Pause,
    Selftest,
    Update,
)
from mesodrive_simulator.firmware.answers import OK, Ruling
from mesodrive_simulator.firmware.board import NEVER_US, Board
from mesodrive_simulator.firmware.delivery import SLOTS_NEEDED, Delivery
from mesodrive_simulator.firmware.electrodes import check_electrode, check_uses
from mesodrive_simulator.firmware.journal import Journal
from mesodrive_simulator.firmware.programs import Loading
from mesodrive_simulator.firmware.selftest import Selftest as SelftestRun
from mesodrive_simulator.firmware.stops import Stops
from mesodrive_simulator.firmware.stores import Account
from mesodrive_simulator.firmware.stores import Fit as Fitted

NEEDLE_KINDS: Final = frozenset({Kind.PRICK, Kind.TRAIN, Kind.PRIME, Kind.DRY})
ELECTRIC_KINDS: Final = frozenset({Kind.CURRENT, Kind.PULSE, Kind.PASS, Kind.MEASURE})
"""Kinds that each family knows how to carry out; the profile says which of them it does."""


class Rule(NamedTuple):
    """How one request is handled."""

    states: frozenset[DeviceState]
    check: Callable[[Any], Ruling]
    """Says whether it may be done; changes nothing."""
    apply: Callable[[Any], None]
    durable: bool
    checked_twice: bool = False
    """Checked once more when written: a press may have come meanwhile that changes no state."""


class Requests:
    """All requests but OPEN, which the session fence handles."""

    __slots__ = (
        "_delivery", "_journal", "_selftest", "_stops", "board", "calibration", "leave_us",
        "loading", "off", "on_fit", "rules", "service_key",
    )  # fmt: skip

    def __init__(
        self,
        board: Board,
        journal: Journal,
        stops: Stops,
        delivery: Delivery,
        selftest: SelftestRun,
        *,
        calibration: int,
        on_fit: Callable[[Fit], None] | None,
    ) -> None:
        self.board = board
        self._journal = journal
        self._stops = stops
        self._delivery = delivery
        self._selftest = selftest
        self.calibration = calibration
        self.on_fit = on_fit
        self.loading: Loading | None = None
        self.service_key = False
        """The device's own key, held by a person: UPDATE is taken."""
        self.off = False
        """OFF was taken: the power goes after the answer."""
        self.leave_us = NEVER_US
        """When the power goes after OFF, or the device starts anew after KEY."""
        idle = frozenset({DeviceState.IDLE})
        loading = frozenset({DeviceState.LOADING})
        loaded = frozenset({DeviceState.LOADED})
        armed = frozenset({DeviceState.ARMED, DeviceState.RUNNING})
        latched = frozenset({DeviceState.LATCHED})
        self.rules: dict[type[Any], Rule] = {
            Narrow: Rule(idle, self._check_narrow, self._narrow, durable=False),
            Fit: Rule(idle, self._check_fit, self._fit, durable=True),
            Selftest: Rule(idle | loaded, self._always, self._test, durable=False),
            Begin: Rule(idle | loading, self._check_begin, self._begin, durable=False),
            Data: Rule(loading, self._check_data, self._data, durable=False),
            Commit: Rule(loading, self._check_commit, self._commit, durable=True),
            Arm: Rule(loaded, self._check_arm, self._arm, durable=True),
            Pause: Rule(armed, self._check_pause, self._pause, durable=False),
            Close: Rule(idle | loaded | latched, self._check_close, self._close, durable=True),
            Clear: Rule(latched, self._check_clear, self._clear, durable=True, checked_twice=True),
            Off: Rule(idle, self._check_off, self._off, durable=True),
            Update: Rule(idle, self._check_update, self._update, durable=True),
        }

    def follow(self) -> None:
        """End LOADING after too long a silence; forget what a STOP ended."""
        board = self.board
        if self.loading is None:
            return
        if board.state != DeviceState.LOADING:
            self.loading = None
        elif board.us >= self.loading.due_us:
            self.refuse_loading()

    def refuse_loading(self) -> None:
        """A refusal or silence ends LOADING."""
        self.loading = None
        self.board.enter(DeviceState.IDLE)

    # NARROW, FIT, SELFTEST

    def _check_narrow(self, narrow: Narrow) -> Ruling:
        return self.board.limits.copy().narrow(narrow.limits)

    def _narrow(self, narrow: Narrow) -> None:
        self.board.limits.narrow(narrow.limits)

    def _check_fit(self, fit: Fit) -> Ruling:
        board = self.board
        profile = board.profile
        if fit.head >= profile.heads:
            return Ruling(Code.FIELD, value=fit.head, limit=profile.heads - 1)
        if fit.fit_no == 0:
            return Ruling(Code.FIELD, value=0, limit=1)
        return self._check_needle(fit) if board.is_gun else check_electrode(board, fit)

    def _check_needle(self, fit: Fit) -> Ruling:
        profile = self.board.profile
        needles = [needle.length_um for needle in profile.needles]
        if fit.needle_um not in needles:
            limit = max(needles, default=0)
            return Ruling(Code.FIELD, LimitField.DEPTH_UM_MAX, 0, fit.needle_um, limit)
        if not 0 < fit.pins <= profile.pins:
            return Ruling(Code.FIELD, value=fit.pins, limit=profile.pins)
        contents = {syringe.bore_um: syringe.content_nl_max for syringe in profile.syringes}
        if not contents:
            wrong = fit.bore_um or fit.content_nl
            return Ruling(Code.FIELD, value=wrong) if wrong else OK
        if fit.bore_um not in contents:
            return Ruling(Code.FIELD, value=fit.bore_um, limit=max(contents))
        most_nl = contents[fit.bore_um]
        if fit.content_nl > most_nl:
            field = LimitField.CASE_NL_MAX
            return Ruling(Code.FIELD, field, value=fit.content_nl, limit=most_nl)
        return OK

    def _fit(self, fit: Fit) -> None:
        board = self.board
        board.stores.fit = Fitted._make(fit[3:])
        board.stores.content_left_nl = fit.content_nl
        board.primed = False
        board.tested_until_us = 0
        self._delivery.fitted()
        self._journal.event(EventKind.FITTED)
        if self.on_fit is not None:
            self.on_fit(fit)

    @staticmethod
    def _always(_request: Selftest) -> Ruling:
        return OK

    def _test(self, _request: Selftest) -> None:
        self._selftest.begin()

    # BEGIN, DATA, COMMIT

    def _check_begin(self, begin: Begin) -> Ruling:
        board = self.board
        profile, stores = board.profile, board.stores
        wrong = self._check_command(begin.command)
        if wrong is not OK:
            return wrong
        known = NEEDLE_KINDS if board.is_gun else ELECTRIC_KINDS
        if begin.kind not in profile.kinds or begin.kind not in known:
            return Ruling(Code.KIND, value=begin.kind)
        if begin.head >= profile.heads:
            return Ruling(Code.FIELD, value=begin.head, limit=profile.heads - 1)
        if stores.fit.fit_no == 0:
            return Ruling(Code.FITTING)
        if not board.is_gun:
            worn = check_uses(board, stores.fit.lot, stores.fit.area_mm2)
            if worn is not OK:
                return worn
        case_total = stores.totals.case_total
        ruling = board.limits.check_begin(begin, case_total)
        left_nl = stores.content_left_nl
        if ruling is OK and begin.kind in (Kind.PRICK, Kind.PRIME) and begin.total > left_nl:
            field = LimitField.CASE_NL_MAX
            return Ruling(Code.FITTING, field, value=begin.total, limit=left_nl)
        return ruling

    def _begin(self, begin: Begin) -> None:
        board = self.board
        self.loading = Loading(begin, board.limits, board.stores.fit, board.us)
        board.enter(DeviceState.LOADING)

    def _check_data(self, data: Data) -> Ruling:
        assert self.loading is not None
        return self.loading.check_data(data)

    def _data(self, data: Data) -> None:
        assert self.loading is not None
        self.loading.take(data, self.board.us)

    def _check_commit(self, commit: Commit) -> Ruling:
        assert self.loading is not None
        if commit.command != self.loading.begin.command:
            return Ruling(Code.COMMAND)
        return self.loading.check(commit)

    def _check_command(self, command: int) -> Ruling:
        """An id is of this session, above all before it, and the only one open."""
        totals = self.board.stores.totals
        if totals.open_command:
            return Ruling(Code.OTHER_OPEN, detail=totals.open_command)
        if command >> 32 != self.board.session or command <= totals.last_command:
            return Ruling(Code.COMMAND)
        return OK

    def _commit(self, commit: Commit) -> None:
        assert self.loading is not None
        board = self.board
        stores = board.stores
        program = self.loading.program()
        self.loading = None
        board.program = program
        stores.account = Account(
            commit.command, program.crc, program.units, program.kind, program.unit_max
        )
        command = commit.command
        stores.write_totals(
            stores.totals._replace(last_command=command, open_command=command, next=0)
        )
        self._journal.event(EventKind.OPENED)
        board.enter(DeviceState.LOADED)
        board.screen.trigger = program.trigger_of(0)

    # ARM, PAUSE

    def _check_arm(self, arm: Arm) -> Ruling:
        board = self.board
        stores, program = board.stores, board.program
        standing = self._stops.standing()
        if standing != Reason.NONE:
            return Ruling(Code.LATCHED, reason=standing)
        if program is None or arm.command != program.command:
            return Ruling(Code.COMMAND)
        if arm.profile != board.profile.canonical_hash:
            wrong = Ruling(Code.PROFILE)
        elif arm.next != board.next or arm.next >= program.units:
            wrong = Ruling(Code.NEXT, value=board.next, limit=board.next)
        elif arm.fit_no != stores.fit.fit_no:
            wrong = Ruling(Code.FITTING, value=arm.fit_no, limit=stores.fit.fit_no)
        elif board.us >= board.tested_until_us or not self.calibration:
            wrong = Ruling(Code.UNTESTED)
        elif program.kind == Kind.PRICK and not board.primed:
            wrong = Ruling(Code.UNPRIMED)
        elif self._journal.free < SLOTS_NEEDED:
            wrong = Ruling(Code.JOURNAL, value=self._journal.free, limit=SLOTS_NEEDED)
        else:
            return self._check_fresh(arm.seen_us)
        return wrong

    def _check_fresh(self, seen_us: int) -> Ruling:
        """An ARM names a STATUS that the host saw just now: the device's own, and not old."""
        board = self.board
        age_us, fresh_us = board.us - seen_us, board.profile.arm_fresh_us
        if seen_us in board.seen_us and age_us <= fresh_us:
            return OK
        return Ruling(Code.FRESH, value=age_us, limit=fresh_us)

    def _arm(self, arm: Arm) -> None:
        self._delivery.arm(arm.rid)

    def _check_pause(self, pause: Pause) -> Ruling:
        open_command = self.board.stores.totals.open_command
        return OK if pause.command == open_command else Ruling(Code.COMMAND)

    def _pause(self, _request: Pause) -> None:
        self._delivery.pause()

    # CLOSE, CLEAR, OFF, UPDATE

    def _check_close(self, close: Close) -> Ruling:
        stores = self.board.stores
        open_command = stores.totals.open_command
        if close.command != open_command or not open_command:
            return Ruling(Code.COMMAND)
        if close.how not in (How.COMPLETE, How.REST_ELSEWHERE, How.GIVEN_UP):
            return Ruling(Code.FIELD, value=close.how, limit=How.GIVEN_UP)
        index, account = self.board.next, stores.account
        assert account is not None
        if close.next != index or (close.how == How.COMPLETE and index != account.units):
            return Ruling(Code.NEXT, value=index, limit=index)
        waiting = self._journal.unacked(open_command)
        if waiting:
            return Ruling(Code.JOURNAL, value=waiting)
        return OK

    def _close(self, close: Close) -> None:
        board = self.board
        stores = board.stores
        account = stores.account
        assert account is not None
        self._journal.event(EventKind.CLOSED)
        account.closed_by, account.how = board.session, close.how
        stores.closed, stores.account = account, None
        stores.write_totals(stores.totals._replace(open_command=0, next=0))
        board.program = None
        board.enter(DeviceState.IDLE if board.state == DeviceState.LOADED else board.state)

    def _check_clear(self, clear: Clear) -> Ruling:
        stores = self.board.stores
        if clear.latch_no != stores.latch_no:
            return Ruling(Code.LATCHED, value=stores.latch_no, limit=stores.latch_no)
        standing = self._stops.standing()
        # a head or cartridge may be out for other reasons than the one that latched
        if standing == Reason.NONE or standing == Reason.FITTING != stores.latch_reason:
            return OK
        return Ruling(Code.LATCHED, value=stores.latch_no, limit=stores.latch_no, reason=standing)

    def _clear(self, _request: Clear) -> None:
        self._stops.clear()

    def _check_off(self, _request: Off) -> Ruling:
        open_command = self.board.stores.totals.open_command
        return Ruling(Code.OTHER_OPEN, detail=open_command) if open_command else OK

    def _off(self, _request: Off) -> None:
        self.off = True
        self.leave_us = self.board.us

    def _check_update(self, request: Update) -> Ruling:
        ruling = self._check_off(Off(*request))
        if ruling is OK and not self.service_key:
            return Ruling(Code.STATE)
        return ruling

    def _update(self, _request: Update) -> None:
        self.board.enter(DeviceState.UPDATE)
