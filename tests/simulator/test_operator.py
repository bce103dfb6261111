"""A person at the gun: what the model does, when, and what the keys do."""

from dataclasses import dataclass

import pytest

from mesodrive_protocol.enums import DeviceState, Kind, Trigger
from mesodrive_simulator.operator import (
    FORCE_MN,
    REACTION_MS,
    RELEASE_MS,
    KeysOperator,
    OperatorModel,
)
from mesodrive_simulator.plant import NEVER_NS, Plant
from mesodrive_simulator.sim_profile import load_profile

MS = 1_000_000
S = 1_000_000_000


@dataclass
class Lamp:
    """A screen that a test sets by hand."""

    state: DeviceState = DeviceState.LOADED
    kind: Kind = Kind.PRICK
    trigger: Trigger = Trigger.HELD


def bedside(name: str = "nappage-gun", seed: int = 5) -> tuple[OperatorModel, Plant, Lamp]:
    return OperatorModel(seed=seed), Plant(load_profile(name), seed=seed), Lamp()


def live(person: OperatorModel, gun: Plant, lamp: Lamp) -> list[int]:
    """Let the person do everything that is due, and say when."""
    times = []
    while person.deadline_ns < NEVER_NS:
        times.append(person.deadline_ns)
        person.advance(times[-1], gun, lamp)
    return times


def test_when_armed_the_person_places_the_gun_and_then_holds_the_trigger() -> None:
    person, gun, lamp = bedside()
    gun.set_trigger(0, True)
    lamp.state = DeviceState.ARMED
    person.advance(S, gun, lamp)
    assert not gun.trigger
    placed_ns, pressed_ns = live(person, gun, lamp)
    assert REACTION_MS[0] * MS <= placed_ns - S <= REACTION_MS[1] * MS
    assert RELEASE_MS[0] * MS <= pressed_ns - placed_ns <= RELEASE_MS[1] * MS
    assert gun.trigger
    assert FORCE_MN[0] <= gun.contact_mn(pressed_ns) <= FORCE_MN[1]


@pytest.mark.parametrize("kind", [Kind.PRIME, Kind.DRY])
def test_to_prime_and_to_run_dry_the_gun_is_in_the_air(kind: Kind) -> None:
    person, gun, lamp = bedside()
    gun.set_contact(0, 5000)
    lamp.kind, lamp.state = kind, DeviceState.ARMED
    person.advance(0, gun, lamp)
    live(person, gun, lamp)
    assert gun.trigger
    assert gun.contact_mn(S) == 0


def test_with_a_stamp_the_person_opens_the_vacuum_instead_of_pressing() -> None:
    person, gun, lamp = bedside("vacuum-stamp")
    lamp.state = DeviceState.ARMED
    person.advance(0, gun, lamp)
    live(person, gun, lamp)
    assert gun.vacuum_pa(2 * S) == gun.profile.vacuum_pa
    assert gun.contact_mn(2 * S) == 0


def test_a_held_trigger_stays_held_over_units() -> None:
    person, gun, lamp = bedside()
    lamp.state = DeviceState.ARMED
    person.advance(0, gun, lamp)
    live(person, gun, lamp)
    for state in (DeviceState.RUNNING, DeviceState.ARMED, DeviceState.RUNNING):
        lamp.state = state
        person.advance(2 * S, gun, lamp)
    assert gun.trigger
    assert person.deadline_ns == NEVER_NS


def test_single_units_get_one_press_each() -> None:
    person, gun, lamp = bedside("point-gun")
    lamp.state, lamp.trigger = DeviceState.ARMED, Trigger.SINGLE
    person.advance(0, gun, lamp)
    live(person, gun, lamp)
    for n in range(2, 5):
        lamp.state = DeviceState.RUNNING
        person.advance(n * S, gun, lamp)
        assert gun.trigger
        lamp.state = DeviceState.ARMED
        person.advance(n * S + 100 * MS, gun, lamp)
        assert not gun.trigger
        (pressed_ns,) = live(person, gun, lamp)
        assert pressed_ns >= n * S + 100 * MS + RELEASE_MS[0] * MS
        assert gun.trigger


@pytest.mark.parametrize("end", [DeviceState.LOADED, DeviceState.LATCHED, DeviceState.STOPPING])
def test_when_no_longer_armed_the_person_lets_go_and_lifts_the_gun(end: DeviceState) -> None:
    person, gun, lamp = bedside()
    lamp.state = DeviceState.ARMED
    person.advance(0, gun, lamp)
    live(person, gun, lamp)
    lamp.state = end
    person.advance(5 * S, gun, lamp)
    assert gun.trigger, "a person takes time to react"
    (lifted_ns,) = live(person, gun, lamp)
    assert REACTION_MS[0] * MS <= lifted_ns - 5 * S <= REACTION_MS[1] * MS
    assert not gun.trigger
    assert gun.contact_mn(lifted_ns) == 0


def test_hands_on_the_way_are_called_back_by_a_stop() -> None:
    person, gun, lamp = bedside()
    lamp.state = DeviceState.ARMED
    person.advance(0, gun, lamp)
    lamp.state = DeviceState.LATCHED
    person.advance(10 * MS, gun, lamp)
    live(person, gun, lamp)
    assert not gun.trigger
    assert gun.contact_mn(S) == 0


def test_the_same_seed_is_the_same_person() -> None:
    def times(seed: int) -> list[int]:
        person, gun, lamp = bedside(seed=seed)
        lamp.state = DeviceState.ARMED
        person.advance(0, gun, lamp)
        return live(person, gun, lamp)

    assert times(1) == times(1)
    assert times(1) != times(2)


def test_keys_toggle_trigger_and_contact_and_press_the_stop_key_for_a_moment() -> None:
    keys, gun, lamp = KeysOperator(), Plant(load_profile("nappage-gun"), seed=1), Lamp()
    keys.press("t", 0, gun)
    keys.press("c", 0, gun)
    assert gun.trigger
    assert gun.contact_mn(0) == gun.profile.contact_mn
    keys.press("t", 0, gun)
    keys.press("c", 0, gun)
    assert not gun.trigger
    assert gun.contact_mn(0) == 0
    keys.press("k", S, gun)
    keys.press("x", S, gun)
    assert gun.stop_key
    keys.advance(S, gun, lamp)
    assert gun.stop_key
    keys.advance(keys.deadline_ns, gun, lamp)
    assert not gun.stop_key
    assert keys.deadline_ns == NEVER_NS
