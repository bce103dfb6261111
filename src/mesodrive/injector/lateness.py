"""Whether the loop was late or the machine slept: then the core must know before anything else."""

import json
from typing import Final

LATE_NS_MAX: Final = 200_000_000
"""STP-05: a stall above this while armed means disarm; the device's lease is as long."""

ASLEEP_NS_MAX: Final = 250_000_000
"""STP-05: a suspend, seen as boot time running ahead of monotonic time."""


class Lateness:
    """Compares each wake-up with the time it was due.

    Args:
        asleep_ns: Sleep of the machine so far.
    """

    def __init__(self, asleep_ns: int) -> None:
        self._asleep_ns = asleep_ns

    def check(self, due_ns: int, now_ns: int, asleep_ns: int) -> bytes:
        """Return the input for the core when something was late, else nothing.

        Args:
            due_ns: When the loop meant to wake up at the latest.
            now_ns: When it did.
            asleep_ns: Sleep of the machine so far.
        """
        late_ns = max(0, now_ns - due_ns)
        slept_ns = max(0, asleep_ns - self._asleep_ns)
        # The two clocks are not read at the same instant; only a rise is sleep.
        self._asleep_ns = max(asleep_ns, self._asleep_ns)
        if late_ns <= LATE_NS_MAX and slept_ns <= ASLEEP_NS_MAX:
            return b""
        return json.dumps({"late_ns": late_ns, "asleep_ns": slept_ns}).encode()
