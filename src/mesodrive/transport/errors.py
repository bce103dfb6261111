"""What can be wrong with a port: one class per case, all of them `PortError`, exit code 4."""

from mesodrive import catalogue
from mesodrive.errors import EXIT_DEVICE, MesodriveError


class PortError(MesodriveError):
    """A port could not be opened, for a reason that has no class of its own.

    Args:
        port: The port as the operator named it.
        remedy: What to do about it; the catalogue's remedy where empty.
        detail: What the system said, for experts.
    """

    code = "port-failed"
    exit_code = EXIT_DEVICE

    def __init__(self, port: str, remedy: str = "", detail: str = "") -> None:
        super().__init__(port, remedy, detail)
        self.port, self.detail = port, detail
        self._remedy = remedy

    @property
    def remedy(self) -> str:
        """What a person can do about it."""
        return self._remedy or catalogue.remedy(self.code)

    def __str__(self) -> str:
        said = f" ({self.detail})" if self.detail else ""
        return catalogue.text(self.code, port=self.port) + said


class PortMissingError(PortError):
    """There is no such port."""

    code = "port-missing"


class PortPermissionError(PortError):
    """This user may not open the port."""

    code = "port-permission"


class PortBusyError(PortError):
    """Another program holds the port."""

    code = "port-busy"


class PortGrabbedError(PortError):
    """A service that is known for it probably holds the port; `detail` names it."""

    code = "port-grabbed"


class PortVanishedError(PortError):
    """The port was there and has gone."""

    code = "port-vanished"


class PortClosedEarlyError(PortVanishedError):
    """The other side has hung up before it said a word: it probably serves somebody else."""

    code = "port-closed-early"


class PortRefusedError(PortError):
    """Nobody answers at the address."""

    code = "port-refused"


class PortSchemeError(PortError):
    """The address is of a kind that nothing here opens."""

    code = "port-scheme"


class PortOptionError(PortError):
    """The address, or an option in it, cannot be used."""

    code = "port-option"


class PortSilentError(PortError):
    """Whatever is there does not say that it is a device of ours."""

    code = "port-silent"
