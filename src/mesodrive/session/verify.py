"""Says whether a log is whole and unchanged, and if not, what of it can be trusted."""

from dataclasses import dataclass

from mesodrive.errors import EXIT_DONE, EXIT_LOG_DAMAGED, EXIT_LOG_UNUSABLE
from mesodrive.session.format import BLOCK, ENTRY, ENTRY_BYTES, REFUSED, Buffer, Fault
from mesodrive.session.walk import Damage, Walk


@dataclass(frozen=True, slots=True)
class Verification:
    """What one pass over a log found."""

    records: int
    """Whole and good records before the damage or the end of the file."""
    entries: int
    """Inputs and outputs of the core in them."""
    seals: int
    sealed_bytes: int
    """Everything before this byte is as it was written."""
    tail_records: int
    """Good records after the last seal; a change of them would go unnoticed."""
    tail_bytes: int
    """Bytes after the last seal, damaged ones included."""
    complete: bool
    """Whether the session was closed: an end record, and a seal over it."""
    damage: Damage | None
    first_ns: int
    """Monotonic time of the first record."""
    last_ns: int
    """Monotonic time of the last good record."""
    head: str
    """Digest of the last seal, 64 hex digits: fixes all sealed bytes."""

    @property
    def intact(self) -> bool:
        """Whether the log is whole: closed, and sealed to its last byte."""
        return self.complete and self.damage is None and not self.tail_bytes

    @property
    def usable(self) -> bool:
        """Whether anything in the log can be trusted, and this reader understands all of it."""
        refused = self.damage is not None and self.damage.fault in REFUSED
        return self.seals > 0 and not refused

    @property
    def exit_code(self) -> int:
        """0 intact, 8 damaged or not closed but described, 9 unusable."""
        if self.intact:
            return EXIT_DONE
        return EXIT_LOG_DAMAGED if self.usable else EXIT_LOG_UNUSABLE

    def to_json(self) -> dict[str, object]:
        """Return all findings for `--json`."""
        damage = self.damage
        return {
            "intact": self.intact,
            "usable": self.usable,
            "complete": self.complete,
            "records": self.records,
            "entries": self.entries,
            "seals": self.seals,
            "sealed_bytes": self.sealed_bytes,
            "tail_records": self.tail_records,
            "tail_bytes": self.tail_bytes,
            "first_ns": self.first_ns,
            "last_ns": self.last_ns,
            "head": self.head,
            "damage": damage
            and {
                "fault": damage.fault.value,
                "offset": damage.offset,
                "record": damage.record,
                "sealed_up_to": damage.sealed_up_to,
                "says": str(damage),
            },
        }


def verify(data: Buffer) -> Verification:
    """Check every CRC, seal, length, order and time of a log; never raises for its content."""
    walk = Walk(data)
    count = 0
    for kind, _, start, end in walk:
        if kind == BLOCK:
            found = count_entries(data, start, end)
            if found is None:
                walk.reject(Fault.BLOCK)
            else:
                count += found
    return findings(walk, count)


def findings(walk: Walk, entries: int) -> Verification:
    """Return what a walk that has come to its end found.

    Args:
        walk: The walk.
        entries: Entries in its good records, as its consumer counted them.
    """
    return Verification(
        records=walk.records,
        entries=entries,
        seals=walk.seals,
        sealed_bytes=walk.sealed_bytes,
        tail_records=walk.records - walk.sealed_records,
        tail_bytes=len(walk.data) - walk.sealed_bytes,
        complete=walk.complete,
        damage=walk.damage,
        first_ns=walk.first_ns,
        last_ns=walk.last_ns,
        head=walk.head.hex(),
    )


def count_entries(data: Buffer, start: int, end: int) -> int | None:
    """Return the number of entries in a block, or None where they do not fill it in order."""
    unpack = ENTRY.unpack_from
    at, last, count = start, 0, 0
    whole = end - ENTRY_BYTES
    while at <= whole:
        rel, _, length = unpack(data, at)
        if rel < last:
            return None
        last = rel
        at += ENTRY_BYTES + length
        count += 1
    return count if at == end else None
