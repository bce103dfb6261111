"""What a byte pipe must do; six operations, so that any library behind it can be replaced."""

from typing import Final, Protocol

READ_BYTES_MAX: Final = 4096
"""One read: sixteen longest frames, and well below the bound of a log entry."""


class Transport(Protocol):
    """An open byte pipe to one device; nothing here ever waits.

    Attributes:
        name: The port as the operator named it.
        baud: Rate at which bytes leave, bits per second; None where nothing paces them.
        loopback: The bytes stay on this machine or on a cable of its own; they cross no network.
    """

    @property
    def name(self) -> str:
        """The port as the operator named it."""
        ...

    @property
    def baud(self) -> int | None:
        """Bits per second on the wire, or None where there is no wire to pace."""
        ...

    @property
    def loopback(self) -> bool:
        """Whether the bytes cross no network."""
        ...

    def fileno(self) -> int:
        """Return a descriptor that a selector can watch for reading and writing."""
        ...

    def read(self) -> bytes:
        """Return what has come, at most `READ_BYTES_MAX` bytes; empty when nothing has.

        Raises:
            PortError: If the port is gone.
        """
        ...

    def write(self, data: bytes) -> int:
        """Hand over as many bytes as the port takes now and return how many; may be 0.

        Raises:
            PortError: If the port is gone.
        """
        ...

    def send_break(self) -> None:
        """Send a line break where the line knows one; nothing elsewhere."""
        ...

    def close(self) -> None:
        """Close the port; harmless a second time."""
        ...
