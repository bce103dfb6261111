"""What happens in one seed, as data: injections of faults and what the operator does besides.

A script is drawn once, from streams of its own, and nothing is drawn while it runs. So a part can
be left out without moving the rest, which is what shrinking does, and a file can hold it.
"""

from typing import Any, Final, NamedTuple

MS: Final = 1_000_000
S: Final = 1_000_000_000
ACT: Final = "ACT"
"""In place of a fault's id: the operator does something by himself."""


class Anchor:
    """From when an injection's time counts."""

    TIME: Final = "time"
    """The beginning of the world."""
    STROKE: Final = "stroke"
    """The beginning of the n-th stroke that the machine makes."""
    LOSS: Final = "loss"
    """The n-th time that the host loses the device."""
    STOP: Final = "stop"
    """The n-th time that the device comes to be latched."""


class Injection(NamedTuple):
    """One thing that goes wrong, or one thing that the operator does."""

    fault: str
    """Id of the fault class, or `ACT`."""
    anchor: str
    nth: int
    """Which stroke, loss or stop; 0 for times."""
    after_ns: int
    """How long after its anchor."""
    args: tuple[int | str, ...] = ()
    """What the class needs to know, drawn beforehand."""


class Script(NamedTuple):
    """Everything that is particular about one seed."""

    seed: int
    heal_ns: int
    """When all faults are over."""
    disk_ns: int
    """How long a sync takes."""
    line_ns: int
    """Latency of the line beside its wire time."""
    injections: tuple[Injection, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the script as plain JSON data."""
        return {**self._asdict(), "injections": [list(one) for one in self.injections]}
