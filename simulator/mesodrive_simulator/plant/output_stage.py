"""The current source: a level that moves at its slew, held at a clamp, gated, into whatever load.

Time is cut into segments (see `segment`) whose bounds depend on commands and faults only, never on
when somebody looks: a second while all is steady, a tenth while level, clamp or skin move. The
clamp acts on the voltage that the load settles at within milliseconds, not on the charging of its
capacitance before that; where it holds, the ramp holds too and goes on from what flows.
"""

from math import ceil
from typing import Final, NamedTuple

from mesodrive_simulator.plant.electric_load import NEVER_NS, LoadPath
from mesodrive_simulator.plant.segment import NO_TIME, Segment

_S_PER_NS: Final = 1e-9
_NS_PER_S: Final = 1_000_000_000
MOVING_NS: Final = 100_000_000
STEADY_NS: Final = 1_000_000_000
_LEAST_NS: Final = 10_000
"""No two ends of segments that a clamp makes are closer: bounds the work of an instant."""
AVERAGED_BELOW_NS: Final = 20_000_000
"""A gate faster than two samples of the trace is averaged, a slower one is seen."""
_REACHED: Final = 1e-12
_REACHED_PART: Final = 1e-9
"""What a nanosecond, the unit of all ends, may leave of a ramp."""
_IDLE: Final = Segment(0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0)


class Wave(NamedTuple):
    """Shape under the envelope; without a zero-mean carrier the skin meets direct current."""

    carrier_hz: int
    gate_mhz: int
    duty_permille: int
    zero_mean: bool


DIRECT: Final = Wave(0, 0, 1000, False)  # noqa: FBT003 -- the fields stand above


