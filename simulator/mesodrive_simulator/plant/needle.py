"""Motion of the needle along its axis: brake, then a trapezoid of speed, in closed form.

Distances are micrometres from the home switch, positive into the skin; times are world
nanoseconds. Nothing is stepped: position and speed at any instant follow from the last command.
"""

from math import ceil, cos, pi, sin, sqrt

NS_PER_S = 1_000_000_000


class NeedleAxis:
    """One needle drive that obeys a greatest speed and one acceleration both ways."""

    __slots__ = (
        "_brake_s",
        "_from_um",
        "_rate_hz",
        "_start_ns",
        "_to_um",
        "_turn_um",
        "_v0_um_s",
        "accel_um_s2",
        "arrives_ns",
        "speed_um_s",
        "target_um",
    )

    def __init__(self, speed_um_s: int, accel_um_s2: int) -> None:
        self.speed_um_s = speed_um_s
        self.accel_um_s2 = accel_um_s2
        self.arrives_ns = 0
        self.target_um = 0.0
        self._start_ns = 0
        self._from_um = self._turn_um = self._to_um = 0.0
        self._v0_um_s = self._brake_s = self._rate_hz = 0.0

    def move(self, now_ns: int, target_um: float) -> None:
        """Go to a position; a motion under way is braked first, then turned.

        Args:
            now_ns: When the command takes effect.
            target_um: Where to, micrometres.
        """
        position, speed = self.state(now_ns)
        self._begin(now_ns, position, speed, target_um)

    def halt(self, now_ns: int) -> None:
        """Come to rest as soon as friction allows, at the same acceleration as a drive."""
        position, speed = self.state(now_ns)
        self._begin(now_ns, position, speed, position + speed * abs(speed) / 2 / self.accel_um_s2)

    def oscillate(self, now_ns: int, depth_um: int, rate_hz: float) -> None:
        """Go in and out as a crank does, from home, until another command comes."""
        self._start_ns = now_ns
        self._rate_hz = rate_hz
        self.target_um = self._to_um = float(depth_um)

    def state(self, now_ns: int) -> tuple[float, float]:
        """Return position (um) and speed (um/s, positive inwards) at an instant."""
        seconds = (now_ns - self._start_ns) / NS_PER_S
        if self._rate_hz:
            angle = 2 * pi * self._rate_hz * seconds
            half_um = self._to_um / 2
            return half_um * (1 - cos(angle)), half_um * 2 * pi * self._rate_hz * sin(angle)
        if now_ns >= self.arrives_ns:
            return self.target_um, 0.0
        if seconds < self._brake_s:
            slow = self.accel_um_s2 if self._v0_um_s > 0 else -self.accel_um_s2
            return (
                self._from_um + (self._v0_um_s - slow * seconds / 2) * seconds,
                self._v0_um_s - slow * seconds,
            )
        return self._travel(seconds - self._brake_s)

    def deepest_um(self, now_ns: int) -> float:
        """Return the deepest point reached since the last command, micrometres."""
        if self._rate_hz:
            half_s = 1 / self._rate_hz / 2
            done = (now_ns - self._start_ns) / NS_PER_S >= half_s
            return self._to_um if done else self.state(now_ns)[0]
        return max(self._from_um, self._turn_um, self.state(now_ns)[0])

    @property
    def turns_um(self) -> float:
        """Where the last command finds the needle, or turns it: its deepest on the way home."""
        return max(self._from_um, self._turn_um)

    def _begin(self, now_ns: int, position_um: float, speed_um_s: float, target_um: float) -> None:
        self._rate_hz = 0.0
        self._start_ns = now_ns
        self._from_um = position_um
        self._v0_um_s = speed_um_s
        self._brake_s = abs(speed_um_s) / self.accel_um_s2
        self._turn_um = position_um + speed_um_s * self._brake_s / 2
        self._to_um = self.target_um = target_um
        total_s = self._brake_s + travel_s(
            abs(target_um - self._turn_um), self.speed_um_s, self.accel_um_s2
        )
        self.arrives_ns = now_ns + ceil(total_s * NS_PER_S)

    def _travel(self, seconds: float) -> tuple[float, float]:
        way_um = abs(self._to_um - self._turn_um)
        sign = 1.0 if self._to_um >= self._turn_um else -1.0
        accel = self.accel_um_s2
        peak = min(float(self.speed_um_s), sqrt(way_um * accel))
        rise_s = peak / accel
        total_s = travel_s(way_um, self.speed_um_s, accel)
        left_s = max(0.0, total_s - seconds)
        if seconds < rise_s:
            return self._turn_um + sign * accel * seconds * seconds / 2, sign * accel * seconds
        if left_s < rise_s:
            return self._to_um - sign * accel * left_s * left_s / 2, sign * accel * left_s
        return self._turn_um + sign * peak * (seconds - rise_s / 2), sign * peak


def travel_s(way_um: float, speed_um_s: int, accel_um_s2: int) -> float:
    """Return the time of a move from rest to rest.

    Args:
        way_um: Distance, micrometres, 0 or more.
        speed_um_s: Greatest speed, um/s.
        accel_um_s2: Acceleration, um/s2.

    Returns:
        Seconds: a triangle of speed for a short way, a trapezoid for a longer one.
    """
    if way_um * accel_um_s2 < speed_um_s * speed_um_s:
        return 2 * sqrt(way_um / accel_um_s2)
    return way_um / speed_um_s + speed_um_s / accel_um_s2
