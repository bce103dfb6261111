"""Rules on a whole session with a transdermal unit: skin, zones, and what needs a reason."""

from collections.abc import Iterator

from mesodrive.limits.bounds import above
from mesodrive.limits.current_rules import density_of
from mesodrive.limits.electric_envelope import ElectricEnvelope
from mesodrive.limits.violation import Place, Violation, violation


def skin_density(
    place: Place, mean_ua: int, area_mm2: int, env: ElectricEnvelope, *, exfoliated: bool
) -> Iterator[Violation]:
    """Yield more mean current for the area than the skin takes.

    Args:
        place: Where to blame it.
        mean_ua: Rectified mean, as `mean_current_ua` gives it.
        area_mm2: Effective area of the electrode, more than 0.
        env: The unit's limits.
        exfoliated: Whether the outer skin was taken off. A unit without a limit for such skin
            may drive no current there.
    """
    density_ua_cm2 = density_of(mean_ua, area_mm2)
    if not exfoliated:
        yield from above("density-high", place, density_ua_cm2, env.density_ua_cm2_max, "ua_cm2")
    elif env.density_exfoliated_ua_cm2_max is None:
        yield violation("exfoliated-current", place, density_ua_cm2, 0, "ua_cm2")
    else:
        most = env.density_exfoliated_ua_cm2_max
        yield from above("density-exfoliated", place, density_ua_cm2, most, "ua_cm2")


def session_charge(place: Place, charge_uc: int, env: ElectricEnvelope) -> Iterator[Violation]:
    """Yield more charge than a session may have."""
    yield from above("session-charge", place, charge_uc, env.session_uc_max, "uc")


def common_charge(place: Place, common_uc: int, env: ElectricEnvelope) -> Iterator[Violation]:
    """Yield more charge for all sessions of a treatment together than one session may have."""
    yield from above("common-charge", place, common_uc, env.session_uc_max, "uc")


def passes(place: Place, number: int, env: ElectricEnvelope) -> Iterator[Violation]:
    """Yield more passes of exfoliation over one zone than allowed."""
    yield from above("passes-count", place, number, env.passes_max, "passes")


def advised_density(
    place: Place, mean_ua: int, area_mm2: int, env: ElectricEnvelope
) -> Iterator[Violation]:
    """Yield a density that needs a reason."""
    density_ua_cm2, most = density_of(mean_ua, area_mm2), env.advised_density_ua_cm2_max
    yield from above("advised-density", place, density_ua_cm2, most, "ua_cm2")


def advised_voltage(place: Place, voltage_uv: int, env: ElectricEnvelope) -> Iterator[Violation]:
    """Yield a voltage, either way, that needs a reason."""
    yield from above("advised-voltage", place, abs(voltage_uv), env.advised_voltage_uv_max, "uv")


def advised_volt_time(place: Place, volt_us: int, env: ElectricEnvelope) -> Iterator[Violation]:
    """Yield a train whose voltage times width needs a reason."""
    yield from above("advised-volt-time", place, volt_us, env.advised_volt_us_max, "v_us")
