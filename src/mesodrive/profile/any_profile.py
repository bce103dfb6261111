"""A profile of any family, told apart by `identity.family`."""

from typing import Annotated

from pydantic import Discriminator, Tag

from mesodrive.profile.family import INJECTOR, TRANSDERMAL, family_of
from mesodrive.profile.models import DeviceProfile
from mesodrive.profile.transdermal_models import TransdermalProfile

AnyProfile = Annotated[
    Annotated[DeviceProfile, Tag(INJECTOR)] | Annotated[TransdermalProfile, Tag(TRANSDERMAL)],
    Discriminator(family_of),
]
"""The union as a field of a model: only the faults of the family that is meant are told."""


def model_for(data: object) -> type[DeviceProfile] | type[TransdermalProfile]:
    """Return the model that a document is to be checked against."""
    return TransdermalProfile if family_of(data) == TRANSDERMAL else DeviceProfile
