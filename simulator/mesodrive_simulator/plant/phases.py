"""Phases of a unit as plain numbers under plain names: the plant asks for them at every edge.

CPython 3.11 looks a member up through its class (`Phase.OUT`) ten times slower, and a phase that is
declared as a number must be one where the code is compiled.
"""

from typing import Final

from mesodrive_protocol.enums import Phase

REST: Final = int(Phase.REST)
OUT: Final = int(Phase.OUT)
DELIVER: Final = int(Phase.DELIVER)
DWELL: Final = int(Phase.DWELL)
BACK: Final = int(Phase.BACK)

CUT_NS: Final = 2_000_000_000
"""STP-04: the power stage lets no phase at depth last longer, whatever it was told.

The ways out and back end with the needle's travel, in far less.
"""
