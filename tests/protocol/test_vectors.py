"""Vectors that our encoder did not make: fields to bytes and bytes to fields."""

import hashlib
import hmac
from collections.abc import Callable
from typing import Any, TypeVar
from zlib import crc32

import pytest

from mesodrive_protocol.codec import (
    NAMES,
    FrameDecoder,
    Refused,
    Signed,
    encode,
    encode_body,
    payload_bytes,
)
from mesodrive_protocol.enums import Code, Kind
from mesodrive_protocol.messages import Begin, Commit, Data, Message, Record
from mesodrive_protocol.steps import LAYOUTS, pack_step, unpack_step

_T = TypeVar("_T")
CLASSES = {name: cls for cls, name in NAMES.items()}
BYTES = {
    "profile": bytes.fromhex,
    "key": bytes.fromhex,
    "vendor": str.encode,
    "model": str.encode,
    "serial": str.encode,
}


def fields_of(entry: dict[str, Any]) -> dict[str, Any]:
    values = dict(entry["fields"])
    for name, convert in BYTES.items():
        if name in values:
            values[name] = convert(values[name])
    for name in ("limits", "samples"):
        if name in values:
            values[name] = tuple(tuple(item) for item in values[name])
    if isinstance(values.get("steps"), list):
        values["steps"] = tuple(map(bytes.fromhex, values["steps"]))
    if "values" in values:
        values["values"] = tuple(values["values"])
    return values


def message_of(entry: dict[str, Any]) -> Message:
    return CLASSES[entry["message"]](**fields_of(entry))  # type: ignore[no-any-return]


def by_name(vectors: dict[str, Any], name: str, cls: type[_T]) -> _T:
    found = next(entry for entry in vectors["frames"]["frames"] if entry["name"] == name)
    message = message_of(found)
    assert isinstance(message, cls)
    return message


def test_every_message_has_a_vector(vectors: dict[str, Any]) -> None:
    assert {entry["message"] for entry in vectors["frames"]["frames"]} == set(CLASSES)


def test_fields_become_the_bytes_of_the_vector(vectors: dict[str, Any]) -> None:
    for entry in vectors["frames"]["frames"]:
        message = message_of(entry)
        assert encode_body(message).hex() == entry["body"], entry["name"]
        assert encode(message).hex() == entry["wire"], entry["name"]


def test_the_bytes_of_the_vector_become_the_fields(vectors: dict[str, Any]) -> None:
    for entry in vectors["frames"]["frames"]:
        received = FrameDecoder().feed(bytes.fromhex(entry["wire"]))
        assert received == [message_of(entry)], entry["name"]


@pytest.mark.req("LNK-01")
def test_bad_frames_are_counted_or_refused_with_their_code(vectors: dict[str, Any]) -> None:
    for entry in vectors["bad"]["frames"]:
        decoder = FrameDecoder()
        received = decoder.feed(bytes.fromhex(entry["wire"]))
        if "damaged" in entry:
            assert (received, decoder.damaged) == ([], entry["damaged"]), entry["name"]
            continue
        header = (entry["rid"], entry["boot"], entry["session"], entry["id"])
        assert received == [Refused(*header, Code[entry["refused"]])], entry["name"]
        assert decoder.damaged == 0, entry["name"]


def test_the_bad_vectors_show_every_code_that_the_decoder_gives(vectors: dict[str, Any]) -> None:
    shown = {entry.get("refused") for entry in vectors["bad"]["frames"]} - {None}
    assert shown == {"VERSION", "ID", "LENGTH", "FIELD", "MAC"}


def test_steps_agree_in_both_directions(vectors: dict[str, Any]) -> None:
    assert {entry["kind"] for entry in vectors["steps"]["steps"]} == {kind.name for kind in LAYOUTS}
    for entry in vectors["steps"]["steps"]:
        kind = Kind[entry["kind"]]
        step: Any = LAYOUTS[kind][1](**entry["fields"])
        assert pack_step(kind, step).hex() == entry["bytes"], entry["kind"]
        assert unpack_step(kind, bytes.fromhex(entry["bytes"])) == step, entry["kind"]


def signer(key: bytes) -> Callable[[bytes], bytes]:
    return lambda data: hmac.new(key, data, hashlib.sha256).digest()[:8]


@pytest.mark.req("SEC-06")
def test_signed_frames_agree_in_both_directions(vectors: dict[str, Any]) -> None:
    keys = vectors["signed"]["session_key"]
    by_use = {
        "pairing": signer(bytes.fromhex(keys["pairing_key"])),
        "session": signer(bytes.fromhex(keys["key"])),
    }
    for entry in vectors["signed"]["frames"]:
        sign, message = by_use[entry["key"]], message_of(entry)
        assert encode(message, sign).hex() == entry["wire"], entry["name"]
        received = FrameDecoder(verify=sign).feed(bytes.fromhex(entry["wire"]))
        assert received == [Signed(message)], entry["name"]


@pytest.mark.req("SEC-06")
def test_the_session_key_comes_from_the_pairing_key_as_written(vectors: dict[str, Any]) -> None:
    keys = vectors["signed"]["session_key"]
    label = (
        b"mesodrive 1"
        + keys["nonce"].to_bytes(8, "little")
        + keys["session"].to_bytes(4, "little")
        + keys["boot"].to_bytes(4, "little")
        + keys["serial"].encode().ljust(16, b"\0")
    )
    key = hmac.new(bytes.fromhex(keys["pairing_key"]), label, hashlib.sha256)
    assert key.hexdigest() == keys["key"]


def test_the_crc_of_commit_is_over_begin_and_the_steps(vectors: dict[str, Any]) -> None:
    begin = by_name(vectors, "begin 108 pricks", Begin)
    data = by_name(vectors, "data with two needle steps", Data)
    commit = by_name(vectors, "commit of those two steps", Commit)
    assert crc32(payload_bytes(begin) + b"".join(data.steps)) == commit.crc


def test_the_chain_of_a_record_is_its_crc_with_the_chain_before_in_its_place(
    vectors: dict[str, Any],
) -> None:
    first = by_name(vectors, "record of a unit that STOP cut", Record)
    second = by_name(vectors, "record of the event closed", Record)
    assert crc32(payload_bytes(first._replace(chain=0xCAFEF00D))) == first.chain
    assert crc32(payload_bytes(second._replace(chain=first.chain))) == second.chain
