"""STATUS: what is, when it goes out unasked, and how it is put together."""

from typing import Final

from mesodrive_protocol.enums import DeviceState, Inputs
from mesodrive_protocol.messages import Status
from mesodrive_simulator.firmware.board import NEVER_US, Board
from mesodrive_simulator.firmware.interlocks import ContactWatch

FAST_STATES: Final = frozenset(
    {
        DeviceState.LOADED,
        DeviceState.ARMED,
        DeviceState.RUNNING,
        DeviceState.STOPPING,
        DeviceState.LATCHED,
    }
)

# as plain numbers, because flag arithmetic is the slowest part of a STATUS
_TRIGGER: Final = int(Inputs.TRIGGER)
_CONTACT: Final = int(Inputs.CONTACT)
_VACUUM: Final = int(Inputs.CONTACT | Inputs.VACUUM)
_HOME: Final = int(Inputs.HOME)
_HEAD: Final = int(Inputs.HEAD)
_CARTRIDGE: Final = int(Inputs.CARTRIDGE)
_STOP_KEY: Final = int(Inputs.STOP_KEY)
_OUTPUTS_OFF: Final = int(Inputs.OUTPUTS_OFF)
_TESTED: Final = int(Inputs.TESTED)
_PRIMED: Final = int(Inputs.PRIMED)
_CALIBRATED: Final = int(Inputs.CALIBRATED)
_ENABLED: Final = frozenset({DeviceState.ARMED, DeviceState.RUNNING, DeviceState.STOPPING})
"""States in which outputs are not proven off."""


class Reports:
    """Sends STATUS; `seq` rises by one with each that nobody asked for."""

    __slots__ = (
        "_contact",
        "_last_us",
        "_temperature",
        "_temperature_due_us",
        "board",
        "calibrated",
        "due_us",
        "seq",
    )

    def __init__(self, board: Board, contact: ContactWatch, *, calibrated: bool) -> None:
        self.board = board
        self._contact = contact
        self.calibrated = calibrated
        self.seq = 0
        self._last_us = -NEVER_US
        self._temperature = self._temperature_due_us = 0
        self.due_us = NEVER_US

    def send_due(self) -> None:
        """Send a STATUS if one is due, and work out when the next is, from state and session."""
        board = self.board
        us = board.us
        period_us = self._period_us()
        if not period_us:
            self.due_us = NEVER_US
            return
        due_us = self._last_us + period_us
        if us >= due_us:
            self._last_us = us
            self.seq = (self.seq + 1) & 0xFFFF
            board.seen_us.append(us)
            board.send(self.status(0))
            due_us = us + period_us
        self.due_us = due_us

    def status(self, rid: int) -> Status:
        """Return the STATUS of this instant."""
        board = self.board
        stores = board.stores
        totals = stores.totals
        plant = board.plant
        now_ns, us = board.now_ns, board.us
        lease_us = board.lease_due_us - us if board.lease_due_us != NEVER_US else 0
        next_unit = board.next
        contact_mn = plant.contact_mn(now_ns)
        return tuple.__new__(Status, (
            rid, totals.boot, board.session, us, self.seq, board.state,
            stores.latch_reason, plant.phase, board.hold, self._inputs(contact_mn),
            stores.latch_no, next_unit, max(board.upto, next_unit), stores.fit.fit_no,
            max(0, lease_us), stores.next_seq, totals.begun_total, totals.case_total,
            plant.pressure_pa(now_ns), contact_mn, plant.supply_uv(now_ns),
            self._temperature_mc(), board.damaged, board.refused,
        ))  # fmt: skip

    def _temperature_mc(self) -> int:
        """Return a reading at most a slow STATUS old; heat is slow, and a reading costs."""
        board = self.board
        if board.us >= self._temperature_due_us:
            self._temperature_due_us = board.us + board.profile.status_slow_us
            self._temperature = board.plant.temperature_mc(board.now_ns)
        return self._temperature

    def _period_us(self) -> int:
        """Return the present period, 0 while nothing goes out unasked."""
        board = self.board
        if board.us < board.stop_due_us:
            return board.profile.status_fast_us
        if not board.held or board.state == DeviceState.STARTING:
            return 0
        fast = board.state in FAST_STATES
        return board.profile.status_fast_us if fast else board.profile.status_slow_us

    def _inputs(self, contact_mn: int) -> int:
        board = self.board
        plant = board.plant
        bits = _CALIBRATED if self.calibrated else 0
        if plant.trigger:
            bits |= _TRIGGER
        if self._contact.stands(contact_mn):
            bits |= _CONTACT if self._contact.force else _VACUUM
        if plant.home(board.now_ns):
            bits |= _HOME
        if plant.head:
            bits |= _HEAD
        if plant.cartridge:
            bits |= _CARTRIDGE
        if plant.stop_key:
            bits |= _STOP_KEY
        if board.state not in _ENABLED:
            bits |= _OUTPUTS_OFF
        if board.us < board.tested_until_us:
            bits |= _TESTED
        return bits | _PRIMED if board.primed else bits
