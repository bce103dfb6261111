"""Every mutant by its name; `docs/requirements.yaml` says which requirement each belongs to."""

from typing import Final

from mutants.device_mutants import DEVICE_MUTANTS
from mutants.electric_mutants import ELECTRIC_MUTANTS
from mutants.host_mutants import HOST_MUTANTS
from mutants.planting import Mutant
from mutants.record_mutants import RECORD_MUTANTS

_ALL: Final = (*HOST_MUTANTS, *DEVICE_MUTANTS, *ELECTRIC_MUTANTS, *RECORD_MUTANTS)
MUTANTS: Final[dict[str, Mutant]] = {mutant.name: mutant for mutant in _ALL}
assert len(MUTANTS) == len(_ALL), "a name stands twice"
