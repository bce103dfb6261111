"""The file that holds a failed seed: everything that is needed to run it again."""

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, NamedTuple

from mesodrive_testbench.campaign.running import Options
from mesodrive_testbench.campaign.script import Script
from mesodrive_testbench.campaign.seed import Finding, SeedResult

FORMAT: Final = 1
FILE_BYTES_MAX: Final = 1 << 24
_PACKAGES: Final = ("mesodrive", "pydantic", "transitions", "pyyaml")


class FailureFileError(ValueError):
    """A file that is no failure of a campaign."""

    code = "campaign-failure"

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(path, problem)
        self.path, self.problem = path, problem

    def __str__(self) -> str:
        return (
            f"{self.path}: no failure of a campaign: {self.problem}. "
            "Give a file that `mesodrive-sim campaign` wrote."
        )


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


def read_failure(path: Path) -> Failure:
    """Return a failure from its file, the shrunk script where there is one.

    Raises:
        FailureFileError: If it cannot be read or is none.
    """
    try:
        with path.open("rb") as file:
            data = json.loads(file.read(FILE_BYTES_MAX))
        if data.get("campaign_failure") != FORMAT:
            raise FailureFileError(path, f"its format is not {FORMAT}")
        said = data["options"]
        options = Options(
            str(said["profile"]), str(said["plan"]), tuple(said["only"]), int(said["twice_every"])
        )
        script = Script.from_json(data["shrunk"] or data["script"])
        return Failure(options, script, Finding(**data["finding"]), str(data["trace"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, FailureFileError):
            raise
        raise FailureFileError(path, f"{type(error).__name__} {error}") from error
