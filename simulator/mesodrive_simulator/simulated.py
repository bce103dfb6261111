"""A whole simulated device: firmware, machine, and the person who holds it.

The same object serves real time (`serve.py`), the child process behind `sim:` URLs, and virtual
time (the testbench). It reads no clock: `deadline_ns` says when it wants to be called next.
"""

from typing import Final

from mesodrive_protocol.messages import Fit
from mesodrive_simulator.firmware.board import AnyPlant
from mesodrive_simulator.firmware.device import Device
from mesodrive_simulator.firmware.stores import Stores
from mesodrive_simulator.operator import Operator
from mesodrive_simulator.plant import Plant
from mesodrive_simulator.plant.transdermal import TransdermalPlant
from mesodrive_simulator.sim_profile import TRANSDERMAL, SimProfile

SERIAL_DEFAULT: Final = "SIM-0001"


class SimulatedDevice:
    """One device with its operator, on one clock."""

    def __init__(  # noqa: PLR0913 -- each with its own default
        self,
        profile: SimProfile,
        *,
        seed: int,
        serial: str = SERIAL_DEFAULT,
        stores: Stores | None = None,
        operator: Operator | None = None,
        power_on_ns: int = 0,
        drift_ppm: int = 0,
        keyed: bool = False,
        plant: AnyPlant | None = None,
    ) -> None:
        """Build a device and switch it on.

        Args:
            profile: What device it is.
            seed: Of everything that differs from prick to prick.
            serial: Serial number, at most 16 ASCII characters.
            stores: What it remembers from earlier; new and empty by default.
            operator: Who holds it; None leaves it on the table.
            power_on_ns: When it gets power.
            drift_ppm: How much faster its clock runs than the world's.
            keyed: Whether it demands signed frames.
            plant: The machine; one of the profile by default.

        Raises:
            ValueError: If the serial number does not fit the protocol.
        """
        self.profile = profile
        self.machine: AnyPlant = machine_of(profile, seed) if plant is None else plant
        """What it drives: the gun `plant`, or the transdermal unit `electric`; the other name is
        not there."""
        if isinstance(self.machine, Plant):
            self.plant = self.machine
        else:
            self.electric = self.machine
        self.stores = stores if stores is not None else Stores()
        self.operator = operator
        self.device = Device(
            profile, self.machine, self.stores, serial=serial, drift_ppm=drift_ppm, keyed=keyed
        )
        self.device.on_fit = self._person_fits
        self._shown = self.device.screen.state
        self.deadline_ns = power_on_ns
        self.output = self.device.output
        """Frames for the host that nobody took yet: `take_output` is worth a call."""
        self.device.power_on(power_on_ns)
        self._look(power_on_ns)

    def receive(self, data: bytes, now_ns: int) -> None:
        """Take bytes from the host."""
        if self.deadline_ns <= now_ns:
            self.advance(now_ns)
        device = self.device
        before_ns = device.deadline_ns
        device.receive(data, now_ns)
        # after most frames the person has seen nothing, and nothing is due earlier or later
        if device.deadline_ns != before_ns or device.screen.state is not self._shown:
            self._look(now_ns)

    def line_break(self, now_ns: int) -> None:
        """Take a break on the line."""
        self.advance(now_ns)
        self.device.line_break(now_ns)
        self._look(now_ns)

    def advance(self, now_ns: int) -> None:
        """Let time pass up to an instant, device and person each at their own times."""
        while self.deadline_ns < now_ns:
            due_ns = self.deadline_ns
            self.device.advance(due_ns)
            self._look(due_ns)
        device, operator = self.device, self.operator
        if device.deadline_ns != now_ns:
            device.advance(now_ns)
        else:  # nearly always: `Device.advance`, without its call
            device.step(now_ns)
            if device.deadline_ns <= now_ns:
                device.advance(now_ns)
        if operator is None or device.screen.state is not self._shown:
            self._look(now_ns)
            return
        device_ns, person_ns = device.deadline_ns, operator.deadline_ns
        if person_ns <= now_ns:
            self._look(now_ns)
        else:  # `_look`, while the person has nothing to do
            self.deadline_ns = device_ns if device_ns < person_ns else person_ns  # noqa: FURB136

    def reset(self, now_ns: int) -> None:
        """Brown-out or watchdog: power gone and back in one instant."""
        self.advance(now_ns)
        self.device.reset(now_ns)
        self._look(now_ns)

    def take_output(self) -> bytes:
        """Return the bytes for the host since the last call."""
        output = self.output
        if not output:
            return b""
        data = output.pop()  # nearly always the only one
        if output:
            data = b"".join(output) + data
            output.clear()
        return data

    def _look(self, now_ns: int) -> None:
        """Let the person see the device and act, and the device see what the person did."""
        device, operator = self.device, self.operator
        if operator is None:
            self.deadline_ns = device.deadline_ns
            return
        if device.screen.state is not self._shown or operator.deadline_ns <= now_ns:
            self._shown = device.screen.state
            operator.advance(now_ns, self.machine, device.screen)
            device.advance(now_ns)
        device_ns, person_ns = device.deadline_ns, operator.deadline_ns
        # three times as fast as `min`, and needed at every step
        self.deadline_ns = device_ns if device_ns < person_ns else person_ns  # noqa: FURB136

    def _person_fits(self, fit: Fit) -> None:
        """A person fits what the host says; the widest needle of that length."""
        machine = self.machine
        if not isinstance(machine, Plant):
            machine.fit(fit.area_mm2)
            return
        bores = [n.bore_um for n in self.profile.needles if n.length_um == fit.needle_um]
        machine.fit(fit.needle_um, max(bores), fit.pins, fit.bore_um, fit.content_nl)


def machine_of(profile: SimProfile, seed: int) -> AnyPlant:
    """Build the machine that a profile describes.

    Args:
        profile: What machine it is.
        seed: Of everything that differs from unit to unit.
    """
    if profile.family == TRANSDERMAL:
        return TransdermalPlant(profile, seed=seed)
    return Plant(profile, seed=seed)
