"""Volume within a window that moves with time."""

from collections import deque
from typing import Final

ENTRIES_MAX: Final = 8_192
"""Entries kept at once. Ten minutes at nine pricks a second are 5,400; beyond the bound the two
oldest become one at the later time, which counts a little too long and never too short."""


class Rolling:
    """Sum of what was added within the last `span_us`, with the room below a limit.

    An amount added at `t` counts while `now - t < span_us`. Times never run back: an earlier time
    than the latest one is taken as the latest, which counts the amount longer.
    """

    __slots__ = ("_entries", "_last_us", "_total_nl", "limit_nl", "span_us")

    def __init__(self, span_us: int, limit_nl: int) -> None:
        self.span_us = span_us
        self.limit_nl = limit_nl
        self._entries: deque[tuple[int, int]] = deque()
        self._total_nl = 0
        self._last_us = 0

    def add(self, time_us: int, nl: int) -> None:
        """Book an amount; amortised constant time.

        Args:
            time_us: When, on the same clock for all calls, 0 or more.
            nl: How much, 0 or more; the limit is not checked here.
        """
        self._forget(time_us)
        entries = self._entries
        if len(entries) == ENTRIES_MAX:
            _, oldest_nl = entries.popleft()
            second_us, second_nl = entries.popleft()
            entries.appendleft((second_us, oldest_nl + second_nl))
        entries.append((self._last_us, nl))
        self._total_nl += nl

    def total(self, now_us: int) -> int:
        """Return what counts at a time, nL."""
        self._forget(now_us)
        return self._total_nl

    def room(self, now_us: int) -> int:
        """Return how much may still be added, nL; below 0 where the limit is already broken."""
        self._forget(now_us)
        return self.limit_nl - self._total_nl

    def _forget(self, now_us: int) -> None:
        if now_us > self._last_us:  # noqa: PLR1730 -- several times for each unit
            self._last_us = now_us
        edge_us = self._last_us - self.span_us
        entries = self._entries
        while entries and entries[0][0] <= edge_us:
            self._total_nl -= entries.popleft()[1]
