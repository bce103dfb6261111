"""Pairing a keyed device: keys change under a person's hand and in no other way."""

from typing import Any

import pytest

from mesodrive_protocol.codec import encode
from mesodrive_protocol.enums import Code, DeviceState
from mesodrive_protocol.messages import Key, Off, Poll, Update
from mesodrive_simulator.firmware.stores import KeySlot, Stores
from support.firmware import Bench
from support.signed import KEY, KEY_ID, OTHER_KEY, SignedBench, mac


def held(*keys: tuple[int, bytes]) -> SignedBench:
    bench = SignedBench(*keys)
    bench.device.hold_service_key(held=True)
    return bench


def give(bench: SignedBench, key_id: int, key: bytes) -> None:
    """Pair: UPDATE, KEY, the start."""
    assert bench.unsigned(Update, session=0).code == Code.OK
    assert bench.unsigned(Key, key_id, key, session=0).code == Code.OK
    bench.boot += 1
    bench.session, bench.key = 0, b""
    bench.run(700)


@pytest.mark.req("SEC-06")
def test_a_key_is_taken_in_update_under_the_devices_own_key_and_then_the_device_starts() -> None:
    bench = held()
    give(bench, 9, OTHER_KEY)
    assert bench.identity.boot == bench.boot
    assert bench.identity.key_id == 9
    bench.key_id, bench.pairing_key = 9, OTHER_KEY
    assert bench.open().code == Code.OK
    assert Stores.from_bytes(bench.stores.to_bytes()).keys == [KeySlot(9, OTHER_KEY, opened=True)]


@pytest.mark.req("SEC-06")
def test_without_the_devices_own_key_no_key_changes() -> None:
    bench = SignedBench()
    assert bench.unsigned(Update, session=0).code == Code.MAC
    assert bench.unsigned(Key, 9, OTHER_KEY, session=0).code == Code.MAC
    bench.open()
    assert bench.code(Update) == Code.STATE
    bench.device.hold_service_key(held=True)
    assert bench.unsigned(Key, 9, OTHER_KEY, session=0).code == Code.STATE
    assert bench.code(Update) == Code.OK
    bench.device.hold_service_key(held=False)
    assert bench.unsigned(Key, 9, OTHER_KEY, session=0).code == Code.STATE
    assert bench.stores.keys == [KeySlot(KEY_ID, KEY, opened=True)]


def test_a_request_of_pairing_names_the_boot_and_a_key_with_a_name() -> None:
    bench = held()
    assert bench.unsigned(Update, boot=7, session=0).code == Code.BOOT
    assert bench.unsigned(Update, session=0).code == Code.OK
    again = bench.unsigned(Update, session=0)
    assert (again.code, again.state) == (Code.STATE, DeviceState.UPDATE)
    assert bench.unsigned(Key, 0, OTHER_KEY, session=0).code == Code.FIELD
    assert bench.unsigned(Key, 9, OTHER_KEY, boot=7, session=0).code == Code.BOOT


def test_a_stop_while_the_loader_is_being_entered_leaves_the_device_where_it_is() -> None:
    bench = held()
    bench.open()
    bench.signing = False
    rid = bench.send(Update, session=0)
    assert bench.answer(rid) is None
    twin = bench.send(Update, session=0)
    bench.signing = True
    bench.stop()
    bench.run(100)
    answer: Any = bench.answer(rid)
    assert answer.code == Code.STATE
    assert bench.answer(twin) is None
    assert bench.is_in(DeviceState.LATCHED)


def test_of_two_keys_the_older_works_until_the_newer_has_opened_a_session() -> None:
    bench = held((4, OTHER_KEY))
    give(bench, KEY_ID, KEY)
    assert bench.open().code == Code.OK
    assert [slot.key_id for slot in bench.stores.keys] == [4, KEY_ID]
    bench.reset()
    bench.key_id, bench.pairing_key, bench.key = KEY_ID, KEY, b""
    assert bench.open().code == Code.OK
    assert [slot.key_id for slot in bench.stores.keys] == [KEY_ID]


def test_a_third_key_takes_the_place_of_the_oldest_and_a_namesake_that_of_its_own() -> None:
    bench = held((1, OTHER_KEY), (2, OTHER_KEY))
    give(bench, 3, KEY)
    assert [slot.key_id for slot in bench.stores.keys] == [2, 3]
    give(bench, 2, KEY)
    assert [slot[:2] for slot in bench.stores.keys] == [(3, KEY), (2, KEY)]


def test_a_device_without_keys_is_paired_and_then_opened() -> None:
    bench = held()
    bench.stores.keys = []
    assert bench.identity.key_id == 0
    assert bench.open().code == Code.MAC
    give(bench, KEY_ID, KEY)
    assert bench.open().code == Code.OK


def test_an_unkeyed_device_knows_no_key_and_takes_no_mac() -> None:
    bench = Bench()
    bench.open()
    assert bench.code(Key, 9, KEY) == Code.ID
    bench.send_bytes(encode(Poll(99, bench.boot, bench.session), lambda data: mac(KEY, data)))
    answer: Any = bench.answer(99)
    assert answer.code == Code.MAC


def test_power_goes_after_off_in_a_signed_session() -> None:
    bench = SignedBench()
    bench.open()
    assert bench.code(Off) == Code.OK
    bench.run(100)
    assert not bench.device.powered
