"""Who holds the device: a person who reacts, or a person at the keyboard. No clock, no terminal.

The model does what a trained person does. When the device becomes ARMED it releases the trigger,
puts gun or electrode on the skin (or lifts the gun off to prime or to run dry), then holds the
trigger, or presses it once per unit. When the device is no longer armed it lets go and lifts it.
"""

from random import Random
from typing import Final, Protocol

from mesodrive_protocol.enums import DeviceState, Kind, Trigger
from mesodrive_simulator.firmware.board import AnyPlant
from mesodrive_simulator.plant import NEVER_NS

_MS_NS: Final = 1_000_000
REACTION_MS: Final = (200, 300)
"""Time from a change on the screen to the hand's first movement."""
RELEASE_MS: Final = (80, 120)
"""How long a person keeps the trigger released; the device wants to see 30 ms."""
FORCE_MN: Final = (4_300, 7_700)
"""Force on the skin; doses were found accurate between 4 and 8 N."""
# plain names: a member looked up through its class costs ten times as much
_ARMED: Final = DeviceState.ARMED
_RUNNING: Final = DeviceState.RUNNING
_SINGLE: Final = Trigger.SINGLE
_AIR_KINDS: Final = (Kind.EVENT, Kind.PRIME, Kind.DRY)


class Screen(Protocol):
    """What a person can see of the device."""

    @property
    def state(self) -> DeviceState:
        """State that the device shows."""
        ...

    @property
    def kind(self) -> Kind:
        """Kind of the loaded program; `EVENT` without one."""
        ...

    @property
    def trigger(self) -> Trigger:
        """How the next unit is triggered."""
        ...


class Operator(Protocol):
    """Whoever moves gun and trigger."""

    @property
    def deadline_ns(self) -> int:
        """Next instant at which the hands do something by themselves."""
        ...

    def advance(self, now_ns: int, plant: AnyPlant, screen: Screen) -> None:
        """Look at the screen and do what is due; call it after every step of the device."""
        ...


class OperatorModel:
    """A person whose reaction times come from a seed."""

    __slots__ = (
        "_armed",
        "_force_mn",
        "_lift_ns",
        "_place_ns",
        "_press_ns",
        "_random",
        "_running",
        "deadline_ns",
    )

    def __init__(self, *, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311 -- repeatable on purpose
        self._armed = False
        self._running = False
        self._force_mn = self._random.randint(*FORCE_MN)
        self._place_ns = self._press_ns = self._lift_ns = NEVER_NS
        self.deadline_ns = NEVER_NS
        """Next instant at which the hands do something by themselves."""

    def advance(self, now_ns: int, plant: AnyPlant, screen: Screen) -> None:
        """Look at the screen and do what is due; call it after every step of the device."""
        state = screen.state
        running = state is _RUNNING
        armed = running or state is _ARMED
        if armed is not self._armed:
            self._armed = armed
            self._see_change(now_ns, plant)
        elif armed and self._running and not running and screen.trigger is _SINGLE:
            # one unit is over: let go, and press again for the next
            plant.set_trigger(now_ns, pressed=False)
            self._press_ns = now_ns + self._drawn_ns(RELEASE_MS)
        self._running = running
        if now_ns >= self.deadline_ns:
            self._act(now_ns, plant, screen)
        self.deadline_ns = min(self._place_ns, self._press_ns, self._lift_ns)

    def _see_change(self, now_ns: int, plant: AnyPlant) -> None:
        self._place_ns = self._press_ns = self._lift_ns = NEVER_NS
        reacts_ns = now_ns + self._drawn_ns(REACTION_MS)
        if self._armed:
            plant.set_trigger(now_ns, pressed=False)
            self._place_ns = reacts_ns
            self._press_ns = reacts_ns + self._drawn_ns(RELEASE_MS)
        else:
            self._lift_ns = reacts_ns

    def _act(self, now_ns: int, plant: AnyPlant, screen: Screen) -> None:
        if now_ns >= self._place_ns:
            self._place_ns = NEVER_NS
            place(now_ns, plant, self._force_mn, on_skin=screen.kind not in _AIR_KINDS)
        if now_ns >= self._press_ns:
            self._press_ns = NEVER_NS
            plant.set_trigger(now_ns, pressed=True)
        if now_ns >= self._lift_ns:
            self._lift_ns = NEVER_NS
            plant.set_trigger(now_ns, pressed=False)
            place(now_ns, plant, 0, on_skin=False)

    def _drawn_ns(self, bounds_ms: tuple[int, int]) -> int:
        return self._random.randint(bounds_ms[0] * _MS_NS, bounds_ms[1] * _MS_NS)


class KeysOperator:
    """A person at the keyboard: t trigger, c contact, both toggle; k presses the stop key."""

    STOP_KEY_HELD_NS: Final = 200 * _MS_NS
    """How long one key stroke holds the stop key down."""

    def __init__(self) -> None:
        self._on_skin = False
        self._release_ns = NEVER_NS

    @property
    def deadline_ns(self) -> int:
        """When the stop key comes up again."""
        return self._release_ns

    def advance(self, now_ns: int, plant: AnyPlant, screen: Screen) -> None:  # noqa: ARG002
        """Let the stop key come up when its time is over."""
        if now_ns >= self._release_ns:
            self._release_ns = NEVER_NS
            plant.set_stop_key(now_ns, pressed=False)

    def press(self, key: str, now_ns: int, plant: AnyPlant) -> None:
        """Do what a key asks for; keys without a meaning do nothing."""
        if key == "t":
            plant.set_trigger(now_ns, pressed=not plant.trigger)
        elif key == "c":
            self._on_skin = not self._on_skin
            force_mn = plant.profile.contact_mn or FORCE_MN[0]  # an electrode is held by hand
            place(now_ns, plant, force_mn, on_skin=self._on_skin)
        elif key == "k":
            self._release_ns = now_ns + self.STOP_KEY_HELD_NS
            plant.set_stop_key(now_ns, pressed=True)


def place(now_ns: int, plant: AnyPlant, force_mn: int, *, on_skin: bool) -> None:
    """Put the gun or the electrode on the skin, or lift it off.

    Args:
        now_ns: When.
        plant: The machine.
        force_mn: How hard, where the gun is pressed on; a stamp holds itself by vacuum.
        on_skin: Down or up.
    """
    if plant.profile.contact == "vacuum":
        plant.set_vacuum(now_ns, plant.profile.vacuum_pa if on_skin else 0)
    else:
        plant.set_contact(now_ns, force_mn if on_skin else 0)
