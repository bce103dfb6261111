"""TRACE: what current and voltage were, each 10 ms while current flows.

A sample is the mean of the current and the voltage at the end of the 10 ms that begin at its time,
so that samples times period are the charge. Slices that join leave no gap. What is left when the
current ends is sent then, its last sample as the mean over whole 10 ms.
"""

from typing import Final

from mesodrive_protocol.messages import Trace
from mesodrive_simulator.firmware.board import Board

PERIOD_US: Final = 10_000
SAMPLES: Final = 20
"""In one frame; as many as it holds."""
_UA_PER_UC: Final = 1_000_000 // PERIOD_US
"""Mean current of a sample for each uC in it."""


class Traces:
    """Collects samples and sends them, 20 at a time."""

    __slots__ = ("_first_us", "_from_uc", "_samples", "_seq", "_told", "board", "due_us")

    def __init__(self, board: Board) -> None:
        self.board = board
        self._seq = 0
        self._first_us = 0
        self._from_uc = 0.0
        """Integral of the current at the beginning."""
        self._told = 0
        """Sum of all samples since."""
        self._samples: list[tuple[int, int]] = []
        self.due_us = 0
        """End of the sample under way."""

    def begin(self) -> None:
        """Begin with the current that is switched on now."""
        board = self.board
        self._samples = []
        self._first_us = board.us
        self.due_us = board.us + PERIOD_US
        self._from_uc = board.electric.flowed_uc(board.now_ns)
        self._told = 0

    def sample(self) -> None:
        """End the sample under way and send what is full."""
        board = self.board
        if board.us >= self.due_us + PERIOD_US:  # the clock has jumped: no sample is of that time
            if self._samples:
                self._send()
            self.begin()
            return
        unit, now_ns = board.electric, board.now_ns
        # what rounding takes from one sample the next one gives back
        total = round((unit.flowed_uc(now_ns) - self._from_uc) * _UA_PER_UC)
        mean_ua = total - self._told
        self._told = total
        samples = self._samples
        samples.append((mean_ua, unit.voltage_uv(now_ns)))
        self.due_us += PERIOD_US
        if len(samples) == SAMPLES:
            self._send()

    def end(self) -> None:
        """The current has ended: send the rest."""
        if self.board.us > self.due_us - PERIOD_US:
            self.sample()
        if self._samples:
            self._send()

    def _send(self) -> None:
        board, samples = self.board, self._samples
        self._seq = (self._seq + 1) & 0xFFFF
        first_us = self._first_us
        self._first_us = first_us + len(samples) * PERIOD_US
        self._samples = []
        if board.held:  # whoever speaks unasked is heard by somebody
            board.send(
                Trace(
                    0, board.stores.totals.boot, board.session, first_us, PERIOD_US, self._seq,
                    len(samples), 0, tuple(samples),
                )
            )  # fmt: skip
