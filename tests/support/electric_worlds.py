"""Sessions of the transdermal units from a plan, in virtual time, and what truly flowed."""

from pathlib import Path

from mesodrive.plan_store import load_plan
from mesodrive.profile_store import load_profile
from mesodrive.sequencing.planner import Identity, make_session
from mesodrive_simulator.plant.electric_truth import ElectricTruth
from mesodrive_testbench.campaign import subject
from support.worlds import Session

EXAMPLES = Path(__file__).parents[2] / "examples"
PLANS = Path(subject.__file__).parent
"""Of the campaign: `short-slices`, `short-bursts` and `ten-pulses`."""
LEVEL_UA = 2_000
SAMPLE_UC = LEVEL_UA // 100
DOSE_UC = 24_000
"""Of the campaign's slices."""


def session_of(file: Path) -> Session:
    loaded = load_plan(file)
    profile = load_profile(loaded.plan.profile).profile
    identity = Identity(nonce=1, case=2, first_rid=3)
    planned = make_session(
        loaded.plan, profile, today="2026-06-01", identity=identity, document=loaded.document
    )
    return Session(planned.spec).begin()


def slices() -> Session:
    return session_of(PLANS / "short-slices.yaml")


def pulses() -> Session:
    return session_of(PLANS / "ten-pulses.yaml")


def current_ua(run: Session) -> int:
    return run.device.electric.current_ua(run.now_ns)


def truth_of(run: Session) -> list[ElectricTruth]:
    """Return what each unit truly was, up to now."""
    run.device.electric.settle(run.now_ns)
    return run.device.electric.truth


def true_uc(run: Session) -> float:
    """Return all charge that ever flowed, to the machine itself."""
    return sum(unit.charge_nc for unit in truth_of(run)) / 1000


def check_truth(run: Session) -> None:
    """The ledger's interval holds the charge: to a whole uC of each unit, and a sample of a cut."""
    view, units = run.core.view(), len(truth_of(run))
    assert view.amount_lo - units <= true_uc(run) <= view.amount_hi + units + SAMPLE_UC
    assert view.amount_hi <= view.amount_planned
