"""Whole session in virtual time: 500 pricks at 2 per second, every part at work, against real time.

Core, protocol, simulated device with physics and operator, line model, log with every seal, all in
one thread. The device reports at 20 Hz while it is armed. Taking turns with it, as a yardstick: the
peer of the codec benchmark packs and parses as many frames as the session has, and does no more.
"""

import reporting
import sessions
import virtual

from mesodrive.core.spec import SessionSpec

GOAL = 1_200.0
"""Times faster than real time, on one core."""
PRICKS = 500
PERIOD_US = 500_000
DOSE_NL = 3_000


def five_hundred_pricks() -> SessionSpec:
    """Return the session to run: prime, then prick."""
    return sessions.session(
        sessions.prime(),
        sessions.program(sessions.step(PRICKS, dose_nl=DOSE_NL, period_us=PERIOD_US)),
    )


def main() -> None:
    """Measure, print, and with `--json FILE` write the figures."""
    options = reporting.arguments(__doc__, rounds=15, quick=3)
    spec = five_hundred_pricks()
    virtual.report(
        options,
        spec,
        name="full stack in virtual time: 500 pricks at 2/s, status 20 Hz, log with seals",
        goal=GOAL,
        pricks=PRICKS,
        period_us=PERIOD_US,
    )


if __name__ == "__main__":
    main()
