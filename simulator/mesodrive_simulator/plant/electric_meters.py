"""What a transdermal unit is made of, and what its meters show."""

from typing import Final

from mesodrive_simulator.plant.electric_load import NEVER_NS, LoadPath
from mesodrive_simulator.plant.electric_model import (
    OPEN_OHM,
    ElectricFaults,
    ElectricModel,
    electric_model,
)
from mesodrive_simulator.plant.electric_skin import ElectricSkin
from mesodrive_simulator.plant.electric_truth import ElectricTruth
from mesodrive_simulator.plant.output_stage import OutputStage
from mesodrive_simulator.plant.phases import DELIVER, REST
from mesodrive_simulator.plant.pulse_generator import PulseGenerator
from mesodrive_simulator.plant.thermal import Thermal
from mesodrive_simulator.plant.vacuum_pump import VacuumPump
from mesodrive_simulator.sim_profile import SimProfile

PROVEN_OFF_UA: Final = 20.0
PROVEN_OFF_UV: Final = 1_000_000.0
_S_PER_NS: Final = 1e-9


class ElectricMeters:
    """The parts of the machine, and readings at any instant up to `deadline_ns`."""

    def __init__(
        self, profile: SimProfile, *, seed: int, model: ElectricModel | None, area_mm2: int
    ) -> None:
        self.profile = profile
        self.model = model = electric_model(profile) if model is None else model
        self.phase: int = REST
        self.trigger = self.stop_key = False
        self.head = self.cartridge = True
        self.truth: list[ElectricTruth] = []
        self.supply_drop_uv = 0
        self.home_stuck: bool | None = None
        """Fault: what the proof that outputs are off shows for ever; None for a good one."""
        self.contact_override: int | None = None
        """Fault: what the contact sensor shows, mN; None for a good sensor."""
        self.skin = ElectricSkin(model, seed=seed)
        self.path = LoadPath(model, self.skin, area_mm2)
        self.stage = OutputStage(self.path)
        self.generator = PulseGenerator(self.path)
        self.pump = VacuumPump(model.vacuum_rise_us)
        warm_mc = model.ambient_mc + model.electronics_rise_mc
        self.thermal = Thermal(model.ambient_mc, warm_mc, model.thermal_tau_us)
        self.deadline_ns = NEVER_NS
        """Next instant at which something may change by itself; `NEVER_NS` if nothing will."""
        self._edge_ns = NEVER_NS
        """The same of pulse and vacuum."""
        self._unit_uc = self._unit_uj = 0.0
        self._sensed_uc = self._sensed_from_uc = 0.0
        self._sensed_ns = 0

    @property
    def faults(self) -> ElectricFaults:
        """What is broken; `set_faults` changes it."""
        return self.path.faults

    def home(self, now_ns: int) -> bool:
        """Tell whether all outputs are proven off: at rest, no current, no voltage."""
        if self.home_stuck is not None:
            return self.home_stuck
        return (
            self.phase is REST
            and abs(self.stage.current_ua(now_ns)) < PROVEN_OFF_UA
            and abs(self.stage.voltage_uv(now_ns)) < PROVEN_OFF_UV
        )

    def current_ua(self, now_ns: int) -> int:
        """Return what the sensor shows of the current, signed; for a carrier its peak."""
        stuck_ua = self.faults.sensor_stuck_ua
        if stuck_ua is not None:
            return stuck_ua
        return round(self.stage.current_ua(now_ns) + self.generator.current_ua(now_ns))

    def voltage_uv(self, now_ns: int) -> int:
        """Return the voltage between the leads, signed; for a carrier its peak."""
        return round(self.stage.voltage_uv(now_ns) + self.generator.voltage_uv(now_ns))

    def flowed_uc(self, now_ns: int) -> float:
        """Return the integral of the sensor's rectified current ever, pulses not included.

        The difference of two, by their time, is the mean of a sample of the trace.
        """
        stuck_ua = self.faults.sensor_stuck_ua
        if stuck_ua is None:
            return self._sensed_uc + self.stage.charge_uc(now_ns) - self._sensed_from_uc
        return self._sensed_uc + abs(stuck_ua) * (now_ns - self._sensed_ns) * _S_PER_NS

    def charge_uc(self, now_ns: int) -> int:
        """Return what the device's integrator counted since `begin_unit`, rectified."""
        flowed_uc = self.stage.charge_uc(now_ns) - self._unit_uc
        flowed_uc += self.generator.charge_uc(now_ns)
        return round(flowed_uc * self.faults.integrator_permille / 1000)

    def charge_reaches_ns(self, charge_uc: int) -> int:
        """Return when the integrator will have counted so much in this unit.

        Exact where it is before `deadline_ns`; else what the present course would bring, or
        `NEVER_NS`: ask again after that deadline.
        """
        permille = self.faults.integrator_permille
        if permille <= 0:
            return NEVER_NS
        return self.stage.charge_reaches_ns(self._unit_uc + charge_uc * 1000 / permille)

    def energy_uj(self, now_ns: int) -> int:
        """Return the energy since `begin_unit`."""
        stage_uj = self.stage.energy_uj(now_ns) - self._unit_uj
        return round(stage_uj + self.generator.energy_uj(now_ns))

    def peak_ua(self, now_ns: int) -> int:
        """Return the sensor's greatest current since `begin_unit`."""
        stuck_ua = self.faults.sensor_stuck_ua
        if stuck_ua is not None:
            return abs(stuck_ua)
        return round(max(self.stage.peaks(now_ns)[0], self.generator.peaks(now_ns)[0]))

    def peak_uv(self, now_ns: int) -> int:
        """Return the greatest voltage since `begin_unit`."""
        return round(max(self.stage.peaks(now_ns)[1], self.generator.peaks(now_ns)[1]))

    def pulse_measured(self) -> tuple[int, int, int, int, int]:
        """Return what the meters say of this unit's pulse, once it is over.

        Returns:
            Charge uC, peak uA, peak uV, energy uJ, time with the switch closed us.
        """
        generator = self.generator
        peak_ua, peak_uv = generator.peaks(NEVER_NS)
        return (
            round(generator.charge_uc(NEVER_NS)),
            round(peak_ua),
            round(peak_uv),
            round(generator.energy_uj(NEVER_NS)),
            round(generator.width_us(NEVER_NS)),
        )

    def pulse_ended_by(self) -> int:
        """Return what ended this unit's pulse: its width, the current limit or the energy.

        Returns:
            `BY_WIDTH`, `BY_LIMIT` or `BY_ENERGY` of `pulse_limb`.
        """
        return self.generator.ended_by

    def load_ohm(self, now_ns: int) -> int:
        """Return what the driven current meets, or would with its gate open.

        Returns:
            Ohm; `OPEN_OHM` where nothing conducts, 0 while no current is driven.
        """
        if self.stage.is_off:
            return 0
        return OPEN_OHM if self.stage.is_open else round(self.stage.load_ohm(now_ns))

    def is_at_level(self, now_ns: int) -> bool:
        """Tell whether the level that was asked for last is reached, whatever the gate does."""
        return self.stage.is_at_level(now_ns)

    def remaining_ns(self, now_ns: int) -> int:
        """Return the time left of a pulse or a dwell, 0 in any other phase and for current."""
        is_timed = self.phase is DELIVER and self.stage.is_off
        return max(0, self._edge_ns - now_ns) if is_timed else 0

    def contact_mn(self, now_ns: int) -> int:  # noqa: ARG002
        """Return what the contact sensor shows, mN."""
        return self.skin.force_mn if self.contact_override is None else self.contact_override

    def vacuum_pa(self, now_ns: int) -> int:
        """Return the under-pressure in the head, Pa."""
        return self.pump.vacuum_pa(now_ns)

    def temperature_mc(self, now_ns: int) -> int:
        """Return the temperature of the electronics, thousandths of a degree."""
        return self.thermal.temperature_mc(now_ns)

    def supply_uv(self, now_ns: int) -> int:  # noqa: ARG002
        """Return the supply voltage, microvolts."""
        return self.model.supply_uv - self.supply_drop_uv
