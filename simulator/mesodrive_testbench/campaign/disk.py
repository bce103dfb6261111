"""The disk under the log: what was written, what of it is synced, and what a cut leaves."""

from typing import Final

from mesodrive_testbench.campaign.streams import fork

SECTOR: Final = 512
"""What a disk writes in one go; a torn write ends at such a border, or within one."""


class Disk:
    """One log on one disk; writes are at once, syncs take their time and may fail."""

    __slots__ = ("failed", "image", "sync_ns", "synced")

    def __init__(self, sync_ns: int) -> None:
        self.image = bytearray()
        self.synced = 0
        """Bytes that a power cut leaves for certain."""
        self.sync_ns = sync_ns
        self.failed = False
        """A write or sync failed: nothing is durable any more."""

    def write(self, data: bytes) -> None:
        """Append some bytes; on a full disk they are gone."""
        if not self.failed:
            self.image += data

    def sync(self, length: int) -> None:
        """Let the first bytes be durable: a sync has come back."""
        self.synced = max(self.synced, min(length, len(self.image)))

    def after_kill(self, unwritten: bytes, share: int) -> bytes:
        """Return the log after its process was killed: written bytes stay, the last may be torn.

        A disk that has failed takes nothing any more: the log ends where it failed.

        Args:
            unwritten: What the process was about to write.
            share: How much of it got through, thousandths.
        """
        if self.failed:
            return bytes(self.image)
        return bytes(self.image) + unwritten[: len(unwritten) * share // 1_000]

    def after_power_cut(self, share: int, seed: int) -> bytes:
        """Return the log after a power cut: synced bytes, and perhaps some of the others.

        Args:
            share: How much of what was not synced is there at all, thousandths; the file may be
                longer than its data, so some of that may read as zeros.
            seed: Of which sectors are zeros.
        """
        tail = bytearray(self.image[self.synced :])
        del tail[len(tail) * share // 1_000 :]
        draw = fork(seed, "torn")
        for at in range(0, len(tail), SECTOR):
            if draw.random() < 0.3:
                end = min(at + SECTOR, len(tail))
                tail[at:end] = bytes(end - at)
        return bytes(self.image[: self.synced]) + bytes(tail)
