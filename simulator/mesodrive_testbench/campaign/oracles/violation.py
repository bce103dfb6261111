"""What an oracle says when an invariant does not hold."""

from typing import Final

TITLES: Final = {
    "I1": "true delivery never exceeds a hard limit, but in a stroke with an actuator fault",
    "I2": "each unit of each command is executed at most once, and each planned unit too",
    "I3": "0 <= lo <= hi <= programmed, and the truth lies between",
    "I4": "after the faults every command comes to an end, and ledger equals journal",
    "I5": "no stroke without an earlier durable intent",
    "I6": "no new delivery frame leaves while one is uncertain",
    "I7": "no stroke begins after a STOP has reached the device",
    "I8": "host silent: at most 2 more units begin, none after 200 ms",
    "I9": "a latched stop is left by an operator's clear only",
    "I10": "what is shown as confirmed or stopped is durable and reported",
    "I11": "a recovered log holds everything synced, and the verifier agrees",
    "I12": "each alarm condition signals within 1 s",
    "I13": "replay gives the same bytes",
    "I14": "queues and message counts stay within their bounds",
    "I15": "no exception leaves the core; a defect disarms and latches",
}


class Violation(Exception):  # noqa: N818 -- a finding of an oracle, not an error of the campaign
    """An invariant does not hold."""

    def __init__(self, invariant: str, message: str, at_ns: int) -> None:
        super().__init__(invariant, message, at_ns)
        self.invariant, self.message, self.at_ns = invariant, message, at_ns

    def __str__(self) -> str:
        return f"{self.invariant} at {self.at_ns / 1e9:.6f} s: {self.message}"
