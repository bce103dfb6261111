"""STATUS: what is, when it goes out unasked, and how it is put together."""

from typing import Final

from mesodrive_protocol.enums import Inputs
from mesodrive_protocol.messages import Status
from mesodrive_simulator.firmware.board import NEVER_US, Board
from mesodrive_simulator.firmware.interlocks import ContactWatch
from mesodrive_simulator.firmware.names import (
    ARMED,
    LATCHED,
    LOADED,
    RUNNING,
    STARTING,
    STOPPING,
)
from mesodrive_simulator.plant.phases import REST

FAST_STATES: Final = frozenset({LOADED, ARMED, RUNNING, STOPPING, LATCHED})

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
_ENABLED: Final = frozenset({ARMED, RUNNING, STOPPING})
"""States in which outputs are not proven off."""
_new: Final = tuple.__new__
"""Builds a tuple class from its fields at once."""


class Reports:
    """Sends STATUS; `seq` rises by one with each that nobody asked for."""

    __slots__ = (
        "_contact",
        "_contact_bits",
        "_fast_us",
        "_hold_us",
        "_last_us",
        "_slow_us",
        "_steady_bits",
        "_supply_uv",
        "_temperature",
        "_temperature_due_us",
        "board",
        "due_us",
        "seq",
    )

    def __init__(self, board: Board, contact: ContactWatch, *, calibrated: bool) -> None:
        self.board = board
        self._contact = contact
        self._contact_bits = _VACUUM if board.profile.contact == "vacuum" else _CONTACT
        self._steady_bits = _CALIBRATED if calibrated else 0
        self._fast_us = board.profile.status_fast_us
        self._slow_us = board.profile.status_slow_us
        self._hold_us = board.profile.session_hold_us
        self._supply_uv = board.profile.supply_uv
        self.seq = 0
        self._last_us = -NEVER_US
        self._temperature = self._temperature_due_us = 0
        self.due_us = NEVER_US

    def send_due(self) -> None:
        """Send a STATUS if one is due, and work out when the next is, from state and session."""
        board = self.board
        us = board.us
        if us < board.stop_due_us:
            period_us = self._fast_us
        elif us - board.heard_us >= self._hold_us or not board.session or board.state is STARTING:
            self.due_us = NEVER_US
            return
        else:
            period_us = self._fast_us if board.state in FAST_STATES else self._slow_us
        due_us = self._last_us + period_us
        if us >= due_us:
            self._last_us = us
            self.seq = (self.seq + 1) & 0xFFFF
            board.seen_us += (us,)
            board.send(self.status(0))
            due_us = us + period_us
        self.due_us = due_us

    def status(self, rid: int) -> Status:
        """Return the STATUS of this instant; sensors are read here without a call each."""
        board = self.board
        stores, plant = board.stores, board.plant
        totals = stores.totals
        now_ns, us = board.now_ns, board.us
        lease_due_us = board.lease_due_us
        next_unit = 0 if stores.account is None else stores.account.next
        upto = board.upto
        upto = upto if upto > next_unit else next_unit  # noqa: FURB136 -- the hot path
        contact = self._contact
        if board.is_gun:
            gun = board.gun
            override_mn = plant.contact_override
            b = gun.skin.force_mn if override_mn is None else override_mn
            a = round(gun.plunger.pressure_pa(now_ns))
            touch = b if contact.force else contact.read(now_ns)
        else:
            unit = board.electric
            a, b = unit.current_ua(now_ns), unit.voltage_uv(now_ns)
            touch = contact.read(now_ns)
        if us >= self._temperature_due_us:
            self._read_temperature()
        at_home = (plant.phase is REST and plant.home_stuck is None) or plant.home(now_ns)
        inputs = (
            self._steady_bits
            | (_TRIGGER if plant.trigger else 0)
            | (self._contact_bits if touch >= contact.least > 0 else 0)
            | (_HOME if at_home else 0)
            | (_HEAD if plant.head else 0)
            | (_CARTRIDGE if plant.cartridge else 0)
            | (_STOP_KEY if plant.stop_key else 0)
            | (0 if board.state in _ENABLED else _OUTPUTS_OFF)
            | (_TESTED if us < board.tested_until_us else 0)
            | (_PRIMED if board.primed else 0)
        )
        status: Status = _new(Status, (
            rid, totals.boot, board.session, us, self.seq, board.state,
            stores.latch_reason, plant.phase, board.hold, inputs,
            stores.latch_no, next_unit, upto,
            stores.fit.fit_no, lease_due_us - us if us < lease_due_us < NEVER_US else 0,
            stores.next_seq, totals.begun_total, totals.case_total,
            a, b, self._supply_uv - plant.supply_drop_uv, self._temperature,
            board.damaged, board.refused,
        ))  # fmt: skip
        return status

    def _read_temperature(self) -> None:
        """Read again at the pace of a slow STATUS; heat is slow, and a reading costs."""
        board = self.board
        self._temperature_due_us = board.us + self._slow_us
        self._temperature = board.plant.temperature_mc(board.now_ns)
