"""Electrodes: which may be fitted, and how often one may be used.

The label's text tells one electrode from another. A use is a case in which a unit was begun with
it, so that going on with the same treatment after a reset is no new use.
"""

from mesodrive_protocol.enums import Code, LimitField
from mesodrive_protocol.messages import Fit
from mesodrive_simulator.firmware.answers import OK, Ruling
from mesodrive_simulator.firmware.board import Board


def check_electrode(board: Board, fit: Fit) -> Ruling:
    """Check a FIT of an electrode: no needle, a known area, uses left."""
    for needle in (fit.needle_um, fit.bore_um, fit.pins, fit.content_nl):
        if needle:
            return Ruling(Code.FIELD, value=needle)
    areas = [electrode.area_mm2 for electrode in board.profile.electrodes]
    if fit.area_mm2 not in areas:
        field = LimitField.DENSITY_UA_CM2_MAX
        return Ruling(Code.FIELD, field, value=fit.area_mm2, limit=max(areas, default=0))
    return check_uses(board, fit.lot, fit.area_mm2)


def check_uses(board: Board, lot: int, area_mm2: int) -> Ruling:
    """Check that an electrode may be used in the present case."""
    use = board.stores.use_of(lot, area_mm2)
    if use.uses and use.case == board.stores.totals.case:
        return OK
    limits = [e.uses_max for e in board.profile.electrodes if e.area_mm2 == area_mm2]
    for uses_max in limits:
        if uses_max is not None and use.uses >= uses_max:
            return Ruling(Code.FITTING, value=use.uses, limit=uses_max)
    return OK
