"""The file that holds a failed seed: everything that is needed to run it again.

People edit it to see what a failure needs. So it is read as strictly as any document that a person
writes: what does not fit is refused with its place, and nothing in it is passed over in silence.
"""

import json
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path
from random import Random
from typing import Annotated, Any, Final, Literal, NamedTuple, cast

from pydantic import Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from mesodrive.document_messages import explain, shown
from mesodrive.document_model import DocumentModel, Violation, refusal
from mesodrive.document_text import escaped
from mesodrive.errors import DocumentError, Problem
from mesodrive.yaml_composer import dotted
from mesodrive_testbench.campaign.catalogue import BY_ID, CLASSES, PER_CLASS_MAX
from mesodrive_testbench.campaign.drawing import ACTS, ACTS_MAX, HEAL_S, STROKES
from mesodrive_testbench.campaign.oracles.violation import TITLES
from mesodrive_testbench.campaign.running import Options
from mesodrive_testbench.campaign.script import ACT, Anchor, Injection, S, Script
from mesodrive_testbench.campaign.seed import Finding, SeedResult

FORMAT: Final = 1
FILE_BYTES_MAX: Final = 1 << 24
SEED_MAX: Final = 10**12 - 1
"""Twelve digits, as on the command line."""
LATENCY_NS_MAX: Final = S
"""Of disk and line; far above what is drawn."""
INJECTIONS_MAX: Final = PER_CLASS_MAX * len(CLASSES) + ACTS_MAX
ANCHORS: Final = (Anchor.TIME, Anchor.STROKE, Anchor.LOSS, Anchor.STOP)
INVARIANTS: Final = (*TITLES, "livelock", "device", "campaign")
_PACKAGES: Final = ("mesodrive", "pydantic", "transitions", "pyyaml")
_WORD: Final = "use one of these words"
_REACH: Final = "write a value within the bounds"
_REMEDY: Final = "correct it, or take the file as `mesodrive-sim campaign` wrote it"


class FailureFileError(DocumentError):
    """A file that is no failure of a campaign, or one that was changed and does not fit."""

    code = "campaign-failure"

    def __str__(self) -> str:
        return f"no failure of a campaign that can be run again:\n{super().__str__()}"


class Failure(NamedTuple):
    """One failed seed."""

    options: Options
    script: Script
    finding: Finding
    trace: str


def reproduction(options: Options, seed: int) -> str:
    """Return the command that runs a seed again."""
    words = ["mesodrive-sim campaign", f"--seeds {seed}..{seed}"]
    default = Options()
    if options.profile != default.profile:
        words.append(f"--profile {options.profile}")
    if options.plan != default.plan:
        words.append(f"--plan {options.plan}")
    words += [f"--only {one}" for one in options.only]
    return " ".join(words)


def failure_json(
    options: Options, script: Script, result: SeedResult, commit: str, shrunk: Script | None
) -> dict[str, Any]:
    """Return a failure file as plain JSON data.

    Args:
        options: Of the campaign.
        script: As drawn.
        result: What it came to.
        commit: Of the checkout, empty where there is none.
        shrunk: The least script found that fails in the same way.
    """
    assert result.finding is not None, "only what failed is a failure"
    return {
        "campaign_failure": FORMAT,
        "seed": script.seed,
        "commit": commit,
        "options": options._asdict(),
        "versions": {name: version(name) for name in _PACKAGES},
        "finding": result.finding._asdict(),
        "trace": result.trace,
        "injected": [list(one) for one in result.injected],
        "script": script.to_json(),
        "shrunk": None if shrunk is None else shrunk.to_json(),
        "again": reproduction(options, script.seed),
    }


class _Least(Random):
    """Draws the least that could be drawn."""

    def random(self) -> float:
        return 0.0

    def randrange(self, start: int, stop: int | None = None, step: int = 1) -> int:
        del step
        return 0 if stop is None else start

    def choice(self, seq: Any) -> Any:  # noqa: ANN401 -- as `Random` has it, of any elements
        return min(seq)


