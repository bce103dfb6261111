"""Pressure that a flow needs, in integers and never rounded down."""

from typing import Final

WATER_UPA_S: Final = 1_000
"""Viscosity of water at room temperature, uPa s."""

TISSUE_PA: Final = 67_000
"""Back-pressure of skin during a prick: the upper end of 27 to 67 kPa in the published range for
a few hundred microlitres within the dermis."""

_PI_NUMERATOR: Final = 314_159
_PI_DENOMINATOR: Final = 100_000


def needle_pa(flow_nl_s: int, length_um: int, bore_um: int, viscosity_upa_s: int) -> int:
    """Return the pressure drop of laminar flow through one needle, rounded up.

    Args:
        flow_nl_s: Flow through this needle, nL/s.
        length_um: Length of the needle, um.
        bore_um: Inner diameter, um, more than 0.
        viscosity_upa_s: Viscosity, uPa s.

    Returns:
        128 x viscosity x length x flow / (pi x bore^4), Pa.

    Source:
        Hagen-Poiseuille law; the powers of ten of the base units cancel. Pi is rounded down, so
        the pressure is never too small.

    Example:
        >>> needle_pa(200_000, 4_000, 159, WATER_UPA_S)
        51000
    """
    above = 128 * viscosity_upa_s * length_um * flow_nl_s * _PI_DENOMINATOR
    below = _PI_NUMERATOR * bore_um**4
    return -(-above // below)
