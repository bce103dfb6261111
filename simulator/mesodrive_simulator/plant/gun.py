"""The whole machine: phases of a stroke, what sensors show, and what truly happened.

The firmware commands actuators and reads sensors. It never reads `truth`, which is for tests and
reports only. All motion runs by itself from a command to rest, each phase `CUT_NS` at most;
`deadline_ns` is the next phase edge (or the instant when the vacuum passes an interlock level), and
`advance` must be called at or after it. Between edges nothing changes: readings are exact.

After `fit` the play of the screw is open: the first prime takes it up, and measures less than it
commands by the volume of the play. `cut` and `relieve` take up the play that the drive knows.
"""

from math import inf
from typing import Final

from mesodrive_simulator.plant.fluid import Fluid, needle_resistance
from mesodrive_simulator.plant.needle import NS_PER_S, NeedleAxis
from mesodrive_simulator.plant.phases import BACK, CUT_NS, DELIVER, DWELL, OUT, REST
from mesodrive_simulator.plant.plunger import Plunger
from mesodrive_simulator.plant.skin import NEVER_NS, Skin
from mesodrive_simulator.plant.thermal import Thermal
from mesodrive_simulator.plant.truth import TruthUnit, keep
from mesodrive_simulator.sim_profile import SimProfile

_NS_PER_US: Final = 1000