class _Most(Random):
    """Draws the most that could be drawn."""

    def random(self) -> float:
        return 1.0

    def randrange(self, start: int, stop: int | None = None, step: int = 1) -> int:
        del step
        return (start if stop is None else stop) - 1

    def choice(self, seq: Any) -> Any:  # noqa: ANN401 -- as `Random` has it, of any elements
        return max(seq)


@cache
def limits_of(fault: str) -> tuple[tuple[int, int], ...]:
    """Return the least and the most of each argument of a fault class, as the class draws it."""
    draw = BY_ID[fault].args
    ends = zip(draw(_Least()), draw(_Most()), strict=True)
    return tuple((int(least), int(most)) for least, most in ends)


class _InjectionModel(DocumentModel):
    """One injection, a list of five in the file."""

    fault: str
    anchor: str
    nth: int
    after_ns: Annotated[int, Field(ge=0)]
    args: tuple[Any, ...]

    @model_validator(mode="before")
    @classmethod
    def _named(cls, data: object) -> object:
        """Give the five their names.

        Raises:
            ValidationError: If they are not five.
        """
        names = Injection._fields
        parts = cast("list[object]", data) if isinstance(data, list) else []
        if len(parts) != len(names):
            limit = f"a list of {len(names)}: {', '.join(names)}"
            raise refusal("injection", [Violation((), "injection", data, limit, _REMEDY)])
        named = dict(zip(names, parts, strict=True))
        if isinstance(named["args"], list):
            # strict models take a list for a tuple only from JSON itself, not from a validator
            named["args"] = tuple(cast("list[object]", named["args"]))
        return named

    def violations(self) -> Iterator[Violation]:
        """Yield what the campaign could not carry out, or would pass over."""
        if self.anchor not in ANCHORS:
            limit = f"one of {', '.join(ANCHORS)}"
            yield Violation(("anchor",), "anchor", self.anchor, limit, _WORD)
        elif self.anchor == Anchor.TIME and self.nth:
            yield Violation(("nth",), "nth", self.nth, "0 where the anchor is time", "write 0")
        elif self.anchor != Anchor.TIME and not 0 < self.nth < STROKES:
            limit = f"1 to {STROKES - 1}"
            yield Violation(("nth",), "nth", self.nth, limit, _REACH)
        if self.fault == ACT:
            if self.args not in ((act,) for act in ACTS):
                limit = f"one of {', '.join(dict.fromkeys(ACTS))}"
                yield Violation(("args",), "act", _listed(self.args), limit, _WORD)
        elif self.fault not in BY_ID:
            limit = f"{ACT} or a fault class: {', '.join(BY_ID)}"
            yield Violation(("fault",), "fault", self.fault, limit, _WORD)
        else:
            yield from self._of_class()

    def _of_class(self) -> Iterator[Violation]:
        limits = limits_of(self.fault)
        if len(self.args) != len(limits):
            limit = f"{len(limits)} numbers, as {self.fault} needs"
            yield Violation(("args",), "args", _listed(self.args), limit, _REMEDY)
            return
        for at, (value, (least, most)) in enumerate(zip(self.args, limits, strict=True)):
            if type(value) is not int or not least <= value <= most:
                span = f"a whole number from {least} to {most}" if least < most else str(most)
                yield Violation(
                    ("args", at), "args", value, f"{span}, as {self.fault} needs", _REACH
                )


def _listed(args: tuple[object, ...]) -> str:
    """Return arguments as the file has them."""
    return json.dumps(args)


