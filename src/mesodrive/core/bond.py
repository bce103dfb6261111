"""What holds a treatment and one device together, through every loss of either."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Bond:
    """The device that the session belongs to, and how sure the host is of it."""

    serial: str
    """Serial number asked for, or of the first device seen; empty before."""
    sessions: list[int] = field(default_factory=list[int])
    """Numbers of this treatment's sessions on the device, oldest first."""
    met: bool = False
    """Since the port was opened, the device has said that it is this one."""
    recovering: bool = False
    """The device was lost, and what was open is not settled yet."""
    recoveries: int = 0
    """How often it was lost since the last record of a unit."""
    records: int = 0
    """Records of units when it was last lost."""
    doubt: str = ""
    """Why the device's own word cannot be taken; empty while it can."""
