"""`python -P -m mesodrive.control`: started by a client, which hands over the session on stdin."""
# ruff: noqa: PLC0415 -- heavy imports wait until they are needed

import contextlib
import faulthandler
import gc
import sys
from pathlib import Path

SWITCH_S = 0.0005
"""How long a busy thread may keep the owner waiting: a tenth of the default, measured to help."""


def main() -> int:
    """Read the handover, say that clients may connect, run the session."""
    from mesodrive.app.diagnostics import write_diagnostics
    from mesodrive.app.handover import HANDOVER_BYTES_MAX, Handover
    from mesodrive.control.service import Service, listen, watch_signals
    from mesodrive.injector.wakeup import Wakeup

    faulthandler.enable()
    sys.setswitchinterval(SWITCH_S)
    wakeup = Wakeup()
    watch_signals(wakeup)
    handover = Handover.from_bytes(sys.stdin.buffer.read(HANDOVER_BYTES_MAX))
    write_diagnostics(Path(handover.diagnostics))
    listener = listen(handover.address)
    service = Service(handover, listener, wakeup)
    # What is loaded by now stays: a collection during the session then has little to look at.
    gc.collect()
    gc.freeze()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    try:
        return service.run()
    finally:
        # The client removes it too, but a client that was killed can't. A folder that holds
        # anything else stays.
        with contextlib.suppress(OSError):
            Path(handover.address).parent.rmdir()


if __name__ == "__main__":
    sys.exit(main())
