"""The plunger: a screw with steps and play, a syringe that runs empty, and the fluid behind it.

A push is a window of constant speed. Play is taken up first, slip makes the plunger slower than
its screw, and an empty syringe ends the push early; so a push has at most three pieces, each
solved exactly by `fluid`. State is booked only at events (`settle`); readings between events
look ahead from the last event and change nothing, so asking never alters the truth.
"""

from math import exp, inf, pi
from typing import Final

from mesodrive_simulator.plant.fluid import Fluid

NS_PER_S: Final = 1_000_000_000
NOTHING_PA: Final = 0.5
"""A pressure that reads 0 can only fall while nothing is pushed; no need to work it out."""


def nl_per_um(bore_um: int) -> float:
    """Return the volume that one micrometre of plunger travel moves, nanolitres."""
    return pi / 4 * bore_um * bore_um / 1e6


class Plunger:
    """Screw, syringe and fluid of one gun."""

    __slots__ = (
        "_at_ns",
        "_creep_nl_s",
        "_from_ns",
        "_motor_um",
        "_owed_steps",
        "_push_ns",
        "_rate_nl_s",
        "_to_ns",
        "_travel_um",
        "_unit_um",
        "area_nl_per_um",
        "content_nl",
        "drive_nl_per_um",
        "fluid",
        "known_play_um",
        "peak_pa",
        "play_um",
        "slack_um",
        "slip_permille",
        "step_um",
    )

    def __init__(self, fluid: Fluid, *, step_um: float, play_um: int) -> None:
        self.fluid = fluid
        self.step_um = step_um
        self.play_um = self.known_play_um = play_um
        self.slack_um = float(play_um)
        self.slip_permille = 0
        self.area_nl_per_um = self.drive_nl_per_um = 0.0
        self.content_nl = 0.0
        self.peak_pa = 0.0
        self._at_ns = self._push_ns = self._from_ns = self._to_ns = 0
        self._rate_nl_s = self._motor_um = self._owed_steps = 0.0
        self._travel_um = self._unit_um = 0.0
        self._creep_nl_s = 0.0

    def fit(self, bore_um: int, content_nl: int, drive_bore_um: int) -> None:
        """Put a syringe in: full play in the screw, no pressure.

        Args:
            bore_um: Inner diameter of what is really fitted, 0 for none.
            content_nl: What it holds.
            drive_bore_um: The bore that the drive was told and calculates with.
        """
        self.area_nl_per_um = nl_per_um(bore_um)
        self.drive_nl_per_um = nl_per_um(drive_bore_um)
        self.content_nl = float(content_nl)
        self.slack_um = float(self.play_um)
        self.fluid.pressure_pa = 0.0
        self._owed_steps = 0.0
        self._rate_nl_s = 0.0

    def creep(self, now_ns: int, speed_um_s: float) -> None:
        """Fault: the drive turns though nothing commands it, until it is halted.

        Args:
            now_ns: From when.
            speed_um_s: How fast; what it pushes adds to a push. Not beyond an empty syringe.
        """
        self.settle(now_ns)
        self._creep_nl_s = speed_um_s * self.area_nl_per_um

    def begin_unit(self, now_ns: int) -> None:
        """Start counting travel and peak pressure anew."""
        self.settle(now_ns)
        self._unit_um = self._travel_um
        self.peak_pa = self.fluid.pressure_pa

    def push(self, now_ns: int, dose_nl: int, duration_ns: int) -> None:
        """Push a dose in a time, at one speed, in whole steps.

        What rounding to steps leaves over is added to the next push, so it never adds up.

        Args:
            now_ns: When the push begins.
            dose_nl: Volume, by the bore the drive was told.
            duration_ns: How long, more than 0.
        """
        self.settle(now_ns)
        motor_um = dose_nl / self.drive_nl_per_um
        if self.step_um:
            exact = motor_um / self.step_um + self._owed_steps
            motor_um = round(exact) * self.step_um
            self._owed_steps = exact - round(exact)
        self._push_ns = now_ns
        self._motor_um = motor_um
        self._to_ns = now_ns + duration_ns
        if motor_um <= self.slack_um:
            self._rate_nl_s, self._from_ns = 0.0, self._to_ns
            return
        self._from_ns = now_ns + round(duration_ns * self.slack_um / motor_um)
        true_um = motor_um * (1000 - self.slip_permille) / 1000
        self._rate_nl_s = rate = true_um * self.area_nl_per_um * NS_PER_S / duration_ns
        if rate and self.content_nl < rate * (self._to_ns - self._from_ns) / NS_PER_S:
            self._to_ns = self._from_ns + int(self.content_nl / rate * NS_PER_S)

    def halt(self, now_ns: int) -> None:
        """Take the drive's power; pressure stays and goes out through the needle."""
        self.settle(now_ns)
        self._creep_nl_s = 0.0
        if self._motor_um:
            whole_ns = max(1, self._to_ns - self._push_ns)
            self.slack_um -= min(
                self.slack_um, self._motor_um * (now_ns - self._push_ns) / whole_ns
            )
        self._rate_nl_s = self._motor_um = 0.0

    def finish(self, now_ns: int) -> None:
        """End a push that ran its whole time."""
        self.settle(now_ns)
        self.slack_um = max(0.0, self.slack_um - self._motor_um)
        self._rate_nl_s = self._motor_um = 0.0

    def relieve(self, now_ns: int) -> None:
        """Stop, pull back until no pressure is left, and take up the play that the drive knows."""
        self.halt(now_ns)
        back_nl = self.fluid.relieve()
        self.content_nl += back_nl
        if self.area_nl_per_um:
            self._travel_um -= back_nl / self.area_nl_per_um
        self._owed_steps = 0.0
        self.slack_um = float(max(self.slack_um, self.play_um - self.known_play_um))

    def settle(self, now_ns: int) -> None:
        """Book everything up to an instant."""
        if now_ns <= self._at_ns:
            return
        fluid = self.fluid
        pieces = (
            self._pieces(now_ns)
            if self._rate_nl_s
            else ((self._creep_nl_s, (now_ns - self._at_ns) / NS_PER_S),)
        )
        for flow_nl_s, seconds in pieces:
            fluid.settle(flow_nl_s, seconds)
            pushed_nl = flow_nl_s * seconds
            if pushed_nl:
                self.content_nl = max(0.0, self.content_nl - pushed_nl)
                self._travel_um += pushed_nl / self.area_nl_per_um
            if fluid.pressure_pa > self.peak_pa:  # noqa: PLR1730 -- at each edge
                self.peak_pa = fluid.pressure_pa
        self._at_ns = now_ns

    def pressure_pa(self, now_ns: int) -> float:
        """Return the pressure at an instant at or after the last event."""
        pressure = self.fluid.pressure_pa
        at_ns = self._at_ns
        if now_ns <= at_ns:
            return pressure
        # nearly always: one piece, in which it can only fall
        if not self._rate_nl_s and not self._creep_nl_s:
            fluid = self.fluid
            outside_pa, resistance = fluid.outside_pa, fluid.resistance_pa_s_per_nl
            if pressure < NOTHING_PA or pressure < outside_pa or resistance == inf:
                return pressure
            # `fluid.pressure_after` without an inflow, to the last digit
            decay = exp(-((now_ns - at_ns) / NS_PER_S) / (resistance * fluid.compliance_nl_per_pa))
            return outside_pa + (pressure - outside_pa) * decay
        for flow_nl_s, seconds in self._pieces(now_ns):
            pressure = self.fluid.pressure_after(pressure, flow_nl_s, seconds)
        return pressure

    def pressure_reaches_ns(self, level_pa: int) -> float:
        """Return when this push raises the pressure to a level; infinite if it does not."""
        if not self._rate_nl_s:
            return inf
        begin_ns = max(self._at_ns, self._from_ns)
        pressure = self.pressure_pa(begin_ns)
        after_s = self.fluid.seconds_to(level_pa, pressure, self._rate_nl_s)
        reached_ns = begin_ns + after_s * NS_PER_S
        return reached_ns if reached_ns <= self._to_ns else inf

    def unit_um(self, now_ns: int) -> float:
        """Return the travel since the unit began, to the nearest step, micrometres."""
        travel = self._travel_um - self._unit_um
        if self._rate_nl_s or self._creep_nl_s:
            pushed_nl = sum(flow * seconds for flow, seconds in self._pieces(now_ns))
            if pushed_nl:
                travel += pushed_nl / self.area_nl_per_um
        return round(travel / self.step_um) * self.step_um if self.step_um else travel

    def _pieces(self, now_ns: int) -> list[tuple[float, float]]:
        """Split the time since the last event into pieces of constant inflow, nL/s and s."""
        at_ns = self._at_ns
        if now_ns <= at_ns:
            return []
        creep = self._creep_nl_s
        rate = self._rate_nl_s + creep if self._rate_nl_s else 0.0
        if not rate or at_ns >= self._to_ns:
            return [(creep, (now_ns - at_ns) / NS_PER_S)]
        pieces: list[tuple[float, float]] = []
        if at_ns < self._from_ns:
            until_ns = min(now_ns, self._from_ns)
            pieces.append((creep, (until_ns - at_ns) / NS_PER_S))
            at_ns = until_ns
        if at_ns < now_ns:
            until_ns = min(now_ns, self._to_ns)
            pieces.append((rate, (until_ns - at_ns) / NS_PER_S))
            if until_ns < now_ns:
                pieces.append((creep, (now_ns - until_ns) / NS_PER_S))
        return pieces
