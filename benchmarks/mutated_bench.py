"""LNK-01: many mutated bytes through the stream decoder; no frame may come out that was not sent.

A count, not a time: every choice comes from one seed, so the same bytes give the same result.
"""

import argparse
import random
from collections.abc import Callable

import paired

from mesodrive_protocol.codec import FrameDecoder, Refused, encode
from mesodrive_protocol.messages import Ack, Answer, Grant, Message, Poll, Record, Status, Stop

GOAL_BYTES = 100_000_000
QUICK_BYTES = 2_000_000
"""Enough to see that it works; too few to meet the goal, but one frame is enough to miss it."""
COMMAND = (31 << 32) | 4
SENT: tuple[Message, ...] = (
    Poll(12, 9, 31),
    Stop(0, 0, 0, 7, 1),
    Grant(2_200, 9, 31, COMMAND, 1_234_567_890_123, 59),
    Ack(2_201, 9, 31, 1_057, 0xDEADBEEF),
    Status(0, 9, 31, 1_234_567_890_123, 4_321, 5, 0, 2, 0, 0xF3B, 2, 57, 59, 3, 187_654, 1_058,
           20_558, 570_000, 81_250, -5_120, 11_900_000, 36_550, 3, 0),
    Record(0, 9, 31, 1_056, 0xCAFEF00D, COMMAND, 1_234_567_700_000, 93_211, 9, 56, 1, 0, 0, 0, 3,
           5_000, 5_000, 1_500, 81_250, 900, 6_200, 44, 248_000),
    Answer(8, 9, 31, 15, 1, 0, 2, 1, 2_300, 1_500, 0),
)  # fmt: skip


def flip(choose: random.Random, data: bytearray) -> None:
    for _ in range(choose.randint(1, 8)):
        data[choose.randrange(len(data))] ^= 1 << choose.randrange(8)


def overwrite(choose: random.Random, data: bytearray) -> None:
    at = choose.randrange(len(data))
    data[at : at + 4] = choose.randbytes(choose.randint(1, 4))


def cut(choose: random.Random, data: bytearray) -> None:
    at = choose.randrange(len(data))
    del data[at : at + choose.randint(1, 12)]


def double(choose: random.Random, data: bytearray) -> None:
    at = choose.randrange(len(data))
    data[at:at] = data[max(0, at - 8) : at + 1]


MUTATIONS: tuple[Callable[[random.Random, bytearray], None], ...] = (flip, overwrite, cut, double)


def run(count: int, seed: int) -> dict[str, int]:
    """Feed at least `count` mutated bytes in pieces of any size; return what came of them."""
    choose = random.Random(seed)
    wires = [encode(message) for message in SENT]
    sent = set(SENT)
    decoder = FrameDecoder()
    fed = frames = intact = strange = 0
    while fed < count:
        data = bytearray(choose.choice(wires))
        choose.choice(MUTATIONS)(choose, data)
        fed += len(data)
        frames += 1
        middle = choose.randrange(len(data) + 1)
        for got in decoder.feed(bytes(data[:middle])) + decoder.feed(bytes(data[middle:])):
            if isinstance(got, Refused) or got not in sent:
                strange += 1
                print(f"seed {seed}, frame {frames}: {got}")
            else:
                intact += 1
    return {
        "bytes": fed,
        "frames": frames,
        "damaged": decoder.damaged,
        "intact": intact,
        "strange": strange,
    }


def main() -> None:
    """Run, print, and with `--json FILE` write the counts."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--bytes", type=int, default=GOAL_BYTES)
    parser.add_argument("--quick", dest="bytes", action="store_const", const=QUICK_BYTES)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", metavar="FILE", help="write the figures there")
    options = parser.parse_args()
    counts = run(options.bytes, options.seed)
    print(counts)
    clean, enough = counts["strange"] == 0, counts["bytes"] >= GOAL_BYTES
    figures = {
        "name": "LNK-01: mutated bytes, frames accepted that were not sent",
        "goal": 0,
        "met": None if clean and not enough else clean,
        **counts,
        "options": {"seed": options.seed, **paired.machine()},
    }
    paired.write_json(options.json, figures)


if __name__ == "__main__":
    main()
