"""A verifier written from JOURNAL.md alone; it shares no code with the package, on purpose.

Run it on a log: it prints what it found and exits with 0, 8 or 9.
"""

import binascii
import hashlib
import json
import re
import sys
from pathlib import Path
from typing import NamedTuple

GIB = 1024**3
MIB = 1024**2


class Report(NamedTuple):
    exit_code: int
    fault: str
    fault_offset: int
    records: int
    entries: int
    seals: int
    sealed_bytes: int
    complete: bool
    head: str


class FaultError(Exception):
    """The first fault of a walk."""


def number(data: bytes, at: int, size: int) -> int:
    return int.from_bytes(data[at : at + size], "little")


class Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.place = 0
        self.records = self.entries = self.seals = self.sealed = 0
        self.time = 0
        self.end_met = self.end_sealed = False
        self.head = "00" * 32
        self.last_seal_place = 0
        self.ends_on_seal = False

    def read(self) -> Report:
        fault = ""
        try:
            self.first()
            while self.place != len(self.data):
                self.next()
        except FaultError as stop:
            fault = str(stop)
        if self.seals == 0 or fault in ("other-format", "unknown-type", "too-long"):
            exit_code = 9
        elif fault == "" and self.end_met and self.ends_on_seal:
            exit_code = 0
        else:
            exit_code = 8
        return Report(
            exit_code,
            fault,
            self.place if fault else -1,
            self.records,
            self.entries,
            self.seals,
            self.sealed,
            self.end_sealed,
            self.head,
        )

    def first(self) -> None:
        data = self.data
        if len(data) > GIB:
            raise FaultError("too-long")
        if len(data) < 17 or data[8] != 1:
            raise FaultError("no-begin")
        length = number(data, 4, 4)
        if length > 16 * MIB or 17 + length > len(data):
            raise FaultError("no-begin")
        if binascii.crc32(data[4 : 17 + length]) != number(data, 0, 4):
            raise FaultError("no-begin")
        body = data[17 : 17 + length]
        if body[:12] != b'{"format":1,':
            if re.match(rb'\{"format":[0-9]{1,20},', body):
                raise FaultError("other-format")
            raise FaultError("no-begin")
        self.time = number(data, 9, 8)
        self.records = 1
        self.place = 17 + length

    def next(self) -> None:
        data, here = self.data, self.place
        left = len(data) - here
        if left < 17:
            raise FaultError("cut" if any(data[here:]) else "unwritten")
        length = number(data, here + 4, 4)
        if length > MIB:
            raise FaultError("length")
        if 17 + length > left:
            raise FaultError("cut")
        after = here + 17 + length
        if binascii.crc32(data[here + 4 : after]) != number(data, here, 4):
            raise FaultError("crc" if any(data[here:]) else "unwritten")
        kind = data[here + 8]
        if kind == 0 or 9 <= kind <= 127:
            raise FaultError("unknown-type")
        if kind == 1 or (self.end_met and kind in (2, 4, 7, 8)):
            raise FaultError("order")
        self.take(kind, number(data, here + 9, 8), data[here + 17 : after], after)

    def take(self, kind: int, time: int, body: bytes, after: int) -> None:
        if time < self.time:
            raise FaultError("time")
        if kind == 3:
            self.check_seal(body)
        if kind == 4:
            self.check_end(body)
        if kind == 2:
            self.entries += self.count(body)
        self.records += 1
        self.time = time
        self.place = after
        self.ends_on_seal = kind == 3
        self.end_met = self.end_met or kind == 4
        if kind == 3:
            self.seals += 1
            self.sealed = after
            self.end_sealed = self.end_met

    def check_seal(self, body: bytes) -> None:
        covered = bytes.fromhex(self.head) + self.data[self.last_seal_place : self.place]
        expected = hashlib.sha256(covered).hexdigest()
        if body.hex() != expected:
            raise FaultError("seal")
        self.head = expected
        self.last_seal_place = self.place

    def check_end(self, body: bytes) -> None:
        try:
            said = json.loads(body.decode("utf-8"))
        except (ValueError, RecursionError):
            said = None
        if not isinstance(said, dict):
            raise FaultError("end")

    def count(self, body: bytes) -> int:
        found = before = 0
        while body:
            if len(body) < 7:
                raise FaultError("block")
            time, length = number(body, 0, 4), number(body, 5, 2)
            if time < before or 7 + length > len(body):
                raise FaultError("block")
            before = time
            body = body[7 + length :]
            found += 1
        return found


def main() -> int:
    report = Reader(Path(sys.argv[1]).read_bytes()).read()
    for name, value in report._asdict().items():
        sys.stdout.write(f"{name}: {value}\n")
    return report.exit_code


if __name__ == "__main__":
    sys.exit(main())
