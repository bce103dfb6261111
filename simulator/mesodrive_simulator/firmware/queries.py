"""Queries: answered in every state, they change nothing at all."""

from typing import Final

from mesodrive_protocol.enums import (
    CAPS_KIND_SHIFT,
    PROTOCOL_VERSION,
    Caps,
    Code,
    How,
    Relation,
    Trigger,
)
from mesodrive_protocol.messages import (
    Account,
    AccountIs,
    Fetch,
    Hello,
    Identity,
    Limits,
    LimitsAre,
    Poll,
    Record,
    Status,
)
from mesodrive_simulator.firmware.answers import Ruling
from mesodrive_simulator.firmware.board import Board
from mesodrive_simulator.firmware.journal import Journal
from mesodrive_simulator.firmware.reports import Reports

HARDWARE: Final = 1
FIRMWARE: Final = 1


class Queries:
    """Answers to HELLO, POLL, LIMITS, ACCOUNT and FETCH."""

    __slots__ = ("_journal", "_reports", "board", "calibration", "keyed", "serial", "simulated")

    def __init__(
        self, board: Board, journal: Journal, reports: Reports, *, serial: bytes,
        simulated: bool, calibration: int, keyed: bool,
    ) -> None:  # fmt: skip
        self.board = board
        self._journal = journal
        self._reports = reports
        self.serial = serial
        self.simulated = simulated
        self.calibration = calibration
        self.keyed = keyed

    def hello(self, query: Hello) -> Identity:
        """Say who the device is and what it holds."""
        board = self.board
        profile, stores = board.profile, board.stores
        totals, records = stores.totals, stores.records
        return Identity(
            rid=query.rid,
            boot=totals.boot,
            session=board.session,
            first_version=PROTOCOL_VERSION,
            last_version=PROTOCOL_VERSION,
            state=board.state,
            heads=profile.heads,
            vendor=profile.vendor.encode("ascii"),
            model=profile.model.encode("ascii"),
            serial=self.serial,
            hardware=HARDWARE,
            firmware=FIRMWARE,
            profile=profile.canonical_hash,
            calibration=self.calibration,
            last_session=totals.session,
            journal_first=records[0].seq if records else stores.next_seq,
            journal_next=stores.next_seq,
            chain=self._journal.chain,
            begun_total=totals.begun_total,
            open_command=totals.open_command,
            last_command=totals.last_command,
            key_id=stores.keys[-1].key_id if self.keyed and stores.keys else 0,
            caps=self._caps(),
            window=profile.window_bytes,
            steps_max=profile.steps_max,
            slots=profile.slots,
            fit_no=stores.fit.fit_no,
        )

    def poll(self, query: Poll) -> Status:
        """Say what is; this STATUS is no unsolicited one and carries the query's rid."""
        return self._reports.status(query.rid)

    def limits(self, query: Limits) -> LimitsAre | Ruling:
        """Say which limits are in force."""
        board = self.board
        if query.head >= board.profile.heads:
            return Ruling(Code.FIELD, value=query.head, limit=board.profile.heads - 1)
        values = tuple(board.limits.values)
        boot = board.stores.totals.boot
        return LimitsAre(query.rid, boot, board.session, query.head, len(values), values)

    def account(self, query: Account) -> AccountIs:
        """Say what became of a command; 0 asks for the open one, else the last closed."""
        board = self.board
        stores = board.stores
        account = stores.account
        command = query.command
        if command and (account is None or account.command != command):
            account = stores.closed
            if account is not None and account.command != command:
                account = None
        elif not command:
            account = account if account is not None else stores.closed
        header = (query.rid, stores.totals.boot, board.session)
        last = stores.totals.last_command
        if account is None:
            known = command <= last
            relation = Relation.OLDER if known and command else Relation.NEVER
            return AccountIs(
                *header, command, last, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, relation, 0, 0, How.OPEN
            )
        a = account
        loaded = board.program is not None and board.program.command == a.command
        relation = Relation.CLOSED if a.how else Relation.OPEN
        return AccountIs(
            *header, a.command, last, a.crc, a.closed_by, a.first_seq, a.last_seq, a.lo, a.hi,
            a.units, a.next, a.done, a.partial, a.not_done, a.unknown, relation, int(loaded),
            a.kind, a.how,
        )  # fmt: skip

    def fetch(self, query: Fetch) -> Record | Ruling:
        """Give the first record kept at or above a number, or say that it is gone."""
        record = self._journal.fetch(query.seq)
        if record is None:
            return Ruling(Code.GONE)
        return self._journal.address(record, query.rid)

    def _caps(self) -> int:
        profile = self.board.profile
        caps = sum(1 << (CAPS_KIND_SHIFT + kind) for kind in profile.kinds)
        if self.simulated:
            caps |= Caps.SIMULATED
        if self.keyed:
            caps |= Caps.KEYED
        if profile.line_break:
            caps |= Caps.BREAK
        return caps | Caps.NO_TRIGGER if Trigger.NONE in profile.triggers else caps