class OutputStage:
    """The source and its meters; magnitudes and a sign, in microampere, microvolt, microcoulomb."""

    __slots__ = (
        "_cap_uv",
        "_charge_uc",
        "_energy_uj",
        "_gate_ns",
        "_goal_ua",
        "_held_uv",
        "_is_slewing",
        "_level_ua",
        "_path",
        "_segment",
        "_start_ns",
        "_wave",
        "density_ua_cm2",
        "end_ns",
        "is_off",
        "is_open",
        "peak_ua",
        "peak_uv",
        "sign",
        "slew_ua_s",
        "slew_ua_s_max",
        "target_ua",
    )

    def __init__(self, path: LoadPath) -> None:
        self._path = path
        self.is_off = True
        self.is_open = False
        """Whether it drives and nothing conducts."""
        self.sign = 1
        self.target_ua = 0
        """Signed level that was asked for."""
        self.slew_ua_s = 0.0
        self.slew_ua_s_max = self.density_ua_cm2 = self.peak_ua = self.peak_uv = 0.0
        """Greatest of each since `reset_peaks`; a cut's slew is not in it."""
        self._goal_ua = self._level_ua = self._cap_uv = self._held_uv = 0.0
        self._charge_uc = self._energy_uj = 0.0
        self._is_slewing = False
        self._wave = DIRECT
        self._gate_ns = self._start_ns = 0
        self._segment = _IDLE
        self.end_ns = NEVER_NS
        """End of the running segment: `roll` must be called at or after it."""

    # Commands; each is the beginning of a segment.

    def drive(self, now_ns: int, level_ua: int, slew_ua_s: float, cap_uv: int, wave: Wave) -> None:
        """Move the level towards another one; a gate of the same wave keeps its beat."""
        assert cap_uv > 0
        assert slew_ua_s > 0 or not level_ua
        self.roll(now_ns)
        self._close_segment(now_ns)
        if self.is_off or wave != self._wave:
            self._gate_ns = now_ns
        self._wave, self._cap_uv = wave, float(cap_uv)
        self.target_ua, self.slew_ua_s = level_ua, slew_ua_s
        self.is_off, self._is_slewing = False, True
        self._begin(now_ns)

    def ramp_off(self, now_ns: int, span_ns: int) -> None:
        """Bring the level to zero in a straight line, then switch off; never later than before."""
        self.roll(now_ns)
        slew_ua_s = self._envelope_ua(now_ns) / (span_ns * _S_PER_NS)
        if self._is_slewing:
            self.slew_ua_s = 0.0
        self.target_ua, self.slew_ua_s = 0, max(self.slew_ua_s, slew_ua_s)
        self._is_slewing = False
        self.plan(now_ns)

    def switch_off(self, now_ns: int) -> None:
        """Open the output at once."""
        self.roll(now_ns)
        self._close_segment(now_ns)
        self._level_ua, self.target_ua, self.is_off = 0.0, 0, True
        self._begin(now_ns)

    def plan(self, now_ns: int) -> None:
        """Begin a new segment, because something that it depends on has changed."""
        self.roll(now_ns)
        self._close_segment(now_ns)
        self._begin(now_ns)

    def roll(self, now_ns: int) -> None:
        """Pass every end of a segment that is due."""
        while (at_ns := self.end_ns) <= now_ns:
            self._close_segment(at_ns)
            self._begin(at_ns)

    def reset_peaks(self, now_ns: int) -> None:
        """Let the greatest values count from an instant on."""
        self.plan(now_ns)
        self.slew_ua_s_max = self.density_ua_cm2 = self.peak_ua = self.peak_uv = 0.0

    # Meters; for any instant from the last command to `end_ns`.

    def current_ua(self, now_ns: int) -> float:
        """Return what flows, signed; for a carrier its peak."""
        segment = self._segment
        return self.sign * self._envelope_ua(now_ns) if segment.duty else 0.0

    def voltage_uv(self, now_ns: int) -> float:
        """Return the voltage between the leads, signed; for a carrier its peak."""
        if self.is_open:
            return self.sign * self._cap_uv
        return self.sign * self._segment.voltage_uv((now_ns - self._start_ns) * _S_PER_NS)

    def charge_uc(self, now_ns: int) -> float:
        """Return all rectified charge ever."""
        return self._charge_uc + self._segment.charge_uc((now_ns - self._start_ns) * _S_PER_NS)

    def energy_uj(self, now_ns: int) -> float:
        """Return all energy ever."""
        return self._energy_uj + self._segment.energy_uj((now_ns - self._start_ns) * _S_PER_NS)

    def charge_reaches_ns(self, charge_uc: float) -> int:
        """Return when `charge_uc` is so much, if the running segment went on for ever."""
        at_s = self._segment.charge_s(charge_uc - self._charge_uc)
        return NEVER_NS if at_s >= NO_TIME else self._start_ns + ceil(at_s * _NS_PER_S)

    def is_at_level(self, now_ns: int) -> bool:
        """Tell whether the level that was asked for is reached."""
        wanted_ua = float(abs(self.target_ua))
        if self.is_off or self.is_open or self.target_ua * self.sign < 0:
            return not self.target_ua
        return abs(self._envelope_ua(now_ns) - wanted_ua) <= wanted_ua * _REACHED_PART

    @property
    def is_clamped(self) -> bool:
        """Whether the voltage is at its clamp."""
        return self._segment.cap_uv > 0

    def load_ohm(self, now_ns: int) -> float:
        """Return what the load settles at; only while the output drives into one."""
        segment = self._segment
        return segment.ohm + segment.ohm_per_s * (now_ns - self._start_ns) * _S_PER_NS

    def peaks(self, now_ns: int) -> tuple[float, float]:
        """Return the greatest current and voltage since `reset_peaks`."""
        current_ua, voltage_uv = abs(self.current_ua(now_ns)), abs(self.voltage_uv(now_ns))
        return max(self.peak_ua, current_ua), max(self.peak_uv, voltage_uv)

    # Segments.

    def _envelope_ua(self, now_ns: int) -> float:
        return max(0.0, self._segment.current_ua((now_ns - self._start_ns) * _S_PER_NS))

    def _close_segment(self, now_ns: int) -> None:
        segment, passed_s = self._segment, (now_ns - self._start_ns) * _S_PER_NS
        self._note(now_ns)
        self._charge_uc += segment.charge_uc(passed_s)
        self._energy_uj += segment.energy_uj(passed_s)
        self._held_uv = 0.0 if self.is_open else segment.barrier_after_uv(passed_s)
        level_ua = 0.0 if self.is_off else self._envelope_ua(now_ns)
        self._level_ua = level_ua
        goal_ua, rate = self._goal_ua, segment.rate_ua_s
        if (rate > 0 and level_ua >= goal_ua * (1 - _REACHED)) or (
            rate < 0 and level_ua <= goal_ua + _REACHED
        ):
            self._level_ua = goal_ua
        self._start_ns = now_ns

    def _begin(self, now_ns: int) -> None:
        self._start_ns, self.is_open = now_ns, False
        if not self._level_ua and not self.is_off:
            self.is_off = not self.target_ua
            if self.target_ua * self.sign < 0:
                self.sign, self._held_uv = -self.sign, -self._held_uv
        if self.is_off:
            self._rest(now_ns)
        elif self._path.is_open(now_ns):
            self.is_open, self._level_ua = True, 0.0
            self._path.skin.set_density(now_ns, 0.0)
            self._segment, self.end_ns = _IDLE, self._path.edge_ns(now_ns)
        else:
            self._flow(now_ns)
        self._note(now_ns)

    def _rest(self, now_ns: int) -> None:
        """Stay off; a leak flows on."""
        self._goal_ua = self._held_uv = 0.0  # a crowbar discharges the skin
        path = self._path
        leak_ua = 0.0 if path.is_open(now_ns) else float(path.faults.leak_ua)
        path.skin.set_density(now_ns, path.density_ua_cm2(leak_ua))
        if path.is_open(now_ns):
            self._segment = _IDLE
        else:
            load = path.load(now_ns)
            self._segment = Segment(
                leak_ua, 0.0, load.settled_ohm(0), 0.0, load.series_ohm, load.farad,
                self._held_uv, 0.0, 1.0 if leak_ua else 0.0,
            )  # fmt: skip
        self.end_ns = path.edge_ns(now_ns) if path.faults.leak_ua else NEVER_NS

    def _flow(self, now_ns: int) -> None:
        path, wave, cap_uv = self._path, self._wave, self._cap_uv
        carrier_hz = wave.carrier_hz if wave.zero_mean else 0
        load = path.load(now_ns)
        ohm = load.settled_ohm(carrier_hz)
        duty, end_ns = self._gate(now_ns)
        level_ua = min(self._level_ua, cap_uv / ohm) if duty else self._level_ua
        is_same_way = self.target_ua * self.sign > 0
        self._goal_ua = goal_ua = float(abs(self.target_ua)) if is_same_way else 0.0
        rate = 0.0
        if level_ua != goal_ua:
            rate = self.slew_ua_s if goal_ua > level_ua else -self.slew_ua_s
            end_ns = min(end_ns, now_ns + _ceil_ns((goal_ua - level_ua) / rate))
        is_moving = rate != 0 or path.skin.is_quick(now_ns)
        span_ns = MOVING_NS if is_moving else STEADY_NS
        end_ns = min(end_ns, now_ns + span_ns, path.edge_ns(now_ns))
        span_s = (end_ns - now_ns) * _S_PER_NS
        middle_ua = level_ua + rate * span_s / 2
        if duty:
            middle_ua = min(middle_ua, cap_uv / ohm)
        path.skin.set_density(now_ns, path.density_ua_cm2(duty * middle_ua))
        ohm_per_s = (path.load(end_ns).settled_ohm(carrier_hz) - ohm) / span_s
        self._segment = Segment(
            level_ua, rate, ohm, ohm_per_s, load.series_ohm,
            0.0 if carrier_hz else load.farad, self._held_uv, 0.0, duty,
            load.active_part(carrier_hz),
        )  # fmt: skip
        self.end_ns = end_ns
        if duty:
            self._clamp(now_ns)
        self._measure_slew()

    def _clamp(self, now_ns: int) -> None:
        """Hold the voltage where it would rise above the clamp, or end the segment there."""
        segment, cap_uv = self._segment, self._cap_uv
        if segment.level_ua * segment.ohm < cap_uv * (1 - _REACHED):
            meets_s = segment.meets_s(cap_uv)
            if meets_s < STEADY_NS * _S_PER_NS:
                end_ns = now_ns + max(_LEAST_NS, _ceil_ns(meets_s))
                self.end_ns = min(self.end_ns, end_ns)
            return
        slope = -cap_uv * segment.ohm_per_s / segment.ohm**2
        if slope >= segment.rate_ua_s:
            return  # the load lets more through than the ramp asks for
        self._segment = segment._replace(cap_uv=cap_uv)
        if segment.rate_ua_s > 0 and segment.ohm_per_s < 0:
            reached_s = (cap_uv / self._goal_ua - segment.ohm) / segment.ohm_per_s
            end_ns = now_ns + max(_LEAST_NS, _ceil_ns(reached_s))
            self.end_ns = min(self.end_ns, end_ns)

    def _gate(self, now_ns: int) -> tuple[float, int]:
        """Return the part of the time that current flows from now on, and until when."""
        wave = self._wave
        duty = wave.duty_permille / 1000
        period_ns = 1000 * _NS_PER_S // wave.gate_mhz if wave.gate_mhz else 0
        if period_ns < AVERAGED_BELOW_NS:
            return duty, NEVER_NS
        into_ns = (now_ns - self._gate_ns) % period_ns
        open_ns = period_ns * wave.duty_permille // 1000
        if into_ns < open_ns:
            return 1.0, now_ns + open_ns - into_ns
        return 0.0, now_ns + period_ns - into_ns

    def _measure_slew(self) -> None:
        segment = self._segment
        if self._is_slewing:
            rate = segment.rate_ua_s
            if segment.cap_uv > 0:
                rate = segment.cap_uv * segment.ohm_per_s / segment.ohm**2
            self.slew_ua_s_max = max(self.slew_ua_s_max, abs(rate))

    def _note(self, now_ns: int) -> None:
        self.peak_ua, self.peak_uv = self.peaks(now_ns)
        part = 1.0 if self.is_off else self._wave.duty_permille / 1000
        density = self._path.density_ua_cm2(part * self._envelope_ua(now_ns))
        self.density_ua_cm2 = max(self.density_ua_cm2, density)


def _ceil_ns(span_s: float) -> int:
    return max(1, ceil(span_s * _NS_PER_S))
