"""The declarations themselves: what holds for every message, step and enumeration."""

from enum import IntFlag
from typing import get_args

import pytest

from mesodrive_protocol import messages
from mesodrive_protocol.codec import (
    CRC_BYTES,
    HEADER_BYTES,
    IDS,
    MAC_BYTES,
    NAMES,
    PAYLOAD_BYTES_MAX,
    PAYLOAD_BYTES_MAX_SIGNED,
    value_range,
)
from mesodrive_protocol.enums import Kind
from mesodrive_protocol.fields import DECLARATIONS, Sort
from mesodrive_protocol.framing import BODY_BYTES_MAX
from mesodrive_protocol.messages import DeviceMessage, HostMessage
from mesodrive_protocol.render_layouts import body_bytes, item_spots
from mesodrive_protocol.render_tables import ENUMS
from mesodrive_protocol.steps import LAYOUTS, STEP_BYTES, NeedleStep, pack_step, unpack_step
from mesodrive_protocol.times import BOUNDS

ANSWERED = {Sort.QUERY, Sort.REQUEST, Sort.DURABLE}


def test_every_id_is_used_once() -> None:
    assert len(IDS) == len(DECLARATIONS)


def test_bit_15_of_the_id_says_that_the_device_speaks() -> None:
    device, host = get_args(DeviceMessage), get_args(HostMessage)
    assert {cls for cls, declared in DECLARATIONS.items() if declared.id & 0x8000} == set(device)
    assert set(DECLARATIONS) - set(device) == set(host)


def test_only_key_uses_an_id_of_the_boot_loader() -> None:
    assert [IDS[number] for number in IDS if 0x7000 <= number < 0x8000] == [messages.Key]


def test_every_message_begins_with_the_header_fields() -> None:
    assert {cls._fields[:3] for cls in IDS.values()} == {("rid", "boot", "session")}


def test_every_message_is_exported_by_name() -> None:
    assert {cls.__name__ for cls in IDS.values()} < set(messages.__all__)


def test_every_message_fits_a_frame_also_when_signed() -> None:
    for cls, declared in DECLARATIONS.items():
        item = sum(spot.size for spot in item_spots(cls))
        longest = body_bytes(cls) + item * (declared.tail.most if declared.tail else 0)
        assert longest - HEADER_BYTES <= PAYLOAD_BYTES_MAX_SIGNED, NAMES[cls]
    assert HEADER_BYTES + PAYLOAD_BYTES_MAX_SIGNED + MAC_BYTES + CRC_BYTES <= BODY_BYTES_MAX
    assert HEADER_BYTES + PAYLOAD_BYTES_MAX + CRC_BYTES <= BODY_BYTES_MAX


def test_what_is_answered_names_its_answer() -> None:
    for cls, declared in DECLARATIONS.items():
        if declared.sort in ANSWERED:
            assert declared.answer, NAMES[cls]


@pytest.mark.parametrize("values", ENUMS.values(), ids=lambda values: values.__name__)
def test_enumerations_have_no_gap_that_a_range_would_let_in(values: type[IntFlag]) -> None:
    low, high = value_range(values)
    if issubclass(values, IntFlag):
        assert [int(v) for v in values] == [1 << bit for bit in range(len(values))]
    else:
        assert [int(v) for v in values] == list(range(low, high + 1))


def test_every_kind_but_event_has_a_step_of_24_bytes() -> None:
    assert set(LAYOUTS) == set(Kind) - {Kind.EVENT}
    assert {layout.size for layout, _, _ in LAYOUTS.values()} == {STEP_BYTES}


def test_a_reserved_byte_of_a_step_that_is_not_zero_is_refused() -> None:
    for kind, (layout, _, zeros) in LAYOUTS.items():
        for offset, length in zeros:
            for at in range(offset, offset + length):
                data = bytearray(layout.size)
                assert unpack_step(kind, bytes(data)) is not None
                data[at] = 1
                assert unpack_step(kind, bytes(data)) is None, f"{kind.name} byte {at}"


def test_the_reserved_bytes_of_a_step_are_those_that_no_field_covers() -> None:
    for kind, (layout, _, zeros) in LAYOUTS.items():
        fields = layout.unpack(b"\xff" * STEP_BYTES)
        reserved = {at for offset, length in zeros for at in range(offset, offset + length)}
        packed = layout.pack(*fields)
        assert {at for at, byte in enumerate(packed) if byte == 0} == reserved, kind.name


def test_a_step_of_the_wrong_class_is_not_packed() -> None:
    with pytest.raises(TypeError, match="a step of kind TRAIN is a TrainStep"):
        pack_step(Kind.TRAIN, NeedleStep(1, 2, 3, 4, 5, 6, 1))


def test_bounds_are_positive_and_named_once() -> None:
    assert len({bound.name for bound in BOUNDS}) == len(BOUNDS)
    assert all(bound.value > 0 for bound in BOUNDS)
    assert {bound.kept_by for bound in BOUNDS} == {"device", "host"}
