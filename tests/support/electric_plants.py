"""The bare machine of a transdermal unit on skin, driven by hand."""

from dataclasses import replace

from mesodrive_simulator.plant.electric_model import ElectricModel
from mesodrive_simulator.plant.transdermal import TransdermalPlant
from mesodrive_simulator.sim_profile import load_profile

MS = 1_000_000
S = 1_000_000_000
NEVER_NS = (1 << 62) - 1
CAP_UV = 40_000_000


def plant_on_skin(seed: int = 1, area_mm2: int = 800, **numbers: int) -> TransdermalPlant:
    model = ElectricModel(**numbers)
    plant = TransdermalPlant(load_profile("nappage-gun"), seed=seed, model=model, area_mm2=area_mm2)
    plant.set_contact(0, 1000)
    plant.begin_unit(0)
    return plant


def direct(plant: TransdermalPlant, now_ns: int, level_ua: int, slew_ua_s: float) -> None:
    plant.drive(now_ns, level_ua, slew_ua_s, CAP_UV, 0, 0, 1000, zero_mean=False)


def burst(plant: TransdermalPlant, now_ns: int, gate_mhz: int, duty_permille: int) -> None:
    plant.drive(now_ns, 2000, 1e9, CAP_UV, 2000, gate_mhz, duty_permille, zero_mean=True)


def samples(plant: TransdermalPlant, from_ns: int, to_ns: int, step_ns: int) -> list[int]:
    seen = []
    for now_ns in range(from_ns, to_ns, step_ns):
        plant.advance(now_ns)
        seen.append(plant.current_ua(now_ns))
    return seen


def break_now(plant: TransdermalPlant, now_ns: int, **changes: int | bool | None) -> None:
    plant.set_faults(now_ns, replace(plant.faults, **changes))  # type: ignore[arg-type]
