"""Shipped profiles by family, with the type that their tests need."""

from typing import Final

from mesodrive.profile.models import DeviceProfile
from mesodrive.profile.transdermal_models import TransdermalProfile
from mesodrive.profile_store import load_profile

INJECTORS: Final = ("nappage-gun", "needling-pen", "point-gun", "vacuum-stamp")
TRANSDERMALS: Final = ("burst-unit", "ionto-unit", "pulse-unit")


def injector(name: str) -> DeviceProfile:
    """Return the profile of an injector."""
    profile = load_profile(name).profile
    assert isinstance(profile, DeviceProfile)
    return profile


def transdermal(name: str) -> TransdermalProfile:
    """Return the profile of a transdermal unit."""
    profile = load_profile(name).profile
    assert isinstance(profile, TransdermalProfile)
    return profile
