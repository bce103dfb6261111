"""Times and bounds of protocol version 1, rendered into PROTOCOL.md and the C header.

A host or a device may take its own from a device profile; these are what version 1 promises
where nothing else is agreed.
"""

from typing import Final, NamedTuple


class Bound(NamedTuple):
    """One time or number that a side keeps; the unit is the last word of the name."""

    name: str
    value: int
    kept_by: str
    meaning: str


BOUNDS: Final = (
    Bound("status_fast_us", 50_000, "device", "STATUS in LOADED to LATCHED, 2 s after a STOP"),
    Bound("status_slow_us", 500_000, "device", "STATUS in other states while a session is held"),
    Bound(
        "status_after_stop_us", 2_000_000, "device", "STATUS goes on after a STOP without session"
    ),
    Bound("answer_us", 20_000, "device", "frame received to answer, sorts q and r"),
    Bound("answer_durable_us", 100_000, "device", "frame received to answer, sort d"),
    Bound("start_us", 3_000_000, "device", "start to the first answer"),
    Bound("refused_per_s", 20, "device", "answers to refused frames in any one second"),
    Bound("timeout_us", 50_000, "host", "first time-out, sorts q and r, plus wire time ahead"),
    Bound("timeout_durable_us", 150_000, "host", "first time-out, sort d, plus wire time ahead"),
    Bound("timeout_us_max", 400_000, "host", "a time-out is doubled up to this"),
    Bound("tries_max", 5, "host", "times that a frame is sent"),
    Bound("tries_us_max", 2_000_000, "host", "from the first try until it is given up"),
    Bound("hello_us", 250_000, "host", "between HELLOs on a port just opened"),
    Bound("hello_us_max", 5_000_000, "host", "then nobody is there"),
    Bound("grant_us", 50_000, "host", "between GRANTs, each on a new STATUS"),
    Bound("status_old_us", 250_000, "host", "a STATUS older than this carries no ARM, no GRANT"),
    Bound("status_lost_us", 500_000, "host", "without STATUS while armed: STOP, alarm"),
    Bound("lease_us", 200_000, "device", "units may begin this long after a GRANT's seen_us"),
    Bound("lease_first_us", 500_000, "device", "first lease, given by ARM"),
    Bound("credit_units", 2, "device", "upto is at most next + this"),
    Bound("arm_fresh_us", 500_000, "device", "age of the STATUS that ARM names, at most"),
    Bound("arm_seen", 16, "device", "STATUS times remembered for ARM and GRANT"),
    Bound(
        "session_hold_us", 2_000_000, "device", "silence after which a session may be taken over"
    ),
    Bound("loading_us", 2_000_000, "device", "silence that ends LOADING"),
    Bound("idle_us", 60_000_000, "device", "ARMED without a unit: to LOADED"),
    Bound("testing_us_max", 3_000_000, "device", "TESTING"),
    Bound("tested_us", 600_000_000, "device", "without a unit: tested lapses"),
    Bound("trigger_release_us", 30_000, "device", "trigger seen released before it counts"),
    Bound("finish_us", 100_000, "device", "a STOP lets a delivery with no more than this end"),
    Bound("stop_us", 100_000, "device", "STOP's last byte to nothing more delivered"),
    Bound("home_us_max", 500_000, "device", "home_us, 1.5 x retract time, is at most this"),
    Bound("motion_us_max", 2_000_000, "device", "hardware cuts any motion"),
    Bound("watchdog_us", 500_000, "device", "watchdog, on an oscillator of its own"),
    Bound("slice_us_max", 5_000_000, "device", "one slice of current"),
    Bound("ramp_down_us", 5_000_000, "device", "current ramps down when nothing more may begin"),
    Bound("stop_current_us", 100_000, "device", "current to 0 on a STOP"),
    Bound("fault_current_us", 20_000, "device", "current off on a fault"),
    Bound("fault_pulse_us", 100, "device", "pulse off on a fault"),
    Bound("train_us_max", 200_000, "device", "one unit of a train"),
    Bound("record_first_us", 50_000, "device", "a RECORD again, first: then doubled"),
    Bound("record_us_max", 400_000, "device", "then each time after this"),
    Bound("records_ahead", 4, "device", "RECORDs sent and not acknowledged"),
    Bound("answers_kept", 16, "device", "last answers, given again for the same rid"),
    Bound("event_slots", 8, "device", "journal slots kept for events"),
    Bound("slots_min", 32, "device", "journal slots"),
    Bound("steps_min", 64, "device", "steps that a program may have, at least"),
    Bound("units_needle_max", 1_000, "device", "units of one command, needle kinds"),
    Bound("units_other_max", 10_000, "device", "units of one command, other kinds"),
    Bound("window_min", 512, "device", "bytes of requests that may be unanswered in a load"),
    Bound("port_bytes_max", 64, "host", "handed to the port and not yet on the wire"),
    Bound("recovery_us", 2_000_000, "host", "recovery queries in all, spaced as RECORD again"),
    Bound("drift_warn_permille", 10, "host", "device clock against host's over 1 s: warn"),
    Bound("drift_stop_permille", 50, "host", "device clock against host's over 1 s: STOP"),
    Bound("stop_again_us", 20_000, "host", "STOP is repeated until LATCHED is reported"),
    Bound("stop_proof_us", 300_000, "host", "without proof: NOT CONFIRMED"),
)
"""In the order of the table in PROTOCOL.md."""