class Plant:
    """Needle, plunger, fluid, skin and heat of one gun, pen or stamp."""

    def __init__(self, profile: SimProfile, *, seed: int) -> None:
        """Build the machine at rest, the first needle and a full first syringe fitted.

        Args:
            profile: What machine it is.
            seed: Of everything that differs from prick to prick.
        """
        self.profile = profile
        self.phase: int = REST
        self.trigger = self.stop_key = False
        self.head = self.cartridge = True
        self.truth: list[TruthUnit] = []
        self.supply_drop_uv = 0
        self.home_stuck: bool | None = None
        """Fault: what the home switch shows for ever; None for a good switch."""
        self.needle_stuck = False
        """Fault: the needle never comes home again."""
        self.contact_override: int | None = None
        """Fault: what the force sensor shows, mN; None for a good sensor."""
        self.axis = NeedleAxis(profile.needle_speed_um_s, profile.needle_accel_um_s2)
        steps = profile.plunger_steps
        step_um = profile.plunger_lead_um / steps if steps else 0.0
        # a pen has no fluid; the smallest compliance keeps its pressure at zero
        self.fluid = Fluid(max(1, profile.compliance_pl_per_pa) / 1000, 1.0)
        self.plunger = Plunger(self.fluid, step_um=step_um, play_um=profile.backlash_um)
        levels = (profile.vacuum_pa_min, profile.vacuum_pa_abort)
        self.skin = Skin(
            tissue_pa=profile.tissue_pressure_pa,
            vacuum_rise_us=profile.vacuum_rise_us,
            levels_pa=tuple(level for level in levels if level is not None),
            seed=seed,
        )
        warm_mc = profile.ambient_mc + profile.electronics_rise_mc
        self.thermal = Thermal(profile.ambient_mc, warm_mc, profile.thermal_tau_us)
        self._open_resistance, self._out_nl = 1.0, 0.0
        self._edge_ns = self.deadline_ns = NEVER_NS
        """Next instant at which something changes by itself; `NEVER_NS` at rest."""
        self._unit = TruthUnit(0, prime=True)
        self._deliver_ns = self._deliver_end_ns = self._deliver_span_ns = self._dose_nl = 0
        self._dwell_ns = self._period_ns = self._contact_mn = self._blocked_permille = 0
        needle, syringe = profile.needles[0], profile.syringes[0] if profile.syringes else None
        bore_um, content_nl = (syringe.bore_um, syringe.content_nl_max) if syringe else (0, 0)
        self.fit(needle.length_um, needle.bore_um, profile.pins, bore_um, content_nl)

    # What people do.

    def fit(
        self,
        needle_um: int,
        needle_bore_um: int,
        pins: int,
        syringe_bore_um: int,
        content_nl: int,
        drive_bore_um: int | None = None,
    ) -> None:
        """Fit a needle and a syringe; only at rest.

        Args:
            needle_um: Length of the needle.
            needle_bore_um: Inner diameter of the needle.
            pins: Needles side by side.
            syringe_bore_um: Inner diameter of the syringe, 0 where there is none.
            content_nl: What the syringe holds.
            drive_bore_um: Bore that the drive calculates with, where it was told a wrong one.
        """
        viscosity = self.profile.viscosity_upa_s
        self._open_resistance = needle_resistance(needle_um, needle_bore_um, viscosity, pins)
        self.blocked_permille = self._blocked_permille
        drive = syringe_bore_um if drive_bore_um is None else drive_bore_um
        self.plunger.fit(syringe_bore_um, content_nl, drive)

    def set_contact(self, now_ns: int, force_mn: int) -> None:
        """Press the gun on the skin, or lift it off with 0."""
        self.skin.force_mn = force_mn
        self._skin_changed(now_ns)

    def set_vacuum(self, now_ns: int, vacuum_pa: int) -> None:
        """Open the vacuum to a level on skin, or let air in with 0."""
        self.skin.set_vacuum(now_ns, vacuum_pa)
        self._skin_changed(now_ns)
        self._set_edge(self._edge_ns)

    def set_trigger(self, now_ns: int, pressed: bool) -> None:  # noqa: ARG002, FBT001
        """Press or release the trigger."""
        self.trigger = pressed

    def set_cartridge(self, now_ns: int, present: bool) -> None:  # noqa: ARG002, FBT001
        """Put the cartridge in or take it out."""
        self.cartridge = present

    def set_stop_key(self, now_ns: int, pressed: bool) -> None:  # noqa: ARG002, FBT001
        """Press or release the stop key."""
        self.stop_key = pressed

    @property
    def slip_permille(self) -> int:
        """Fault: how much slower the plunger is than its screw."""
        return self.plunger.slip_permille

    @slip_permille.setter
    def slip_permille(self, permille: int) -> None:
        self.plunger.slip_permille = permille

    @property
    def blocked_permille(self) -> int:
        """Fault: how much of the needle's conductance is gone; set it at rest."""
        return self._blocked_permille

    @blocked_permille.setter
    def blocked_permille(self, permille: int) -> None:
        self._blocked_permille = permille
        left = (1000 - permille) / 1000
        self.fluid.resistance_pa_s_per_nl = self._open_resistance / left if left > 0 else inf

    # What the firmware commands.

    def stroke(
        self, now_ns: int, depth_um: int, dose_nl: int, flow_nl_s: int, dwell_us: int
    ) -> None:
        """Go out, deliver, dwell and come back, by itself; depth 0 primes, dose 0 is dry."""
        self._begin(now_ns, prime=depth_um == 0)
        self._dose_nl = dose_nl
        self._deliver_span_ns = dose_nl * NS_PER_S // flow_nl_s if dose_nl else 0
        self._dwell_ns = dwell_us * _NS_PER_US
        self.phase = OUT
        self.axis.move(now_ns, depth_um)
        self._set_edge(self.axis.arrives_ns)
        self.advance(now_ns)

    def train(self, now_ns: int, depth_um: int, strokes: int, rate_mhz: int) -> None:
        """Go in and out a number of times at a rate, then rest at home."""
        self._begin(now_ns, prime=False)
        self._period_ns = 1000 * NS_PER_S // rate_mhz
        self.phase = DELIVER
        self.axis.oscillate(now_ns, depth_um, NS_PER_S / self._period_ns)
        self._deliver_ns = now_ns
        self._work_until(now_ns + strokes * self._period_ns)
        self._meet_skin(now_ns)

    def end_train(self, now_ns: int) -> None:
        """End a train after the stroke under way."""
        self.advance(now_ns)
        if self._period_ns and self.phase is DELIVER:
            begun = -(-(now_ns - self._deliver_ns) // self._period_ns)
            self._work_until(self._deliver_ns + begun * self._period_ns)

    def cut(self, now_ns: int) -> None:
        """Stop the plunger now, relieve the pressure, bring the needle home."""
        self.advance(now_ns)
        self.plunger.relieve(now_ns)
        self._go_home(now_ns)

    def turn_back(self, now_ns: int) -> None:
        """Reverse a needle that is on its way out; nothing is delivered."""
        self.advance(now_ns)
        if self.phase is OUT:
            self._go_home(now_ns)

    def retract(self, now_ns: int) -> None:
        """Stop the plunger and drive the needle home from wherever it is."""
        self.advance(now_ns)
        self.plunger.halt(now_ns)
        self._go_home(now_ns)

    def outputs_off(self, now_ns: int) -> None:
        """Drop every output; a spring brings the needle home where there is one."""
        self.advance(now_ns)
        self._end_motion(now_ns)
        self.plunger.halt(now_ns)
        if self.profile.spring_return:
            self._go_home(now_ns)
        elif self.phase is not REST:
            self.axis.halt(now_ns)
            self.phase = BACK
            self._set_edge(NEVER_NS)

    # Time.

    def advance(self, now_ns: int) -> None:
        """Apply every edge due at or before an instant, each at its own time."""
        while (at_ns := self.deadline_ns) <= now_ns:
            if at_ns == self._edge_ns:
                self._pass_edge(at_ns)
            else:
                self.skin.pass_edges(at_ns)
                self._skin_changed(at_ns)
                self._set_edge(self._edge_ns)

    def settle(self, now_ns: int) -> None:
        """Bring `truth` up to an instant, drips since the last edge included."""
        self.advance(now_ns)
        self.plunger.settle(now_ns)
        self._unit.volume_nl = self.fluid.out_nl - self._out_nl

    # Sensors.

    def home(self, now_ns: int) -> bool:
        """Tell what the home switch shows."""
        if self.home_stuck is not None:
            return self.home_stuck
        return self.phase is REST or self.axis.state(now_ns)[0] <= 0.0

    def contact_mn(self, now_ns: int) -> int:  # noqa: ARG002
        """Return what the force sensor shows, mN."""
        return self.skin.force_mn if self.contact_override is None else self.contact_override

    def vacuum_pa(self, now_ns: int) -> int:
        """Return the under-pressure in the head, Pa."""
        return self.skin.vacuum_pa(now_ns)

    def pressure_pa(self, now_ns: int) -> int:
        """Return the pressure behind the needle, Pa."""
        return round(self.plunger.pressure_pa(now_ns))

    def pressure_reaches_ns(self, level_pa: int) -> int:
        """Return when the push under way raises the pressure to a level, or `NEVER_NS`."""
        reached_ns = self.plunger.pressure_reaches_ns(level_pa)
        return NEVER_NS if reached_ns == inf else -int(-reached_ns // 1)

    def plunger_moved_um(self, now_ns: int) -> int:
        """Return what the plunger's own encoder counted since the unit began."""
        return round(self.plunger.unit_um(now_ns))

    def measured_nl(self, now_ns: int) -> int:
        """Return the encoder's travel times the area that the drive was told, nL."""
        return round(self.plunger.unit_um(now_ns) * self.plunger.drive_nl_per_um)

    def needle_um(self, now_ns: int) -> int:
        """Return the position of the needle, 0 at home."""
        return round(self.axis.state(now_ns)[0])

    def remaining_ns(self, now_ns: int) -> int:
        """Return the time left in delivery, 0 in any other phase."""
        return max(0, self._deliver_end_ns - now_ns) if self.phase is DELIVER else 0

    def strokes_counted(self, now_ns: int) -> int:
        """Return how many times a train's needle has been at its deepest in this unit."""
        if not self._period_ns:
            return self._unit.strokes
        until_ns = min(now_ns, self._deliver_end_ns)
        return (until_ns - self._deliver_ns + self._period_ns // 2) // self._period_ns

    def temperature_mc(self, now_ns: int) -> int:
        """Return the temperature of the electronics, thousandths of a degree."""
        return self.thermal.temperature_mc(now_ns)

    def supply_uv(self, now_ns: int) -> int:  # noqa: ARG002
        """Return the supply voltage, microvolts."""
        return self.profile.supply_uv - self.supply_drop_uv

    def unit_values(self, now_ns: int) -> tuple[int, int, int, int, int, int]:
        """Return what a needle's RECORD says of the unit that just ended.

        Returns:
            Stroke um, peak Pa, residual Pa, contact mN, plunger um, flow nL/s.
        """
        span_ns = min(now_ns, self._deliver_end_ns) - self._deliver_ns
        travel_um = self.plunger.unit_um(now_ns)
        measured_nl = round(travel_um * self.plunger.drive_nl_per_um)
        residual_pa = self.plunger.pressure_pa(now_ns)
        return (
            round(self._unit.depth_um),
            round(max(self.plunger.peak_pa, residual_pa)),
            round(residual_pa),
            self._contact_mn,
            round(travel_um),
            measured_nl * NS_PER_S // span_ns if span_ns > 0 else 0,
        )

    # Phases.

    def _set_edge(self, edge_ns: int) -> None:
        """Set the next phase edge; the vacuum may have one before."""
        self._edge_ns = edge_ns
        skin_ns = self.skin.edge_ns
        self.deadline_ns = edge_ns if edge_ns < skin_ns else skin_ns  # noqa: FURB136

    def _begin(self, now_ns: int, *, prime: bool) -> None:
        self.advance(now_ns)
        self.plunger.begin_unit(now_ns)
        self._unit.volume_nl = self.fluid.out_nl - self._out_nl
        self._out_nl = self.fluid.out_nl
        self._unit = TruthUnit(now_ns, prime=prime)
        keep(self.truth, self._unit)
        self._deliver_ns = self._deliver_end_ns = now_ns
        self._period_ns = 0
        self._contact_mn = self.contact_mn(now_ns)

    def _pass_edge(self, at_ns: int) -> None:
        phase = self.phase
        if phase is OUT:
            self._deliver(at_ns)
        elif phase is DELIVER and at_ns < self._deliver_end_ns:  # cut by the power stage
            self.plunger.halt(at_ns)
            self._go_home(at_ns)
        elif phase is DELIVER:
            self._end_motion(at_ns)
            self.plunger.finish(at_ns)
            self.phase = DWELL
            self._set_edge(at_ns + min(self._dwell_ns, CUT_NS))
            if self._period_ns:
                self._go_home(at_ns)
        elif phase is DWELL:
            self._go_home(at_ns)
        else:
            self._rest(at_ns)

    def _deliver(self, at_ns: int) -> None:
        self.phase = DELIVER
        unit = self._unit
        unit.depth_um = self.axis.target_um
        unit.strokes = 0 if unit.prime else 1
        self._meet_skin(at_ns)
        self._deliver_ns = at_ns
        self._work_until(at_ns + self._deliver_span_ns)
        if self._deliver_span_ns:
            self.plunger.push(at_ns, self._dose_nl, self._deliver_span_ns)

    def _work_until(self, end_ns: int) -> None:
        """Go on delivering to an end, or until the power stage cuts it."""
        self._deliver_end_ns = end_ns
        self._set_edge(min(end_ns, self._deliver_ns + CUT_NS))

    def _meet_skin(self, at_ns: int) -> None:
        self.plunger.settle(at_ns)
        self._unit.on_skin = not self._unit.prime and self.skin.touched(at_ns)
        self._contact_mn = self.contact_mn(at_ns)
        if self._unit.on_skin:
            self.fluid.outside_pa = self.skin.next_tissue_pa()

    def _skin_changed(self, now_ns: int) -> None:
        if self.phase in (DELIVER, DWELL) and not self.skin.touched(now_ns):
            self.plunger.settle(now_ns)
            self.fluid.outside_pa = 0.0
            self._unit.on_skin = False

    def _end_motion(self, now_ns: int) -> None:
        """Note how deep and how often the needle went in, and when delivery ended."""
        if self.phase not in (OUT, DELIVER):
            return
        unit = self._unit
        self._deliver_end_ns = min(self._deliver_end_ns, now_ns)
        unit.depth_um = max(unit.depth_um, self.axis.deepest_um(now_ns))
        if self._period_ns:
            unit.strokes = self.strokes_counted(now_ns)
        elif unit.depth_um > 0:
            unit.strokes = 1

    def _go_home(self, now_ns: int) -> None:
        """Set out for home, unless already on the way; in air the needle drips."""
        self._end_motion(now_ns)
        self.plunger.settle(now_ns)
        self.fluid.outside_pa = 0.0
        if self.phase is not BACK or self._edge_ns == NEVER_NS:
            self.axis.move(now_ns, 0.0)
            self._unit.depth_um = max(self._unit.depth_um, self.axis.turns_um)
            self.phase = BACK
            self._set_edge(self.axis.arrives_ns)
        if self.needle_stuck:
            self.axis.halt(now_ns)
            self._set_edge(NEVER_NS)
        elif self._edge_ns <= now_ns:
            self._rest(now_ns)

    def _rest(self, at_ns: int) -> None:
        self.plunger.settle(at_ns)
        self.phase = REST
        self._set_edge(NEVER_NS)
        self._unit.volume_nl = self.fluid.out_nl - self._out_nl
        if self._unit.ended_ns is None:
            self._unit.ended_ns = at_ns
