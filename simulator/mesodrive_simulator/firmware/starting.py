"""Start-up: compare the stores, give every begun unit an end, come to a state.

The store that is further on wins. Nothing that may have begun is ever begun again: `next` only
rises here, and a unit without an end becomes *unknown*, from nothing up to all of it.
"""

from mesodrive_protocol.enums import DeviceState, EventKind, Kind, Outcome, Phase, Reason
from mesodrive_simulator.firmware.board import NEVER_US, Board
from mesodrive_simulator.firmware.journal import Journal
from mesodrive_simulator.firmware.stops import Stops
from mesodrive_simulator.firmware.stores import Account, Mark, Stores
from mesodrive_simulator.firmware.unit import book

HOMING_TRIES = 2


class Starting:
    """The way from power to the first answer."""

    __slots__ = ("board", "due_us", "journal", "stops", "tries")

    def __init__(self, board: Board, journal: Journal, stops: Stops) -> None:
        self.board = board
        self.journal = journal
        self.stops = stops
        self.tries = 0
        self.due_us = NEVER_US

    def begin(self) -> None:
        """Raise the boot number first thing, then drive the needle home."""
        board = self.board
        totals = board.stores.totals
        board.stores.write_totals(totals._replace(boot=totals.boot + 1))
        board.plant.outputs_off(board.now_ns)
        self.stops.drive_home()
        self.due_us = board.us + max(1, board.profile.store_write_us)

    def follow(self) -> None:
        """End STARTING when the stores are read and home is seen, or is not to be had."""
        board = self.board
        if board.us < self.due_us:
            return
        if board.plant.home(board.now_ns) and board.plant.phase == Phase.REST:
            self._finish(Reason.NONE)
        elif self.tries < HOMING_TRIES:
            self.tries += 1
            self.stops.drive_home()
            self.due_us = board.us + board.profile.home_us_max
        else:
            self._finish(Reason.HOME)

    def _finish(self, reason: Reason) -> None:
        board = self.board
        stores = board.stores
        self.due_us = NEVER_US
        was_armed = stores.armed
        differ = recover(stores, self.journal)
        board.enter(DeviceState.IDLE)
        if differ:
            reason = Reason.STORES
        elif reason == Reason.NONE and was_armed and not stores.latch_reason:
            reason = Reason.RESET
        self.journal.event(EventKind.BOOT, Reason.RESET if was_armed else Reason.NONE)
        for early in self.stops.raised:
            self.journal.event(EventKind.LATCH, early, number=stores.latch_no)
        stores.armed = False
        if reason != Reason.NONE:
            self.stops.stop(reason)
        elif stores.latch_reason:
            board.enter(DeviceState.LATCHED)


def recover(stores: Stores, journal: Journal) -> bool:
    """Compare totals with marks and settle every unit that has no end.

    Returns:
        Whether the stores differ by more than a reset can explain.
    """
    last_seq = stores.records[-1].seq if stores.records else 0
    totals, mark = stores.totals, stores.mark
    differ = stores.totals_lost or stores.acked_seq > last_seq or totals.seq > max(1, last_seq + 1)
    stores.next_seq = max(totals.seq, last_seq + 1, stores.acked_seq + 1)
    ahead = totals.begun_total - mark.begun_total
    if ahead < 0:
        _follow_mark(stores)
        totals = stores.totals
    account = _open_account(stores)
    if account is not None and account.command != totals.open_command:
        differ = True
    before = stores.mark_before
    if before is not None:  # a slice that ran while the next was marked
        _settle_unknown(stores, journal, before)
    if not mark.ended:
        _settle_unknown(stores, journal, mark)
    if account is not None and ahead > 0:
        marked = mark.unit + 1 if mark.command == account.command else 0
        for unit in range(max(marked, totals.next - ahead), totals.next):
            newest = unit == totals.next - 1
            amount = totals.unit_amount if newest else account.unit_max
            unmarked = Mark(
                account.command, 0, totals.begun_total, amount, 0, unit,
                stores.fit.fit_no, account.kind, ended=False,
            )  # fmt: skip
            _settle_unknown(stores, journal, unmarked)
        account.next = max(account.next, totals.next)
    return differ or not 0 <= ahead <= 1


def _follow_mark(stores: Stores) -> None:
    """The marks are further on: raise the totals to them."""
    mark, totals = stores.mark, stores.totals
    raised = totals._replace(
        begun_total=mark.begun_total,
        boot=max(totals.boot, mark.boot + 1),
        open_command=max(totals.open_command, mark.command),
        last_command=max(totals.last_command, mark.command),
        next=mark.unit + 1,
    )
    stores.write_totals(raised)


def _open_account(stores: Stores) -> Account | None:
    """Return the account of the open command; made anew where its store was lost."""
    totals = stores.totals
    if stores.account is None and totals.open_command:
        kind = stores.mark.kind if stores.mark.command == totals.open_command else Kind.PRICK
        account = Account(totals.open_command, 0, totals.next, kind, totals.unit_amount)
        account.next = totals.next
        stores.account = account
    return stores.account


def _settle_unknown(stores: Stores, journal: Journal, mark: Mark) -> None:
    """Give a unit that was begun and has no end one: nobody knows how much."""
    body = (
        mark.command, mark.begun_us, 0, mark.boot, mark.unit, mark.kind, Outcome.UNKNOWN,
        Reason.RESET, Phase.REST, mark.fit_no, 0, mark.amount, 0, 0, 0, 0, 0, 0,
    )  # fmt: skip
    book(stores, journal, body)
    if stores.mark.begun_total <= mark.begun_total:
        stores.mark = mark._replace(ended=True)
    if mark.kind in (Kind.PRICK, Kind.PRIME):
        stores.content_left_nl = max(0, stores.content_left_nl - mark.amount)
