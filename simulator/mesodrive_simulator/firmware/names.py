"""Members of enumerations under plain names, for everything that runs at each step.

CPython 3.11 looks a member up through its class (`DeviceState.ARMED`) ten times slower than a
name of a module, and the device asks for its state several times in every step. The phases of a
unit are in `plant.phases`.
"""

from typing import Final

from mesodrive_protocol.enums import DeviceState, Hold, Kind, Outcome, Reason, Trigger

STARTING: Final = DeviceState.STARTING
LOADED: Final = DeviceState.LOADED
ARMED: Final = DeviceState.ARMED
RUNNING: Final = DeviceState.RUNNING
STOPPING: Final = DeviceState.STOPPING
LATCHED: Final = DeviceState.LATCHED
TESTING: Final = DeviceState.TESTING

PRICK: Final = Kind.PRICK
TRAIN: Final = Kind.TRAIN
PRIME: Final = Kind.PRIME
DRY: Final = Kind.DRY
CURRENT: Final = Kind.CURRENT
PULSE: Final = Kind.PULSE
PASS: Final = Kind.PASS
MEASURE: Final = Kind.MEASURE
EVENT: Final = Kind.EVENT

DONE: Final = Outcome.DONE
PARTIAL: Final = Outcome.PARTIAL
NO_REASON: Final = Reason.NONE

NO_HOLD: Final = Hold.NONE
HOLD_GRANT: Final = Hold.GRANT
HOLD_JOURNAL: Final = Hold.JOURNAL
HOLD_PRESSURE: Final = Hold.PRESSURE
HOLD_TRIGGER: Final = Hold.TRIGGER
HOLD_CONTACT: Final = Hold.CONTACT
HOLD_WINDOW: Final = Hold.WINDOW

NO_TRIGGER: Final = Trigger.NONE
SINGLE: Final = Trigger.SINGLE
