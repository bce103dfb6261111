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
