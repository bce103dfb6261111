"""The device: bytes and time in, bytes and the next deadline out.

Everything runs in the order of the device's own deadlines, whatever the granularity of the calls:
a call that comes late finds each timer expired at its own time. After every call `deadline_ns`
lies in the future, or is `NEVER_NS`.
"""

from collections.abc import Callable
from typing import Final

from mesodrive_protocol.enums import Reason
from mesodrive_protocol.messages import Fit
from mesodrive_simulator.firmware.board import NEVER_US, PPM, AnyPlant, Board
from mesodrive_simulator.firmware.delivery import Delivery
from mesodrive_simulator.firmware.electric_delivery import ElectricDelivery
from mesodrive_simulator.firmware.electric_stops import ElectricStops
from mesodrive_simulator.firmware.journal import Journal
from mesodrive_simulator.firmware.keyed_link import KeyedLink
from mesodrive_simulator.firmware.link import Link
from mesodrive_simulator.firmware.names import ARMED, RUNNING, STARTING, STOPPING
from mesodrive_simulator.firmware.queries import Queries
from mesodrive_simulator.firmware.reports import Reports
from mesodrive_simulator.firmware.requests import Requests
from mesodrive_simulator.firmware.screen import Screen
from mesodrive_simulator.firmware.selftest import Selftest
from mesodrive_simulator.firmware.signing import Signing
from mesodrive_simulator.firmware.starting import Starting
from mesodrive_simulator.firmware.stops import Stops
from mesodrive_simulator.firmware.stores import Stores
from mesodrive_simulator.firmware.writes import Writes
from mesodrive_simulator.sim_profile import SimProfile

NEVER_NS: Final = (1 << 62) - 1
SERIAL_BYTES_MAX: Final = 16
CALIBRATION: Final = 1
"""Number of the calibration that the simulated gun came with."""
STEPS_AT_ONCE_MAX: Final = 64
"""What can follow from one instant without time passing; more is an endless loop."""
_MOVING: Final = frozenset({ARMED, RUNNING, STOPPING})
_NOT_QUIET_US: Final = -1
"""No step is a quiet one."""


