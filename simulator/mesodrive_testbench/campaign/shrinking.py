"""Makes a failing script small: leaves out injections and acts for as long as it still fails.

Delta debugging over the whole list, faults and what the operator does alike. A smaller script
counts only if the same invariant fails. Then times are made round, which reads better.
"""

from collections.abc import Callable, Sequence
from typing import Final

from mesodrive_testbench.campaign.script import MS, Injection, Script

RUNS_MAX: Final = 300
"""Bound of the runs that shrinking may take."""
Fails = Callable[[Script], bool]


class _Trial:
    """Counts runs, so that shrinking ends."""

    def __init__(self, script: Script, fails: Fails, runs_max: int) -> None:
        self.script, self._fails = script, fails
        self.left = runs_max

    def keeps_failing(self, injections: Sequence[Injection]) -> bool:
        """Run a script with these injections alone."""
        if self.left <= 0:
            return False
        self.left -= 1
        smaller = self.script._replace(injections=tuple(injections))
        if self._fails(smaller):
            self.script = smaller
            return True
        return False


def shrink(script: Script, fails: Fails, runs_max: int = RUNS_MAX) -> Script:
    """Return the least script found that still fails.

    Args:
        script: One that fails.
        fails: Tells whether a script fails in the same way.
        runs_max: How often `fails` may be asked.
    """
    trial = _Trial(script, fails, runs_max)
    pieces = 2
    while trial.script.injections:
        injections = trial.script.injections
        pieces = min(pieces, len(injections))
        size = -(-len(injections) // pieces)
        for at in range(0, len(injections), size):
            if trial.keeps_failing(injections[:at] + injections[at + size :]):
                pieces = max(pieces - 1, 2)
                break
        else:
            if size == 1 or trial.left <= 0:
                break
            pieces *= 2
    _make_round(trial)
    return trial.script


def _make_round(trial: _Trial) -> None:
    """Make the times of what is left whole milliseconds, where that changes nothing."""
    for at, one in enumerate(trial.script.injections):
        rounded = one._replace(after_ns=one.after_ns // MS * MS)
        if rounded != one:
            injections = list(trial.script.injections)
            injections[at] = rounded
            trial.keeps_failing(injections)
