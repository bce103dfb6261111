"""Feeds a log's inputs to a fresh core and demands the recorded outputs, byte for byte.

One pass does it all: every CRC, seal, order and time is checked as by `verify` while the inputs
are fed. A block whose seal has not been met yet is fed on its CRC; if the seal then fails, the
verification in the result says so, and nothing after it is fed.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

from mesodrive.core.view import View
from mesodrive.session.begin import Begin, our_version, read_begin
from mesodrive.session.format import (
    BLOCK,
    ENTRY,
    ENTRY_BYTES,
    HEADER_BYTES,
    Buffer,
    Fault,
    RecordType,
)
from mesodrive.session.rendering import entry_text
from mesodrive.session.verify import Verification, count_entries, findings
from mesodrive.session.walk import Entry, Walk, entries

END: Final = RecordType.END.value
FIRST_OUTPUT: Final = 0x80
"""Codes below it are inputs of the core."""
Output = tuple[int, bytes]


class Core(Protocol):
    """What is replayed: a function of its specification and its inputs.

    Where it also has a `view()`, as the driver has, END is compared with that.
    """

    def step(self, code: int, data: bytes, now_ns: int) -> list[Output]:
        """Take one input, return all outputs that it causes."""
        ...


@dataclass(frozen=True, slots=True)
class Divergence:
    """The first output that differs, or is missing on one side."""

    record: int
    offset: int
    """Byte of the entry that differs, or of the input where the log has no entry."""
    time_ns: int
    """Monotonic time of that entry."""
    input: str
    """The input that was answered differently, as text."""
    expected: str
    """What the log holds, as text; empty where it holds nothing."""
    got: str
    """What the core gave, as text; empty where it gave nothing."""

    def __str__(self) -> str:
        return (
            f"record {self.record} at byte {self.offset}, {self.time_ns} ns, for {self.input}: "
            f"the log has {self.expected or 'nothing'}, the core gave {self.got or 'nothing'}"
        )


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """What a replay found."""

    inputs: int
    """Inputs fed."""
    outputs: int
    """Recorded outputs compared."""
    divergence: Divergence | None
    verification: Verification
    version_differs: bool
    """Whether another version of the driver wrote the log; a difference may then be meant."""

    @property
    def equal(self) -> bool:
        """Whether every recorded output came again; says nothing of what the log has lost."""
        return self.divergence is None


def replay(data: Buffer, make_core: Callable[[Begin], Core]) -> ReplayResult:
    """Replay a log as far as it is whole.

    Where the log was not closed, outputs of the last input may be missing in it; they are compared
    as far as they are there.

    Args:
        data: The log.
        make_core: Builds the core from the begin record; `rebuild.driver_core` for the driver.

    Raises:
        LogUnusableError: If the begin record cannot be used.
    """
    begin = read_begin(data)
    core = make_core(begin)
    run = _Run(data, core)
    walk = Walk(data)
    count = 0
    ended: tuple[int, int, int] | None = None
    for kind, begun_ns, start, end in walk:
        if kind == END:
            ended = walk.records, start - HEADER_BYTES, begun_ns
        elif kind == BLOCK:
            found = run.block(begun_ns, start, end)
            if found is None:
                walk.reject(Fault.BLOCK)
            else:
                count += found
    run.finish(exact=walk.complete)
    divergence = run.divergence()
    view: Callable[[], View] | None = getattr(core, "view", None)
    if divergence is None and ended is not None and view is not None:
        divergence = _end_divergence(ended, walk.end_facts, end_facts(view()))
    differs = begin.mesodrive != our_version()
    return ReplayResult(run.inputs, run.outputs, divergence, findings(walk, count), differs)


def end_facts(view: View) -> dict[str, object]:
    """Return what END says of a session that came to this view."""
    return {
        "ending": view.ending or "abandoned",
        "exit_code": view.exit_code,
        "units_confirmed": view.units_confirmed,
        "units_uncertain": view.units_uncertain,
        "amount_lo": view.amount_lo,
        "amount_hi": view.amount_hi,
        "amount_unit": view.amount_unit,
    }


def _end_divergence(
    place: tuple[int, int, int], said: dict[str, Any], given: dict[str, object]
) -> Divergence | None:
    """Return the first fact of END that the core does not confirm; None without one."""
    for name, value in given.items():
        if name not in said or said[name] != value:
            expected = f"{name}={json.dumps(said[name])}" if name in said else ""
            return Divergence(
                *place, "the end of the session", expected, f"{name}={json.dumps(value)}"
            )
    return None


class _Run:
    """The core under replay, and what is still to be compared."""

    def __init__(self, data: Buffer, core: Core) -> None:
        self.inputs = 0
        self.outputs = 0
        self._data = data
        self._step = core.step
        self._given: list[Output] = []
        """What the core gave for the last input."""
        self._said: list[Output] = []
        """What the log holds for it, as far as read."""
        self._differs = False

    def block(self, begun_ns: int, start: int, end: int) -> int | None:
        """Feed a block; return its number of entries, None where they do not fill it in order."""
        if self._differs:
            return count_entries(self._data, start, end)
        data, step, unpack = self._data, self._step, ENTRY.unpack_from
        given, said = self._given, self._said
        say = said.append
        at, last, outputs, inputs = start, 0, 0, 0
        whole = end - ENTRY_BYTES
        rel: int
        code: int
        length: int
        while at <= whole:
            rel, code, length = unpack(data, at)
            begin = at + ENTRY_BYTES
            if rel < last or begin + length > end:
                break
            if code >= FIRST_OUTPUT:
                say((code, data[begin : begin + length]))
                outputs += 1
            elif said == given:
                given = step(code, data[begin : begin + length], begun_ns + rel)
                said.clear()
                inputs += 1
            else:
                self._differs = True
                break
            last = rel
            at = begin + length
        self._given = given
        self.inputs += inputs
        self.outputs += outputs
        if self._differs:
            return count_entries(data, start, end)
        return inputs + outputs if at == end else None

    def finish(self, *, exact: bool) -> None:
        """Compare what is left: all of it, or as far as a cut log goes."""
        given = self._given if exact else self._given[: len(self._said)]
        self._differs = self._differs or self._said != given

    def divergence(self) -> Divergence | None:
        """Find the place of the difference, by a second and slower walk; None without one."""
        if not self._differs:
            return None
        said, given = self._said, self._given
        same = 0
        while same < min(len(said), len(given)) and said[same] == given[same]:
            same += 1
        expected = entry_text(*said[same]) if same < len(said) else ""
        got = entry_text(*given[same]) if same < len(given) else ""
        walked = entries(Walk(self._data))
        asked: Entry | None = None
        fed = 0
        while fed < self.inputs:
            asked = next(walked)
            fed += asked.code < FIRST_OUTPUT
        place = asked
        for _ in range(same + 1 if expected else 0):
            place = next(walked)
        assert place is not None, "an output without an input is in the log"
        return Divergence(
            place.record,
            place.offset,
            place.time_ns,
            entry_text(asked.code, asked.data) if asked is not None else "no input",
            expected,
            got,
        )
