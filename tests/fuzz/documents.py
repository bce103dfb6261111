"""Plans and profiles as people, or anybody else, might write them.

* Only the documented refusals come, each problem with a place and a text that acts on no screen.
* A plan that is accepted can be laid out for its device, or is refused with the same documents'
  errors; the simulator's own reader of profiles takes whatever ours takes.
"""

from datetime import UTC, datetime
from pathlib import Path

from fuzz.choices import Choices
from mesodrive.documents import PROFILE_BYTES_MAX, load_document
from mesodrive.errors import DocumentError
from mesodrive.plan_store import parse_plan
from mesodrive.profile_store import _load, list_profiles, load_profile
from mesodrive.sequencing.planner import Identity, make_session
from mesodrive_simulator.sim_profile import SimProfileError, read_profile
from support.text import acts_on_a_screen

EXAMPLES = Path(__file__).parents[2] / "examples"
RAW, MUTATED = 0, 1
TODAY = datetime(2026, 11, 22, tzinfo=UTC).date().isoformat()
PROFILES = {name: load_profile(name) for name in list_profiles()}
PLANS = [path.read_text(encoding="utf-8") for path in sorted(EXAMPLES.glob("*.yaml"))]
TEXTS = PLANS + [one.text for one in PROFILES.values()]
VALUES = (
    "", "~", "0", "-1", "1", "0.1", "1e400", "-.inf", ".nan", "1e-999", "0x10", "9" * 39, "true",
    "[]", "{}", "[[]]", "{a: 1}", "[1, 2]", "yes", "'", '"\\u202e"', '"\\ud800"', "&a b", "*a",
    "!!python/name:os", "2026-11-22", "9999999999999999", "0.0000001", "--- ", "...", "%YAML 1.1",
    "? a", "|", ">-", "\ufeff", "\u2028", "x" * 300, "30G-4", "nappage", "polygon",
)  # fmt: skip


def seeds() -> list[bytes]:
    """Return every shipped document as it is, and some with one change."""
    raw = [bytes([RAW]) + text.encode() for text in TEXTS]
    return raw + [bytes([MUTATED, n, 1, 10 * n, n, 2, 30]) for n in range(len(TEXTS))]


def check(data: bytes) -> None:
    """Run one input; an assertion or any exception is a finding."""
    choices = Choices(data)
    if choices.below(2) == RAW:
        text = choices.rest().decode(errors="surrogateescape" if len(data) % 2 else "replace")
    else:
        text = _mutated(choices)
    _plan(text)
    _profile(text)


def _mutated(choices: Choices) -> str:
    lines = choices.one(TEXTS).splitlines()
    for _ in range(1 + choices.below(6)):
        at = choices.below(len(lines))
        key, colon, _ = lines[at].partition(":")
        match choices.below(8):
            case 0:
                del lines[at]
            case 1:
                lines.insert(at, lines[choices.below(len(lines))])
            case 2:
                lines[at] = " " * choices.below(9) + lines[at].strip()
            case 3:
                lines[at] = choices.blob().decode(errors="replace")
            case 4:
                lines[at] = f"{key}{colon} {choices.number(choices.below(9)) - 9}"
            case 5:
                lines[at] = f"{key}{colon} {choices.number(4) / 1000}"
            case _:
                lines[at] = f"{key}{colon} {choices.one(VALUES)}"
        lines = lines or [""]
    return "\n".join(lines)


def _refused(error: DocumentError) -> None:
    assert error.problems
    for problem in error.problems:
        assert problem.line >= 0
        assert problem.column >= 0
        assert problem.code
        assert problem.remedy
    assert not acts_on_a_screen(str(error).replace("\n", "")), ascii(str(error))
    str(error).encode()


def _plan(text: str) -> None:
    try:
        loaded = parse_plan(text, file="plan.yaml")
    except DocumentError as error:
        _refused(error)
        return
    device = PROFILES.get(loaded.plan.profile)
    if device is None:
        return
    identity = Identity(nonce=1, case=2, first_rid=3)
    try:
        planned = make_session(
            loaded.plan, device.profile, today=TODAY, identity=identity, document=loaded.document
        )
    except DocumentError as error:
        _refused(error)
        return
    assert planned.spec.stages


def _profile(text: str) -> None:
    own = True
    try:
        document = load_document(text, file="nappage-gun.yaml", bytes_max=PROFILE_BYTES_MAX)
        _load(document)
    except DocumentError as error:
        _refused(error)
        own = False
    try:
        read_profile(text, "nappage-gun.yaml")
    except SimProfileError:
        assert not own, "the simulator does not take what the driver takes"
