"""Phases of a unit under plain names, because the plant asks for them at every edge.

CPython 3.11 looks a member up through its class (`Phase.OUT`) ten times slower.
"""

from typing import Final

from mesodrive_protocol.enums import Phase

REST: Final = Phase.REST
OUT: Final = Phase.OUT
DELIVER: Final = Phase.DELIVER
DWELL: Final = Phase.DWELL
BACK: Final = Phase.BACK

CUT_NS: Final = 2_000_000_000
"""STP-04: the power stage lets no phase at depth last longer, whatever it was told.

The ways out and back end with the needle's travel, in far less.
"""
