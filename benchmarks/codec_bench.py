"""Codec: STATUS to wire bytes and back to a typed message, beside pymavlink on the same fields.

Both sides do the whole way: pack with header, CRC and framing, then the stream decoder with all its
checks, to a typed message. The peer's dialect is generated from our own declaration of
STATUS: the same 20 fields, 60 bytes. The peer runs with its fast CRC; where that is missing
the comparison is refused.
"""

import argparse
import contextlib
import importlib
import io
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import paired

from mesodrive_protocol.codec import FrameDecoder, encode, wire_fields
from mesodrive_protocol.enums import DeviceState, Hold, Inputs, Phase
from mesodrive_protocol.messages import Status

GOAL = 4.0
"""At least this many times faster than the peer."""
HEADER_FIELDS = 3
DIALECT_ID = 200
PEER_TYPES = {"B": "uint8_t", "H": "uint16_t", "I": "uint32_t", "Q": "uint64_t", "i": "int32_t"}

STATUS = Status(
    rid=0, boot=9, session=31, device_us=1_234_567_890, seq=4_321, state=DeviceState.RUNNING,
    reason=0, phase=Phase.DELIVER, hold=Hold.NONE,
    inputs=int(Inputs.TRIGGER | Inputs.CONTACT | Inputs.HEAD | Inputs.CARTRIDGE | Inputs.PRIMED),
    latch_no=2, next=57, upto=59, fit_no=3, lease_us=187_654, journal_next=1_058,
    begun_total=20_558, case_total=570_000, a=81_250, b=5_120, supply_uv=11_900_000, temp_mc=36_550,
    damaged=0, refused=0,
)  # fmt: skip
"""A gun in the middle of a session: the zero bytes of a real one."""


def peer_module(folder: Path) -> ModuleType:
    """Generate and import the peer's code for a message with the fields of STATUS."""
    os.environ["MAVLINK20"] = "1"
    mavgen = importlib.import_module("pymavlink.generator.mavgen")
    fields = "".join(
        f'<field type="{PEER_TYPES[wire.format]}" name="{name}">.</field>'
        for name, wire in wire_fields(Status)[HEADER_FIELDS:]
    )
    source = folder / "peer.xml"
    source.write_text(
        f'<?xml version="1.0"?><mavlink><messages><message id="{DIALECT_ID}" name="STATE">'
        f"<description>.</description>{fields}</message></messages></mavlink>",
        encoding="utf-8",
    )
    options = mavgen.Opts(
        str(folder / "peer_dialect.py"), wire_protocol="2.0", language="Python3", validate=False
    )
    with contextlib.redirect_stdout(io.StringIO()):
        mavgen.mavgen(options, [str(source)])
    sys.path.insert(0, str(folder))
    module = importlib.import_module("peer_dialect")
    if module.mcrf4xx is None:
        raise SystemExit("the peer would run with its slow CRC: pip install fastcrc")
    return module


def ours(count: int) -> None:
    """Encode and decode our message `count` times, one decoder for all."""
    decoder = FrameDecoder()
    for _ in range(count):
        (message,) = decoder.feed(encode(STATUS))
        if message != STATUS:
            raise AssertionError(message)


def encode_only(count: int) -> None:
    for _ in range(count):
        encode(STATUS)


def decode_only(count: int) -> None:
    wire, decoder = encode(STATUS), FrameDecoder()
    for _ in range(count):
        decoder.feed(wire)


def peer(module: ModuleType) -> Callable[[int], None]:
    """Return the peer's way: message object, pack, parse a buffer, typed message out."""
    message_class = module.MAVLink_state_message
    values = STATUS[HEADER_FIELDS:]

    def run(count: int) -> None:
        link = module.MAVLink(None, srcSystem=1, srcComponent=1)
        for _ in range(count):
            wire = message_class(*values).pack(link)
            (message,) = link.parse_buffer(wire)
            if message.get_msgId() != DIALECT_ID or message.device_us != STATUS.device_us:
                raise AssertionError(message)

    return run


def main() -> None:
    """Measure, print, and with `--json FILE` write the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--operations", type=int, default=20_000, help="in each round")
    parser.add_argument("--json", metavar="FILE", help="write the figures there")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        module = peer_module(Path(folder))
        timings = paired.measure(
            {"ours": ours, "peer": peer(module), "encode": encode_only, "decode": decode_only},
            operations=options.operations,
            rounds=options.rounds,
        )
    times = paired.ratio(timings["peer"], timings["ours"])
    print(paired.table(timings))
    print(f"{times:.2f} x the peer; goal {GOAL} x: {'met' if times >= GOAL else 'NOT met'}")
    figures = {
        "name": "codec: encode and decode of STATUS against pymavlink with fastcrc",
        "ours_us": timings["ours"].median_us,
        "baseline_us": timings["peer"].median_us,
        "ratio": times,
        "goal": GOAL,
        "met": times >= GOAL,
        "rounds": options.rounds,
        "options": {"operations": options.operations, **paired.machine()},
    }
    paired.write_json(options.json, figures)


if __name__ == "__main__":
    main()
