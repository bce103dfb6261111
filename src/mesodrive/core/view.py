"""What people see of a session: one immutable snapshot, made on demand."""

from typing import Any, NamedTuple


class AlarmView(NamedTuple):
    """One active alarm, by its stable id; text and remedy are in the catalogue."""

    id: str
    priority: str
    times: int
    """How often it was raised since it became active."""


class UncertainView(NamedTuple):
    """Units of one zone that may have been delivered, wholly, partly or not at all."""

    zone: str
    """Empty for primes."""
    units: int
    amount_hi: int
    """Most that they delivered together."""


class LinkView(NamedTuple):
    """Counters of the line."""

    sent: int
    received: int
    damaged: int
    refused: int
    repeated: int
    stale: int
    """Frames from the device that came twice, out of order, or too late."""
    signed: bool | None
    """Whether what moves the device is signed; None while no session is open."""


class View(NamedTuple):
    """The session as it stands; amounts are in `amount_unit`, most in base units."""

    state: str
    device_state: str
    """Empty while unknown."""
    reason: str
    """Why the device stopped, or empty."""
    hold: str
    """Why an armed device does not begin the next unit, or empty."""
    awaiting: str
    """What the operator is asked for: start, fitted, arm, resume, clear, end, or empty."""
    fit_title: str
    simulated: bool | None
    """None until the device has said so."""
    serial: str
    model: str
    stage: int
    """From 1; 0 before the first."""
    stages: int
    program: int
    """Within the stage, from 1."""
    programs: int
    purpose: str
    zone: str
    units_total: int
    """Units of all deliver programs."""
    units_confirmed: int
    """Delivered wholly and on disk."""
    units_uncertain: int
    """May have been delivered; no record."""
    uncertain: tuple[UncertainView, ...]
    """The same by zone, in the order of the plan; empty while armed: it changes all the time."""
    amount_unit: str
    """nL, strokes or uC."""
    amount_lo: int
    amount_hi: int
    amount_excess: int
    """Measured above what was programmed, beside the interval."""
    amount_planned: int
    amount_before: int
    """What this treatment had in earlier sessions, by the device's totals."""
    amount_waste: int
    """Most that primes took."""
    next: int
    upto: int
    stop: str
    """Empty, sent, confirmed or not confirmed."""
    stop_latency_ns: int
    """From the press to the device's proof; 0 while there is none."""
    alarms: tuple[AlarmView, ...]
    pressure_pa: int
    """0 where no needle moves; so for the next."""
    contact_mn: int
    current_ua: int
    """0 where no current flows; so for the next."""
    voltage_uv: int
    temp_mc: int
    link: LinkView
    ending: str
    """Empty, completed, stopped, faulted or abandoned."""
    exit_code: int
    problem: dict[str, Any]
    """Code and facts of what ended or refused the session; empty where all is well."""

    def to_json(self) -> dict[str, Any]:
        """Return the view as plain JSON data."""
        plain = self._asdict()
        plain["alarms"] = [alarm._asdict() for alarm in self.alarms]
        plain["uncertain"] = [one._asdict() for one in self.uncertain]
        plain["link"] = self.link._asdict()
        return plain
