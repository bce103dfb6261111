"""What all parts of the firmware share: the device clock, registers and the way out.

Registers are lost in a reset (`Board` is built anew), `stores` are not. All firmware times are
microseconds on the device's own clock, which begins at 0 with power and may drift against the
world; only this file knows both.
"""

from collections import deque
from typing import Final

from mesodrive_protocol.codec import Sign, encode
from mesodrive_protocol.enums import DeviceState
from mesodrive_protocol.messages import Message
from mesodrive_simulator.firmware.electric_limits import limits_of
from mesodrive_simulator.firmware.limits import DeviceLimits
from mesodrive_simulator.firmware.names import EVENT, NO_HOLD
from mesodrive_simulator.firmware.programs import Program
from mesodrive_simulator.firmware.screen import Screen
from mesodrive_simulator.firmware.stores import Stores
from mesodrive_simulator.plant.gun import Plant
from mesodrive_simulator.plant.transdermal import TransdermalPlant
from mesodrive_simulator.sim_profile import SimProfile

AnyPlant = Plant | TransdermalPlant
NEVER_US: Final = (1 << 62) - 1
STATUS_TIMES_KEPT: Final = 16
"""ARM and GRANT may name any of so many unsolicited STATUS."""
OUTPUT_BYTES_MAX: Final = 1 << 16
"""Bytes that nobody took; above it frames are lost, as on a wire that nobody listens to."""
PPM: Final = 1_000_000
"""`rate` of a clock that runs as the world's does."""


class Board:
    """Clock, registers and output of one device between two resets."""

    __slots__ = (
        "_hold_us", "_waiting_bytes", "damaged", "dirty", "electric", "gun", "heard_us", "hold",
        "is_gun", "lease_due_us", "limits", "nonce", "now_ns", "output", "pause", "plant",
        "power_on_ns", "primed", "profile", "program", "rate", "refused", "screen", "seen_us",
        "session", "sign", "state", "stop_due_us", "stores", "tested_until_us", "upto", "us",
    )  # fmt: skip

    def __init__(
        self,
        profile: SimProfile,
        plant: AnyPlant,
        stores: Stores,
        screen: Screen,
        output: list[bytes],
        *,
        drift_ppm: int,
    ) -> None:
        self.profile = profile
        self.plant: AnyPlant = plant
        # the parts of each family know its own machine; the other one is not there at all
        self.is_gun = isinstance(plant, Plant)
        if isinstance(plant, Plant):
            self.gun = plant
        else:
            self.electric = plant
        self.stores, self.screen = stores, screen
        self.rate = PPM + drift_ppm
        """Device microseconds in a million world microseconds."""
        self.power_on_ns = self.now_ns = self.us = 0
        self.state = DeviceState.STARTING
        self.hold = NO_HOLD
        self.session = 0
        """The present session, 0 before the first OPEN since the reset."""
        self.nonce = 0
        self.heard_us = 0
        """When the session was last heard."""
        self.stop_due_us = 0
        """Until when STATUS goes out on account of a STOP, session or not."""
        self._hold_us = profile.session_hold_us
        self.limits: DeviceLimits = limits_of(profile)
        self.program: Program | None = None
        self.lease_due_us = NEVER_US
        self.dirty = True
        """Something happened that may change what is due; the next step looks at everything."""
        self.pause = False
        """A PAUSE that waits for the unit under way."""
        self.primed = False
        self.upto = self.tested_until_us = 0
        self.seen_us: deque[int] = deque(maxlen=STATUS_TIMES_KEPT)
        """Times of the last unsolicited STATUS."""
        self.damaged = self.refused = 0
        self.sign: Sign | None = None
        """What signs a frame; None where it leaves unsigned."""
        self.output = output
        """Frames that nobody took yet."""
        self._waiting_bytes = 0
        """Bytes in it, those of the last frame aside."""

    def at(self, now_ns: int) -> None:
        """Set the clock to a world time."""
        self.now_ns = now_ns
        rate = self.rate
        if rate == PPM:  # the usual case, without long multiplication
            self.us = (now_ns - self.power_on_ns) // 1000
        else:
            self.us = (now_ns - self.power_on_ns) * rate // 1_000_000_000

    def ns_of(self, us: int) -> int:
        """Return the earliest world time at which the device clock shows `us`."""
        if self.rate == PPM:
            return self.power_on_ns + us * 1000
        return self.power_on_ns - (-us * 1_000_000_000 // self.rate)

    def send(self, message: Message) -> None:
        """Hand one frame to the port."""
        output = self.output
        if output:
            waiting_bytes = self._waiting_bytes + len(output[-1])
            if waiting_bytes >= OUTPUT_BYTES_MAX:
                return
            self._waiting_bytes = waiting_bytes
        else:  # nearly always: what was sent before has been taken
            self._waiting_bytes = 0
        output += (encode(message, self.sign),)

    def enter(self, state: DeviceState) -> None:
        """Change the state and show it."""
        self.state = state
        self.dirty = True
        self.hold = NO_HOLD
        screen = self.screen
        screen.state = state
        screen.hold = NO_HOLD
        screen.kind = self.program.kind if self.program is not None else EVENT

    @property
    def held(self) -> bool:
        """Tell whether a host holds the session: it was heard within the hold time."""
        return self.session != 0 and self.us - self.heard_us < self._hold_us

    @property
    def next(self) -> int:
        """Return the index of the first unit of the open command that has not begun."""
        account = self.stores.account
        return 0 if account is None else account.next
