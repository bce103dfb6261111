"""How a transdermal unit behaves: interlocks, timing, and what the simulator assumes."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from mesodrive.document_model import Violation
from mesodrive.profile.board_types import (
    AnswerDurableUs,
    AnswerUs,
    ArmFreshUs,
    CreditUnits,
    DisarmIdleUs,
    LeaseUs,
    SessionHoldUs,
    StartUs,
    StatusFastUs,
    StatusSlowUs,
    TriggerReleaseUs,
    WatchdogUs,
)
from mesodrive.profile.quantities import Amount, Celsius, Count
from mesodrive.profile.sections import SourcedSection, ordered


class ElectricInterlocks(SourcedSection):
    """What must be true before a unit begins, and while it runs."""

    contact: Literal["electrode"] = Field(description="What proves skin contact: the load.")
    load_ohm_min: Count = Field(description="Load below it is a short, ohm.")
    load_ohm_max: Count = Field(description="Load above it while current runs is open, ohm.")
    contact_ohm_max: Count = Field(
        description="Highest impedance of the check with alternating current before, ohm."
    )
    impedance_change_permille: Annotated[int, Field(ge=1, le=1_000)] = Field(
        description="Change of the load within 1 s that ends a current, 0.1 %."
    )
    trigger_release_us: TriggerReleaseUs
    rearm_us: Amount = Field(description="Time between a contact and the next unit, us.")

    def violations(self) -> Iterator[Violation]:
        """Yield loads in the wrong order."""
        yield from super().violations()
        yield from ordered(self, "load_ohm_min", "load_ohm_max")
        yield from ordered(self, "load_ohm_min", "contact_ohm_max")
        yield from ordered(self, "contact_ohm_max", "load_ohm_max")


class ElectricTiming(SourcedSection):
    """Times that host and device keep; a profile may be stricter than the protocol, not looser."""

    lease_us: LeaseUs
    credit_units: CreditUnits
    arm_fresh_us: ArmFreshUs
    session_hold_us: SessionHoldUs
    status_fast_us: StatusFastUs
    status_slow_us: StatusSlowUs
    answer_us: AnswerUs
    answer_durable_us: AnswerDurableUs
    start_us: StartUs
    home_us_max: Annotated[int, Field(ge=1, le=500_000)] = Field(
        description="Time in which the outputs are proven off, us."
    )
    watchdog_us: WatchdogUs
    disarm_idle_us: DisarmIdleUs


class ElectricSimulation(SourcedSection):
    """What the simulator assumes of skin and machine; not part of the canonical hash."""

    skin_rs_ohm_cm2: Count = Field(description="Resistance below the outer skin, ohm cm2.")
    skin_rp_ohm_cm2: Count = Field(description="Resistance of rested outer skin, ohm cm2.")
    skin_cp_nf_cm2: Count = Field(description="Capacitance of the outer skin, nF/cm2.")
    electrode_ohm: Amount = Field(description="Resistance of electrode and return path, ohm.")
    ambient_mc: Celsius = Field(description="Temperature of the room, 0.001 C.")
    electronics_rise_mc: Amount = Field(description="Rise of the electronics at work, 0.001 C.")
    thermal_tau_us: Count = Field(description="Thermal time constant, us.")
    supply_uv: Count = Field(description="Supply voltage, uV.")
    vacuum_rise_us: Amount = Field(description="Time in which the vacuum builds up, us.")
    store_write_us: Amount = Field(description="Time of one durable write, us.")
