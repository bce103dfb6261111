"""What lies between the two leads: electrode, skin, and whatever is wrong with either."""

from typing import Final, NamedTuple

from mesodrive_simulator.plant.electric_model import SHORT_OHM, ElectricFaults, ElectricModel
from mesodrive_simulator.plant.electric_skin import ElectricSkin, carrier_loss_part, carrier_part

NEVER_NS: Final = (1 << 62) - 1
_NS_PER_US: Final = 1000
_S_PER_NS: Final = 1e-9
_F_PER_NF: Final = 1e-9
_CM2_PER_MM2: Final = 0.01


class Load(NamedTuple):
    """Series resistance, then a barrier of resistance beside capacitance, at one instant."""

    series_ohm: float
    barrier_ohm: float
    farad: float

    @property
    def tau_s(self) -> float:
        """Time constant of the barrier."""
        return self.barrier_ohm * self.farad

    def settled_ohm(self, carrier_hz: int) -> float:
        """Return what the load settles at for direct current, or at a square carrier's peak."""
        part = carrier_part(self.tau_s, carrier_hz) if carrier_hz else 1.0
        return self.series_ohm + self.barrier_ohm * part

    def active_part(self, carrier_hz: int) -> float:
        """Return what part of peak current times peak voltage makes heat."""
        if not carrier_hz:
            return 1.0
        lost = self.barrier_ohm * carrier_loss_part(self.tau_s, carrier_hz)
        return (self.series_ohm + lost) / self.settled_ohm(carrier_hz)


class LoadPath:
    """The path of the current, which may be open."""

    __slots__ = ("_area_cm2", "_dry_since_ns", "_model", "faults", "present", "skin")

    def __init__(self, model: ElectricModel, skin: ElectricSkin, area_mm2: int) -> None:
        self._model = model
        self.skin = skin
        self.faults = ElectricFaults()
        self.present = True
        """Whether an electrode is fitted."""
        self._dry_since_ns = 0
        self._area_cm2 = area_mm2 * _CM2_PER_MM2

    def fit(self, area_mm2: int) -> None:
        """Fit an electrode of an area."""
        self._area_cm2 = area_mm2 * _CM2_PER_MM2

    def set_faults(self, now_ns: int, faults: ElectricFaults) -> None:
        """Let faults be these from an instant on; a drying electrode begins to dry."""
        if faults.dry_ohm_s != self.faults.dry_ohm_s:
            self._dry_since_ns = now_ns
        self.faults = faults

    @property
    def area_cm2(self) -> float:
        """Area that truly touches."""
        return self._area_cm2 * max(0, 1000 - self.faults.area_permille) / 1000

    def density_ua_cm2(self, current_ua: float) -> float:
        """Return the density of a current through the skin; through a short none flows there."""
        area_cm2 = self.area_cm2
        return 0.0 if self.faults.shorted or area_cm2 <= 0 else current_ua / area_cm2

    def is_open(self, now_ns: int) -> bool:
        """Tell whether nothing conducts at an instant."""
        faults = self.faults
        if not self.present or faults.open_electrode or self._is_broken(now_ns):
            return True
        return not faults.shorted and (self.area_cm2 <= 0 or self.skin.force_mn <= 0)

    def load(self, now_ns: int) -> Load:
        """Return what the output meets where the path is not open."""
        faults, area_cm2 = self.faults, self.area_cm2
        if faults.shorted:
            return Load(float(SHORT_OHM), 0.0, 0.0)
        dry_ohm = faults.dry_ohm_s * (now_ns - self._dry_since_ns) * _S_PER_NS
        return Load(
            max(1.0, self.skin.rs_ohm_cm2 / area_cm2) + self._model.electrode_ohm + dry_ohm,
            self.skin.barrier_ohm_cm2(now_ns) / area_cm2,
            self._model.skin_cp_nf_cm2 * _F_PER_NF * area_cm2,
        )

    def edge_ns(self, now_ns: int) -> int:
        """Return when an intermittent lead breaks or joins next, after an instant."""
        period_ns = self.faults.intermittent_us * _NS_PER_US
        if not period_ns:
            return NEVER_NS
        into_ns = now_ns % period_ns
        open_ns = self.faults.intermittent_open_us * _NS_PER_US
        return now_ns + (open_ns if into_ns < open_ns else period_ns) - into_ns

    def _is_broken(self, now_ns: int) -> bool:
        period_ns = self.faults.intermittent_us * _NS_PER_US
        open_ns = self.faults.intermittent_open_us * _NS_PER_US
        return period_ns > 0 and now_ns % period_ns < open_ns
