"""The last thing an owner does when it has failed: tell the device to stop, by hand."""

import logging
import threading
from typing import Final

from mesodrive.transport.base import Transport
from mesodrive.transport.errors import PortError
from mesodrive_protocol.codec import encode
from mesodrive_protocol.enums import StopCause
from mesodrive_protocol.messages import Stop

COPIES: Final = 10
COPY_S: Final = 0.02
"""200 ms of copies: as long as the device's lease, after which it stops by itself."""

PRESS: Final = 0xFFFF_FFFF
"""A press that no core counts up to, so that the device takes it as a new one."""

diagnostics = logging.getLogger(__name__)


def last_stop(port: Transport) -> None:
    """Send STOP without core, log or queue; a port that is gone ends it.

    The frame needs no session, boot or request id. Its leading delimiter mends a frame cut before.
    """
    frame = encode(Stop(0, 0, 0, PRESS, StopCause.INTERNAL))
    try:
        for _ in range(COPIES):
            port.write(frame)
            threading.Event().wait(COPY_S)
    except PortError as error:
        diagnostics.warning("no STOP could be sent: %s", error)
