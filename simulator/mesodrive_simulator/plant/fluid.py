"""Pressure between plunger and tissue: one compliance, one resistance, solved exactly.

C dP/dt = q - (P - P_outside) / R while P is above what is outside, C dP/dt = q below it (no
fluid comes back in). q is constant within a piece, so P follows an exponential or a line, and
the volume out of the needle is exact: V_out = q t - C (P_end - P_begin).
"""

from math import exp, inf, log, pi


def needle_resistance(length_um: int, bore_um: int, viscosity_upa_s: int, pins: int) -> float:
    """Return the resistance of a needle to laminar flow.

    Args:
        length_um: Length of the needle.
        bore_um: Inner diameter, 0 for a solid needle.
        viscosity_upa_s: Dynamic viscosity, micropascal-seconds; water has 1,000.
        pins: Equal needles side by side.

    Returns:
        Pa s/nL; infinite for a solid needle.

    Source:
        Hagen-Poiseuille: 128 mu L / (pi d^4). In these units all powers of ten cancel.
    """
    if not bore_um:
        return inf
    return 128 * viscosity_upa_s * length_um / (pi * float(bore_um) ** 4) / pins


class Fluid:
    """Everything between plunger and needle tip that can hold or pass fluid."""

    __slots__ = (
        "compliance_nl_per_pa",
        "out_nl",
        "outside_pa",
        "pressure_pa",
        "resistance_pa_s_per_nl",
    )

    def __init__(self, compliance_nl_per_pa: float, resistance_pa_s_per_nl: float) -> None:
        self.compliance_nl_per_pa = compliance_nl_per_pa
        self.resistance_pa_s_per_nl = resistance_pa_s_per_nl
        """Infinite when blocked."""
        self.outside_pa = 0.0
        self.pressure_pa = 0.0
        self.out_nl = 0.0

    def pressure_after(self, pressure_pa: float, flow_nl_s: float, seconds: float) -> float:
        """Return the pressure after a time of constant inflow.

        Args:
            pressure_pa: Pressure at the beginning.
            flow_nl_s: Inflow from the plunger.
            seconds: How long.
        """
        capacity = self.compliance_nl_per_pa
        if pressure_pa < self.outside_pa:
            shut_s = (self.outside_pa - pressure_pa) * capacity / flow_nl_s if flow_nl_s else inf
            if seconds <= shut_s:
                return pressure_pa + flow_nl_s * seconds / capacity
            seconds -= shut_s
            pressure_pa = self.outside_pa
        if self.resistance_pa_s_per_nl == inf:
            return pressure_pa + flow_nl_s * seconds / capacity
        settled_pa = self.outside_pa + flow_nl_s * self.resistance_pa_s_per_nl
        return settled_pa + (pressure_pa - settled_pa) * exp(
            -seconds / (self.resistance_pa_s_per_nl * capacity)
        )

    def seconds_to(self, level_pa: float, pressure_pa: float, flow_nl_s: float) -> float:
        """Return how long a constant inflow takes to raise the pressure to a level.

        Args:
            level_pa: The level, not below the outside pressure.
            pressure_pa: Pressure at the beginning.
            flow_nl_s: Inflow from the plunger, more than 0.

        Returns:
            Seconds; infinite if the level is never reached, 0 if it is already.
        """
        if pressure_pa >= level_pa:
            return 0.0
        capacity = self.compliance_nl_per_pa
        shut_s = max(0.0, self.outside_pa - pressure_pa) * capacity / flow_nl_s
        pressure_pa = max(pressure_pa, self.outside_pa)
        if self.resistance_pa_s_per_nl == inf:
            return shut_s + (level_pa - pressure_pa) * capacity / flow_nl_s
        settled_pa = self.outside_pa + flow_nl_s * self.resistance_pa_s_per_nl
        if settled_pa <= level_pa:
            return inf
        ratio = (settled_pa - pressure_pa) / (settled_pa - level_pa)
        return shut_s + self.resistance_pa_s_per_nl * capacity * log(ratio)

    def settle(self, flow_nl_s: float, seconds: float) -> None:
        """Let a time of constant inflow pass, and book what left the needle."""
        after_pa = self.pressure_after(self.pressure_pa, flow_nl_s, seconds)
        stored_nl = self.compliance_nl_per_pa * (after_pa - self.pressure_pa)
        self.out_nl += flow_nl_s * seconds - stored_nl
        self.pressure_pa = after_pa

    def relieve(self) -> float:
        """Let the pressure go back into the syringe.

        Returns:
            Volume that went back, nanolitres.
        """
        back_nl = self.compliance_nl_per_pa * self.pressure_pa
        self.pressure_pa = 0.0
        return back_nl