class Device:
    """A device of protocol version 1, without a port and without a clock."""

    def __init__(
        self,
        profile: SimProfile,
        plant: AnyPlant,
        stores: Stores,
        *,
        serial: str,
        simulated: bool = True,
        drift_ppm: int = 0,
        keyed: bool = False,
    ) -> None:
        """Build a device without power; `power_on` starts it.

        Args:
            profile: What device it is.
            plant: The machine that it drives.
            stores: What it remembers; changed in place.
            serial: Serial number, at most 16 ASCII characters.
            simulated: Whether it says of itself that it is simulated.
            drift_ppm: How much faster its clock runs than the world's.
            keyed: Whether it demands signed frames.

        Raises:
            ValueError: If the serial number does not fit the protocol.
        """
        if not serial.isascii() or not 0 < len(serial) <= SERIAL_BYTES_MAX:
            raise ValueError(f"serial {serial!r}: 1 to {SERIAL_BYTES_MAX} ASCII characters")
        self.profile = profile
        self.plant: AnyPlant = plant
        self.stores = stores
        self.serial = serial
        self.simulated = simulated
        self.drift_ppm = drift_ppm
        self.keyed = keyed
        self.calibration = CALIBRATION
        self.screen = Screen()
        self.on_fit: Callable[[Fit], None] | None = None
        """Called with each FIT that took effect: people fit what the host said."""
        self.output: list[bytes] = []
        """Frames for the host that nobody took yet; the same list through all resets."""
        self.deadline_ns = NEVER_NS
        self.powered = False
        self._stop_key_seen = False
        self._service_key = False
        self._plant_ns = 0
        self._due_us = 0
        self._quiet_us = _NOT_QUIET_US
        """In ARMED and RUNNING: before this nothing but a STATUS is due."""
        self._build()

    def power_on(self, now_ns: int) -> None:
        """Give it power: STARTING."""
        self._build()
        self.powered = True
        self.board.power_on_ns = now_ns
        self.board.at(now_ns)
        self.board.enter(STARTING)
        self._starting.begin()
        self.advance(now_ns)

    def power_off(self, now_ns: int) -> None:
        """Take the power away: every output drops, registers are lost, stores are kept."""
        self.advance(now_ns)
        self._writes.tear(self.board.us)
        self.plant.outputs_off(now_ns)
        self.powered = False
        self.deadline_ns = NEVER_NS

    def reset(self, now_ns: int) -> None:
        """Brown-out or watchdog: power gone and back in one instant."""
        self.power_off(now_ns)
        self.power_on(now_ns)

    def receive(self, data: bytes, now_ns: int) -> None:
        """Take bytes from the host."""
        if self.deadline_ns <= now_ns:
            self.advance(now_ns)
        if self.powered:
            board = self.board
            board.now_ns = now_ns
            if board.rate == PPM:  # `Board.at`, without its call
                board.us = (now_ns - board.power_on_ns) // 1000
            else:
                board.at(now_ns)
            self._link.receive(data)
            if board.dirty:
                self._settle(now_ns)
            elif board.lease_due_us < self._due_us or self._journal.due_us < self._due_us:
                # a beat may bring a timer forward; one that it puts off is found so in its time
                self._set_deadline()

    def line_break(self, now_ns: int) -> None:
        """Take a break on the line: STOP, where the device knows it."""
        self.advance(now_ns)
        if self.powered and self.profile.line_break:
            self._stops.line_break()
            self._settle(now_ns)

    def advance(self, now_ns: int) -> None:
        """Let time pass up to an instant, and look at what people did."""
        while self.deadline_ns < now_ns:
            self.step(self.deadline_ns)
        if not self.powered:
            self.plant.advance(now_ns)
            return
        self.step(now_ns)
        if self.deadline_ns <= now_ns:
            self._settle(now_ns)

    def hold_service_key(self, *, held: bool) -> None:
        """Press or release the device's own key, without which it takes no UPDATE."""
        self._service_key = self._requests.service_key = held

    def _settle(self, now_ns: int) -> None:
        """Step at an instant until nothing more follows without time passing."""
        for _ in range(STEPS_AT_ONCE_MAX):
            self.step(now_ns)
            if self.deadline_ns > now_ns:
                return
        raise AssertionError(f"the device does not come to an end at {now_ns} ns")

    def _build(self) -> None:
        """Build the registers and everything that works on them anew."""
        self.output.clear()
        board = Board(
            self.profile, self.plant, self.stores, self.screen, self.output,
            drift_ppm=self.drift_ppm,
        )  # fmt: skip
        self.board = board
        self._journal = Journal(board)
        self._writes = Writes(self.profile.store_write_us)
        kinds = (Stops, Delivery) if board.is_gun else (ElectricStops, ElectricDelivery)
        self._stops: Stops = kinds[0](board, self._journal)
        self._delivery: Delivery = kinds[1](board, self._journal, self._stops, self._writes)
        self._selftest = Selftest(board, self._journal, self._stops)
        self._starting = Starting(board, self._journal, self._stops)
        self._reports = Reports(board, self._delivery.contact, calibrated=self.calibration != 0)
        self._requests = Requests(
            board, self._journal, self._stops, self._delivery, self._selftest,
            calibration=self.calibration, on_fit=self.on_fit,
        )  # fmt: skip
        queries = Queries(
            board, self._journal, self._reports, serial=self.serial.encode(),
            simulated=self.simulated, calibration=self.calibration, keyed=self.keyed,
        )  # fmt: skip
        self._requests.service_key = self._service_key
        parts = (
            board, self._journal, self._stops, self._delivery, self._requests, queries,
            self._writes,
        )  # fmt: skip
        if self.keyed:
            serial = self.serial.encode()
            self._link: Link = KeyedLink(*parts, Signing(self.stores, serial))
        else:
            self._link = Link(*parts)

    def step(self, now_ns: int) -> None:
        """Do what is due at an instant that is no later than `deadline_ns`; `advance` calls it.

        Nearly every step is a quiet one: nothing happened, nothing was touched, and at most a
        STATUS is due. A whole step would find everything as the last one left it, for whatever it
        looks at changes at a deadline, marks the board as dirty, or is compared in
        `Delivery.is_quiet`.
        """
        board = self.board
        board.now_ns = now_ns
        if board.rate == PPM:  # `Board.at`, without its call
            board.us = us = (now_ns - board.power_on_ns) // 1000
        else:
            board.at(now_ns)
            us = board.us
        if (
            us < self._quiet_us
            and not board.dirty
            and now_ns < self._plant_ns == self.plant.deadline_ns
            and self._delivery.is_quiet()
        ):
            if self._reports.due_us <= us:
                self._reports.send_due()
            self._set_deadline()
        else:
            self._step_wholly(now_ns, us)

    def _step_wholly(self, now_ns: int, us: int) -> None:
        board, plant = self.board, self.plant
        if self._plant_ns <= now_ns:
            plant.advance(now_ns)
        if board.state is STARTING:
            self._starting.follow()
        if self._writes.due_us <= us:
            self._writes.run(us)
        if self._requests.leave_us <= us:
            self._leave(now_ns)
            return
        if plant.stop_key != self._stop_key_seen:
            self._stop_key(pressed=plant.stop_key)
        if not plant.cartridge:
            board.primed = False
        if board.state in _MOVING:
            self._delivery.watch()
        else:
            self._requests.follow()
            self._selftest.follow()
            self._delivery.look_at_rest()
        if self._journal.due_us <= us:
            self._journal.send_due()
        if board.dirty or self._reports.due_us <= us:
            board.dirty = False
            self._reports.send_due()
        self._set_deadline()

    def _leave(self, now_ns: int) -> None:
        """Switch off after OFF, start anew after KEY."""
        self._requests.leave_us = NEVER_US
        if self._requests.off:
            self.power_off(now_ns)
        else:
            self.reset(now_ns)

    def _stop_key(self, *, pressed: bool) -> None:
        self._stop_key_seen = pressed
        if pressed:
            self._stops.raised.discard(Reason.STOP_KEY)
            self._stops.stop(Reason.STOP_KEY)

    def _set_deadline(self) -> None:
        board, reports = self.board, self._reports
        due_us, journal_us = self._writes.due_us, self._journal.due_us
        # comparisons instead of `min`, which takes three times as long, here at each step
        due_us = journal_us if journal_us < due_us else due_us  # noqa: FURB136
        state = board.state
        if state is ARMED or state is RUNNING:
            delivery_us, lease_us = self._delivery.due_us, board.lease_due_us
            due_us = delivery_us if delivery_us < due_us else due_us  # noqa: FURB136
            due_us = lease_us if lease_us < due_us else due_us  # noqa: FURB136
            self._quiet_us = due_us
        else:
            due_us = min(due_us, self._due_at_rest_us())
            self._quiet_us = _NOT_QUIET_US
        status_us = reports.due_us
        self._due_us = due_us = status_us if status_us < due_us else due_us  # noqa: FURB136
        self._plant_ns = plant_ns = self.plant.deadline_ns
        if due_us >= NEVER_US:
            world_ns = NEVER_NS
        elif board.rate == PPM:  # `Board.ns_of`, without its call
            world_ns = board.power_on_ns + due_us * 1000
        else:
            world_ns = board.ns_of(due_us)
        self.deadline_ns = plant_ns if plant_ns < world_ns else world_ns  # noqa: FURB136

    def _due_at_rest_us(self) -> int:
        """Return when to look next on account of a state in which no unit can begin."""
        if self.board.state is STOPPING:
            return self._delivery.due_us
        loading = self._requests.loading
        loading_us = NEVER_US if loading is None else loading.due_us
        leave_us = self._requests.leave_us
        return min(self._starting.due_us, self._selftest.due_us, loading_us, leave_us)
