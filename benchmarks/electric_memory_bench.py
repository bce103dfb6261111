"""Memory of 20 minutes of current, in virtual time; measured like the four-hour session."""

import electric_bench
import memory_bench
import reporting


def main() -> None:
    """Measure, print, and with `--json FILE` write the figures."""
    memory_bench.report(
        reporting.arguments(__doc__, rounds=1, quick=1),
        electric_bench.twenty_minutes(),
        name="memory of 20 min of iontophoresis: status 20 Hz, TRACE 100 Hz, log in a file",
        slices=electric_bench.SLICES,
    )


if __name__ == "__main__":
    main()
