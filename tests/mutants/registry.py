"""Every mutant by its name; `docs/requirements.yaml` says which requirement each belongs to."""

from typing import Final

from mutants.device_mutants import DEVICE_MUTANTS
from mutants.host_mutants import HOST_MUTANTS
from mutants.planting import Mutant
from mutants.record_mutants import RECORD_MUTANTS

MUTANTS: Final[dict[str, Mutant]] = {
    mutant.name: mutant for mutant in (*HOST_MUTANTS, *DEVICE_MUTANTS, *RECORD_MUTANTS)
}
assert len(MUTANTS) == len((*HOST_MUTANTS, *DEVICE_MUTANTS, *RECORD_MUTANTS)), "a name stands twice"