class _ScriptModel(DocumentModel):
    """What happens in a seed."""

    seed: Annotated[int, Field(ge=0, le=SEED_MAX)]
    heal_ns: Annotated[int, Field(ge=HEAL_S[0] * S, lt=HEAL_S[1] * S)]
    disk_ns: Annotated[int, Field(ge=1, le=LATENCY_NS_MAX)]
    line_ns: Annotated[int, Field(ge=1, le=LATENCY_NS_MAX)]
    injections: Annotated[tuple[_InjectionModel, ...], Field(max_length=INJECTIONS_MAX)]

    def violations(self) -> Iterator[Violation]:
        """Yield injections that would never happen: all faults are over before."""
        for at, one in enumerate(self.injections):
            if one.after_ns >= self.heal_ns:
                place = ("injections", at, "after_ns")
                limit = f"less than heal_ns, which is {self.heal_ns}"
                yield Violation(place, "after-heal", one.after_ns, limit, "make it earlier")

    def script(self) -> Script:
        """Return what happens as the campaign runs it."""
        injections = (Injection(**dict(one)) for one in self.injections)
        return Script(self.seed, self.heal_ns, self.disk_ns, self.line_ns, tuple(injections))


class _OptionsModel(DocumentModel):
    """Options of the campaign."""

    profile: str
    plan: str
    only: tuple[str, ...]
    twice_every: Annotated[int, Field(ge=0)]


class _FindingModel(DocumentModel):
    """What did not hold."""

    invariant: str
    message: str
    at_ns: Annotated[int, Field(ge=0)]

    def violations(self) -> Iterator[Violation]:
        """Yield a name that no oracle has."""
        if self.invariant not in INVARIANTS:
            limit = f"one of {', '.join(INVARIANTS)}"
            place = ("invariant",)
            yield Violation(place, "invariant", self.invariant, limit, _WORD)


class _FailureModel(DocumentModel):
    """The whole file, as `failure_json` writes it."""

    campaign_failure: Literal[1]
    seed: int
    commit: str
    options: _OptionsModel
    versions: dict[str, str]
    finding: _FindingModel
    trace: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    injected: tuple[tuple[int, str], ...]
    script: _ScriptModel
    shrunk: _ScriptModel | None
    again: str

    def violations(self) -> Iterator[Violation]:
        """Yield scripts of another seed."""
        for name, one in (("script", self.script), ("shrunk", self.shrunk)):
            if one is not None and one.seed != self.seed:
                limit = f"{self.seed}, the seed of the file"
                yield Violation((name, "seed"), "seed", one.seed, limit, _REMEDY)


def read_failure(path: Path) -> Failure:
    """Return a failure from its file, the shrunk script where there is one.

    Raises:
        FailureFileError: If it cannot be read or is none, with every fault.
    """
    data = _read(path)
    try:
        read = _FailureModel.model_validate_json(data)
    except ValidationError as error:
        found = error.errors(include_url=False)
        # of another format nothing else has to fit
        foreign = [one for one in found if one["loc"] == ("campaign_failure",)]
        raise FailureFileError(tuple(_problem(path, one) for one in foreign or found)) from error
    script = (read.shrunk or read.script).script()
    options, finding = Options(**dict(read.options)), Finding(**dict(read.finding))
    return Failure(options, script, finding, read.trace)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        found = f"a file that cannot be read ({error.strerror})"
        raise _whole(path, found, "a file of a failed seed", "give another file") from error
    if len(data) > FILE_BYTES_MAX:
        limit = f"at most {FILE_BYTES_MAX} bytes"
        raise _whole(path, "a larger file", limit, "give another file")
    return data


def _whole(path: Path, found: str, limit: str, remedy: str) -> FailureFileError:
    """Return the refusal of a file as a whole."""
    return FailureFileError((Problem(str(path), 0, 0, "", found, limit, remedy, "file"),))


def _problem(path: Path, details: ErrorDetails) -> Problem:
    """Return a fault that pydantic found, in words that fit JSON."""
    kind, field = details["type"], escaped(dotted(details["loc"]))
    if kind == "json_invalid":
        found = f"text that is not JSON ({details.get('ctx', {}).get('error')})"
        return Problem(str(path), 0, 0, field, found, "JSON", _REMEDY, "json")
    value, limit, remedy, code, _ = explain(details, _FailureModel)
    if kind in ("model_type", "dict_type"):
        remedy = "write it in braces"
    return Problem(str(path), 0, 0, field, shown(value), limit, remedy, code)
