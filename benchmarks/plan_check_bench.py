"""Plan check: 1,000 points with all rules, and a million points refused on their count.

Measured in one process after imports and a warm-up, from the files of plan and profile to the
session or the refusal. The baseline is what only the rolling windows would cost if each point
looked at all points before it.
"""

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

import paired

from mesodrive.limits.session_rules import WINDOW_10MIN_US, WINDOW_60S_US
from mesodrive.plan_store import load_plan
from mesodrive.profile_store import load_profile
from mesodrive.sequencing.plan import Plan
from mesodrive.sequencing.planned import Planned
from mesodrive.sequencing.planner import Identity, make_session
from mesodrive.sequencing.refusal import PlanRefused

CHECK_GOAL_US = 10_000.0
"""1,000 points, all rules, beside the time of imports."""
REFUSAL_GOAL_US = 50_000.0
"""A million points refused on their count."""
TODAY = "2026-06-01"

HEAD = """\
schema: 1
treatment: BENCH-1
profile: nappage-gun
product:
  name: Saline
  lots: [{lot: L-1, expiry: 2099-12-31, fraction_percent: 100, max_ml_per_session: 10}]
needle: 30G-4
syringe: {name: 5mL, fill_ml: 2}
prime_ul: 50
zones:
"""
ZONE = """\
  - name: "Zone {number}"
    shape: {{type: {shape}, width_mm: {size}, height_mm: {size}, at_mm: [{x}, 0],
            rotate_deg: {turn}}}
    technique: nappage
    pattern: {pattern}
    spacing_mm: {spacing}
    margin_mm: 2
    depth_mm: 1.5
    dose_ul: 3
    flow_ul_s: 100
    rate_per_s: 9
    trigger: held
"""


def thousand() -> str:
    """Return a plan of ten zones with about 100 points each, three fillings, in all patterns."""
    zones = [
        ZONE.format(
            number=number,
            shape=("rectangle", "ellipse")[number % 2],
            size=(50, 56)[number % 2],
            x=60 * number,
            turn=(0, 9)[number % 2],
            pattern=("square", "hexagonal")[number % 2],
            spacing=5,
        )
        for number in range(10)
    ]
    return HEAD + "".join(zones)


def million() -> str:
    """Return a plan with a slip: a square metre at a spacing of one millimetre."""
    return HEAD + ZONE.format(
        number=1, shape="rectangle", size=1_000, x=0, turn=0, pattern="square", spacing=1
    )


def check(path: Path) -> Planned:
    """Do what `plan check` does between its imports and its printing."""
    read = load_plan(path)
    profile = load_profile(read.plan.profile).profile
    assert isinstance(read.plan, Plan)
    return make_session(
        read.plan, profile, today=TODAY, identity=Identity(1, 2, 3), document=read.document
    )


def refuse(path: Path) -> None:
    try:
        check(path)
    except PlanRefused as refused:
        if "count-high" not in {found.code for found in refused.violations}:
            raise
    else:
        raise AssertionError("not refused")


def naive_windows(units: int) -> Callable[[int], None]:
    """Return the two windows over so many units, each unit summed up from scratch."""
    timeline = [(index * 111_112, 3_000) for index in range(units)]

    def run(count: int) -> None:
        for _ in range(count):
            for span_us in (WINDOW_60S_US, WINDOW_10MIN_US):
                max(
                    sum(dose for at, dose in timeline[: index + 1] if now - at < span_us)
                    for index, (now, _) in enumerate(timeline)
                )

    return run


def repeated(action: Callable[[Path], object], path: Path) -> Callable[[int], None]:
    def run(count: int) -> None:
        for _ in range(count):
            action(path)

    return run


def replanned(path: Path) -> Callable[[int], None]:
    """Return planning of a plan that was read before, on a profile that was read before."""
    read = load_plan(path)
    profile = load_profile(read.plan.profile).profile

    def run(count: int) -> None:
        for _ in range(count):
            make_session(
                read.plan, profile, today=TODAY, identity=Identity(1, 2, 3), document=read.document
            )

    return run


def main() -> None:
    """Measure, print, and with `--json FILE` write the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", metavar="FILE", help="write the figures there")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        sound, slip = Path(folder, "thousand.yaml"), Path(folder, "million.yaml")
        sound.write_text(thousand(), encoding="utf-8")
        slip.write_text(million(), encoding="utf-8")
        units = check(sound).estimates.units
        timings = paired.measure(
            {
                "check": repeated(check, sound),
                "rules and layout alone": replanned(sound),
                "refusal": repeated(refuse, slip),
                "naive windows": naive_windows(units),
            },
            operations={
                "check": 10,
                "rules and layout alone": 10,
                "refusal": 10,
                "naive windows": 1,
            },
            rounds=options.rounds,
        )
    check_us, refusal_us = timings["check"].median_us, timings["refusal"].median_us
    met = check_us <= CHECK_GOAL_US and refusal_us <= REFUSAL_GOAL_US
    print(paired.table(timings))
    print(f"{units} points in {check_us / 1_000:.2f} ms, goal {CHECK_GOAL_US / 1_000:g} ms")
    print(f"refusal in {refusal_us / 1_000:.2f} ms, goal {REFUSAL_GOAL_US / 1_000:g} ms")
    print("met" if met else "NOT met")
    figures = {
        "name": "plan check: 1,000 points with all rules; a million points refused on count",
        "points": units,
        "ours_us": check_us,
        "rules_and_layout_us": timings["rules and layout alone"].median_us,
        "refusal_us": refusal_us,
        "baseline_us": timings["naive windows"].median_us,
        "ratio": paired.ratio(timings["naive windows"], timings["check"]),
        "goal": {"ours_us": CHECK_GOAL_US, "refusal_us": REFUSAL_GOAL_US},
        "met": met,
        "rounds": options.rounds,
        "options": paired.machine(),
    }
    paired.write_json(options.json, figures)


if __name__ == "__main__":
    main()
