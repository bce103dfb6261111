"""What the rules read of a program: the core's specification fits, and so does any stand-in.

The rules lie below the core, so they name the attributes they need and not the core's models.
"""

from collections.abc import Sequence
from typing import Protocol

from mesodrive_protocol.enums import Kind, Trigger


class StepLike(Protocol):
    """Equal units in a row."""

    @property
    def units(self) -> int: ...  # noqa: D102
    @property
    def depth_um(self) -> int: ...  # noqa: D102
    @property
    def dose_nl(self) -> int: ...  # noqa: D102
    @property
    def period_us(self) -> int: ...  # noqa: D102
    @property
    def dwell_us(self) -> int: ...  # noqa: D102
    @property
    def flow_nl_s(self) -> int: ...  # noqa: D102
    @property
    def strokes(self) -> int: ...  # noqa: D102
    @property
    def rate_mhz(self) -> int: ...  # noqa: D102
    @property
    def gap_us(self) -> int: ...  # noqa: D102
    @property
    def trigger(self) -> Trigger: ...  # noqa: D102


class ZoneRunLike(Protocol):
    """So many units in one zone."""

    @property
    def units(self) -> int: ...  # noqa: D102


class ProgramLike(Protocol):
    """One command on the wire."""

    @property
    def kind(self) -> Kind: ...  # noqa: D102
    @property
    def head(self) -> int: ...  # noqa: D102
    @property
    def steps(self) -> Sequence[StepLike]: ...  # noqa: D102
    @property
    def zones(self) -> Sequence[ZoneRunLike]: ...  # noqa: D102


class FitLike(Protocol):
    """What is fitted while a program runs."""

    @property
    def needle_um(self) -> int: ...  # noqa: D102
    @property
    def needle_bore_um(self) -> int: ...  # noqa: D102
    @property
    def bore_um(self) -> int: ...  # noqa: D102
    @property
    def pins(self) -> int: ...  # noqa: D102
    @property
    def head(self) -> int: ...  # noqa: D102
    @property
    def content_nl(self) -> int: ...  # noqa: D102
