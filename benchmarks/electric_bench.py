"""Twenty minutes of iontophoresis in virtual time: 240 slices, status 20 Hz and TRACE, with a log.

Core, protocol, simulated unit with skin and output stage, operator, line model, log with every
seal, all in one thread. The unit reports at 20 Hz and sends a sample of the current each 10 ms.
Taking turns with it, as a yardstick: the peer of the codec benchmark packs and parses as many
frames as the session has, and does no more.
"""

import reporting
import virtual

from mesodrive.core.spec import SessionSpec
from mesodrive.plan_store import parse_plan
from mesodrive.profile_store import load_profile
from mesodrive.sequencing.planner import Identity, make_session

GOAL = 300.0
"""Times faster than real time, on one core."""
SLICES = 240
SPAN_S = 1_200
PLAN = """
schema: 1
treatment: B-2
profile: ionto-unit
electrode: {name: pad-8cm2, lot: B-2}
skin: intact
contraindications_checked: true
zones:
  - name: Pad
    place: forearm
    shape: {type: rectangle, width_mm: 36, height_mm: 28, at_mm: [0, 0]}
    technique: iontophoresis
    current_ma: 2
    dose_ma_min: 39
    polarity: anode
    ramp_s: 30
    compliance_v: 40
    trigger: held
"""
"""Half a minute up, 19 minutes at 2 mA, half a minute down."""


def twenty_minutes() -> SessionSpec:
    """Return the session to run.

    Raises:
        AssertionError: If it is not as long as it says.
    """
    loaded = parse_plan(PLAN, file="electric_bench")
    spec = make_session(
        loaded.plan,
        load_profile(loaded.plan.profile).profile,
        today="2026-01-01",
        identity=Identity(0x1122_3344_5566_7788, 78, 1_000),
        document=loaded.document,
    ).spec
    units = sum(one.units for stage in spec.stages for p in stage.programs for one in p.steps)
    assert units == SLICES, f"{units} slices"
    return spec


def main() -> None:
    """Measure, print, and with `--json FILE` write the figures."""
    options = reporting.arguments(__doc__, rounds=9, quick=3)
    spec = twenty_minutes()
    virtual.report(
        options,
        spec,
        name="iontophoresis in virtual time: 20 min at 2 mA, status 20 Hz, TRACE 100 Hz, log",
        goal=GOAL,
        slices=SLICES,
        span_s=SPAN_S,
    )


if __name__ == "__main__":
    main()
