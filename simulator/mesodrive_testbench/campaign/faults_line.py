"""Faults of the line: F01 to F10, F13, F14, F18, F20."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from mesodrive_protocol.codec import encode
from mesodrive_protocol.messages import Answer, Hello, Poll, Stop
from mesodrive_testbench.campaign import effects
from mesodrive_testbench.campaign.line import Way
from mesodrive_testbench.campaign.script import MS, S
from mesodrive_testbench.campaign.streams import fork

if TYPE_CHECKING:
    from mesodrive_testbench.campaign.world import CampaignWorld

BOOT_TEXT: Final = b"ets Jul 29 2019 12:21:46\r\n\r\nrst:0x1 (POWERON_RESET),boot:0x13\r\n\0"
FORGE_NS: Final = 2 * S
"""How long a forgery waits for the message that it changes."""


class LineFaults:
    """What goes wrong between host and device."""

    def __init__(self, world: "CampaignWorld") -> None:
        self._world = world
        self.forged_ns = 1 - (1 << 62)
        """When a frame was last forged."""
        self.table: dict[str, Callable[..., Any]] = {
            "F01": self._lose, "F02": self._lose, "F03": self._copy, "F04": self._hold_back,
            "F05": self._damage, "F06": self._cut_up, "F07": self._noise, "F08": self._replay,
            "F09": self._slow, "F10": self._dead, "F13": self._stall, "F14": self._second,
            "F18": self._turn, "F20": self._odd,
        }  # fmt: skip

    def heal(self) -> None:
        """Make the line good."""
        self._world.to_device.heal()
        self._world.to_host.heal()

    def _way(self, way: int) -> Way:
        return self._world.to_host if way else self._world.to_device

    def _lose(self, way: int, span_ns: int) -> None:
        now_ns = self._world.now_ns
        effect = effects.Lose(now_ns + span_ns) if span_ns else effects.LoseOne()
        self._way(way).put_on(effect)

    def _copy(self, way: int, copies: int, delay_ns: int) -> None:
        self._way(way).put_on(effects.Copy(copies, delay_ns))

    def _hold_back(self, way: int, delay_ns: int) -> None:
        self._way(way).put_on(effects.HoldBack(delay_ns))

    def _damage(self, way: int, mode: int, amount: int, seed: int) -> None:
        self._way(way).put_on(effects.Damage(mode, amount, seed))

    def _cut_up(self, way: int, mode: int, size: int, gap_ns: int) -> None:
        if mode == 2:
            until_ns = self._world.now_ns + size * 5 * MS
            merge = effects.Merge(until_ns)
            self._way(way).put_on(merge)
            self._world.push(until_ns, self._way(way).let_go, merge)
        else:
            self._way(way).put_on(effects.Split(1 if mode else size, gap_ns))

    def _noise(self, way: int, kind: int, length: int, seed: int) -> None:
        draw = fork(seed, "noise")
        if kind == 0:
            data = BOOT_TEXT
        elif kind == 1:
            data = draw.randbytes(length)
        elif way:
            data = encode(Answer(draw.getrandbits(32), 9, 9, *bytes(len(Answer._fields) - 3)))
        else:
            data = encode(Poll(draw.getrandbits(32), 9, 9))
        self._way(way).insert(data, self._world.now_ns)

    def _replay(self, way: int) -> None:
        self._way(way).replay(self._world.now_ns)

    def _slow(self, way: int, delay_ns: int, jitter_ns: int, span_ns: int, seed: int) -> None:
        until_ns = self._world.now_ns + span_ns
        self._way(way).put_on(effects.Slow(until_ns, delay_ns, jitter_ns, seed))

    def _dead(self, way: int) -> None:
        self._way(way).put_on(effects.Lose())

    def _stall(self, way: int, span_ns: int) -> None:
        self._way(way).put_on(effects.Stall(self._world.now_ns + span_ns))

    def _second(self, span_ns: int, seed: int) -> None:
        world = self._world
        world.to_host.put_on(effects.Steal(world.now_ns + span_ns))
        draw = fork(seed, "second")
        for at_ns in range(world.now_ns, world.now_ns + span_ns, 250 * MS):
            rid = draw.getrandbits(31)
            message = Stop(rid, 0, 0, rid, 0) if draw.random() < 0.05 else Hello(rid, 0, 0)
            world.push(at_ns, self._foreign, encode(message))

    def _foreign(self, frame: bytes) -> None:
        self._world.to_device.insert(frame, self._world.now_ns)

    def _turn(self) -> None:
        self._forge(effects.turn_answer)

    def _odd(self, which: int, value: int) -> None:
        self._forge(effects.odd_status(which, value))

    def _forge(self, change: Callable[[bytes], bytes | None]) -> None:
        world = self._world

        def noted(data: bytes) -> bytes | None:
            forged = change(data)
            if forged is not None:
                self.forged_ns = world.now_ns
            return forged

        world.to_host.put_on(effects.Forge(world.now_ns + FORGE_NS, noted))
