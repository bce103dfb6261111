"""What a person can see and hear of the device: the operator model looks at nothing else."""

from mesodrive_protocol.enums import DeviceState, Hold, Kind, Trigger


class Screen:
    """Lamp, sounder and display of the gun."""

    __slots__ = ("armed_since_ns", "hold", "kind", "state", "trigger")

    def __init__(self) -> None:
        self.state: DeviceState = DeviceState.STARTING
        self.kind: Kind = Kind.EVENT
        """Kind of the loaded program; EVENT without one."""
        self.trigger: Trigger = Trigger.HELD
        """What the next unit waits for."""
        self.hold: Hold = Hold.NONE
        """Why the next unit does not begin."""
        self.armed_since_ns = 0
        """World time of the last ARM that took effect."""
