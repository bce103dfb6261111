"""How a device behaves: interlocks, timing, temperature, and what the simulator assumes."""

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
from mesodrive.profile.sections import SourcedSection, all_or_none, ordered


class Interlocks(SourcedSection):
    """What must be true before a unit begins."""

    contact: Literal["force", "vacuum", "none"] = Field(description="What proves skin contact.")
    contact_mn_min: Count | None = Field(default=None, description="Least contact force, mN.")
    contact_mn_max: Count | None = Field(default=None, description="Largest contact force, mN.")
    vacuum_pa_min: Count | None = Field(default=None, description="Vacuum that begins a unit, Pa.")
    vacuum_pa_abort: Count | None = Field(default=None, description="Vacuum that ends one, Pa.")
    vacuum_stable_us: Count | None = Field(default=None, description="Vacuum held before it, us.")
    trigger_release_us: TriggerReleaseUs
    rearm_us: Amount = Field(description="Time between a contact and the next unit, us.")
    home_switch: bool = Field(description="The needle at home is seen by a switch.")
    spring_return: bool = Field(description="A spring brings the needle home without power.")

    def violations(self) -> Iterator[Violation]:
        """Yield fields that do not belong to this kind of contact, and pairs out of order."""
        yield from super().violations()
        why = f"contact is {self.contact}"
        force = ("contact_mn_min", "contact_mn_max")
        vacuum = ("vacuum_pa_min", "vacuum_pa_abort", "vacuum_stable_us")
        yield from all_or_none(self, force, wanted=self.contact == "force", why=why)
        yield from all_or_none(self, vacuum, wanted=self.contact == "vacuum", why=why)
        yield from ordered(self, "contact_mn_min", "contact_mn_max")
        yield from ordered(self, "vacuum_pa_abort", "vacuum_pa_min")


class Timing(SourcedSection):
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
    retract_us: Count = Field(description="Slowest sound retract from the deepest stroke, us.")
    home_us_max: Annotated[int, Field(ge=1, le=500_000)] = Field(
        description="Retract order to home switch, us; at most 1.5 times retract_us."
    )
    watchdog_us: WatchdogUs
    disarm_idle_us: DisarmIdleUs

    def violations(self) -> Iterator[Violation]:
        """Yield a home time that fits no retract."""
        yield from super().violations()
        yield from ordered(self, "retract_us", "home_us_max")
        if 2 * self.home_us_max > 3 * self.retract_us:
            yield Violation(
                ("home_us_max",),
                "home-time-too-long",
                self.home_us_max,
                f"at most 1.5 times retract_us = {3 * self.retract_us // 2}",
                "lower home_us_max, so that a stuck needle is noticed in time",
            )


class Temperature(SourcedSection):
    """Temperatures at which the device stops; the host warns before."""

    electronics_mc_max: Celsius = Field(description="Electronics, 0.001 C.")
    contact_part_mc_max: Celsius = Field(description="Part that touches skin, 0.001 C.")


class Simulation(SourcedSection):
    """What the simulator assumes of the machine; not part of the canonical hash.

    A device without a plunger or without a vacuum carries 0 in the fields for it.
    """

    needle_speed_um_s: Count = Field(description="Fastest needle speed, um/s.")
    needle_accel_um_s2: Count = Field(description="Needle acceleration, um/s2.")
    plunger_lead_um: Amount = Field(description="Lead of the plunger screw, um per turn.")
    plunger_steps: Amount = Field(description="Steps per turn with microsteps.")
    backlash_um: Amount = Field(description="Free play of the plunger, um.")
    compliance_pl_per_pa: Amount = Field(description="Volume stored per pressure, pL/Pa.")
    viscosity_upa_s: Count = Field(description="Viscosity of the product, uPa s.")
    tissue_pressure_pa: Amount = Field(description="Back-pressure of the skin, Pa.")
    tube_length_um: Amount = Field(description="Tube between syringe and needle, um.")
    contact_mn: Amount = Field(description="Force of a usual contact, mN.")
    ambient_mc: Celsius = Field(description="Temperature of the room, 0.001 C.")
    electronics_rise_mc: Amount = Field(description="Rise of the electronics at work, 0.001 C.")
    thermal_tau_us: Count = Field(description="Thermal time constant, us.")
    supply_uv: Count = Field(description="Supply voltage, uV.")
    vacuum_pa: Amount = Field(description="Vacuum of a usual contact, Pa.")
    vacuum_rise_us: Amount = Field(description="Time in which the vacuum builds up, us.")
    store_write_us: Amount = Field(description="Time of one durable write, us.")
