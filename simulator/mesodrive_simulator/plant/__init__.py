"""The truth of the machine: needle, plunger, fluid, skin and heat, in closed form."""

from mesodrive_simulator.plant.gun import Plant
from mesodrive_simulator.plant.skin import NEVER_NS
from mesodrive_simulator.plant.truth import TruthUnit

__all__ = ["NEVER_NS", "Plant", "TruthUnit"]
